use ta_lib::RetCode;

use super::IndicatorKind;

/// Why an indicator cannot be configured or computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IndicatorError {
    /// No indicator has that name.
    #[error("there is no indicator \"{name}\"; choose one of {known}")]
    UnknownKind {
        /// The name given, cut to a bounded length.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The indicator has no such parameter.
    #[error("{kind} has no parameter \"{parameter}\"; it takes {accepted}")]
    UnknownParameter {
        /// The indicator.
        kind: IndicatorKind,
        /// The name given, cut to a bounded length.
        parameter: String,
        /// The parameters it has.
        accepted: String,
    },
    /// A parameter is not a number, is not whole, or lies outside its range.
    #[error("{kind}: {parameter} is \"{given}\"; give {accepted}")]
    BadValue {
        /// The indicator.
        kind: IndicatorKind,
        /// The parameter.
        parameter: &'static str,
        /// The value given, cut to a bounded length.
        given: String,
        /// What is accepted, in words.
        accepted: String,
    },
    /// A parameter that has to be below another is not.
    #[error("{kind}: {lower} {lower_value} is not below {upper} {upper_value}; {remedy}")]
    NotBelow {
        /// The indicator.
        kind: IndicatorKind,
        /// The parameter that has to be the smaller one.
        lower: &'static str,
        /// Its value.
        lower_value: f64,
        /// The parameter that has to be the larger one.
        upper: &'static str,
        /// Its value.
        upper_value: f64,
        /// What to do.
        remedy: &'static str,
    },
    /// A column has another length than the closes.
    #[error("there are {closes} closes but {length} values of {column}; give one of each per bar")]
    UnequalColumns {
        /// The column.
        column: &'static str,
        /// Its length.
        length: usize,
        /// Number of closes.
        closes: usize,
    },
    /// A number that nothing can be computed from.
    #[error(
        "{column} of bar {bar}, counted from 0, is {value}; \
         give a finite number of at most 1e30 in magnitude"
    )]
    UnusableValue {
        /// The column.
        column: &'static str,
        /// The bar, counted from 0.
        bar: usize,
        /// The number.
        value: f64,
    },
    /// TA-Lib refused the call. Validated parameters and bars do not lead here.
    #[error("TA-Lib refused to compute {label} over {bars} bars: {code:?}")]
    Refused {
        /// The indicator with its parameters.
        label: String,
        /// Number of bars.
        bars: usize,
        /// TA-Lib's code.
        code: RetCode,
    },
    /// TA-Lib's values start at another bar than it had announced, or are not as many.
    #[error(
        "TA-Lib gave {count} values of {label} from bar {first} where {expected_count} from bar \
         {expected_first} were announced; none of them is used"
    )]
    Misaligned {
        /// The indicator with its parameters.
        label: String,
        /// First bar with a value.
        first: usize,
        /// Number of values.
        count: usize,
        /// First bar with a value, as announced.
        expected_first: usize,
        /// Number of values, as announced.
        expected_count: usize,
    },
}

impl IndicatorError {
    /// The parameter beside which a form shows it; nothing where it is about none.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::UnknownParameter { parameter, .. } => Some(parameter),
            Self::BadValue { parameter, .. } => Some(parameter),
            Self::NotBelow { lower, .. } => Some(lower),
            Self::UnknownKind { .. }
            | Self::UnequalColumns { .. }
            | Self::UnusableValue { .. }
            | Self::Refused { .. }
            | Self::Misaligned { .. } => None,
        }
    }
}

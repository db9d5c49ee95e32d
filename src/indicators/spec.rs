use std::collections::BTreeMap;

use super::compute::compute;
use super::entry::{Entry, Reads};
use super::kind::quotable;
use super::parameter::{ParameterRule, ParameterSpec};
use super::{BarColumns, IndicatorError, IndicatorKind, PriceColumn};

/// Most parameters that an indicator has.
const MOST_PARAMETERS: usize = 4;

/// An indicator with validated parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndicatorSpec {
    kind: IndicatorKind,
    /// In the order of [`IndicatorKind::parameters`]; a word is its position among the choices. Zero
    /// beyond the last.
    values: [f64; MOST_PARAMETERS],
}

impl IndicatorSpec {
    /// Validates parameters given as text, name to value; those left out have their defaults.
    ///
    /// Refuses a parameter that the indicator does not have, a value out of range, and values that
    /// break a rule between parameters, such as a fast period that is not below the slow one.
    pub fn new(
        kind: IndicatorKind,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, IndicatorError> {
        Self::check(kind, parameters).map_err(|mut problems| problems.swap_remove(0))
    }

    /// The same, with everything that is wrong instead of the first of it; at least one.
    pub fn check(
        kind: IndicatorKind,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<IndicatorError>> {
        let known = kind.parameters();
        let mut problems: Vec<IndicatorError> = parameters
            .keys()
            .filter(|name| known.iter().all(|parameter| parameter.name != **name))
            .map(|name| IndicatorError::UnknownParameter {
                kind,
                parameter: quotable(name),
                accepted: if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ")
                },
            })
            .collect();
        let mut values = [0.0; MOST_PARAMETERS];
        let mut is_usable = [false; MOST_PARAMETERS];
        for ((parameter, value), usable) in known.iter().zip(&mut values).zip(&mut is_usable) {
            match read(kind, parameter, parameters.get(parameter.name)) {
                Ok(read) => (*value, *usable) = (read, true),
                Err(problem) => problems.push(problem),
            }
        }
        let position = |name| known.iter().position(|parameter| parameter.name == name);
        for rule in kind.rules() {
            let (Some(lower), Some(upper)) = (position(rule.lower), position(rule.upper)) else {
                continue;
            };
            if is_usable[lower] && is_usable[upper] && values[lower] >= values[upper] {
                let ParameterRule { lower: lower_name, upper: upper_name, remedy } = *rule;
                problems.push(IndicatorError::NotBelow {
                    kind,
                    lower: lower_name,
                    lower_value: values[lower],
                    upper: upper_name,
                    upper_value: values[upper],
                    remedy,
                });
            }
        }
        if problems.is_empty() { Ok(Self { kind, values }) } else { Err(problems) }
    }

    /// The indicator without its parameters.
    pub fn kind(&self) -> IndicatorKind {
        self.kind
    }

    /// Every parameter with its value in one spelling, defaults included: [`new`](Self::new) makes
    /// the same indicator of it again.
    pub fn parameters(&self) -> BTreeMap<String, String> {
        self.kind
            .parameters()
            .iter()
            .zip(self.written())
            .map(|(parameter, value)| (parameter.name.to_owned(), value))
            .collect()
    }

    /// Bars before the first one at which every line has a value.
    ///
    /// # Errors
    ///
    /// [`IndicatorError::Refused`], which validated parameters do not lead to.
    pub fn warm_up_bars(&self) -> Result<usize, IndicatorError> {
        compute(self, &BarColumns::default()).map(|output| output.warm_up_bars)
    }

    /// A name for records and files, such as `sma_50` or `macd_12_26_9`. It tells apart any two
    /// indicators that differ; a source other than the close and levels other than 70 and 30 are
    /// appended.
    pub fn id(&self) -> String {
        std::iter::once(self.kind.as_str().to_lowercase())
            .chain(self.distinguishing_values())
            .collect::<Vec<_>>()
            .join("_")
    }

    /// A name for people, such as `SMA(50)` or `MACD(12, 26, 9)`.
    pub fn label(&self) -> String {
        let name = self.entry().label;
        let values = self.distinguishing_values();
        if values.is_empty() { name.to_owned() } else { format!("{name}({})", values.join(", ")) }
    }

    pub(super) fn entry(&self) -> &'static Entry {
        self.kind.entry()
    }

    /// The value of the parameter at a position; zero where there is none.
    pub(super) fn number(&self, position: usize) -> f64 {
        self.values.get(position).copied().unwrap_or_default()
    }

    /// The price that the parameter at a position names.
    pub(super) fn source(&self, position: usize) -> PriceColumn {
        // A choice is a whole number that its own range bounds.
        let choice = self.number(position) as usize;
        PriceColumn::ALL.get(choice).copied().unwrap_or(PriceColumn::Close)
    }

    /// The columns that it is computed from.
    pub(super) fn columns_read(&self) -> Vec<super::bars::Column> {
        use super::bars::Column;
        match self.entry().reads {
            Reads::Source(position) => vec![Column::Price(self.source(position))],
            Reads::SourceAndVolume(position) => {
                vec![Column::Price(self.source(position)), Column::Volume]
            }
            Reads::Columns(columns) => columns.to_vec(),
        }
    }

    /// The values as text, in the order of [`IndicatorKind::parameters`].
    fn written(&self) -> Vec<String> {
        let known = self.kind.parameters().iter();
        known.zip(self.values).map(|(parameter, value)| parameter.written(value)).collect()
    }

    /// The values without what everybody expects anyway.
    fn distinguishing_values(&self) -> Vec<String> {
        let known = self.kind.parameters();
        let mut values = self.written();
        let is_usual = |(parameter, value): (&ParameterSpec, &f64)| {
            !parameter.is_minor || parameter.default.total_cmp(value).is_eq()
        };
        if known.iter().zip(&self.values).all(is_usual) {
            // Minor parameters are the last ones.
            values.truncate(known.iter().filter(|parameter| !parameter.is_minor).count());
        }
        values
    }
}

/// The value of one parameter, its default if nothing is given.
fn read(
    kind: IndicatorKind,
    parameter: &ParameterSpec,
    given: Option<&String>,
) -> Result<f64, IndicatorError> {
    let Some(text) = given else { return Ok(parameter.default) };
    let value = if parameter.choices.is_empty() {
        text.parse::<f64>()
            .ok()
            .filter(|value| (parameter.minimum..=parameter.maximum).contains(value))
            .filter(|value| !parameter.is_integer || value.fract() == 0.0)
            // A zero keeps no sign, so that equal indicators have equal ids.
            .map(|value| value + 0.0)
    } else {
        parameter.choices.iter().position(|word| word == text).map(|position| position as f64)
    };
    value.ok_or_else(|| IndicatorError::BadValue {
        kind,
        parameter: parameter.name,
        given: quotable(text),
        accepted: parameter.accepted(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(
        kind: IndicatorKind,
        parameters: &[(&str, &str)],
    ) -> Result<IndicatorSpec, IndicatorError> {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        IndicatorSpec::new(kind, &parameters)
    }

    #[test]
    fn ids_and_labels_name_what_tells_indicators_apart() {
        use IndicatorKind as Kind;
        let cases: [(_, &[(&str, &str)], _, _); 19] = [
            (Kind::Sma, &[("period", "50")], "sma_50", "SMA(50)"),
            (Kind::Sma, &[("period", "50"), ("source", "high")], "sma_50_high", "SMA(50, high)"),
            (Kind::Ema, &[], "ema_20", "EMA(20)"),
            (Kind::Wma, &[("period", "1e1")], "wma_10", "WMA(10)"),
            (Kind::Rsi, &[], "rsi_14", "RSI(14)"),
            (Kind::Rsi, &[("overbought", "70.0")], "rsi_14", "RSI(14)"),
            (Kind::Rsi, &[("overbought", "80")], "rsi_14_80_30", "RSI(14, 80, 30)"),
            (Kind::Rsi, &[("oversold", "-0")], "rsi_14_70_0", "RSI(14, 70, 0)"),
            (Kind::Macd, &[], "macd_12_26_9", "MACD(12, 26, 9)"),
            (Kind::BollingerBands, &[], "bb_20_2", "BB(20, 2)"),
            (Kind::BollingerBands, &[("source", "low")], "bb_20_2_low", "BB(20, 2, low)"),
            (Kind::SuperTrend, &[], "supertrend_10_3", "SuperTrend(10, 3)"),
            (
                Kind::SuperTrend,
                &[("multiplier", "2.5")],
                "supertrend_10_2.5",
                "SuperTrend(10, 2.5)",
            ),
            (Kind::Atr, &[], "atr_14", "ATR(14)"),
            (Kind::Obv, &[], "obv", "OBV"),
            (Kind::Volume, &[], "volume_20", "Volume(20)"),
            (Kind::Stochastic, &[], "stoch_14_3", "Stochastic(14, 3)"),
            (Kind::Adx, &[], "adx_14", "ADX(14)"),
            (Kind::Cci, &[], "cci_20", "CCI(20)"),
        ];
        for (kind, parameters, id, label) in cases {
            let spec = make(kind, parameters).unwrap();
            assert_eq!((spec.id().as_str(), spec.label().as_str()), (id, label));
        }
    }

    /// Requirement A5.2: indicator parameters in range.
    #[test]
    fn a5_2_each_bound_is_accepted_and_what_lies_beyond_is_refused() {
        for kind in IndicatorKind::ALL {
            for parameter in kind.parameters().iter().filter(|p| p.choices.is_empty()) {
                let step = if parameter.is_integer { 1.0 } else { 0.001 };
                let inside = [parameter.minimum, parameter.maximum, parameter.default];
                for value in inside.map(|value| value.to_string()) {
                    let result = make(*kind, &[(parameter.name, &value)]);
                    let crosses = matches!(result, Err(IndicatorError::NotBelow { .. }));
                    assert!(result.is_ok() || crosses, "{kind} {} {value}", parameter.name);
                }
                let outside = [parameter.minimum - step, parameter.maximum + step];
                let words = ["", " 14", "14 ", "fourteen", "NaN", "inf", "1e300", "0x10", "5,5"];
                let mut refused: Vec<String> = outside.map(|value| value.to_string()).into();
                refused.extend(words.map(str::to_owned));
                if parameter.is_integer {
                    refused.push((parameter.default + 0.5).to_string());
                }
                for value in refused {
                    let error = make(*kind, &[(parameter.name, &value)]).unwrap_err();
                    assert!(
                        matches!(error, IndicatorError::BadValue { .. }),
                        "{kind} {} {value}: {error}",
                        parameter.name
                    );
                }
            }
        }
    }

    #[test]
    fn a5_2_refusals_are_sentences_with_the_value_and_the_remedy() {
        use IndicatorKind as Kind;
        let long = "9".repeat(10_000);
        let cases: [(_, &[(&str, &str)], _); 7] = [
            (
                Kind::Rsi,
                &[("period", "101")],
                "RSI: period is \"101\"; give a whole number from 1 to 100".to_owned(),
            ),
            (
                Kind::BollingerBands,
                &[("standard_deviations", "0.4")],
                "BB: standard_deviations is \"0.4\"; give a number from 0.5 to 5".to_owned(),
            ),
            (
                Kind::Sma,
                &[("source", "Close")],
                "SMA: source is \"Close\"; give one of close, open, high, low".to_owned(),
            ),
            (
                Kind::Macd,
                &[("fast_period", "26")],
                "MACD: fast_period 26 is not below slow_period 26; \
                 give a fast period that is shorter than the slow one"
                    .to_owned(),
            ),
            (
                Kind::Rsi,
                &[("overbought", "50"), ("oversold", "50")],
                "RSI: oversold 50 is not below overbought 50; move them apart".to_owned(),
            ),
            (
                Kind::Obv,
                &[("period", "5")],
                "OBV has no parameter \"period\"; it takes none".to_owned(),
            ),
            (
                Kind::Atr,
                &[("period", &long)],
                format!("ATR: period is \"{}…\"; give a whole number from 1 to 100", &long[..40]),
            ),
        ];
        for (kind, parameters, sentence) in cases {
            assert_eq!(make(kind, parameters).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn every_parameter_is_listed_with_its_value() {
        let spec = make(IndicatorKind::BollingerBands, &[("period", "10")]).unwrap();
        let expected = [("period", "10"), ("source", "close"), ("standard_deviations", "2")];
        let expected: BTreeMap<_, _> =
            expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(spec.parameters(), expected);
        for kind in IndicatorKind::ALL {
            let spec = make(*kind, &[]).unwrap();
            let listed = spec.parameters();
            for parameter in kind.parameters() {
                let value = &listed[parameter.name];
                let default = parameter.default;
                let text = match parameter.choices {
                    [] => default.to_string(),
                    choices => choices[default as usize].to_owned(),
                };
                assert_eq!(*value, text, "{kind} {}", parameter.name);
            }
        }
    }

    /// Requirement A5.2: a form is told everything at once, each beside its field.
    #[test]
    fn a5_2_every_problem_is_told_with_its_parameter() {
        let given = [("fast_period", "30"), ("signal_period", "0"), ("speed", "9")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let problems = IndicatorSpec::check(IndicatorKind::Macd, &given.into()).unwrap_err();
        let told: Vec<_> = problems
            .iter()
            .map(|problem| (problem.parameter().unwrap(), problem.to_string()))
            .collect();
        let expected = [
            (
                "speed",
                "MACD has no parameter \"speed\"; it takes fast_period, slow_period, signal_period",
            ),
            ("signal_period", "MACD: signal_period is \"0\"; give a whole number from 1 to 100"),
            (
                "fast_period",
                "MACD: fast_period 30 is not below slow_period 26; \
                 give a fast period that is shorter than the slow one",
            ),
        ];
        assert_eq!(told, expected.map(|(name, words)| (name, words.to_owned())));
    }

    #[test]
    fn the_warm_up_is_known_without_bars() {
        for (kind, bars) in [
            (IndicatorKind::Sma, 19),
            (IndicatorKind::Macd, 33),
            (IndicatorKind::Obv, 0),
            (IndicatorKind::Ichimoku, 51 + 26),
            (IndicatorKind::Vwap, 19),
        ] {
            assert_eq!(make(kind, &[]).unwrap().warm_up_bars(), Ok(bars), "{kind}");
        }
    }
}

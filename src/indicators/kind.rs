use std::fmt;

use super::IndicatorError;

/// An indicator, without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IndicatorKind {
    /// Simple moving average.
    Sma,
    /// Exponential moving average, seeded with the simple mean of the first period.
    Ema,
    /// Linearly weighted moving average.
    Wma,
    /// Wilder's relative strength index.
    Rsi,
    /// Moving average convergence and divergence.
    Macd,
    /// Bollinger Bands, by the population standard deviation.
    BollingerBands,
    /// `SuperTrend`: a band at a multiple of the ATR that follows the price on one side.
    SuperTrend,
    /// Wilder's average true range.
    Atr,
    /// On-balance volume.
    Obv,
    /// Volume beside its simple moving average.
    Volume,
    /// Slow stochastic oscillator, smoothed by simple means.
    Stochastic,
    /// Wilder's average directional index.
    Adx,
    /// Commodity channel index.
    Cci,
}

impl IndicatorKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Sma,
        Self::Ema,
        Self::Wma,
        Self::Rsi,
        Self::Macd,
        Self::BollingerBands,
        Self::SuperTrend,
        Self::Atr,
        Self::Obv,
        Self::Volume,
        Self::Stochastic,
        Self::Adx,
        Self::Cci,
    ];

    /// The name in configurations and records, such as `SMA`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sma => "SMA",
            Self::Ema => "EMA",
            Self::Wma => "WMA",
            Self::Rsi => "RSI",
            Self::Macd => "MACD",
            Self::BollingerBands => "BB",
            Self::SuperTrend => "SUPERTREND",
            Self::Atr => "ATR",
            Self::Obv => "OBV",
            Self::Volume => "VOLUME",
            Self::Stochastic => "STOCH",
            Self::Adx => "ADX",
            Self::Cci => "CCI",
        }
    }

    /// The kind of a name as [`as_str`](Self::as_str) writes it, in capitals or not.
    pub fn from_name(name: &str) -> Result<Self, IndicatorError> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name)).ok_or_else(
            || IndicatorError::UnknownKind {
                name: quotable(name),
                known: Self::ALL.map(Self::as_str).join(", "),
            },
        )
    }

    /// The parameters, in the order in which an id names them.
    pub fn parameters(self) -> &'static [ParameterSpec] {
        match self {
            Self::Sma | Self::Ema | Self::Wma => &[AVERAGE_PERIOD, SOURCE],
            Self::Rsi => &[RSI_PERIOD, RSI_OVERBOUGHT, RSI_OVERSOLD],
            Self::Macd => &[MACD_FAST, MACD_SLOW, MACD_SIGNAL],
            Self::BollingerBands => &[BANDS_PERIOD, BANDS_WIDTH, SOURCE],
            Self::SuperTrend => &[SUPERTREND_PERIOD, SUPERTREND_MULTIPLIER],
            Self::Atr => &[ATR_PERIOD],
            Self::Obv => &[],
            Self::Volume => &[VOLUME_PERIOD],
            Self::Stochastic => &[STOCHASTIC_K, STOCHASTIC_D],
            Self::Adx => &[ADX_PERIOD],
            Self::Cci => &[CCI_PERIOD],
        }
    }
}

impl fmt::Display for IndicatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One parameter of an indicator: what a form offers and [`IndicatorSpec::new`] accepts.
///
/// [`IndicatorSpec::new`]: super::IndicatorSpec::new
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// The name, such as `period`.
    pub name: &'static str,
    /// The value when none is given.
    pub default: f64,
    /// Smallest value accepted.
    pub minimum: f64,
    /// Largest value accepted.
    pub maximum: f64,
    /// Whether the value has to be whole.
    pub is_integer: bool,
    /// The words to choose from, where the value is a word; the numbers are indices into it then.
    /// Empty for a number.
    pub choices: &'static [&'static str],
    /// What it does, with its unit.
    pub description: &'static str,
}

impl ParameterSpec {
    /// What is accepted, in words.
    pub(super) fn accepted(&self) -> String {
        if self.choices.is_empty() {
            let number = if self.is_integer { "a whole number" } else { "a number" };
            format!("{number} from {} to {}", self.minimum, self.maximum)
        } else {
            format!("one of {}", self.choices.join(", "))
        }
    }
}

/// The start of a text from outside, short enough to be quoted in an error.
pub(super) fn quotable(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut quoted: String = text.chars().take(LONGEST).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted
}

/// A number of bars.
const fn bars(
    name: &'static str,
    default: f64,
    minimum: f64,
    maximum: f64,
    description: &'static str,
) -> ParameterSpec {
    ParameterSpec { name, default, minimum, maximum, is_integer: true, choices: &[], description }
}

/// A number that need not be whole.
const fn number(
    name: &'static str,
    default: f64,
    minimum: f64,
    maximum: f64,
    description: &'static str,
) -> ParameterSpec {
    ParameterSpec { name, default, minimum, maximum, is_integer: false, choices: &[], description }
}

pub(super) const SOURCE: ParameterSpec = ParameterSpec {
    name: "source",
    default: 0.0,
    minimum: 0.0,
    maximum: 3.0,
    is_integer: true,
    choices: &["close", "open", "high", "low"],
    description: "Price of the bar that it is computed from",
};
pub(super) const AVERAGE_PERIOD: ParameterSpec =
    bars("period", 20.0, 1.0, 500.0, "Bars in the average");
pub(super) const RSI_PERIOD: ParameterSpec =
    bars("period", 14.0, 1.0, 100.0, "Bars of Wilder's smoothing");
pub(super) const RSI_OVERBOUGHT: ParameterSpec =
    number("overbought", 70.0, 50.0, 100.0, "Level above which it reads as overbought");
pub(super) const RSI_OVERSOLD: ParameterSpec =
    number("oversold", 30.0, 0.0, 50.0, "Level below which it reads as oversold");
pub(super) const MACD_FAST: ParameterSpec =
    bars("fast_period", 12.0, 1.0, 100.0, "Bars in the faster average");
pub(super) const MACD_SLOW: ParameterSpec =
    bars("slow_period", 26.0, 1.0, 100.0, "Bars in the slower average");
pub(super) const MACD_SIGNAL: ParameterSpec =
    bars("signal_period", 9.0, 1.0, 100.0, "Bars in the average of the difference");
pub(super) const BANDS_PERIOD: ParameterSpec =
    bars("period", 20.0, 1.0, 500.0, "Bars in the middle band");
pub(super) const BANDS_WIDTH: ParameterSpec = number(
    "standard_deviations",
    2.0,
    0.5,
    5.0,
    "Distance of the outer bands from the middle, in standard deviations",
);
pub(super) const SUPERTREND_PERIOD: ParameterSpec =
    bars("period", 10.0, 1.0, 100.0, "Bars in the average true range");
pub(super) const SUPERTREND_MULTIPLIER: ParameterSpec = number(
    "multiplier",
    3.0,
    0.5,
    10.0,
    "Distance of the band from the middle of the bar, in average true ranges",
);
pub(super) const ATR_PERIOD: ParameterSpec =
    bars("period", 14.0, 1.0, 100.0, "Bars of Wilder's smoothing");
pub(super) const VOLUME_PERIOD: ParameterSpec =
    bars("period", 20.0, 1.0, 100.0, "Bars in the average to compare with");
pub(super) const STOCHASTIC_K: ParameterSpec =
    bars("k_period", 14.0, 1.0, 100.0, "Bars in the range that the close is placed in");
pub(super) const STOCHASTIC_D: ParameterSpec =
    bars("d_period", 3.0, 1.0, 100.0, "Bars in the average of %K");
// TA-Lib's ADX and CCI begin at two bars, and no requirement asks for one.
pub(super) const ADX_PERIOD: ParameterSpec =
    bars("period", 14.0, 2.0, 100.0, "Bars of Wilder's smoothing");
pub(super) const CCI_PERIOD: ParameterSpec =
    bars("period", 20.0, 2.0, 100.0, "Bars in the average and the mean deviation");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::PriceColumn;

    #[test]
    fn every_name_is_found_again_in_capitals_or_not() {
        for kind in IndicatorKind::ALL {
            assert_eq!(IndicatorKind::from_name(kind.as_str()), Ok(kind));
            assert_eq!(IndicatorKind::from_name(&kind.as_str().to_lowercase()), Ok(kind));
        }
        assert_eq!(
            IndicatorKind::from_name("VWAP").unwrap_err().to_string(),
            "there is no indicator \"VWAP\"; choose one of SMA, EMA, WMA, RSI, MACD, BB, \
             SUPERTREND, ATR, OBV, VOLUME, STOCH, ADX, CCI"
        );
    }

    /// Name, default, smallest and largest value.
    type Range = (&'static str, f64, f64, f64);

    /// Defaults and ranges of workflow.md §4.
    #[test]
    fn defaults_and_ranges_are_those_of_the_requirements() {
        use IndicatorKind as Kind;
        let cases: [(IndicatorKind, &[Range]); 9] = [
            (Kind::Sma, &[("period", 20.0, 1.0, 500.0)]),
            (Kind::Ema, &[("period", 20.0, 1.0, 500.0)]),
            (Kind::Wma, &[("period", 20.0, 1.0, 500.0)]),
            (
                Kind::Rsi,
                &[
                    ("period", 14.0, 1.0, 100.0),
                    ("overbought", 70.0, 50.0, 100.0),
                    ("oversold", 30.0, 0.0, 50.0),
                ],
            ),
            (
                Kind::Macd,
                &[
                    ("fast_period", 12.0, 1.0, 100.0),
                    ("slow_period", 26.0, 1.0, 100.0),
                    ("signal_period", 9.0, 1.0, 100.0),
                ],
            ),
            (
                Kind::BollingerBands,
                &[("period", 20.0, 1.0, 500.0), ("standard_deviations", 2.0, 0.5, 5.0)],
            ),
            (Kind::SuperTrend, &[("period", 10.0, 1.0, 100.0), ("multiplier", 3.0, 0.5, 10.0)]),
            (Kind::Atr, &[("period", 14.0, 1.0, 100.0)]),
            (Kind::Volume, &[("period", 20.0, 1.0, 100.0)]),
        ];
        for (kind, expected) in cases {
            let actual: Vec<_> = kind
                .parameters()
                .iter()
                .filter(|parameter| parameter.choices.is_empty())
                .map(|p| (p.name, p.default, p.minimum, p.maximum))
                .collect();
            assert_eq!(actual, expected, "{kind}");
        }
        let sources = PriceColumn::ALL.map(PriceColumn::as_str);
        assert_eq!(SOURCE.choices, sources, "the first is the default");
    }
}

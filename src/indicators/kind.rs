use std::fmt;

use super::IndicatorError;
use super::entries::{averages, momentum, trend, volatility, volume};
use super::entry::Entry;
use super::parameter::{ParameterRule, ParameterSpec};

/// What an indicator tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IndicatorGroup {
    /// Which way the price goes.
    Trend,
    /// How fast it goes.
    Momentum,
    /// How far it swings.
    Volatility,
    /// How much is traded.
    Volume,
}

impl IndicatorGroup {
    /// Every group, in the order of a catalogue.
    pub const ALL: [Self; 4] = [Self::Trend, Self::Momentum, Self::Volatility, Self::Volume];

    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trend => "trend",
            Self::Momentum => "momentum",
            Self::Volatility => "volatility",
            Self::Volume => "volume",
        }
    }
}

/// Where a chart draws an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndicatorPanel {
    /// Over the price, whose unit it has.
    Price,
    /// In a panel of its own.
    Own,
}

impl IndicatorPanel {
    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Own => "own",
        }
    }
}

macro_rules! indicator_kinds {
    ($($(#[$documentation:meta])* $variant:ident => $entry:path,)*) => {
        /// An indicator, without its parameters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum IndicatorKind {
            $($(#[$documentation])* $variant,)*
        }

        impl IndicatorKind {
            /// Every kind, group by group.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub(super) fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &$entry,)*
                }
            }
        }
    };
}

indicator_kinds! {
    /// Simple moving average.
    Sma => averages::SMA,
    /// Exponential moving average, seeded with the simple mean of the first period.
    Ema => averages::EMA,
    /// Linearly weighted moving average.
    Wma => averages::WMA,
    /// Double exponential moving average.
    Dema => averages::DEMA,
    /// Triple exponential moving average.
    Tema => averages::TEMA,
    /// Triangular moving average.
    Trima => averages::TRIMA,
    /// Kaufman's adaptive moving average.
    Kama => averages::KAMA,
    /// Hull's moving average.
    Hma => averages::HMA,
    /// Zero-lag exponential moving average.
    Zlema => averages::ZLEMA,
    /// Tillson's T3.
    T3 => averages::T3,
    /// End of the line of least squares.
    LinearRegression => averages::LINEARREG,
    /// `SuperTrend`: a band at a multiple of the ATR that follows the price on one side.
    SuperTrend => trend::SUPERTREND,
    /// Wilder's parabolic stop and reverse.
    ParabolicSar => trend::PSAR,
    /// Ichimoku's lines and cloud.
    Ichimoku => trend::ICHIMOKU,
    /// Wilder's average directional index.
    Adx => trend::ADX,
    /// Wilder's directional indicators.
    Dmi => trend::DMI,
    /// Aroon up and down.
    Aroon => trend::AROON,
    /// Vortex indicator.
    Vortex => trend::VORTEX,
    /// Slope of the line of least squares.
    LinearRegressionSlope => trend::LINEARREG_SLOPE,
    /// Wilder's relative strength index.
    Rsi => momentum::RSI,
    /// Moving average convergence and divergence.
    Macd => momentum::MACD,
    /// Slow stochastic oscillator, smoothed by simple means.
    Stochastic => momentum::STOCH,
    /// Stochastic oscillator of the RSI.
    StochasticRsi => momentum::STOCHRSI,
    /// Commodity channel index.
    Cci => momentum::CCI,
    /// Williams %R.
    WilliamsR => momentum::WILLR,
    /// Rate of change.
    RateOfChange => momentum::ROC,
    /// Momentum.
    Momentum => momentum::MOM,
    /// Chande's momentum oscillator.
    Cmo => momentum::CMO,
    /// Ultimate oscillator.
    UltimateOscillator => momentum::ULTOSC,
    /// Rate of change of a triple exponential average.
    Trix => momentum::TRIX,
    /// Percentage price oscillator.
    Ppo => momentum::PPO,
    /// Awesome oscillator.
    AwesomeOscillator => momentum::AO,
    /// True strength index.
    Tsi => momentum::TSI,
    /// Coppock curve.
    Coppock => momentum::COPPOCK,
    /// Bollinger Bands, by the population standard deviation.
    BollingerBands => volatility::BB,
    /// Keltner channels.
    Keltner => volatility::KC,
    /// Donchian channels.
    Donchian => volatility::DONCHIAN,
    /// Wilder's average true range.
    Atr => volatility::ATR,
    /// Average true range in percent of the close.
    Natr => volatility::NATR,
    /// Standard deviation.
    StandardDeviation => volatility::STDDEV,
    /// Width of the Bollinger Bands.
    BandWidth => volatility::BBW,
    /// Place of the price in the Bollinger Bands.
    PercentB => volatility::PERCENTB,
    /// Choppiness index.
    Choppiness => volatility::CHOP,
    /// Volume beside its simple moving average.
    Volume => volume::VOLUME,
    /// On-balance volume.
    Obv => volume::OBV,
    /// Volume-weighted average price of the last bars.
    Vwap => volume::VWAP,
    /// Volume-weighted moving average.
    Vwma => volume::VWMA,
    /// Money flow index.
    Mfi => volume::MFI,
    /// Chaikin's accumulation and distribution line.
    AccumulationDistribution => volume::AD,
    /// Chaikin's oscillator.
    ChaikinOscillator => volume::ADOSC,
    /// Chaikin's money flow.
    ChaikinMoneyFlow => volume::CMF,
    /// Elder's force index.
    ForceIndex => volume::EFI,
}

impl IndicatorKind {
    /// The name in configurations and records, such as `SMA`.
    pub fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// The name in words, such as `Simple moving average`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it is, in one sentence.
    pub fn description(self) -> &'static str {
        self.entry().description
    }

    /// What it tells of.
    pub fn group(self) -> IndicatorGroup {
        self.entry().group
    }

    /// Where a chart draws it.
    pub fn panel(self) -> IndicatorPanel {
        self.entry().panel
    }

    /// The kind of a name as [`as_str`](Self::as_str) writes it, in capitals or not.
    pub fn from_name(name: &str) -> Result<Self, IndicatorError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str().eq_ignore_ascii_case(name)).ok_or_else(
            || IndicatorError::UnknownKind {
                name: quotable(name),
                known: Self::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
            },
        )
    }

    /// The parameters, in the order in which an id names them.
    pub fn parameters(self) -> &'static [ParameterSpec] {
        self.entry().parameters
    }

    /// What has to hold between the parameters.
    pub fn rules(self) -> &'static [ParameterRule] {
        self.entry().rules
    }
}

impl fmt::Display for IndicatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::indicators::{PriceColumn, parameter};

    #[test]
    fn every_name_is_found_again_in_capitals_or_not() {
        let codes: BTreeSet<_> = IndicatorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(codes.len(), IndicatorKind::ALL.len(), "no two share a name");
        for kind in IndicatorKind::ALL {
            assert_eq!(IndicatorKind::from_name(kind.as_str()), Ok(*kind));
            assert_eq!(IndicatorKind::from_name(&kind.as_str().to_lowercase()), Ok(*kind));
        }
        let refused = IndicatorKind::from_name("MAGIC").unwrap_err().to_string();
        assert!(
            refused.starts_with("there is no indicator \"MAGIC\"; choose one of SMA, EMA, WMA, "),
            "{refused}"
        );
    }

    #[test]
    fn every_entry_describes_itself_for_a_catalogue() {
        for kind in IndicatorKind::ALL {
            let description = kind.description();
            assert!(description.ends_with('.') && description.len() > 30, "{kind}: {description}");
            assert!(!kind.name().is_empty() && kind.name() != kind.as_str(), "{kind}");
            for parameter in kind.parameters() {
                assert!((parameter.minimum..=parameter.maximum).contains(&parameter.default));
                assert!(!parameter.description.is_empty(), "{kind} {}", parameter.name);
            }
            for rule in kind.rules() {
                for name in [rule.lower, rule.upper] {
                    assert!(kind.parameters().iter().any(|p| p.name == name), "{kind} {name}");
                }
            }
        }
        for group in IndicatorGroup::ALL {
            let members = IndicatorKind::ALL.iter().filter(|kind| kind.group() == group).count();
            assert!(members >= 8, "{} has {members}", group.as_str());
        }
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
        assert_eq!(parameter::SOURCE.choices, sources, "the first is the default");
    }
}

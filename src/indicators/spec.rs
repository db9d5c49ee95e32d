use std::collections::BTreeMap;

use super::kind::{self, quotable};
use super::{IndicatorError, IndicatorKind, ParameterSpec, PriceColumn};

/// An indicator with validated parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndicatorSpec {
    kind: IndicatorKind,
    pub(super) calculation: Calculation,
}

/// What is computed. Periods are numbers of bars, in the type that TA-Lib takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Calculation {
    Sma { period: i32, source: PriceColumn },
    Ema { period: i32, source: PriceColumn },
    Wma { period: i32, source: PriceColumn },
    Rsi { period: i32, overbought: f64, oversold: f64 },
    Macd { fast: i32, slow: i32, signal: i32 },
    BollingerBands { period: i32, standard_deviations: f64, source: PriceColumn },
    SuperTrend { period: i32, multiplier: f64 },
    Atr { period: i32 },
    Obv,
    Volume { period: i32 },
    Stochastic { k_period: i32, d_period: i32 },
    Adx { period: i32 },
    Cci { period: i32 },
}

impl IndicatorSpec {
    /// Validates parameters given as text, name to value; those left out have their defaults.
    ///
    /// Refuses a parameter that the indicator does not have, a value out of range, a fast period
    /// that is not below the slow one, and an overbought level that is not above the oversold one.
    pub fn new(
        kind: IndicatorKind,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, IndicatorError> {
        let known = kind.parameters();
        if let Some(name) = parameters.keys().find(|name| known.iter().all(|p| p.name != **name)) {
            return Err(IndicatorError::UnknownParameter {
                kind,
                parameter: quotable(name),
                accepted: if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ")
                },
            });
        }
        let given = Given { kind, parameters };
        let calculation = match kind {
            IndicatorKind::Sma => Calculation::Sma {
                period: given.bars(&kind::AVERAGE_PERIOD)?,
                source: given.source()?,
            },
            IndicatorKind::Ema => Calculation::Ema {
                period: given.bars(&kind::AVERAGE_PERIOD)?,
                source: given.source()?,
            },
            IndicatorKind::Wma => Calculation::Wma {
                period: given.bars(&kind::AVERAGE_PERIOD)?,
                source: given.source()?,
            },
            IndicatorKind::Rsi => {
                let overbought = given.number(&kind::RSI_OVERBOUGHT)?;
                let oversold = given.number(&kind::RSI_OVERSOLD)?;
                if overbought <= oversold {
                    return Err(IndicatorError::LevelsCrossed { overbought, oversold });
                }
                Calculation::Rsi { period: given.bars(&kind::RSI_PERIOD)?, overbought, oversold }
            }
            IndicatorKind::Macd => {
                let fast = given.bars(&kind::MACD_FAST)?;
                let slow = given.bars(&kind::MACD_SLOW)?;
                if fast >= slow {
                    return Err(IndicatorError::FastNotBelowSlow { fast, slow });
                }
                Calculation::Macd { fast, slow, signal: given.bars(&kind::MACD_SIGNAL)? }
            }
            IndicatorKind::BollingerBands => Calculation::BollingerBands {
                period: given.bars(&kind::BANDS_PERIOD)?,
                standard_deviations: given.number(&kind::BANDS_WIDTH)?,
                source: given.source()?,
            },
            IndicatorKind::SuperTrend => Calculation::SuperTrend {
                period: given.bars(&kind::SUPERTREND_PERIOD)?,
                multiplier: given.number(&kind::SUPERTREND_MULTIPLIER)?,
            },
            IndicatorKind::Atr => Calculation::Atr { period: given.bars(&kind::ATR_PERIOD)? },
            IndicatorKind::Obv => Calculation::Obv,
            IndicatorKind::Volume => {
                Calculation::Volume { period: given.bars(&kind::VOLUME_PERIOD)? }
            }
            IndicatorKind::Stochastic => Calculation::Stochastic {
                k_period: given.bars(&kind::STOCHASTIC_K)?,
                d_period: given.bars(&kind::STOCHASTIC_D)?,
            },
            IndicatorKind::Adx => Calculation::Adx { period: given.bars(&kind::ADX_PERIOD)? },
            IndicatorKind::Cci => Calculation::Cci { period: given.bars(&kind::CCI_PERIOD)? },
        };
        Ok(Self { kind, calculation })
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
            .zip(self.values())
            .map(|(parameter, value)| (parameter.name.to_owned(), value))
            .collect()
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
        let name = match self.kind {
            IndicatorKind::SuperTrend => "SuperTrend",
            IndicatorKind::Volume => "Volume",
            IndicatorKind::Stochastic => "Stochastic",
            other => other.as_str(),
        };
        let values = self.distinguishing_values();
        if values.is_empty() { name.to_owned() } else { format!("{name}({})", values.join(", ")) }
    }

    /// The values as text, in the order of [`IndicatorKind::parameters`].
    fn values(&self) -> Vec<String> {
        match self.calculation {
            Calculation::Sma { period, source }
            | Calculation::Ema { period, source }
            | Calculation::Wma { period, source } => vec![period.to_string(), source.to_string()],
            Calculation::Rsi { period, overbought, oversold } => {
                vec![period.to_string(), overbought.to_string(), oversold.to_string()]
            }
            Calculation::Macd { fast, slow, signal } => {
                vec![fast.to_string(), slow.to_string(), signal.to_string()]
            }
            Calculation::BollingerBands { period, standard_deviations, source } => {
                vec![period.to_string(), standard_deviations.to_string(), source.to_string()]
            }
            Calculation::SuperTrend { period, multiplier } => {
                vec![period.to_string(), multiplier.to_string()]
            }
            Calculation::Obv => Vec::new(),
            Calculation::Stochastic { k_period, d_period } => {
                vec![k_period.to_string(), d_period.to_string()]
            }
            Calculation::Atr { period }
            | Calculation::Volume { period }
            | Calculation::Adx { period }
            | Calculation::Cci { period } => vec![period.to_string()],
        }
    }

    /// The values without what everybody expects anyway.
    fn distinguishing_values(&self) -> Vec<String> {
        let mut values = self.values();
        let usual_end: &[&str] = match self.kind {
            IndicatorKind::Rsi => &["70", "30"],
            IndicatorKind::Sma
            | IndicatorKind::Ema
            | IndicatorKind::Wma
            | IndicatorKind::BollingerBands => &["close"],
            _ => &[],
        };
        let kept = values.len() - usual_end.len();
        if values[kept..] == *usual_end {
            values.truncate(kept);
        }
        values
    }
}

/// Parameters as given, not validated yet.
struct Given<'a> {
    kind: IndicatorKind,
    parameters: &'a BTreeMap<String, String>,
}

impl Given<'_> {
    fn number(&self, parameter: &ParameterSpec) -> Result<f64, IndicatorError> {
        let Some(text) = self.parameters.get(parameter.name) else {
            return Ok(parameter.default);
        };
        text.parse::<f64>()
            .ok()
            .filter(|value| (parameter.minimum..=parameter.maximum).contains(value))
            .filter(|value| !parameter.is_integer || value.fract() == 0.0)
            // A zero keeps no sign, so that equal indicators have equal ids.
            .map(|value| value + 0.0)
            .ok_or_else(|| self.bad_value(parameter, text))
    }

    fn bars(&self, parameter: &ParameterSpec) -> Result<i32, IndicatorError> {
        // Whole and within a range of at most 500: nothing is cut.
        self.number(parameter).map(|value| value as i32)
    }

    fn source(&self) -> Result<PriceColumn, IndicatorError> {
        let Some(text) = self.parameters.get(kind::SOURCE.name) else {
            return Ok(PriceColumn::Close);
        };
        PriceColumn::ALL
            .into_iter()
            .find(|column| column.as_str() == text)
            .ok_or_else(|| self.bad_value(&kind::SOURCE, text))
    }

    fn bad_value(&self, parameter: &ParameterSpec, text: &str) -> IndicatorError {
        IndicatorError::BadValue {
            kind: self.kind,
            parameter: parameter.name,
            given: quotable(text),
            accepted: parameter.accepted(),
        }
    }
}

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
                    let result = make(kind, &[(parameter.name, &value)]);
                    let crosses = matches!(
                        result,
                        Err(IndicatorError::FastNotBelowSlow { .. }
                            | IndicatorError::LevelsCrossed { .. })
                    );
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
                    let error = make(kind, &[(parameter.name, &value)]).unwrap_err();
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
                "RSI: overbought 50 is not above oversold 50; move them apart".to_owned(),
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
            let spec = make(kind, &[]).unwrap();
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
}

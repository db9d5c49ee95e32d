use std::cmp::Ordering;

use super::spec::Calculation;
use super::{IndicatorOutput, IndicatorSpec};

/// From here a trend is called strong, by Wilder's index.
const STRONG_TREND: f64 = 25.0;
/// Levels of the stochastic oscillator.
const STOCHASTIC_LEVELS: (f64, f64) = (80.0, 20.0);
/// Lambert's levels of the commodity channel index, on both sides of zero.
const CCI_LEVEL: f64 = 100.0;

/// What the indicator says at the last bar, in words, such as `overbought`; a level counts when it
/// is passed, not when it is touched. `last_close` is the close of that bar, in the currency of the
/// prices. Nothing while a line that it rests on warms up.
pub fn reading(spec: &IndicatorSpec, output: &IndicatorOutput, last_close: f64) -> Option<String> {
    let last = |name: &str| output.line(name)?.last();
    match spec.calculation {
        Calculation::Sma { .. } | Calculation::Ema { .. } | Calculation::Wma { .. } => {
            let side = side_of(last_close, last("value")?)?;
            Some(format!("the close is {side} it"))
        }
        Calculation::Rsi { overbought, oversold, .. } => {
            let value = last("value")?;
            let side = side_of(value, 50.0)?;
            Some(
                extreme(value, overbought, oversold)
                    .map_or_else(|| format!("{side} 50"), Into::into),
            )
        }
        Calculation::Macd { .. } => {
            let side = side_of(last("value")?, last("signal")?)?;
            Some(format!("{side} its signal line"))
        }
        Calculation::BollingerBands { .. } => {
            let (upper, middle, lower) = (last("upper")?, last("middle")?, last("lower")?);
            if last_close > upper {
                return Some("the close is above the upper band".into());
            }
            if last_close < lower {
                return Some("the close is below the lower band".into());
            }
            let side = side_of(last_close, middle)?;
            Some(format!("the close is inside the bands, {side} the middle"))
        }
        Calculation::SuperTrend { .. } => {
            Some(if last("direction")? > 0.0 { "up" } else { "down" }.into())
        }
        Calculation::Atr { .. } => {
            let share = last("value")? / last_close * 100.0;
            share.is_finite().then(|| format!("{share:.1} % of the close"))
        }
        Calculation::Obv => {
            let values = &output.line("value")?.values;
            let [.., before, now] = values[..] else { return None };
            Some(match now.partial_cmp(&before)? {
                Ordering::Greater => "rising".into(),
                Ordering::Less => "falling".into(),
                Ordering::Equal => "unchanged".into(),
            })
        }
        Calculation::Volume { .. } => {
            let ratio = last("value")? / last("average")?;
            ratio.is_finite().then(|| format!("{ratio:.1}× the average"))
        }
        Calculation::Stochastic { .. } => {
            last("d")?;
            let (overbought, oversold) = STOCHASTIC_LEVELS;
            let word = extreme(last("k")?, overbought, oversold);
            Some(word.unwrap_or("between 20 and 80").into())
        }
        Calculation::Adx { .. } => {
            let is_strong = last("value")? > STRONG_TREND;
            Some(if is_strong { "strong trend" } else { "no strong trend" }.into())
        }
        Calculation::Cci { .. } => {
            let value = last("value")?;
            Some(if value > CCI_LEVEL {
                "above +100".into()
            } else if value < -CCI_LEVEL {
                "below −100".into()
            } else {
                "between −100 and +100".into()
            })
        }
    }
}

fn side_of(value: f64, level: f64) -> Option<&'static str> {
    Some(match value.partial_cmp(&level)? {
        Ordering::Greater => "above",
        Ordering::Less => "below",
        Ordering::Equal => "at",
    })
}

fn extreme(value: f64, overbought: f64, oversold: f64) -> Option<&'static str> {
    if value > overbought {
        Some("overbought")
    } else if value < oversold {
        Some("oversold")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::indicators::{IndicatorKind, IndicatorSeries};

    /// Name and values of a line.
    type Line<'a> = (&'static str, &'a [f64]);

    fn read(kind: IndicatorKind, lines: &[Line<'_>], last_close: f64) -> Option<String> {
        let lines = lines
            .iter()
            .map(|(name, values)| IndicatorSeries { name, values: values.to_vec() })
            .collect();
        let spec = IndicatorSpec::new(kind, &BTreeMap::new()).unwrap();
        reading(&spec, &IndicatorOutput { lines, warm_up_bars: 0 }, last_close)
    }

    #[test]
    fn a_value_is_put_into_words() {
        use IndicatorKind as Kind;
        let bands: [Line<'_>; 3] = [("upper", &[12.0]), ("middle", &[10.0]), ("lower", &[8.0])];
        let cases: [(_, &[Line<'_>], f64, &str); 27] = [
            (Kind::Sma, &[("value", &[10.0])], 10.5, "the close is above it"),
            (Kind::Ema, &[("value", &[10.0])], 9.5, "the close is below it"),
            (Kind::Wma, &[("value", &[10.0])], 10.0, "the close is at it"),
            (Kind::Rsi, &[("value", &[71.3])], 1.0, "overbought"),
            (Kind::Rsi, &[("value", &[70.0])], 1.0, "above 50"),
            (Kind::Rsi, &[("value", &[50.0])], 1.0, "at 50"),
            (Kind::Rsi, &[("value", &[30.0])], 1.0, "below 50"),
            (Kind::Rsi, &[("value", &[29.9])], 1.0, "oversold"),
            (Kind::Macd, &[("value", &[1.0]), ("signal", &[0.5])], 1.0, "above its signal line"),
            (Kind::Macd, &[("value", &[-1.0]), ("signal", &[0.5])], 1.0, "below its signal line"),
            (Kind::BollingerBands, &bands, 12.5, "the close is above the upper band"),
            (Kind::BollingerBands, &bands, 7.5, "the close is below the lower band"),
            (Kind::BollingerBands, &bands, 12.0, "the close is inside the bands, above the middle"),
            (Kind::SuperTrend, &[("value", &[9.0]), ("direction", &[1.0])], 10.0, "up"),
            (Kind::SuperTrend, &[("value", &[9.0]), ("direction", &[-1.0])], 8.0, "down"),
            (Kind::Atr, &[("value", &[2.13])], 100.0, "2.1 % of the close"),
            (Kind::Obv, &[("value", &[5.0, 6.0])], 1.0, "rising"),
            (Kind::Obv, &[("value", &[6.0, 5.0])], 1.0, "falling"),
            (Kind::Volume, &[("value", &[14.0]), ("average", &[10.0])], 1.0, "1.4× the average"),
            (Kind::Stochastic, &[("k", &[80.1]), ("d", &[50.0])], 1.0, "overbought"),
            (Kind::Stochastic, &[("k", &[80.0]), ("d", &[50.0])], 1.0, "between 20 and 80"),
            (Kind::Stochastic, &[("k", &[19.9]), ("d", &[50.0])], 1.0, "oversold"),
            (Kind::Adx, &[("value", &[25.1])], 1.0, "strong trend"),
            (Kind::Adx, &[("value", &[25.0])], 1.0, "no strong trend"),
            (Kind::Cci, &[("value", &[100.5])], 1.0, "above +100"),
            (Kind::Cci, &[("value", &[-100.5])], 1.0, "below −100"),
            (Kind::Cci, &[("value", &[0.0])], 1.0, "between −100 and +100"),
        ];
        for (kind, lines, last_close, words) in cases {
            assert_eq!(read(kind, lines, last_close).as_deref(), Some(words), "{kind} {lines:?}");
        }
    }

    #[test]
    fn nothing_is_said_while_a_line_warms_up_or_without_a_base() {
        use IndicatorKind as Kind;
        let cases: [(_, &[Line<'_>], f64); 7] = [
            (Kind::Rsi, &[("value", &[71.3, f64::NAN])], 1.0),
            (Kind::Macd, &[("value", &[1.0]), ("signal", &[f64::NAN])], 1.0),
            (Kind::Sma, &[("value", &[10.0])], f64::NAN),
            (Kind::Atr, &[("value", &[10.0])], 0.0),
            (Kind::Obv, &[("value", &[10.0])], 1.0),
            (Kind::Volume, &[("value", &[0.0]), ("average", &[0.0])], 1.0),
            (Kind::Adx, &[], 1.0),
        ];
        for (kind, lines, last_close) in cases {
            assert_eq!(read(kind, lines, last_close), None, "{kind} {lines:?}");
        }
    }

    #[test]
    fn the_levels_of_the_indicator_are_used() {
        let levels = BTreeMap::from([("overbought".to_owned(), "80".to_owned())]);
        let spec = IndicatorSpec::new(IndicatorKind::Rsi, &levels).unwrap();
        let lines = vec![IndicatorSeries { name: "value", values: vec![71.3] }];
        let output = IndicatorOutput { lines, warm_up_bars: 0 };
        assert_eq!(reading(&spec, &output, 1.0).as_deref(), Some("above 50"));
    }
}

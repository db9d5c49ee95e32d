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

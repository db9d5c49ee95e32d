use std::cmp::Ordering;

use super::{IndicatorOutput, IndicatorSpec};

/// What the indicator says at the last bar, in words, such as `overbought`; a level counts when it
/// is passed, not when it is touched. `last_close` is the close of that bar, in the currency of the
/// prices. Nothing while a line that it rests on warms up.
pub fn reading(spec: &IndicatorSpec, output: &IndicatorOutput, last_close: f64) -> Option<String> {
    (spec.entry().reading)(&Reading { spec, output, last_close })
}

/// What a reading is made from.
pub(super) struct Reading<'a> {
    spec: &'a IndicatorSpec,
    output: &'a IndicatorOutput,
    /// The close of the last bar.
    pub(super) last_close: f64,
}

impl Reading<'_> {
    /// The last value of a line; nothing while it warms up.
    pub(super) fn last(&self, line: &str) -> Option<f64> {
        self.output.line(line)?.last()
    }

    /// The value of the parameter at a position.
    pub(super) fn number(&self, position: usize) -> f64 {
        self.spec.number(position)
    }
}

/// On which side of the line the close is.
pub(super) fn close_beside(reading: &Reading<'_>) -> Option<String> {
    let side = side_of(reading.last_close, reading.last("value")?)?;
    Some(format!("the close is {side} it"))
}

/// Where the close is among an upper, a middle and a lower line.
pub(super) fn close_in_bands(reading: &Reading<'_>) -> Option<String> {
    let bands = (reading.last("lower")?, reading.last("upper")?);
    let middle = reading.last("middle")?;
    let close = reading.last_close;
    if let Some(words) = outside(
        close,
        bands,
        ["the close is below the lower band", "the close is above the upper band"],
    ) {
        return Some(words.to_owned());
    }
    let side = side_of(close, middle)?;
    Some(format!("the close is inside the bands, {side} the middle"))
}

/// The share of the close that the value is.
pub(super) fn share_of_the_close(reading: &Reading<'_>) -> Option<String> {
    let share = reading.last("value")? / reading.last_close * 100.0;
    share.is_finite().then(|| format!("{share:.1} % of the close"))
}

/// Which way the line went with the last bar.
pub(super) fn rising_or_falling(reading: &Reading<'_>) -> Option<String> {
    let values = &reading.output.line("value")?.values;
    let [.., before, now] = values[..] else { return None };
    Some(match now.partial_cmp(&before)? {
        Ordering::Greater => "rising".to_owned(),
        Ordering::Less => "falling".to_owned(),
        Ordering::Equal => "unchanged".to_owned(),
    })
}

/// On which side of zero the line is.
pub(super) fn side_of_zero(reading: &Reading<'_>) -> Option<String> {
    side_of(reading.last("value")?, 0.0).map(|side| format!("{side} zero"))
}

pub(super) fn side_of(value: f64, level: f64) -> Option<&'static str> {
    Some(match value.partial_cmp(&level)? {
        Ordering::Greater => "above",
        Ordering::Less => "below",
        Ordering::Equal => "at",
    })
}

/// The word for a value below or above two levels; nothing between them.
pub(super) fn outside(
    value: f64,
    (low, high): (f64, f64),
    [below, above]: [&'static str; 2],
) -> Option<&'static str> {
    if value > high {
        Some(above)
    } else if value < low {
        Some(below)
    } else {
        None
    }
}

pub(super) fn extreme(value: f64, overbought: f64, oversold: f64) -> Option<&'static str> {
    outside(value, (oversold, overbought), ["oversold", "overbought"])
}

/// The word for a value below or above two levels, or that it is between them.
pub(super) fn between(value: f64, levels: (f64, f64), words: [&'static str; 2]) -> String {
    let (low, high) = levels;
    let signed = |level: f64| match level {
        level if level < 0.0 => format!("−{}", -level),
        level if low < 0.0 => format!("+{level}"),
        level => level.to_string(),
    };
    outside(value, levels, words)
        .map_or_else(|| format!("between {} and {}", signed(low), signed(high)), ToOwned::to_owned)
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
        let cases: [(_, &[Line<'_>], f64, &str); 57] = [
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
            (Kind::WilliamsR, &[("value", &[-19.9])], 1.0, "overbought"),
            (Kind::WilliamsR, &[("value", &[-80.1])], 1.0, "oversold"),
            (Kind::WilliamsR, &[("value", &[-50.0])], 1.0, "between −80 and −20"),
            (Kind::Mfi, &[("value", &[80.5])], 1.0, "overbought"),
            (Kind::Cmo, &[("value", &[0.0])], 1.0, "between −50 and +50"),
            (Kind::UltimateOscillator, &[("value", &[29.0])], 1.0, "oversold"),
            (Kind::StochasticRsi, &[("k", &[19.0]), ("d", &[30.0])], 1.0, "oversold"),
            (Kind::RateOfChange, &[("value", &[0.5])], 1.0, "above zero"),
            (Kind::Ppo, &[("value", &[-0.5])], 1.0, "below zero"),
            (Kind::ChaikinMoneyFlow, &[("value", &[0.0])], 1.0, "at zero"),
            (Kind::Keltner, &bands, 12.5, "the close is above the upper band"),
            (Kind::Donchian, &bands, 9.0, "the close is inside the bands, below the middle"),
            (Kind::ParabolicSar, &[("value", &[9.0])], 10.0, "up: the stop is below the close"),
            (Kind::ParabolicSar, &[("value", &[11.0])], 10.0, "down: the stop is above the close"),
            (Kind::Aroon, &[("up", &[96.0]), ("down", &[4.0])], 1.0, "up is above down"),
            (Kind::Dmi, &[("plus", &[10.0]), ("minus", &[20.0])], 1.0, "+DI is below −DI"),
            (Kind::Vortex, &[("plus", &[1.1]), ("minus", &[0.9])], 1.0, "+VI is above −VI"),
            (Kind::LinearRegressionSlope, &[("value", &[0.1])], 1.0, "rising"),
            (Kind::LinearRegressionSlope, &[("value", &[0.0])], 1.0, "level"),
            (Kind::Natr, &[("value", &[2.13])], 100.0, "2.1 % of the close"),
            (Kind::StandardDeviation, &[("value", &[3.0])], 100.0, "3.0 % of the close"),
            (Kind::BandWidth, &[("value", &[5.0, 4.0])], 1.0, "falling"),
            (Kind::PercentB, &[("value", &[1.1])], 1.0, "above the upper band"),
            (Kind::PercentB, &[("value", &[0.4])], 1.0, "inside the bands, below the middle"),
            (Kind::Choppiness, &[("value", &[62.0])], 1.0, "choppy"),
            (Kind::Choppiness, &[("value", &[50.0])], 1.0, "between 38.2 and 61.8"),
            (Kind::AccumulationDistribution, &[("value", &[1.0, 2.0])], 1.0, "rising"),
            (Kind::Vwap, &[("value", &[9.0])], 10.0, "the close is above it"),
            (
                Kind::Ichimoku,
                &[("conversion", &[9.0]), ("base", &[8.0]), ("span_a", &[7.0]), ("span_b", &[6.0])],
                10.0,
                "the close is above the cloud, the conversion line above the base line",
            ),
            (
                Kind::Ichimoku,
                &[("conversion", &[7.0]), ("base", &[8.0]), ("span_a", &[7.0]), ("span_b", &[6.0])],
                6.5,
                "the close is inside the cloud, the conversion line below the base line",
            ),
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

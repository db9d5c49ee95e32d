//! Agreement with TA-Lib's C library on the committed rows of `tests/data/talib`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{BarColumns, IndicatorKind, IndicatorSpec, compute, one_bar};

pub(super) const AAPL: &str = include_str!("../../tests/data/talib/aapl.csv");
const GOOG: &str = include_str!("../../tests/data/talib/goog.csv");

/// Kind, parameters, and for each line the column of the reference.
type Case = (
    IndicatorKind,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const CASES: [Case; 13] = [
    (IndicatorKind::Sma, &[], &[("value", "sma_20")]),
    (IndicatorKind::Ema, &[("period", "12")], &[("value", "ema_12")]),
    (IndicatorKind::Ema, &[("period", "26")], &[("value", "ema_26")]),
    (IndicatorKind::Wma, &[], &[("value", "wma_20")]),
    (IndicatorKind::Rsi, &[], &[("value", "rsi_14")]),
    (
        IndicatorKind::Macd,
        &[],
        &[("value", "macd_12_26_9"), ("signal", "macd_signal"), ("histogram", "macd_hist")],
    ),
    (
        IndicatorKind::BollingerBands,
        &[],
        &[("upper", "bb_upper_20_2"), ("middle", "bb_middle_20"), ("lower", "bb_lower_20_2")],
    ),
    (
        IndicatorKind::SuperTrend,
        &[],
        &[("value", "supertrend_10_3"), ("direction", "supertrend_direction")],
    ),
    (IndicatorKind::Atr, &[], &[("value", "atr_14")]),
    (IndicatorKind::Obv, &[], &[("value", "obv")]),
    (IndicatorKind::Adx, &[], &[("value", "adx_14")]),
    (IndicatorKind::Cci, &[], &[("value", "cci_20")]),
    (IndicatorKind::Stochastic, &[], &[("k", "stoch_slowk_14_3_sma"), ("d", "stoch_slowd_3_sma")]),
];

/// Columns by name; an empty field is NaN.
pub(super) fn columns(text: &str) -> BTreeMap<String, Vec<f64>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let mut columns = BTreeMap::<String, Vec<f64>>::new();
    for record in reader.records() {
        let record = record.unwrap();
        for (name, field) in header.iter().zip(&record).filter(|(name, _)| *name != "date") {
            let value = if field.is_empty() { f64::NAN } else { field.parse().unwrap() };
            columns.entry(name.to_owned()).or_default().push(value);
        }
    }
    columns
}

pub(super) fn bars(columns: &BTreeMap<String, Vec<f64>>) -> BarColumns {
    let column = |name: &str| columns[name].clone();
    BarColumns {
        open: column("open"),
        high: column("high"),
        low: column("low"),
        close: column("close"),
        volume: column("volume"),
    }
}

pub(super) fn spec(kind: IndicatorKind, parameters: &[(&str, &str)]) -> IndicatorSpec {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    IndicatorSpec::new(kind, &parameters).unwrap()
}

#[track_caller]
pub(super) fn assert_agrees(actual: &[f64], expected: &[f64], relative: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: one value per bar");
    for (bar, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_eq!(
            actual.is_nan(),
            expected.is_nan(),
            "{what} at bar {bar}: {actual} for {expected}; the warm-up differs"
        );
        if !expected.is_nan() {
            let difference = (actual - expected).abs();
            assert!(
                difference <= relative * expected.abs(),
                "{what} at bar {bar}: {actual} for {expected}"
            );
        }
    }
}

#[test]
fn every_line_agrees_with_the_c_library_on_every_bar() {
    for (symbol, text) in [("AAPL", AAPL), ("GOOG", GOOG)] {
        let columns = columns(text);
        let bars = bars(&columns);
        assert_eq!(bars.len(), 600, "{symbol}: the committed rows");
        for (kind, parameters, lines) in CASES {
            let output = compute(&spec(kind, parameters), &bars).unwrap();
            assert_eq!(output.lines.len(), lines.len(), "{kind}: every line is compared");
            for (line, column) in lines {
                let values = &output.line(line).unwrap().values;
                assert_agrees(values, &columns[*column], 1e-9, &format!("{symbol} {column}"));
            }
        }
    }
}

#[test]
fn the_volume_average_is_the_mean_of_the_last_bars() {
    let bars = bars(&columns(AAPL));
    let output = compute(&spec(IndicatorKind::Volume, &[]), &bars).unwrap();
    assert_eq!(output.line("value").unwrap().values, bars.volume);
    assert_eq!(output.warm_up_bars, 19);
    let means: Vec<f64> = std::iter::repeat_n(f64::NAN, 19)
        .chain(bars.volume.windows(20).map(|window| window.iter().sum::<f64>() / 20.0))
        .collect();
    assert_agrees(&output.line("average").unwrap().values, &means, 1e-12, "volume average");
}

/// A second implementation, written from the formula, against TA-Lib's: they share no code.
#[test]
fn super_trend_agrees_with_its_formula_on_real_prices() {
    for (period, multiplier) in [("2", "0.5"), ("10", "3"), ("10", "1.5"), ("40", "10")] {
        for text in [AAPL, GOOG] {
            let bars = bars(&columns(text));
            let atr = compute(&spec(IndicatorKind::Atr, &[("period", period)]), &bars).unwrap();
            let [line, direction] = one_bar::super_trend(
                (&bars.high, &bars.low, &bars.close),
                &atr.lines[0].values,
                multiplier.parse().unwrap(),
                atr.warm_up_bars,
            );
            let parameters = [("period", period), ("multiplier", multiplier)];
            let output = compute(&spec(IndicatorKind::SuperTrend, &parameters), &bars).unwrap();
            let label = format!("SuperTrend({period}, {multiplier})");
            assert_agrees(&output.lines[0].values, &line, 1e-12, &label);
            assert_agrees(&output.lines[1].values, &direction, 0.0, &label);
        }
    }
}

/// MACD with a fast average of one bar is the close less its slow average.
#[test]
fn a_period_of_one_bar_follows_the_formula() {
    let bars = bars(&columns(GOOG));
    let macd = compute(
        &spec(
            IndicatorKind::Macd,
            &[("fast_period", "1"), ("slow_period", "26"), ("signal_period", "9")],
        ),
        &bars,
    )
    .unwrap();
    assert_eq!(macd.warm_up_bars, 25 + 8);
    let slow = compute(&spec(IndicatorKind::Ema, &[("period", "26")]), &bars).unwrap();
    let differences: Vec<f64> =
        bars.close.iter().zip(&slow.lines[0].values).map(|(close, slow)| close - slow).collect();
    let [value, signal, histogram] = &macd.lines[..] else { panic!("three lines") };
    assert_agrees(&value.values[33..], &differences[33..], 0.0, "MACD line");
    let mut average = differences[25..34].iter().sum::<f64>() / 9.0;
    for (bar, difference) in differences.iter().enumerate().skip(33) {
        if bar > 33 {
            average += (difference - average) * 2.0 / 10.0;
        }
        assert!((signal.values[bar] - average).abs() < 1e-9, "signal at bar {bar}");
        let gap = difference - average;
        assert!((histogram.values[bar] - gap).abs() < 1e-9, "histogram at bar {bar}");
    }

    let bands = compute(&spec(IndicatorKind::BollingerBands, &[("period", "1")]), &bars).unwrap();
    assert!(bands.lines.iter().all(|line| line.values == bars.close));

    let rsi = compute(&spec(IndicatorKind::Rsi, &[("period", "1")]), &bars).unwrap();
    assert!(rsi.lines[0].values[0].is_nan());
    for bar in 1..bars.len() {
        let (before, now) = (bars.close[bar - 1], bars.close[bar]);
        let expected = match now.total_cmp(&before) {
            Ordering::Greater => 100.0,
            Ordering::Equal => 50.0,
            Ordering::Less => 0.0,
        };
        assert_agrees(&rsi.lines[0].values[bar..=bar], &[expected], 0.0, "RSI(1)");
    }

    let trend = compute(&spec(IndicatorKind::SuperTrend, &[("period", "1")]), &bars).unwrap();
    assert_eq!(trend.warm_up_bars, 1);
    let up = trend.lines[1].values.iter().filter(|direction| **direction > 0.0).count();
    let down = trend.lines[1].values.iter().filter(|direction| **direction < 0.0).count();
    assert_eq!(up + down, bars.len() - 1);
    assert!(up > 100 && down > 100, "{up} bars up and {down} down");
}

/// GOOG rose from 100 to 480 in these rows, with corrections: most of the time the trend is up.
#[test]
fn super_trend_is_mostly_up_while_a_price_multiplies() {
    let bars = bars(&columns(GOOG));
    let output = compute(&spec(IndicatorKind::SuperTrend, &[]), &bars).unwrap();
    let direction = &output.line("direction").unwrap().values[output.warm_up_bars..];
    let up = direction.iter().filter(|direction| **direction > 0.0).count();
    let share = up as f64 / direction.len() as f64;
    assert!((0.55..0.9).contains(&share), "{share} of the bars are up");
}

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{BarColumns, IndicatorError, IndicatorKind, IndicatorSpec, compute, reading};

/// Bars as a market makes them: a random walk with low ≤ open, close ≤ high.
fn market(length: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = BarColumns> {
    let step = (-0.1..0.1f64, 0.0..0.05f64, 0.0..0.05f64, -0.05..0.05f64, 0u32..1_000_000);
    prop::collection::vec(step, length).prop_map(|steps| {
        let mut bars = BarColumns::default();
        let mut last: f64 = 100.0;
        for (change, above, below, gap, volume) in steps {
            let open = last * (1.0 + gap);
            // Rounded to cents, so that equal prices and standing still occur too.
            let close = ((open * (1.0 + change) * 100.0).round() / 100.0).max(0.01);
            bars.open.push(open);
            bars.close.push(close);
            bars.high.push(open.max(close) * (1.0 + above));
            bars.low.push(open.min(close) * (1.0 - below));
            bars.volume.push(f64::from(volume));
            last = close;
        }
        bars
    })
}

fn prefix(bars: &BarColumns, length: usize) -> BarColumns {
    BarColumns {
        open: bars.open[..length].to_vec(),
        high: bars.high[..length].to_vec(),
        low: bars.low[..length].to_vec(),
        close: bars.close[..length].to_vec(),
        volume: bars.volume[..length].to_vec(),
    }
}

/// Any indicator with any parameters that are accepted, short ones preferred.
fn any_spec() -> impl Strategy<Value = IndicatorSpec> {
    let kind = prop::sample::select(IndicatorKind::ALL.to_vec());
    let positions = prop::collection::vec((0.0..=1.0f64, 0usize..4), 4);
    (kind, positions).prop_filter_map("crossed parameters", |(kind, positions)| {
        let parameters = kind
            .parameters()
            .iter()
            .zip(positions)
            .map(|(parameter, (position, choice))| {
                let value = if let Some(word) = parameter.choices.get(choice) {
                    (*word).to_owned()
                } else {
                    let span = parameter.maximum - parameter.minimum;
                    let value = parameter.minimum + span * position.powi(3);
                    if parameter.is_integer { format!("{value:.0}") } else { value.to_string() }
                };
                (parameter.name.to_owned(), value)
            })
            .collect();
        IndicatorSpec::new(kind, &parameters).ok()
    })
}

/// Numbers that are accepted, however odd: huge, negative, of either zero, and the smallest that a
/// `Decimal` can hold, so that a quotient stays finite.
fn usable_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1e-28),
        Just(1e30),
        Just(-1e30),
        -1e30..1e30f64,
        0.0..1000.0f64
    ]
}

/// Columns that know no order between high and low.
fn unordered(rows: &[[f64; 5]]) -> BarColumns {
    let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<_>>();
    BarColumns {
        open: column(0),
        high: column(1),
        low: column(2),
        close: column(3),
        volume: column(4),
    }
}

fn defaults(kind: IndicatorKind) -> IndicatorSpec {
    IndicatorSpec::new(kind, &BTreeMap::new()).unwrap()
}

fn bits(values: &[f64]) -> Vec<Option<u64>> {
    values.iter().map(|value| (!value.is_nan()).then_some(value.to_bits())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_value_looks_ahead(spec in any_spec(), bars in market(0..160), share in 0.0..=1.0f64) {
        let length = (bars.len() as f64 * share) as usize;
        let whole = compute(&spec, &bars).unwrap();
        let part = compute(&spec, &prefix(&bars, length)).unwrap();
        prop_assert_eq!(whole.warm_up_bars, part.warm_up_bars);
        for (whole, part) in whole.lines.iter().zip(&part.lines) {
            prop_assert_eq!(
                bits(&whole.values[..length]), bits(&part.values),
                "{} of {}", whole.name, spec.label()
            );
        }
    }

    #[test]
    fn any_length_gives_one_value_per_bar_and_nan_while_warming_up(
        spec in any_spec(), bars in market(0..160),
    ) {
        let output = compute(&spec, &bars).unwrap();
        for line in &output.lines {
            prop_assert_eq!(line.values.len(), bars.len());
            for (bar, value) in line.values.iter().enumerate() {
                if bar >= output.warm_up_bars {
                    prop_assert!(value.is_finite(), "{} of {} is {value} at bar {bar}", line.name, spec.label());
                } else if (spec.kind(), line.name) != (IndicatorKind::Volume, "value") {
                    prop_assert!(value.is_nan(), "{} of {} is {value} at bar {bar}", line.name, spec.label());
                }
            }
        }
        // These need one bar more, to say which way they go.
        let goes = [
            IndicatorKind::Obv,
            IndicatorKind::BandWidth,
            IndicatorKind::AccumulationDistribution,
        ];
        let needed = output.warm_up_bars + usize::from(goes.contains(&spec.kind()));
        let last_close = bars.close.last().copied().unwrap_or(0.0);
        let words = reading(&spec, &output, last_close);
        if bars.len() <= needed {
            prop_assert_eq!(words, None);
        } else if spec.kind() != IndicatorKind::Volume {
            prop_assert!(words.is_some(), "{}", spec.label());
        }
    }

    #[test]
    fn any_usable_number_is_computed_without_a_panic(
        spec in any_spec(),
        rows in prop::collection::vec(prop::array::uniform5(usable_number()), 1..80),
    ) {
        let output = compute(&spec, &unordered(&rows)).unwrap();
        // Nothing is weighted by a volume of zero: there is no value, and not a made-up one.
        let may_be_undefined = [IndicatorKind::Vwap, IndicatorKind::Vwma].contains(&spec.kind());
        for line in &output.lines {
            prop_assert!(
                line.values.iter().skip(output.warm_up_bars).all(|value| {
                    value.is_finite() || (may_be_undefined && value.is_nan())
                }),
                "{} of {}: {:?}", line.name, spec.label(), line.values
            );
        }
    }

    #[test]
    fn any_other_number_is_refused_or_not_read(
        spec in any_spec(),
        mut rows in prop::collection::vec(prop::array::uniform5(usable_number()), 1..80),
        bar in any::<prop::sample::Index>(),
        column in 0usize..5,
        value in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e30, f64::MIN]),
    ) {
        let bar = bar.index(rows.len());
        let before = compute(&spec, &unordered(&rows)).unwrap();
        rows[bar][column] = value;
        match compute(&spec, &unordered(&rows)) {
            Err(IndicatorError::UnusableValue { column: named, bar: found, value: seen }) => {
                prop_assert_eq!(named, ["open", "high", "low", "close", "volume"][column]);
                prop_assert_eq!((found, seen.to_bits()), (bar, value.to_bits()));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
            Ok(after) => for (before, after) in before.lines.iter().zip(&after.lines) {
                prop_assert_eq!(bits(&before.values), bits(&after.values), "{} read it", spec.label());
            },
        }
    }

    #[test]
    fn the_canonical_parameters_make_the_same_indicator(spec in any_spec()) {
        prop_assert_eq!(IndicatorSpec::new(spec.kind(), &spec.parameters()).unwrap(), spec);
    }

    #[test]
    fn indicators_that_differ_have_different_ids(first in any_spec(), second in any_spec()) {
        prop_assert_eq!(first == second, first.id() == second.id());
    }

    /// While the trend is up the line only rises, and it turns only at a close beyond the line;
    /// mirrored for down. Where a gap has carried the price across both bands at once the close
    /// lies on the wrong side of the new line, and the next bar releases the band instead.
    #[test]
    fn super_trend_ratchets_and_turns_only_at_a_cross(
        bars in market(12..300),
        period in 1..20u8,
        multiplier in 0.5..5.0f64,
    ) {
        let parameters = BTreeMap::from([
            ("period".to_owned(), period.to_string()),
            ("multiplier".to_owned(), multiplier.to_string()),
        ]);
        let spec = IndicatorSpec::new(IndicatorKind::SuperTrend, &parameters).unwrap();
        let output = compute(&spec, &bars).unwrap();
        let (line, direction) = (&output.lines[0].values, &output.lines[1].values);
        for bar in output.warm_up_bars + 1..bars.len() {
            let (was, is) = (direction[bar - 1], direction[bar]);
            // Signs turned such that both directions read as up.
            let (before, now) = (line[bar - 1] * was, line[bar] * was);
            let (close_before, close) = (bars.close[bar - 1] * was, bars.close[bar] * was);
            let holds = close_before >= before;
            if is.to_bits() == was.to_bits() {
                prop_assert!(now >= before || !holds, "the line gave way at bar {bar}");
                prop_assert!(close >= now, "the close of bar {bar} is beyond the line, which stayed");
            } else {
                let middle = f64::midpoint(bars.high[bar], bars.low[bar]) * was;
                prop_assert!(
                    close < before.max(middle),
                    "the line turned at bar {bar} without a cross"
                );
            }
        }
    }

    #[test]
    fn a_steady_climb_never_turns_super_trend(
        steps in prop::collection::vec(0.1..1.0f64, 40..200),
    ) {
        let mut bars = BarColumns::default();
        let mut price = 50.0;
        for step in steps {
            price += step;
            bars.open.push(price);
            bars.high.push(price + 0.5);
            bars.low.push(price - 0.5);
            bars.close.push(price);
            bars.volume.push(1.0);
        }
        let output = compute(&defaults(IndicatorKind::SuperTrend), &bars).unwrap();
        let from = output.warm_up_bars;
        prop_assert!(output.lines[1].values[from..].iter().all(|direction| *direction > 0.0));
        prop_assert!(output.lines[0].values[from..].is_sorted());
    }
}

#[test]
fn columns_of_unequal_length_are_refused_in_a_sentence() {
    let bars = BarColumns { close: vec![1.0, 2.0], ..BarColumns::default() };
    let error = compute(&defaults(IndicatorKind::Sma), &bars).unwrap_err();
    assert_eq!(
        error,
        IndicatorError::UnequalColumns { column: "open", length: 0, closes: 2 },
        "the first column that differs is named"
    );
    assert_eq!(
        error.to_string(),
        "there are 2 closes but 0 values of open; give one of each per bar"
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused_in_a_sentence() {
    let column = vec![1.0; 4];
    let mut bars = BarColumns {
        open: column.clone(),
        high: column.clone(),
        low: column.clone(),
        close: column.clone(),
        volume: column,
    };
    bars.close[2] = f64::NAN;
    bars.volume[1] = f64::INFINITY;
    for kind in IndicatorKind::ALL.iter().copied() {
        let named = match kind {
            IndicatorKind::Volume => "volume of bar 1, counted from 0, is inf",
            IndicatorKind::ParabolicSar
            | IndicatorKind::Ichimoku
            | IndicatorKind::Aroon
            | IndicatorKind::AwesomeOscillator
            | IndicatorKind::Donchian => {
                assert!(
                    compute(&defaults(kind), &bars).is_ok(),
                    "{kind} reads highs and lows only"
                );
                continue;
            }
            _ => "close of bar 2, counted from 0, is NaN",
        };
        let error = compute(&defaults(kind), &bars).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{named}; give a finite number of at most 1e30 in magnitude")
        );
    }
}

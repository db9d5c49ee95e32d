//! Whatever comes from outside, a chart or a sentence comes out.

use proptest::prelude::*;

use super::*;

#[test]
fn a_hostile_symbol_is_cut_and_its_unknown_letters_become_boxes() {
    let bars = sample::daily();
    let series = sample::series(&bars);
    let hostile = "\u{202e}\0\n\u{1b}[31m漢字𝔸🦀e\u{301}\u{200b}".repeat(5_000);
    let hostile = ChartRequest { symbol: &hostile, note: &hostile, ..request(&bars, &series) };
    let image = render(&hostile).unwrap();
    let plain = ChartRequest {
        symbol: "[31m漢字𝔸🦀e\u{301}[31m漢字𝔸🦀e\u{301}[31m漢字",
        ..hostile
    };
    assert!(render(&plain).unwrap() == image, "the first 24 visible characters are shown");
}

fn any_bars() -> impl Strategy<Value = Vec<ChartBar>> {
    let value = prop_oneof![
        4 => 1.0..500.0_f64,
        1 => Just(0.0),
        1 => Just(42.0),
        1 => -1e3..1e3_f64,
        1 => Just(1e15),
        1 => Just(-1e15),
        1 => Just(1e-9),
    ];
    let prices = prop_oneof![
        // All the same, as of a suspended share.
        value.clone().prop_map(|price| vec![[price; 5]; 40]),
        // Ordinary but for one outlier.
        (value.clone(), 0..40_usize).prop_map(|(outlier, at)| {
            let mut bars = vec![[10.0, 11.0, 9.0, 10.5, 0.0]; 40];
            bars[at] = [outlier; 5];
            bars
        }),
        prop::collection::vec(prop::array::uniform5(value), 20..90),
    ];
    prices.prop_map(|rows| {
        let first = jiff::civil::date(2012, 1, 2);
        let days = first.series(jiff::Span::new().days(1));
        rows.into_iter()
            .zip(days)
            .map(|([open, high, low, close, volume], date)| ChartBar {
                date,
                open,
                high,
                low,
                close,
                volume,
            })
            .collect()
    })
}

/// A series with gaps and with values that no indicator would give.
fn any_series() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        6 => -500.0..500.0_f64,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::MAX),
        1 => Just(-1e20),
        1 => Just(0.0),
    ];
    prop::collection::vec(value, 90)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_finite_bars_and_any_series_give_a_picture(
        bars in any_bars(),
        values in prop::collection::vec(any_series(), 14),
        (width, height) in (320..900_u32, 320..900_u32),
        bars_shown in 20..100_usize,
    ) {
        let cut = |index: usize| values[index][..bars.len()].to_vec();
        let series = ChartSeries {
            sma_20: cut(0),
            sma_50: cut(1),
            sma_200: cut(2),
            bollinger_upper: cut(3),
            bollinger_middle: cut(4),
            bollinger_lower: cut(5),
            supertrend: cut(6),
            supertrend_direction: cut(7),
            macd: cut(8),
            macd_signal: cut(9),
            macd_histogram: cut(10),
            rsi: cut(11),
            obv: cut(12),
            atr: cut(13),
        };
        let request = ChartRequest { bars_shown, width, height, ..request(&bars, &series) };
        let image = render(&request).unwrap();
        let (drawn_width, drawn_height, _) = decode(&image.png);
        prop_assert_eq!((drawn_width, drawn_height), (width, height));
        prop_assert_eq!(image.bars_shown, bars_shown.min(bars.len()));
    }

    #[test]
    fn labels_of_an_axis_never_touch(
        low in -1e6..1e6_f64,
        span in prop_oneof![Just(0.0), 1e-6..1e6_f64],
        height in 20.0..600.0_f64,
        latest in 0.0..1.0_f64,
        days in prop::collection::vec(1..40_i64, 20..300),
        width in 100.0..2000.0_f64,
    ) {
        let space = axis::Space { height, above: 10.0, below: 10.0, label: 14.0, ticks: 12.0 };
        let format = number::NumberFormat::plain(low.abs());
        let mut axis = axis::ValueAxis::fitting(low, low + span, space, format);
        prop_assert!(axis.range.start < axis.range.end);
        let latest = low + span * latest;
        axis.make_room(Some(latest), space);
        let per_unit = height / (axis.range.end - axis.range.start);
        let labelled: Vec<_> = axis.ticks.iter().filter(|tick| tick.label.is_some()).collect();
        for pair in labelled.windows(2) {
            prop_assert!((pair[1].at - pair[0].at) * per_unit >= 14.0);
            prop_assert_ne!(&pair[0].label, &pair[1].label);
        }
        for tick in labelled {
            prop_assert!((tick.at - latest).abs() * per_unit >= 14.0);
        }

        let mut date = jiff::civil::date(2000, 1, 3);
        let dates: Vec<_> = days
            .into_iter()
            .map(|gap| {
                date = date.saturating_add(jiff::Span::new().days(gap));
                date
            })
            .collect();
        let measure = |text: &str| text.chars().count() as f64 * 8.0;
        let axis = axis::BarAxis::new(&dates, width, 14.0, measure);
        let mut free_from = 0.0;
        for tick in axis.ticks.iter().filter(|tick| tick.label.is_some()) {
            let half = measure(tick.label.as_deref().unwrap_or_default()) / 2.0;
            let middle = (tick.at + 0.5) * axis.step(width);
            prop_assert!(middle - half >= free_from - 1e-6 && middle + half <= width + 1e-6);
            free_from = middle + half;
        }
    }
}

//! Agreement of the further indicators with numbers computed elsewhere: `further.csv`, which
//! `further.py` beside it writes.

use super::reference_tests::{AAPL, assert_agrees, bars, columns, spec};
use super::{IndicatorKind, compute};

const FURTHER: &str = include_str!("../../tests/data/talib/further.csv");

/// Kind, and for each line the column of the reference.
type Case = (IndicatorKind, &'static [(&'static str, &'static str)]);

/// By TA-Lib's C library, with the default parameters.
const BY_TALIB: [Case; 34] = [
    (IndicatorKind::Dema, &[("value", "dema_20")]),
    (IndicatorKind::Tema, &[("value", "tema_20")]),
    (IndicatorKind::Trima, &[("value", "trima_20")]),
    (IndicatorKind::Kama, &[("value", "kama_10")]),
    (IndicatorKind::Hma, &[("value", "hma_16")]),
    (IndicatorKind::Zlema, &[("value", "zlema_20")]),
    (IndicatorKind::T3, &[("value", "t3_5_0.7")]),
    (IndicatorKind::LinearRegression, &[("value", "linearreg_14")]),
    (IndicatorKind::LinearRegressionSlope, &[("value", "linearreg_slope_14")]),
    (IndicatorKind::ParabolicSar, &[("value", "psar_0.02_0.2")]),
    (IndicatorKind::Dmi, &[("plus", "plus_di_14"), ("minus", "minus_di_14")]),
    (IndicatorKind::Aroon, &[("up", "aroon_up_25"), ("down", "aroon_down_25")]),
    (IndicatorKind::Vortex, &[("plus", "vortex_plus_14"), ("minus", "vortex_minus_14")]),
    (IndicatorKind::StochasticRsi, &[("k", "stochrsi_k"), ("d", "stochrsi_d")]),
    (IndicatorKind::WilliamsR, &[("value", "willr_14")]),
    (IndicatorKind::RateOfChange, &[("value", "roc_10")]),
    (IndicatorKind::Momentum, &[("value", "mom_10")]),
    (IndicatorKind::Cmo, &[("value", "cmo_14")]),
    (IndicatorKind::UltimateOscillator, &[("value", "ultosc_7_14_28")]),
    (IndicatorKind::Trix, &[("value", "trix_15")]),
    (IndicatorKind::Ppo, &[("value", "ppo_12_26")]),
    (IndicatorKind::AwesomeOscillator, &[("value", "ao_5_34")]),
    (IndicatorKind::Tsi, &[("value", "tsi_25_13")]),
    (IndicatorKind::Coppock, &[("value", "coppock_10_11_14")]),
    (
        IndicatorKind::Keltner,
        &[("upper", "kc_upper"), ("middle", "kc_middle"), ("lower", "kc_lower")],
    ),
    (
        IndicatorKind::Donchian,
        &[("upper", "donchian_upper"), ("middle", "donchian_middle"), ("lower", "donchian_lower")],
    ),
    (IndicatorKind::Natr, &[("value", "natr_14")]),
    (IndicatorKind::StandardDeviation, &[("value", "stddev_20")]),
    (IndicatorKind::Vwma, &[("value", "vwma_20")]),
    (IndicatorKind::Mfi, &[("value", "mfi_14")]),
    (IndicatorKind::AccumulationDistribution, &[("value", "ad")]),
    (IndicatorKind::ChaikinOscillator, &[("value", "adosc_3_10")]),
    (IndicatorKind::ChaikinMoneyFlow, &[("value", "cmf_20")]),
    (IndicatorKind::ForceIndex, &[("value", "efi_13")]),
];

/// By pandas, from the formulas in `further.py`.
const BY_FORMULA: [Case; 5] = [
    (IndicatorKind::Vwap, &[("value", "vwap_20")]),
    (
        IndicatorKind::Ichimoku,
        &[
            ("conversion", "ichimoku_conversion"),
            ("base", "ichimoku_base"),
            ("span_a", "ichimoku_span_a"),
            ("span_b", "ichimoku_span_b"),
        ],
    ),
    (IndicatorKind::BandWidth, &[("value", "bbw_20_2")]),
    (IndicatorKind::PercentB, &[("value", "percentb_20_2")]),
    (IndicatorKind::Choppiness, &[("value", "chop_14")]),
];

/// Relative tolerances: the C library is the same arithmetic, of which the file has twelve digits;
/// pandas sums in another order.
#[test]
fn every_further_line_agrees_on_every_bar() {
    let expected = columns(FURTHER);
    let rows = expected["ad"].len();
    assert_eq!(rows, 320, "the committed rows");
    let mut prices = columns(AAPL);
    for column in prices.values_mut() {
        column.truncate(rows);
    }
    let bars = bars(&prices);
    let mut compared = 0;
    for (cases, tolerance) in [(&BY_TALIB[..], 1e-9), (&BY_FORMULA[..], 1e-6)] {
        for (kind, lines) in cases {
            let output = compute(&spec(*kind, &[]), &bars).unwrap();
            assert_eq!(output.lines.len(), lines.len(), "{kind}: every line is compared");
            for (line, column) in *lines {
                let values = &output.line(line).unwrap().values;
                assert_agrees(values, &expected[*column], tolerance, column);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, expected.len(), "every column of the file is compared");
}

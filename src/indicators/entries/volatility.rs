//! How far the price swings.

use std::array;

use ta_lib::MAType;

use crate::indicators::compute::output;
use crate::indicators::entry::{Entry, Reads};
use crate::indicators::kind::{IndicatorGroup, IndicatorPanel};
use crate::indicators::parameter::{AVERAGE_PERIOD, DEVIATIONS, SOURCE, bars, number};
use crate::indicators::reading;

const BAND_LINES: [&str; 3] = ["upper", "middle", "lower"];

pub(in crate::indicators) const BB: Entry = Entry {
    code: "BB",
    label: "BB",
    name: "Bollinger Bands",
    description: "A simple average with a band on either side, some standard deviations away.",
    group: IndicatorGroup::Volatility,
    panel: IndicatorPanel::Price,
    parameters: &[bars("period", 20.0, 1.0, 500.0, "Bars in the middle band"), DEVIATIONS, SOURCE],
    rules: &[],
    reads: Reads::Source(2),
    compute: |run| {
        let (period, width, average) = (run.whole(0), run.number(1), MAType::SMA);
        let prices = run.source(2);
        if period == 1 {
            // One price has no deviation, and all three bands are that price.
            return Ok(output(BAND_LINES, array::from_fn(|_| prices.to_vec()), 0));
        }
        run.call(
            BAND_LINES,
            run.core.bbands_lookback(period, width, width, average),
            |last, [upper, middle, lower]| {
                let core = run.core;
                core.bbands(0, last, prices, period, width, width, average, upper, middle, lower)
            },
        )
    },
    reading: reading::close_in_bands,
};

pub(in crate::indicators) const KC: Entry = Entry {
    code: "KC",
    label: "Keltner",
    name: "Keltner channels",
    description: "An EMA of the typical price with a band on either side, some average true \
                  ranges away.",
    parameters: &[
        bars("period", 20.0, 2.0, 500.0, "Bars in the middle line"),
        bars("range_period", 10.0, 1.0, 100.0, "Bars in the average true range"),
        number(
            "multiplier",
            (0.5, 2.0, 10.0),
            "average true ranges",
            "Distance of the bands from the middle, in average true ranges",
        ),
    ],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, range, width) = (run.whole(0), run.whole(1), run.number(2));
        let (core, [high, low, close]) = (run.core, run.range());
        let lookback = core.kc_lookback(period, range, width);
        run.call(BAND_LINES, lookback, |last, [upper, middle, lower]| {
            core.kc(0, last, high, low, close, period, range, width, upper, middle, lower)
        })
    },
    ..BB
};

pub(in crate::indicators) const DONCHIAN: Entry = Entry {
    code: "DONCHIAN",
    label: "Donchian",
    name: "Donchian channels",
    description: "The highest and the lowest price of the last bars, this one included, and their \
                  middle.",
    parameters: &[bars("period", 20.0, 2.0, 500.0, "Bars that are looked back")],
    reads: Reads::HIGH_LOW,
    compute: |run| {
        let (period, [high, low, _]) = (run.whole(0), run.range());
        let lookback = run.core.donchian_lookback(period);
        run.call(BAND_LINES, lookback, |last, [upper, middle, lower]| {
            run.core.donchian(0, last, high, low, period, upper, middle, lower)
        })
    },
    ..BB
};

pub(in crate::indicators) const ATR: Entry = Entry {
    code: "ATR",
    label: "ATR",
    name: "Average true range",
    description: "Wilder's mean of the range of a bar, gaps included, in the unit of the price.",
    group: IndicatorGroup::Volatility,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 14.0, 1.0, 100.0, "Bars of Wilder's smoothing")],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.atr_lookback(period), |last, value| {
            run.core.atr(0, last, high, low, close, period, value)
        })
    },
    reading: reading::share_of_the_close,
};

pub(in crate::indicators) const NATR: Entry = Entry {
    code: "NATR",
    label: "NATR",
    name: "Normalised average true range",
    description: "The average true range in percent of the close.",
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.natr_lookback(period), |last, value| {
            run.core.natr(0, last, high, low, close, period, value)
        })
    },
    reading: |reading| Some(format!("{:.1} % of the close", reading.last("value")?)),
    ..ATR
};

pub(in crate::indicators) const STDDEV: Entry = Entry {
    code: "STDDEV",
    label: "Standard deviation",
    name: "Population standard deviation",
    description: "How far the prices of the period are from their mean, in the unit of the price.",
    parameters: &[bars("period", 20.0, 2.0, 500.0, "Bars that it is taken over"), SOURCE],
    reads: Reads::Source(1),
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.stddev_lookback(period, 1.0), |last, value| {
            run.core.stddev(0, last, run.source(1), period, 1.0, value)
        })
    },
    ..ATR
};

/// The period of the bands, where one bar has no width.
const WIDE_PERIOD: crate::indicators::ParameterSpec =
    crate::indicators::ParameterSpec { minimum: 2.0, ..AVERAGE_PERIOD };

pub(in crate::indicators) const BBW: Entry = Entry {
    code: "BBW",
    label: "Band width",
    name: "Bollinger band width",
    description: "The distance between the Bollinger Bands in percent of the middle one.",
    panel: IndicatorPanel::Own,
    parameters: &[WIDE_PERIOD, DEVIATIONS, SOURCE],
    compute: |run| {
        let (period, width, average) = (run.whole(0), run.number(1), MAType::SMA);
        run.one(run.core.bbw_lookback(period, width, width, average), |last, value| {
            run.core.bbw(0, last, run.source(2), period, width, width, average, value)
        })
    },
    reading: reading::rising_or_falling,
    ..BB
};

pub(in crate::indicators) const PERCENTB: Entry = Entry {
    code: "PERCENTB",
    label: "%B",
    name: "Bollinger %B",
    description: "Where the price is between the lower Bollinger Band (0) and the upper one (1).",
    panel: IndicatorPanel::Own,
    parameters: &[WIDE_PERIOD, DEVIATIONS, SOURCE],
    compute: |run| {
        let (period, width, average) = (run.whole(0), run.number(1), MAType::SMA);
        run.one(run.core.percentb_lookback(period, width, width, average), |last, value| {
            run.core.percentb(0, last, run.source(2), period, width, width, average, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        let outside =
            reading::outside(value, (0.0, 1.0), ["below the lower band", "above the upper band"]);
        let side = reading::side_of(value, 0.5)?;
        Some(
            outside
                .map_or_else(|| format!("inside the bands, {side} the middle"), ToOwned::to_owned),
        )
    },
    ..BB
};

/// Dreiss's levels are the golden ratio's.
pub(in crate::indicators) const CHOP: Entry = Entry {
    code: "CHOP",
    label: "Choppiness",
    name: "Choppiness index",
    description: "How much of the way the price went was back and forth, from 0 (a straight line) \
                  to 100.",
    parameters: &[bars("period", 14.0, 2.0, 200.0, "Bars in the sums")],
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.chop_lookback(period), |last, value| {
            run.core.chop(0, last, high, low, close, period, value)
        })
    },
    reading: |reading| {
        Some(reading::between(reading.last("value")?, (38.2, 61.8), ["trending", "choppy"]))
    },
    ..ATR
};

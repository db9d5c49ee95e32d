//! Moving averages and other lines that follow the price.

use crate::indicators::entry::{Entry, Reads};
use crate::indicators::kind::{IndicatorGroup, IndicatorPanel};
use crate::indicators::parameter::{AVERAGE_PERIOD, SOURCE, bars, number};
use crate::indicators::reading;

/// What moving averages have in common: a period and the price that they average.
const AVERAGE: Entry = Entry {
    code: "SMA",
    label: "SMA",
    name: "Simple moving average",
    description: "The mean of the last prices, each with the same weight.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Price,
    parameters: &[AVERAGE_PERIOD, SOURCE],
    rules: &[],
    reads: Reads::Source(1),
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.sma_lookback(period), |last, value| {
            run.core.sma(0, last, run.source(1), period, value)
        })
    },
    reading: reading::close_beside,
};

pub(in crate::indicators) const SMA: Entry = AVERAGE;

pub(in crate::indicators) const EMA: Entry = Entry {
    code: "EMA",
    label: "EMA",
    name: "Exponential moving average",
    description: "A mean in which each price weighs less than the one after it, without end.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.ema_lookback(period), |last, value| {
            run.core.ema(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const WMA: Entry = Entry {
    code: "WMA",
    label: "WMA",
    name: "Weighted moving average",
    description: "A mean whose weights fall in a straight line from the newest price to the oldest.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.wma_lookback(period), |last, value| {
            run.core.wma(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const DEMA: Entry = Entry {
    code: "DEMA",
    label: "DEMA",
    name: "Double exponential moving average",
    description: "Twice the EMA less the EMA of it, which lags less than either.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.dema_lookback(period), |last, value| {
            run.core.dema(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const TEMA: Entry = Entry {
    code: "TEMA",
    label: "TEMA",
    name: "Triple exponential moving average",
    description: "Three EMAs, one of the other, combined so that most of the lag cancels.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.tema_lookback(period), |last, value| {
            run.core.tema(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const TRIMA: Entry = Entry {
    code: "TRIMA",
    label: "TRIMA",
    name: "Triangular moving average",
    description: "A simple average of a simple average, with the most weight in the middle.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.trima_lookback(period), |last, value| {
            run.core.trima(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const KAMA: Entry = Entry {
    code: "KAMA",
    label: "KAMA",
    name: "Kaufman's adaptive moving average",
    description: "An average that follows fast while the price goes one way and slowly while it \
                  goes back and forth.",
    parameters: &[bars("period", 10.0, 1.0, 500.0, "Bars of the efficiency ratio"), SOURCE],
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.kama_lookback(period), |last, value| {
            run.core.kama(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const HMA: Entry = Entry {
    code: "HMA",
    label: "HMA",
    name: "Hull moving average",
    description: "Weighted averages of two lengths, combined and smoothed, with little lag.",
    parameters: &[bars("period", 16.0, 1.0, 500.0, "Bars in the longer average"), SOURCE],
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.hma_lookback(period), |last, value| {
            run.core.hma(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const ZLEMA: Entry = Entry {
    code: "ZLEMA",
    label: "ZLEMA",
    name: "Zero-lag exponential moving average",
    description: "An EMA of prices to which their change over half the period was added.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.zlema_lookback(period), |last, value| {
            run.core.zlema(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const T3: Entry = Entry {
    code: "T3",
    label: "T3",
    name: "Tillson's T3 average",
    description: "Six EMAs, one of the other, weighted by a volume factor: smooth, with little lag.",
    parameters: &[
        bars("period", 5.0, 1.0, 100.0, "Bars in each of the six averages"),
        number(
            "volume_factor",
            (0.0, 0.7, 1.0),
            "",
            "How far it is sharpened: 0 is a triple EMA, 1 the most",
        ),
        SOURCE,
    ],
    reads: Reads::Source(2),
    compute: |run| {
        let (period, factor) = (run.whole(0), run.number(1));
        run.one(run.core.t3_lookback(period, factor), |last, value| {
            run.core.t3(0, last, run.source(2), period, factor, value)
        })
    },
    ..AVERAGE
};

pub(in crate::indicators) const LINEARREG: Entry = Entry {
    code: "LINEARREG",
    label: "Linear regression",
    name: "Linear regression line",
    description: "Where the straight line of least squares through the last prices ends.",
    parameters: &[bars("period", 14.0, 2.0, 500.0, "Bars that the line goes through"), SOURCE],
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.linearreg_lookback(period), |last, value| {
            run.core.linearreg(0, last, run.source(1), period, value)
        })
    },
    ..AVERAGE
};

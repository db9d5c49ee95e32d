//! How fast the price goes.

use ta_lib::MAType;

use crate::indicators::compute::output;
use crate::indicators::entry::{Entry, Reads};
use crate::indicators::kind::{IndicatorGroup, IndicatorPanel};
use crate::indicators::parameter::{ParameterSpec, SOURCE, apart, bars, level, shorter};
use crate::indicators::{one_bar, reading};

/// Bars in the mean that makes the slow %K out of the fast one, as usual.
const STOCHASTIC_SLOWING: i32 = 3;
const MACD_LINES: [&str; 3] = ["value", "signal", "histogram"];

pub(in crate::indicators) const RSI: Entry = Entry {
    code: "RSI",
    label: "RSI",
    name: "Relative strength index",
    description: "Wilder's share of the gains in all changes of the close, from 0 to 100.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[
        bars("period", 14.0, 1.0, 100.0, "Bars of Wilder's smoothing"),
        level("overbought", (50.0, 70.0, 100.0), "Level above which it reads as overbought"),
        level("oversold", (0.0, 30.0, 50.0), "Level below which it reads as oversold"),
    ],
    rules: &[apart("oversold", "overbought")],
    reads: Reads::CLOSE,
    compute: |run| {
        let (period, close) = (run.whole(0), run.close());
        if period == 1 {
            return Ok(output(["value"], [one_bar::relative_strength(close)], 1));
        }
        run.one(run.core.rsi_lookback(period), |last, value| {
            run.core.rsi(0, last, close, period, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        let side = reading::side_of(value, 50.0)?;
        let word = reading::extreme(value, reading.number(1), reading.number(2));
        Some(word.map_or_else(|| format!("{side} 50"), ToOwned::to_owned))
    },
};

/// The two averages of an oscillator, the faster one first.
const fn averages(fast: f64, slow: f64, minimum: f64) -> [ParameterSpec; 2] {
    [
        bars("fast_period", fast, minimum, 100.0, "Bars in the faster average"),
        bars("slow_period", slow, minimum, 100.0, "Bars in the slower average"),
    ]
}

pub(in crate::indicators) const MACD: Entry = Entry {
    code: "MACD",
    label: "MACD",
    name: "Moving average convergence and divergence",
    description: "The difference of a fast and a slow EMA of the close, with an EMA of that as \
                  signal line.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[
        averages(12.0, 26.0, 1.0)[0],
        averages(12.0, 26.0, 1.0)[1],
        bars("signal_period", 9.0, 1.0, 100.0, "Bars in the average of the difference"),
    ],
    rules: &[shorter("fast_period", "slow_period")],
    reads: Reads::CLOSE,
    compute: |run| {
        let (fast, slow, signal) = (run.whole(0), run.whole(1), run.whole(2));
        if fast == 1 {
            return run.macd_of_the_close(MACD_LINES, slow, signal);
        }
        run.call(
            MACD_LINES,
            run.core.macd_lookback(fast, slow, signal),
            |last, [value, average, histogram]| {
                let close = run.close();
                run.core.macd(0, last, close, fast, slow, signal, value, average, histogram)
            },
        )
    },
    reading: |reading| {
        let side = reading::side_of(reading.last("value")?, reading.last("signal")?)?;
        Some(format!("{side} its signal line"))
    },
};

pub(in crate::indicators) const STOCH: Entry = Entry {
    code: "STOCH",
    label: "Stochastic",
    name: "Slow stochastic oscillator",
    description: "Where the close lies in the range of the last bars, smoothed, from 0 to 100.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[
        bars("k_period", 14.0, 1.0, 100.0, "Bars in the range that the close is placed in"),
        bars("d_period", 3.0, 1.0, 100.0, "Bars in the average of %K"),
    ],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (k_period, d_period, [high, low, close]) = (run.whole(0), run.whole(1), run.range());
        let (core, slowing, mean) = (run.core, STOCHASTIC_SLOWING, MAType::SMA);
        run.call(
            ["k", "d"],
            core.stoch_lookback(k_period, slowing, mean, d_period, mean),
            |last, [k, d]| {
                core.stoch(0, last, high, low, close, k_period, slowing, mean, d_period, mean, k, d)
            },
        )
    },
    reading: |reading| {
        reading.last("d")?;
        Some(reading::between(reading.last("k")?, (20.0, 80.0), ["oversold", "overbought"]))
    },
};

pub(in crate::indicators) const STOCHRSI: Entry = Entry {
    code: "STOCHRSI",
    label: "StochRSI",
    name: "Stochastic RSI",
    description: "Where the RSI lies in the range of its last values, from 0 to 100.",
    parameters: &[
        bars("period", 14.0, 2.0, 100.0, "Bars of the RSI"),
        bars("k_period", 14.0, 1.0, 100.0, "Bars in the range that the RSI is placed in"),
        bars("d_period", 3.0, 1.0, 100.0, "Bars in the average of %K"),
    ],
    reads: Reads::CLOSE,
    compute: |run| {
        let (period, k_period, d_period) = (run.whole(0), run.whole(1), run.whole(2));
        let (core, mean) = (run.core, MAType::SMA);
        let lookback = core.stochrsi_lookback(period, k_period, d_period, mean);
        run.call(["k", "d"], lookback, |last, [k, d]| {
            core.stochrsi(0, last, run.close(), period, k_period, d_period, mean, k, d)
        })
    },
    ..STOCH
};

// TA-Lib's CCI begins at two bars, and no requirement asks for one. The levels are Lambert's.
pub(in crate::indicators) const CCI: Entry = Entry {
    code: "CCI",
    label: "CCI",
    name: "Commodity channel index",
    description: "How far the typical price is from its mean, in mean deviations.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 20.0, 2.0, 100.0, "Bars in the average and the mean deviation")],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.cci_lookback(period), |last, value| {
            run.core.cci(0, last, high, low, close, period, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        Some(reading::between(value, (-100.0, 100.0), ["below −100", "above +100"]))
    },
};

pub(in crate::indicators) const WILLR: Entry = Entry {
    code: "WILLR",
    label: "Williams %R",
    name: "Williams %R",
    description: "How far the close is below the highest price of the last bars, from 0 to −100.",
    parameters: &[bars(
        "period",
        14.0,
        2.0,
        200.0,
        "Bars in the range that the close is placed in",
    )],
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.willr_lookback(period), |last, value| {
            run.core.willr(0, last, high, low, close, period, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        Some(reading::between(value, (-80.0, -20.0), ["oversold", "overbought"]))
    },
    ..CCI
};

pub(in crate::indicators) const ROC: Entry = Entry {
    code: "ROC",
    label: "ROC",
    name: "Rate of change",
    description: "The change of the price over the period, in percent.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 10.0, 1.0, 500.0, "Bars over which the change is taken"), SOURCE],
    rules: &[],
    reads: Reads::Source(1),
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.roc_lookback(period), |last, value| {
            run.core.roc(0, last, run.source(1), period, value)
        })
    },
    reading: reading::side_of_zero,
};

pub(in crate::indicators) const MOM: Entry = Entry {
    code: "MOM",
    label: "Momentum",
    name: "Price momentum",
    description: "The change of the price over the period, in its own unit.",
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.mom_lookback(period), |last, value| {
            run.core.mom(0, last, run.source(1), period, value)
        })
    },
    ..ROC
};

pub(in crate::indicators) const CMO: Entry = Entry {
    code: "CMO",
    label: "CMO",
    name: "Chande momentum oscillator",
    description: "Gains less losses over gains plus losses, by Wilder's smoothing, from −100 to \
                  +100.",
    parameters: &[bars("period", 14.0, 2.0, 200.0, "Bars of the smoothing"), SOURCE],
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.cmo_lookback(period), |last, value| {
            run.core.cmo(0, last, run.source(1), period, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        Some(reading::between(value, (-50.0, 50.0), ["oversold", "overbought"]))
    },
    ..ROC
};

pub(in crate::indicators) const ULTOSC: Entry = Entry {
    code: "ULTOSC",
    label: "Ultimate oscillator",
    name: "Ultimate oscillator",
    description: "Williams's buying pressure over three lengths at once, from 0 to 100.",
    parameters: &[
        bars("short_period", 7.0, 1.0, 100.0, "Bars of the shortest length"),
        bars("medium_period", 14.0, 2.0, 200.0, "Bars of the middle length"),
        bars("long_period", 28.0, 3.0, 400.0, "Bars of the longest length"),
    ],
    rules: &[apart("short_period", "medium_period"), apart("medium_period", "long_period")],
    compute: |run| {
        let (short, medium, long) = (run.whole(0), run.whole(1), run.whole(2));
        let [high, low, close] = run.range();
        run.one(run.core.ultosc_lookback(short, medium, long), |last, value| {
            run.core.ultosc(0, last, high, low, close, short, medium, long, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        Some(reading::between(value, (30.0, 70.0), ["oversold", "overbought"]))
    },
    ..CCI
};

pub(in crate::indicators) const TRIX: Entry = Entry {
    code: "TRIX",
    label: "TRIX",
    name: "Rate of change of a triple EMA",
    description: "The change of a triple EMA from bar to bar, in percent.",
    parameters: &[bars("period", 15.0, 1.0, 200.0, "Bars in each of the three averages"), SOURCE],
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.trix_lookback(period), |last, value| {
            run.core.trix(0, last, run.source(1), period, value)
        })
    },
    ..ROC
};

pub(in crate::indicators) const PPO: Entry = Entry {
    code: "PPO",
    label: "PPO",
    name: "Percentage price oscillator",
    description: "The difference of a fast and a slow EMA in percent of the slow one.",
    parameters: &[averages(12.0, 26.0, 2.0)[0], averages(12.0, 26.0, 2.0)[1], SOURCE],
    rules: &[shorter("fast_period", "slow_period")],
    reads: Reads::Source(2),
    compute: |run| {
        let (fast, slow, mean) = (run.whole(0), run.whole(1), MAType::EMA);
        run.one(run.core.ppo_lookback(fast, slow, mean), |last, value| {
            run.core.ppo(0, last, run.source(2), fast, slow, mean, value)
        })
    },
    ..ROC
};

pub(in crate::indicators) const AO: Entry = Entry {
    code: "AO",
    label: "Awesome oscillator",
    name: "Awesome oscillator",
    description: "The difference of a fast and a slow mean of the middles of the bars.",
    group: IndicatorGroup::Momentum,
    panel: IndicatorPanel::Own,
    parameters: &[averages(5.0, 34.0, 2.0)[0], averages(5.0, 34.0, 2.0)[1]],
    rules: &[shorter("fast_period", "slow_period")],
    reads: Reads::HIGH_LOW,
    compute: |run| {
        let (fast, slow, [high, low, _]) = (run.whole(0), run.whole(1), run.range());
        run.one(run.core.ao_lookback(fast, slow), |last, value| {
            run.core.ao(0, last, high, low, fast, slow, value)
        })
    },
    reading: reading::side_of_zero,
};

pub(in crate::indicators) const TSI: Entry = Entry {
    code: "TSI",
    label: "TSI",
    name: "True strength index",
    description: "The change of the price, smoothed twice, over its size smoothed twice, from \
                  −100 to +100.",
    parameters: &[
        bars("long_period", 25.0, 2.0, 200.0, "Bars of the first smoothing"),
        bars("short_period", 13.0, 2.0, 200.0, "Bars of the second smoothing"),
        SOURCE,
    ],
    reads: Reads::Source(2),
    compute: |run| {
        let (long, short) = (run.whole(0), run.whole(1));
        run.one(run.core.tsi_lookback(long, short), |last, value| {
            run.core.tsi(0, last, run.source(2), long, short, value)
        })
    },
    ..ROC
};

pub(in crate::indicators) const COPPOCK: Entry = Entry {
    code: "COPPOCK",
    label: "Coppock",
    name: "Coppock curve",
    description: "The weighted mean of the sum of two rates of change, made for monthly bars.",
    parameters: &[
        bars("average_period", 10.0, 1.0, 100.0, "Bars of the weighted mean"),
        bars("short_period", 11.0, 1.0, 200.0, "Bars of the shorter rate of change"),
        bars("long_period", 14.0, 2.0, 400.0, "Bars of the longer rate of change"),
        SOURCE,
    ],
    rules: &[apart("short_period", "long_period")],
    reads: Reads::Source(3),
    compute: |run| {
        let (average, short, long) = (run.whole(0), run.whole(1), run.whole(2));
        run.one(run.core.coppock_lookback(average, short, long), |last, value| {
            run.core.coppock(0, last, run.source(3), average, short, long, value)
        })
    },
    ..ROC
};

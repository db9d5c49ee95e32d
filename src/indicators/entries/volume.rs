//! How much is traded, and at which prices.

use crate::indicators::entry::{Entry, Reads};
use crate::indicators::kind::{IndicatorGroup, IndicatorPanel};
use crate::indicators::parameter::{AVERAGE_PERIOD, SOURCE, bars, shorter};
use crate::indicators::{IndicatorSeries, reading};

pub(in crate::indicators) const VOLUME: Entry = Entry {
    code: "VOLUME",
    label: "Volume",
    name: "Volume and its average",
    description: "The shares traded, beside their simple average.",
    group: IndicatorGroup::Volume,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 20.0, 1.0, 100.0, "Bars in the average to compare with")],
    rules: &[],
    reads: Reads::VOLUME,
    compute: |run| {
        let period = run.whole(0);
        let mut result =
            run.call(["average"], run.core.sma_lookback(period), |last, [average]| {
                run.core.sma(0, last, run.volume(), period, average)
            })?;
        let volume = IndicatorSeries { name: "value", values: run.volume().to_vec() };
        result.lines.insert(0, volume);
        Ok(result)
    },
    reading: |reading| {
        let ratio = reading.last("value")? / reading.last("average")?;
        ratio.is_finite().then(|| format!("{ratio:.1}× the average"))
    },
};

pub(in crate::indicators) const OBV: Entry = Entry {
    code: "OBV",
    label: "OBV",
    name: "On-balance volume",
    description: "The volume of all bars that closed higher less that of all that closed lower.",
    parameters: &[],
    reads: Reads::CLOSE_VOLUME,
    compute: |run| {
        run.one(run.core.obv_lookback(), |last, value| {
            run.core.obv(0, last, run.close(), run.volume(), value)
        })
    },
    reading: reading::rising_or_falling,
    ..VOLUME
};

/// TA-Lib's own VWAP begins at the first bar that it is given, which is right inside one session. On
/// bars of a day and longer a session is one bar, so that this one goes over the last bars: TA-Lib's
/// volume-weighted average of TA-Lib's typical price.
pub(in crate::indicators) const VWAP: Entry = Entry {
    code: "VWAP",
    label: "VWAP",
    name: "Volume-weighted average price",
    description: "The mean of the typical prices of the last bars, each weighted by its volume: \
                  on bars of a day and longer a rolling VWAP, not one that begins with a session.",
    panel: IndicatorPanel::Price,
    parameters: &[AVERAGE_PERIOD],
    reads: Reads::RANGE_VOLUME,
    compute: |run| {
        let (core, period, [high, low, close]) = (run.core, run.whole(0), run.range());
        run.one(core.vwma_lookback(period), |last, value| {
            let mut typical = vec![0.0; last + 1];
            core.typprice(0, last, high, low, close, &mut typical)?;
            core.vwma(0, last, &typical, run.volume(), period, value)
        })
    },
    reading: reading::close_beside,
    ..VOLUME
};

pub(in crate::indicators) const VWMA: Entry = Entry {
    code: "VWMA",
    label: "VWMA",
    name: "Volume-weighted moving average",
    description: "The mean of the last prices, each weighted by its volume.",
    panel: IndicatorPanel::Price,
    parameters: &[AVERAGE_PERIOD, SOURCE],
    reads: Reads::SourceAndVolume(1),
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.vwma_lookback(period), |last, value| {
            run.core.vwma(0, last, run.source(1), run.volume(), period, value)
        })
    },
    reading: reading::close_beside,
    ..VOLUME
};

pub(in crate::indicators) const MFI: Entry = Entry {
    code: "MFI",
    label: "MFI",
    name: "Money flow index",
    description: "The share of the money that was traded while the typical price rose, from 0 to \
                  100.",
    parameters: &[bars("period", 14.0, 2.0, 200.0, "Bars in the sums")],
    reads: Reads::RANGE_VOLUME,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.mfi_lookback(period), |last, value| {
            run.core.mfi(0, last, high, low, close, run.volume(), period, value)
        })
    },
    reading: |reading| {
        let value = reading.last("value")?;
        Some(reading::between(value, (20.0, 80.0), ["oversold", "overbought"]))
    },
    ..VOLUME
};

pub(in crate::indicators) const AD: Entry = Entry {
    code: "AD",
    label: "A/D",
    name: "Accumulation/distribution line",
    description: "Chaikin's sum of the volume, weighted by where in its range each bar closed.",
    parameters: &[],
    reads: Reads::RANGE_VOLUME,
    compute: |run| {
        let [high, low, close] = run.range();
        run.one(run.core.ad_lookback(), |last, value| {
            run.core.ad(0, last, high, low, close, run.volume(), value)
        })
    },
    reading: reading::rising_or_falling,
    ..VOLUME
};

pub(in crate::indicators) const ADOSC: Entry = Entry {
    code: "ADOSC",
    label: "Chaikin oscillator",
    name: "Chaikin oscillator",
    description: "The difference of a fast and a slow EMA of the accumulation/distribution line.",
    parameters: &[
        bars("fast_period", 3.0, 2.0, 100.0, "Bars in the faster average"),
        bars("slow_period", 10.0, 2.0, 200.0, "Bars in the slower average"),
    ],
    rules: &[shorter("fast_period", "slow_period")],
    reads: Reads::RANGE_VOLUME,
    compute: |run| {
        let (fast, slow, [high, low, close]) = (run.whole(0), run.whole(1), run.range());
        run.one(run.core.adosc_lookback(fast, slow), |last, value| {
            run.core.adosc(0, last, high, low, close, run.volume(), fast, slow, value)
        })
    },
    reading: reading::side_of_zero,
    ..VOLUME
};

pub(in crate::indicators) const CMF: Entry = Entry {
    code: "CMF",
    label: "CMF",
    name: "Chaikin money flow",
    description: "The share of the volume that was traded near the high of its bar, less that near \
                  the low, from −1 to +1.",
    parameters: &[bars("period", 20.0, 2.0, 200.0, "Bars in the sums")],
    reads: Reads::RANGE_VOLUME,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.cmf_lookback(period), |last, value| {
            run.core.cmf(0, last, high, low, close, run.volume(), period, value)
        })
    },
    reading: reading::side_of_zero,
    ..VOLUME
};

pub(in crate::indicators) const EFI: Entry = Entry {
    code: "EFI",
    label: "Force index",
    name: "Elder's force index",
    description: "The EMA of the change of the close times the volume.",
    parameters: &[bars("period", 13.0, 1.0, 200.0, "Bars in the average")],
    reads: Reads::CLOSE_VOLUME,
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.efi_lookback(period), |last, value| {
            run.core.efi(0, last, run.close(), run.volume(), period, value)
        })
    },
    reading: reading::side_of_zero,
    ..VOLUME
};

//! Which way the price goes, and how steadily.

use std::array;

use crate::indicators::compute::{blank, output};
use crate::indicators::entry::{Entry, Reads};
use crate::indicators::kind::{IndicatorGroup, IndicatorPanel};
use crate::indicators::parameter::{ParameterRule, SOURCE, apart, bars, number};
use crate::indicators::{IndicatorOutput, one_bar, reading};

const SUPER_TREND_LINES: [&str; 2] = ["value", "direction"];
const ICHIMOKU_LINES: [&str; 4] = ["conversion", "base", "span_a", "span_b"];

pub(in crate::indicators) const SUPERTREND: Entry = Entry {
    code: "SUPERTREND",
    label: "SuperTrend",
    name: "SuperTrend",
    description: "A stop line at a multiple of the average true range that follows the price and \
                  changes side when it is crossed.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Price,
    parameters: &[
        bars("period", 10.0, 1.0, 100.0, "Bars in the average true range"),
        number(
            "multiplier",
            (0.5, 3.0, 10.0),
            "average true ranges",
            "Distance of the band from the middle of the bar, in average true ranges",
        ),
    ],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, multiplier) = (run.whole(0), run.number(1));
        let (core, [high, low, close]) = (run.core, run.range());
        if period == 1 {
            let range = run.one(core.atr_lookback(1), |last, value| {
                core.atr(0, last, high, low, close, 1, value)
            })?;
            let IndicatorOutput { lines, warm_up_bars } = range;
            let range = lines.first().map_or(&[][..], |line| &line.values);
            let lines = one_bar::super_trend((high, low, close), range, multiplier, warm_up_bars);
            return Ok(output(SUPER_TREND_LINES, lines, warm_up_bars));
        }
        let lookback = core.supertrend_lookback(period, multiplier);
        let mut trend = vec![0_i32; run.length()];
        let line = run.one(lookback, |last, line| {
            core.supertrend(0, last, high, low, close, period, multiplier, line, &mut trend)
        })?;
        let IndicatorOutput { lines, warm_up_bars } = line;
        let mut direction = blank(run.length(), warm_up_bars);
        for (value, trend) in direction.iter_mut().skip(warm_up_bars).zip(trend) {
            *value = f64::from(trend);
        }
        let value = lines.into_iter().next().map(|line| line.values).unwrap_or_default();
        Ok(output(SUPER_TREND_LINES, [value, direction], warm_up_bars))
    },
    reading: |reading| {
        Some(if reading.last("direction")? > 0.0 { "up" } else { "down" }.to_owned())
    },
};

pub(in crate::indicators) const PSAR: Entry = Entry {
    code: "PSAR",
    label: "PSAR",
    name: "Parabolic stop and reverse",
    description: "Wilder's stop that closes in on the price the longer a trend goes on, and \
                  changes side when it is touched.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Price,
    parameters: &[
        number("acceleration", (0.001, 0.02, 0.5), "", "Step of the acceleration factor"),
        number("maximum", (0.002, 0.2, 1.0), "", "Largest acceleration factor"),
    ],
    rules: &[ParameterRule {
        lower: "acceleration",
        upper: "maximum",
        remedy: "give a step that is smaller than the largest factor",
    }],
    reads: Reads::HIGH_LOW,
    compute: |run| {
        let (step, maximum, [high, low, _]) = (run.number(0), run.number(1), run.range());
        run.one(run.core.sar_lookback(step, maximum), |last, value| {
            run.core.sar(0, last, high, low, step, maximum, value)
        })
    },
    reading: |reading| {
        Some(match reading::side_of(reading.last_close, reading.last("value")?)? {
            "below" => "down: the stop is above the close".to_owned(),
            _ => "up: the stop is below the close".to_owned(),
        })
    },
};

/// The spans stand at the bar under which a chart draws them, so that the cloud of a bar is what was
/// known `base_period` bars before. The lagging span is the close itself, drawn back, and no line
/// here: its value at a bar is not known until later.
pub(in crate::indicators) const ICHIMOKU: Entry = Entry {
    code: "ICHIMOKU",
    label: "Ichimoku",
    name: "Ichimoku cloud",
    description: "Middles of the highest and lowest prices of three lengths, two of them drawn \
                  ahead as a cloud; the lagging span is left out, since it is the close.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Price,
    parameters: &[
        bars("conversion_period", 9.0, 2.0, 100.0, "Bars of the conversion line"),
        bars(
            "base_period",
            26.0,
            3.0,
            200.0,
            "Bars of the base line, and how far the cloud is drawn ahead",
        ),
        bars("span_period", 52.0, 4.0, 400.0, "Bars of the second edge of the cloud"),
    ],
    rules: &[apart("conversion_period", "base_period"), apart("base_period", "span_period")],
    reads: Reads::HIGH_LOW,
    compute: |run| {
        let (conversion, base, span) = (run.whole(0), run.whole(1), run.whole(2));
        let (core, [high, low, _]) = (run.core, run.range());
        let lookback = core.ichimoku_lookback(conversion, base, span);
        let computed =
            run.call(ICHIMOKU_LINES, lookback, |last, [turn, middle, first, second]| {
                core.ichimoku(
                    0, last, high, low, conversion, base, span, turn, middle, first, second,
                )
            })?;
        // The base period is at most 200.
        let ahead = base as usize;
        let warm_up = computed.warm_up_bars + ahead;
        let mut lines: [Vec<f64>; 4] = array::from_fn(|_| blank(run.length(), warm_up));
        for (position, (line, from)) in lines.iter_mut().zip(&computed.lines).enumerate() {
            let shift = if position < 2 { 0 } else { ahead };
            for (bar, value) in line.iter_mut().enumerate().skip(warm_up) {
                *value = from.values[bar - shift];
            }
        }
        Ok(output(ICHIMOKU_LINES, lines, warm_up))
    },
    reading: |reading| {
        let (first, second) = (reading.last("span_a")?, reading.last("span_b")?);
        let turn = reading::side_of(reading.last("conversion")?, reading.last("base")?)?;
        let place = if reading.last_close > first.max(second) {
            "above"
        } else if reading.last_close < first.min(second) {
            "below"
        } else {
            "inside"
        };
        Some(format!("the close is {place} the cloud, the conversion line {turn} the base line"))
    },
};

/// From here a trend is called strong, by Wilder's index.
const STRONG_TREND: f64 = 25.0;

// TA-Lib's ADX begins at two bars, and no requirement asks for one.
pub(in crate::indicators) const ADX: Entry = Entry {
    code: "ADX",
    label: "ADX",
    name: "Average directional index",
    description: "Wilder's measure of how strong a trend is, whichever way it goes.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 14.0, 2.0, 100.0, "Bars of Wilder's smoothing")],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.one(run.core.adx_lookback(period), |last, value| {
            run.core.adx(0, last, high, low, close, period, value)
        })
    },
    reading: |reading| {
        let is_strong = reading.last("value")? > STRONG_TREND;
        Some(if is_strong { "strong trend" } else { "no strong trend" }.to_owned())
    },
};

pub(in crate::indicators) const DMI: Entry = Entry {
    code: "DMI",
    label: "DMI",
    name: "Directional movement",
    description: "Wilder's +DI and −DI: how much of the range went up and how much went down.",
    compute: |run| {
        let (core, period, [high, low, close]) = (run.core, run.whole(0), run.range());
        let lookback = core.plus_di_lookback(period);
        run.call(["plus", "minus"], lookback, |last, [plus, minus]| {
            core.plus_di(0, last, high, low, close, period, plus)?;
            core.minus_di(0, last, high, low, close, period, minus)
        })
    },
    reading: |reading| {
        let side = reading::side_of(reading.last("plus")?, reading.last("minus")?)?;
        Some(format!("+DI is {side} −DI"))
    },
    ..ADX
};

pub(in crate::indicators) const AROON: Entry = Entry {
    code: "AROON",
    label: "Aroon",
    name: "Aroon",
    description: "How recent the highest and the lowest price of the period are, from 100 (now) \
                  to 0.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 25.0, 2.0, 200.0, "Bars that are looked back")],
    rules: &[],
    reads: Reads::HIGH_LOW,
    compute: |run| {
        let (period, [high, low, _]) = (run.whole(0), run.range());
        run.call(["up", "down"], run.core.aroon_lookback(period), |last, [up, down]| {
            run.core.aroon(0, last, high, low, period, down, up)
        })
    },
    reading: |reading| {
        let side = reading::side_of(reading.last("up")?, reading.last("down")?)?;
        Some(format!("up is {side} down"))
    },
};

pub(in crate::indicators) const VORTEX: Entry = Entry {
    code: "VORTEX",
    label: "Vortex",
    name: "Vortex indicator",
    description: "Upward and downward movement between neighbouring bars, each over the true range.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 14.0, 1.0, 200.0, "Bars in the sums")],
    rules: &[],
    reads: Reads::RANGE,
    compute: |run| {
        let (period, [high, low, close]) = (run.whole(0), run.range());
        run.call(["plus", "minus"], run.core.vortex_lookback(period), |last, [plus, minus]| {
            run.core.vortex(0, last, high, low, close, period, plus, minus)
        })
    },
    reading: |reading| {
        let side = reading::side_of(reading.last("plus")?, reading.last("minus")?)?;
        Some(format!("+VI is {side} −VI"))
    },
};

pub(in crate::indicators) const LINEARREG_SLOPE: Entry = Entry {
    code: "LINEARREG_SLOPE",
    label: "Regression slope",
    name: "Slope of the linear regression",
    description: "How much the straight line of least squares through the last prices rises in \
                  one bar.",
    group: IndicatorGroup::Trend,
    panel: IndicatorPanel::Own,
    parameters: &[bars("period", 14.0, 2.0, 500.0, "Bars that the line goes through"), SOURCE],
    rules: &[],
    reads: Reads::Source(1),
    compute: |run| {
        let period = run.whole(0);
        run.one(run.core.linearreg_slope_lookback(period), |last, value| {
            run.core.linearreg_slope(0, last, run.source(1), period, value)
        })
    },
    reading: |reading| {
        Some(match reading::side_of(reading.last("value")?, 0.0)? {
            "above" => "rising".to_owned(),
            "below" => "falling".to_owned(),
            _ => "level".to_owned(),
        })
    },
};

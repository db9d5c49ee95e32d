use std::array;

use ta_lib::{Core, MAType, OutRange, RetCode};

use super::bars::Column;
use super::spec::Calculation;
use super::{BarColumns, IndicatorError, IndicatorOutput, IndicatorSeries, IndicatorSpec, one_bar};

/// Bars in the mean that makes the slow %K out of the fast one, as usual.
const STOCHASTIC_SLOWING: i32 = 3;

/// Computes an indicator over bars, oldest first.
///
/// No value looks ahead: the values over the first bars are the first of the values over all. Too
/// few bars are no error; every value is NaN then. EMA, RSI, MACD, ATR, ADX and `SuperTrend` remember
/// all earlier bars, so that their values depend, less and less, on where the history begins.
/// `SuperTrend`'s direction is up by convention until the first close below its line.
///
/// # Errors
///
/// [`IndicatorError::UnequalColumns`], and [`IndicatorError::UnusableValue`] for a number that
/// nothing can be computed from in a column that the indicator reads.
pub fn compute(spec: &IndicatorSpec, bars: &BarColumns) -> Result<IndicatorOutput, IndicatorError> {
    bars.check_lengths()?;
    bars.check_numbers(&columns_read(spec))?;
    let core = Core::new();
    let run = Run { spec, core: &core, bars, length: bars.len() };
    let (high, low, close) = (&bars.high, &bars.low, &bars.close);
    match spec.calculation {
        Calculation::Sma { period, source } => {
            run.call(["value"], core.sma_lookback(period), |last, [value]| {
                core.sma(0, last, bars.prices(source), period, value)
            })
        }
        Calculation::Ema { period, source } => {
            run.call(["value"], core.ema_lookback(period), |last, [value]| {
                core.ema(0, last, bars.prices(source), period, value)
            })
        }
        Calculation::Wma { period, source } => {
            run.call(["value"], core.wma_lookback(period), |last, [value]| {
                core.wma(0, last, bars.prices(source), period, value)
            })
        }
        Calculation::Rsi { period: 1, .. } => {
            Ok(output(["value"], [one_bar::relative_strength(close)], 1))
        }
        Calculation::Rsi { period, .. } => {
            run.call(["value"], core.rsi_lookback(period), |last, [value]| {
                core.rsi(0, last, close, period, value)
            })
        }
        Calculation::Macd { fast: 1, slow, signal } => run.macd_of_the_close(slow, signal),
        Calculation::Macd { fast, slow, signal } => run.call(
            MACD_LINES,
            core.macd_lookback(fast, slow, signal),
            |last, [value, average, histogram]| {
                core.macd(0, last, close, fast, slow, signal, value, average, histogram)
            },
        ),
        Calculation::BollingerBands { period: 1, source, .. } => {
            // One price has no deviation, and all three bands are that price.
            Ok(output(BAND_LINES, array::from_fn(|_| bars.prices(source).to_vec()), 0))
        }
        Calculation::BollingerBands { period, standard_deviations: width, source } => run.call(
            BAND_LINES,
            core.bbands_lookback(period, width, width, MAType::SMA),
            |last, [upper, middle, lower]| {
                let prices = bars.prices(source);
                let average = MAType::SMA;
                core.bbands(0, last, prices, period, width, width, average, upper, middle, lower)
            },
        ),
        Calculation::SuperTrend { period: 1, multiplier } => {
            let average_true_range =
                run.call(["value"], core.atr_lookback(1), |last, [value]| {
                    core.atr(0, last, high, low, close, 1, value)
                })?;
            let IndicatorOutput { lines, warm_up_bars } = average_true_range;
            let range = lines.first().map_or(&[][..], |line| &line.values);
            let lines = one_bar::super_trend((high, low, close), range, multiplier, warm_up_bars);
            Ok(output(SUPER_TREND_LINES, lines, warm_up_bars))
        }
        Calculation::SuperTrend { period, multiplier } => run.super_trend(period, multiplier),
        Calculation::Atr { period } => {
            run.call(["value"], core.atr_lookback(period), |last, [value]| {
                core.atr(0, last, high, low, close, period, value)
            })
        }
        Calculation::Obv => run.call(["value"], core.obv_lookback(), |last, [value]| {
            core.obv(0, last, close, &bars.volume, value)
        }),
        Calculation::Volume { period } => {
            let mut result =
                run.call(["average"], core.sma_lookback(period), |last, [average]| {
                    core.sma(0, last, &bars.volume, period, average)
                })?;
            let volume = IndicatorSeries { name: "value", values: bars.volume.clone() };
            result.lines.insert(0, volume);
            Ok(result)
        }
        Calculation::Stochastic { k_period, d_period } => {
            let (slowing, mean) = (STOCHASTIC_SLOWING, MAType::SMA);
            run.call(
                ["k", "d"],
                core.stoch_lookback(k_period, slowing, mean, d_period, mean),
                |last, [k, d]| {
                    core.stoch(
                        0, last, high, low, close, k_period, slowing, mean, d_period, mean, k, d,
                    )
                },
            )
        }
        Calculation::Adx { period } => {
            run.call(["value"], core.adx_lookback(period), |last, [value]| {
                core.adx(0, last, high, low, close, period, value)
            })
        }
        Calculation::Cci { period } => {
            run.call(["value"], core.cci_lookback(period), |last, [value]| {
                core.cci(0, last, high, low, close, period, value)
            })
        }
    }
}

/// The columns that an indicator is computed from.
fn columns_read(spec: &IndicatorSpec) -> Vec<Column> {
    match spec.calculation {
        Calculation::Sma { source, .. }
        | Calculation::Ema { source, .. }
        | Calculation::Wma { source, .. }
        | Calculation::BollingerBands { source, .. } => vec![Column::Price(source)],
        Calculation::Rsi { .. } | Calculation::Macd { .. } => vec![Column::CLOSE],
        Calculation::Obv => vec![Column::CLOSE, Column::Volume],
        Calculation::Volume { .. } => vec![Column::Volume],
        Calculation::SuperTrend { .. }
        | Calculation::Atr { .. }
        | Calculation::Stochastic { .. }
        | Calculation::Adx { .. }
        | Calculation::Cci { .. } => vec![Column::HIGH, Column::LOW, Column::CLOSE],
    }
}

const MACD_LINES: [&str; 3] = ["value", "signal", "histogram"];
const BAND_LINES: [&str; 3] = ["upper", "middle", "lower"];
const SUPER_TREND_LINES: [&str; 2] = ["value", "direction"];

/// A column that is NaN before `warm_up` and is to be written from there on.
pub(super) fn blank(length: usize, warm_up: usize) -> Vec<f64> {
    let mut values = vec![0.0; length];
    values[..warm_up.min(length)].fill(f64::NAN);
    values
}

fn output<const N: usize>(
    names: [&'static str; N],
    lines: [Vec<f64>; N],
    warm_up_bars: usize,
) -> IndicatorOutput {
    let lines = names.into_iter().zip(lines);
    IndicatorOutput {
        lines: lines.map(|(name, values)| IndicatorSeries { name, values }).collect(),
        warm_up_bars,
    }
}

/// One computation.
struct Run<'a> {
    spec: &'a IndicatorSpec,
    core: &'a Core,
    bars: &'a BarColumns,
    length: usize,
}

impl Run<'_> {
    /// Has TA-Lib write right behind the warm-up of new columns. The closure gets the index of the
    /// last bar and, for each line, the part that values go to.
    fn call<const N: usize>(
        &self,
        names: [&'static str; N],
        lookback: Result<usize, RetCode>,
        write: impl FnOnce(usize, [&mut [f64]; N]) -> Result<OutRange, RetCode>,
    ) -> Result<IndicatorOutput, IndicatorError> {
        let warm_up = lookback.map_err(|code| self.refused(code))?;
        let mut lines: [Vec<f64>; N] = array::from_fn(|_| blank(self.length, warm_up));
        if self.length > warm_up {
            let written = write(self.length - 1, lines.each_mut().map(|line| &mut line[warm_up..]))
                .map_err(|code| self.refused(code))?;
            self.check_alignment(&written, warm_up)?;
        }
        Ok(output(names, lines, warm_up))
    }

    fn super_trend(&self, period: i32, multiplier: f64) -> Result<IndicatorOutput, IndicatorError> {
        let BarColumns { high, low, close, .. } = self.bars;
        let core = self.core;
        let lookback = core.supertrend_lookback(period, multiplier);
        let mut trend = vec![0_i32; self.length];
        let mut result = self.call(["value"], lookback, |last, [line]| {
            core.supertrend(0, last, high, low, close, period, multiplier, line, &mut trend)
        })?;
        let mut direction = blank(self.length, result.warm_up_bars);
        for (value, trend) in direction.iter_mut().skip(result.warm_up_bars).zip(trend) {
            *value = f64::from(trend);
        }
        result.lines.push(IndicatorSeries { name: "direction", values: direction });
        Ok(result)
    }

    /// MACD with a fast average of one bar, which is the close itself.
    fn macd_of_the_close(&self, slow: i32, signal: i32) -> Result<IndicatorOutput, IndicatorError> {
        let (core, close) = (self.core, &self.bars.close);
        let lookback = core
            .ema_lookback(slow)
            .and_then(|slow_lookback| Ok((slow_lookback, core.ema_lookback(signal)?)))
            .map_err(|code| self.refused(code))?;
        let (slow_lookback, signal_lookback) = lookback;
        self.call(
            MACD_LINES,
            Ok(slow_lookback + signal_lookback),
            |last, [value, average, histogram]| {
                let mut difference = vec![0.0; last + 1 - slow_lookback];
                core.ema(0, last, close, slow, &mut difference)?;
                for (slow_average, price) in difference.iter_mut().zip(&close[slow_lookback..]) {
                    *slow_average = price - *slow_average;
                }
                core.ema(0, difference.len() - 1, &difference, signal, average)?;
                value.copy_from_slice(&difference[signal_lookback..]);
                for ((gap, value), average) in histogram.iter_mut().zip(&*value).zip(&*average) {
                    *gap = value - average;
                }
                Ok(OutRange { beg_idx: slow_lookback + signal_lookback, count: value.len() })
            },
        )
    }

    /// A value at the wrong bar would be a wrong value, so what TA-Lib did is compared with what it
    /// had announced.
    fn check_alignment(&self, written: &OutRange, warm_up: usize) -> Result<(), IndicatorError> {
        let expected_count = self.length - warm_up;
        if written.beg_idx == warm_up && written.count == expected_count {
            return Ok(());
        }
        Err(IndicatorError::Misaligned {
            label: self.spec.label(),
            first: written.beg_idx,
            count: written.count,
            expected_first: warm_up,
            expected_count,
        })
    }

    fn refused(&self, code: RetCode) -> IndicatorError {
        IndicatorError::Refused { label: self.spec.label(), bars: self.length, code }
    }
}

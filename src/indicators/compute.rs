use std::array;

use ta_lib::{Core, OutRange, RetCode};

use super::{BarColumns, IndicatorError, IndicatorOutput, IndicatorSeries, IndicatorSpec};

/// Computes an indicator over bars, oldest first.
///
/// No value looks ahead: the values over the first bars are the first of the values over all. Too
/// few bars are no error; every value is NaN then, and so is a value that the bars leave undefined,
/// such as an average weighted by a volume of zero. EMA and whatever rests on it, RSI, ATR, ADX and
/// `SuperTrend` remember all earlier bars, so that their values depend, less and less, on where the
/// history begins; OBV and the accumulation/distribution line do so for good.
/// `SuperTrend`'s direction is up by convention until the first close below its line.
///
/// # Errors
///
/// [`IndicatorError::UnequalColumns`], and [`IndicatorError::UnusableValue`] for a number that
/// nothing can be computed from in a column that the indicator reads.
pub fn compute(spec: &IndicatorSpec, bars: &BarColumns) -> Result<IndicatorOutput, IndicatorError> {
    bars.check_lengths()?;
    bars.check_numbers(&spec.columns_read())?;
    let core = Core::new();
    let mut output = (spec.entry().compute)(&Run { spec, core: &core, bars })?;
    for value in output.lines.iter_mut().flat_map(|line| &mut line.values) {
        if value.is_infinite() {
            *value = f64::NAN;
        }
    }
    Ok(output)
}

/// A column that is NaN before `warm_up` and is to be written from there on.
pub(super) fn blank(length: usize, warm_up: usize) -> Vec<f64> {
    let mut values = vec![0.0; length];
    values[..warm_up.min(length)].fill(f64::NAN);
    values
}

pub(super) fn output<const N: usize>(
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
pub(super) struct Run<'a> {
    spec: &'a IndicatorSpec,
    pub(super) core: &'a Core,
    bars: &'a BarColumns,
}

impl Run<'_> {
    /// The value of the parameter at a position, in the type that TA-Lib takes for a number of bars.
    pub(super) fn whole(&self, position: usize) -> i32 {
        // Whole and within a range of at most 500: nothing is cut.
        self.spec.number(position) as i32
    }

    /// The value of the parameter at a position.
    pub(super) fn number(&self, position: usize) -> f64 {
        self.spec.number(position)
    }

    /// The prices that the parameter at a position names.
    pub(super) fn source(&self, position: usize) -> &[f64] {
        self.bars.prices(self.spec.source(position))
    }

    pub(super) fn close(&self) -> &[f64] {
        &self.bars.close
    }

    pub(super) fn volume(&self) -> &[f64] {
        &self.bars.volume
    }

    /// Highs, lows and closes.
    pub(super) fn range(&self) -> [&[f64]; 3] {
        [&self.bars.high, &self.bars.low, &self.bars.close]
    }

    /// Number of bars.
    pub(super) fn length(&self) -> usize {
        self.bars.len()
    }

    /// An indicator of one line, which is called `value`. See [`call`](Self::call).
    pub(super) fn one(
        &self,
        lookback: Result<usize, RetCode>,
        write: impl FnOnce(usize, &mut [f64]) -> Result<OutRange, RetCode>,
    ) -> Result<IndicatorOutput, IndicatorError> {
        self.call(["value"], lookback, |last, [value]| write(last, value))
    }

    /// Has TA-Lib write right behind the warm-up of new columns. The closure gets the index of the
    /// last bar and, for each line, the part that values go to.
    pub(super) fn call<const N: usize>(
        &self,
        names: [&'static str; N],
        lookback: Result<usize, RetCode>,
        write: impl FnOnce(usize, [&mut [f64]; N]) -> Result<OutRange, RetCode>,
    ) -> Result<IndicatorOutput, IndicatorError> {
        let warm_up = lookback.map_err(|code| self.refused(code))?;
        let length = self.length();
        let mut lines: [Vec<f64>; N] = array::from_fn(|_| blank(length, warm_up));
        if length > warm_up {
            let written = write(length - 1, lines.each_mut().map(|line| &mut line[warm_up..]))
                .map_err(|code| self.refused(code))?;
            self.check_alignment(&written, warm_up)?;
        }
        Ok(output(names, lines, warm_up))
    }

    /// MACD with a fast average of one bar, which is the close itself.
    pub(super) fn macd_of_the_close(
        &self,
        names: [&'static str; 3],
        slow: i32,
        signal: i32,
    ) -> Result<IndicatorOutput, IndicatorError> {
        let (core, close) = (self.core, self.close());
        let lookback = core
            .ema_lookback(slow)
            .and_then(|slow_lookback| Ok((slow_lookback, core.ema_lookback(signal)?)))
            .map_err(|code| self.refused(code))?;
        let (slow_lookback, signal_lookback) = lookback;
        self.call(
            names,
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
        let expected_count = self.length() - warm_up;
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
        IndicatorError::Refused { label: self.spec.label(), bars: self.length(), code }
    }
}

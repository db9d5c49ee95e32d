//! Real bars with their indicators, for the tests and the benchmark of the chart.

use ta_lib::{Core, MAType, OutRange, RetCode};

use super::{ChartBar, ChartSeries};

/// AAPL, 520 trading days up to 2012-06-15.
const CSV: &str = include_str!("../../../tests/data/chart/aapl-2010-2012.csv");

pub(crate) fn daily() -> Vec<ChartBar> {
    CSV.lines()
        .skip(1)
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            let number = |index: usize| fields[index].parse().unwrap();
            ChartBar {
                date: fields[0].parse().unwrap(),
                open: number(1),
                high: number(2),
                low: number(3),
                close: number(4),
                volume: number(5),
            }
        })
        .collect()
}

pub(crate) fn weekly() -> Vec<ChartBar> {
    let days = daily();
    days.chunk_by(|a, b| a.date.iso_week_date().week() == b.date.iso_week_date().week())
        .map(|week| ChartBar {
            date: week[0].date,
            open: week[0].open,
            high: week.iter().map(|bar| bar.high).fold(f64::MIN, f64::max),
            low: week.iter().map(|bar| bar.low).fold(f64::MAX, f64::min),
            close: week[week.len() - 1].close,
            volume: week.iter().map(|bar| bar.volume).sum(),
        })
        .collect()
}

/// Runs one function of TA-Lib and puts its outputs on the bars they belong to.
fn aligned<const N: usize>(
    bars: usize,
    job: impl FnOnce(&mut [Vec<f64>; N]) -> Result<OutRange, RetCode>,
) -> [Vec<f64>; N] {
    let mut outputs = std::array::from_fn(|_| vec![f64::NAN; bars]);
    let range = job(&mut outputs).unwrap();
    outputs.map(|mut output| {
        output.truncate(range.count);
        let mut values = vec![f64::NAN; bars - range.count];
        values.append(&mut output);
        values
    })
}

pub(crate) fn series(bars: &[ChartBar]) -> ChartSeries {
    let core = Core::new();
    let column = |pick: fn(&ChartBar) -> f64| bars.iter().map(pick).collect::<Vec<f64>>();
    let (high, low) = (column(|bar| bar.high), column(|bar| bar.low));
    let (close, volume) = (column(|bar| bar.close), column(|bar| bar.volume));
    let (count, end) = (bars.len(), bars.len() - 1);
    let average = |period| {
        let [values] = aligned(count, |[out]| core.sma(0, end, &close, period, out));
        values
    };
    let mut direction = vec![0_i32; count];
    let [supertrend] = aligned(count, |[out]| {
        core.supertrend(0, end, &high, &low, &close, 10, 3.0, out, &mut direction)
    });
    let warm_up = supertrend.iter().filter(|value| value.is_nan()).count();
    let supertrend_direction = vec![f64::NAN; warm_up]
        .into_iter()
        .chain(direction[..count - warm_up].iter().map(|sign| f64::from(*sign)))
        .collect();
    let [bollinger_upper, bollinger_middle, bollinger_lower] =
        aligned(count, |[upper, middle, lower]| {
            core.bbands(0, end, &close, 20, 2.0, 2.0, MAType::SMA, upper, middle, lower)
        });
    let [macd, macd_signal, macd_histogram] = aligned(count, |[line, signal, histogram]| {
        core.macd(0, end, &close, 12, 26, 9, line, signal, histogram)
    });
    let [rsi] = aligned(count, |[out]| core.rsi(0, end, &close, 14, out));
    let [obv] = aligned(count, |[out]| core.obv(0, end, &close, &volume, out));
    let [atr] = aligned(count, |[out]| core.atr(0, end, &high, &low, &close, 14, out));
    ChartSeries {
        sma_20: average(20),
        sma_50: average(50),
        sma_200: average(200),
        bollinger_upper,
        bollinger_middle,
        bollinger_lower,
        supertrend,
        supertrend_direction,
        macd,
        macd_signal,
        macd_histogram,
        rsi,
        obv,
        atr,
    }
}

//! What is asked of the chart, and what it gives back.

use jiff::civil::Date;

use super::error::ChartError;
use super::{LARGEST_SIDE, SMALLEST_SIDE};
use crate::domain::Timeframe;

/// Largest price or volume that is drawn; beyond it `f64` no longer tells single units apart.
const LARGEST_VALUE: f64 = 1e15;
/// Largest value of a series that is drawn. On-balance volume sums up volumes, and may be larger.
const LARGEST_SERIES_VALUE: f64 = 1e24;

/// Prices and volume of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartBar {
    /// First day of the period.
    pub date: Date,
    /// First price, in the instrument's currency.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Shares traded.
    pub volume: f64,
}

/// The indicators of the chart, computed on all bars and not only on those that are shown.
///
/// Every series has one value for each bar, and NaN where it has none yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartSeries {
    /// Simple moving average of 20 closes.
    pub sma_20: Vec<f64>,
    /// Simple moving average of 50 closes.
    pub sma_50: Vec<f64>,
    /// Simple moving average of 200 closes.
    pub sma_200: Vec<f64>,
    /// Upper Bollinger band, of 20 closes and two standard deviations.
    pub bollinger_upper: Vec<f64>,
    /// Middle Bollinger band.
    pub bollinger_middle: Vec<f64>,
    /// Lower Bollinger band.
    pub bollinger_lower: Vec<f64>,
    /// Trend line (`SuperTrend`) of 10 bars, three times the range.
    pub supertrend: Vec<f64>,
    /// Direction of the trend: +1 up, −1 down.
    pub supertrend_direction: Vec<f64>,
    /// MACD line, 12 and 26 bars.
    pub macd: Vec<f64>,
    /// Signal line of the MACD, 9 bars.
    pub macd_signal: Vec<f64>,
    /// MACD line less signal line.
    pub macd_histogram: Vec<f64>,
    /// Relative strength index of 14 bars, from 0 to 100.
    pub rsi: Vec<f64>,
    /// On-balance volume, in shares.
    pub obv: Vec<f64>,
    /// Average true range of 14 bars, in the instrument's currency.
    pub atr: Vec<f64>,
}

impl ChartSeries {
    fn named(&self) -> [(&'static str, &[f64]); 14] {
        [
            ("sma_20", &self.sma_20),
            ("sma_50", &self.sma_50),
            ("sma_200", &self.sma_200),
            ("bollinger_upper", &self.bollinger_upper),
            ("bollinger_middle", &self.bollinger_middle),
            ("bollinger_lower", &self.bollinger_lower),
            ("supertrend", &self.supertrend),
            ("supertrend_direction", &self.supertrend_direction),
            ("macd", &self.macd),
            ("macd_signal", &self.macd_signal),
            ("macd_histogram", &self.macd_histogram),
            ("rsi", &self.rsi),
            ("obv", &self.obv),
            ("atr", &self.atr),
        ]
    }

    /// The values from one bar on.
    pub(super) fn from(&self, first: usize) -> Self {
        let cut = |values: &Vec<f64>| values[first..].to_vec();
        Self {
            sma_20: cut(&self.sma_20),
            sma_50: cut(&self.sma_50),
            sma_200: cut(&self.sma_200),
            bollinger_upper: cut(&self.bollinger_upper),
            bollinger_middle: cut(&self.bollinger_middle),
            bollinger_lower: cut(&self.bollinger_lower),
            supertrend: cut(&self.supertrend),
            supertrend_direction: cut(&self.supertrend_direction),
            macd: cut(&self.macd),
            macd_signal: cut(&self.macd_signal),
            macd_histogram: cut(&self.macd_histogram),
            rsi: cut(&self.rsi),
            obv: cut(&self.obv),
            atr: cut(&self.atr),
        }
    }
}

/// Everything that decides a chart.
#[derive(Debug, Clone, Copy)]
pub struct ChartRequest<'a> {
    /// Symbol of the instrument. At most 24 characters are shown, without control characters.
    pub symbol: &'a str,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// A remark in small print, such as where the prices come from.
    pub note: &'a str,
    /// All bars that the series were computed on, the oldest first.
    pub bars: &'a [ChartBar],
    /// The indicators on the same bars.
    pub series: &'a ChartSeries,
    /// How many of the last bars to show.
    pub bars_shown: usize,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
}

/// A chart, ready to be stored, shown or sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartImage {
    /// The picture, as PNG of eight bits for each of red, green and blue.
    pub png: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bars that were drawn.
    pub bars_shown: usize,
    /// Names of the panels, from top to bottom.
    pub panels: Vec<String>,
}

/// Whether a value of a series is there and can be drawn.
pub(super) fn visible(value: f64) -> bool {
    value.abs() <= LARGEST_SERIES_VALUE
}

impl ChartRequest<'_> {
    /// Refuses what cannot be drawn honestly.
    pub(super) fn check(&self) -> Result<(), ChartError> {
        let sides = SMALLEST_SIDE..=LARGEST_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(ChartError::Size { width: self.width, height: self.height });
        }
        for (series, values) in self.series.named() {
            if values.len() != self.bars.len() {
                let (values, bars) = (values.len(), self.bars.len());
                return Err(ChartError::SeriesLength { series, values, bars });
            }
        }
        for bar in self.bars {
            let fields = [
                ("open", bar.open),
                ("high", bar.high),
                ("low", bar.low),
                ("close", bar.close),
                ("volume", bar.volume),
            ];
            let drawable = |value: f64| value.is_finite() && value.abs() <= LARGEST_VALUE;
            if let Some((field, value)) = fields.into_iter().find(|(_, value)| !drawable(*value)) {
                return Err(ChartError::BarValue { date: bar.date, field, value });
            }
        }
        Ok(())
    }
}

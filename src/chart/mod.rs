//! temp
use crate::domain::Timeframe;
pub struct ChartBar {
    pub date: jiff::civil::Date,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
}
pub struct ChartSeries {
    pub sma_20: Vec<f64>,
    pub sma_50: Vec<f64>,
    pub sma_200: Vec<f64>,
    pub bollinger_upper: Vec<f64>,
    pub bollinger_middle: Vec<f64>,
    pub bollinger_lower: Vec<f64>,
    pub supertrend: Vec<f64>,
    pub supertrend_direction: Vec<f64>,
    pub macd: Vec<f64>,
    pub macd_signal: Vec<f64>,
    pub macd_histogram: Vec<f64>,
    pub rsi: Vec<f64>,
    pub obv: Vec<f64>,
    pub atr: Vec<f64>,
}
pub struct ChartRequest<'a> {
    pub symbol: &'a str,
    pub timeframe: Timeframe,
    pub note: &'a str,
    pub bars: &'a [ChartBar],
    pub series: &'a ChartSeries,
    pub bars_shown: usize,
    pub width: u32,
    pub height: u32,
}
pub struct ChartImage {
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub bars_shown: usize,
    pub panels: Vec<String>,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ChartError;
pub fn render(_: &ChartRequest<'_>) -> Result<ChartImage, ChartError> {
    Err(ChartError)
}

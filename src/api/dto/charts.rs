//! What the page *Charts* shows. Prices are decimal strings, lines are numbers; instants are RFC 3339
//! texts of engine time.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::BlobRef;
use crate::domain::{SignalAction, Timeframe};

/// Asks for recorded chart images, newest first. What is left out does not narrow the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartsListRequest {
    /// Of this strategy.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// Of this symbol.
    #[serde(default)]
    pub symbol: Option<String>,
    /// Of this timeframe.
    #[serde(default)]
    pub timeframe: Option<Timeframe>,
    /// Drawn at this instant or later, RFC 3339.
    #[serde(default)]
    pub from: Option<String>,
    /// Drawn before this instant, RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
    /// Executions before the page.
    #[serde(default)]
    pub offset: u32,
    /// Executions on the page at most, 1 to 100.
    pub limit: u32,
}

/// A recorded chart image.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartImageDto {
    /// The execution that drew it.
    pub execution_id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Name of the strategy.
    pub strategy_name: String,
    /// Ticker symbol.
    pub symbol: String,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Engine time of the run.
    pub as_of: String,
    /// The same on the exchange's clock.
    pub exchange_time: String,
    /// The image.
    pub image: BlobRef,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bars shown.
    pub bars_shown: u32,
    /// Date of the first bar shown.
    pub first: String,
    /// Date of the last bar shown.
    pub last: String,
    /// Panels from top to bottom.
    pub panels: Vec<String>,
}

/// A page of chart images.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartsPageDto {
    /// Newest execution first, daily before weekly.
    pub charts: Vec<ChartImageDto>,
    /// How many executions drew charts, of those asked for.
    #[ts(type = "number")]
    pub total_executions: u64,
    /// Executions before the page.
    pub offset: u32,
}

/// Asks for the data behind a chart.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartDataGetRequest {
    /// The execution that saw it.
    pub execution_id: String,
    /// Length of a bar.
    pub timeframe: Timeframe,
}

/// Exactly the data that an execution saw, and what was done on it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartDataDto {
    /// The execution.
    pub execution_id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Ticker symbol.
    pub symbol: String,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Engine time of the run: no bar is later.
    pub as_of: String,
    /// Bars that the image shows, the last ones; the others are for the indicators to warm up.
    pub bars_shown: u32,
    /// All recorded bars, oldest first.
    pub bars: Vec<ChartBarDto>,
    /// What the panels of the image draw, one value for each bar.
    pub series: Vec<ChartSeriesDto>,
    /// What the strategy computes.
    pub indicators: Vec<ChartIndicatorDto>,
    /// Own signals, levels and fills, oldest first.
    pub marks: Vec<ChartMarkDto>,
    /// Whether the prices come from the simulated exchange.
    pub simulated: bool,
    /// What was done to the prices, such as the adjustment for splits and dividends.
    pub adjustment: Option<String>,
    /// Who published the prices.
    pub attribution: Option<String>,
}

/// One bar as recorded.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartBarDto {
    /// `YYYY-MM-DD`, on the exchange's calendar.
    pub date: String,
    /// First price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Last price.
    pub close: String,
    /// Shares traded.
    pub volume: String,
}

/// A line of a chart.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartSeriesDto {
    /// Such as `sma_20` or `macd_histogram`.
    pub name: String,
    /// One value for each bar; nothing while it warms up.
    pub values: Vec<Option<f64>>,
}

/// An indicator of the strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartIndicatorDto {
    /// Such as `sma_50`.
    pub id: String,
    /// Such as `SMA(50)`.
    pub label: String,
    /// Its lines.
    pub lines: Vec<ChartSeriesDto>,
}

/// What a mark on a chart stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartMarkKind {
    /// A BUY or SELL signal, at its entry price or the last price.
    Signal,
    /// The limit price of an entry, as the signal set it.
    Entry,
    /// The stop price, as the signal set it.
    Stop,
    /// The target, as the signal set it.
    Target,
    /// Shares traded.
    Fill,
}

/// An own signal, level or fill.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartMarkDto {
    /// What it stands for.
    pub kind: ChartMarkKind,
    /// When it happened, or from when a level holds.
    pub at: String,
    /// The trading day of that instant, `YYYY-MM-DD`.
    pub date: String,
    /// Until when a level holds; nothing if that lies after the run, unless the mark is `later`.
    pub until: Option<String>,
    /// Price.
    pub price: String,
    /// Which way, of a signal and of a fill.
    pub action: Option<SignalAction>,
    /// Shares, of a fill.
    pub quantity: Option<String>,
    /// Such as `entry` or `stop`, of a fill.
    pub leg: Option<String>,
    /// The execution that it belongs to.
    pub execution_id: String,
    /// It happened after the run, which could not know of it.
    pub is_later: bool,
}

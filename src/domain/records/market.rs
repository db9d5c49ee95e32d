//! Steps 2 to 4: prices, indicators, charts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{BlobRef, IndicatorRecord};
use crate::domain::{Availability, Instrument, Timeframe};

/// Input of step 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FetchMarketDataInput {
    /// Ticker symbol.
    pub symbol: String,
    /// Period asked for, by timeframe.
    pub periods: BTreeMap<Timeframe, String>,
}

/// The bars of one timeframe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BarsRecord {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// What was asked for, such as `1y`.
    pub period: String,
    /// Number of bars.
    pub count: usize,
    /// Date of the first bar, in the exchange's zone.
    pub first: String,
    /// Date of the last bar.
    pub last: String,
    /// All bars: a JSON array of `[date, open, high, low, close, volume]`, texts.
    pub bars: BlobRef,
    /// The last closes, oldest first, for a sparkline.
    #[ts(type = "string[]")]
    #[schemars(with = "Vec<String>")]
    pub closes: Vec<Decimal>,
}

/// The last price with where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct QuoteRecord {
    /// Last traded price.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub last: Decimal,
    /// When the broker last updated it.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub as_of: Timestamp,
    /// Age at the time of the run, in seconds.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Who said so.
    pub source: String,
    /// How current it is.
    pub availability: Availability,
}

/// Output of step 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FetchMarketDataOutput {
    /// The contract.
    pub instrument: Instrument,
    /// Bars by timeframe, daily first.
    pub timeframes: Vec<BarsRecord>,
    /// The last quote.
    pub quote: QuoteRecord,
    /// Whether the prices come from the simulated exchange.
    pub simulated: bool,
    /// What was done to the prices, such as the adjustment for splits and dividends.
    pub adjustment: Option<String>,
    /// Who published the prices.
    pub attribution: Option<String>,
}

/// Input of step 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CalculateIndicatorsInput {
    /// Bars by timeframe.
    pub bars: BTreeMap<Timeframe, BlobRef>,
    /// What to compute.
    pub indicators: Vec<IndicatorRecord>,
}

/// One line of an indicator, such as MACD's signal line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorLine {
    /// Such as `value`, `signal`, `upper`.
    pub name: String,
    /// At the last bar, to six places; nothing while it warms up.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub value: Option<Decimal>,
    /// One bar earlier.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub previous: Option<Decimal>,
    /// The last 60 values for a small plot.
    #[ts(type = "(string | null)[]")]
    #[schemars(with = "Vec<Option<String>>")]
    pub recent: Vec<Option<Decimal>>,
}

/// One indicator on one timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorValue {
    /// The indicator.
    pub indicator: IndicatorRecord,
    /// Its name for people, such as `RSI(14)`.
    pub label: String,
    /// Its lines.
    pub lines: Vec<IndicatorLine>,
    /// In words, such as `overbought`.
    pub reading: Option<String>,
    /// Bars that it needs before its first value.
    pub warm_up_bars: usize,
    /// Bars that it had.
    pub bars: usize,
    /// Whether it has a value at the last bar.
    pub is_warm: bool,
}

/// Indicators of one timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorTable {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Date of the last bar.
    pub as_of: String,
    /// In the strategy's order.
    pub indicators: Vec<IndicatorValue>,
}

impl IndicatorTable {
    /// The value of an indicator's first line at the last bar, by its id such as `atr_14`.
    pub fn first_line(&self, id: &str) -> Option<Decimal> {
        let value = self.indicators.iter().find(|value| value.indicator.id == id)?;
        value.lines.first()?.value
    }
}

/// Output of step 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CalculateIndicatorsOutput {
    /// Tables by timeframe, daily first.
    pub timeframes: Vec<IndicatorTable>,
}

/// Input of step 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct GenerateChartsInput {
    /// Bars to show, by timeframe.
    pub bars_shown: BTreeMap<Timeframe, usize>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// One chart image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChartRecord {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// The image.
    pub image: BlobRef,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bars shown.
    pub bars_shown: usize,
    /// Date of the first bar shown.
    pub first: String,
    /// Date of the last bar shown.
    pub last: String,
    /// Panels from top to bottom.
    pub panels: Vec<String>,
}

/// Output of step 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct GenerateChartsOutput {
    /// Daily first.
    pub charts: Vec<ChartRecord>,
}

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Prices and volume of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Start of the period.
    pub at: Timestamp,
    /// First price, in the instrument's currency.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Shares traded.
    pub volume: Decimal,
}

/// The length of a bar.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
pub enum Timeframe {
    /// One trading day.
    #[serde(rename = "1d")]
    Daily,
    /// One week: first open, highest high, lowest low, last close, sum of volume.
    #[serde(rename = "1w")]
    Weekly,
}

impl Timeframe {
    /// The name on the wire and in records: `1d` or `1w`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "1d",
            Self::Weekly => "1w",
        }
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
        }
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How current a quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// As it happens.
    RealTime,
    /// Some minutes late.
    Delayed,
    /// The last before the close.
    Frozen,
    /// Frozen and delayed.
    FrozenDelayed,
    /// No subscription, or no word about it.
    Missing,
}

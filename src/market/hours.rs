//! When a contract trades, by the broker's own word.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::MarketError;
use crate::domain::Conid;

/// The trading schedule of a broker.
#[async_trait]
pub trait TradingSchedule: Send + Sync {
    /// When a contract trades in the coming days.
    ///
    /// # Errors
    ///
    /// If the broker does not answer, has no schedule of the contract, or answers with hours that
    /// end before they begin.
    async fn trading_hours(&self, conid: Conid) -> Result<TradingHours, MarketError>;
}

/// When a contract trades in the coming days. A day between the first and the last that is not
/// there is one without trading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradingHours {
    /// The exchange's time zone in the broker's words, such as `US/Eastern`; nothing if it did not
    /// say.
    pub time_zone: Option<String>,
    /// The days on which it trades, oldest first; at least one.
    pub days: Vec<TradingDay>,
}

/// One day on which a contract trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradingDay {
    /// The day at the exchange.
    pub date: Date,
    /// Regular trading; empty if the broker did not say.
    pub regular: Vec<OpenHours>,
    /// All trading, before and after the regular hours too.
    pub extended: Vec<OpenHours>,
}

/// From an opening to the close after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenHours {
    /// The opening belongs to it.
    pub opens: Timestamp,
    /// The close does not.
    pub closes: Timestamp,
}

impl TradingHours {
    /// Whether regular trading is on at an instant; nothing for an instant before the first or
    /// after the last hours that the broker told of.
    pub fn is_open(&self, at: Timestamp) -> Option<bool> {
        let all = || self.days.iter().flat_map(|day| &day.regular);
        let first = all().map(|hours| hours.opens).min()?;
        let last = all().map(|hours| hours.closes).max()?;
        let is_told_of = first <= at && at < last;
        is_told_of.then(|| all().any(|hours| hours.opens <= at && at < hours.closes))
    }
}

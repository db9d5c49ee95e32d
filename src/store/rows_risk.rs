//! Rows: limits of the account, locks on entries, results by strategy and day, what the watch saw.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::records::{AccountLimits, LockRecord};
use crate::domain::{Availability, Conid, ExecutionId, StrategyId};
use crate::risk::NewLock;

/// Limits of the account, as they were set at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskLimitsRow {
    /// Engine time.
    pub at: Timestamp,
    /// Where they were set: `window` or `terminal`.
    pub changed_by: String,
    /// All of them.
    pub limits: AccountLimits,
}

/// A lock on entries, with its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLockRow {
    /// What it is and why.
    pub lock: LockRecord,
    /// In which contract; nothing for all.
    pub conid: Option<Conid>,
    /// When a person opened it.
    pub release: Option<LockRelease>,
}

impl EntryLockRow {
    /// Whether it closes entries at `now`.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.release.is_none() && self.lock.unlocks_at.is_none_or(|at| at > now)
    }

    /// Whether it reaches the entries of a strategy in a contract.
    pub fn reaches(&self, strategy: &StrategyId, conid: Conid) -> bool {
        self.lock.strategy_id.as_ref().is_none_or(|of| of == strategy)
            && self.conid.is_none_or(|of| of == conid)
    }
}

/// How a person opened a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRelease {
    /// Engine time.
    pub at: Timestamp,
    /// Where: `window` or `terminal`.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The results of a strategy at the close of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyDayRow {
    /// On the exchange's calendar.
    pub date: Date,
    /// Whose.
    pub strategy_id: StrategyId,
    /// Engine time of the close.
    pub at: Timestamp,
    /// Of all closed trades until then, in the account's currency.
    pub realized_pnl: Decimal,
    /// Of what was open then.
    pub unrealized_pnl: Decimal,
}

/// Which level the watch looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchTrigger {
    /// The stop.
    Stop,
    /// The target.
    Target,
}

/// What the watch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchVerdict {
    /// It told a person.
    Alarm,
    /// It sold.
    Sell,
    /// Nothing could be done, and why is said.
    Nothing,
}

/// What the watch over stops and targets saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchEventRow {
    /// Engine time.
    pub at: Timestamp,
    /// Whose position.
    pub strategy_id: StrategyId,
    /// In what.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Stop or target.
    pub trigger: WatchTrigger,
    /// What was done.
    pub verdict: WatchVerdict,
    /// The stop price or the target.
    pub level: Decimal,
    /// The price that was seen.
    pub price: Option<Decimal>,
    /// How live that price is.
    pub price_source: Option<Availability>,
    /// Engine time of the price.
    pub price_at: Option<Timestamp>,
    /// In a sentence.
    pub sentence: String,
    /// The execution that sells.
    pub execution_id: Option<ExecutionId>,
}

/// A change of what limits and guards the account.
#[derive(Debug, Clone)]
pub enum RiskChange {
    /// Puts limits of the account in force, beside the earlier ones, which are kept.
    Limits(RiskLimitsRow),
    /// Locks entries; a lock with the same key changes nothing, released or not.
    Lock {
        /// What and why.
        lock: Box<NewLock>,
        /// Engine time.
        at: Timestamp,
    },
    /// Opens a lock; one that is open already changes nothing.
    Release {
        /// Which.
        lock_id: i64,
        /// How.
        release: LockRelease,
    },
    /// Adds the results of a strategy on a day, or replaces them.
    StrategyDay(StrategyDayRow),
    /// Adds what the watch saw.
    Watch(Box<WatchEventRow>),
}

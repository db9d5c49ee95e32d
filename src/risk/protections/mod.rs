//! Protections: what closes entries for a while after trades went badly. Closed trades and an
//! instant go in, locks come out; nothing here reads a clock or a table.

mod evaluate;
mod words;

use jiff::Timestamp;

use crate::domain::records::LockTrade;
use crate::domain::{Conid, Reach, StrategyId};

pub use evaluate::{ProtectedStrategy, evaluate};
pub use words::protection_words;

/// A lock on entries that follows from trades, not yet written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLock {
    /// Names the cause: the same trades never lock twice, so that a lock which a person released
    /// does not come back by itself.
    pub key: String,
    /// Such as `stop_loss_guard` or `daily_loss`.
    pub kind: String,
    /// How far it reaches.
    pub reach: Reach,
    /// Whose entries; nothing for those of every strategy.
    pub strategy_id: Option<StrategyId>,
    /// In which contract; nothing for all.
    pub conid: Option<Conid>,
    /// Ticker symbol of the contract.
    pub symbol: Option<String>,
    /// When it opens by itself; nothing if only a person can.
    pub unlocks_at: Option<Timestamp>,
    /// Why, as a sentence.
    pub sentence: String,
    /// The trades that caused it, oldest first.
    pub trades: Vec<LockTrade>,
}

#[cfg(test)]
mod tests;

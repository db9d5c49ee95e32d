//! Which signals and which charts are asked for, and a signal out of older records.

use jiff::Timestamp;

use super::rows::{ExecutionRow, FillRow, OrderRow};
use crate::domain::{ClosedTrade, Signal, SignalAction, SignalOutcome, SignalStatus, StrategyId};

/// Which signals are asked for; what is left out does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalFilter {
    /// Of this strategy.
    pub strategy_id: Option<StrategyId>,
    /// On this symbol.
    pub symbol: Option<String>,
    /// With this action.
    pub action: Option<SignalAction>,
    /// That stand so.
    pub status: Option<SignalStatus>,
    /// Whose trade came to this.
    pub outcome: Option<SignalOutcome>,
    /// By this model.
    pub model: Option<String>,
    /// For which a version of this prompt was rendered.
    pub prompt_id: Option<String>,
    /// Only this version of it.
    pub prompt_version: Option<u32>,
    /// Made at this instant or later.
    pub from: Option<Timestamp>,
    /// Made before this instant.
    pub until: Option<Timestamp>,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows before it.
    pub offset: u32,
    /// Rows in it at most.
    pub limit: u32,
}

impl Page {
    /// The whole list.
    pub const ALL: Self = Self { offset: 0, limit: u32::MAX };
}

/// Which executions' charts are asked for; what is left out does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartFilter {
    /// Of this strategy.
    pub strategy_id: Option<StrategyId>,
    /// Of this symbol.
    pub symbol: Option<String>,
    /// Drawn at this instant or later, engine time.
    pub from: Option<Timestamp>,
    /// Drawn before this instant.
    pub until: Option<Timestamp>,
}

/// A signal of an execution that was recorded before signals had rows, with what it follows.
#[derive(Debug, Clone)]
pub struct PastSignal {
    /// As it was made.
    pub signal: Signal,
    /// Its execution as it stands.
    pub execution: ExecutionRow,
    /// The orders that the execution decided.
    pub orders: Vec<OrderRow>,
    /// The fills of these.
    pub fills: Vec<FillRow>,
    /// The trade that it opened, if that is closed.
    pub trade: Option<ClosedTrade>,
}

//! Which executions are asked for, how their steps did, and how large the database is.

use jiff::Timestamp;

use super::rows::ExecutionStatus;
use crate::domain::records::{Outcome, Trigger};
use crate::domain::{SignalAction, StrategyId};

/// Which executions are asked for; what is left out does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// Of this strategy.
    pub strategy_id: Option<StrategyId>,
    /// On this symbol.
    pub symbol: Option<String>,
    /// Started by this.
    pub trigger: Option<Trigger>,
    /// That stand so.
    pub status: Option<ExecutionStatus>,
    /// That came to this.
    pub outcome: Option<Outcome>,
    /// Whose signal has this action.
    pub action: Option<SignalAction>,
    /// With these letters in their id, symbol, sentence, model, or the id or a name of their
    /// strategy. The case of A to Z does not count.
    pub text: Option<String>,
    /// Of this engine time or later.
    pub from: Option<Timestamp>,
    /// Before this engine time.
    pub until: Option<Timestamp>,
}

/// How large the database is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseSize {
    /// Its pages, with those that wait in the log.
    pub pages: u64,
    /// The file of the write-ahead log.
    pub log: u64,
}

/// How a step did over a stretch of time. Durations are microseconds; nothing where nothing ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepFigures {
    /// Attempts that succeeded or failed.
    pub runs: u32,
    /// Those that succeeded.
    pub successes: u32,
    /// Times that the step did not apply, or was not come to.
    pub skipped: u32,
    /// Rounded down.
    pub mean_us: Option<u64>,
    /// The shortest.
    pub minimum_us: Option<u64>,
    /// The longest.
    pub maximum_us: Option<u64>,
    /// The median.
    pub p50_us: Option<u64>,
    /// 95 of 100 took no longer.
    pub p95_us: Option<u64>,
}

/// A failure of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure {
    /// In which execution.
    pub execution_id: String,
    /// The chain of causes.
    pub error: String,
    /// Wall time.
    pub recorded_at: Timestamp,
}

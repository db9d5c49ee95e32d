//! Rows of schedules, beside the claims.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ExecutionId, StrategyId};
use crate::schedule::NotRunCause;

/// A planned run that was taken, so that it is never taken again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleClaimRow {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// Engine time that the schedule names.
    pub planned_at: Timestamp,
    /// The execution, if it was run; after a retry, the last one.
    pub execution_id: Option<ExecutionId>,
    /// Why it was not run; nothing too for rows older than this column.
    pub kind: Option<NotRunCause>,
    /// Why it was not run, as a sentence.
    pub cause: Option<String>,
    /// How often it was tried, from 1.
    pub attempt: u32,
}

/// A stretch in which no planned run was made, too many for a row each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleGapRow {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// Engine time of the first planned run that may be meant.
    pub since: Timestamp,
    /// Engine time of the last.
    pub until: Timestamp,
    /// Why they were not run.
    pub kind: NotRunCause,
    /// Why, as a sentence.
    pub cause: String,
}

/// Another attempt at a planned run that failed before its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRetry {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// Engine time that the schedule names.
    pub planned_at: Timestamp,
    /// The execution that failed; the claim must still name it.
    pub failed: ExecutionId,
    /// The execution that takes its place.
    pub next: ExecutionId,
}

/// Who paused a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausedBy {
    /// A person.
    Person,
    /// So many failed runs in a row.
    Failures,
}

impl PausedBy {
    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Failures => "failures",
        }
    }
}

/// A schedule that is switched off and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulePauseRow {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// Engine time.
    pub since: Timestamp,
    /// Who paused it.
    pub paused_by: PausedBy,
    /// Why.
    pub sentence: String,
}

/// A change of what is known about planned runs.
#[derive(Debug, Clone)]
pub enum ScheduleChange {
    /// Writes down why a planned run was not made; one that is taken already stays as it is.
    NotRun(ScheduleClaimRow),
    /// Adds a stretch.
    Gap(ScheduleGapRow),
    /// Puts another attempt in the place of one that failed;
    /// [`super::StoreError::AlreadyClaimed`] if the claim names another execution.
    Retry(ScheduleRetry),
    /// Every planned run until then is accounted for, or is nobody's concern.
    Accounted {
        /// Which strategy.
        strategy_id: StrategyId,
        /// On which symbol.
        symbol: String,
        /// Engine time.
        until: Timestamp,
    },
    /// The clock was set back to this instant: what comes after it is to be accounted for again. A
    /// planned run that was made stays made.
    SetBack(Timestamp),
    /// Switches a schedule off.
    Paused(SchedulePauseRow),
    /// Takes a pause away.
    Resumed(StrategyId),
}

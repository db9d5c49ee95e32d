//! Planned runs that failed before their order are tried again, if their schedule says so.

use jiff::{SignedDuration, Timestamp};

use super::driver::{Scheduler, unless_claimed};
use super::planned::Planned;
use crate::domain::records::{StepName, StepStatus, Trigger};
use crate::domain::{ExecutionId, StrategyId};
use crate::executor::{ExecutorError, NewExecution, begin_retry};
use crate::store::{Durability, ExecutionRow, ExecutionStatus};

/// Rest between a failure and the next attempt.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// A run that is tried again if it fails.
pub(super) struct Watched {
    strategy_id: StrategyId,
    version: u32,
    symbol: String,
    planned_at: Timestamp,
    execution_id: ExecutionId,
    attempts_left: u8,
    /// Beyond that it is too late.
    until: Timestamp,
    /// When it is tried again; nothing until it has failed.
    again_at: Option<Timestamp>,
}

impl Watched {
    pub(super) fn new(planned: &Planned, execution: &ExecutionRow) -> Self {
        let policies = planned.schedule.policies;
        let until = execution.as_of.saturating_add(policies.patience());
        Self {
            strategy_id: planned.strategy_id.clone(),
            version: planned.version,
            symbol: planned.symbol.clone(),
            planned_at: execution.as_of,
            execution_id: execution.id.clone(),
            attempts_left: policies.retries,
            until: until.unwrap_or(execution.as_of),
            again_at: None,
        }
    }

    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.again_at
    }

    /// Whether it is a run of what is planned now: not of a strategy that was paused or changed
    /// since.
    pub(super) fn is_of(&self, planned: &Planned) -> bool {
        self.strategy_id == planned.strategy_id
            && self.version == planned.version
            && self.symbol == planned.symbol
    }
}

impl Scheduler {
    /// Looks again after the newest run of each plan that an earlier process began and that may be
    /// tried again.
    pub(super) async fn watch_again(&mut self, now: Timestamp) -> Result<(), ExecutorError> {
        let mut watched = Vec::new();
        for planned in &self.planned {
            let policies = planned.schedule.policies;
            if policies.retries == 0 {
                continue;
            }
            let store = &self.parts.store;
            let newest = store.newest_run(&planned.strategy_id, &planned.symbol).await?;
            let Some((execution_id, attempt)) =
                newest.and_then(|claim| Some((claim.execution_id?, claim.attempt)))
            else {
                continue;
            };
            let Some(execution) = store.execution(&execution_id).await? else { continue };
            let tried_again = u8::try_from(attempt.saturating_sub(1)).unwrap_or(u8::MAX);
            let mut run = Watched::new(planned, &execution);
            run.version = execution.strategy_version;
            run.attempts_left = policies.retries.saturating_sub(tried_again);
            if run.until >= now && run.is_of(planned) {
                watched.push(run);
            }
        }
        if !watched.is_empty() {
            // One that has failed already rests from now on.
            self.look_again();
        }
        self.watched = watched;
        Ok(())
    }

    /// Looks after the runs that are tried again if they fail, and begins the next attempt that is
    /// due.
    pub(super) async fn retry_next(
        &mut self,
        now: Timestamp,
    ) -> Result<Option<ExecutionRow>, ExecutorError> {
        let mut index = 0;
        while let Some(watched) = self.watched.get(index) {
            let execution = self.parts.store.execution(&watched.execution_id).await?;
            let status = execution.map(|execution| execution.status);
            if status == Some(ExecutionStatus::Running) {
                index += 1;
                continue;
            }
            let again_at = watched
                .again_at
                .unwrap_or_else(|| now.saturating_add(RETRY_AFTER).unwrap_or(Timestamp::MAX));
            let is_hopeless = status != Some(ExecutionStatus::Failed)
                || watched.attempts_left == 0
                || again_at > watched.until
                || self.came_to_its_order(&watched.execution_id).await?;
            if is_hopeless {
                self.watched.remove(index);
                continue;
            }
            if again_at > now {
                self.watched[index].again_at = Some(again_at);
                index += 1;
                continue;
            }
            let mut watched = self.watched.remove(index);
            let new = NewExecution {
                strategy_id: watched.strategy_id.clone(),
                strategy_version: watched.version,
                symbol: watched.symbol.clone(),
                model: None,
                trigger: Trigger::Schedule,
                as_of: watched.planned_at,
            };
            let begun =
                begin_retry(&self.parts, new, &watched.execution_id, &self.installation_id).await;
            let begun = match begun {
                Ok(execution) => Some(execution),
                Err(error) => unless_claimed(error)?,
            };
            if let Some(execution) = begun {
                watched.execution_id = execution.id.clone();
                watched.attempts_left -= 1;
                watched.again_at = None;
                self.watched.push(watched);
                return Ok(Some(execution));
            }
        }
        Ok(None)
    }

    /// A run that has begun to place its order is never made again, whatever became of it.
    async fn came_to_its_order(&self, id: &ExecutionId) -> Result<bool, ExecutorError> {
        self.parts.recorder.flush(Durability::Ordinary).await?;
        let steps = self.parts.store.lineage_of(id).await?;
        let has_tried = steps.iter().any(|row| {
            row.row.step == StepName::PlaceOrder
                && !matches!(row.row.status, StepStatus::Skipped | StepStatus::NotRun)
        });
        Ok(has_tried || !self.parts.store.orders_of(id).await?.is_empty())
    }
}

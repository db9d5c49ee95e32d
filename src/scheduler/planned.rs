use jiff::{SignedDuration, Timestamp};

use crate::calendar::Calendar;
use crate::domain::StrategyId;
use crate::executor::records::Trigger;
use crate::executor::{Changed, Executor, ExecutorError, NewExecution, Parts, begin_execution};
use crate::lineage::LineageError;
use crate::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, ScheduleClaimRow, StoreError,
};
use crate::strategy::{ScheduleDefinition, StrategyDefinition};

/// A run that is later than this is not made: prices and intentions have moved on.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// One strategy on one symbol, with its next planned time.
struct Planned {
    strategy_id: StrategyId,
    version: u32,
    symbol: String,
    schedule: ScheduleDefinition,
    next: Option<Timestamp>,
}

/// What [`Scheduler::begin_next`] found.
#[derive(Debug)]
pub enum NextRun {
    /// Nothing is due.
    NoneDue,
    /// The planned time was claimed, with the cause for which nothing runs, or was claimed before.
    NotMade,
    /// An execution that is now to be run.
    Begun(Box<ExecutionRow>),
}

/// Runs strategies at their planned times, each planned time once.
pub struct Scheduler {
    parts: Parts,
    executor: Executor,
    installation_id: String,
    calendar: Calendar,
    planned: Vec<Planned>,
}

impl Scheduler {
    /// A scheduler of the active strategies. Planned times before `from` are nobody's concern.
    pub async fn load(
        parts: Parts,
        executor: Executor,
        installation_id: String,
        from: Timestamp,
    ) -> Result<Self, ExecutorError> {
        let calendar = Calendar::nyse();
        let mut scheduler =
            Self { parts, executor, installation_id, calendar, planned: Vec::new() };
        scheduler.reload(from).await?;
        Ok(scheduler)
    }

    /// Reads the active strategies again. For each, planning goes on after its last claimed run, or
    /// after `from` if it has none or was away.
    pub async fn reload(&mut self, from: Timestamp) -> Result<(), ExecutorError> {
        let mut planned = Vec::new();
        for row in self.parts.store.strategies().await? {
            if !row.active {
                continue;
            }
            let definition: StrategyDefinition = match row.version.toml.parse() {
                Ok(definition) => definition,
                Err(error) => {
                    tracing::error!(strategy = %row.version.strategy_id, %error, "not scheduled");
                    continue;
                }
            };
            let Some(schedule) = definition.schedule else { continue };
            let from = from.max(self.active_since(&row.version.strategy_id).await?);
            for symbol in definition.symbols {
                let id = &row.version.strategy_id;
                let last = self.parts.store.last_schedule_claim(id, &symbol).await?;
                let after = last.map_or(from, |claim| claim.planned_at.max(from));
                planned.push(Planned {
                    strategy_id: id.clone(),
                    version: row.version.version,
                    symbol,
                    next: schedule.next_after(after),
                    schedule: schedule.clone(),
                });
            }
        }
        planned.sort_by(|a, b| (&a.strategy_id, &a.symbol).cmp(&(&b.strategy_id, &b.symbol)));
        self.planned = planned;
        Ok(())
    }

    /// When the schedule was last switched on: what was planned before is nobody's concern.
    async fn active_since(&self, strategy: &StrategyId) -> Result<Timestamp, ExecutorError> {
        let since = self.parts.store.setting(&active_since_key(strategy)).await?;
        Ok(since.and_then(|since| since.parse().ok()).unwrap_or(Timestamp::MIN))
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.planned.iter().filter_map(|planned| planned.next).min()
    }

    /// The next planned run of a strategy.
    pub fn next_run(&self, strategy: &StrategyId) -> Option<Timestamp> {
        let of_strategy = self.planned.iter().filter(|planned| planned.strategy_id == *strategy);
        of_strategy.filter_map(|planned| planned.next).min()
    }

    /// Makes every run that is due, one after the other. Says whether any waits for its order.
    pub async fn tick(&mut self) -> Result<bool, ExecutorError> {
        let mut waits = false;
        loop {
            match self.begin_next().await? {
                NextRun::NoneDue => return Ok(waits),
                NextRun::NotMade => {}
                NextRun::Begun(execution) => {
                    let done = self.executor.run(*execution).await?;
                    self.parts.changes.tell(Changed::Status);
                    waits |= done.status == ExecutionStatus::Tracking;
                }
            }
        }
    }

    /// Writes the next run that is due down as begun, without running it.
    pub async fn begin_next(&mut self) -> Result<NextRun, ExecutorError> {
        let due = self.next_due().and_then(|index| {
            let planned = &mut self.planned[index];
            let planned_at = planned.next?;
            planned.next = planned.schedule.next_after(planned_at);
            Some((index, planned_at))
        });
        match due {
            None => Ok(NextRun::NoneDue),
            Some((index, planned_at)) => {
                let begun = self.begin(index, planned_at).await?;
                Ok(begun.map_or(NextRun::NotMade, |row| NextRun::Begun(Box::new(row))))
            }
        }
    }

    fn next_due(&self) -> Option<usize> {
        let now = self.parts.clock.now();
        let due = self.planned.iter().enumerate().filter_map(|(index, planned)| {
            planned.next.filter(|next| *next <= now).map(|next| (next, index))
        });
        due.min().map(|(_, index)| index)
    }

    async fn begin(
        &self,
        index: usize,
        planned_at: Timestamp,
    ) -> Result<Option<ExecutionRow>, ExecutorError> {
        let planned = &self.planned[index];
        if let Some(cause) = self.cause_against(planned_at) {
            let claim = ScheduleClaimRow {
                strategy_id: planned.strategy_id.clone(),
                symbol: planned.symbol.clone(),
                planned_at,
                execution_id: None,
                cause: Some(cause),
            };
            let changes = vec![Change::ScheduleClaim(claim)];
            return match self.parts.recorder.commit(changes, Durability::Ordinary).await {
                Ok(_) => Ok(None),
                Err(error) => unless_claimed(error.into()),
            };
        }
        let new = NewExecution {
            strategy_id: planned.strategy_id.clone(),
            strategy_version: planned.version,
            symbol: planned.symbol.clone(),
            model: None,
            trigger: Trigger::Schedule,
            as_of: planned_at,
        };
        match begin_execution(&self.parts, new, &self.installation_id).await {
            Ok(execution) => Ok(Some(execution)),
            Err(error) => unless_claimed(error),
        }
    }

    /// Why a planned run is not made.
    fn cause_against(&self, planned_at: Timestamp) -> Option<String> {
        let date = self.calendar.date_at(planned_at);
        if self.calendar.session_on(date).is_none() {
            let reason = self.calendar.holiday_reason(date).unwrap_or("no session");
            return Some(format!("the exchange is closed on {date}: {reason}"));
        }
        let late = self.parts.clock.now().duration_since(planned_at);
        (late > GRACE).then(|| format!("missed by {late:#}: the program was not running"))
    }
}

/// The setting that says since when a strategy's schedule is on.
pub fn active_since_key(strategy: &StrategyId) -> String {
    format!("active_since.{strategy}")
}

fn unless_claimed(error: ExecutorError) -> Result<Option<ExecutionRow>, ExecutorError> {
    let claimed = matches!(
        &error,
        ExecutorError::Store(StoreError::AlreadyClaimed { .. })
            | ExecutorError::Lineage(LineageError::Store(StoreError::AlreadyClaimed { .. }))
    );
    if claimed { Ok(None) } else { Err(error) }
}

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::broker_days::told_days;
use super::missed::not_run;
use super::obstacle::Obstacle;
use super::planned::{Planned, following};
use super::retry::Watched;
use crate::domain::StrategyId;
use crate::executor::records::Trigger;
use crate::executor::{Changed, Executor, ExecutorError, NewExecution, Parts, begin_execution};
use crate::lineage::LineageError;
use crate::schedule::ClockJump;
use crate::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, PausedBy, ScheduleChange, SchedulePauseRow,
    StoreError,
};
use crate::strategy::{AnalystChoice, StrategyDefinition};

/// A clock that is set back by less is only being put right.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(1);

/// After something could not be written, it is left alone for this long.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(15);

/// Stretches of sleep that are remembered.
const SLEEPS_KEPT: usize = 16;

/// What [`Scheduler::begin_next`] found.
#[derive(Debug)]
pub enum NextRun {
    /// Nothing is due.
    NoneDue,
    /// The planned time waits, or is written down with the cause for which nothing runs, or was
    /// claimed before.
    NotMade,
    /// An execution that is now to be run.
    Begun(Box<ExecutionRow>),
}

/// Runs strategies at their planned times, each planned time once.
pub struct Scheduler {
    pub(super) parts: Parts,
    pub(super) executor: Executor,
    pub(super) installation_id: String,
    /// Since when this process looks.
    pub(super) awake_since: Timestamp,
    /// Stretches in which the computer slept.
    pub(super) asleep: VecDeque<(Timestamp, Timestamp)>,
    pub(super) watched: Vec<Watched>,
    /// Planned times before that are nobody's concern.
    from: Timestamp,
    last_look: Timestamp,
    /// A run beside the drivers has ended, so that there may be something to do.
    looks_at: Option<Timestamp>,
    pub(super) planned: Vec<Planned>,
}

impl Scheduler {
    /// A scheduler of the active strategies. Planned times before `from` are nobody's concern.
    pub async fn load(
        parts: Parts,
        executor: Executor,
        installation_id: String,
        from: Timestamp,
    ) -> Result<Self, ExecutorError> {
        let now = parts.clock.now();
        let mut scheduler = Self {
            parts,
            executor,
            installation_id,
            awake_since: now,
            asleep: VecDeque::new(),
            watched: Vec::new(),
            from,
            last_look: now,
            looks_at: None,
            planned: Vec::new(),
        };
        scheduler.reopen(now).await?;
        scheduler.watch_again(now).await?;
        Ok(scheduler)
    }

    /// Reads the active strategies again. For each, planning goes on after the last planned time
    /// that is accounted for.
    pub async fn reload(&mut self) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        let mut planned = Vec::new();
        let told = told_days(&self.parts.store).await?;
        for row in self.parts.store.strategies().await? {
            if !row.active {
                continue;
            }
            let strategy_id = row.version.strategy_id;
            let definition: StrategyDefinition = match row.version.toml.parse() {
                Ok(definition) => definition,
                Err(error) => {
                    tracing::error!(strategy = %strategy_id, %error, "not scheduled");
                    continue;
                }
            };
            let Some(mut schedule) = definition.schedule else { continue };
            if let Some(told) = told.get(&schedule.exchange) {
                schedule.hear(&told.days);
            }
            let model = match &definition.analyst {
                AnalystChoice::Rules => None,
                AnalystChoice::Model(choice) => Some(choice.name.clone()),
            };
            for symbol in definition.symbols {
                let after = self.accounted_until(&strategy_id, &symbol, now).await?;
                planned.push(Planned {
                    strategy_id: strategy_id.clone(),
                    version: row.version.version,
                    symbol,
                    next: following(&schedule, after),
                    schedule: schedule.clone(),
                    model: model.clone(),
                    waits_until: None,
                    waits_for: None,
                });
            }
        }
        planned.sort_by(|a, b| (&a.strategy_id, &a.symbol).cmp(&(&b.strategy_id, &b.symbol)));
        self.planned = planned;
        let planned = &self.planned;
        self.watched.retain(|watched| planned.iter().any(|planned| watched.is_of(planned)));
        Ok(())
    }

    /// Up to when every planned run of a strategy on a symbol is accounted for, or is nobody's
    /// concern.
    pub(super) async fn accounted_until(
        &self,
        strategy: &StrategyId,
        symbol: &str,
        now: Timestamp,
    ) -> Result<Timestamp, ExecutorError> {
        if let Some(until) = self.parts.store.accounted_until(strategy, symbol).await? {
            return Ok(until.min(now));
        }
        Ok(self.from.max(self.active_since(strategy).await?).min(now))
    }

    /// When the schedule was last switched on or changed.
    pub(super) async fn active_since(
        &self,
        strategy: &StrategyId,
    ) -> Result<Timestamp, ExecutorError> {
        let since = self.parts.store.setting(&active_since_key(strategy)).await?;
        let since: Option<Timestamp> = since.and_then(|since| since.parse().ok());
        Ok(since.unwrap_or(Timestamp::MIN))
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        let planned = self.planned.iter().filter_map(Planned::due_at);
        let watched = self.watched.iter().filter_map(Watched::due_at);
        planned.chain(watched).chain(self.looks_at).min()
    }

    /// The next planned run of a strategy.
    pub fn next_run(&self, strategy: &StrategyId) -> Option<Timestamp> {
        let of_strategy = self.planned.iter().filter(|planned| planned.strategy_id == *strategy);
        of_strategy.filter_map(|planned| planned.next).min()
    }

    /// A run beside the drivers has ended.
    pub fn look_again(&mut self) {
        self.looks_at = Some(self.parts.clock.now());
    }

    /// The wall clock and the monotonic clock went apart.
    pub async fn clock_jumped(&mut self, jump: ClockJump) -> Result<(), ExecutorError> {
        match jump {
            ClockJump::Forward { from, to } => {
                if self.asleep.len() == SLEEPS_KEPT {
                    self.asleep.pop_front();
                }
                self.asleep.push_back((from, to));
                Ok(())
            }
            ClockJump::Backward { to, .. } => self.reopen(to).await,
        }
    }

    /// The clock stands at `now`, perhaps before what is accounted for: what was planned after it
    /// comes again, and what was made stays made.
    async fn reopen(&mut self, now: Timestamp) -> Result<(), ExecutorError> {
        let changes = vec![Change::Schedule(ScheduleChange::SetBack(now))];
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        (self.awake_since, self.last_look) = (self.awake_since.min(now), now);
        self.asleep.clear();
        self.reload().await
    }

    /// Makes every run that is due, one after the other. All are begun first, as where they run side
    /// by side: a run is not late because others of the same second come before it. Says whether any
    /// waits for its order.
    pub async fn tick(&mut self) -> Result<bool, ExecutorError> {
        let mut waits = false;
        loop {
            let (begun, mut failed) = self.begin_due().await;
            let none_begun = begun.is_empty();
            for execution in begun {
                match self.executor.run(execution).await {
                    Ok(done) => waits |= done.status == ExecutionStatus::Tracking,
                    Err(error) => failed = failed.or(Some(error)),
                }
                self.parts.changes.tell(Changed::Status);
            }
            match failed {
                Some(error) => return Err(error),
                None if none_begun => return Ok(waits),
                None => {}
            }
        }
    }

    /// Writes every run that is due down as begun, without running it. Beside a failure stands what
    /// was begun before it, which is to be run all the same.
    pub async fn begin_due(&mut self) -> (Vec<ExecutionRow>, Option<ExecutorError>) {
        let mut begun = Vec::new();
        loop {
            match self.begin_next().await {
                Ok(NextRun::NoneDue) => return (begun, None),
                Ok(NextRun::NotMade) => {}
                Ok(NextRun::Begun(execution)) => begun.push(*execution),
                Err(error) => return (begun, Some(error)),
            }
        }
    }

    /// Writes the next run that is due down as begun, without running it.
    pub async fn begin_next(&mut self) -> Result<NextRun, ExecutorError> {
        let now = self.parts.clock.now();
        self.looks_at = None;
        if now < self.last_look.saturating_sub(CLOCK_SLACK).unwrap_or(self.last_look) {
            self.reopen(now).await?;
        }
        self.last_look = now;
        if let Some(execution) = self.retry_next(now).await? {
            return Ok(NextRun::Begun(Box::new(execution)));
        }
        let due = self.planned.iter().enumerate().filter_map(|(index, planned)| {
            planned.due_at().filter(|at| *at <= now).map(|_| (planned.next, index))
        });
        let Some((_, index)) = due.min() else { return Ok(NextRun::NoneDue) };
        let taken_up = self.take_up(index, now).await;
        if taken_up.is_err()
            && let Some(planned) = self.planned.get_mut(index)
        {
            planned.waits_until = now.saturating_add(AFTER_FAILURE).ok();
        }
        taken_up
    }

    /// Takes up what is due of one plan: the latest run that is not too late, after an account of
    /// all before it.
    async fn take_up(&mut self, index: usize, now: Timestamp) -> Result<NextRun, ExecutorError> {
        let planned = &self.planned[index];
        let run = planned.latest_run(now);
        let mut changes = self.missed(planned, run, now);
        let Some(at) = run else {
            self.write(changes).await?;
            self.planned[index].goes_on_after(now);
            return Ok(NextRun::NotMade);
        };
        match self.obstacle(planned, at, now).await? {
            Obstacle::None => {
                self.write(changes).await?;
                self.begin(index, at).await
            }
            Obstacle::Waits(until, cause) => {
                self.write(changes).await?;
                let planned = &mut self.planned[index];
                planned.next = Some(at);
                (planned.waits_until, planned.waits_for) = (Some(until), Some(cause));
                Ok(NextRun::NotMade)
            }
            Obstacle::Stands(cause) => {
                changes.push(not_run(&planned.strategy_id, &planned.symbol, at, cause));
                self.write(changes).await?;
                self.planned[index].goes_on_after(at);
                Ok(NextRun::NotMade)
            }
            Obstacle::Pauses(sentence) => {
                let strategy_id = planned.strategy_id.clone();
                let pause = SchedulePauseRow {
                    strategy_id: strategy_id.clone(),
                    since: now,
                    paused_by: PausedBy::Failures,
                    sentence,
                };
                changes.push(Change::Schedule(ScheduleChange::Paused(pause)));
                let off =
                    Change::StrategyActive { strategy_id: strategy_id.clone(), active: false };
                changes.push(off);
                self.write(changes).await?;
                self.planned.retain(|planned| planned.strategy_id != strategy_id);
                Ok(NextRun::NotMade)
            }
        }
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), ExecutorError> {
        if !changes.is_empty() {
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
            self.parts.changes.tell(Changed::Strategies);
        }
        Ok(())
    }

    async fn begin(&mut self, index: usize, at: Timestamp) -> Result<NextRun, ExecutorError> {
        let planned = &self.planned[index];
        let new = NewExecution {
            strategy_id: planned.strategy_id.clone(),
            strategy_version: planned.version,
            symbol: planned.symbol.clone(),
            model: None,
            trigger: Trigger::Schedule,
            as_of: at,
        };
        let begun = match begin_execution(&self.parts, new, &self.installation_id).await {
            Ok(execution) => Some(execution),
            Err(error) => unless_claimed(error)?,
        };
        let planned = &mut self.planned[index];
        planned.goes_on_after(at);
        let Some(execution) = begun else { return Ok(NextRun::NotMade) };
        // It may wait for its place for a while, and be ended in the meantime.
        self.executor.cancellations().begin(&execution.id);
        if planned.schedule.policies.retries > 0 {
            self.watched.push(Watched::new(planned, &execution));
        }
        Ok(NextRun::Begun(Box::new(execution)))
    }
}

/// The setting that says since when a strategy's schedule is on.
pub fn active_since_key(strategy: &StrategyId) -> String {
    format!("active_since.{strategy}")
}

/// Nothing, if the planned run was claimed before.
pub(super) fn unless_claimed(error: ExecutorError) -> Result<Option<ExecutionRow>, ExecutorError> {
    let claimed = matches!(
        &error,
        ExecutorError::Store(StoreError::AlreadyClaimed { .. })
            | ExecutorError::Lineage(LineageError::Store(StoreError::AlreadyClaimed { .. }))
    );
    if claimed { Ok(None) } else { Err(error) }
}

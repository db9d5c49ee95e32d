//! Planned runs that are not made, each with its cause.

use jiff::Timestamp;

use super::driver::Scheduler;
use super::planned::{Backlog, Planned, backlog, following};
use crate::domain::StrategyId;
use crate::executor::ExecutorError;
use crate::schedule::{NotRunCause, Schedule, Verdict};
use crate::store::{Change, ScheduleChange, ScheduleClaimRow, ScheduleGapRow};
use crate::strategy::StrategyDefinition;

/// A cause and its sentence.
pub(super) type Cause = (NotRunCause, String);

impl Scheduler {
    /// The rows for all planned times of `planned` before a run, or up to now if there is none.
    pub(super) fn missed(
        &self,
        planned: &Planned,
        run: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<Change> {
        let late = backlog(&planned.schedule, planned.next, run.unwrap_or(now), run.is_none());
        rows(&planned.strategy_id, &planned.symbol, &planned.schedule, late, |at| {
            self.cause_of(planned, at, now)
        })
    }

    /// Why a planned time that is a run by the calendar was not made.
    fn cause_of(&self, planned: &Planned, at: Timestamp, now: Timestamp) -> Cause {
        if at <= self.awake_since {
            return (NotRunCause::Closed, "the program was not running".to_owned());
        }
        let slept = self.asleep.iter().find(|(from, to)| *from < at && at <= *to);
        if let Some((from, to)) = slept {
            let sentence = format!(
                "the computer slept from {from:.0} to {to:.0}, or its clock was set forward by as much"
            );
            return (NotRunCause::Asleep, sentence);
        }
        if let Some(cause) = &planned.waits_for {
            return cause.clone();
        }
        let (late, patience) = (now.duration_since(at), planned.schedule.policies.patience());
        let sentence = if late > patience {
            format!("the engine came to it {late:#} late, and the schedule allows {patience:#}")
        } else {
            "the next planned time had come before it could begin".to_owned()
        };
        (NotRunCause::Late, sentence)
    }

    /// Accounts for every planned run of a strategy until now, for the given cause, so that its
    /// schedule can change or go on from here. The changes are to be committed together with that.
    pub async fn settled(
        &self,
        strategy_id: &StrategyId,
        definition: &StrategyDefinition,
        now: Timestamp,
        cause: NotRunCause,
        sentence: &str,
    ) -> Result<Vec<Change>, ExecutorError> {
        let Some(schedule) = &definition.schedule else { return Ok(Vec::new()) };
        let mut changes = Vec::new();
        for symbol in &definition.symbols {
            let after = self.accounted_until(strategy_id, symbol, now).await?;
            let open = backlog(schedule, following(schedule, after), now, true);
            changes.extend(rows(strategy_id, symbol, schedule, open, |_| {
                (cause, sentence.to_owned())
            }));
            changes.push(Change::Schedule(ScheduleChange::Accounted {
                strategy_id: strategy_id.clone(),
                symbol: symbol.clone(),
                until: now,
            }));
        }
        Ok(changes)
    }
}

/// A row for each of them: with the cause that the calendar knows, or else the given one.
fn rows(
    strategy_id: &StrategyId,
    symbol: &str,
    schedule: &Schedule,
    missed: Backlog,
    cause_of: impl Fn(Timestamp) -> Cause,
) -> Vec<Change> {
    let mut changes: Vec<Change> = missed
        .listed
        .into_iter()
        .map(|at| {
            let cause = match schedule.verdict(at) {
                Verdict::Runs { .. } => cause_of(at),
                Verdict::FallsOut(falls_out) => (falls_out.cause(), falls_out.to_string()),
            };
            not_run(strategy_id, symbol, at, cause)
        })
        .collect();
    if let Some((since, until)) = missed.stretch {
        let (kind, cause) = cause_of(since);
        changes.push(Change::Schedule(ScheduleChange::Gap(ScheduleGapRow {
            strategy_id: strategy_id.clone(),
            symbol: symbol.to_owned(),
            since,
            until,
            kind,
            cause,
        })));
    }
    changes
}

/// The row of one planned run that is not made.
pub(super) fn not_run(
    strategy_id: &StrategyId,
    symbol: &str,
    planned_at: Timestamp,
    (kind, cause): Cause,
) -> Change {
    Change::Schedule(ScheduleChange::NotRun(ScheduleClaimRow {
        strategy_id: strategy_id.clone(),
        symbol: symbol.to_owned(),
        planned_at,
        execution_id: None,
        kind: Some(kind),
        cause: Some(cause),
        attempt: 1,
    }))
}

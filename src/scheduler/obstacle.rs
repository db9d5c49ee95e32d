//! What stands against a planned run at the moment at which it would begin.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::driver::Scheduler;
use super::missed::Cause;
use super::planned::Planned;
use crate::domain::ModelName;
use crate::domain::records::Trigger;
use crate::executor::{ClosureCause, ExecutorError};
use crate::schedule::{NotRunCause, Overlap};
use crate::store::{BudgetScope, ExecutionStatus};

/// How long it is waited before it is looked again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(15);

/// Whether a planned run can begin.
pub(super) enum Obstacle {
    /// It can.
    None,
    /// Not yet.
    Waits(Timestamp, Cause),
    /// It cannot, and nobody waits for it.
    Stands(Cause),
    /// So many runs failed before it that the schedule pauses.
    Pauses(String),
}

impl Scheduler {
    pub(super) async fn obstacle(
        &self,
        planned: &Planned,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Obstacle, ExecutorError> {
        if let Some(sentence) = self.failures(planned).await? {
            return Ok(Obstacle::Pauses(sentence));
        }
        if let Some(halt) = self.parts.halt.state()
            && !self.holds(planned)
        {
            let sentence = format!(
                "trading is halted ({}), and there is no position that could be closed",
                halt.reason
            );
            return Ok(Obstacle::Stands((NotRunCause::Halted, sentence)));
        }
        let is_offline =
            |closure: &crate::executor::Closure| closure.cause == ClosureCause::NoSession;
        if let Some(closure) = self.parts.gate.closures().into_iter().find(is_offline) {
            let cause = (NotRunCause::Offline, closure.sentence);
            return Ok(waits_or_stands(planned, at, now, cause));
        }
        if let Some(cause) = self.spent(planned).await? {
            return Ok(Obstacle::Stands(cause));
        }
        self.overlap(planned, at, now).await
    }

    /// A halt keeps entries from being sent, not exits.
    fn holds(&self, planned: &Planned) -> bool {
        self.parts.account.positions().iter().any(|position| {
            position.strategy_id == planned.strategy_id && position.symbol == planned.symbol
        })
    }

    /// The sentence of a pause, if enough scheduled runs failed in a row since the schedule was
    /// switched on.
    async fn failures(&self, planned: &Planned) -> Result<Option<String>, ExecutorError> {
        let Some(limit) = planned.schedule.policies.pause_after_failures else { return Ok(None) };
        let since = self.active_since(&planned.strategy_id).await?;
        let newest = self.parts.store.executions(Some(&planned.strategy_id), 200).await?;
        let failed = newest
            .iter()
            .filter(|run| run.trigger == Trigger::Schedule && run.as_of > since)
            .take_while(|run| run.status == ExecutionStatus::Failed)
            .count();
        Ok((failed >= usize::from(limit)).then(|| {
            format!(
                "the last {failed} scheduled runs failed, and the strategy pauses after {limit}"
            )
        }))
    }

    /// A budget that is used up stops the calls of a model that costs money.
    async fn spent(&self, planned: &Planned) -> Result<Option<Cause>, ExecutorError> {
        let Some(name) = planned.model.as_deref().and_then(|name| ModelName::new(name).ok()) else {
            return Ok(None);
        };
        let prices = self.parts.store.model_prices(&name).await?;
        let is_free = |price: &crate::store::ModelPriceRow| {
            price.input_per_million.is_zero() && price.output_per_million.is_zero()
        };
        if prices.iter().max_by_key(|price| price.from).is_none_or(is_free) {
            return Ok(None);
        }
        let spending = self.parts.models.spending().await;
        let used_up = spending.budgets.iter().find_map(|(scope, limit)| {
            let (spent, words) = match scope {
                BudgetScope::Day => (spending.today, "of the day"),
                BudgetScope::StrategyDay => (
                    spending
                        .strategies_today
                        .get(&planned.strategy_id)
                        .copied()
                        .unwrap_or(Decimal::ZERO),
                    "of the strategy for the day",
                ),
                BudgetScope::Total => (spending.total, "in total"),
            };
            (spent >= *limit).then(|| format!("the budget {words}, {limit} USD, is used up"))
        });
        Ok(used_up.map(|sentence| (NotRunCause::Budget, sentence)))
    }

    async fn overlap(
        &self,
        planned: &Planned,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Obstacle, ExecutorError> {
        let unfinished = self.parts.store.unfinished_executions().await?;
        let older: Vec<_> = unfinished
            .into_iter()
            .filter(|run| {
                run.status == ExecutionStatus::Running
                    && run.strategy_id == planned.strategy_id
                    && run.symbol == planned.symbol
            })
            .collect();
        let Some(first) = older.first() else { return Ok(Obstacle::None) };
        let cause = |words: &str| (NotRunCause::Overlap, format!("{} {words}", first.id));
        match planned.schedule.policies.overlap {
            Overlap::Skip => Ok(Obstacle::Stands(cause("was still under way"))),
            Overlap::Queue => Ok(waits_or_stands(
                planned,
                at,
                now,
                cause("was under way for longer than it waits"),
            )),
            Overlap::CancelOlder => {
                let reason = format!("the planned run of {at} took its place");
                let cancellations = self.executor.cancellations();
                if older.iter().all(|run| cancellations.ask(&run.id, &reason)) {
                    Ok(Obstacle::None)
                } else {
                    Ok(Obstacle::Stands(cause("had come to its order and could not be ended")))
                }
            }
        }
    }
}

/// Waits for as long as the schedule has patience.
fn waits_or_stands(planned: &Planned, at: Timestamp, now: Timestamp, cause: Cause) -> Obstacle {
    let end = at.saturating_add(planned.schedule.policies.patience()).unwrap_or(Timestamp::MAX);
    if now >= end {
        return Obstacle::Stands(cause);
    }
    let again = now.saturating_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
    Obstacle::Waits(again.min(end), cause)
}

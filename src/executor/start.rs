use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::records::Trigger;
use super::{Changed, ExecutorError, Parts};
use crate::domain::{ExecutionId, StrategyId};
use crate::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, ScheduleChange, ScheduleClaimRow,
    ScheduleRetry,
};

/// An execution that is about to begin.
#[derive(Debug, Clone)]
pub struct NewExecution {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// Its version.
    pub strategy_version: u32,
    /// On which symbol.
    pub symbol: String,
    /// A language model that analyses in the place of the strategy's own analyst.
    pub model: Option<String>,
    /// What starts it.
    pub trigger: Trigger,
    /// Engine time of the run: the planned time of a schedule, or now.
    pub as_of: Timestamp,
}

/// Writes the execution down as running. A scheduled one is claimed in the same transaction by
/// (strategy, symbol, planned time), so it runs once whatever crashes; if it is claimed already,
/// the store says so and nothing is written.
pub async fn begin_execution(
    parts: &Parts,
    new: NewExecution,
    installation_id: &str,
) -> Result<ExecutionRow, ExecutorError> {
    begin(parts, new, installation_id, |execution| {
        (execution.trigger == Trigger::Schedule).then(|| {
            Change::ScheduleClaim(ScheduleClaimRow {
                strategy_id: execution.strategy_id.clone(),
                symbol: execution.symbol.clone(),
                planned_at: execution.as_of,
                execution_id: Some(execution.id.clone()),
                kind: None,
                cause: None,
                attempt: 1,
            })
        })
    })
    .await
}

/// Writes another execution of a planned run down, in the place of one that failed before its order.
/// In the same transaction the claim passes from the one to the other; if it does not name the failed
/// one any more, the store says so and nothing is written.
pub async fn begin_retry(
    parts: &Parts,
    new: NewExecution,
    failed: &ExecutionId,
    installation_id: &str,
) -> Result<ExecutionRow, ExecutorError> {
    begin(parts, new, installation_id, |execution| {
        Some(Change::Schedule(ScheduleChange::Retry(ScheduleRetry {
            strategy_id: execution.strategy_id.clone(),
            symbol: execution.symbol.clone(),
            planned_at: execution.as_of,
            failed: failed.clone(),
            next: execution.id.clone(),
        })))
    })
    .await
}

async fn begin(
    parts: &Parts,
    new: NewExecution,
    installation_id: &str,
    claim: impl FnOnce(&ExecutionRow) -> Option<Change>,
) -> Result<ExecutionRow, ExecutorError> {
    let id = free_id(parts, &new, installation_id).await?;
    let execution = running_row(parts, id, new)?;
    let mut changes = vec![Change::Execution(execution.clone())];
    changes.extend(claim(&execution));
    parts.recorder.commit(changes, Durability::Ordinary).await?;
    parts.changes.tell(Changed::Execution(execution.id.clone()));
    Ok(execution)
}

/// An execution that runs from now on, in the account that the parts trade in.
pub(crate) fn running_row(
    parts: &Parts,
    id: ExecutionId,
    new: NewExecution,
) -> Result<ExecutionRow, ExecutorError> {
    Ok(ExecutionRow {
        id,
        strategy_id: new.strategy_id,
        strategy_version: new.strategy_version,
        symbol: new.symbol,
        model: new.model,
        trigger: new.trigger,
        environment: parts.account.environment,
        account_id: parts.account.known_account()?,
        as_of: new.as_of,
        status: ExecutionStatus::Running,
        outcome: None,
        sentence: None,
        duration_us: 0,
        started_at: parts.clock.wall_now(),
        finished_at: None,
    })
}

/// `{strategy}_{UTC time}_{six hexadecimal digits}`. The digits come from the installation, the
/// symbol and a count, so that two installations on one account never make the same order id.
async fn free_id(
    parts: &Parts,
    new: &NewExecution,
    installation_id: &str,
) -> Result<ExecutionId, ExecutorError> {
    let time = new.as_of.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut count = 0_u32;
    loop {
        let text = format!("{installation_id}|{}|{}|{time}|{count}", new.strategy_id, new.symbol);
        let digest = blake3::hash(text.as_bytes()).to_hex();
        let id = ExecutionId::new(format!("{}_{time}_{}", new.strategy_id, &digest.as_str()[..6]))?;
        if parts.store.execution(&id).await?.is_none() {
            return Ok(id);
        }
        count += 1;
    }
}

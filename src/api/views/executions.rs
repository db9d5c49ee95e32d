//! Executions by filter, each with the signal that it made.

use super::lineage::{dto, find, names};
use super::signals::{instant, invalid, strategy_id};
use crate::api::dto::{
    ExecutionStatus as StatusDto, ExecutionsPageDto, ExecutionsSearchRequest, FoundExecutionDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::domain::ExecutionId;
use crate::store::{ExecutionFilter, ExecutionRow, ExecutionStatus, Page, Store};

/// Executions on a page at most.
const MOST: u32 = 100;

/// Longest text that is searched for, in characters.
const LONGEST_TEXT: usize = 100;

/// The executions asked for, newest first.
pub async fn found_executions(
    store: &Store,
    request: ExecutionsSearchRequest,
) -> Result<ExecutionsPageDto, ApiError> {
    let (offset, limit) = (request.offset, request.limit);
    if !(1..=MOST).contains(&limit) {
        return Err(invalid(format!("{limit} executions cannot be listed; ask for 1 to {MOST}")));
    }
    let filter = filter(request)?;
    let rows = store.found_executions(&filter, Page { offset, limit }).await?;
    let total = store.execution_count(&filter).await?;
    Ok(ExecutionsPageDto { executions: with_signals(store, rows).await?, total, offset })
}

/// One execution with its signal.
pub async fn found_execution(store: &Store, id: &str) -> Result<FoundExecutionDto, ApiError> {
    let row = find(store, id).await?;
    let found = with_signals(store, vec![row]).await?.into_iter().next();
    found.ok_or_else(|| {
        ApiError::new(ErrorCode::Internal, "an execution was lost while it was read")
    })
}

async fn with_signals(
    store: &Store,
    rows: Vec<ExecutionRow>,
) -> Result<Vec<FoundExecutionDto>, ApiError> {
    let ids: Vec<ExecutionId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut signals = store.signals_of(&ids).await?;
    let steps = store.step_counts(&ids).await?;
    let names = names(store).await?;
    Ok(rows
        .into_iter()
        .map(|row| FoundExecutionDto {
            signal: signals.remove(&row.id),
            model: row.model.clone(),
            execution: {
                let steps = steps.get(&row.id).copied().unwrap_or_default();
                dto(row, &names, steps)
            },
        })
        .collect())
}

fn filter(request: ExecutionsSearchRequest) -> Result<ExecutionFilter, ApiError> {
    let text = request.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(invalid(format!(
            "a text of more than {LONGEST_TEXT} characters is not searched for"
        )));
    }
    Ok(ExecutionFilter {
        strategy_id: strategy_id(request.strategy_id.as_deref())?,
        symbol: request.symbol,
        trigger: request.trigger,
        status: request.status.map(status),
        outcome: request.outcome,
        action: request.action,
        text,
        from: instant(request.from.as_deref())?,
        until: instant(request.until.as_deref())?,
    })
}

fn status(status: StatusDto) -> ExecutionStatus {
    match status {
        StatusDto::Running => ExecutionStatus::Running,
        StatusDto::AwaitingApproval => ExecutionStatus::AwaitingApproval,
        StatusDto::Tracking => ExecutionStatus::Tracking,
        StatusDto::Completed => ExecutionStatus::Completed,
        StatusDto::Failed => ExecutionStatus::Failed,
    }
}

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::exchange_time;
use crate::api::dto::{
    AnchorsDto, BlobDto, ExecutionDto, ExecutionStatus as StatusDto, LineageDto, LineageStepDto,
    StepDto, VerifyDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::domain::records::{StepName, StepStatus};
use crate::domain::{ExecutionId, StrategyId};
use crate::evidence::{check_anchors, read_anchors};
use crate::lineage::verify as verify_chain;
use crate::store::{EXTERNAL_STRATEGY, ExecutionRow, ExecutionStatus, LineageRow, Store, chain};

/// Most executions in the list of recent ones.
const MOST_RECENT: u32 = 100;

/// Executions of one strategy or of all, newest first.
pub async fn executions(
    store: &Store,
    strategy_id: Option<&str>,
    limit: u32,
) -> Result<Vec<ExecutionDto>, ApiError> {
    if !(1..=500).contains(&limit) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("{limit} executions cannot be listed; ask for 1 to 500"),
        ));
    }
    let strategy_id = strategy_id
        .map(StrategyId::new)
        .transpose()
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    let rows = store.executions(strategy_id.as_ref(), limit).await?;
    let names = names(store).await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let steps = store.step_count(&row.id).await?;
        listed.push(dto(row, &names, steps));
    }
    Ok(listed)
}

/// One execution.
pub async fn execution(store: &Store, id: &str) -> Result<ExecutionDto, ApiError> {
    let row = find(store, id).await?;
    let steps = store.step_count(&row.id).await?;
    Ok(dto(row, &names(store).await?, steps))
}

/// One execution with everything that was recorded of it.
pub async fn lineage(store: &Store, id: &str) -> Result<LineageDto, ApiError> {
    let row = find(store, id).await?;
    let stored = store.stored_steps_of(&row.id).await?;
    let chain_intact = stored
        .iter()
        .all(|step| chain::row_hash(&step.previous_hash, step).is_ok_and(|hash| hash == step.hash));
    let mut steps: Vec<StepDto> = store.lineage_of(&row.id).await?.into_iter().map(step).collect();
    steps.sort_by_key(|step| (step.step_number, step.attempt));
    let has_errors = steps.iter().any(|step| step.status == StepStatus::Error);
    let count = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let execution = dto(row, &names(store).await?, count);
    Ok(LineageDto { execution, steps, chain_intact, has_errors })
}

/// Every attempt of one step of an execution.
pub async fn lineage_step(store: &Store, id: &str, name: &str) -> Result<LineageStepDto, ApiError> {
    let row = find(store, id).await?;
    let wanted = shown_step(name)?;
    let mut attempts: Vec<StepDto> = store
        .lineage_of(&row.id)
        .await?
        .into_iter()
        .filter(|row| row.row.step == wanted)
        .map(step)
        .collect();
    if attempts.is_empty() {
        let message = format!("nothing was recorded of the step {name} of {}", row.id);
        return Err(ApiError::new(ErrorCode::NotFound, message));
    }
    attempts.sort_by_key(|step| step.attempt);
    Ok(LineageStepDto { execution_id: row.id.to_string(), step_name: name.to_owned(), attempts })
}

/// The newest executions of a strategy.
pub async fn recent_executions(
    store: &Store,
    strategy_id: &str,
    limit: u32,
) -> Result<Vec<ExecutionDto>, ApiError> {
    if !(1..=MOST_RECENT).contains(&limit) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("{limit} executions cannot be listed; ask for 1 to {MOST_RECENT}"),
        ));
    }
    let is_known = names(store).await?.keys().any(|id| id.as_str() == strategy_id);
    if !is_known {
        let shown: String = strategy_id.chars().take(64).collect();
        let message = format!("there is no strategy \"{shown}\"");
        return Err(ApiError::new(ErrorCode::NotFound, message)
            .with_hint("throughline strategy list shows those that there are"));
    }
    executions(store, Some(strategy_id), limit).await
}

/// A step by its name as typed.
pub(super) fn shown_step(name: &str) -> Result<StepName, ApiError> {
    StepName::from_name(name).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        let names: Vec<&str> = StepName::ALL.into_iter().map(StepName::as_str).collect();
        ApiError::new(ErrorCode::NotFound, format!("there is no step \"{shown}\""))
            .with_hint(format!("the steps are {}", names.join(", ")))
    })
}

/// Recomputes every hash, and holds the anchors of the data directory against the chain.
pub async fn verify(store: &Store, data_dir: &Path) -> Result<VerifyDto, ApiError> {
    let verification = verify_chain(store).await?;
    let anchors = check_anchors(store, &read_anchors(data_dir)?).await?;
    let chain_fault = verification.first_fault.map(|fault| fault.to_string());
    let first_fault = chain_fault.or_else(|| anchors.first_fault.map(|fault| fault.to_string()));
    Ok(VerifyDto {
        intact: first_fault.is_none(),
        rows: verification.rows,
        blobs: verification.blobs,
        anchors: AnchorsDto {
            count: anchors.anchors,
            signed: anchors.signed,
            fingerprints: anchors.fingerprints,
            last_day: anchors.last_day.map(|day| day.to_string()),
        },
        first_fault,
    })
}

/// The bytes of a blob.
pub async fn blob(store: &Store, hash: &str) -> Result<BlobDto, ApiError> {
    let well_formed = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !well_formed {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "a blob is named by 64 hexadecimal digits",
        ));
    }
    let (media_type, bytes) = store
        .blob(hash)
        .await?
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("there is no blob {hash}")))?;
    Ok(BlobDto { media_type, base64: STANDARD.encode(bytes) })
}

pub(super) async fn find(store: &Store, id: &str) -> Result<ExecutionRow, ApiError> {
    let shown: String = id.chars().take(64).collect();
    let missing = || {
        ApiError::new(ErrorCode::NotFound, format!("there is no execution \"{shown}\""))
            .with_hint("throughline lineage list shows those that there are")
    };
    let parsed = ExecutionId::new(id).map_err(|_| missing())?;
    store.execution(&parsed).await?.ok_or_else(missing)
}

/// Names of strategies by id, that of what was done elsewhere included.
pub(super) async fn names(store: &Store) -> Result<BTreeMap<StrategyId, String>, ApiError> {
    let strategies = store.strategies().await?;
    let external = StrategyId::new(EXTERNAL_STRATEGY)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let mut names: BTreeMap<StrategyId, String> =
        strategies.into_iter().map(|row| (row.version.strategy_id, row.version.name)).collect();
    names.insert(external, "External".to_owned());
    Ok(names)
}

pub(super) fn dto(
    row: ExecutionRow,
    names: &BTreeMap<StrategyId, String>,
    steps: u32,
) -> ExecutionDto {
    ExecutionDto {
        strategy_name: names
            .get(&row.strategy_id)
            .cloned()
            .unwrap_or_else(|| row.strategy_id.to_string()),
        id: row.id.to_string(),
        strategy_id: row.strategy_id.to_string(),
        strategy_version: row.strategy_version,
        symbol: row.symbol,
        trigger: row.trigger,
        environment: row.environment,
        as_of: row.as_of.to_string(),
        exchange_time: exchange_time(row.as_of),
        status: match row.status {
            ExecutionStatus::Running => StatusDto::Running,
            ExecutionStatus::AwaitingApproval => StatusDto::AwaitingApproval,
            ExecutionStatus::Tracking => StatusDto::Tracking,
            ExecutionStatus::Completed => StatusDto::Completed,
            ExecutionStatus::Failed => StatusDto::Failed,
        },
        outcome: row.outcome,
        sentence: row.sentence,
        duration_us: row.duration_us,
        steps,
    }
}

fn step(row: LineageRow) -> StepDto {
    // What is stored was valid JSON when it was recorded; text that is not is shown as text.
    let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    StepDto {
        sequence: row.sequence,
        step_number: row.row.step.number(),
        step_name: row.row.step.as_str().to_owned(),
        attempt: row.row.attempt,
        status: row.row.status,
        input: json(row.row.input),
        output: json(row.row.output),
        metadata: json(row.row.metadata),
        error: row.row.error,
        duration_us: row.row.duration_us,
        recorded_at: row.row.recorded_at.to_string(),
        previous_hash: row.previous_hash,
        hash: row.hash,
    }
}

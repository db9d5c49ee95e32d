use jiff::Timestamp;

use super::lineage::executions;
use crate::api::dto::StrategyDto;
use crate::api::{ApiError, ErrorCode};
use crate::executor::indicator_labels;
use crate::store::{Store, StrategyRow};
use crate::strategy::StrategyDefinition;

/// Executions shown with a strategy.
const RECENT: u32 = 5;

/// Every strategy. `now` is the instant after which the next run is looked for.
pub async fn strategies(store: &Store, now: Timestamp) -> Result<Vec<StrategyDto>, ApiError> {
    let mut listed = Vec::new();
    for row in store.strategies().await? {
        listed.push(strategy(store, row, now).await?);
    }
    Ok(listed)
}

/// One strategy.
pub async fn strategy(
    store: &Store,
    row: StrategyRow,
    now: Timestamp,
) -> Result<StrategyDto, ApiError> {
    let definition: StrategyDefinition = row.version.toml.parse()?;
    let indicators = indicator_labels(&definition)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let id = row.version.strategy_id.to_string();
    let schedule = definition.schedule.as_ref();
    Ok(StrategyDto {
        recent: executions(store, Some(&id), RECENT).await?,
        id,
        name: definition.name,
        description: definition.description,
        version: row.version.version,
        active: row.active,
        symbols: definition.symbols,
        schedule: schedule.map(|schedule| schedule.cron.clone()),
        schedule_words: schedule.map(crate::strategy::ScheduleDefinition::words),
        time_zone: schedule.map_or_else(String::new, |schedule| schedule.time_zone.clone()),
        next_run: schedule
            .filter(|_| row.active)
            .and_then(|schedule| schedule.next_after(now))
            .map(|at| at.to_string()),
        autonomy: definition.autonomy.as_str().to_owned(),
        analyst: "Built-in rule analyst".to_owned(),
        indicators,
        risk: definition.risk,
        toml: row.version.toml,
    })
}

//! The four routes of the founding design, for reading.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::answer::Refusal;
use super::guard::Shared;
use crate::api::dto::{
    ExecutionDto, LineageDto, LineageStepDto, StepStatisticsDto, StepStatisticsRequest,
};
use crate::api::views;

type PathOf<T> = Result<Path<T>, PathRejection>;
type QueryOf<T> = Result<Query<T>, QueryRejection>;

fn path<T>(path: PathOf<T>) -> Result<T, Refusal> {
    path.map(|Path(value)| value).map_err(|_| Refusal::invalid("the address is not readable text"))
}

fn query<T>(query: QueryOf<T>) -> Result<T, Refusal> {
    query
        .map(|Query(value)| value)
        .map_err(|error| Refusal::invalid(format!("the address asks wrongly: {error}")))
}

/// `GET /api/lineage/execution/{execution_id}`.
pub(super) async fn execution(
    State(shared): State<Arc<Shared>>,
    id: PathOf<String>,
) -> Result<Json<LineageDto>, Refusal> {
    Ok(Json(views::lineage(shared.engine.store(), &path(id)?).await?))
}

/// `GET /api/lineage/execution/{execution_id}/step/{step_name}`.
pub(super) async fn step(
    State(shared): State<Arc<Shared>>,
    names: PathOf<(String, String)>,
) -> Result<Json<LineageStepDto>, Refusal> {
    let (id, name) = path(names)?;
    Ok(Json(views::lineage_step(shared.engine.store(), &id, &name).await?))
}

/// What may stand after the `?` of the recent executions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recent {
    #[serde(default = "ten")]
    limit: u32,
}

fn ten() -> u32 {
    10
}

/// `GET /api/lineage/strategy/{strategy_id}/recent?limit=`.
pub(super) async fn recent(
    State(shared): State<Arc<Shared>>,
    id: PathOf<String>,
    asked: QueryOf<Recent>,
) -> Result<Json<Vec<ExecutionDto>>, Refusal> {
    let (id, Recent { limit }) = (path(id)?, query(asked)?);
    Ok(Json(views::recent_executions(shared.engine.store(), &id, limit).await?))
}

/// What may stand after the `?` of the statistics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    #[serde(default = "thirty")]
    days: u32,
    strategy_id: Option<String>,
}

fn thirty() -> u32 {
    30
}

/// `GET /api/lineage/step/{step_name}/statistics?days=`.
pub(super) async fn statistics(
    State(shared): State<Arc<Shared>>,
    name: PathOf<String>,
    asked: QueryOf<Window>,
) -> Result<Json<StepStatisticsDto>, Refusal> {
    let (step_name, Window { days, strategy_id }) = (path(name)?, query(asked)?);
    let request = StepStatisticsRequest { step_name, days, strategy_id };
    let now = shared.engine.parts().clock.wall_now();
    Ok(Json(views::step_statistics(shared.engine.store(), now, request).await?))
}

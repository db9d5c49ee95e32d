use std::sync::Arc;

use super::{Answered, Call, yes};
use crate::api::commands::{
    BlobGetRequest, Empty, ExecutionsListRequest, LineageGetRequest, StrategyRunRequest,
    StrategyRunResponse, StrategySetActiveRequest,
};
use crate::api::dto::{ExecutionRequest, ExecutionsSearchRequest, StepStatisticsRequest};
use crate::api::{ApiError, views};
use crate::app::Engine;
use crate::executor::Changed;

/// Strategies, their executions and the lineage of these.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let store = engine.store();
    match call.name {
        "strategies_list" => {
            call.read::<Empty>()?;
            yes(views::strategies(store, engine.now()).await?)
        }
        "strategy_run" => {
            let request: StrategyRunRequest = call.read()?;
            yes(run_strategy(engine, request).await?)
        }
        "strategy_set_active" => {
            let request: StrategySetActiveRequest = call.read()?;
            engine.set_strategy_active(&request.strategy_id, request.active).await?;
            let row = engine.strategy(&request.strategy_id).await?;
            yes(views::strategy(store, row, engine.now()).await?)
        }
        "executions_list" => {
            let request: ExecutionsListRequest = call.read()?;
            yes(views::executions(store, request.strategy_id.as_deref(), request.limit).await?)
        }
        "executions_search" => {
            let request: ExecutionsSearchRequest = call.read()?;
            yes(views::found_executions(store, request).await?)
        }
        "execution_get" => {
            let request: ExecutionRequest = call.read()?;
            yes(views::found_execution(store, &request.execution_id).await?)
        }
        "lineage_get" => {
            let request: LineageGetRequest = call.read()?;
            yes(views::lineage(store, &request.execution_id).await?)
        }
        "lineage_verify" => {
            call.read::<Empty>()?;
            yes(views::verify(store).await?)
        }
        "step_statistics_get" => {
            let request: StepStatisticsRequest = call.read()?;
            let now = engine.parts().clock.wall_now();
            yes(views::step_statistics(store, now, request).await?)
        }
        "blob_get" => {
            let request: BlobGetRequest = call.read()?;
            yes(views::blob(store, &request.blob).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

/// Begins the executions, answers with their ids, and runs them while the host watches.
async fn run_strategy(
    engine: &Arc<Engine>,
    request: StrategyRunRequest,
) -> Result<StrategyRunResponse, ApiError> {
    let begun = engine
        .begin_run(&request.strategy_id, request.symbol.as_deref(), request.model.as_deref(), None)
        .await?;
    let execution_ids = begun.iter().map(|execution| execution.id.to_string()).collect();
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        if let Err(error) = engine.finish_run(begun, |_| {}).await {
            tracing::error!(%error, "a run that was asked for by hand was cut off");
            engine.parts().changes.tell(Changed::Status);
        }
    });
    Ok(StrategyRunResponse { execution_ids })
}

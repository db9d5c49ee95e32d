use super::{Answered, Call, yes};
use crate::api::dto::{
    StrategyDiffRequest, StrategyDuplicateRequest, StrategyFormCheckRequest,
    StrategyFormGetRequest, StrategyRequest, StrategyTextRequest,
};
use crate::api::{ApiError, views};

/// Strategies as forms, their versions, and how ready they are.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let store = engine.store();
    match call.name {
        "strategy_form_get" => {
            let request: StrategyFormGetRequest = call.read()?;
            yes(views::strategy_form(store, &request).await?)
        }
        "strategy_form_check" => {
            let request: StrategyFormCheckRequest = call.read()?;
            yes(views::strategy_form_check(engine, &request).await?)
        }
        "strategy_form_read" => {
            let request: StrategyTextRequest = call.read()?;
            yes(views::strategy_form_read(&request.toml))
        }
        "strategy_versions" => {
            let request: StrategyRequest = call.read()?;
            yes(views::strategy_versions(store, &request.strategy_id).await?)
        }
        "strategy_diff" => {
            let request: StrategyDiffRequest = call.read()?;
            yes(views::strategy_diff(store, &request).await?)
        }
        "strategy_duplicate" => {
            let request: StrategyDuplicateRequest = call.read()?;
            let row = engine
                .duplicate_strategy(&request.strategy_id, &request.new_id, &request.name)
                .await?;
            yes(views::strategy(store, row, engine.now()).await?)
        }
        "strategy_archive" | "strategy_unarchive" => {
            let archived = call.name == "strategy_archive";
            let request: StrategyRequest = call.read()?;
            engine.set_strategy_archived(&request.strategy_id, archived).await?;
            let row = engine.strategy(&request.strategy_id).await?;
            yes(views::strategy(store, row, engine.now()).await?)
        }
        "readiness_get" => {
            let request: StrategyRequest = call.read()?;
            yes(views::readiness(engine, &request.strategy_id).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

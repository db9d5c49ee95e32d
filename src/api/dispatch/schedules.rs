use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{
    SchedulePreviewRequest, SchedulesSetActiveRequest, StrategyRequest, StrategySaveRequest,
    StrategyTextRequest,
};
use crate::api::{ApiError, views};
use crate::scheduler::told_days;

/// Schedules, planned runs and strategies as text.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let store = engine.store();
    match call.name {
        "schedule_preview" => {
            let told = told_days(store).await?;
            let request: SchedulePreviewRequest = call.read()?;
            yes(views::schedule_preview(&request, engine.now(), &told)?)
        }
        "schedules_list" => {
            call.read::<Empty>()?;
            yes(views::schedules(store, engine.now()).await?)
        }
        "schedules_set_active" => {
            let request: SchedulesSetActiveRequest = call.read()?;
            engine.set_all_active(request.active).await?;
            yes(views::schedules(store, engine.now()).await?)
        }
        "strategy_validate" => {
            let request: StrategyTextRequest = call.read()?;
            yes(views::strategy_validation(&request.toml))
        }
        "strategy_save" => {
            let request: StrategySaveRequest = call.read()?;
            let row = engine
                .save_strategy_on(&request.strategy_id, &request.toml, request.based_on_version)
                .await?;
            yes(views::strategy(store, row, engine.now()).await?)
        }
        "strategy_export" => {
            let request: StrategyRequest = call.read()?;
            yes(views::strategy_export(engine.strategy(&request.strategy_id).await?))
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

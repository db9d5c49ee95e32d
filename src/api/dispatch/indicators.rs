use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{
    IndicatorCheckRequest, IndicatorPreviewRequest, IndicatorSetRequest, IndicatorSetSaveRequest,
};
use crate::api::{ApiError, views};

/// Indicators: what there is, what is wrong with parameters, how they look, and named sets.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "indicator_kinds_list" => {
            call.read::<Empty>()?;
            yes(views::indicator_kinds()?)
        }
        "indicator_check" => {
            let request: IndicatorCheckRequest = call.read()?;
            yes(views::indicator_check(&request)?)
        }
        "indicator_preview" => {
            let request: IndicatorPreviewRequest = call.read()?;
            yes(views::indicator_preview(engine, &request).await?)
        }
        "indicator_sets_list" => {
            call.read::<Empty>()?;
            yes(views::indicator_sets(engine).await?)
        }
        "indicator_set_save" => {
            let IndicatorSetSaveRequest { set_id, name, description, indicators } = call.read()?;
            engine.save_indicator_set(set_id, &name, &description, &indicators).await?;
            yes(views::indicator_sets(engine).await?)
        }
        "indicator_set_delete" => {
            let request: IndicatorSetRequest = call.read()?;
            engine.remove_indicator_set(&request.set_id).await?;
            yes(views::indicator_sets(engine).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

use super::{Answered, Call, yes};
use crate::api::commands::{ApprovalDecideRequest, Empty};
use crate::api::{ApiError, views};

/// Orders and questions that wait for a person.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "approvals_list" => {
            call.read::<Empty>()?;
            yes(views::approvals(engine.store()).await?)
        }
        "approval_decide" => {
            let request: ApprovalDecideRequest = call.read()?;
            let decided =
                engine.decide_approval(&request.execution_id, request.approve, "window").await?;
            yes(views::approval(engine.store(), decided).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

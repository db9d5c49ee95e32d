use rust_decimal::Decimal;

use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{PlaygroundEstimateRequest, PlaygroundRowRequest, PlaygroundStartRequest};
use crate::api::{ApiError, ErrorCode, views};

/// Prompts on recorded executions.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let playground = call.engine.playground();
    match call.name {
        "playground_estimate" => {
            let request: PlaygroundEstimateRequest = call.read()?;
            let estimate = playground.estimate(&views::experiment(request)?).await?;
            yes(views::playground_estimate(&estimate))
        }
        "playground_start" => {
            let request: PlaygroundStartRequest = call.read()?;
            let accepted = request.accepted_cost.parse::<Decimal>().map_err(|_| {
                let shown: String = request.accepted_cost.chars().take(40).collect();
                ApiError::new(
                    ErrorCode::InvalidRequest,
                    format!("\"{shown}\" is no amount in USD, such as 0.25"),
                )
            })?;
            playground.start(&views::experiment(request.experiment)?, accepted).await?;
            yes(views::playground(playground.view().as_ref()))
        }
        "playground_cancel" => {
            call.read::<Empty>()?;
            playground.cancel()?;
            yes(views::playground(playground.view().as_ref()))
        }
        "playground_get" => {
            call.read::<Empty>()?;
            yes(views::playground(playground.view().as_ref()))
        }
        "playground_replies" => {
            let request: PlaygroundRowRequest = call.read()?;
            yes(views::playground_replies(playground.view(), &request.execution_id)?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

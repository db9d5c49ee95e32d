use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{ProtectionReleaseRequest, RiskDto, RiskLimitsSetRequest};
use crate::api::{ApiError, views};
use crate::app::Engine;

/// Limits of the account and locks on entries.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "risk_get" => {
            call.read::<Empty>()?;
            yes(show(engine).await?)
        }
        "risk_limits_set" => {
            let request: RiskLimitsSetRequest = call.read()?;
            engine.set_risk_limits(request.limits, "window").await?;
            yes(show(engine).await?)
        }
        "protection_release" => {
            let request: ProtectionReleaseRequest = call.read()?;
            engine.release_lock(request.lock_id, &request.reason, "window").await?;
            yes(show(engine).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

async fn show(engine: &Engine) -> Result<RiskDto, ApiError> {
    views::risk(engine.store(), &engine.parts().account, engine.now()).await
}

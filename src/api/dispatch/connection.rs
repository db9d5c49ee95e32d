use super::{Answered, Call, yes};
use crate::api::commands::{
    AccountRequest, CertificateTrustRequest, ConnectionSetRequest, Empty, LiveArmRequest,
};
use crate::api::{ApiError, views};

/// The gateway, the session, the account, permission to trade it, reconciliation.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "connection_get" => {
            call.read::<Empty>()?;
        }
        "connection_check" => {
            call.read::<Empty>()?;
            engine.check_connection().await?;
        }
        "connection_set" => {
            let request: ConnectionSetRequest = call.read()?;
            engine.choose_for_next_start(request.environment, request.address.as_deref())?;
        }
        "connection_take_over" => {
            call.read::<Empty>()?;
            engine.take_over_session().await?;
        }
        "certificate_trust" => {
            let request: CertificateTrustRequest = call.read()?;
            engine.trust_certificate(&request.fingerprint).await?;
        }
        "account_select" => {
            let request: AccountRequest = call.read()?;
            engine.select_account(&request.account_id).await?;
        }
        "reconcile" => {
            call.read::<Empty>()?;
            engine.reconcile().await?;
        }
        "live_arm" => {
            let request: LiveArmRequest = call.read()?;
            engine.arm_live(&request).await?;
        }
        "live_disarm" => {
            call.read::<Empty>()?;
            engine.disarm_live().await?;
        }
        _ => return Ok(Answered::NotMine(call)),
    }
    yes(views::connection(engine).await?)
}

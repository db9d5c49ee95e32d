use std::sync::Arc;

use super::{Answered, Call, yes};
use crate::api::commands::{Empty, FaultSetRequest, SandboxAdvanceRequest, SandboxClockRequest};
use crate::api::{ApiError, ErrorCode, views};
use crate::app::{Engine, parse_instant};
use crate::executor::Changed;
use crate::sandbox::{FaultError, Sandbox};

/// The clock of the sandbox and the faults of its gateway.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "sandbox_advance" => {
            let request: SandboxAdvanceRequest = call.read()?;
            engine.advance_to(parse_instant(&request.to)?, |_| {}).await?;
            yes(engine.status().await?)
        }
        "sandbox_clock_set" => {
            let request: SandboxClockRequest = call.read()?;
            engine.set_running(&request.mode)?;
            yes(engine.status().await?)
        }
        "faults_list" => {
            call.read::<Empty>()?;
            yes(views::faults(sandbox_of(engine)?))
        }
        "fault_set" => {
            let request: FaultSetRequest = call.read()?;
            let instant = |text: &Option<String>| text.as_deref().map(parse_instant).transpose();
            let (from, until) = (instant(&request.from)?, instant(&request.until)?);
            let sandbox = sandbox_of(engine)?;
            sandbox.change_fault(&request.name, request.is_on, from, until).map_err(|error| {
                let code = match error {
                    FaultError::Unknown { .. } => ErrorCode::NotFound,
                    FaultError::EndsBeforeItBegins { .. } => ErrorCode::InvalidRequest,
                };
                ApiError::new(code, error.to_string())
            })?;
            engine.parts().changes.tell(Changed::Faults);
            yes(views::faults(sandbox))
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

/// Faults are switched where the sandbox is.
fn sandbox_of(engine: &Engine) -> Result<&Sandbox, ApiError> {
    engine.sandbox().map(Arc::as_ref).ok_or_else(|| {
        ApiError::new(ErrorCode::NotNow, "the gateway is not in this process").with_hint(
            "switch the faults of a served sandbox with: throughline sandbox fault NAME on \
             --gateway URL",
        )
    })
}

use super::{Answered, Call, yes};
use crate::api::commands::{Empty, FaultSetRequest, SandboxAdvanceRequest, SandboxClockRequest};
use crate::api::{ApiError, ErrorCode, views};
use crate::app::parse_instant;
use crate::executor::Changed;
use crate::sandbox::FaultError;

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
            yes(views::faults(engine.sandbox()))
        }
        "fault_set" => {
            let request: FaultSetRequest = call.read()?;
            let instant = |text: &Option<String>| text.as_deref().map(parse_instant).transpose();
            let (from, until) = (instant(&request.from)?, instant(&request.until)?);
            let sandbox = engine.sandbox();
            sandbox.change_fault(&request.name, request.is_on, from, until).map_err(|error| {
                let code = match error {
                    FaultError::Unknown { .. } => ErrorCode::NotFound,
                    FaultError::EndsBeforeItBegins { .. } => ErrorCode::InvalidRequest,
                };
                ApiError::new(code, error.to_string())
            })?;
            engine.parts().changes.tell(Changed::Status);
            yes(views::faults(sandbox))
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

use super::{Answered, Call, yes};
use crate::api::ApiError;
use crate::api::commands::{SandboxAdvanceRequest, SandboxClockRequest};
use crate::app::parse_instant;

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
        _ => Ok(Answered::NotMine(call)),
    }
}

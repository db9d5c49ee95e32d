use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::answer::Refusal;
use super::guard::Shared;
use crate::api::commands::{CommandClass, CommandRow, command};
use crate::api::{ApiError, ErrorCode, dispatch};

/// Longest body of a request, in bytes: the text of a strategy many times over.
const LONGEST: usize = 1024 * 1024;

/// How long a body may take to arrive.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What may be done over HTTP beside reading. Nothing, unless it is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Settings and records may be changed.
    pub edit: bool,
    /// What may lead to an order, or stop one, may be done.
    pub trade: bool,
}

impl Allowed {
    /// Whether a command of this class is taken.
    pub fn permits(self, class: CommandClass) -> bool {
        match class {
            CommandClass::Read => true,
            CommandClass::Edit => self.edit,
            CommandClass::Trade => self.trade,
            CommandClass::Secret => false,
        }
    }

    /// The classes that are taken.
    pub fn classes(self) -> Vec<CommandClass> {
        [CommandClass::Read, CommandClass::Edit, CommandClass::Trade, CommandClass::Secret]
            .into_iter()
            .filter(|class| self.permits(*class))
            .collect()
    }
}

/// `POST /api/rpc/{command}`: a row of the table of commands.
pub(super) async fn rpc(
    State(shared): State<Arc<Shared>>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let row = named(name)?;
    check_class(shared.allowed, row)?;
    check_media_type(request.headers())?;
    let content = read(request).await?;
    shared.requests.check(row, &content)?;
    if row.class != CommandClass::Read {
        tracing::info!(command = row.name, "taken over HTTP");
    }
    // A task of its own: who waits no longer does not cut off an order on its way, and a fault inside
    // the program becomes an answer.
    let engine = Arc::clone(&shared.engine);
    let work = tokio::spawn(async move { dispatch(&engine, row.name, content).await });
    match work.await {
        Ok(done) => Ok(Json(done?)),
        Err(fault) => {
            tracing::error!(command = row.name, %fault, "a command met a fault");
            let message = format!("{} met a fault inside the program", row.name);
            Err(ApiError::new(ErrorCode::Internal, message).into())
        }
    }
}

fn named(name: Result<Path<String>, PathRejection>) -> Result<&'static CommandRow, Refusal> {
    let Ok(Path(name)) = name else {
        return Err(Refusal::invalid("the name of the command is not readable text"));
    };
    command(&name).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        let message = format!("there is no command \"{shown}\"");
        Refusal::from(ApiError::new(ErrorCode::NotFound, message))
    })
}

fn check_class(allowed: Allowed, row: &CommandRow) -> Result<(), Refusal> {
    if allowed.permits(row.class) {
        return Ok(());
    }
    let name = row.name;
    let (message, hint) = match row.class {
        CommandClass::Secret => (
            format!("{name} is not taken over HTTP: it touches a secret"),
            "do it in the window or the terminal",
        ),
        CommandClass::Trade => (
            format!("{name} may lead to an order, or stop one, and that is not allowed here"),
            "start the server with --allow trade",
        ),
        CommandClass::Edit | CommandClass::Read => (
            format!("{name} changes settings or records, and that is not allowed here"),
            "start the server with --allow edit",
        ),
    };
    Err(ApiError::new(ErrorCode::NotAllowed, message).with_hint(hint).into())
}

/// The one media type that a form of a foreign page cannot send.
fn check_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "the body of a command is JSON";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message)
        .with_hint("send the header Content-Type: application/json"))
}

async fn read(request: Request) -> Result<Value, Refusal> {
    let arriving = to_bytes(request.into_body(), LONGEST);
    let Ok(arrived) = tokio::time::timeout(LONGEST_WAIT, arriving).await else {
        let message = format!("the request did not arrive within {LONGEST_WAIT:?}");
        let status = StatusCode::REQUEST_TIMEOUT;
        return Err(Refusal::new(status, ErrorCode::InvalidRequest, message));
    };
    let body = arrived.map_err(|_| {
        let message = format!("a request has at most {LONGEST} bytes, and arrives whole");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::InvalidRequest, message)
    })?;
    match serde_json::from_slice(&body) {
        Ok(content @ Value::Object(_)) => Ok(content),
        Ok(_) => Err(Refusal::invalid("a request is a JSON object; an empty one is {}")),
        Err(error) => Err(Refusal::invalid(format!("the request is not JSON: {error}"))),
    }
}

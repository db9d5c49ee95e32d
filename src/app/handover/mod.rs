//! Commands of the terminal for an engine that is running: handed to it over a socket in its data
//! directory, which only this user can open.
//!
//! One connection carries one command: a line of JSON with its name and its request, answered by a
//! line with what the table of commands says. Commands that touch a secret are not taken: a secret is
//! typed where it is kept.

#[cfg(unix)]
mod unix;

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Engine;
use crate::api::commands::{CommandClass, command};
use crate::api::{ApiError, ErrorCode, dispatch};

/// Longest request, in bytes: the text of a strategy many times over.
#[cfg(unix)]
const LONGEST_REQUEST: u64 = 1024 * 1024;

/// Longest answer, in bytes.
#[cfg(unix)]
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A command on its way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    command: String,
    request: Value,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Done(Value),
    Failed(ApiError),
}

/// Takes commands until what is returned is dropped. Where a socket cannot be made the engine runs
/// without one, and the log says so.
pub(super) fn take(engine: &Arc<Engine>) -> Taking {
    #[cfg(unix)]
    match unix::Listening::begin(engine) {
        Ok(listening) => return Taking { _listening: Some(listening) },
        Err(error) => {
            tracing::warn!(%error, "commands of the terminal are not taken while the engine runs");
        }
    }
    #[cfg(not(unix))]
    let _ = engine;
    Taking {
        #[cfg(unix)]
        _listening: None,
    }
}

/// Commands are taken as long as this is there.
pub(super) struct Taking {
    #[cfg(unix)]
    _listening: Option<unix::Listening>,
}

/// Hands a command to the engine that runs on a data directory. Nothing if it takes none: it is about
/// a command of its own, or another program.
pub async fn hand_over(
    data_dir: &Path,
    name: &str,
    request: Value,
) -> Result<Option<Value>, ApiError> {
    #[cfg(unix)]
    {
        unix::hand_over(data_dir, name, request).await
    }
    #[cfg(not(unix))]
    {
        let _ = (data_dir, name, request);
        Ok(None)
    }
}

/// Gives a command to the engine as a host does, unless it touches a secret.
async fn given(engine: &Arc<Engine>, handed: Handed) -> Outcome {
    if command(&handed.command).is_some_and(|row| row.class == CommandClass::Secret) {
        let message =
            format!("{} is not taken over the socket: it touches a secret", handed.command);
        return Outcome::Failed(
            ApiError::new(ErrorCode::InvalidRequest, message)
                .with_hint("end the engine, or use its window"),
        );
    }
    match dispatch(engine, &handed.command, handed.request).await {
        Ok(value) => Outcome::Done(value),
        Err(error) => Outcome::Failed(error),
    }
}

//! What a command answers when it cannot do what it was asked for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The closed list of reasons that a host can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request itself is wrong.
    InvalidRequest,
    /// There is no such thing.
    NotFound,
    /// Not while things are as they are (halted, running, outside the data).
    NotNow,
    /// Another process has the data directory.
    InUse,
    /// The broker cannot be reached, or refused.
    Broker,
    /// The database or the disk failed.
    Storage,
    /// A fault of the program.
    Internal,
}

/// An error as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// For the host.
    pub code: ErrorCode,
    /// What failed, with which value.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl ApiError {
    /// An error without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

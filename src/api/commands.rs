//! The one table of commands. Each row: name, request, response, class, what it changes.
//!
//! Hosts call [`dispatch`](crate::api::commands) by name; the TypeScript types in `ui/src/gen` are
//! generated from the same rows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How much a command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CommandClass {
    /// Looks.
    Read,
    /// Changes settings or records.
    Edit,
    /// May lead to an order, or stop one.
    Trade,
    /// Touches a secret.
    Secret,
}

/// A request without content.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Asks for the executions of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsListRequest {
    /// One strategy, or all.
    pub strategy_id: Option<String>,
    /// At most this many, 1 to 500, newest first.
    pub limit: u32,
}

/// Asks for the lineage of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LineageGetRequest {
    /// Which execution.
    pub execution_id: String,
}

/// Asks for a blob.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BlobGetRequest {
    /// BLAKE3, 64 hexadecimal digits.
    pub blob: String,
}

/// Runs a strategy once, now, on one symbol or on all of its symbols.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StrategyRunRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// One of its symbols, or all.
    pub symbol: Option<String>,
}

/// The executions that a run began.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StrategyRunResponse {
    /// In the order of the symbols.
    pub execution_ids: Vec<String>,
}

/// Moves the sandbox clock forward, with everything that happens on the way.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SandboxAdvanceRequest {
    /// RFC 3339; must lie after the sandbox's present time and inside the data.
    pub to: String,
}

/// Sets how the sandbox clock moves.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SandboxClockRequest {
    /// `paused` or `running` (one second a second).
    pub mode: String,
}

/// Activates or pauses the schedule of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StrategySetActiveRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// Whether its schedule runs.
    pub active: bool,
}

/// Halts trading: no entry is sent until it is resumed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HaltRequest {
    /// Why, for whoever reads it later.
    pub reason: String,
}

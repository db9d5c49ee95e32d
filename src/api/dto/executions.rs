//! What the page *Executions* shows: runs by filter, each with the signal that it made.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ExecutionDto, ExecutionStatus};
use crate::domain::records::{Outcome, Trigger};
use crate::domain::{Signal, SignalAction};

/// Asks for executions, newest first. What is left out does not narrow the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsSearchRequest {
    /// Of this strategy.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// On this symbol.
    #[serde(default)]
    pub symbol: Option<String>,
    /// Started by this.
    #[serde(default)]
    pub trigger: Option<Trigger>,
    /// That stand so.
    #[serde(default)]
    pub status: Option<ExecutionStatus>,
    /// That came to this.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Whose signal said so.
    #[serde(default)]
    pub action: Option<SignalAction>,
    /// With these letters, in any case, in their id, symbol, strategy, model or sentence; at most
    /// 100 characters.
    #[serde(default)]
    pub text: Option<String>,
    /// Of this engine time or later, RFC 3339.
    #[serde(default)]
    pub from: Option<String>,
    /// Before this engine time, RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
    /// Executions before the page.
    #[serde(default)]
    pub offset: u32,
    /// Executions on the page at most, 1 to 100.
    pub limit: u32,
}

/// Names an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionRequest {
    /// Which execution.
    pub execution_id: String,
}

/// An execution and the signal that it made.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FoundExecutionDto {
    /// The execution.
    pub execution: ExecutionDto,
    /// The language model that analysed in the place of the strategy's own analyst.
    pub model: Option<String>,
    /// Its signal; nothing if it did not come so far.
    pub signal: Option<Signal>,
}

/// A page of executions, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ExecutionsPageDto {
    /// Those of the page.
    pub executions: Vec<FoundExecutionDto>,
    /// How many there are of those asked for.
    #[ts(type = "number")]
    pub total: u64,
    /// Executions before the page.
    pub offset: u32,
}

//! Rows of language models: what is configured, what it costs, what was asked, what may be spent.
//! Amounts are USD, instants wall time.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{ExecutionId, ModelKind, ModelName, StopReason, StrategyId};

/// A configured model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRow {
    /// What a person and a strategy call it.
    pub name: ModelName,
    /// By which protocol it is asked.
    pub kind: ModelKind,
    /// As the provider names it.
    pub model: String,
    /// Address of the provider.
    pub url: String,
    /// How freely it speaks; without one the provider's own holds.
    pub temperature: Option<Decimal>,
    /// Longest reply, in tokens.
    pub maximum_output_tokens: u32,
    /// How long one call may take with all its attempts, in seconds.
    pub deadline_seconds: u32,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What a million tokens cost from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPriceRow {
    /// Which model.
    pub name: ModelName,
    /// From when.
    pub from: Timestamp,
    /// USD for a million tokens of what it is given.
    pub input_per_million: Decimal,
    /// USD for a million tokens of what it says.
    pub output_per_million: Decimal,
}

/// Where a call of a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCallStatus {
    /// It was written down and is under way.
    Started,
    /// The model answered.
    Answered,
    /// An earlier reply to the same input was used again.
    Reused,
    /// There was no usable reply.
    Failed,
    /// The process ended while it was under way.
    Unknown,
}

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCallRow {
    /// From 1.
    pub call_id: i64,
    /// Which configured model.
    pub name: ModelName,
    /// By which protocol.
    pub kind: ModelKind,
    /// As it was asked for.
    pub model: String,
    /// As the provider named what answered.
    pub answered_by: Option<String>,
    /// For which strategy.
    pub strategy_id: Option<StrategyId>,
    /// For which execution.
    pub execution_id: Option<ExecutionId>,
    /// What it was for, such as `daily`.
    pub purpose: String,
    /// BLAKE3 of everything that the model was given, 64 hexadecimal digits.
    pub input_hash: String,
    /// How many images it was given.
    pub images: u32,
    /// Where it stands.
    pub status: ModelCallStatus,
    /// The day in UTC that its cost counts towards.
    pub day: Date,
    /// When it was written down.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How often the provider was asked.
    pub attempts: u32,
    /// What it was taken to cost before it was made.
    pub reserved: Decimal,
    /// What counts as spent: the reserved amount until the end is known.
    pub cost: Decimal,
    /// The cost is what was reserved, for want of reported tokens.
    pub is_cost_estimated: bool,
    /// Tokens of the input, as the provider counted them.
    pub input_tokens: Option<u64>,
    /// Tokens of the reply, as the provider counted them.
    pub output_tokens: Option<u64>,
    /// From the first attempt to the end of the reply, microseconds.
    pub latency_us: u64,
    /// Why the model stopped.
    pub stop_reason: Option<StopReason>,
    /// Hash of the blob that holds the reply.
    pub reply_blob: Option<String>,
    /// The call whose reply was used again.
    pub reused_from: Option<i64>,
    /// Why there is no usable reply.
    pub error: Option<String>,
}

/// What a budget covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetScope {
    /// Everything on one day.
    Day,
    /// Each strategy on one day.
    StrategyDay,
    /// Everything ever.
    Total,
}

/// Which calls are looked for; what is absent is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelCallFilter {
    /// Of this model.
    pub name: Option<ModelName>,
    /// For this strategy.
    pub strategy_id: Option<StrategyId>,
    /// For this execution.
    pub execution_id: Option<ExecutionId>,
}

/// What was spent, by day, model and strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSpending {
    /// Which model.
    pub name: ModelName,
    /// For which strategy.
    pub strategy_id: Option<StrategyId>,
    /// On which day.
    pub day: Date,
    /// Calls that were made or are under way, without reused replies.
    pub calls: u64,
    /// Calls that were answered from the record.
    pub reused: u64,
    /// What it came to.
    pub cost: Decimal,
}

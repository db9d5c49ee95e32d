//! What the page *Models* shows: models, keys, prices, calls, budgets. Amounts are USD. A key goes in
//! and never comes out.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::{ModelKind, StopReason};

/// The page *Models*.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelsDto {
    /// By name.
    pub models: Vec<ModelDto>,
    /// How much may be spent, and how much was.
    pub budgets: BudgetsDto,
    /// Where keys are kept.
    pub vault: VaultDto,
}

/// A configured model.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelDto {
    /// What a person and a strategy call it.
    pub name: String,
    /// By which protocol it is asked.
    pub kind: ModelKind,
    /// The provider's name, such as `Anthropic`.
    pub provider: String,
    /// As the provider names the model.
    pub model: String,
    /// Address of the provider.
    pub url: String,
    /// How freely it speaks, `0` to `2`; without one the provider's own holds.
    pub temperature: Option<String>,
    /// Longest reply, in tokens.
    pub maximum_output_tokens: u32,
    /// How long one call may take with all its attempts.
    pub deadline_seconds: u32,
    /// Whether there is a key for it.
    pub key: ModelKeyState,
    /// The provider answers nobody without a key.
    pub needs_key: bool,
    /// Ids of the strategies that use it.
    pub strategies: Vec<String>,
    /// What a million tokens cost now; without a price it is not asked.
    pub price: Option<ModelPriceDto>,
    /// Spent today (UTC).
    pub spent_today: String,
    /// Spent ever.
    pub spent_total: String,
    /// Calls made today, without replies that were used again.
    pub calls_today: u32,
    /// Replies that were used again today, at no cost.
    pub reused_today: u32,
    /// Whether the provider's address is asked at the moment.
    pub breaker: BreakerDto,
    /// The newest call that failed.
    pub last_error: Option<ModelErrorDto>,
}

/// Whether there is a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKeyState {
    /// One is kept.
    Present,
    /// None is kept.
    Absent,
    /// The vault is closed, so that nobody knows.
    Unknown,
}

/// What a million tokens cost from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelPriceDto {
    /// From when, RFC 3339 UTC.
    pub from: String,
    /// USD for a million tokens of input.
    pub input_per_million: String,
    /// USD for a million tokens of reply.
    pub output_per_million: String,
}

/// The circuit breaker of a provider's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BreakerDto {
    /// Where it stands.
    pub state: BreakerState,
    /// Failures in a row.
    pub failures: u32,
    /// When the address is tried again, RFC 3339 UTC; nothing unless it is open.
    pub until: Option<String>,
}

/// Where a circuit breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// The address is asked.
    Closed,
    /// It has failed too often and is left alone for a while.
    Open,
    /// The while is over: one call tries it.
    HalfOpen,
}

/// When and why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelErrorDto {
    /// RFC 3339 UTC.
    pub at: String,
    /// What failed and what to do.
    pub sentence: String,
}

/// Where keys are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct VaultDto {
    /// How it is opened.
    pub state: VaultState,
    /// The state in words, with what to do.
    pub sentence: String,
}

/// How the vault of keys is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VaultState {
    /// No key is kept yet, and nothing was opened.
    Empty,
    /// By the keychain of this computer.
    Keychain,
    /// By a passphrase, which was given.
    Passphrase,
    /// There is no keychain, and no passphrase was given yet.
    Closed,
}

/// How much may be spent, and how much was. What has no limit is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BudgetsDto {
    /// Everything on one day (UTC).
    pub day: Option<String>,
    /// Each strategy on one day.
    pub strategy_day: Option<String>,
    /// Everything ever.
    pub total: Option<String>,
    /// Spent today, with what is reserved for calls under way.
    pub spent_today: String,
    /// Spent ever, with what is reserved for calls under way.
    pub spent_total: String,
    /// Spent today by strategy, the dearest first.
    pub strategies_today: Vec<StrategySpendingDto>,
}

/// What a strategy has spent today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategySpendingDto {
    /// Which strategy.
    pub strategy_id: String,
    /// In USD.
    pub spent: String,
}

/// What a test of a model came to: it was shown a small picture and asked what it sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelTestDto {
    /// There was a reply.
    pub succeeded: bool,
    /// What it came to, in words.
    pub sentence: String,
    /// What the model said, cut to 2,000 characters.
    pub reply: Option<String>,
    /// The reply has the shape that was asked for.
    pub follows_schema: bool,
    /// The colour of the picture was named rightly: the model saw it.
    pub sees_image: bool,
    /// The call, with tokens, cost and latency; nothing if none was made.
    pub call: Option<ModelCallDto>,
}

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ModelCallDto {
    /// From 1.
    #[ts(type = "number")]
    pub call_id: i64,
    /// Which configured model.
    pub name: String,
    /// By which protocol.
    pub kind: ModelKind,
    /// As it was asked for.
    pub model: String,
    /// As the provider named what answered.
    pub answered_by: Option<String>,
    /// For which strategy.
    pub strategy_id: Option<String>,
    /// For which execution.
    pub execution_id: Option<String>,
    /// What it was for, such as `daily`.
    pub purpose: String,
    /// How many images it was given.
    pub images: u32,
    /// `started`, `answered`, `reused`, `failed`, or `unknown` if the process ended in between.
    pub status: String,
    /// When it was written down, RFC 3339 UTC.
    pub started_at: String,
    /// How often the provider was asked.
    pub attempts: u32,
    /// In USD; what was reserved while it is under way.
    pub cost: String,
    /// The cost is an estimate, since the provider reported no tokens.
    pub is_cost_estimated: bool,
    /// Tokens of the input.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// Tokens of the reply.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// Microseconds.
    #[ts(type = "number")]
    pub latency_us: u64,
    /// Why the model stopped.
    pub stop_reason: Option<StopReason>,
    /// Hash of the reply, for `blob_get`.
    pub reply_blob: Option<String>,
    /// The call whose reply was used again.
    #[ts(type = "number | null")]
    pub reused_from: Option<i64>,
    /// Why there is no usable reply.
    pub error: Option<String>,
}

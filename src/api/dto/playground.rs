//! The playground on the wire: what is tried on what, what it would take, what came out.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::PromptTextRef;
use crate::domain::records::{AnalysisCall, ParseSignalOutput};
use crate::domain::{Language, PromptType, Signal, SignalAction};

/// A prompt that takes the place of the one of its type.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundArmRequest {
    /// A version of a saved prompt, or the text that is being written, of a saved one or of none.
    pub prompt: PromptTextRef,
    /// What a text that belongs to no saved prompt is for.
    #[serde(default)]
    pub prompt_type: Option<PromptType>,
    /// The language of a text that belongs to no saved prompt; English if absent.
    #[serde(default)]
    pub language: Option<Language>,
}

/// Asks what it would take to try one or two prompts on recorded executions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundEstimateRequest {
    /// One, or two to see them side by side.
    pub arms: Vec<PlaygroundArmRequest>,
    /// Name of the model; the one that the executions used, or the only one, if absent.
    #[serde(default)]
    pub model: Option<String>,
    /// On these executions, at most 50.
    #[serde(default)]
    pub execution_ids: Vec<String>,
    /// If none is named: on so many of the newest, 1 to 50 …
    #[serde(default)]
    pub last: Option<u32>,
    /// … of this strategy …
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// … on this symbol.
    #[serde(default)]
    pub symbol: Option<String>,
}

/// Begins what was estimated.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundStartRequest {
    /// What is tried on what.
    pub experiment: PlaygroundEstimateRequest,
    /// The highest cost that the person accepted, in USD. It ends before a call that could pass it.
    pub accepted_cost: String,
}

/// Asks for what was said on one execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundRowRequest {
    /// Which execution of the last experiment.
    pub execution_id: String,
}

/// One side of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundArmDto {
    /// Such as `My daily reading, version 3`.
    pub label: String,
    /// Id of the prompt; nothing for a text that belongs to no saved one.
    pub prompt_id: Option<String>,
    /// Its version; nothing for a text that is not saved.
    pub version: Option<u32>,
    /// What it replaces in a run.
    pub prompt_type: PromptType,
    /// The language it is written in.
    pub language: Language,
}

/// An execution that was named and is not decided on again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundLeftOutDto {
    /// As it was named.
    pub execution_id: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// What a budget covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaygroundBudgetScope {
    /// Everything on one day.
    Day,
    /// One strategy on one day.
    StrategyDay,
    /// Everything ever.
    Total,
}

/// What is left of a budget, in USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundBudgetDto {
    /// What it covers.
    pub scope: PlaygroundBudgetScope,
    /// Of which strategy, for a strategy's day.
    pub strategy_id: Option<String>,
    /// How much it allows.
    pub limit: String,
    /// How much of that is neither spent nor reserved.
    pub left: String,
    /// What the experiment needs of it at most.
    pub needed: String,
}

/// What an experiment would take. Amounts are USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundEstimateDto {
    /// Name of the model.
    pub model: String,
    /// The sides.
    pub arms: Vec<PlaygroundArmDto>,
    /// Executions that are decided on.
    pub execution_ids: Vec<String>,
    /// What was named and cannot be decided on again.
    pub left_out: Vec<PlaygroundLeftOutDto>,
    /// What is to be said about it, in sentences.
    pub notes: Vec<String>,
    /// Calls in all, without repairs.
    pub calls: u32,
    /// Those of them whose answer is on record and costs nothing.
    pub recorded_calls: u32,
    /// So many more at most, where an answer does not hold and is asked for again.
    pub repair_calls: u32,
    /// Tokens of the input of the calls that are paid for, at most, without repairs.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Longest replies of the calls that are paid for, in tokens, without repairs.
    #[ts(type = "number")]
    pub most_output_tokens: u64,
    /// What is to be expected; nothing while the model's earlier replies do not tell.
    pub expected_cost: Option<String>,
    /// Earlier replies that the expectation rests on.
    pub expected_from: u32,
    /// What it costs at most, every answer being repaired.
    pub highest_cost: String,
    /// USD for a million tokens of input.
    pub input_per_million: String,
    /// USD for a million tokens of reply.
    pub output_per_million: String,
    /// What is left of the budgets.
    pub budgets: Vec<PlaygroundBudgetDto>,
    /// Why it is not carried out, in a sentence.
    pub refusal: Option<String>,
}

/// Where an experiment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaygroundPhase {
    /// Under way.
    Running,
    /// Every execution was decided on.
    Done,
    /// A person ended it.
    Cancelled,
    /// It ended by itself before its end.
    Stopped,
}

/// What one side decided on one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundResultDto {
    /// The signal, by the checks of a run; nothing if it was not decided on.
    pub signal: Option<ParseSignalOutput>,
    /// Why there is no usable answer, so that the signal is HOLD.
    pub failure: Option<String>,
    /// Why it was not decided on.
    pub undecided: Option<String>,
    /// Whether it is another signal than the run's own; nothing unless the answer is usable and the
    /// run made a signal.
    pub differs_from_run: Option<bool>,
    /// Calls that the model answered now.
    pub asked_calls: u32,
    /// Calls that were answered from the record.
    pub recorded_calls: u32,
    /// Tokens of the input, as the provider counted them; of all calls.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens of the replies; of all calls.
    #[ts(type = "number")]
    pub output_tokens: u64,
    /// In USD.
    pub cost: String,
    /// Time of the calls that the model answered now, in microseconds.
    #[ts(type = "number")]
    pub latency_us: u64,
}

/// An execution that was decided on again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundRowDto {
    /// The execution.
    pub execution_id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Symbol.
    pub symbol: String,
    /// Engine time of the run, RFC 3339 UTC.
    pub as_of: String,
    /// The same on the exchange's clock.
    pub exchange_time: String,
    /// What the run itself decided, and what became of it.
    pub run: Option<Signal>,
    /// What each side decided.
    pub arms: Vec<PlaygroundResultDto>,
    /// Whether the two sides came to different signals; nothing unless both answers are usable.
    pub arms_differ: Option<bool>,
}

/// So many out of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundShareDto {
    /// How many.
    pub count: u32,
    /// Out of how many.
    pub of: u32,
}

/// What one side came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundArmSummaryDto {
    /// Signals BUY.
    pub buys: u32,
    /// Signals SELL.
    pub sells: u32,
    /// HOLD, decided by the model or by the checks of its proposal.
    pub holds: u32,
    /// No usable answer, which in a run is a HOLD.
    pub unusable: u32,
    /// Not decided on.
    pub undecided: u32,
    /// The same signal as the run's own, out of the usable answers whose run made a signal.
    pub agrees_with_run: PlaygroundShareDto,
    /// In USD.
    pub cost: String,
    /// Calls that the model answered now.
    pub asked_calls: u32,
    /// Calls that were answered from the record.
    pub recorded_calls: u32,
    /// Mean time of the calls that the model answered now, in microseconds.
    #[ts(type = "number | null")]
    pub mean_latency_us: Option<u64>,
}

/// The experiment that is under way, or was the last since the engine was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundSessionDto {
    /// Counts the experiments, from 1.
    #[ts(type = "number")]
    pub number: u64,
    /// What it was estimated at.
    pub estimate: PlaygroundEstimateDto,
    /// The highest cost that was accepted, in USD.
    pub accepted_cost: String,
    /// What is spent, with what is reserved for calls under way, in USD.
    pub spent: String,
    /// Where it stands.
    pub phase: PlaygroundPhase,
    /// Why it ended before its end.
    pub reason: Option<String>,
    /// The execution that is being decided on.
    pub under_way: Option<String>,
    /// Executions that were decided on.
    pub done: u32,
    /// Executions in all.
    pub total: u32,
    /// In the order of the executions.
    pub rows: Vec<PlaygroundRowDto>,
    /// Counts over the rows, one for each side.
    pub summary: Vec<PlaygroundArmSummaryDto>,
    /// Both sides the same, out of the executions on which both gave a usable answer.
    pub agreement: Option<PlaygroundShareDto>,
    /// Wall time, RFC 3339.
    pub started_at: String,
    /// Wall time, RFC 3339.
    pub ended_at: Option<String>,
}

/// The playground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundDto {
    /// Nothing before the first experiment since the engine was started.
    pub session: Option<PlaygroundSessionDto>,
}

/// What one side was asked and answered on one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundReplyDto {
    /// Name of the side.
    pub label: String,
    /// What was decided.
    pub action: Option<SignalAction>,
    /// What was asked and answered, in full.
    pub calls: Vec<AnalysisCall>,
}

/// What was said on one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlaygroundRepliesDto {
    /// The row.
    pub row: PlaygroundRowDto,
    /// One for each side.
    pub replies: Vec<PlaygroundReplyDto>,
}

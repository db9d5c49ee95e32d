//! Steps 5 and 6: the analysis and the checked signal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AnalystRecord, BlobRef};
use crate::domain::{Conid, SignalAction, Timeframe, Trend};

/// Input of step 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LlmAnalysisInput {
    /// Who analyses.
    pub analyst: AnalystRecord,
    /// The images, by timeframe.
    pub charts: BTreeMap<Timeframe, BlobRef>,
    /// The last price.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub last_price: Decimal,
    /// Shares of the symbol that the strategy held; nothing in records that are older than this.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    #[serde(default)]
    pub held_quantity: Option<Decimal>,
}

/// One part of an analysis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct AnalysisCall {
    /// `daily`, `weekly` or `consolidation`.
    pub purpose: String,
    /// The prompt's id and version, if a prompt was used.
    pub prompt: Option<String>,
    /// The rendered prompt, if a prompt was used.
    pub rendered_prompt: Option<BlobRef>,
    /// The model, if a model was used.
    pub model: Option<String>,
    /// The full text.
    pub reply: String,
    /// The version of the prompt that was rendered.
    #[serde(default)]
    pub prompt_version: Option<PromptRecord>,
    /// The version of the system message.
    #[serde(default)]
    pub system_version: Option<PromptRecord>,
    /// The rendered system message.
    #[serde(default)]
    pub rendered_system: Option<BlobRef>,
    /// The images that were sent, in their order.
    #[serde(default)]
    pub images: Vec<BlobRef>,
    /// Who answered, such as `anthropic`.
    #[serde(default)]
    pub provider: Option<String>,
    /// 1, or 2 for the repair of an answer that did not hold.
    #[serde(default = "first")]
    pub attempt: u32,
    /// What is wrong with the answer; empty if it holds.
    #[serde(default)]
    pub problems: Vec<String>,
    /// How the answer ended, such as `finished` or `truncated`.
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// From the request to the last word, in microseconds; 0 if the answer was on record.
    #[ts(type = "number")]
    #[serde(default)]
    pub latency_us: u64,
    /// The answer to identical input was on record and cost nothing.
    #[serde(default)]
    pub is_reused: bool,
    /// Tokens read.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens written.
    #[ts(type = "number")]
    pub output_tokens: u64,
    /// In USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub cost: Decimal,
}

impl AnalysisCall {
    /// A part that was computed: no prompt, no model, no cost.
    pub fn computed(purpose: &str, text: String) -> Self {
        Self {
            purpose: purpose.to_owned(),
            prompt: None,
            rendered_prompt: None,
            model: None,
            reply: text,
            prompt_version: None,
            system_version: None,
            rendered_system: None,
            images: Vec::new(),
            provider: None,
            attempt: first(),
            problems: Vec::new(),
            stop_reason: None,
            latency_us: 0,
            is_reused: false,
            input_tokens: 0,
            output_tokens: 0,
            cost: Decimal::ZERO,
        }
    }
}

fn first() -> u32 {
    1
}

/// Which version of which prompt was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptRecord {
    /// Id of the prompt.
    pub prompt_id: String,
    /// Its name for people.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// Such as `daily` or `consolidation_system`.
    pub prompt_type: String,
    /// `en` or `zh`.
    pub language: String,
    /// BLAKE3 of the template's text.
    pub hash: String,
}

/// How one of the four confirmations votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// Up.
    Bullish,
    /// Down.
    Bearish,
    /// Neither, or not computable yet.
    Neutral,
}

/// One of the four confirmations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ConfirmationVote {
    /// `supertrend`, `price_vs_sma20`, `macd` or `rsi`.
    pub name: String,
    /// How it votes.
    pub vote: Vote,
    /// The numbers behind it, in words.
    pub detail: String,
}

/// The 3-of-4 rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct Confirmation {
    /// The four votes.
    pub votes: Vec<ConfirmationVote>,
    /// Votes for the stronger side.
    pub confirmed_count: u8,
    /// The stronger side.
    pub side: Vote,
    /// At least three.
    pub passed: bool,
}

/// What an analyst proposes, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignalProposal {
    /// What to do.
    pub action: SignalAction,
    /// 0 to 1.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub confidence: Decimal,
    /// Direction seen.
    pub trend: Trend,
    /// Limit price proposed.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub entry_price: Option<Decimal>,
    /// Stop price proposed.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub stop_price: Option<Decimal>,
    /// Nearer target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_conservative: Option<Decimal>,
    /// Farther target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_aggressive: Option<Decimal>,
    /// Why, in a few sentences.
    pub reason: String,
    /// The symbol that the answer speaks of, if it names one.
    #[serde(default)]
    pub symbol: Option<String>,
    /// What the targets rest on, in the analyst's words.
    #[serde(default)]
    pub target_basis: Option<String>,
    /// What weighed most, in the analyst's words.
    #[serde(default)]
    pub key_factors: Vec<String>,
}

impl SignalProposal {
    /// Do nothing, for this reason.
    pub fn hold(reason: impl Into<String>) -> Self {
        Self {
            action: SignalAction::Hold,
            confidence: Decimal::ZERO,
            trend: Trend::Neutral,
            entry_price: None,
            stop_price: None,
            target_conservative: None,
            target_aggressive: None,
            reason: reason.into(),
            symbol: None,
            target_basis: None,
            key_factors: Vec::new(),
        }
    }
}

/// Output of step 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LlmAnalysisOutput {
    /// Who analysed.
    pub analyst: AnalystRecord,
    /// Daily, weekly, consolidation.
    pub calls: Vec<AnalysisCall>,
    /// What is proposed.
    pub proposal: SignalProposal,
    /// Tokens in all.
    #[ts(type = "number")]
    pub total_tokens: u64,
    /// In USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub total_cost: Decimal,
    /// What the built-in rule analyst proposes on the same data, where a language model analysed.
    #[serde(default)]
    pub baseline: Option<SignalProposal>,
    /// Why there is no usable answer, so that the proposal is HOLD.
    #[serde(default)]
    pub failure: Option<String>,
}

/// Input of step 6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ParseSignalInput {
    /// What the analyst proposes.
    pub proposal: SignalProposal,
    /// The last price.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub last_price: Decimal,
}

/// One check of the signal against the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignalCheck {
    /// Such as `stop_below_entry`.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// The numbers, in words.
    pub detail: String,
}

impl SignalCheck {
    /// A check with its verdict.
    pub fn new(name: &str, passed: bool, detail: String) -> Self {
        Self { name: name.to_owned(), passed, detail }
    }
}

/// Output of step 6: the signal that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ParseSignalOutput {
    /// What to do after all checks.
    pub action: SignalAction,
    /// What the analyst proposed.
    pub proposed_action: SignalAction,
    /// 0 to 1.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub confidence: Decimal,
    /// Direction.
    pub trend: Trend,
    /// Ticker symbol.
    pub symbol: String,
    /// Contract.
    pub conid: Conid,
    /// Limit price of the entry, on the tick.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub entry_price: Option<Decimal>,
    /// Stop price, on the tick.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub stop_price: Option<Decimal>,
    /// Nearer target, on the tick.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_conservative: Option<Decimal>,
    /// Farther target, on the tick.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_aggressive: Option<Decimal>,
    /// Target that the bracket uses, on the tick.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_price: Option<Decimal>,
    /// entry − stop, per share.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub risk_per_share: Option<Decimal>,
    /// `target_price` − entry, per share.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub reward_per_share: Option<Decimal>,
    /// reward ÷ risk to two places.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_multiple: Option<Decimal>,
    /// The same for the nearer target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_conservative: Option<Decimal>,
    /// The same for the farther target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_aggressive: Option<Decimal>,
    /// The 3-of-4 rule, computed by code.
    pub confirmation: Confirmation,
    /// Every check, passed or not.
    pub checks: Vec<SignalCheck>,
    /// Why the action is what it is.
    pub reason: String,
    /// Engine time.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub generated_at: Timestamp,
    /// 24 hours later, days without a session of the exchange not counted.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
}

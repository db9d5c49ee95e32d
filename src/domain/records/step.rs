//! Steps, how they end, and what an execution comes to.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::ExecutionId;

/// The twelve steps, in the order in which the lineage shows them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// 1: freeze the strategy version.
    LoadStrategy,
    /// 2: instrument, bars, quote.
    FetchMarketData,
    /// 3: every indicator on every timeframe.
    CalculateIndicators,
    /// 4: the images that an analyst sees.
    GenerateCharts,
    /// 5: the analysis. The name is the record's; the built-in analyst is no language model.
    LlmAnalysis,
    /// 6: the checked signal.
    ParseSignal,
    /// 7: size and rules.
    CheckRisk,
    /// 8: the order, or why there is none.
    PlaceOrder,
    /// 9: status events and fills.
    TrackOrder,
    /// 10: the position before and after.
    UpdatePosition,
    /// 11: cash and value before and after.
    UpdatePortfolio,
    /// 12: the outcome in one sentence.
    Complete,
}

impl StepName {
    /// All steps in order.
    pub const ALL: [Self; 12] = [
        Self::LoadStrategy,
        Self::FetchMarketData,
        Self::CalculateIndicators,
        Self::GenerateCharts,
        Self::LlmAnalysis,
        Self::ParseSignal,
        Self::CheckRisk,
        Self::PlaceOrder,
        Self::TrackOrder,
        Self::UpdatePosition,
        Self::UpdatePortfolio,
        Self::Complete,
    ];

    /// 1 to 12.
    pub fn number(self) -> u8 {
        // The discriminants count from zero in the order above.
        self as u8 + 1
    }

    /// The name in the lineage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoadStrategy => "load_strategy",
            Self::FetchMarketData => "fetch_market_data",
            Self::CalculateIndicators => "calculate_indicators",
            Self::GenerateCharts => "generate_charts",
            Self::LlmAnalysis => "llm_analysis",
            Self::ParseSignal => "parse_signal",
            Self::CheckRisk => "check_risk",
            Self::PlaceOrder => "place_order",
            Self::TrackOrder => "track_order",
            Self::UpdatePosition => "update_position",
            Self::UpdatePortfolio => "update_portfolio",
            Self::Complete => "complete",
        }
    }

    /// The step of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }
}

/// How an attempt of a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It did what it is for.
    Success,
    /// It failed; the error says why.
    Error,
    /// It does not apply; the output says why.
    Skipped,
    /// An earlier step failed.
    NotRun,
    /// An irreversible act is about to be made; a later attempt says what came of it.
    Started,
}

/// A large value, kept once under the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BlobRef {
    /// BLAKE3 of the bytes, 64 hexadecimal digits.
    pub blob: String,
    /// Such as `image/png` or `application/json`.
    pub media_type: String,
    /// Length in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

impl BlobRef {
    /// The reference to these bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            blob: blake3::hash(bytes).to_hex().to_string(),
            media_type: media_type.to_owned(),
            bytes: bytes.len() as u64,
        }
    }
}

/// What started an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its schedule.
    Schedule,
    /// A person.
    Manual,
    /// A replay of an earlier one.
    Replay,
    /// A person flattened the account.
    Flatten,
    /// An order that was placed elsewhere.
    External,
    /// The watch saw the price through a stop that is missing at the broker.
    StopWatch,
    /// The watch saw the price through a target that is missing at the broker.
    TargetWatch,
}

/// Why a step was skipped or not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SkippedRecord {
    /// A sentence.
    pub reason: String,
}

/// Input of step 12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CompleteInput {
    /// Which execution.
    pub execution_id: ExecutionId,
}

/// What an execution came to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The entry filled.
    Bought,
    /// The exit filled.
    Sold,
    /// The exit is working at the broker.
    Exiting,
    /// The analysis said to do nothing.
    Hold,
    /// The risk gate refused.
    Refused,
    /// A SELL without a position.
    NothingToSell,
    /// The entry was cancelled or expired without a fill.
    NotFilled,
    /// The broker refused the order.
    Rejected,
    /// Nobody knows yet whether the broker has the order; it is looked up, never sent again.
    Unknown,
    /// The run was interrupted before the order reached the broker.
    NotSent,
    /// The strategy only observes: no order is made.
    Observed,
    /// A step failed.
    Failed,
    /// A person declined the order.
    Declined,
    /// Nobody approved the order in time.
    ApprovalExpired,
    /// The position was closed by flattening the account.
    Flattened,
    /// Something that happened at the broker without us, recorded here.
    External,
}

/// Output of step 12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CompleteOutput {
    /// What it came to.
    pub outcome: Outcome,
    /// In one sentence.
    pub sentence: String,
    /// Steps that succeeded.
    pub steps_succeeded: u32,
    /// Steps skipped.
    pub steps_skipped: u32,
    /// Tokens in all.
    #[ts(type = "number")]
    pub total_tokens: u64,
    /// In USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub total_cost: Decimal,
}

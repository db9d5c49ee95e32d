//! What each step takes and gives, as the lineage keeps it and the cards show it.
//!
//! These shapes are part of the record: fields are added, never renamed. Decimals are strings,
//! instants are RFC 3339 texts, large values are [`BlobRef`]s.

mod account;
mod analysis;
mod limits;
mod market;
mod order;
mod risk;
mod step;
mod strategy;

pub use account::{
    PortfolioState, UpdatePortfolioInput, UpdatePortfolioOutput, UpdatePositionInput,
    UpdatePositionOutput,
};
pub use analysis::{
    AnalysisCall, Confirmation, ConfirmationVote, LlmAnalysisInput, LlmAnalysisOutput,
    ParseSignalInput, ParseSignalOutput, PromptRecord, SignalCheck, SignalProposal, Vote,
};
pub use limits::{AccountLimits, LimitOwner, LockRecord, LockTrade, LossStanding, RiskStanding};
pub use market::{
    BarsRecord, CalculateIndicatorsInput, CalculateIndicatorsOutput, ChartRecord,
    FetchMarketDataInput, FetchMarketDataOutput, GenerateChartsInput, GenerateChartsOutput,
    IndicatorLine, IndicatorTable, IndicatorValue, QuoteRecord,
};
pub use order::{
    BeforeAndAfter, FillRecord, OrderEventRecord, OrderLegRecord, PlaceOrderInput,
    PlaceOrderOutput, PreviewFigures, PreviewRecord, QuestionRecord, SubmitResult, TrackOrderInput,
    TrackOrderOutput,
};
pub use risk::{
    AccountState, ApprovedTerms, CheckRiskInput, CheckRiskOutput, ExitProtection, MandateState,
    MovableTarget, RiskRule, RuleVerdict, SizeArithmetic,
};
pub use step::{
    BlobRef, CompleteInput, CompleteOutput, Outcome, SkippedRecord, StepName, StepStatus, Trigger,
};
pub use strategy::{
    AnalystRecord, IndicatorRecord, LoadStrategyInput, LoadStrategyOutput, RiskParameters,
    SessionRecord,
};

//! What each step takes and gives, as the lineage keeps it and the cards show it.
//!
//! These shapes are part of the record: fields are added, never renamed. Decimals are strings,
//! instants are RFC 3339 texts, large values are [`BlobRef`]s.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    AccountId, Availability, BrokerOrderId, ClientOrderId, ClosedTrade, Conid, Environment,
    ExecutionId, FillId, Instrument, Leg, OrderSide, OrderStatus, OrderType, Position,
    SignalAction, StrategyId, TimeInForce, Timeframe, Trend,
};

/// The twelve steps, in the order in which the lineage shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlobRef {
    /// BLAKE3 of the bytes, 64 hexadecimal digits.
    pub blob: String,
    /// Such as `image/png` or `application/json`.
    pub media_type: String,
    /// Length in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// What started an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its schedule.
    Schedule,
    /// A person.
    Manual,
    /// A replay of an earlier one.
    Replay,
}

/// Why a step was skipped or not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SkippedRecord {
    /// A sentence.
    pub reason: String,
}

/// Input of step 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LoadStrategyInput {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// What started the run.
    pub trigger: Trigger,
    /// The engine time of the run: nothing later is looked at.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// One indicator with its parameters, as configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct IndicatorRecord {
    /// Such as `sma_50`; unique in the strategy.
    pub id: String,
    /// Such as `SMA`.
    pub kind: String,
    /// Parameter name to value, such as `period` to `50`.
    pub parameters: BTreeMap<String, String>,
}

/// Every risk parameter, in force for one strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RiskParameters {
    /// Share of the equity at stake in one trade, in percent.
    #[ts(type = "string")]
    pub risk_per_trade_percent: Decimal,
    /// Distance of the stop from the entry, in multiples of ATR(14).
    #[ts(type = "string")]
    pub stop_atr_multiple: Decimal,
    /// Distance of the target from the entry, in multiples of ATR(14).
    #[ts(type = "string")]
    pub target_atr_multiple: Decimal,
    /// Most shares in one order.
    #[ts(type = "string")]
    pub maximum_position_shares: Decimal,
    /// Most of the equity in one position, in percent.
    #[ts(type = "string")]
    pub maximum_position_percent: Decimal,
    /// Most of the equity in all positions and working entries, in percent.
    #[ts(type = "string")]
    pub maximum_exposure_percent: Decimal,
    /// From here the exposure is warned about, in percent.
    #[ts(type = "string")]
    pub warn_exposure_percent: Decimal,
    /// Most positions at once, working entries included.
    pub maximum_open_positions: u32,
    /// Least reward for one unit of risk.
    #[ts(type = "string")]
    pub minimum_r: Decimal,
}

/// Who analyses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnalystRecord {
    /// `rules` for the built-in rule analyst.
    pub kind: String,
    /// The name that cards show.
    pub name: String,
    /// Whether a language model speaks.
    pub is_language_model: bool,
}

/// State of the broker session when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionRecord {
    /// The login is valid.
    pub authenticated: bool,
    /// The gateway reaches the broker.
    pub connected: bool,
    /// Another session uses the same login.
    pub competing: bool,
    /// Name and build of the server that answered.
    pub server: Option<String>,
}

/// Output of step 1: the frozen strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LoadStrategyOutput {
    /// Id of the strategy.
    pub strategy_id: StrategyId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Version that ran, from 1.
    pub version: u32,
    /// BLAKE3 of the version's text.
    pub version_hash: String,
    /// The symbol of this run.
    pub symbol: String,
    /// All symbols of the strategy.
    pub symbols: Vec<String>,
    /// Cron expression, if it is scheduled.
    pub schedule: Option<String>,
    /// Time zone of the schedule.
    pub time_zone: String,
    /// `observe`, `propose` or `auto`.
    pub autonomy: String,
    /// Who analyses.
    pub analyst: AnalystRecord,
    /// What is computed.
    pub indicators: Vec<IndicatorRecord>,
    /// The limits in force.
    pub risk: RiskParameters,
    /// Where orders go.
    pub environment: Environment,
    /// Which account trades.
    pub account_id: AccountId,
    /// The session that the run found.
    pub session: SessionRecord,
    /// What started the run.
    pub trigger: Trigger,
    /// The engine time of the run.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// Input of step 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FetchMarketDataInput {
    /// Ticker symbol.
    pub symbol: String,
    /// Period asked for, by timeframe.
    pub periods: BTreeMap<Timeframe, String>,
}

/// The bars of one timeframe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BarsRecord {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// What was asked for, such as `1y`.
    pub period: String,
    /// Number of bars.
    pub count: usize,
    /// Date of the first bar, in the exchange's zone.
    pub first: String,
    /// Date of the last bar.
    pub last: String,
    /// All bars: a JSON array of `[date, open, high, low, close, volume]`, texts.
    pub bars: BlobRef,
    /// The last closes, oldest first, for a sparkline.
    #[ts(type = "string[]")]
    pub closes: Vec<Decimal>,
}

/// The last price with where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuoteRecord {
    /// Last traded price.
    #[ts(type = "string")]
    pub last: Decimal,
    /// When the broker last updated it.
    #[ts(type = "string")]
    pub as_of: Timestamp,
    /// Age at the time of the run, in seconds.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Who said so.
    pub source: String,
    /// How current it is.
    pub availability: Availability,
}

/// Output of step 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FetchMarketDataOutput {
    /// The contract.
    pub instrument: Instrument,
    /// Bars by timeframe, daily first.
    pub timeframes: Vec<BarsRecord>,
    /// The last quote.
    pub quote: QuoteRecord,
    /// Whether the prices come from the simulated exchange.
    pub simulated: bool,
    /// What was done to the prices, such as the adjustment for splits and dividends.
    pub adjustment: Option<String>,
    /// Who published the prices.
    pub attribution: Option<String>,
}

/// Input of step 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CalculateIndicatorsInput {
    /// Bars by timeframe.
    pub bars: BTreeMap<Timeframe, BlobRef>,
    /// What to compute.
    pub indicators: Vec<IndicatorRecord>,
}

/// One line of an indicator, such as MACD's signal line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IndicatorLine {
    /// Such as `value`, `signal`, `upper`.
    pub name: String,
    /// At the last bar, to six places; nothing while it warms up.
    #[ts(type = "string | null")]
    pub value: Option<Decimal>,
    /// One bar earlier.
    #[ts(type = "string | null")]
    pub previous: Option<Decimal>,
    /// The last 60 values for a small plot.
    #[ts(type = "(string | null)[]")]
    pub recent: Vec<Option<Decimal>>,
}

/// One indicator on one timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct IndicatorValue {
    /// The indicator.
    pub indicator: IndicatorRecord,
    /// Its name for people, such as `RSI(14)`.
    pub label: String,
    /// Its lines.
    pub lines: Vec<IndicatorLine>,
    /// In words, such as `overbought`.
    pub reading: Option<String>,
    /// Bars that it needs before its first value.
    pub warm_up_bars: usize,
    /// Bars that it had.
    pub bars: usize,
    /// Whether it has a value at the last bar.
    pub is_warm: bool,
}

/// Indicators of one timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct IndicatorTable {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Date of the last bar.
    pub as_of: String,
    /// In the strategy's order.
    pub indicators: Vec<IndicatorValue>,
}

/// Output of step 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CalculateIndicatorsOutput {
    /// Tables by timeframe, daily first.
    pub timeframes: Vec<IndicatorTable>,
}

/// Input of step 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GenerateChartsInput {
    /// Bars to show, by timeframe.
    pub bars_shown: BTreeMap<Timeframe, usize>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// One chart image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChartRecord {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// The image.
    pub image: BlobRef,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bars shown.
    pub bars_shown: usize,
    /// Date of the first bar shown.
    pub first: String,
    /// Date of the last bar shown.
    pub last: String,
    /// Panels from top to bottom.
    pub panels: Vec<String>,
}

/// Output of step 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GenerateChartsOutput {
    /// Daily first.
    pub charts: Vec<ChartRecord>,
}

/// Input of step 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LlmAnalysisInput {
    /// Who analyses.
    pub analyst: AnalystRecord,
    /// The images, by timeframe.
    pub charts: BTreeMap<Timeframe, BlobRef>,
    /// The last price.
    #[ts(type = "string")]
    pub last_price: Decimal,
}

/// One part of an analysis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    /// Tokens read.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens written.
    #[ts(type = "number")]
    pub output_tokens: u64,
    /// In USD.
    #[ts(type = "string")]
    pub cost: Decimal,
}

/// How one of the four confirmations votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConfirmationVote {
    /// `supertrend`, `price_vs_sma20`, `macd` or `rsi`.
    pub name: String,
    /// How it votes.
    pub vote: Vote,
    /// The numbers behind it, in words.
    pub detail: String,
}

/// The 3-of-4 rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignalProposal {
    /// What to do.
    pub action: SignalAction,
    /// 0 to 1.
    #[ts(type = "string")]
    pub confidence: Decimal,
    /// Direction seen.
    pub trend: Trend,
    /// Limit price proposed.
    #[ts(type = "string | null")]
    pub entry_price: Option<Decimal>,
    /// Stop price proposed.
    #[ts(type = "string | null")]
    pub stop_price: Option<Decimal>,
    /// Nearer target.
    #[ts(type = "string | null")]
    pub target_conservative: Option<Decimal>,
    /// Farther target.
    #[ts(type = "string | null")]
    pub target_aggressive: Option<Decimal>,
    /// Why, in a few sentences.
    pub reason: String,
}

/// Output of step 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    pub total_cost: Decimal,
}

/// Input of step 6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ParseSignalInput {
    /// What the analyst proposes.
    pub proposal: SignalProposal,
    /// The last price.
    #[ts(type = "string")]
    pub last_price: Decimal,
}

/// One check of the signal against the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignalCheck {
    /// Such as `stop_below_entry`.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// The numbers, in words.
    pub detail: String,
}

/// Output of step 6: the signal that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ParseSignalOutput {
    /// What to do after all checks.
    pub action: SignalAction,
    /// What the analyst proposed.
    pub proposed_action: SignalAction,
    /// 0 to 1.
    #[ts(type = "string")]
    pub confidence: Decimal,
    /// Direction.
    pub trend: Trend,
    /// Ticker symbol.
    pub symbol: String,
    /// Contract.
    pub conid: Conid,
    /// Limit price of the entry, on the tick.
    #[ts(type = "string | null")]
    pub entry_price: Option<Decimal>,
    /// Stop price, on the tick.
    #[ts(type = "string | null")]
    pub stop_price: Option<Decimal>,
    /// Nearer target, on the tick.
    #[ts(type = "string | null")]
    pub target_conservative: Option<Decimal>,
    /// Farther target, on the tick.
    #[ts(type = "string | null")]
    pub target_aggressive: Option<Decimal>,
    /// Target that the bracket uses, on the tick.
    #[ts(type = "string | null")]
    pub target_price: Option<Decimal>,
    /// entry − stop, per share.
    #[ts(type = "string | null")]
    pub risk_per_share: Option<Decimal>,
    /// `target_price` − entry, per share.
    #[ts(type = "string | null")]
    pub reward_per_share: Option<Decimal>,
    /// reward ÷ risk to two places.
    #[ts(type = "string | null")]
    pub r_multiple: Option<Decimal>,
    /// The same for the nearer target.
    #[ts(type = "string | null")]
    pub r_conservative: Option<Decimal>,
    /// The same for the farther target.
    #[ts(type = "string | null")]
    pub r_aggressive: Option<Decimal>,
    /// The 3-of-4 rule, computed by code.
    pub confirmation: Confirmation,
    /// Every check, passed or not.
    pub checks: Vec<SignalCheck>,
    /// Why the action is what it is.
    pub reason: String,
    /// Engine time.
    #[ts(type = "string")]
    pub generated_at: Timestamp,
    /// 24 hours later.
    #[ts(type = "string")]
    pub expires_at: Timestamp,
}

/// Input of step 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckRiskInput {
    /// What to do.
    pub action: SignalAction,
    /// Limit price of the entry.
    #[ts(type = "string | null")]
    pub entry_price: Option<Decimal>,
    /// Stop price.
    #[ts(type = "string | null")]
    pub stop_price: Option<Decimal>,
    /// Target.
    #[ts(type = "string | null")]
    pub target_price: Option<Decimal>,
    /// The limits.
    pub risk: RiskParameters,
    /// The account as the broker reports it.
    pub account: AccountState,
}

/// What the risk gate knows of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccountState {
    /// Cash plus positions, in USD.
    #[ts(type = "string")]
    pub net_liquidation: Decimal,
    /// Cash, in USD.
    #[ts(type = "string")]
    pub cash: Decimal,
    /// Cash not promised to working entries.
    #[ts(type = "string")]
    pub available_funds: Decimal,
    /// Value of all positions and of all working entries.
    #[ts(type = "string")]
    pub exposure: Decimal,
    /// Positions and working entries.
    pub open_positions: u32,
    /// Shares that this strategy already holds of the symbol.
    #[ts(type = "string")]
    pub held_quantity: Decimal,
    /// This strategy has an order working, or of unknown fate, to open this symbol.
    pub has_working_entry: bool,
    /// Trading is halted.
    pub halted: bool,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleVerdict {
    /// Within the limit.
    Pass,
    /// Within the limit, and near it.
    Warn,
    /// The quantity was cut down to the limit.
    Adjusted,
    /// Refuses the order.
    Refuse,
    /// Has nothing to say here.
    NotApplicable,
}

/// One rule of the risk gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RiskRule {
    /// Such as `maximum_exposure`.
    pub rule: String,
    /// The limit, with its unit.
    pub limit: String,
    /// The value, with its unit.
    pub value: String,
    /// Value ÷ limit in percent, for a gauge.
    #[ts(type = "string | null")]
    pub used_percent: Option<Decimal>,
    /// The verdict.
    pub verdict: RuleVerdict,
    /// A sentence.
    pub detail: String,
}

/// The arithmetic behind the size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SizeArithmetic {
    /// Capital that the percentage applies to.
    #[ts(type = "string")]
    pub capital: Decimal,
    /// In percent.
    #[ts(type = "string")]
    pub risk_percent: Decimal,
    /// capital × percent, in USD.
    #[ts(type = "string")]
    pub risk_amount: Decimal,
    /// entry − stop.
    #[ts(type = "string")]
    pub risk_per_share: Decimal,
    /// risk amount ÷ risk per share, whole shares.
    #[ts(type = "string")]
    pub quantity_by_risk: Decimal,
    /// After every rule.
    #[ts(type = "string")]
    pub quantity: Decimal,
}

/// Output of step 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckRiskOutput {
    /// Whether an order may be sent.
    pub approved: bool,
    /// The size, for an entry.
    pub size: Option<SizeArithmetic>,
    /// Shares to trade.
    #[ts(type = "string")]
    pub quantity: Decimal,
    /// Each rule.
    pub rules: Vec<RiskRule>,
    /// The verdict, or the arithmetic, in a sentence.
    pub sentence: String,
}

/// Input of step 8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceOrderInput {
    /// The account that trades.
    pub account_id: AccountId,
    /// Ticker symbol.
    pub symbol: String,
    /// Contract.
    pub conid: Conid,
    /// What is sent: `bracket` for an entry, `modify_target` for an exit.
    pub kind: String,
    /// Each order.
    pub legs: Vec<OrderLegRecord>,
}

/// One order of a bracket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderLegRecord {
    /// Its part.
    pub leg: Leg,
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// The broker's id, once it has one.
    pub broker_order_id: Option<BrokerOrderId>,
    /// Which way.
    pub side: OrderSide,
    /// How the price is found.
    pub order_type: OrderType,
    /// Shares.
    #[ts(type = "string")]
    pub quantity: Decimal,
    /// Limit price or stop price; nothing for a market order.
    #[ts(type = "string | null")]
    pub price: Option<Decimal>,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// What became of it.
    pub status: OrderStatus,
}

/// A question of the broker, in its words, and our answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuestionRecord {
    /// The broker's message ids, such as `o163`.
    pub message_ids: Vec<String>,
    /// The broker's words.
    pub text: String,
    /// Yes or no.
    pub confirmed: bool,
    /// Which entry of the allow-list, or why not.
    pub because: String,
}

/// What came of sending an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SubmitResult {
    /// The broker has it.
    Accepted,
    /// The broker said no.
    Rejected,
    /// Nobody knows yet.
    Unknown,
}

/// Output of step 8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceOrderOutput {
    /// What came of it.
    pub result: SubmitResult,
    /// Each order with the broker's id.
    pub legs: Vec<OrderLegRecord>,
    /// Questions and answers.
    pub questions: Vec<QuestionRecord>,
    /// The broker's words, if it refused; what is not known, if unknown.
    pub reason: Option<String>,
    /// Whether this was found by reconciliation after an interruption.
    pub reconciled: bool,
}

/// Input of step 9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrackOrderInput {
    /// Orders that are watched.
    pub client_order_ids: Vec<ClientOrderId>,
}

/// A change that the broker reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderEventRecord {
    /// Engine time at which it was seen.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// Its part.
    pub leg: Leg,
    /// New status.
    pub status: OrderStatus,
    /// Shares filled so far.
    #[ts(type = "string")]
    pub filled_quantity: Decimal,
    /// Shares to go.
    #[ts(type = "string")]
    pub remaining_quantity: Decimal,
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FillRecord {
    /// The broker's id.
    pub fill_id: FillId,
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// Its part.
    pub leg: Leg,
    /// Which way.
    pub side: OrderSide,
    /// Shares.
    #[ts(type = "string")]
    pub quantity: Decimal,
    /// Price per share.
    #[ts(type = "string")]
    pub price: Decimal,
    /// In USD.
    #[ts(type = "string")]
    pub commission: Decimal,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
}

/// Output of step 9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrackOrderOutput {
    /// Every change, oldest first.
    pub events: Vec<OrderEventRecord>,
    /// Every fill, oldest first.
    pub fills: Vec<FillRecord>,
    /// Where the order that was watched ended.
    pub final_status: OrderStatus,
    /// Engine time from placement to the end, in seconds.
    #[ts(type = "number")]
    pub waited_seconds: i64,
}

/// Input of step 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatePositionInput {
    /// Fills that change it.
    pub fills: Vec<FillRecord>,
}

/// Output of step 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatePositionOutput {
    /// Before the fills.
    pub before: Option<Position>,
    /// After them.
    pub after: Option<Position>,
    /// The round trip that they closed.
    pub closed_trade: Option<ClosedTrade>,
}

/// Input of step 11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatePortfolioInput {
    /// Which account.
    pub account_id: AccountId,
}

/// The account's money at one instant, from our own ledger, checked against the broker's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PortfolioState {
    /// Engine time.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// In USD.
    #[ts(type = "string")]
    pub cash: Decimal,
    /// Quantity × last price over all positions, in USD.
    #[ts(type = "string")]
    pub positions_value: Decimal,
    /// Cash + positions.
    #[ts(type = "string")]
    pub net_liquidation: Decimal,
    /// Of closed trades, net of commission.
    #[ts(type = "string")]
    pub realized_pnl: Decimal,
    /// Of open positions, before commission.
    #[ts(type = "string")]
    pub unrealized_pnl: Decimal,
    /// All commissions so far.
    #[ts(type = "string")]
    pub commission: Decimal,
}

/// Output of step 11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatePortfolioOutput {
    /// Without the fills of this step.
    pub before: PortfolioState,
    /// With them, at the same prices.
    pub after: PortfolioState,
    /// Cash as the broker reports it.
    #[ts(type = "string")]
    pub broker_cash: Decimal,
    /// Our cash minus the broker's: anything but zero is an alarm.
    #[ts(type = "string")]
    pub cash_difference: Decimal,
}

/// Input of step 12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CompleteInput {
    /// Which execution.
    pub execution_id: ExecutionId,
}

/// What an execution came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
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
}

/// Output of step 12.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    pub total_cost: Decimal,
}

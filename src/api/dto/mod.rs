//! Shapes on the wire between the engine and a host (window, terminal). Decimals are strings,
//! instants RFC 3339 texts. TypeScript types are generated from them into `ui/src/gen`.

mod backups;
mod broker;
mod charts;
mod executions;
mod health;
mod indicators;
mod models;
mod notifications;
mod playground;
mod portfolio;
mod prompts;
mod proof;
mod risk;
mod schedules;
mod signals;
mod statistics;
mod strategies;
mod symbols;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

pub use backups::*;
pub use broker::*;
pub use charts::*;
pub use executions::*;
pub use health::*;
pub use indicators::*;
pub use models::*;
pub use notifications::*;
pub use playground::*;
pub use portfolio::*;
pub use prompts::*;
pub use proof::*;
pub use risk::*;
pub use schedules::*;
pub use signals::*;
pub use statistics::*;
pub use strategies::*;
pub use symbols::*;

use crate::domain::records::{Outcome, PortfolioState, RiskParameters, StepStatus, Trigger};
use crate::domain::{ClosedTrade, Environment, Position};

/// The strip at the top of every page.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StatusDto {
    /// Where orders go.
    pub environment: Environment,
    /// The account; empty until the broker has answered for the first time.
    pub account_id: String,
    /// Cash plus positions, in USD; nothing while the broker has not answered.
    pub net_liquidation: Option<String>,
    /// Since the account was opened, in percent.
    pub change_percent: Option<String>,
    /// Engine time, RFC 3339 UTC.
    pub now: String,
    /// Engine time on the exchange's clock, such as `2012-06-15 16:00 EDT`.
    pub exchange_time: String,
    /// Whether the exchange is in its regular session.
    pub exchange_open: bool,
    /// First instant for which there are prices (sandbox).
    pub data_from: Option<String>,
    /// Last instant for which there are prices (sandbox).
    pub data_to: Option<String>,
    /// How the sandbox clock moves: `paused`, `running`, `fast_forward`; nothing elsewhere.
    pub clock_mode: Option<String>,
    /// Next planned run, RFC 3339 UTC.
    pub next_run: Option<String>,
    /// Set while trading is halted.
    pub halt: Option<HaltDto>,
    /// Executions that are under way or wait for their order.
    pub running_executions: u32,
    /// Working orders.
    pub working_orders: u32,
    /// Lineage records lost since the start (0 unless the disk failed).
    pub lineage_dropped: u32,
    /// Version of the program.
    pub version: String,
}

/// Since when and by whom trading is halted.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct HaltDto {
    /// RFC 3339 UTC.
    pub since: String,
    /// `window`, `tray`, `terminal` or `file`.
    pub by: String,
    /// In the words of who did it.
    pub reason: String,
}

/// A strategy in the list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyDto {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Current version.
    pub version: u32,
    /// Whether its schedule runs.
    pub active: bool,
    /// Whether it was put away: it is kept, and runs no more.
    pub archived: bool,
    /// Symbols.
    pub symbols: Vec<String>,
    /// Cron expression.
    pub schedule: Option<String>,
    /// The same in words.
    pub schedule_words: Option<String>,
    /// Zone of the schedule.
    pub time_zone: String,
    /// Next planned run, RFC 3339 UTC.
    pub next_run: Option<String>,
    /// `observe`, `propose` or `auto`.
    pub autonomy: String,
    /// Name of the analyst.
    pub analyst: String,
    /// Labels of the indicators.
    pub indicators: Vec<String>,
    /// Limits.
    pub risk: RiskParameters,
    /// What closes its entries for a while after trades went badly, in words.
    pub protections: Vec<String>,
    /// The newest executions, newest first, at most five.
    pub recent: Vec<ExecutionDto>,
    /// The strategy as TOML.
    pub toml: String,
}

/// One execution in a list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ExecutionDto {
    /// Id.
    pub id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Name of the strategy.
    pub strategy_name: String,
    /// Version that ran.
    pub strategy_version: u32,
    /// Symbol.
    pub symbol: String,
    /// What started it.
    pub trigger: Trigger,
    /// Where its orders went.
    pub environment: Environment,
    /// Engine time of the run, RFC 3339 UTC.
    pub as_of: String,
    /// The same on the exchange's clock.
    pub exchange_time: String,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// What it came to.
    pub outcome: Option<Outcome>,
    /// In one sentence.
    pub sentence: Option<String>,
    /// Wall time of all steps, microseconds.
    #[ts(type = "number")]
    pub duration_us: u64,
    /// Steps recorded so far.
    pub steps: u32,
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Steps are being made.
    Running,
    /// Its order waits for a person.
    AwaitingApproval,
    /// It waits for its order.
    Tracking,
    /// Done.
    Completed,
    /// A step failed.
    Failed,
}

/// One attempt of one step: a row of `workflow_lineage`.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StepDto {
    /// Place in the chain.
    #[ts(type = "number")]
    pub sequence: i64,
    /// 1 to 12.
    pub step_number: u8,
    /// Such as `parse_signal`.
    pub step_name: String,
    /// From 1. Later attempts of steps 9 to 11 are later events of the same order.
    pub attempt: u32,
    /// How it ended.
    pub status: StepStatus,
    /// Record of the step's input; its shape hangs on `step_name`.
    pub input: Value,
    /// Record of the step's output, or a `SkippedRecord`, or what a failed step had produced.
    pub output: Value,
    /// Further facts (program version, host, …).
    pub metadata: Value,
    /// The whole chain of causes, first line first.
    pub error: Option<String>,
    /// Microseconds.
    #[ts(type = "number")]
    pub duration_us: u64,
    /// Wall time, RFC 3339 UTC.
    pub recorded_at: String,
    /// Hash of the row before.
    pub previous_hash: String,
    /// Hash of this row.
    pub hash: String,
}

/// An execution with everything that was recorded of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LineageDto {
    /// The execution.
    pub execution: ExecutionDto,
    /// Its rows by step number and attempt.
    pub steps: Vec<StepDto>,
    /// Whether the hashes of these rows hold.
    pub chain_intact: bool,
    /// Any row with status error.
    pub has_errors: bool,
}

/// An order in a list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OrderDto {
    /// Our id; for an order that was placed elsewhere, one made of the broker's.
    pub client_order_id: String,
    /// The broker's id.
    pub broker_order_id: Option<String>,
    /// It was placed elsewhere.
    pub is_external: bool,
    /// The execution that placed it.
    pub execution_id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Symbol.
    pub symbol: String,
    /// `entry`, `stop`, `target`, `exit`, `flatten`, `external`.
    pub leg: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// `market`, `limit`, `stop`, `stop_limit`, `trailing_stop`.
    pub order_type: String,
    /// Shares.
    pub quantity: String,
    /// Shares filled.
    pub filled_quantity: String,
    /// Limit or stop price.
    pub price: Option<String>,
    /// Average price of the fills.
    pub average_price: Option<String>,
    /// `DAY`, `GTC`, `IOC`, `GTD`.
    pub time_in_force: String,
    /// Such as `submitted`.
    pub status: String,
    /// The broker's words, if there are any.
    pub reason: Option<String>,
    /// Engine time of the intent, RFC 3339 UTC.
    pub created_at: String,
    /// Engine time of the last change.
    pub updated_at: String,
}

/// A position with its present value.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PositionDto {
    /// What is held, and why.
    pub position: Position,
    /// Name of the company; nothing if the contract was never looked at on *Symbols*.
    pub company_name: Option<String>,
    /// Last price; nothing if there is none.
    pub last_price: Option<String>,
    /// When the broker named that price, RFC 3339 UTC; nothing if that was not noted.
    pub price_as_of: Option<String>,
    /// Quantity × average cost.
    pub cost_basis: String,
    /// Quantity × last price.
    pub market_value: Option<String>,
    /// (last − cost) × quantity.
    pub unrealized_pnl: Option<String>,
    /// The same in percent of the cost.
    pub unrealized_percent: Option<String>,
    /// (last − stop) ÷ last, in percent: how far the price may fall before the stop.
    pub stop_distance_percent: Option<String>,
    /// (target − last) ÷ last, in percent.
    pub target_distance_percent: Option<String>,
    /// The lots that it consists of, oldest first.
    pub lots: Vec<OpenLotDto>,
}

/// The value of the account on one day.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ValuePointDto {
    /// Trading day, `YYYY-MM-DD`.
    pub date: String,
    /// In USD.
    pub net_liquidation: String,
    /// In USD.
    pub cash: String,
    /// The close was missed, and its value made good later.
    pub is_rebuilt: bool,
}

/// The portfolio page.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PortfolioDto {
    /// Where the account is.
    pub environment: Environment,
    /// Which account.
    pub account_id: String,
    /// Present state.
    pub state: PortfolioState,
    /// Value at the opening of the account, in USD.
    pub starting_cash: String,
    /// Open positions.
    pub positions: Vec<PositionDto>,
    /// Closed trades, newest first.
    pub trades: Vec<ClosedTrade>,
    /// One point a trading day, oldest first.
    pub history: Vec<ValuePointDto>,
    /// Numbers over closed trades only.
    pub statistics: StatisticsDto,
    /// Of closed trades before commission, in USD.
    pub realized_gross: String,
    /// Since the last close before today's session.
    pub day: DayPnlDto,
}

/// Numbers over closed trades only; nothing where there is no trade to speak of.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StatisticsDto {
    /// Closed trades.
    pub total: u32,
    /// With a net gain.
    pub wins: u32,
    /// With a net loss.
    pub losses: u32,
    /// In percent.
    pub win_rate_percent: Option<String>,
    /// In USD.
    pub total_realized: String,
    /// In USD.
    pub average_win: Option<String>,
    /// In USD.
    pub average_loss: Option<String>,
    /// In USD.
    pub largest_win: Option<String>,
    /// In USD.
    pub largest_loss: Option<String>,
    /// In R.
    pub average_r: Option<String>,
    /// Gains ÷ losses.
    pub profit_factor: Option<String>,
    /// Net per trade, in USD.
    pub expectancy: Option<String>,
}

/// The answer to a verification of the chain.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct VerifyDto {
    /// Whether every hash and every anchor holds.
    pub intact: bool,
    /// Rows checked.
    #[ts(type = "number")]
    pub rows: u64,
    /// Blobs checked.
    #[ts(type = "number")]
    pub blobs: u64,
    /// The ends of days that were kept outside the database.
    pub anchors: AnchorsDto,
    /// The first row, or the first anchor, that does not hold, and why.
    pub first_fault: Option<String>,
}

/// A blob for the window: bytes as base64.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BlobDto {
    /// Such as `image/png`.
    pub media_type: String,
    /// The bytes.
    pub base64: String,
}

/// Something changed in the engine; the window fetches what it shows of it again.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct EngineEvent {
    /// Counts up by one; a gap means that events were lost and everything is fetched again.
    #[ts(type = "number")]
    pub sequence: u64,
    /// What changed.
    pub topic: EventTopic,
    /// Which execution, if one.
    pub execution_id: Option<String>,
    /// What a model has said until now, if it speaks.
    pub speech: Option<SpeechDto>,
}

/// What a model has said until now in one call of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SpeechDto {
    /// `daily`, `weekly` or `consolidation`.
    pub purpose: String,
    /// 1, or 2 for the repair of an answer that did not hold.
    pub attempt: u32,
    /// All of the text until now.
    pub text: String,
}

/// What can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventTopic {
    /// An execution began, ended, or has a new step.
    Executions,
    /// Orders.
    Orders,
    /// Positions, cash, trades.
    Portfolio,
    /// The clock, the session, the halt.
    Status,
    /// Strategies.
    Strategies,
    /// The gateway, the session, reconciliation, what closes entries.
    Connection,
    /// Orders and questions that wait for a person.
    Approvals,
    /// Faults of the sandbox's gateway.
    Faults,
    /// Prompts and their versions.
    Prompts,
    /// Signals: a new one, or what became of one.
    Signals,
    /// Models, their keys, prices, calls and budgets.
    Models,
    /// The experiment of the playground: a row more, or its end.
    Playground,
    /// Limits of the account, locks on entries, what the watch saw.
    Risk,
    /// Saved symbols and watch-lists.
    Symbols,
    /// Named sets of indicators.
    Indicators,
    /// Notifications: a new one, what was read, what goes where, the background.
    Notifications,
    /// A model speaks: nothing has to be fetched again.
    Speech,
}

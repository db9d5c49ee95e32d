//! What the tables hold, in the words of the domain. All amounts are in the account's currency.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::records::{Outcome, StepName, StepStatus, Trigger};
use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, Conid, Environment, ExecutionId, Fill, FillId, Leg,
    OrderSide, OrderStatus, OrderType, StrategyId, TimeInForce,
};

/// One frozen version of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyVersionRow {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// Name for people.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// The whole definition.
    pub toml: String,
    /// Hash of the definition; the same version with another hash is refused.
    pub hash: String,
    /// Wall time.
    pub created_at: Timestamp,
}

/// The newest version of a strategy, and whether its schedule runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyRow {
    /// The newest version.
    pub version: StrategyVersionRow,
    /// Whether its schedule runs.
    pub active: bool,
    /// When it was put away, wall time; nothing for one that is in use.
    pub archived_at: Option<Timestamp>,
}

/// A version of a strategy and how often it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyVersionUse {
    /// The version.
    pub version: StrategyVersionRow,
    /// Executions that ran it.
    pub executions: u32,
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// One run of one version of one strategy on one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionRow {
    /// Its id.
    pub id: ExecutionId,
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// Which version of it; that version must be in the store.
    pub strategy_version: u32,
    /// On which symbol.
    pub symbol: String,
    /// The language model that analyses in the place of the strategy's own analyst.
    pub model: Option<String>,
    /// What started it.
    pub trigger: Trigger,
    /// Where its orders go.
    pub environment: Environment,
    /// To which account.
    pub account_id: AccountId,
    /// Engine time of the run.
    pub as_of: Timestamp,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// What it came to, once it is done.
    pub outcome: Option<Outcome>,
    /// The outcome in one sentence.
    pub sentence: Option<String>,
    /// Wall time of all its steps, microseconds.
    pub duration_us: u64,
    /// Wall time.
    pub started_at: Timestamp,
    /// Wall time.
    pub finished_at: Option<Timestamp>,
}

/// An order as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// The broker's id, once it is known.
    pub broker_order_id: Option<BrokerOrderId>,
    /// The execution that placed it.
    pub execution_id: ExecutionId,
    /// The execution that placed it or changed it last.
    pub decided_by: ExecutionId,
    /// Strategy.
    pub strategy_id: StrategyId,
    /// Account.
    pub account_id: AccountId,
    /// What is traded.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Its part in the bracket.
    pub leg: Leg,
    /// Which way.
    pub side: OrderSide,
    /// How its price is found.
    pub order_type: OrderType,
    /// Shares.
    pub quantity: Decimal,
    /// Limit or stop price.
    pub price: Option<Decimal>,
    /// Stop price of a stop-limit order, trail of a trailing stop.
    pub aux_price: Option<Decimal>,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Until when it works, engine time; set exactly if it is good till a date.
    pub good_till: Option<Timestamp>,
    /// What has become of it.
    pub status: OrderStatus,
    /// Shares filled.
    pub filled_quantity: Decimal,
    /// Average price of the fills.
    pub average_price: Option<Decimal>,
    /// Commission of the fills.
    pub commission: Decimal,
    /// The broker's words, if there are any.
    pub reason: Option<String>,
    /// Engine time of the intent.
    pub created_at: Timestamp,
    /// Engine time of the last change.
    pub updated_at: Timestamp,
}

/// A change of an order's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEventRow {
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// Engine time.
    pub at: Timestamp,
    /// The state from then on.
    pub status: OrderStatus,
    /// Shares filled until then.
    pub filled_quantity: Decimal,
    /// Shares not filled by then.
    pub remaining_quantity: Decimal,
    /// The broker's own words for it, if there were any.
    pub words: Option<String>,
}

/// A fill of one of our orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillRow {
    /// As the broker reports it. Read back, it always carries our client order id.
    pub fill: Fill,
    /// Our id of the order.
    pub client_order_id: ClientOrderId,
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// Strategy.
    pub strategy_id: StrategyId,
    /// The order's part in the bracket.
    pub leg: Leg,
    /// Ticker symbol.
    pub symbol: String,
    /// The fill that this one replaces; that one no longer counts.
    pub corrects: Option<FillId>,
}

/// The value of the account on one trading day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The trading day.
    pub date: Date,
    /// Engine time.
    pub at: Timestamp,
    /// Cash.
    pub cash: Decimal,
    /// Value of the positions.
    pub positions_value: Decimal,
    /// Both together.
    pub net_liquidation: Decimal,
    /// Realised profit and loss so far.
    pub realized_pnl: Decimal,
    /// Unrealised profit and loss.
    pub unrealized_pnl: Decimal,
    /// The positions as JSON.
    pub positions_json: String,
    /// The close was missed: it was made good later from fills and closing prices.
    pub is_rebuilt: bool,
}

/// One attempt of one step, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLineageRow {
    /// Which execution.
    pub execution_id: ExecutionId,
    /// Which step.
    pub step: StepName,
    /// From 1; unique within execution and step.
    pub attempt: u32,
    /// How it ended.
    pub status: StepStatus,
    /// What the step took, as JSON text.
    pub input: String,
    /// What it gave, as JSON text.
    pub output: String,
    /// Further facts, as JSON text.
    pub metadata: String,
    /// The whole chain of causes, if it failed.
    pub error: Option<String>,
    /// Microseconds.
    pub duration_us: u64,
    /// Wall time.
    pub recorded_at: Timestamp,
}

/// One attempt of one step, as it was recorded, with large values put back in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageRow {
    /// Place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// The row of the same execution that was recorded before this one.
    pub parent_sequence: Option<i64>,
    /// What was recorded.
    pub row: NewLineageRow,
    /// Hash of the row before, 64 hexadecimal digits.
    pub previous_hash: String,
    /// Hash of this row, 64 hexadecimal digits.
    pub hash: String,
}

/// A payload as the table holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredPayload {
    /// In the row itself.
    Inline(String),
    /// In the blob with this hash.
    Blob(String),
    /// Both or neither, which the store never writes.
    Contradictory,
}

/// A row of `workflow_lineage` as the table holds it, unchecked: what a verification reads, since
/// a changed row need not make sense any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// Place in the chain.
    pub sequence: i64,
    /// Column of that name.
    pub execution_id: String,
    /// Column of that name.
    pub step_name: String,
    /// Column of that name.
    pub step_number: i64,
    /// Column of that name.
    pub attempt: i64,
    /// Column of that name.
    pub parent_sequence: Option<i64>,
    /// Columns `input_data` and `input_blob`.
    pub input: StoredPayload,
    /// Columns `output_data` and `output_blob`.
    pub output: StoredPayload,
    /// Column of that name.
    pub metadata: String,
    /// Column of that name.
    pub error: Option<String>,
    /// Column of that name.
    pub status: String,
    /// Microseconds.
    pub duration_us: i64,
    /// Microseconds since 1970 UTC.
    pub recorded_at: i64,
    /// Column of that name.
    pub previous_hash: String,
    /// Column of that name.
    pub hash: String,
}

/// How much the store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Executions.
    pub executions: u64,
    /// Orders.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Open positions.
    pub positions: u64,
    /// Closed trades.
    pub trades: u64,
    /// Rows of the lineage.
    pub lineage_rows: u64,
    /// Blobs.
    pub blobs: u64,
    /// Size of the blobs as stored, in bytes.
    pub blob_bytes: u64,
}

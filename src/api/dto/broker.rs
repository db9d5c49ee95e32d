//! What the pages *Connection*, *Orders*, approvals and *Outage lab* show.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::OrderDto;
use crate::domain::records::{FillRecord, QuestionRecord};
use crate::domain::{Environment, GatewayState, OrderStatus};

/// The page *Connection*: gateway, session, account, and whether entries may be sent.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ConnectionDto {
    /// Where orders go.
    pub environment: Environment,
    /// `in this process`, or an address such as `https://localhost:5000`.
    pub gateway: String,
    /// Where the session stands.
    pub state: GatewayState,
    /// The state in words for a person.
    pub words: String,
    /// What to do about it; nothing while all is well.
    pub action: Option<String>,
    /// What showed the state: the request and the answer.
    pub evidence: String,
    /// Since when the state holds, RFC 3339 UTC.
    pub since: String,
    /// Name and build of the server that answered.
    pub server: Option<String>,
    /// The page at which a person logs in; nothing in the sandbox.
    pub login_url: Option<String>,
    /// The gateway's certificate; nothing where there is no TLS.
    pub certificate: Option<CertificateDto>,
    /// Accounts of the login.
    pub accounts: Vec<GatewayAccountDto>,
    /// What the broker's answers say about the kind of account.
    pub signs: Vec<SignDto>,
    /// Last answered tickle, RFC 3339 UTC.
    pub last_tickle: Option<String>,
    /// What the login has left, in seconds.
    #[ts(type = "number | null")]
    pub session_expires_in_seconds: Option<i64>,
    /// Next reset of the login at midnight of its region, RFC 3339 UTC; nothing in the sandbox.
    pub next_reset: Option<String>,
    /// IBKR's maintenance windows by region.
    pub maintenance: Vec<MaintenanceDto>,
    /// How long today the account was not watched.
    pub blind: BlindTimeDto,
    /// Requests against their limits.
    pub limiter: LimiterDto,
    /// The push channel; nothing in the sandbox, and before the engine runs by itself.
    pub push: Option<PushDto>,
    /// The last comparison of our records with the broker's.
    pub reconciliation: ReconciliationDto,
    /// Why entries are closed; empty while they are open. Exits are never closed.
    pub closures: Vec<ClosureDto>,
    /// Permission to trade real money; nothing outside live.
    pub arming: Option<ArmingDto>,
    /// What happened to the session, newest first, at most 50.
    pub events: Vec<ConnectionEventDto>,
    /// What the next start opens, if it is something else than what is open now.
    pub next_start: Option<NextStartDto>,
}

/// The push channel: it hints at changes, so that they are looked at at once.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PushDto {
    /// Since when the line is up and its session announced, RFC 3339 UTC; nothing while it is not.
    pub connected_since: Option<String>,
    /// When the last frame came, RFC 3339 UTC.
    pub last_frame: Option<String>,
    /// How often IBKR refused to stream orders. They are polled then.
    pub refused_order_streams: u32,
    /// Why the last line ended.
    pub last_end: Option<String>,
}

/// Something that happened to the session.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ConnectionEventDto {
    /// Engine time, RFC 3339 UTC.
    pub at: String,
    /// `information`, `warning` or `alarm`.
    pub level: String,
    /// What happened and what to do.
    pub sentence: String,
}

/// What the next start opens.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NextStartDto {
    /// Where orders will go.
    pub environment: Environment,
    /// Address of the gateway; nothing in the sandbox.
    pub address: Option<String>,
}

/// The certificate that a gateway showed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CertificateDto {
    /// SHA-256 of the leaf, as pairs of hexadecimal digits with colons.
    pub fingerprint: String,
    /// The fingerprint that was accepted; nothing before the first acceptance.
    pub pinned: Option<String>,
    /// It is the one that IBKR ships with its gateway.
    pub is_shipped: bool,
}

/// An account of the login.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct GatewayAccountDto {
    /// Such as `DU1000001`.
    pub account_id: String,
    /// Orders go to this one.
    pub is_selected: bool,
}

/// One sign of paper or live.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignDto {
    /// Such as `isPaper`.
    pub name: String,
    /// What the broker answered, or `absent`.
    pub value: String,
    /// What it says; nothing if it says neither.
    pub says: Option<Environment>,
}

/// A maintenance window.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct MaintenanceDto {
    /// Such as `North America`.
    pub region: String,
    /// Such as `Sunday to Friday 23:45 to 00:45 US/Eastern`.
    pub words: String,
    /// It is now.
    pub is_now: bool,
}

/// Time during which the account was not being watched.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BlindTimeDto {
    /// Today, on the exchange's calendar, in seconds.
    #[ts(type = "number")]
    pub seconds_today: i64,
    /// Longest stretch today, in seconds.
    #[ts(type = "number")]
    pub longest_seconds: i64,
    /// Since when it is blind now, RFC 3339 UTC.
    pub blind_since: Option<String>,
}

/// Requests against their limits.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LimiterDto {
    /// Requests that left in the last second.
    pub last_second: u32,
    /// Requests that left in the last minute.
    pub last_minute: u32,
    /// Most in a second.
    pub limit_per_second: u32,
    /// Requests that wait for their turn.
    pub waiting: u32,
    /// End of the penalty after status 429, RFC 3339 UTC.
    pub penalty_ends: Option<String>,
}

/// A comparison of our records with the broker's.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ReconciliationDto {
    /// When it was made, RFC 3339 UTC; nothing before the first.
    pub at: Option<String>,
    /// Everything could be read and compared.
    pub succeeded: bool,
    /// In one sentence.
    pub sentence: String,
    /// When the next is due, RFC 3339 UTC.
    pub next_at: Option<String>,
    /// Newest corrections, newest first, at most 100.
    pub corrections: Vec<CorrectionDto>,
}

/// A difference that was found, and what was made of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CorrectionDto {
    /// Engine time, RFC 3339 UTC.
    pub at: String,
    /// Such as `missing_fill`, `external_order`, `position_differs`, `cash_differs`,
    /// `stop_missing`.
    pub kind: String,
    /// Ticker symbol, if it concerns one.
    pub symbol: Option<String>,
    /// What was found and what was done.
    pub sentence: String,
    /// The broker's own record, as JSON text.
    pub evidence: String,
    /// It needs a person.
    pub is_alarm: bool,
}

/// A reason for which entries are closed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ClosureDto {
    /// Such as `not_reconciled` or `unknown_order`.
    pub cause: String,
    /// Ticker symbol, if only one is closed.
    pub symbol: Option<String>,
    /// What is wrong and what to do.
    pub sentence: String,
}

/// Permission to trade real money.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ArmingDto {
    /// Which account.
    pub account_id: String,
    /// Orders may be sent.
    pub is_armed: bool,
    /// When it was armed, RFC 3339 UTC.
    pub armed_at: Option<String>,
    /// When the mandate ends, RFC 3339 UTC.
    pub ends_at: Option<String>,
    /// Most that one entry may cost, in the account's currency.
    pub maximum_order_value: Option<String>,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: Option<u32>,
    /// Entries stop for the day at this loss, in the account's currency.
    pub maximum_daily_loss: Option<String>,
}

/// An order with everything that is known of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OrderStoryDto {
    /// The order.
    pub order: OrderDto,
    /// The other orders of its group.
    pub group: Vec<OrderDto>,
    /// Every change, oldest first.
    pub events: Vec<OrderStoryEventDto>,
    /// Every fill, oldest first.
    pub fills: Vec<FillRecord>,
    /// The broker's questions and the answers given.
    pub questions: Vec<QuestionRecord>,
    /// For an order of unknown fate: what was looked for and what was found, oldest first.
    pub evidence: Vec<String>,
}

/// One change of an order.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OrderStoryEventDto {
    /// Engine time, RFC 3339 UTC.
    pub at: String,
    /// New status.
    pub status: OrderStatus,
    /// Shares filled so far.
    pub filled_quantity: String,
    /// Shares to go.
    pub remaining_quantity: String,
    /// The broker's own words, if there were any.
    pub words: Option<String>,
}

/// An order that waits for a person.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ApprovalDto {
    /// The execution whose order it is: one execution asks once.
    pub execution_id: String,
    /// Strategy.
    pub strategy_id: String,
    /// Its name.
    pub strategy_name: String,
    /// Symbol.
    pub symbol: String,
    /// `BUY` or `SELL`.
    pub side: String,
    /// Shares.
    pub quantity: String,
    /// Limit price.
    pub limit_price: String,
    /// Stop price of the protection.
    pub stop_price: Option<String>,
    /// Limit price of the target.
    pub target_price: Option<String>,
    /// What is lost if the stop fills at its price, in the account's currency.
    pub risk_amount: Option<String>,
    /// Why, in one sentence.
    pub sentence: String,
    /// Engine time, RFC 3339 UTC.
    pub asked_at: String,
    /// Engine time after which it lapses, RFC 3339 UTC.
    pub expires_at: String,
    /// What became of it.
    pub status: ApprovalStatus,
    /// Engine time of the decision, RFC 3339 UTC.
    pub decided_at: Option<String>,
}

/// What became of an order that waited for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// It waits.
    Pending,
    /// A person let it pass.
    Approved,
    /// A person said no.
    Declined,
    /// Nobody answered in time.
    Expired,
}

/// Questions of the broker: those that wait, and those that are answered without asking.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct QuestionsDto {
    /// They wait for a person, and their orders with them.
    pub open: Vec<OpenQuestionDto>,
    /// The allow-list.
    pub allowed: Vec<AllowedQuestionDto>,
}

/// A question that waits for a person.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OpenQuestionDto {
    /// Names it in `question_answer`.
    pub question_id: String,
    /// The order that it is about, in words.
    pub order: String,
    /// The broker's ids, such as `o163`.
    pub message_ids: Vec<String>,
    /// The broker's own words.
    pub text: String,
    /// Engine time, RFC 3339 UTC.
    pub asked_at: String,
    /// Engine time at which it is answered with no, RFC 3339 UTC.
    pub expires_at: String,
}

/// A question that is answered with yes.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct AllowedQuestionDto {
    /// The broker's id, such as `o163`.
    pub message_id: String,
    /// What the broker's text must contain.
    pub text_contains: String,
    /// Why a yes is right.
    pub because: String,
    /// Off: the question is put to a person.
    pub is_on: bool,
}

/// What happened at the broker without us.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ExternalActivityDto {
    /// Orders that were placed elsewhere, newest first.
    pub orders: Vec<OrderDto>,
    /// Their fills, newest first.
    pub fills: Vec<FillRecord>,
}

/// What flattening came to, by a fresh read of the broker.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FlattenDto {
    /// No position and no open order is left.
    pub is_flat: bool,
    /// In one sentence.
    pub sentence: String,
    /// Orders that were cancelled.
    pub cancelled_orders: u32,
    /// Orders that were sent to close positions.
    pub closing_orders: u32,
    /// Positions that the broker still lists, such as `AAPL 100`.
    pub remaining_positions: Vec<String>,
    /// Orders that the broker still lists.
    pub remaining_orders: Vec<String>,
    /// Engine time of the read, RFC 3339 UTC.
    pub read_at: String,
}

/// A fault of the sandbox's gateway that can be switched.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FaultDto {
    /// Such as `lose_next_order_answer`.
    pub name: String,
    /// For a person.
    pub title: String,
    /// What it does, and what a good client makes of it.
    pub words: String,
    /// It acts once and goes off by itself.
    pub acts_once: bool,
    /// It is in force.
    pub is_on: bool,
    /// Engine time from which it will be in force, RFC 3339 UTC.
    pub from: Option<String>,
    /// Engine time at which it ends, RFC 3339 UTC.
    pub until: Option<String>,
}

//! Steps 8 and 9: the order and what became of it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ApprovedTerms;
use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, Conid, FillId, Leg, OrderSide, OrderStatus, OrderType,
    TimeInForce,
};

/// Input of step 8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
    /// Who let it pass and when, where the strategy proposes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<ApprovedTerms>,
    /// What the broker said beforehand, if this is the first order of the strategy in its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<PreviewRecord>,
}

/// What came of asking the broker what an order would do, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum PreviewRecord {
    /// The broker's estimate.
    Given(PreviewFigures),
    /// There was no usable answer. The order goes on without: a preview protects nobody by missing.
    Missing {
        /// What happened, in one sentence.
        reason: String,
    },
}

/// The broker's own estimate of what an order does to the account. Nothing where it said nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PreviewFigures {
    /// ISO code of all amounts.
    pub currency: Option<String>,
    /// Commission; the upper end of a range.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub commission: Option<Decimal>,
    /// Price of the shares and commission together.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub total: Option<Decimal>,
    /// Initial margin.
    pub initial_margin: BeforeAndAfter,
    /// Maintenance margin.
    pub maintenance_margin: BeforeAndAfter,
    /// Equity with loan value.
    pub equity: BeforeAndAfter,
    /// The broker's warning in its own words.
    pub warning: Option<String>,
}

/// An amount before and after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BeforeAndAfter {
    /// Before.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub before: Option<Decimal>,
    /// After.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub after: Option<Decimal>,
}

/// One order of a bracket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Limit price or stop price; nothing for a market order.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub price: Option<Decimal>,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// What became of it.
    pub status: OrderStatus,
}

/// A question of the broker, in its words, and our answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TrackOrderInput {
    /// Orders that are watched.
    pub client_order_ids: Vec<ClientOrderId>,
}

/// A change that the broker reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OrderEventRecord {
    /// Engine time at which it was seen.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Which order.
    pub client_order_id: ClientOrderId,
    /// Its part.
    pub leg: Leg,
    /// New status.
    pub status: OrderStatus,
    /// Shares filled so far.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub filled_quantity: Decimal,
    /// Shares to go.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub remaining_quantity: Decimal,
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Price per share.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub price: Decimal,
    /// In USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub commission: Decimal,
    /// When.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// Output of step 9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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

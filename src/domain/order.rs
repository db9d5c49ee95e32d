use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AccountId, BrokerOrderId, ClientOrderId, ExecutionId, Instrument};

/// Which way an order trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderSide {
    /// Takes shares for cash.
    Buy,
    /// Gives shares for cash.
    Sell,
}

impl fmt::Display for OrderSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        })
    }
}

/// How the price of an order is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At whatever price there is.
    Market,
    /// At the limit price or better.
    Limit,
    /// At the market, once the stop price has traded.
    Stop,
    /// At the limit price or better, once the stop price has traded.
    StopLimit,
    /// At the market, once the price has come back by the trail from its best.
    TrailingStop,
}

impl OrderType {
    /// The name in rows and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::Stop => "stop",
            Self::StopLimit => "stop_limit",
            Self::TrailingStop => "trailing_stop",
        }
    }
}

/// How long an order works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeInForce {
    /// Until the end of the trading day; placed after the close, until the end of the next one.
    Day,
    /// Good till cancelled.
    Gtc,
    /// Immediate or cancel: what does not fill at once is cancelled.
    Ioc,
    /// Good till a date.
    Gtd,
}

impl TimeInForce {
    /// The name on the wire, in rows and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Gtc => "GTC",
            Self::Ioc => "IOC",
            Self::Gtd => "GTD",
        }
    }
}

/// The price terms of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderTerms {
    /// At whatever price there is.
    Market,
    /// At the limit price or better.
    Limit {
        /// Limit price.
        limit_price: Decimal,
    },
    /// At the market, once the stop price has traded.
    Stop {
        /// Stop price.
        stop_price: Decimal,
    },
    /// At the limit price or better, once the stop price has traded.
    StopLimit {
        /// Stop price.
        stop_price: Decimal,
        /// Limit price.
        limit_price: Decimal,
    },
    /// At the market, once the price has come back by the trail from its best.
    TrailingStop {
        /// How far behind the best price the stop follows.
        trail: Trail,
        /// Where the stop stands at first.
        stop_price: Decimal,
    },
}

impl OrderTerms {
    /// The type that these terms belong to.
    pub fn order_type(&self) -> OrderType {
        match self {
            Self::Market => OrderType::Market,
            Self::Limit { .. } => OrderType::Limit,
            Self::Stop { .. } => OrderType::Stop,
            Self::StopLimit { .. } => OrderType::StopLimit,
            Self::TrailingStop { .. } => OrderType::TrailingStop,
        }
    }
}

/// The distance of a trailing stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trail {
    /// In the currency of the price.
    Amount(Decimal),
    /// In percent of the best price.
    Percent(Decimal),
}

/// The part that an order plays in a bracket.
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
pub enum Leg {
    /// Opens the position.
    Entry,
    /// Closes it at a loss.
    Stop,
    /// Closes it at a gain.
    Target,
    /// Closes it on a signal, when no bracket does.
    Exit,
    /// Closes it because a person flattened the account.
    Flatten,
    /// Was placed elsewhere and is only recorded here.
    External,
}

impl Leg {
    /// The name in ids and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Stop => "stop",
            Self::Target => "target",
            Self::Exit => "exit",
            Self::Flatten => "flatten",
            Self::External => "external",
        }
    }

    /// The client order id of this leg of an execution. No attempt number enters it, so that a
    /// second sending would be the same order, which the broker refuses.
    pub fn client_order_id(self, execution: &ExecutionId) -> ClientOrderId {
        // An execution id has at most 56 characters where it is made, and the longest leg is seven.
        let text = format!("{execution}-{}", self.as_str());
        ClientOrderId::new(text.clone()).unwrap_or_else(|_| {
            let digest = blake3::hash(text.as_bytes()).to_hex();
            ClientOrderId::new(&digest.as_str()[..40]).unwrap_or_else(|_| unreachable_id(self))
        })
    }
}

/// Forty hexadecimal digits are always a valid id, so this is never reached.
fn unreachable_id(leg: Leg) -> ClientOrderId {
    match ClientOrderId::new(leg.as_str()) {
        Ok(id) => id,
        Err(error) => unreachable!("{error}"),
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What has become of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Written down, not yet sent.
    Intended,
    /// Sent, or perhaps sent, and not answered: to be looked up, never to be sent again.
    Unknown,
    /// The broker holds it; not yet at the exchange (`PendingSubmit`, `PreSubmitted`).
    PreSubmitted,
    /// Working at the exchange.
    Submitted,
    /// Working, some of it filled.
    PartiallyFilled,
    /// All of it filled.
    Filled,
    /// A cancellation was asked for; it may still fill.
    PendingCancel,
    /// Cancelled or expired.
    Cancelled,
    /// Refused by the broker's own word.
    Rejected,
    /// Held by the broker and not working (`Inactive`).
    Inactive,
}

impl OrderStatus {
    /// Nothing more can happen to the order by itself.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Inactive)
    }

    /// The name in rows and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Unknown => "unknown",
            Self::PreSubmitted => "pre_submitted",
            Self::Submitted => "submitted",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::PendingCancel => "pending_cancel",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Inactive => "inactive",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An entry with its protection: a parent limit order, and a stop and a target of which one fill
/// cancels the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BracketIntent {
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is traded.
    pub instrument: Instrument,
    /// Whole shares.
    pub quantity: Decimal,
    /// Limit price of the entry.
    pub limit_price: Decimal,
    /// Stop price of the protective stop.
    pub stop_price: Decimal,
    /// Limit price of the target.
    pub target_price: Decimal,
}

/// Closes a position by moving the limit price of its target. The target stays in one group with
/// the stop, so the shares can never be sold twice, and stay protected until they are sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTargetIntent {
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is traded.
    pub instrument: Instrument,
    /// Our id of the target order.
    pub client_order_id: ClientOrderId,
    /// The broker's id of the target order.
    pub broker_order_id: BrokerOrderId,
    /// Whole shares of the target order.
    pub quantity: Decimal,
    /// New limit price.
    pub limit_price: Decimal,
}

/// Closes a position that has no target working at the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitIntent {
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is traded.
    pub instrument: Instrument,
    /// Whole shares: all that are held.
    pub quantity: Decimal,
    /// Limit price.
    pub limit_price: Decimal,
}

/// One order by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleOrderIntent {
    /// Our id: a pure function of what decided the order.
    pub client_order_id: ClientOrderId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is traded.
    pub instrument: Instrument,
    /// Which way.
    pub side: OrderSide,
    /// Whole shares.
    pub quantity: Decimal,
    /// How its price is found.
    pub terms: OrderTerms,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Until when it works; set exactly if it is good till a date.
    pub good_till: Option<Timestamp>,
    /// It may fill outside regular trading hours.
    pub outside_regular_hours: bool,
}

/// A change of an order that works at the broker. The whole order is restated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifyIntent {
    /// Our id of the order.
    pub client_order_id: ClientOrderId,
    /// The broker's id of the order.
    pub broker_order_id: BrokerOrderId,
    /// The account that trades.
    pub account_id: AccountId,
    /// What is traded.
    pub instrument: Instrument,
    /// Which way; cannot be changed.
    pub side: OrderSide,
    /// New quantity, filled shares included.
    pub quantity: Decimal,
    /// New price terms, of the same type.
    pub terms: OrderTerms,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// Until when it works; set exactly if it is good till a date.
    pub good_till: Option<Timestamp>,
}

/// What the engine can ask a broker to do with orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderIntent {
    /// Opens a position with its protection.
    Bracket(BracketIntent),
    /// Closes a position through its bracket.
    MoveTarget(MoveTargetIntent),
    /// Closes a position that has no bracket.
    Exit(ExitIntent),
    /// One order by itself.
    Single(SingleOrderIntent),
    /// Changes an order that works at the broker.
    Modify(ModifyIntent),
}

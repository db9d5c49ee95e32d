use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::OrderSide;

/// How the price of an order is found; prices in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Kind {
    /// At the next print.
    Market,
    /// At the limit or better.
    Limit(i64),
    /// At the market, from the first print at or through the stop.
    Stop(i64),
}

impl Kind {
    /// The limit or stop price in cents.
    pub(in crate::sandbox) fn cents(self) -> Option<i64> {
        match self {
            Self::Market => None,
            Self::Limit(cents) | Self::Stop(cents) => Some(cents),
        }
    }
}

/// How long an order works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum Validity {
    /// Until the close of the session it was placed in or, after a close, of the next.
    Day,
    /// Until it is cancelled.
    Gtc,
}

/// What has become of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum State {
    /// It can still fill.
    Working,
    /// All of it has filled.
    Filled,
    /// It will not fill any more.
    Cancelled(CancelReason),
}

/// Why an order was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum CancelReason {
    /// It was asked for.
    Requested,
    /// The session that it was good for is over.
    Expired,
    /// Another order of its group filled.
    GroupFilled,
    /// Its parent ended without filling.
    ParentEnded,
    /// The price had moved beyond the cash in the account.
    NoCash,
    /// The shares to sell were gone.
    NoShares,
}

/// One order, with what has happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Order {
    /// The exchange's number.
    pub(in crate::sandbox) id: i64,
    /// The client's own id (`cOID`).
    pub(in crate::sandbox) client_order_id: Option<String>,
    /// Position of the listing.
    pub(in crate::sandbox) listing: usize,
    pub(in crate::sandbox) side: OrderSide,
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) validity: Validity,
    /// Shares ordered.
    pub(in crate::sandbox) quantity: i64,
    /// Shares filled.
    pub(in crate::sandbox) filled: i64,
    /// Sum of price × shares of the executions, in cents.
    pub(in crate::sandbox) filled_cents: i64,
    /// Commission so far, in USD.
    pub(in crate::sandbox) commission: Decimal,
    pub(in crate::sandbox) state: State,
    /// A stop order whose stop has traded.
    pub(in crate::sandbox) is_triggered: bool,
    /// Position of the order that must fill first.
    pub(in crate::sandbox) parent: Option<usize>,
    /// Positions of the orders that wait for this one.
    pub(in crate::sandbox) children: Vec<usize>,
    /// The close at which it expires.
    pub(in crate::sandbox) expires_at: Option<Timestamp>,
    pub(in crate::sandbox) placed_at: Timestamp,
    /// Last acceptance, change, execution or end.
    pub(in crate::sandbox) last_event_at: Timestamp,
}

impl Order {
    pub(in crate::sandbox) fn is_working(&self) -> bool {
        self.state == State::Working
    }

    /// Average price of the executions, in USD.
    pub(in crate::sandbox) fn average_price(&self) -> Option<Decimal> {
        (self.filled > 0).then(|| Decimal::new(self.filled_cents, 2) / Decimal::from(self.filled))
    }
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Execution {
    /// Such as `0000e0d5.6576fd38.01.01`.
    pub(in crate::sandbox) id: String,
    /// Position of the order.
    pub(in crate::sandbox) order: usize,
    pub(in crate::sandbox) shares: i64,
    pub(in crate::sandbox) cents: i64,
    /// What this execution added to the order's commission, in USD.
    pub(in crate::sandbox) commission: Decimal,
    pub(in crate::sandbox) at: Timestamp,
}

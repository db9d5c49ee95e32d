use jiff::Timestamp;
use rust_decimal::Decimal;

use super::kind::{Kind, Validity};
use crate::domain::OrderSide;

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
    /// The time that it was good for is over.
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

/// Who gave an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Origin {
    /// A client of the gateway.
    Client,
    /// A person, in another program of the broker's.
    Elsewhere {
        /// What that program wrote on it.
        order_ref: Option<String>,
    },
    /// The broker, to close a position by force. Clients see its executions and no order.
    Liquidation,
}

/// One order, with what has happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Order {
    /// The exchange's number.
    pub(in crate::sandbox) id: i64,
    /// The client's own id (`cOID`).
    pub(in crate::sandbox) client_order_id: Option<String>,
    pub(in crate::sandbox) origin: Origin,
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
    /// Positions of the orders of its group, itself among them, where the group has no parent.
    pub(in crate::sandbox) group: Vec<usize>,
    /// Since when the stop of a trailing order follows the price: its acceptance or, with a parent,
    /// the parent's first fill.
    pub(in crate::sandbox) trails_since: Option<Timestamp>,
    /// Where the stop of a trailing order stood when it traded, in cents.
    pub(in crate::sandbox) traded_stop: Option<i64>,
    /// The instant after which it does not fill any more.
    pub(in crate::sandbox) expires_at: Option<Timestamp>,
    pub(in crate::sandbox) placed_at: Timestamp,
    /// Last acceptance, change, execution or end.
    pub(in crate::sandbox) last_event_at: Timestamp,
}

impl Order {
    pub(in crate::sandbox) fn is_working(&self) -> bool {
        self.state == State::Working
    }

    /// What stands on it for its owner: the client's own id, or what another program wrote.
    pub(in crate::sandbox) fn order_ref(&self) -> Option<&str> {
        match &self.origin {
            Origin::Elsewhere { order_ref } => order_ref.as_deref(),
            Origin::Client | Origin::Liquidation => self.client_order_id.as_deref(),
        }
    }

    /// Whether the gateway shows it to its clients.
    pub(in crate::sandbox) fn is_visible(&self) -> bool {
        self.origin != Origin::Liquidation
    }

    /// Average price of the executions, in USD.
    pub(in crate::sandbox) fn average_price(&self) -> Option<Decimal> {
        (self.filled > 0).then(|| Decimal::new(self.filled_cents, 2) / Decimal::from(self.filled))
    }
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Execution {
    /// Such as `0000e0d5.6576fd38.01.01`. The last two digits count up with each correction.
    pub(in crate::sandbox) id: String,
    /// How often its price was corrected.
    pub(in crate::sandbox) corrections: u32,
    /// Position of the order.
    pub(in crate::sandbox) order: usize,
    pub(in crate::sandbox) shares: i64,
    pub(in crate::sandbox) cents: i64,
    /// What this execution added to the order's commission, in USD.
    pub(in crate::sandbox) commission: Decimal,
    pub(in crate::sandbox) at: Timestamp,
}

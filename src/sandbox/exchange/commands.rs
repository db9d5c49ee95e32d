use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::commission::commission;
use super::kind::{BASIS_POINTS, Kind, Trail, Validity};
use super::matching::Due;
use super::order::{CancelReason, Order, Origin, State};
use super::{Exchange, Listing};
use crate::domain::OrderSide;

/// Most shares of one order.
const MAX_QUANTITY: i64 = 10_000_000;
/// Highest price, in cents.
const MAX_CENTS: i64 = 1_000_000_000;
/// Orders are numbered from here on, so that the numbers look like IBKR's.
const FIRST_ORDER_ID: i64 = 1_200_000_000;

/// An order that is to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct NewOrder {
    /// The client's own id (`cOID`), unique for ever.
    pub(in crate::sandbox) client_order_id: Option<String>,
    /// The `cOID` of an order of the same group that must fill first.
    pub(in crate::sandbox) parent: Option<String>,
    pub(in crate::sandbox) conid: i64,
    pub(in crate::sandbox) side: OrderSide,
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) validity: Validity,
    /// Shares.
    pub(in crate::sandbox) quantity: i64,
    /// It is of the one group (OCA) that all orders so marked of one request make.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::sandbox) is_single_group: bool,
}

/// What an order is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Change {
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) validity: Validity,
    /// Shares.
    pub(in crate::sandbox) quantity: i64,
}

/// What changes the exchange from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Command {
    /// One order, or a parent and its children.
    Place {
        orders: Vec<NewOrder>,
    },
    Modify {
        order_id: i64,
        change: Change,
    },
    Cancel {
        order_id: i64,
    },
    /// An order that a person gives in another program of the broker's.
    PlaceElsewhere {
        order: NewOrder,
        order_ref: Option<String>,
    },
    /// The broker closes a position by force, at the next prints of its instrument.
    Liquidate {
        conid: i64,
    },
    /// An order fills at once, at its limit or at the last price.
    FillInFull {
        order_id: i64,
    },
    /// The last execution had another price, in cents.
    CorrectLastExecution {
        cents: i64,
    },
    /// A question about an order was answered. It changes no order, but it is on record.
    Answer {
        message_ids: Vec<String>,
        confirmed: bool,
    },
}

/// A command with the instant at which it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Entry {
    pub(in crate::sandbox) at: Timestamp,
    pub(in crate::sandbox) command: Command,
}

/// What an order would come to.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Preview<'a> {
    /// What it trades, with its position.
    pub(in crate::sandbox) listing: (usize, &'a Listing),
    /// Price × shares, in USD.
    pub(in crate::sandbox) value: Decimal,
    /// In USD.
    pub(in crate::sandbox) commission: Decimal,
}

/// Why a command is refused, in the words of a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::sandbox) enum Refusal {
    #[error("no sec defs returned for conid {0}")]
    UnknownConid(i64),
    #[error("The order was not accepted: there is no market data of {0} yet")]
    NotTradedYet(String),
    #[error("The order was not accepted: the quantity {0} is not between 1 and {MAX_QUANTITY}")]
    Quantity(i64),
    #[error("Invalid order price fields: the price must be above zero")]
    Price,
    #[error("Order couldn't be submitted: Local order ID={0} is already registered")]
    Duplicate(String),
    #[error("Order couldn't be submitted: parent order {0} is not an order of this group")]
    UnknownParent(String),
    #[error(
        "Order couldn't be submitted: a child order must trade the parent's contract on the other \
         side, in no more than its quantity"
    )]
    Child,
    #[error("Order couldn't be submitted: a child order can't be immediate or cancel")]
    ImmediateChild,
    #[error("The order was not accepted: it is good until {0}, which is past")]
    Past(Timestamp),
    #[error("There is no position in contract {0}")]
    NoPosition(i64),
    #[error("There is no execution to correct")]
    NoExecution,
    #[error("OrderID {0} doesn't exist")]
    UnknownOrder(i64),
    #[error("Order {0} can't be changed: it is filled or cancelled")]
    NotWorking(i64),
    #[error("Order {0} can't be changed: only quantity, price and time in force can")]
    NotEditable(i64),
    #[error(
        "Your order is not accepted: it needs {needed} USD, and {available} USD are available after \
         working orders"
    )]
    Cash { needed: Decimal, available: Decimal },
    #[error(
        "Your order is not accepted: it sells {wanted} shares of {symbol}, and {available} are held \
         and not bound by working orders; this account can't sell short"
    )]
    Shares { symbol: String, wanted: i64, available: i64 },
}

impl Exchange {
    /// Whether a command can be carried out now; nothing changes.
    pub(in crate::sandbox) fn check(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Place { orders } => self.check_place(orders),
            Command::Modify { order_id, change } => self.check_modify(*order_id, change),
            Command::Cancel { order_id } => self.working_order(*order_id).map(|_| ()),
            Command::PlaceElsewhere { order, .. } => self.check_place(std::slice::from_ref(order)),
            Command::Liquidate { conid } => self.position_in(*conid).map(|_| ()),
            Command::FillInFull { order_id } => self.check_fill_in_full(*order_id).map(|_| ()),
            Command::CorrectLastExecution { cents } => self.check_correction(*cents),
            Command::Answer { .. } => Ok(()),
        }
    }

    /// Carries out a command that [`Exchange::check`] has let pass at this very instant. Gives the
    /// positions of the orders that it made or changed.
    pub(in crate::sandbox) fn apply(&mut self, command: &Command) -> Vec<usize> {
        match command {
            Command::Place { orders } => self.place(orders, &Origin::Client),
            Command::PlaceElsewhere { order, order_ref } => {
                let origin = Origin::Elsewhere { order_ref: order_ref.clone() };
                self.place(std::slice::from_ref(order), &origin)
            }
            Command::Liquidate { conid } => self.liquidate(*conid),
            Command::FillInFull { order_id } => self.fill_in_full(*order_id),
            Command::CorrectLastExecution { cents } => self.correct_last_execution(*cents),
            Command::Modify { order_id, change } => match self.position_of(*order_id) {
                Some(position) => self.modify(position, *change),
                None => Vec::new(),
            },
            Command::Cancel { order_id } => match self.position_of(*order_id) {
                Some(position) => {
                    self.end(position, CancelReason::Requested);
                    vec![position]
                }
                None => Vec::new(),
            },
            Command::Answer { .. } => Vec::new(),
        }
    }

    /// The position of an order by the exchange's number.
    pub(in crate::sandbox) fn position_of(&self, order_id: i64) -> Option<usize> {
        let position = usize::try_from(order_id - FIRST_ORDER_ID).ok()?;
        (position < self.orders.len()).then_some(position)
    }

    /// The number that the next order gets.
    pub(in crate::sandbox) fn next_order_id(&self) -> i64 {
        FIRST_ORDER_ID + i64::try_from(self.orders.len()).unwrap_or(0)
    }

    /// The position of an order by the client's own id.
    pub(in crate::sandbox) fn position_of_client_order_id(&self, id: &str) -> Option<usize> {
        self.by_client_order_id.get(id).copied()
    }

    fn working_order(&self, order_id: i64) -> Result<usize, Refusal> {
        let position = self.position_of(order_id).ok_or(Refusal::UnknownOrder(order_id))?;
        if self.orders[position].is_working() {
            Ok(position)
        } else {
            Err(Refusal::NotWorking(order_id))
        }
    }

    fn check_place(&self, orders: &[NewOrder]) -> Result<(), Refusal> {
        let mut ids = HashSet::new();
        let (mut cost, mut group_cost) = (Decimal::ZERO, Decimal::ZERO);
        for order in orders {
            if let Some(id) = &order.client_order_id
                && (self.by_client_order_id.contains_key(id) || !ids.insert(id))
            {
                return Err(Refusal::Duplicate(id.clone()));
            }
            let (listing, details) =
                self.listing_of(order.conid).ok_or(Refusal::UnknownConid(order.conid))?;
            let last = self
                .last_print(listing)
                .ok_or_else(|| Refusal::NotTradedYet(details.symbol.clone()))?;
            check_terms(order.quantity, order.kind, last.cents, order.side)?;
            self.check_validity(order.validity, order.parent.is_some())?;
            if let Some(parent) = &order.parent {
                check_child(order, parent, orders)?;
                continue;
            }
            match order.side {
                OrderSide::Buy => {
                    let cents = expected_cents(order.kind, order.side, last.cents);
                    let added = cost_of(order.quantity, cents);
                    if order.is_single_group {
                        group_cost = group_cost.max(added);
                    } else {
                        cost += added;
                    }
                }
                OrderSide::Sell => {
                    let wanted = wanted_by_sells(order.conid, orders);
                    let available = self.unbound_shares(listing, None);
                    if wanted > available {
                        let symbol = details.symbol.clone();
                        return Err(Refusal::Shares { symbol, wanted, available });
                    }
                }
            }
        }
        self.check_cash(cost + group_cost, None)
    }

    fn check_validity(&self, validity: Validity, is_child: bool) -> Result<(), Refusal> {
        match validity {
            Validity::Ioc if is_child => Err(Refusal::ImmediateChild),
            Validity::Gtd(until) if until <= self.now => Err(Refusal::Past(until)),
            _ => Ok(()),
        }
    }

    fn check_modify(&self, order_id: i64, change: &Change) -> Result<(), Refusal> {
        let position = self.working_order(order_id)?;
        let order = &self.orders[position];
        // Of a stop-limit order whose stop has traded, the limit still can.
        let is_limit_alone = matches!(
            (order.kind, change.kind),
            (Kind::StopLimit { stop: old, .. }, Kind::StopLimit { stop: new, .. }) if old == new
        );
        if !order.kind.is_like(change.kind) || (order.is_triggered && !is_limit_alone) {
            return Err(Refusal::NotEditable(order_id));
        }
        let last = self.last_print(order.listing).map_or(0, |print| print.cents);
        check_terms(change.quantity, change.kind, last, order.side)?;
        if change.validity != order.validity {
            self.check_validity(change.validity, order.parent.is_some())?;
        }
        if change.quantity <= order.filled {
            return Err(Refusal::Quantity(change.quantity));
        }
        if let Some(parent) = order.parent {
            // More than the parent bought would be a short sale in the end.
            let is_within = change.quantity <= self.orders[parent].quantity;
            return if is_within { Ok(()) } else { Err(Refusal::Child) };
        }
        let added = change.quantity - order.filled;
        match order.side {
            OrderSide::Buy => {
                let cents = expected_cents(change.kind, order.side, last);
                self.check_cash(cost_of(added, cents), Some(position))
            }
            OrderSide::Sell => {
                let available = self.unbound_shares(order.listing, Some(position));
                if added <= available {
                    return Ok(());
                }
                let symbol = self.listings[order.listing].symbol.clone();
                Err(Refusal::Shares { symbol, wanted: added, available })
            }
        }
    }

    /// Cash that working buys, other than `except`, do not need, in USD.
    pub(in crate::sandbox) fn available_cash(&self, except: Option<usize>) -> Decimal {
        let bound = self.bound(OrderSide::Buy, None, except, |position| {
            let order = &self.orders[position];
            let last = self.last_print(order.listing).map_or(0, |print| print.cents);
            cost_of(self.remaining(position), expected_cents(order.kind, order.side, last))
        });
        self.account.cash() - bound
    }

    /// What an order would trade for at its own or at the last price; nothing for an instrument
    /// that has not traded yet.
    pub(in crate::sandbox) fn preview(&self, order: &NewOrder) -> Option<Preview<'_>> {
        let listing = self.listing_of(order.conid)?;
        let last = self.last_print(listing.0)?;
        let cents = expected_cents(order.kind, order.side, last.cents);
        let value = Decimal::new(cents, 2) * Decimal::from(order.quantity);
        Some(Preview { listing, value, commission: commission(order.quantity, value) })
    }

    fn check_cash(&self, needed: Decimal, except: Option<usize>) -> Result<(), Refusal> {
        if needed.is_zero() {
            return Ok(());
        }
        let available = self.available_cash(except);
        if needed <= available { Ok(()) } else { Err(Refusal::Cash { needed, available }) }
    }

    /// Shares that no working sell, outside of the group of `except`, may sell.
    fn unbound_shares(&self, listing: usize, except: Option<usize>) -> i64 {
        let bound = self
            .bound(OrderSide::Sell, Some(listing), except, |position| self.executable(position));
        self.account.shares(listing) - bound
    }

    pub(super) fn place(&mut self, orders: &[NewOrder], origin: &Origin) -> Vec<usize> {
        let first = self.orders.len();
        for new in orders {
            let Some((listing, _)) = self.listing_of(new.conid) else { continue };
            let position = self.orders.len();
            if let Some(id) = &new.client_order_id {
                self.by_client_order_id.insert(id.clone(), position);
            }
            self.orders.push(Order {
                id: self.next_order_id(),
                client_order_id: new.client_order_id.clone(),
                origin: origin.clone(),
                listing,
                side: new.side,
                kind: new.kind,
                validity: new.validity,
                quantity: new.quantity,
                filled: 0,
                filled_cents: 0,
                commission: Decimal::ZERO,
                state: State::Working,
                is_triggered: false,
                parent: None,
                children: Vec::new(),
                group: Vec::new(),
                trails_since: new.parent.is_none().then_some(self.now),
                traded_stop: None,
                expires_at: self.expiry(new.validity, listing),
                placed_at: self.now,
                last_event_at: self.now,
            });
            self.due.push(Due::Unknown);
            self.working.insert(position);
            self.changes += 1;
        }
        let placed: Vec<usize> = (first..self.orders.len()).collect();
        for (position, new) in placed.iter().zip(orders) {
            let parent = new.parent.as_deref().and_then(|id| self.position_of_client_order_id(id));
            if let Some(parent) = parent {
                self.orders[*position].parent = Some(parent);
                self.orders[parent].children.push(*position);
            }
        }
        let group: Vec<usize> = placed
            .iter()
            .zip(orders)
            .filter(|(_, new)| new.is_single_group && new.parent.is_none())
            .map(|(position, _)| *position)
            .collect();
        for member in &group {
            self.orders[*member].group.clone_from(&group);
        }
        placed
    }

    fn modify(&mut self, position: usize, change: Change) -> Vec<usize> {
        let expiry = self.expiry(change.validity, self.orders[position].listing);
        let order = &mut self.orders[position];
        if order.validity != change.validity {
            order.expires_at = expiry;
        }
        order.kind = change.kind;
        order.validity = change.validity;
        order.quantity = change.quantity;
        self.touch(position);
        // What its group has filled may be all that the smaller order was for.
        if self.remaining(position) == 0 && self.taken_off(position) > 0 {
            self.end(position, CancelReason::GroupFilled);
        }
        vec![position]
    }

    fn expiry(&self, validity: Validity, listing: usize) -> Option<Timestamp> {
        match validity {
            Validity::Gtc => None,
            Validity::Gtd(until) => Some(until),
            Validity::Ioc => self.next_print_at(listing).or_else(|| self.end_of_session()),
            Validity::Day => self.end_of_session(),
        }
    }

    /// The close of the session that is open or comes next.
    fn end_of_session(&self) -> Option<Timestamp> {
        let today = self.calendar.session_on(self.calendar.date_at(self.now));
        let session = match today.filter(|session| self.now < session.close) {
            Some(session) => Some(session),
            None => self.calendar.next_session_after(self.now),
        };
        session.map(|session| session.close)
    }
}

fn check_terms(quantity: i64, kind: Kind, last: i64, side: OrderSide) -> Result<(), Refusal> {
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(Refusal::Quantity(quantity));
    }
    if kind.prices().iter().any(|cents| !(1..=MAX_CENTS).contains(cents)) {
        return Err(Refusal::Price);
    }
    match kind {
        Kind::Trail { by, .. } => {
            let is_length = match by {
                Trail::Amount(cents) => (1..=MAX_CENTS).contains(&cents),
                Trail::BasisPoints(points) => (1..BASIS_POINTS).contains(&points),
            };
            if is_length && by.behind(last, side) > 0 { Ok(()) } else { Err(Refusal::Price) }
        }
        _ => Ok(()),
    }
}

/// What a share is expected to trade at, in cents.
fn expected_cents(kind: Kind, side: OrderSide, last: i64) -> i64 {
    match kind {
        Kind::Trail { by, .. } => by.behind(last, side),
        _ => kind.cents().unwrap_or(last),
    }
}

/// The most shares of a contract that a request's orders without a parent can sell: those of a
/// single group fill only once together.
fn wanted_by_sells(conid: i64, orders: &[NewOrder]) -> i64 {
    let sells = || {
        orders.iter().filter(|order| {
            order.parent.is_none() && order.conid == conid && order.side == OrderSide::Sell
        })
    };
    let alone: i64 = sells().filter(|one| !one.is_single_group).map(|one| one.quantity).sum();
    let grouped = sells().filter(|one| one.is_single_group).map(|one| one.quantity).max();
    alone + grouped.unwrap_or(0)
}

fn check_child(order: &NewOrder, parent: &str, orders: &[NewOrder]) -> Result<(), Refusal> {
    let parent = orders
        .iter()
        .find(|other| other.client_order_id.as_deref() == Some(parent) && other.parent.is_none())
        .ok_or_else(|| Refusal::UnknownParent(parent.to_owned()))?;
    let fits = order.side != parent.side
        && order.conid == parent.conid
        && order.quantity <= parent.quantity;
    if fits { Ok(()) } else { Err(Refusal::Child) }
}

/// What buying costs at a price, commission included, in USD.
fn cost_of(quantity: i64, cents: i64) -> Decimal {
    let value = Decimal::new(cents, 2) * Decimal::from(quantity);
    value + commission(quantity, value)
}

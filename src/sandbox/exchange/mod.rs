//! The simulated exchange and the one account on it.
//!
//! Its state is a function of the seed, the prices, the commands given so far with the instants at
//! which they were given, and the present instant: there is no random state and no clock in here.
//! It does not matter in how many steps time is moved forward.

mod account;
mod commands;
mod commission;
mod groups;
mod instrument;
mod kind;
mod matching;
mod order;
#[cfg(test)]
mod order_type_tests;
mod outside;
#[cfg(test)]
mod outside_tests;
mod path;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
mod trailing;
mod value;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rust_decimal::Decimal;

pub(super) use account::Account;
pub(super) use commands::{Change, Command, Entry, NewOrder, Refusal};
pub use instrument::BuildError;
pub(super) use instrument::Listing;
pub(super) use kind::{Kind, Trail, Validity};
pub(super) use order::{CancelReason, Execution, Order, Origin, State};
pub(super) use path::{Day, Print};
pub(super) use value::CloseValue;

use crate::calendar::Calendar;
use matching::Due;

/// The price step of every instrument on this exchange, in USD.
pub(super) const TICK: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The exchange, with all orders and executions so far.
#[derive(Debug)]
pub(super) struct Exchange {
    seed: u64,
    calendar: Calendar,
    listings: Vec<Listing>,
    /// In the order in which they were accepted; the position is the sequence number.
    orders: Vec<Order>,
    by_client_order_id: HashMap<String, usize>,
    /// Orders that are neither filled nor cancelled.
    working: BTreeSet<usize>,
    /// For each order, what is known about the next instant that concerns it.
    due: Vec<Due>,
    executions: Vec<Execution>,
    account: Account,
    /// Everything up to and including this instant has happened.
    now: Timestamp,
    /// Counts every change of an order.
    changes: u64,
}

impl Exchange {
    /// An exchange on which nothing has happened yet.
    pub(super) fn new(seed: u64, listings: Vec<Listing>, starting_cash: Decimal) -> Self {
        Self {
            seed,
            calendar: Calendar::nyse(),
            listings,
            orders: Vec::new(),
            by_client_order_id: HashMap::new(),
            working: BTreeSet::new(),
            due: Vec::new(),
            executions: Vec::new(),
            account: Account::new(starting_cash),
            now: Timestamp::MIN,
            changes: 0,
        }
    }

    /// Everything up to and including this instant has happened.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// The seed that the paths inside the daily bars are drawn from.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Counts every change of an order.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Trading days and hours.
    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// What is traded here.
    pub(super) fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The listing with a contract id.
    pub(super) fn listing_of(&self, conid: i64) -> Option<(usize, &Listing)> {
        self.listings.iter().enumerate().find(|(_, listing)| listing.conid == conid)
    }

    /// All orders ever accepted, oldest first.
    pub(super) fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// All executions, oldest first.
    pub(super) fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// Cash and holdings.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// The last print of a listing so far.
    pub(super) fn last_print(&self, listing: usize) -> Option<Print> {
        self.listings[listing].last_print(self.seed, self.now)
    }

    /// The value of all holdings at their last prices, in USD.
    pub(super) fn market_value(&self) -> Decimal {
        let values = self.account.holdings().map(|(listing, holding)| {
            let price = self.last_print(listing).map_or(Decimal::ZERO, |print| print.price());
            price * Decimal::from(holding.quantity)
        });
        values.sum()
    }

    /// Market value less cost of all holdings, in USD.
    pub(super) fn unrealized(&self) -> Decimal {
        self.market_value()
            - self.account.holdings().map(|(_, holding)| holding.cost).sum::<Decimal>()
    }
}

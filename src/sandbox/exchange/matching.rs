use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Exchange;
use super::commission::commission;
use super::kind::Kind;
use super::order::{CancelReason, Execution, State};
use super::path::Print;
use crate::domain::OrderSide;

/// Most of a print's volume that orders of this account take, in per cent.
const PARTICIPATION_PERCENT: i64 = 10;

/// The next instant at which an order fills, triggers or expires, if nothing else happens before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Not looked for since the order last changed.
    Unknown,
    /// Looked for.
    Known(Option<Timestamp>),
}

/// What a print has to be like to concern an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Any,
    AtOrBelow(i64),
    AtOrAbove(i64),
}

impl Condition {
    fn holds(self, cents: i64) -> bool {
        match self {
            Self::Any => true,
            Self::AtOrBelow(bound) => cents <= bound,
            Self::AtOrAbove(bound) => cents >= bound,
        }
    }
}

impl Exchange {
    /// Lets everything happen up to and including `instant`.
    pub(in crate::sandbox) fn advance_to(&mut self, instant: Timestamp) {
        while let Some(at) = self.next_event_at().filter(|at| *at <= instant) {
            self.now = at;
            self.happen();
        }
        self.now = self.now.max(instant);
    }

    /// The next instant after now at which an order fills, triggers or expires.
    pub(in crate::sandbox) fn next_event_at(&mut self) -> Option<Timestamp> {
        let mut earliest: Option<Timestamp> = None;
        for order in self.working.iter().copied() {
            let due = match self.due[order] {
                Due::Known(due) => due,
                Due::Unknown => {
                    let due = self.look_for_event(order);
                    self.due[order] = Due::Known(due);
                    due
                }
            };
            earliest = match (earliest, due) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        earliest
    }

    /// Everything that is due now: executions in the order in which the orders were accepted, then
    /// expiries.
    fn happen(&mut self) {
        let due_now: Vec<usize> = self
            .working
            .iter()
            .copied()
            .filter(|order| self.due[*order] == Due::Known(Some(self.now)))
            .collect();
        let mut taken: Vec<(usize, i64)> = Vec::new();
        for order in due_now.iter().copied() {
            self.due[order] = Due::Unknown;
            let listing = self.orders[order].listing;
            let Some(print) = self.print_now(listing) else { continue };
            let taken_before = taken.iter().filter(|(of, _)| *of == listing).map(|(_, n)| n).sum();
            let shares = self.meet(order, &print, taken_before);
            taken.push((listing, shares));
        }
        for order in due_now {
            let is_over = self.orders[order].expires_at.is_some_and(|expiry| expiry <= self.now);
            if is_over && self.orders[order].is_working() {
                self.end(order, CancelReason::Expired);
            }
        }
    }

    /// The print of exactly this instant.
    fn print_now(&self, listing: usize) -> Option<Print> {
        self.last_print(listing).filter(|print| print.at == self.now)
    }

    /// Lets an order meet a print of which `taken` shares are taken already. Gives the shares that
    /// it took.
    fn meet(&mut self, order: usize, print: &Print, taken: i64) -> i64 {
        let wanted = self.executable(order);
        if !self.orders[order].is_working()
            || wanted == 0
            || !self.condition(order).holds(print.cents)
        {
            return 0;
        }
        if self.orders[order].kind.has_stop() && !self.orders[order].is_triggered {
            self.orders[order].traded_stop = self.stop_of(order);
            self.orders[order].is_triggered = true;
            self.touch(order);
            // The print that trades the stop may lie beyond the limit already.
            if !self.condition(order).holds(print.cents) {
                return 0;
            }
        }
        let offered = (print.volume * PARTICIPATION_PERCENT / 100).max(1) - taken;
        let shares = wanted.min(offered).max(0);
        if shares == 0 {
            return 0;
        }
        let possible = match self.orders[order].side {
            OrderSide::Buy => self.affordable(order, shares, print.cents),
            OrderSide::Sell => shares.min(self.account.shares(self.orders[order].listing)),
        };
        if possible == 0 {
            self.end(
                order,
                match self.orders[order].side {
                    OrderSide::Buy => CancelReason::NoCash,
                    OrderSide::Sell => CancelReason::NoShares,
                },
            );
            return 0;
        }
        self.fill(order, possible, print.cents);
        possible
    }

    /// How many of `shares` the cash pays for, commission included.
    pub(super) fn affordable(&self, order: usize, shares: i64, cents: i64) -> i64 {
        let order = &self.orders[order];
        let cash = self.account.cash();
        let price = Decimal::new(cents, 2);
        let cost = |shares: i64| {
            let value = price * Decimal::from(shares);
            let all = Decimal::new(order.filled_cents, 2) + value;
            value + commission(order.filled + shares, all) - order.commission
        };
        let mut shares = shares;
        while shares > 0 && cost(shares) > cash {
            let missing = ((cost(shares) - cash) / price).floor();
            shares -= i64::try_from(missing).unwrap_or(shares).clamp(1, shares);
        }
        shares
    }

    pub(super) fn fill(&mut self, position: usize, shares: i64, cents: i64) {
        let sequence = self.executions.len();
        let order = &mut self.orders[position];
        order.filled += shares;
        order.filled_cents += shares * cents;
        let total = commission(order.filled, Decimal::new(order.filled_cents, 2));
        let added = total - order.commission;
        order.commission = total;
        let (listing, side) = (order.listing, order.side);
        let value = Decimal::new(shares * cents, 2);
        self.account.book(listing, side, shares, value, added);
        self.executions.push(Execution {
            id: execution_id(self.seed, sequence, 0),
            corrections: 0,
            order: position,
            shares,
            cents,
            commission: added,
            at: self.now,
        });
        self.touch(position);
        for child in self.orders[position].children.clone() {
            if matches!(self.orders[child].kind, Kind::Trail { .. }) {
                self.orders[child].trails_since.get_or_insert(self.now);
            }
            self.touch(child);
        }
        if self.remaining(position) == 0 {
            self.orders[position].state = State::Filled;
            self.working.remove(&position);
        }
        self.settle_siblings(position);
    }

    /// Ends an order that has not filled, with what follows for the orders that wait for it.
    pub(super) fn end(&mut self, position: usize, reason: CancelReason) {
        self.orders[position].state = State::Cancelled(reason);
        self.working.remove(&position);
        self.touch(position);
        for child in self.orders[position].children.clone() {
            if !self.orders[child].is_working() {
                continue;
            }
            self.touch(child);
            if self.remaining(child) > 0 {
                continue;
            }
            // The parent's fills were all that the children had to close, and they have.
            if self.orders[child].filled > 0 {
                self.orders[child].state = State::Filled;
                self.working.remove(&child);
            } else {
                let has_closed = self.orders[position].filled > 0;
                let reason =
                    if has_closed { CancelReason::GroupFilled } else { CancelReason::ParentEnded };
                self.orders[child].state = State::Cancelled(reason);
                self.working.remove(&child);
            }
        }
    }

    /// Notes that an order has changed.
    pub(super) fn touch(&mut self, position: usize) {
        self.orders[position].last_event_at = self.now;
        self.due[position] = Due::Unknown;
        self.changes += 1;
    }

    /// Shares of an order, less what its group has taken off it.
    pub(in crate::sandbox) fn total(&self, position: usize) -> i64 {
        let order = &self.orders[position];
        let bound = match order.parent.map(|parent| &self.orders[parent]) {
            Some(parent) if !parent.is_working() => order.quantity.min(parent.filled),
            _ => order.quantity,
        };
        // What has filled is never taken off, and a cancelled order keeps the size it had.
        match order.state {
            State::Working => (bound - self.taken_off(position)).max(order.filled),
            State::Filled => order.filled,
            State::Cancelled(_) => order.quantity,
        }
    }

    /// Shares that an order may still fill, once its parent has filled.
    pub(in crate::sandbox) fn remaining(&self, position: usize) -> i64 {
        match self.orders[position].state {
            State::Working => self.total(position) - self.orders[position].filled,
            State::Filled | State::Cancelled(_) => 0,
        }
    }

    /// Shares that an order may fill now: those of a child follow its parent's fills.
    pub(in crate::sandbox) fn executable(&self, position: usize) -> i64 {
        let order = &self.orders[position];
        let remaining = self.remaining(position);
        match order.parent.map(|parent| &self.orders[parent]) {
            None => remaining,
            Some(parent) => {
                let open =
                    parent.filled.min(order.quantity) - self.taken_off(position) - order.filled;
                remaining.min(open).max(0)
            }
        }
    }

    fn condition(&self, position: usize) -> Condition {
        let order = &self.orders[position];
        let limit = match order.kind {
            Kind::Limit(cents) | Kind::StopLimit { limit: cents, .. } => Some(cents),
            Kind::Market | Kind::Stop(_) | Kind::Trail { .. } => None,
        };
        let waits_for_stop = order.kind.has_stop() && !order.is_triggered;
        let stop = if waits_for_stop { self.stop_of(position) } else { None };
        match (stop, limit, order.side) {
            (None, None, _) => Condition::Any,
            (Some(stop), _, OrderSide::Sell) => Condition::AtOrBelow(stop),
            (Some(stop), _, OrderSide::Buy) => Condition::AtOrAbove(stop),
            (None, Some(limit), OrderSide::Buy) => Condition::AtOrBelow(limit),
            (None, Some(limit), OrderSide::Sell) => Condition::AtOrAbove(limit),
        }
    }

    fn look_for_event(&self, position: usize) -> Option<Timestamp> {
        let order = &self.orders[position];
        let fill = if self.executable(position) == 0 {
            None
        } else {
            match order.kind {
                Kind::Trail { by, stop } if !order.is_triggered => {
                    self.next_trail_print(position, by, stop, order.expires_at)
                }
                _ => self.next_print(order.listing, self.condition(position), order.expires_at),
            }
        };
        match (fill, order.expires_at) {
            (Some(fill), Some(expiry)) => Some(fill.min(expiry)),
            (fill, expiry) => fill.or(expiry),
        }
    }

    /// The first print after now, whatever its price.
    pub(super) fn next_print_at(&self, listing: usize) -> Option<Timestamp> {
        self.next_print(listing, Condition::Any, None)
    }

    /// The first print after now that meets a condition, not later than `until`. A day whose range
    /// does not reach the price is passed over without a look at its path.
    fn next_print(
        &self,
        listing: usize,
        condition: Condition,
        until: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let listing = &self.listings[listing];
        let first = listing.days.partition_point(|day| day.session.close <= self.now);
        for (position, day) in listing.days.iter().enumerate().skip(first) {
            if until.is_some_and(|until| day.session.open > until) {
                return None;
            }
            if !condition.holds(day.low) && !condition.holds(day.high) {
                continue;
            }
            let begun = (self.now.as_second() - day.session.open.as_second()).div_euclid(60);
            let path = listing.path(self.seed, position);
            let mut minutes = (begun + 1).max(0)..=path.last_minute();
            if let Some(minute) = minutes.find(|minute| condition.holds(path.cents_at(*minute))) {
                return Some(path.print(position, minute).at);
            }
        }
        None
    }
}

/// An id in IBKR's form that is unique on an exchange and the same on every run. Its last digits
/// tell how often the execution was corrected.
pub(super) fn execution_id(seed: u64, sequence: usize, corrections: u32) -> String {
    let digest = blake3::hash(&seed.to_le_bytes());
    let bytes = digest.as_bytes();
    let venue = u16::from_le_bytes([bytes[0], bytes[1]]);
    format!("0000{venue:04x}.{:08x}.01.{:02}", 0x4f00_0000 + sequence, corrections + 1)
}

//! What the account was worth at the closes of the past.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Account, Exchange};
use crate::domain::OrderSide;

/// The account's value at one close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct CloseValue {
    pub(in crate::sandbox) date: Date,
    /// Cash and holdings at their last prices, in USD.
    pub(in crate::sandbox) net: Decimal,
}

impl Exchange {
    /// The net liquidation value at the close of each session from `first` until now, and at the
    /// present instant if a session is open.
    pub(in crate::sandbox) fn closing_values(&self, first: Date) -> Vec<CloseValue> {
        let mut books = Books::new(self);
        let mut values = Vec::new();
        let mut date = first;
        let today = self.calendar.date_at(self.now);
        while date <= today {
            if let Some(session) = self.calendar.session_on(date)
                && session.open <= self.now
            {
                let net = books.value_at(session.close.min(self.now));
                values.push(CloseValue { date, net });
            }
            let Ok(tomorrow) = date.tomorrow() else { break };
            date = tomorrow;
        }
        values
    }

    /// The net liquidation value at an instant that is not after now, in USD.
    pub(in crate::sandbox) fn value_at(&self, instant: Timestamp) -> Decimal {
        Books::new(self).value_at(instant)
    }
}

impl Exchange {
    /// The profit or loss that each execution realised, before commission, in USD; zero for a buy.
    pub(in crate::sandbox) fn realized_by_execution(&self) -> Vec<Decimal> {
        let mut account = Account::new(Decimal::ZERO);
        let mut realized = Vec::with_capacity(self.executions.len());
        for execution in &self.executions {
            let order = &self.orders[execution.order];
            let before = account.holding(order.listing).realized;
            let value = Decimal::new(execution.shares * execution.cents, 2);
            account.book(order.listing, order.side, execution.shares, value, Decimal::ZERO);
            realized.push(account.holding(order.listing).realized - before);
        }
        realized
    }
}

/// Cash and shares as the executions made them, moved forward in time.
struct Books<'a> {
    exchange: &'a Exchange,
    booked: usize,
    cash: Decimal,
    /// By the position of the listing.
    shares: Vec<i64>,
}

impl<'a> Books<'a> {
    fn new(exchange: &'a Exchange) -> Self {
        let cash = exchange.account.starting_cash();
        Self { exchange, booked: 0, cash, shares: vec![0; exchange.listings.len()] }
    }

    fn value_at(&mut self, instant: Timestamp) -> Decimal {
        while let Some(execution) = self.exchange.executions.get(self.booked)
            && execution.at <= instant
        {
            let order = &self.exchange.orders[execution.order];
            let sign = if order.side == OrderSide::Buy { 1 } else { -1 };
            self.cash -= Decimal::new(sign * execution.shares * execution.cents, 2);
            self.cash -= execution.commission;
            self.shares[order.listing] += sign * execution.shares;
            self.booked += 1;
        }
        let held = self.shares.iter().enumerate().filter(|(_, shares)| **shares != 0);
        let worth: Decimal = held
            .filter_map(|(listing, shares)| {
                let print = self.exchange.listings[listing].last_print(self.exchange.seed, instant);
                print.map(|print| print.price() * Decimal::from(*shares))
            })
            .sum();
        self.cash + worth
    }
}

//! What happens to the account without its clients: the broker closes a position by force, and
//! corrects the price of an execution.

use rust_decimal::Decimal;

use super::Exchange;
use super::commands::{NewOrder, Refusal};
use super::commission::commission;
use super::kind::{Kind, Validity};
use super::matching::execution_id;
use super::order::Origin;
use crate::domain::OrderSide;

impl Exchange {
    /// Shares held of a contract; a refusal without any.
    pub(super) fn position_in(&self, conid: i64) -> Result<i64, Refusal> {
        let (listing, _) = self.listing_of(conid).ok_or(Refusal::UnknownConid(conid))?;
        let shares = self.account.shares(listing);
        if shares > 0 { Ok(shares) } else { Err(Refusal::NoPosition(conid)) }
    }

    /// Sells all shares of a contract at its next prints. Working orders are not asked: those that
    /// find no shares left when they meet a print end then.
    pub(super) fn liquidate(&mut self, conid: i64) -> Vec<usize> {
        let Ok(quantity) = self.position_in(conid) else { return Vec::new() };
        let order = NewOrder {
            client_order_id: None,
            parent: None,
            conid,
            side: OrderSide::Sell,
            kind: Kind::Market,
            validity: Validity::Gtc,
            quantity,
            is_single_group: false,
        };
        self.place(&[order], &Origin::Liquidation)
    }

    /// Whether the rest of an order could fill now at its limit, or at the last price without one.
    pub(super) fn check_fill_in_full(&self, order_id: i64) -> Result<(usize, i64, i64), Refusal> {
        let position = self.position_of(order_id).ok_or(Refusal::UnknownOrder(order_id))?;
        let order = &self.orders[position];
        let last = self.last_print(order.listing).map(|print| print.cents);
        let cents = order.kind.cents().or(last).ok_or(Refusal::NotWorking(order_id))?;
        let wanted = if order.is_working() { self.executable(position) } else { 0 };
        let shares = match order.side {
            OrderSide::Buy => self.affordable(position, wanted, cents),
            OrderSide::Sell => wanted.min(self.account.shares(order.listing)),
        };
        if shares > 0 { Ok((position, shares, cents)) } else { Err(Refusal::NotWorking(order_id)) }
    }

    /// Fills the rest of an order at once.
    pub(super) fn fill_in_full(&mut self, order_id: i64) -> Vec<usize> {
        let Ok((position, shares, cents)) = self.check_fill_in_full(order_id) else {
            return Vec::new();
        };
        self.fill(position, shares, cents);
        vec![position]
    }

    pub(super) fn check_correction(&self, cents: i64) -> Result<(), Refusal> {
        let last = self.executions.last().ok_or(Refusal::NoExecution)?;
        if !(1..=1_000_000_000).contains(&cents) {
            return Err(Refusal::Price);
        }
        let order = &self.orders[last.order];
        let (value, fee) = self.correction_of(cents).ok_or(Refusal::NoExecution)?;
        let paid = match order.side {
            OrderSide::Buy => value + fee,
            OrderSide::Sell => fee - value,
        };
        let available = self.account.cash();
        if paid <= available { Ok(()) } else { Err(Refusal::Cash { needed: paid, available }) }
    }

    /// What a correction of the last execution adds to its value and to its commission, in USD.
    fn correction_of(&self, cents: i64) -> Option<(Decimal, Decimal)> {
        let last = self.executions.last()?;
        let order = &self.orders[last.order];
        let added = last.shares * (cents - last.cents);
        let value = Decimal::new(order.filled_cents + added, 2);
        Some((Decimal::new(added, 2), commission(order.filled, value) - order.commission))
    }

    /// Gives the last execution another price, under an id that counts up.
    pub(super) fn correct_last_execution(&mut self, cents: i64) -> Vec<usize> {
        let (Some((value, fee)), Some(sequence)) =
            (self.correction_of(cents), self.executions.len().checked_sub(1))
        else {
            return Vec::new();
        };
        let execution = &mut self.executions[sequence];
        let position = execution.order;
        let order = &mut self.orders[position];
        order.filled_cents += execution.shares * (cents - execution.cents);
        order.commission += fee;
        execution.cents = cents;
        execution.commission += fee;
        execution.corrections += 1;
        execution.id = execution_id(self.seed, sequence, execution.corrections);
        self.account.correct(order.listing, order.side, value, fee);
        self.touch(position);
        vec![position]
    }
}

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::domain::records::PortfolioState;
use crate::domain::{
    ClosedTrade, Conid, ExecutionId, ExitCause, Fill, FillId, Leg, OrderSide, Position, StrategyId,
    round_to_cents,
};

/// A fill with the decision that it goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedFill {
    /// The fill.
    pub fill: Fill,
    /// The strategy that traded.
    pub strategy_id: StrategyId,
    /// Ticker symbol.
    pub symbol: String,
    /// The part that its order plays.
    pub leg: Leg,
    /// The execution that placed its order.
    pub execution_id: ExecutionId,
    /// The execution that placed or last changed its order.
    pub decided_by: ExecutionId,
    /// Stop price of the bracket.
    pub stop_price: Option<Decimal>,
    /// Target price of the bracket.
    pub target_price: Option<Decimal>,
    /// Intended entry minus stop, frozen when the bracket was made.
    pub initial_risk: Option<Decimal>,
    /// The fill that this one replaces; that one no longer counts.
    pub corrects: Option<FillId>,
}

/// What one fill did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundTrip {
    /// Position before it.
    pub before: Option<Position>,
    /// Position after it.
    pub after: Option<Position>,
    /// The trade that it closed.
    pub closed: Option<ClosedTrade>,
    /// What it took from other strategies: an order that was placed elsewhere sells whoever's
    /// shares are there.
    pub others: Vec<RoundTrip>,
}

/// Shares of one strategy in one instrument, with what has been sold of them so far.
#[derive(Debug, Clone)]
struct OpenPosition {
    position: Position,
    bought: Decimal,
    paid: Decimal,
    sold: Decimal,
    received: Decimal,
    has_risk: bool,
}

/// The account as its fills make it.
#[derive(Debug, Clone)]
pub struct Ledger {
    starting_cash: Decimal,
    cash: Decimal,
    commission: Decimal,
    realized_pnl: Decimal,
    realized_by: BTreeMap<StrategyId, Decimal>,
    seen: BTreeSet<FillId>,
    open: BTreeMap<(StrategyId, Conid), OpenPosition>,
}

impl Ledger {
    /// An account that has not traded yet; cash in USD.
    pub fn starting_with(starting_cash: Decimal) -> Self {
        Self {
            starting_cash,
            cash: starting_cash,
            commission: Decimal::ZERO,
            realized_pnl: Decimal::ZERO,
            realized_by: BTreeMap::new(),
            seen: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    /// Cash at the opening of the account.
    pub fn starting_cash(&self) -> Decimal {
        self.starting_cash
    }

    /// Cash now.
    pub fn cash(&self) -> Decimal {
        self.cash
    }

    /// Whether a fill is in the ledger already.
    pub fn contains(&self, fill: &FillId) -> bool {
        self.seen.contains(fill)
    }

    /// Open positions by strategy and instrument.
    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.open.values().map(|open| &open.position)
    }

    /// The position of a strategy in an instrument.
    pub fn position(&self, strategy: &StrategyId, conid: Conid) -> Option<&Position> {
        self.open.get(&(strategy.clone(), conid)).map(|open| &open.position)
    }

    /// Takes a fill in, once: `None` if it is in the ledger already.
    ///
    /// A sale that was made elsewhere names no strategy. It takes the shares that were bought
    /// elsewhere first, then those of the strategies that hold the longest; what nobody holds
    /// changes the cash alone.
    pub fn apply(&mut self, fill: &AttributedFill) -> Option<RoundTrip> {
        if !self.seen.insert(fill.fill.fill_id.clone()) {
            return None;
        }
        if let Some(replaced) = &fill.corrects {
            self.seen.insert(replaced.clone());
        }
        let amount = fill.fill.quantity * fill.fill.price;
        self.commission += fill.fill.commission;
        self.cash -= fill.fill.commission;
        let key = (fill.strategy_id.clone(), fill.fill.conid);
        let before = self.open.get(&key).map(|open| open.position.clone());
        let mut others = Vec::new();
        match fill.fill.side {
            OrderSide::Buy => {
                self.cash -= amount;
                let open = self.open.entry(key.clone()).or_insert_with(|| OpenPosition::new(fill));
                open.buy(fill, amount);
            }
            OrderSide::Sell => {
                self.cash += amount;
                if fill.leg == Leg::External {
                    others = self.sell_elsewhere(&key, fill);
                } else if let Some(open) = self.open.get_mut(&key) {
                    open.sell(fill, amount);
                }
            }
        }
        let closed = self.close_if_sold(&key, fill);
        let after = self.open.get(&key).map(|open| open.position.clone());
        Some(RoundTrip { before, after, closed, others })
    }

    /// Divides a sale among those who hold the shares; says what it did to others than `own`.
    fn sell_elsewhere(
        &mut self,
        own: &(StrategyId, Conid),
        fill: &AttributedFill,
    ) -> Vec<RoundTrip> {
        let mut holders: Vec<(bool, Timestamp, (StrategyId, Conid))> = self
            .open
            .iter()
            .filter(|(key, _)| key.1 == own.1)
            .map(|(key, open)| (key != own, open.position.opened_at, key.clone()))
            .collect();
        holders.sort();
        let mut left = fill.fill.quantity;
        let mut others = Vec::new();
        for (is_other, _, key) in holders {
            let Some(open) = self.open.get_mut(&key) else { continue };
            let quantity = left.min(open.position.quantity);
            if quantity <= Decimal::ZERO {
                continue;
            }
            left -= quantity;
            let mut part = fill.clone();
            part.fill.quantity = quantity;
            part.fill.commission = (fill.fill.commission * quantity)
                .checked_div(fill.fill.quantity)
                .unwrap_or_default();
            let before = Some(open.position.clone());
            open.sell(&part, quantity * fill.fill.price);
            if is_other {
                let closed = self.close_if_sold(&key, &part);
                let after = self.open.get(&key).map(|open| open.position.clone());
                others.push(RoundTrip { before, after, closed, others: Vec::new() });
            }
        }
        others
    }

    fn close_if_sold(
        &mut self,
        key: &(StrategyId, Conid),
        last: &AttributedFill,
    ) -> Option<ClosedTrade> {
        let open = self.open.get(key)?;
        if open.position.quantity != Decimal::ZERO || open.sold <= Decimal::ZERO {
            return None;
        }
        let closed = open.close(last);
        self.realized_pnl += closed.realized_pnl;
        *self.realized_by.entry(key.0.clone()).or_default() += closed.realized_pnl;
        self.open.remove(key);
        Some(closed)
    }

    /// What every strategy that ever traded has realised and not realised, at the given last prices;
    /// a position without a price is valued at cost.
    pub fn results(
        &self,
        last_prices: &BTreeMap<Conid, Decimal>,
    ) -> BTreeMap<StrategyId, (Decimal, Decimal)> {
        let mut results: BTreeMap<StrategyId, (Decimal, Decimal)> = self
            .realized_by
            .iter()
            .map(|(strategy, realized)| (strategy.clone(), (*realized, Decimal::ZERO)))
            .collect();
        for position in self.positions() {
            let price = last_prices.get(&position.conid).copied().unwrap_or(position.average_cost);
            let result = results.entry(position.strategy_id.clone()).or_default();
            result.1 += position.quantity * (price - position.average_cost);
        }
        results
    }

    /// The account's money at the given last prices; a position without a price is valued at cost.
    pub fn state(&self, at: Timestamp, last_prices: &BTreeMap<Conid, Decimal>) -> PortfolioState {
        let mut positions_value = Decimal::ZERO;
        let mut unrealized = Decimal::ZERO;
        for position in self.positions() {
            let price = last_prices.get(&position.conid).copied().unwrap_or(position.average_cost);
            positions_value += position.quantity * price;
            unrealized += position.quantity * (price - position.average_cost);
        }
        PortfolioState {
            at,
            cash: round_to_cents(self.cash),
            positions_value: round_to_cents(positions_value),
            net_liquidation: round_to_cents(self.cash + positions_value),
            realized_pnl: round_to_cents(self.realized_pnl),
            unrealized_pnl: round_to_cents(unrealized),
            commission: round_to_cents(self.commission),
        }
    }
}

impl OpenPosition {
    fn new(fill: &AttributedFill) -> Self {
        Self {
            position: Position {
                strategy_id: fill.strategy_id.clone(),
                conid: fill.fill.conid,
                symbol: fill.symbol.clone(),
                quantity: Decimal::ZERO,
                average_cost: Decimal::ZERO,
                commission: Decimal::ZERO,
                stop_price: fill.stop_price.unwrap_or_default(),
                target_price: fill.target_price.unwrap_or_default(),
                initial_risk: fill.initial_risk.unwrap_or_default(),
                execution_id: fill.execution_id.clone(),
                opened_at: fill.fill.at,
            },
            bought: Decimal::ZERO,
            paid: Decimal::ZERO,
            sold: Decimal::ZERO,
            received: Decimal::ZERO,
            has_risk: fill.initial_risk.is_some_and(|risk| risk > Decimal::ZERO),
        }
    }

    fn buy(&mut self, fill: &AttributedFill, amount: Decimal) {
        self.bought += fill.fill.quantity;
        self.paid += amount;
        self.position.quantity += fill.fill.quantity;
        self.position.average_cost = self.paid.checked_div(self.bought).unwrap_or_default();
        self.position.commission += fill.fill.commission;
    }

    fn sell(&mut self, fill: &AttributedFill, amount: Decimal) {
        self.sold += fill.fill.quantity;
        self.received += amount;
        self.position.quantity -= fill.fill.quantity;
        self.position.commission += fill.fill.commission;
    }

    fn close(&self, last: &AttributedFill) -> ClosedTrade {
        let entry_price = self.position.average_cost;
        let exit_price = self.received.checked_div(self.sold).unwrap_or_default();
        let gross_pnl = self.received - self.paid;
        let r_multiple = if self.has_risk {
            (exit_price - entry_price).checked_div(self.position.initial_risk).map(round_to_cents)
        } else {
            None
        };
        ClosedTrade {
            strategy_id: self.position.strategy_id.clone(),
            conid: self.position.conid,
            symbol: self.position.symbol.clone(),
            quantity: self.sold,
            entry_price,
            exit_price,
            opened_at: self.position.opened_at,
            closed_at: last.fill.at,
            gross_pnl: round_to_cents(gross_pnl),
            commission: round_to_cents(self.position.commission),
            realized_pnl: round_to_cents(gross_pnl - self.position.commission),
            r_multiple,
            exit_cause: exit_cause(last),
            entry_execution_id: self.position.execution_id.clone(),
            exit_execution_id: last.decided_by.clone(),
        }
    }
}

pub(super) fn exit_cause(fill: &AttributedFill) -> ExitCause {
    match fill.leg {
        _ if fill.fill.is_liquidation => ExitCause::Liquidation,
        Leg::Stop => ExitCause::Stop,
        // A target that another execution moved was moved by a SELL signal.
        Leg::Target if fill.decided_by == fill.execution_id => ExitCause::Target,
        Leg::Flatten => ExitCause::Flatten,
        Leg::External => ExitCause::External,
        Leg::Target | Leg::Exit | Leg::Entry => ExitCause::Signal,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(number: u32, side: OrderSide, quantity: i64, cents: i64, leg: Leg) -> AttributedFill {
        let execution = ExecutionId::new("sample_1").unwrap();
        AttributedFill {
            fill: Fill {
                fill_id: FillId::new(format!("f{number}")),
                client_order_id: Some(leg.client_order_id(&execution)),
                broker_order_id: None,
                conid: Conid(1),
                side,
                quantity: Decimal::from(quantity),
                price: Decimal::new(cents, 2),
                commission: Decimal::ONE,
                is_commission_known: true,
                is_liquidation: false,
                at: Timestamp::UNIX_EPOCH,
            },
            strategy_id: StrategyId::new("sample").unwrap(),
            symbol: "AAPL".into(),
            leg,
            execution_id: execution.clone(),
            decided_by: execution,
            stop_price: Some(Decimal::from(90)),
            target_price: Some(Decimal::from(120)),
            initial_risk: Some(Decimal::TEN),
            corrects: None,
        }
    }

    #[test]
    fn b3_1_and_b3_2_a_buy_opens_and_a_sell_closes_with_its_profit() {
        let mut ledger = Ledger::starting_with(Decimal::from(10_0000));
        let opened = ledger.apply(&fill(1, OrderSide::Buy, 10, 10_000, Leg::Entry)).unwrap();
        assert_eq!(opened.after.unwrap().average_cost, Decimal::from(100));
        let closed = ledger.apply(&fill(2, OrderSide::Sell, 10, 12_000, Leg::Target)).unwrap();
        let trade = closed.closed.unwrap();
        assert_eq!(trade.gross_pnl, Decimal::from(200));
        assert_eq!(trade.realized_pnl, Decimal::from(198));
        assert_eq!(trade.r_multiple, Some(Decimal::TWO));
        assert_eq!(trade.exit_cause, ExitCause::Target);
        assert!(closed.after.is_none());
        assert_eq!(ledger.cash(), Decimal::from(100_198));
    }

    #[test]
    fn h01_a_fill_that_is_reported_twice_counts_once() {
        let mut ledger = Ledger::starting_with(Decimal::from(10_0000));
        let once = fill(1, OrderSide::Buy, 10, 10_000, Leg::Entry);
        assert!(ledger.apply(&once).is_some());
        assert!(ledger.apply(&once).is_none());
        assert_eq!(ledger.cash(), Decimal::from(98_999));
    }

    #[test]
    fn partial_sales_close_at_their_average_price() {
        let mut ledger = Ledger::starting_with(Decimal::from(10_0000));
        ledger.apply(&fill(1, OrderSide::Buy, 10, 10_000, Leg::Entry));
        let part = ledger.apply(&fill(2, OrderSide::Sell, 4, 9_000, Leg::Stop)).unwrap();
        assert!(part.closed.is_none());
        assert_eq!(part.after.unwrap().quantity, Decimal::from(6));
        let rest = ledger.apply(&fill(3, OrderSide::Sell, 6, 8_000, Leg::Stop)).unwrap();
        let trade = rest.closed.unwrap();
        assert_eq!(trade.exit_price, Decimal::from(84));
        assert_eq!(trade.gross_pnl, Decimal::from(-160));
        assert_eq!(trade.commission, Decimal::from(3));
    }

    #[test]
    fn h18_a_sale_made_elsewhere_closes_the_position_of_whoever_holds_it() {
        let mut ledger = Ledger::starting_with(Decimal::from(10_000));
        ledger.apply(&fill(1, OrderSide::Buy, 10, 10_000, Leg::Entry)).unwrap();
        let mut sale = fill(2, OrderSide::Sell, 15, 11_000, Leg::External);
        sale.strategy_id = StrategyId::new("external").unwrap();
        sale.decided_by = ExecutionId::new("external_1").unwrap();
        let trip = ledger.apply(&sale).unwrap();
        assert_eq!((trip.before, trip.after, trip.closed), (None, None, None));
        let closed = trip.others[0].closed.clone().unwrap();
        assert_eq!(closed.strategy_id.as_str(), "sample");
        assert_eq!(closed.exit_cause, ExitCause::External);
        assert_eq!(closed.quantity, Decimal::TEN);
        assert_eq!(ledger.positions().count(), 0);
        // 10 000 − 1 000 − 1 + 15 × 110 − 1: what nobody held is cash all the same.
        assert_eq!(ledger.cash(), Decimal::from(10_648));
    }

    #[test]
    fn a_replaced_fill_never_counts_again() {
        let mut ledger = Ledger::starting_with(Decimal::from(10_000));
        let first = fill(1, OrderSide::Buy, 10, 10_000, Leg::Entry);
        let mut second = fill(2, OrderSide::Buy, 10, 9_900, Leg::Entry);
        second.corrects = Some(first.fill.fill_id.clone());
        ledger.apply(&second).unwrap();
        assert_eq!(ledger.apply(&first), None);
        assert_eq!(ledger.cash(), Decimal::from(9_009));
    }

    proptest! {
        /// Cash, positions at cost and commissions add up to the starting cash and the gross gains.
        #[test]
        fn the_ledger_balances_to_the_cent(
            steps in prop::collection::vec((1i64..50, 100i64..90_000, any::<bool>()), 1..40),
        ) {
            let mut ledger = Ledger::starting_with(Decimal::from(10_0000));
            let mut gross = Decimal::ZERO;
            let mut number = 0;
            for (quantity, price, buys) in steps {
                number += 1;
                let held = ledger.positions().next().map_or(Decimal::ZERO, |p| p.quantity);
                let step = if buys || held == Decimal::ZERO {
                    fill(number, OrderSide::Buy, quantity, price, Leg::Entry)
                } else {
                    let mut sale = fill(number, OrderSide::Sell, 1, price, Leg::Exit);
                    sale.fill.quantity = held;
                    sale
                };
                if let Some(trade) = ledger.apply(&step).and_then(|trip| trip.closed) {
                    gross += trade.gross_pnl;
                }
            }
            let at_cost: Decimal = ledger.positions().map(|p| p.quantity * p.average_cost).sum();
            let total = ledger.cash() + at_cost + ledger.commission;
            prop_assert_eq!(round_to_cents(total), round_to_cents(Decimal::from(10_0000) + gross));
        }
    }
}

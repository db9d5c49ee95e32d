use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::ledger::{AttributedFill, Ledger, exit_cause};
use crate::domain::{
    ClientOrderId, Conid, ExecutionId, ExitCause, FillId, Leg, OrderSide, Position, StrategyId,
};

/// Places after the point to which a commission is divided among lots. What the division leaves
/// over goes to the last of them, so that nothing is lost.
const COMMISSION_PLACES: u32 = 6;

/// One end of a lot: the fill and the decision behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotEnd {
    /// The broker's id of the fill.
    pub fill_id: FillId,
    /// Our id of its order.
    pub client_order_id: Option<ClientOrderId>,
    /// The execution that decided it.
    pub execution_id: ExecutionId,
    /// The part that the order plays.
    pub leg: Leg,
    /// Per share.
    pub price: Decimal,
    /// When it was traded.
    pub at: Timestamp,
}

/// Shares of one fill that opened them and one fill that closed them, first in, first out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedLot {
    /// Whose shares they were.
    pub strategy_id: StrategyId,
    /// What was traded.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares; negative if more was sold than was held, and bought back later.
    pub quantity: Decimal,
    /// The fill that opened it.
    pub entry: LotEnd,
    /// The fill that closed it.
    pub exit: LotEnd,
    /// What closed it.
    pub exit_cause: ExitCause,
    /// (exit − entry) × quantity.
    pub gross: Decimal,
    /// Its share of the commissions of both fills.
    pub commission: Decimal,
}

impl ClosedLot {
    /// It was bought by hand or by another program, so that no decision of ours stands behind it.
    pub fn is_external(&self) -> bool {
        self.entry.leg == Leg::External
    }

    /// After the commissions of both fills.
    pub fn net(&self) -> Decimal {
        self.gross - self.commission
    }
}

/// Shares of one fill that are still held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLot {
    /// Whose shares they are.
    pub strategy_id: StrategyId,
    /// What is held.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares that are left of the fill; negative if more was sold than was held.
    pub quantity: Decimal,
    /// The fill that opened it.
    pub entry: LotEnd,
    /// What is left of the fill's commission.
    pub commission: Decimal,
}

/// The lots that fills make, first in, first out within a strategy and an instrument.
///
/// Whose shares a sale takes is the [`Ledger`]'s decision, which the lots follow. So both are worth
/// the same after each fill.
#[derive(Debug, Clone)]
pub struct Lots {
    ledger: Ledger,
    open: BTreeMap<(StrategyId, Conid), VecDeque<OpenLot>>,
    closed: Vec<ClosedLot>,
    unowned: Decimal,
}

impl Lots {
    /// An account that has not traded yet; cash in USD.
    pub fn starting_with(starting_cash: Decimal) -> Self {
        Self {
            ledger: Ledger::starting_with(starting_cash),
            open: BTreeMap::new(),
            closed: Vec::new(),
            unowned: Decimal::ZERO,
        }
    }

    /// Takes fills in, in their order, each once.
    pub fn apply_all<'a>(&mut self, fills: impl IntoIterator<Item = &'a AttributedFill>) {
        fills.into_iter().for_each(|fill| self.apply(fill));
    }

    /// Takes a fill in, once.
    pub fn apply(&mut self, fill: &AttributedFill) {
        let Some(trip) = self.ledger.apply(fill) else { return };
        let quantity = |position: &Option<Position>| {
            position.as_ref().map_or(Decimal::ZERO, |position| position.quantity)
        };
        let own = quantity(&trip.after) - quantity(&trip.before);
        let mut parts = vec![(fill.strategy_id.clone(), own)];
        for other in &trip.others {
            if let Some(before) = &other.before {
                let change = quantity(&other.after) - before.quantity;
                parts.push((before.strategy_id.clone(), change));
            }
        }
        let traded = match fill.fill.side {
            OrderSide::Buy => fill.fill.quantity,
            OrderSide::Sell => -fill.fill.quantity,
        };
        let nobodys = traded - parts.iter().map(|(_, change)| change).sum::<Decimal>();
        let mut left = Left { quantity: traded.abs(), commission: fill.fill.commission };
        for (strategy_id, change) in parts.into_iter().filter(|(_, change)| !change.is_zero()) {
            let commission = left.take(change.abs());
            self.trade((strategy_id, fill.fill.conid), change, commission, fill);
        }
        self.unowned -= nobodys * fill.fill.price + left.commission;
    }

    /// Moves the lots of one holder by shares of a fill: what is held on the other side is closed
    /// first, and what is left over opens a lot.
    fn trade(
        &mut self,
        key: (StrategyId, Conid),
        change: Decimal,
        commission: Decimal,
        fill: &AttributedFill,
    ) {
        let mut change = change;
        let mut left = Left { quantity: change.abs(), commission };
        let lots = self.open.entry(key.clone()).or_default();
        while !change.is_zero() {
            let closable =
                |lot: &&mut OpenLot| lot.quantity.is_sign_positive() != change.is_sign_positive();
            let Some(lot) = lots.front_mut().filter(closable) else {
                lots.push_back(OpenLot {
                    strategy_id: key.0,
                    conid: key.1,
                    symbol: fill.symbol.clone(),
                    quantity: change,
                    entry: LotEnd::of(fill),
                    commission: left.commission,
                });
                return;
            };
            let size = change.abs().min(lot.quantity.abs());
            let closed = if lot.quantity.is_sign_positive() { size } else { -size };
            let mut of_entry = Left { quantity: lot.quantity.abs(), commission: lot.commission };
            let commission = of_entry.take(size) + left.take(size);
            self.closed.push(ClosedLot {
                strategy_id: lot.strategy_id.clone(),
                conid: lot.conid,
                symbol: lot.symbol.clone(),
                quantity: closed,
                entry: lot.entry.clone(),
                exit: LotEnd::of(fill),
                exit_cause: exit_cause(fill),
                gross: closed * (fill.fill.price - lot.entry.price),
                commission,
            });
            lot.quantity -= closed;
            lot.commission = of_entry.commission;
            change += closed;
            if lot.quantity.is_zero() {
                lots.pop_front();
            }
        }
    }

    /// Closed lots, in the order in which they were closed.
    pub fn closed(&self) -> &[ClosedLot] {
        &self.closed
    }

    /// Open lots by strategy and instrument, the oldest first.
    pub fn open(&self) -> impl Iterator<Item = &OpenLot> {
        self.open.values().flatten()
    }

    /// What open lots have cost, without commission.
    pub fn open_cost(&self) -> Decimal {
        self.open().map(|lot| lot.quantity * lot.entry.price).sum()
    }

    /// Commissions that were paid for open lots.
    pub fn open_commission(&self) -> Decimal {
        self.open().map(|lot| lot.commission).sum()
    }

    /// Cash of sales of shares that nobody held by our fills, such as those that the account had
    /// before Throughline, after commission.
    pub fn unowned(&self) -> Decimal {
        self.unowned
    }

    /// Cash, not rounded.
    pub fn cash(&self) -> Decimal {
        self.ledger.cash()
    }

    /// Value of all positions at these prices, not rounded; one without a price at its average cost.
    pub fn positions_value(&self, prices: &BTreeMap<Conid, Decimal>) -> Decimal {
        self.ledger
            .positions()
            .map(|position| {
                let price = prices.get(&position.conid).copied().unwrap_or(position.average_cost);
                position.quantity * price
            })
            .sum()
    }
}

impl LotEnd {
    fn of(fill: &AttributedFill) -> Self {
        Self {
            fill_id: fill.fill.fill_id.clone(),
            client_order_id: fill.fill.client_order_id.clone(),
            execution_id: fill.decided_by.clone(),
            leg: fill.leg,
            price: fill.fill.price,
            at: fill.fill.at,
        }
    }
}

/// A commission that is divided by shares; the last share takes what is left.
struct Left {
    quantity: Decimal,
    commission: Decimal,
}

impl Left {
    fn take(&mut self, quantity: Decimal) -> Decimal {
        let part = if quantity >= self.quantity {
            self.commission
        } else {
            (self.commission * quantity)
                .checked_div(self.quantity)
                .unwrap_or_default()
                .round_dp(COMMISSION_PLACES)
        };
        self.quantity -= quantity;
        self.commission -= part;
        part
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::ExecutorError;
use super::records::{AccountState, PortfolioState};
use crate::broker::AccountSummary;
use crate::domain::{
    AccountId, ClientOrderId, ClosedTrade, Conid, Environment, Fill, FillId, Leg, Position,
    StrategyId,
};
use crate::orders::reconcile::Edition;
use crate::portfolio::{AttributedFill, Ledger};
use crate::store::{FillRow, OrderRow, Store, StoreError};

/// Our own view of the account: every fill of ours with its decision, and the last prices seen.
/// Kept in memory, rebuilt from the store at every start.
#[derive(Debug)]
pub struct AccountBook {
    /// Where it is.
    pub environment: Environment,
    opening: OnceLock<Opening>,
    /// Executions run side by side, and yet each is measured against what the one before it has
    /// placed: one at a time goes through the risk gate and sends its order.
    pub(super) order_lane: tokio::sync::Mutex<()>,
    inner: Mutex<Inner>,
}

/// The account at the first opening of the data directory, by the broker's word. Until the broker
/// has answered for the first time, the account is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Which account.
    pub account_id: AccountId,
    /// Cash, in USD.
    pub cash: Decimal,
    /// Cash and positions, in USD.
    pub value: Decimal,
}

#[derive(Debug)]
struct Inner {
    fills: Vec<AttributedFill>,
    ledger: Ledger,
    last_prices: BTreeMap<Conid, Decimal>,
    /// When these were named, as far as it was noted.
    price_times: BTreeMap<Conid, Timestamp>,
    /// Fills that a later edition replaced.
    replaced: BTreeSet<FillId>,
    /// Counts up with every change of fills.
    revision: u64,
}

impl AccountBook {
    /// Rebuilds the book from the store.
    pub async fn load(
        store: &Store,
        environment: Environment,
        opening: Option<Opening>,
    ) -> Result<Self, StoreError> {
        let orders = store.orders().await?;
        let fills = store.fills().await?;
        let orders_by_id: BTreeMap<&ClientOrderId, &OrderRow> =
            orders.iter().map(|order| (&order.client_order_id, order)).collect();
        let fills: Vec<AttributedFill> = fills
            .into_iter()
            .filter_map(|row| {
                let order = orders_by_id.get(&row.client_order_id)?;
                Some(attribute(row, order, &orders))
            })
            .collect();
        // What an open position was entered with stays, however its stop was moved since.
        let open = store.positions().await?;
        let fills: Vec<AttributedFill> =
            fills.into_iter().map(|fill| as_entered(fill, &open)).collect();
        let cash = opening.as_ref().map_or(Decimal::ZERO, |opening| opening.cash);
        let mut ledger = Ledger::starting_with(cash);
        for fill in &fills {
            ledger.apply(fill);
        }
        let replaced = fills.iter().filter_map(|fill| fill.corrects.clone()).collect();
        let inner = Mutex::new(Inner {
            fills,
            ledger,
            last_prices: BTreeMap::new(),
            price_times: BTreeMap::new(),
            replaced,
            revision: 0,
        });
        let opening = opening.map_or_else(OnceLock::new, OnceLock::from);
        Ok(Self { environment, opening, order_lane: tokio::sync::Mutex::default(), inner })
    }

    /// Takes the broker's word of the account at the first opening. Later words change nothing.
    pub fn open(&self, opening: Opening) {
        let mut inner = self.lock();
        let cash = opening.cash;
        if self.opening.set(opening).is_ok() {
            let mut ledger = Ledger::starting_with(cash);
            for fill in &inner.fills {
                ledger.apply(fill);
            }
            inner.ledger = ledger;
        }
    }

    /// The account, unless the broker has never answered yet.
    pub fn account_id(&self) -> Option<&AccountId> {
        self.opening.get().map(|opening| &opening.account_id)
    }

    /// The account, or why there is none to trade in.
    pub fn known_account(&self) -> Result<AccountId, ExecutorError> {
        self.account_id().cloned().ok_or(ExecutorError::NoAccount)
    }

    /// The account at the first opening, unless the broker has never answered yet.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.get()
    }

    /// Cash at the first opening of the account; nothing is there before the broker answered.
    pub fn starting_cash(&self) -> Decimal {
        self.opening.get().map_or(Decimal::ZERO, |opening| opening.cash)
    }

    /// Cash and positions at the first opening of the account.
    pub fn starting_value(&self) -> Decimal {
        self.opening.get().map_or(Decimal::ZERO, |opening| opening.value)
    }

    /// A copy of the ledger, to try something on.
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// The ledger as it would be without some fills.
    pub fn ledger_without(&self, excluded: &[FillId]) -> Ledger {
        let inner = self.lock();
        let mut ledger = Ledger::starting_with(self.starting_cash());
        for fill in inner.fills.iter().filter(|fill| !excluded.contains(&fill.fill.fill_id)) {
            ledger.apply(fill);
        }
        ledger
    }

    /// The fill that a report changes: an earlier edition of it, or itself if its commission was
    /// not known and now is.
    pub fn changed_by(&self, reported: &Fill) -> Option<AttributedFill> {
        let inner = self.lock();
        if inner.replaced.contains(&reported.fill_id) {
            return None;
        }
        let edition = Edition::of(&reported.fill_id);
        let changed = |booked: &&AttributedFill| {
            if booked.fill.fill_id == reported.fill_id {
                !booked.fill.is_commission_known && reported.is_commission_known
            } else {
                edition.is_of_one_fill(&booked.fill.fill_id)
                    && edition.number > Edition::of(&booked.fill.fill_id).number
            }
        };
        inner.fills.iter().find(changed).cloned()
    }

    /// The ledger, and all trades closed so far, as they would be with one fill replaced.
    pub fn ledger_with(
        &self,
        replaced: &FillId,
        fill: &AttributedFill,
    ) -> (Ledger, Vec<ClosedTrade>) {
        let inner = self.lock();
        let mut ledger = Ledger::starting_with(self.starting_cash());
        let mut trades = Vec::new();
        for booked in &inner.fills {
            let booked = if booked.fill.fill_id == *replaced { fill } else { booked };
            let Some(trip) = ledger.apply(booked) else { continue };
            trades.extend(trip.closed);
            trades.extend(trip.others.into_iter().filter_map(|other| other.closed));
        }
        (ledger, trades)
    }

    /// Replaces a fill by what is now reported of it, once the store has done so.
    pub fn replace(&self, replaced: &FillId, fill: &AttributedFill) {
        let mut inner = self.lock();
        inner.revision += 1;
        if fill.fill.fill_id != *replaced {
            inner.replaced.insert(replaced.clone());
        }
        for booked in &mut inner.fills {
            if booked.fill.fill_id == *replaced {
                *booked = fill.clone();
            }
        }
        let mut ledger = Ledger::starting_with(self.starting_cash());
        for booked in &inner.fills {
            ledger.apply(booked);
        }
        inner.ledger = ledger;
    }

    /// Every fill that counts.
    pub fn booked_fills(&self) -> Vec<AttributedFill> {
        self.lock().fills.clone()
    }

    /// Fills that a later edition replaced.
    pub fn replaced_fills(&self) -> BTreeSet<FillId> {
        self.lock().replaced.clone()
    }

    /// Takes fills in that the store has taken in.
    pub fn apply(&self, fills: Vec<AttributedFill>) {
        let mut inner = self.lock();
        inner.revision += 1;
        for fill in fills {
            if inner.ledger.apply(&fill).is_some() {
                inner.fills.push(fill);
            }
        }
    }

    /// Notes last prices, and when the broker named them.
    pub fn note_prices(&self, at: Timestamp, prices: impl IntoIterator<Item = (Conid, Decimal)>) {
        let mut inner = self.lock();
        for (conid, price) in prices {
            inner.last_prices.insert(conid, price);
            inner.price_times.insert(conid, at);
        }
    }

    /// Takes up prices that were noted before, with their times as far as these are known.
    pub fn restore_prices(
        &self,
        prices: BTreeMap<Conid, Decimal>,
        times: BTreeMap<Conid, Timestamp>,
    ) {
        let mut inner = self.lock();
        inner.last_prices = prices;
        inner.price_times = times;
    }

    /// Last prices seen.
    pub fn last_prices(&self) -> BTreeMap<Conid, Decimal> {
        self.lock().last_prices.clone()
    }

    /// When the last prices were named, as far as it was noted.
    pub fn price_times(&self) -> BTreeMap<Conid, Timestamp> {
        self.lock().price_times.clone()
    }

    /// All open positions.
    pub fn positions(&self) -> Vec<Position> {
        self.lock().ledger.positions().cloned().collect()
    }

    /// The position of a strategy in an instrument.
    pub fn position(&self, strategy: &StrategyId, conid: Conid) -> Option<Position> {
        self.lock().ledger.position(strategy, conid).cloned()
    }

    /// Counts up with every change of the fills that count.
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// What each strategy has realised, and what it has not, at the last prices.
    pub fn strategy_results(&self) -> BTreeMap<StrategyId, (Decimal, Decimal)> {
        let inner = self.lock();
        inner.ledger.results(&inner.last_prices)
    }

    /// Value of everything in a contract over all strategies: positions at the last price, and what
    /// working entries would still buy.
    pub fn symbol_exposure(&self, conid: Conid, working: &[OrderRow]) -> Decimal {
        let inner = self.lock();
        let held =
            inner.ledger.positions().filter(|position| position.conid == conid).map(|position| {
                let price = inner.last_prices.get(&conid).copied();
                position.quantity * price.unwrap_or(position.average_cost)
            });
        let promised =
            working.iter().filter(|order| order.leg == Leg::Entry && order.conid == conid).map(
                |order| (order.quantity - order.filled_quantity) * order.price.unwrap_or_default(),
            );
        held.chain(promised).sum()
    }

    /// The account's money by our own ledger.
    pub fn portfolio_state(&self, at: Timestamp) -> PortfolioState {
        let inner = self.lock();
        inner.ledger.state(at, &inner.last_prices)
    }

    /// What the risk gate needs to know before a strategy trades an instrument. Money is the
    /// broker's word; positions and working entries are counted from our own records.
    pub fn risk_state(
        &self,
        summary: &AccountSummary,
        working: &[OrderRow],
        strategy: &StrategyId,
        conid: Conid,
        halted: bool,
        closures: Vec<String>,
    ) -> AccountState {
        let positions = self.positions();
        let entries = || working.iter().filter(|order| order.leg == Leg::Entry);
        let promised: Decimal = entries()
            .map(|order| (order.quantity - order.filled_quantity) * order.price.unwrap_or_default())
            .sum();
        let of_this = |order: &&OrderRow| order.strategy_id == *strategy && order.conid == conid;
        let held_quantity = positions
            .iter()
            .find(|position| position.strategy_id == *strategy && position.conid == conid)
            .map_or(Decimal::ZERO, |position| position.quantity);
        let waiting = entries().filter(|order| order.filled_quantity == Decimal::ZERO).count();
        AccountState {
            net_liquidation: summary.net_liquidation,
            cash: summary.total_cash,
            available_funds: (summary.total_cash - promised).max(Decimal::ZERO),
            exposure: summary.gross_position_value + promised,
            open_positions: u32::try_from(positions.len() + waiting).unwrap_or(u32::MAX),
            held_quantity,
            has_working_entry: entries().any(|order| of_this(&order)),
            halted,
            closures,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The book holds plain values that are valid between any two statements.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn as_entered(fill: AttributedFill, open: &[Position]) -> AttributedFill {
    let of_fill = |position: &&Position| {
        position.execution_id == fill.execution_id
            && position.strategy_id == fill.strategy_id
            && position.conid == fill.fill.conid
            && position.initial_risk > Decimal::ZERO
    };
    match open.iter().find(of_fill) {
        Some(position) => AttributedFill {
            stop_price: Some(position.stop_price),
            target_price: Some(position.target_price),
            initial_risk: Some(position.initial_risk),
            ..fill
        },
        None => fill,
    }
}

/// Joins a fill with the bracket that its order belongs to.
pub(crate) fn attribute(row: FillRow, order: &OrderRow, orders: &[OrderRow]) -> AttributedFill {
    let leg = |leg: Leg| {
        orders.iter().find(|other| other.execution_id == order.execution_id && other.leg == leg)
    };
    let price = |leg_name: Leg| leg(leg_name).and_then(|order| order.price);
    let initial_risk = price(Leg::Entry).zip(price(Leg::Stop)).map(|(entry, stop)| entry - stop);
    AttributedFill {
        fill: row.fill,
        strategy_id: order.strategy_id.clone(),
        symbol: order.symbol.clone(),
        leg: order.leg,
        execution_id: order.execution_id.clone(),
        decided_by: order.decided_by.clone(),
        stop_price: price(Leg::Stop),
        target_price: price(Leg::Target),
        initial_risk,
        corrects: row.corrects,
    }
}

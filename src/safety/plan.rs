//! What a flattening does next, decided from what the broker lists. Pure: no order is sent here.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::{BrokerOrderId, Conid, StrategyId};

/// Looks in a row at which the broker and our ledger must differ in the same way before the broker
/// is believed: shares that were traded elsewhere stay, a list that lags behind a fill does not.
const LOOKS_TO_BELIEVE: usize = 4;

/// An order that the broker lists as open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenOrder {
    pub(super) broker_order_id: BrokerOrderId,
    pub(super) conid: Conid,
    /// In words, for a person.
    pub(super) words: String,
    /// This flattening sent it to close a position.
    pub(super) is_closing: bool,
}

/// A position that the broker lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) conid: Conid,
    pub(super) description: String,
    /// Below zero when short; never zero.
    pub(super) quantity: Decimal,
}

/// Shares of a strategy by our own ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) strategy_id: StrategyId,
    pub(super) conid: Conid,
    pub(super) symbol: String,
    pub(super) quantity: Decimal,
}

/// One look at the account. The orders are read first: while none is open in a contract, nothing
/// can fill there between the reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct View {
    pub(super) orders: Vec<OpenOrder>,
    pub(super) holdings: Vec<Holding>,
    pub(super) owned: Vec<Owned>,
    /// Contracts in which an order of ours is written down and its fate is not known.
    pub(super) undecided: BTreeSet<Conid>,
    /// Contracts in which an order of ours filled a moment ago: the broker's list of positions may
    /// still be from before it.
    pub(super) just_filled: BTreeSet<Conid>,
}

/// Shares to close with one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) conid: Conid,
    pub(super) symbol: String,
    /// Whose shares; nothing for shares that no strategy of ours bought.
    pub(super) strategy_id: Option<StrategyId>,
    /// Above zero.
    pub(super) quantity: Decimal,
    /// What the broker lists.
    pub(super) held: Decimal,
}

/// What to do after a look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    pub(super) cancel: Vec<BrokerOrderId>,
    pub(super) close: Vec<Closing>,
    /// Nothing is left, and nothing was at the look before.
    pub(super) is_flat: bool,
}

impl View {
    fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.holdings.is_empty() && self.undecided.is_empty()
    }

    fn owned_in(&self, conid: Conid) -> Decimal {
        self.owned.iter().filter(|owned| owned.conid == conid).map(|owned| owned.quantity).sum()
    }

    fn held_in(&self, conid: Conid) -> Decimal {
        self.holdings.iter().filter(|held| held.conid == conid).map(|held| held.quantity).sum()
    }
}

/// Decides from this look and the ones before it, newest last.
///
/// Every open order is cancelled except those that close a position for us. A position is closed
/// with one order at a time, and only while no other order is open in its contract, none of ours is
/// of unknown fate there, and the broker's count of shares is believed.
pub(super) fn plan(view: &View, earlier: &[View]) -> Plan {
    let cancel = view
        .orders
        .iter()
        .filter(|order| !order.is_closing)
        .map(|order| order.broker_order_id.clone())
        .collect();
    let busy: BTreeSet<Conid> = view.orders.iter().map(|order| order.conid).collect();
    let mut close = Vec::new();
    let mut seen = BTreeSet::new();
    for holding in &view.holdings {
        let conid = holding.conid;
        let is_free = !busy.contains(&conid) && !view.undecided.contains(&conid);
        if seen.insert(conid) && is_free && is_believed(conid, view, earlier) {
            close.extend(closing(holding, view));
        }
    }
    let was_empty = earlier.last().is_some_and(View::is_empty);
    // A list of positions that is empty and a ledger that is not: one of them lags.
    let ledger_agrees = view.owned.iter().all(|owned| is_believed(owned.conid, view, earlier));
    Plan { cancel, close, is_flat: view.is_empty() && was_empty && ledger_agrees }
}

/// The first order that closes a part of the position; the next follows when it has come to its
/// end. Fractions of a share cannot be sold by an order in whole shares and are left.
fn closing(holding: &Holding, view: &View) -> Option<Closing> {
    let held = holding.quantity;
    let owner = view
        .owned
        .iter()
        .find(|owned| owned.conid == holding.conid && owned.quantity >= Decimal::ONE)
        .filter(|_| held > Decimal::ZERO);
    let wanted = owner.map_or(held.abs(), |owned| owned.quantity.min(held));
    let quantity = wanted.trunc();
    (quantity >= Decimal::ONE).then(|| Closing {
        conid: holding.conid,
        symbol: owner.map_or_else(|| holding.description.clone(), |owned| owned.symbol.clone()),
        strategy_id: owner.map(|owned| owned.strategy_id.clone()),
        quantity,
        held,
    })
}

/// Whether the broker's count of shares can be acted on: it agrees with our ledger, or it has
/// differed from it in the same way for several looks in which nothing filled.
fn is_believed(conid: Conid, view: &View, earlier: &[View]) -> bool {
    let counts = (view.held_in(conid), view.owned_in(conid));
    if counts.0 == counts.1 {
        return true;
    }
    if view.just_filled.contains(&conid) {
        return false;
    }
    let same = earlier
        .iter()
        .rev()
        .take_while(|look| (look.held_in(conid), look.owned_in(conid)) == counts)
        .count();
    same + 1 >= LOOKS_TO_BELIEVE
}

/// Positions and orders that are left, in words.
pub(super) fn remaining(view: &View) -> (Vec<String>, Vec<String>) {
    let mut positions: BTreeMap<Conid, String> = BTreeMap::new();
    for holding in &view.holdings {
        let owned = view.owned.iter().find(|owned| owned.conid == holding.conid);
        let name = owned.map_or(&holding.description, |owned| &owned.symbol);
        positions.insert(holding.conid, format!("{name} {}", holding.quantity.normalize()));
    }
    let orders = view.orders.iter().map(|order| order.words.clone()).collect();
    (positions.into_values().collect(), orders)
}

#[cfg(test)]
mod tests;

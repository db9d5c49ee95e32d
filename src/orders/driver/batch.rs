use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::adopt::external_order_id;
use super::finish;
use crate::broker::BrokerOrder;
use crate::domain::{ClientOrderId, Conid, ExecutionId, Fill, Leg, OrderStatus, StrategyId};
use crate::executor::account::attribute;
use crate::executor::place::event_row;
use crate::executor::{Changed, ExecutorError, Parts};
use crate::orders::reconcile::OrderName;
use crate::orders::{OrderEvent, next_status};
use crate::portfolio::{AttributedFill, Ledger};
use crate::store::{Change, Durability, FillRow, OrderEventRow, OrderEvidenceRow, OrderRow};

/// An order that should be listed and is not is believed to be gone after this long.
const ABSENT_FOR: SignedDuration = SignedDuration::from_secs(5);

/// For so long a list that still shows an order as working is taken to be older than the request to
/// cancel it; after that, the request did not work.
const CANCEL_TAKES: SignedDuration = SignedDuration::from_secs(60);

/// Of the broker's words for a status, this many characters are kept.
const WORDS: usize = 80;

/// Everything that one look at the broker changes.
pub(super) struct Batch<'a> {
    parts: &'a Parts,
    /// The orders of every bracket that is touched, as they become.
    pub(super) orders: BTreeMap<ClientOrderId, OrderRow>,
    /// The status that each had before.
    before: BTreeMap<ClientOrderId, OrderStatus>,
    pub(super) events: Vec<OrderEventRow>,
    pub(super) fills: Vec<AttributedFill>,
    fill_rows: Vec<FillRow>,
    /// Orders of unknown fate that were found, or proven never to have arrived.
    pub(super) resolved: BTreeSet<ClientOrderId>,
    pub(super) never_arrived: BTreeSet<ClientOrderId>,
    changed: BTreeSet<ClientOrderId>,
    evidence: Vec<OrderEvidenceRow>,
    /// Something is there that is not ours.
    pub(super) saw_foreign: bool,
}

/// The changes to commit, and what to bring into memory afterwards.
pub(super) struct Settled {
    pub(super) changes: Vec<Change>,
    pub(super) fills: Vec<AttributedFill>,
    pub(super) executions: BTreeSet<ExecutionId>,
}

/// The fills of one order in this batch, and what they did.
pub(super) struct Group {
    pub(super) client_order_id: ClientOrderId,
    pub(super) fills: Vec<AttributedFill>,
    pub(super) ledger_before: Ledger,
    pub(super) ledger_after: Ledger,
}

impl<'a> Batch<'a> {
    pub(super) fn new(parts: &'a Parts, working: Vec<OrderRow>) -> Self {
        let mut batch = Self {
            parts,
            orders: BTreeMap::new(),
            before: BTreeMap::new(),
            events: Vec::new(),
            fills: Vec::new(),
            fill_rows: Vec::new(),
            resolved: BTreeSet::new(),
            never_arrived: BTreeSet::new(),
            changed: BTreeSet::new(),
            evidence: Vec::new(),
            saw_foreign: false,
        };
        for order in working {
            batch.know(order);
        }
        batch
    }

    fn know(&mut self, order: OrderRow) {
        self.before.entry(order.client_order_id.clone()).or_insert(order.status);
        self.orders.entry(order.client_order_id.clone()).or_insert(order);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.evidence.is_empty()
    }

    /// Whether an order came to its end in this batch.
    pub(super) fn ended(&self, order: &OrderRow) -> bool {
        let before = self.before.get(&order.client_order_id);
        order.status.is_terminal() && before.is_none_or(|status| !status.is_terminal())
    }

    /// Whether a stop came to its end without a fill in this batch: then its position, if it is
    /// still open, is without protection.
    pub(super) fn a_stop_ended_alone(&self) -> bool {
        self.orders.values().any(|order| {
            order.leg == Leg::Stop
                && order.status != OrderStatus::Filled
                && self.ended(order)
                && self.parts.account.position(&order.strategy_id, order.conid).is_some()
        })
    }

    /// Books every fill that is new, oldest first.
    pub(super) async fn take_fills(&mut self, mut fills: Vec<Fill>) -> Result<(), ExecutorError> {
        let ledger = self.parts.account.ledger();
        fills.retain(|fill| !ledger.contains(&fill.fill_id));
        fills.sort_by(|a, b| (a.at, &a.fill_id).cmp(&(b.at, &b.fill_id)));
        for fill in fills {
            let Some(id) = self.order_of(&fill).await? else {
                // It belongs to no order that we know; reconciliation adopts it.
                self.saw_foreign = true;
                continue;
            };
            if self.fill_rows.iter().any(|row| row.fill.fill_id == fill.fill_id) {
                continue;
            }
            self.book(&id, fill);
        }
        Ok(())
    }

    async fn order_of(&mut self, fill: &Fill) -> Result<Option<ClientOrderId>, ExecutorError> {
        let adopted = external_order_id(fill);
        for id in fill.client_order_id.iter().chain([&adopted]) {
            if !self.orders.contains_key(id)
                && let Some(order) = self.parts.store.order(id).await?
            {
                self.know(order);
            }
        }
        if let Some(id) = &fill.broker_order_id
            && let Some(order) = self.parts.store.order_by_broker_id(id).await?
        {
            self.know(order);
        }
        if fill.is_liquidation {
            return Ok(self.orders.contains_key(&adopted).then_some(adopted));
        }
        let name = OrderName::of_fill(fill);
        let is_its = |order: &&OrderRow| {
            order.client_order_id == adopted || name_of(order).is_same_as(&name)
        };
        Ok(self.orders.values().find(is_its).map(|order| order.client_order_id.clone()))
    }

    /// Whether the broker lists an order that is none of those that we know.
    pub(super) async fn lists_foreign(&self, live: &[BrokerOrder]) -> Result<bool, ExecutorError> {
        for listed in live {
            if self.orders.values().any(|order| is_same(order, listed)) {
                continue;
            }
            let known = self.parts.store.order_by_broker_id(&listed.broker_order_id).await?;
            if known.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn book(&mut self, id: &ClientOrderId, fill: Fill) {
        let Some(order) = self.orders.get_mut(id) else { return };
        let filled = order.filled_quantity + fill.quantity;
        if order.leg == Leg::External {
            // Of an order that is known by its fills alone, they are the quantity.
            order.quantity = order.quantity.max(filled);
        }
        let paid = order.average_price.unwrap_or_default() * order.filled_quantity;
        let event = OrderEvent::Filled { filled, ordered: order.quantity };
        if is_unresolved(order.status) {
            self.resolved.insert(id.clone());
            self.evidence.push(OrderEvidenceRow {
                client_order_id: id.clone(),
                at: self.parts.clock.now(),
                sentence: format!(
                    "Found by its fill {}: {} shares at {}.",
                    fill.fill_id, fill.quantity, fill.price
                ),
            });
        }
        match next_status(id, order.status, event) {
            Ok(status) => order.status = status,
            Err(error) => {
                // The shares were traded, so they are booked; the order itself is frozen as it is.
                tracing::error!(%error, "a fill contradicts the record of its order");
                order.reason = Some(error.to_string());
            }
        }
        order.filled_quantity = filled;
        order.average_price = (paid + fill.price * fill.quantity).checked_div(filled);
        order.commission += fill.commission;
        order.updated_at = fill.at.max(order.updated_at);
        let order = order.clone();
        self.events.push(OrderEventRow { at: fill.at, ..event_row(&order) });
        let row = FillRow {
            client_order_id: id.clone(),
            execution_id: order.execution_id.clone(),
            strategy_id: order.strategy_id.clone(),
            leg: order.leg,
            symbol: order.symbol.clone(),
            corrects: None,
            // The broker's record may name the order by its own id alone, or by a text that is
            // somebody else's.
            fill: Fill { client_order_id: Some(id.clone()), ..fill },
        };
        self.changed.insert(id.clone());
        self.fill_rows.push(row);
    }

    /// Takes the broker's list in.
    pub(super) fn take_live_orders(&mut self, live: &[BrokerOrder]) {
        for listed in live {
            let ours = self.orders.values_mut().find(|order| is_same(order, listed));
            let Some(order) = ours else { continue };
            let mut changed = false;
            if order.broker_order_id.is_none() {
                order.broker_order_id = Some(listed.broker_order_id.clone());
                changed = true;
            }
            let now = self.parts.clock.now();
            let words: String = listed.status_text.chars().take(WORDS).collect();
            if listed.status == OrderStatus::Unknown {
                // A word that was never seen before is kept as a word, once; what the order is
                // stays as it was, since nobody here knows what the word means.
                let reason = format!("IBKR calls its status \"{words}\".");
                if order.reason.as_ref() != Some(&reason) {
                    order.reason = Some(reason);
                    order.updated_at = now;
                    self.changed.insert(order.client_order_id.clone());
                    self.events.push(OrderEventRow { words: Some(words), ..event_row(order) });
                }
                continue;
            }
            if order.status == OrderStatus::PendingCancel
                && is_working(listed.status)
                && now.duration_since(order.updated_at) < CANCEL_TAKES
            {
                // The list is older than the request.
                continue;
            }
            let event = if is_unresolved(order.status) {
                self.resolved.insert(order.client_order_id.clone());
                self.evidence.push(OrderEvidenceRow {
                    client_order_id: order.client_order_id.clone(),
                    at: now,
                    sentence: format!(
                        "Found among the open orders as {}, {words}.",
                        listed.broker_order_id
                    ),
                });
                OrderEvent::Accepted(listed.status)
            } else {
                OrderEvent::Reported(listed.status)
            };
            if !order.status.is_terminal() && listed.quantity >= order.filled_quantity {
                // A child follows the filled part of its parent: the broker's quantity is the truth.
                changed |= order.quantity != listed.quantity;
                order.quantity = listed.quantity;
            }
            if !order.status.is_terminal()
                && let Some(price) = listed.price
                && order.price != Some(price)
            {
                order.price = Some(price);
                changed = true;
            }
            match next_status(&order.client_order_id, order.status, event) {
                // What is listed as filled is booked when its fills are there.
                Ok(OrderStatus::Filled) if order.filled_quantity < order.quantity => {}
                Ok(status) if status == order.status => {}
                Ok(status) => {
                    order.status = status;
                    changed = true;
                }
                Err(error) => {
                    tracing::error!(%error, "the broker's list contradicts our record");
                    order.reason = Some(error.to_string());
                    changed = true;
                }
            }
            if changed {
                order.updated_at = now;
                let words = Some(words).filter(|words| !words.is_empty());
                let row = OrderEventRow { words, ..event_row(order) };
                self.changed.insert(order.client_order_id.clone());
                self.events.push(row);
            }
        }
    }

    /// Notes which open orders the broker does not list. One that stays away is believed to be gone;
    /// one that was never known to have arrived is proven absent. Says whether any is still waited
    /// for.
    pub(super) fn take_absent(
        &mut self,
        live: &[BrokerOrder],
        absent_since: &mut BTreeMap<ClientOrderId, Timestamp>,
    ) -> bool {
        let now = self.parts.clock.now();
        let mut waiting = false;
        for order in self.orders.values_mut() {
            let listed = live.iter().any(|listed| is_same(order, listed));
            if listed || order.status.is_terminal() {
                absent_since.remove(&order.client_order_id);
                // Listed as filled, and the fills are not there yet.
                waiting |= listed
                    && !order.status.is_terminal()
                    && live.iter().any(|l| is_same(order, l) && l.status == OrderStatus::Filled);
                continue;
            }
            let since = *absent_since.entry(order.client_order_id.clone()).or_insert(now);
            if is_unresolved(order.status) {
                self.evidence.push(OrderEvidenceRow {
                    client_order_id: order.client_order_id.clone(),
                    at: now,
                    sentence: format!(
                        "Looked for by its id: among {} open orders and the executions of seven \
                         days it is not.",
                        live.len()
                    ),
                });
            }
            if now.duration_since(since) < ABSENT_FOR {
                waiting = true;
                continue;
            }
            absent_since.remove(&order.client_order_id);
            let (event, reason) = if is_unresolved(order.status) {
                self.never_arrived.insert(order.client_order_id.clone());
                (
                    OrderEvent::ProvenAbsent,
                    "it is among neither the open orders nor the fills: it never arrived",
                )
            } else {
                (OrderEvent::Reported(OrderStatus::Cancelled), "IBKR does not list it any more")
            };
            match next_status(&order.client_order_id, order.status, event) {
                Ok(status) => order.status = status,
                Err(error) => tracing::error!(%error, "an absent order could not be closed"),
            }
            order.reason = Some(reason.to_owned());
            order.updated_at = now;
            let row = event_row(order);
            self.changed.insert(order.client_order_id.clone());
            self.events.push(row);
        }
        waiting
    }

    /// Makes of all this the changes to commit.
    pub(super) async fn settle(mut self) -> Result<Settled, ExecutorError> {
        self.attribute_fills().await?;
        let groups = self.groups();
        let mut changes: Vec<Change> = Vec::new();
        for id in &self.changed {
            if let Some(order) = self.orders.get(id) {
                changes.push(Change::Order(order.clone()));
            }
        }
        changes.extend(self.events.iter().cloned().map(Change::OrderEvent));
        changes.extend(self.fill_rows.iter().cloned().map(Change::Fill));
        changes.extend(self.evidence.iter().cloned().map(Change::OrderEvidence));
        changes.extend(self.position_changes(&groups));
        let mut executions = BTreeSet::new();
        if !self.fills.is_empty() {
            finish::note_market_prices(self.parts).await;
        }
        finish::finish(self.parts, &self, &groups, &mut changes, &mut executions).await?;
        Ok(Settled { changes, fills: self.fills, executions })
    }

    async fn attribute_fills(&mut self) -> Result<(), ExecutorError> {
        for row in &self.fill_rows {
            let Some(order) = self.orders.get(&row.client_order_id) else { continue };
            let bracket = self.parts.store.orders_of(&order.execution_id).await?;
            self.fills.push(attribute(row.clone(), order, &bracket));
        }
        Ok(())
    }

    /// The new fills by order, in the order of their first fill, with the ledger around each.
    fn groups(&self) -> Vec<Group> {
        let mut ledger = self.parts.account.ledger();
        let mut ids: Vec<ClientOrderId> = Vec::new();
        for row in &self.fill_rows {
            if !ids.contains(&row.client_order_id) {
                ids.push(row.client_order_id.clone());
            }
        }
        ids.into_iter()
            .map(|id| {
                let fills: Vec<AttributedFill> = self
                    .fills
                    .iter()
                    .zip(&self.fill_rows)
                    .filter(|(_, row)| row.client_order_id == id)
                    .map(|(fill, _)| fill.clone())
                    .collect();
                let ledger_before = ledger.clone();
                for fill in &fills {
                    ledger.apply(fill);
                }
                Group { client_order_id: id, fills, ledger_before, ledger_after: ledger.clone() }
            })
            .collect()
    }

    fn position_changes(&self, groups: &[Group]) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut ledger = self.parts.account.ledger();
        let mut touched: BTreeSet<(StrategyId, Conid)> = BTreeSet::new();
        for fill in groups.iter().flat_map(|group| &group.fills) {
            touched.insert((fill.strategy_id.clone(), fill.fill.conid));
            let Some(trip) = ledger.apply(fill) else { continue };
            changes.extend(trip.closed.map(Change::Trade));
            for other in trip.others {
                touched.extend(other.before.map(|before| (before.strategy_id, before.conid)));
                changes.extend(other.closed.map(Change::Trade));
            }
        }
        for (strategy_id, conid) in touched {
            changes.push(match ledger.position(&strategy_id, conid) {
                Some(position) => Change::Position(position.clone()),
                None => Change::PositionClosed { strategy_id, conid },
            });
        }
        changes
    }
}

impl Settled {
    /// Writes it all down, and then brings it into memory.
    pub(super) async fn commit(self, parts: &Parts) -> Result<(), ExecutorError> {
        parts.recorder.commit(self.changes, Durability::Ordinary).await?;
        parts.account.apply(self.fills);
        parts.changes.tell(Changed::Orders);
        parts.changes.tell(Changed::Portfolio);
        parts.changes.tell(Changed::Signals);
        for execution in self.executions {
            parts.changes.tell(Changed::Execution(execution));
        }
        Ok(())
    }
}

impl Group {
    /// The order that the fills belong to.
    pub(super) fn order<'b>(&self, batch: &'b Batch<'_>) -> Option<&'b OrderRow> {
        batch.orders.get(&self.client_order_id)
    }

    /// Shares in all.
    pub(super) fn quantity(&self) -> Decimal {
        self.fills.iter().map(|fill| fill.fill.quantity).sum()
    }

    /// Whether they close a position.
    pub(super) fn is_exit(&self, batch: &Batch<'_>) -> bool {
        self.order(batch).is_some_and(|order| order.leg != Leg::Entry)
    }
}

/// The names of an order in our records.
pub(super) fn name_of(order: &OrderRow) -> OrderName {
    OrderName {
        client_order_id: Some(order.client_order_id.clone()),
        broker_order_id: order.broker_order_id.clone(),
    }
}

/// The names of an order in the broker's list.
pub(super) fn name_of_listed(listed: &BrokerOrder) -> OrderName {
    OrderName {
        client_order_id: listed.client_order_id.clone(),
        broker_order_id: Some(listed.broker_order_id.clone()),
    }
}

fn is_same(order: &OrderRow, listed: &BrokerOrder) -> bool {
    name_of(order).is_same_as(&name_of_listed(listed))
}

fn is_working(status: OrderStatus) -> bool {
    matches!(
        status,
        OrderStatus::PreSubmitted | OrderStatus::Submitted | OrderStatus::PartiallyFilled
    )
}

fn is_unresolved(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Intended | OrderStatus::Unknown)
}

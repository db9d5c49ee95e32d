use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plan::{Closing, Holding, OpenOrder, Owned, Plan, View, plan, remaining};
use super::{FlattenError, entries};
use crate::broker::{BrokerError, BrokerOrder};
use crate::calendar::Calendar;
use crate::domain::{AccountId, BrokerOrderId, Conid, Leg, OrderStatus, StrategyId};
use crate::executor::{Changed, Executor, ExecutorError, Halt, Parts, PositionToClose};
use crate::orders::driver::{OrdersDriver, external_strategy};
use crate::risk::check_typed_account;
use crate::store::{Change, Durability, EXTERNAL_STRATEGY, OrderRow};

/// The setting under which a flattening is written down before it begins.
pub const FLATTEN_SETTING: &str = "flatten";

/// Pause between two looks: live orders may be read once in five seconds (ibkr.md §4).
const PAUSE: SignedDuration = SignedDuration::from_secs(6);

/// Pause between two looks once nothing moves any more.
const REST: SignedDuration = SignedDuration::from_mins(1);

/// The same while the exchange is closed.
const REST_AT_NIGHT: SignedDuration = SignedDuration::from_hours(1);

/// Looks that a person waits for. What is left then is gone on with in the background.
const LOOKS: usize = 30;

/// Looks in a row that must show the same before it is said that nothing moves.
const LOOKS_AT_REST: usize = 6;

/// Looks that are kept to compare with.
const LOOKS_KEPT: usize = 16;

/// Orders that one flattening sends at most for one position: the broker may refuse, or fill in
/// part.
const MOST_ORDERS: u32 = 5;

/// For this long after a fill the broker's list of positions may be from before it.
const LISTS_LAG: SignedDuration = SignedDuration::from_mins(3);

/// A flattening as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Task {
    account_id: AccountId,
    asked_at: Timestamp,
    by: String,
    /// Wall time of the halt that it came with: one halt flattens once.
    halted_at: Timestamp,
    is_done: bool,
}

/// What flattening came to, by a fresh read of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlattenReport {
    /// No position and no open order is left.
    pub is_flat: bool,
    /// In one sentence.
    pub sentence: String,
    /// Orders that were asked to be cancelled.
    pub cancelled_orders: u32,
    /// Orders that were sent to close positions.
    pub closing_orders: u32,
    /// Positions that the broker still lists, such as `AAPL 100`.
    pub remaining_positions: Vec<String>,
    /// Orders that the broker still lists.
    pub remaining_orders: Vec<String>,
    /// Engine time of the read.
    pub read_at: Timestamp,
}

/// Sets the kill switch with the order to flatten the account that a person typed. It needs no lock
/// and no network, so that it comes first whatever else hangs.
pub fn halt_to_flatten(
    parts: &Parts,
    typed_account_id: &str,
    by: &str,
) -> Result<(), FlattenError> {
    let account_id = parts.account.known_account()?;
    check_typed_account(typed_account_id, &account_id)?;
    let halt = Halt {
        since: parts.clock.wall_now(),
        by: by.to_owned(),
        reason: format!("account {account_id} is flattened"),
        flatten: Some(typed_account_id.to_owned()),
    };
    parts.halt.halt(&halt).map_err(FlattenError::Halt)?;
    parts.changes.tell(Changed::Status);
    Ok(())
}

/// One flattening under way.
pub(super) struct Flattening {
    parts: Parts,
    executor: Executor,
    installation_id: String,
    task: Task,
    looks: Vec<View>,
    /// When each order was asked to be cancelled.
    cancelled: BTreeMap<BrokerOrderId, Timestamp>,
    closing_orders: u32,
    last_failure: Option<String>,
    next: Timestamp,
}

impl Flattening {
    /// Writes the flattening down that a halt asks for, before anything is cancelled.
    pub(super) async fn begin(
        parts: &Parts,
        installation_id: &str,
        halt: &Halt,
    ) -> Result<Self, ExecutorError> {
        let task = Task {
            account_id: parts.account.known_account()?,
            asked_at: parts.clock.now(),
            by: halt.by.clone(),
            halted_at: halt.since,
            is_done: false,
        };
        let flattening = Self::new(parts.clone(), installation_id.to_owned(), task);
        flattening.write().await?;
        Ok(flattening)
    }

    /// What the halt in force asks for: the flattening that was under way when the program stopped,
    /// or one that nobody has begun yet. Nothing if it asks for none, or has had its own.
    pub(super) async fn asked_for(
        parts: &Parts,
        installation_id: &str,
    ) -> Result<Option<Self>, ExecutorError> {
        let Some(halt) = parts.halt.state() else { return Ok(None) };
        let Some(typed) = halt.flatten.as_deref() else { return Ok(None) };
        // The account is known by the first answer of the broker, and asked for again until then.
        let Some(account) = parts.account.account_id() else { return Ok(None) };
        if let Err(error) = check_typed_account(typed, account) {
            tracing::error!(%error, "the file HALT asks to flatten another account");
            return Ok(None);
        }
        let written = parts.store.setting(FLATTEN_SETTING).await?;
        let task = written.and_then(|text| serde_json::from_str::<Task>(&text).ok());
        match task.filter(|task| task.halted_at == halt.since) {
            Some(task) if task.is_done => Ok(None),
            Some(task) => Ok(Some(Self::new(parts.clone(), installation_id.to_owned(), task))),
            None => Self::begin(parts, installation_id, &halt).await.map(Some),
        }
    }

    /// The kill switch was set once more while this was under way: it is the same flattening.
    pub(super) async fn belongs_to_present_halt(&mut self) -> Result<(), ExecutorError> {
        match self.parts.halt.state() {
            Some(halt) if halt.since != self.task.halted_at => {
                self.task.halted_at = halt.since;
                self.write().await
            }
            _ => Ok(()),
        }
    }

    fn new(parts: Parts, installation_id: String, task: Task) -> Self {
        Self {
            executor: Executor::new(parts.clone()),
            next: parts.clock.now(),
            parts,
            installation_id,
            task,
            looks: Vec::new(),
            cancelled: BTreeMap::new(),
            closing_orders: 0,
            last_failure: None,
        }
    }

    pub(super) fn due_at(&self) -> Timestamp {
        self.next
    }

    /// Writes down that nothing is left to do.
    pub(super) async fn end(&mut self) -> Result<(), ExecutorError> {
        self.task.is_done = true;
        self.write().await
    }

    async fn write(&self) -> Result<(), ExecutorError> {
        let value = serde_json::to_string(&self.task)
            .map_err(|error| ExecutorError::Flattening { detail: error.to_string() })?;
        let change = Change::setting(FLATTEN_SETTING, value);
        self.parts.recorder.commit(vec![change], Durability::Full).await?;
        Ok(())
    }

    /// Rounds until nothing is left, or nothing moves, or a person has waited long enough.
    pub(super) async fn until_nothing_moves(
        &mut self,
        orders: &mut OrdersDriver,
    ) -> Result<FlattenReport, FlattenError> {
        let mut is_flat = false;
        for _ in 0..LOOKS {
            is_flat = self.round(orders).await?;
            if is_flat || self.is_at_rest() {
                break;
            }
            self.parts.clock.sleep(PAUSE).await;
        }
        Ok(self.report(is_flat))
    }

    /// One look, and what follows from it. Says whether the account is flat, which is then written
    /// down.
    pub(super) async fn round(&mut self, orders: &mut OrdersDriver) -> Result<bool, ExecutorError> {
        self.next = self.next_round();
        let view = match self.look(orders).await {
            Ok(Some(view)) => view,
            Ok(None) => return Ok(false),
            Err(Failure::Broker(error)) => {
                tracing::warn!(%error, "the account could not be read while it is flattened");
                self.last_failure = Some(error.to_string());
                return Ok(false);
            }
            Err(Failure::Record(error)) => return Err(error),
        };
        self.last_failure = None;
        let Plan { cancel, close, is_flat } = plan(&view, &self.looks);
        self.looks.push(view);
        if self.looks.len() > LOOKS_KEPT {
            self.looks.remove(0);
        }
        self.cancel(&cancel).await?;
        for closing in close {
            self.close(closing).await?;
        }
        orders.wake();
        if is_flat {
            self.end().await?;
            self.parts.changes.tell(Changed::Portfolio);
        }
        Ok(is_flat)
    }

    /// Soon, while things move; otherwise when they may move again.
    fn next_round(&self) -> Timestamp {
        let now = self.parts.clock.now();
        let in_a = |pause: SignedDuration| now.checked_add(pause).unwrap_or(Timestamp::MAX);
        if !self.is_at_rest() {
            return in_a(PAUSE);
        }
        let calendar = Calendar::nyse();
        if calendar.is_open(now) {
            return in_a(REST);
        }
        let opening = calendar.next_session_after(now).map(|session| session.open);
        opening
            .and_then(|open| open.checked_add(PAUSE).ok())
            .unwrap_or(Timestamp::MAX)
            .min(in_a(REST_AT_NIGHT))
    }

    /// Reads the broker: first the orders, then, after our own records were brought up to them, the
    /// positions.
    async fn look(&self, orders: &mut OrdersDriver) -> Result<Option<View>, Failure> {
        let Some(listed) = self.parts.broker.live_orders().await? else { return Ok(None) };
        orders.tick().await?;
        let positions = self.parts.broker.fresh_positions().await?;
        let ours = self.parts.store.working_orders().await?;
        let mut view = View::default();
        for order in listed.iter().filter(|order| !order.status.is_terminal()) {
            view.orders.push(OpenOrder {
                broker_order_id: order.broker_order_id.clone(),
                conid: order.conid,
                words: words(order, find(&ours, order)),
                is_closing: find(&ours, order).is_some_and(|row| row.leg == Leg::Flatten),
            });
        }
        for order in &ours {
            let is_listed =
                listed.iter().any(|row| find(std::slice::from_ref(order), row).is_some());
            let is_unresolved =
                matches!(order.status, OrderStatus::Intended | OrderStatus::Unknown);
            // One that works by our records and is not listed has just ended, and is booked soon.
            if is_unresolved || !is_listed {
                view.undecided.insert(order.conid);
            }
        }
        view.holdings = positions
            .into_iter()
            .filter(|position| position.quantity != Decimal::ZERO)
            .map(|position| Holding {
                conid: position.conid,
                description: position.description,
                quantity: position.quantity,
            })
            .collect();
        view.owned = self
            .parts
            .account
            .positions()
            .into_iter()
            .map(|position| Owned {
                strategy_id: position.strategy_id,
                conid: position.conid,
                symbol: position.symbol,
                quantity: position.quantity,
            })
            .collect();
        view.just_filled = self.just_filled().await?;
        Ok(Some(view))
    }

    async fn just_filled(&self) -> Result<BTreeSet<Conid>, ExecutorError> {
        let now = self.parts.clock.now();
        let since = now.checked_sub(LISTS_LAG).unwrap_or(now);
        let fills = self.parts.store.fills().await?;
        let recent = fills.iter().filter(|row| row.fill.at >= since);
        Ok(recent.map(|row| row.fill.conid).collect())
    }

    async fn cancel(&mut self, orders: &[BrokerOrderId]) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        let ours = self.parts.store.working_orders().await?;
        for id in orders {
            let asked = self.cancelled.get(id);
            if asked.is_some_and(|at| now.duration_since(*at) < entries::ASK_AGAIN) {
                continue;
            }
            self.cancelled.insert(id.clone(), now);
            let row = ours.iter().find(|row| row.broker_order_id.as_ref() == Some(id));
            if let Some(row) = row {
                entries::cancel(&self.parts, row, id).await?;
            } else {
                // Placed elsewhere: the flattening itself was written down before.
                let outcome = self.parts.broker.cancel(id).await;
                tracing::info!(order = %id, ?outcome, "an order placed elsewhere is cancelled");
            }
        }
        Ok(())
    }

    async fn close(&mut self, closing: Closing) -> Result<(), ExecutorError> {
        let Some((strategy_id, strategy_version)) = self.filed_under(&closing).await? else {
            return Ok(());
        };
        let position = PositionToClose {
            strategy_id,
            strategy_version,
            conid: closing.conid,
            symbol: closing.symbol,
            quantity: closing.quantity,
            held_at_broker: closing.held,
            open_orders: 0,
            asked_at: self.task.asked_at,
        };
        let sent =
            self.executor.close_position(&position, &self.installation_id, MOST_ORDERS).await?;
        self.closing_orders += u32::from(sent.is_some());
        Ok(())
    }

    /// The strategy that holds the shares, or the one under which foreign shares are filed.
    async fn filed_under(
        &self,
        closing: &Closing,
    ) -> Result<Option<(StrategyId, u32)>, ExecutorError> {
        let own = closing.strategy_id.as_ref().filter(|id| id.as_str() != EXTERNAL_STRATEGY);
        let Some(own) = own else {
            let version = external_strategy(self.parts.clock.wall_now())?;
            let filed = (version.strategy_id.clone(), version.version);
            let changes = vec![Change::StrategyVersion(version)];
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
            return Ok(Some(filed));
        };
        let strategies = self.parts.store.strategies().await?;
        let found = strategies.into_iter().find(|row| row.version.strategy_id == *own);
        if found.is_none() {
            tracing::error!(strategy = %own, symbol = closing.symbol, "a position has no strategy");
        }
        Ok(found.map(|row| (row.version.strategy_id, row.version.version)))
    }

    fn is_at_rest(&self) -> bool {
        let Some(last) = self.looks.last() else { return false };
        let same = self.looks.iter().rev().take_while(|look| *look == last).count();
        let only_closing = !last.orders.is_empty() && last.orders.iter().all(|o| o.is_closing);
        let is_open = Calendar::nyse().is_open(self.parts.clock.now());
        same >= if only_closing && !is_open { 2 } else { LOOKS_AT_REST }
    }

    fn report(&self, is_flat: bool) -> FlattenReport {
        let read_at = self.parts.clock.now();
        let (remaining_positions, remaining_orders) =
            self.looks.last().map(remaining).unwrap_or_default();
        let account = &self.task.account_id;
        let sentence = if is_flat {
            format!("Account {account} holds no position and has no open order.")
        } else if let Some(failure) = &self.last_failure {
            format!("Account {account} could not be read to the end: {failure}")
        } else if Calendar::nyse().is_open(read_at) {
            format!(
                "Account {account} is not flat yet: {}. It is gone on with until trading is resumed.",
                left(&remaining_positions, &remaining_orders)
            )
        } else {
            format!(
                "Account {account} is not flat yet, since the exchange is closed: {}. The orders \
                 work from the next opening on.",
                left(&remaining_positions, &remaining_orders)
            )
        };
        FlattenReport {
            is_flat,
            sentence,
            cancelled_orders: u32::try_from(self.cancelled.len()).unwrap_or(u32::MAX),
            closing_orders: self.closing_orders,
            remaining_positions,
            remaining_orders,
            read_at,
        }
    }
}

/// Why a look failed.
enum Failure {
    Broker(BrokerError),
    Record(ExecutorError),
}

impl From<BrokerError> for Failure {
    fn from(error: BrokerError) -> Self {
        Self::Broker(error)
    }
}

impl<E: Into<ExecutorError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Record(error.into())
    }
}

fn find<'a>(ours: &'a [OrderRow], listed: &BrokerOrder) -> Option<&'a OrderRow> {
    ours.iter().find(|row| {
        row.broker_order_id.as_ref() == Some(&listed.broker_order_id)
            || listed.client_order_id.as_ref() == Some(&row.client_order_id)
    })
}

fn words(order: &BrokerOrder, row: Option<&OrderRow>) -> String {
    let name = row.map_or_else(|| format!("conid {}", order.conid), |row| row.symbol.clone());
    let rest = order.remaining_quantity.normalize();
    format!("{} {rest} {name} ({})", order.side, order.status_text)
}

fn left(positions: &[String], orders: &[String]) -> String {
    let list = |what: &str, items: &[String]| {
        if items.is_empty() { format!("no {what}") } else { format!("{what} {}", items.join(", ")) }
    };
    format!("{} and {} are left", list("position", positions), list("order", orders))
}

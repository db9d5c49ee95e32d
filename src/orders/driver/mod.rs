//! The orders driver: one poller for all orders. It reads the broker's list and its fills, moves
//! every order through the state machine, books fills into positions, trades and cash, and makes
//! steps 9 to 12 of the executions that the orders belong to, all in one transaction a tick.

mod acts;
mod adopt;
mod batch;
mod closures;
mod editions;
mod finish;
mod guard;
mod reconcile;
mod recovery;
mod watch;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch::Receiver;

use crate::domain::ClientOrderId;
use crate::executor::{ExecutorError, Parts};

pub(crate) use adopt::external_strategy;

pub use acts::{CancelPurpose, OrderActError};
pub use guard::GuardDriver;
pub use reconcile::{Reconciler, ReconciliationReport};
pub use watch::{WatchDriver, WatchPace};

/// How long after an unloaded or unfinished answer the broker is asked again. Live orders and
/// trades may be read once in five seconds (ibkr.md §4).
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(6);

/// How long after a failed read the broker is asked again.
const BACK_OFF: SignedDuration = SignedDuration::from_secs(30);

/// Watches every order of every strategy.
pub struct OrdersDriver {
    parts: Parts,
    hints: Receiver<u64>,
    poll_interval: SignedDuration,
    next_poll: Option<Timestamp>,
    /// Since when an order that should be listed is not.
    absent_since: BTreeMap<ClientOrderId, Timestamp>,
    saw_difference: bool,
}

impl OrdersDriver {
    /// A driver that polls at least every `poll_interval` of engine time while orders are open, and
    /// at once when the broker hints at a change.
    pub fn new(parts: Parts, poll_interval: SignedDuration) -> Self {
        let mut hints = parts.broker.order_hints();
        hints.mark_changed();
        Self {
            parts,
            hints,
            poll_interval,
            next_poll: None,
            absent_since: BTreeMap::new(),
            saw_difference: false,
        }
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.hints.has_changed().unwrap_or(false) {
            return Some(self.parts.clock.now());
        }
        self.next_poll
    }

    /// Whether something was seen since the last question that only a comparison of everything can
    /// settle: something that is not ours, a stop that ended while its position is open.
    pub fn take_difference(&mut self) -> bool {
        std::mem::take(&mut self.saw_difference)
    }

    /// Asks to be ticked at once, since an order was just placed.
    pub fn wake(&mut self) {
        self.next_poll = Some(self.parts.clock.now());
    }

    /// Reads the broker's view and brings ours up to it.
    pub async fn tick(&mut self) -> Result<(), ExecutorError> {
        let was_hinted = self.hints.has_changed().unwrap_or(false);
        self.hints.mark_unchanged();
        self.next_poll = None;
        let working = self.parts.store.working_orders().await?;
        if working.is_empty() {
            self.absent_since.clear();
            // Something changed at the broker, and nothing of ours can have.
            self.saw_difference |= was_hinted;
            return Ok(());
        }
        let (live, fills) = match self.read().await {
            Ok(Some(view)) => view,
            Ok(None) => {
                self.ask_again_in(ASK_AGAIN);
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(%error, "the broker's orders could not be read");
                self.ask_again_in(BACK_OFF);
                return Ok(());
            }
        };
        editions::take(&self.parts, &fills).await?;
        let mut batch = batch::Batch::new(&self.parts, working);
        batch.take_fills(fills).await?;
        batch.take_live_orders(&live);
        let waiting = batch.take_absent(&live, &mut self.absent_since);
        self.saw_difference |= batch.saw_foreign || batch.lists_foreign(&live).await?;
        self.saw_difference |= batch.a_stop_ended_alone();
        if !batch.is_empty() {
            batch.settle().await?.commit(&self.parts).await?;
        }
        closures::unknown_orders(&self.parts).await?;
        self.ask_again_in(if waiting { ASK_AGAIN } else { self.poll_interval });
        Ok(())
    }

    fn ask_again_in(&mut self, wait: SignedDuration) {
        self.next_poll = self.parts.clock.now().checked_add(wait).ok();
    }

    async fn read(&self) -> Result<Option<View>, crate::broker::BrokerError> {
        let Some(live) = self.parts.broker.live_orders().await? else { return Ok(None) };
        // Read after the list: an order that left the list because it filled has its fills here.
        let Some(fills) = self.parts.broker.fills().await? else { return Ok(None) };
        Ok(Some((live, fills)))
    }
}

type View = (Vec<crate::broker::BrokerOrder>, Vec<crate::domain::Fill>);

//! The safety driver: what keeps a person in command whatever else hangs. It watches the kill
//! switch, lets approvals and signals lapse and mandates end, and flattens an account.
//!
//! It has a lock of its own in the engine and shares only the orders driver with the rest, so that
//! it goes on while an analyst or a download hangs.

mod entries;
mod flatten;
mod lapsed;
mod plan;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::BrokerOrderId;
use crate::executor::{ApprovalError, Changed, Executor, ExecutorError, Parts, settle_arming};
use crate::orders::driver::OrdersDriver;
use crate::risk::MandateError;
use crate::store::ApprovalRow;

use flatten::Flattening;
pub use flatten::{FLATTEN_SETTING, FlattenReport, halt_to_flatten};

/// How often the kill switch is looked at while real time runs.
const BEAT: SignedDuration = SignedDuration::from_secs(1);

/// How often what is written down is looked at, beside the moments at which it is known to change.
const LOOK: SignedDuration = SignedDuration::from_mins(1);

/// Why an account was not flattened.
#[derive(Debug, thiserror::Error)]
pub enum FlattenError {
    /// The typed account is another.
    #[error(transparent)]
    Account(#[from] MandateError),
    /// The kill switch could not be set.
    #[error("trading could not be halted, so nothing was cancelled or closed: {0}")]
    Halt(#[source] std::io::Error),
    /// Somebody resumed trading at the same moment.
    #[error("trading was resumed before the account was flattened, so nothing more is closed")]
    Resumed,
    /// The record could not be kept.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
}

/// Kill switch, approvals, mandate, flattening.
pub struct SafetyDriver {
    parts: Parts,
    executor: Executor,
    installation_id: String,
    /// Real time runs, so that the kill switch is looked at by the clock. In simulated time it is
    /// looked at before every event instead.
    in_real_time: bool,
    /// Since when the halt holds that was acted on last.
    halted_since: Option<Timestamp>,
    /// When the next approval or signal lapses, the mandate ends, or the records are looked at
    /// again.
    next_look: Option<Timestamp>,
    next_beat: Option<Timestamp>,
    /// Entries that were asked to be cancelled, and when.
    cancelled: BTreeMap<BrokerOrderId, Timestamp>,
    next_cancel: Option<Timestamp>,
    /// Entries of expired signals that were asked to be cancelled, and when.
    lapsed: BTreeMap<BrokerOrderId, Timestamp>,
    flattening: Option<Flattening>,
}

impl SafetyDriver {
    /// Takes up what was under way: a flattening that was cut off goes on, and the mandate that
    /// holds opens entries in live. Orders that were approved and not placed are placed by
    /// [`SafetyDriver::take_up_approved`].
    pub async fn load(
        parts: Parts,
        installation_id: String,
        in_real_time: bool,
    ) -> Result<Self, ExecutorError> {
        let now = Some(parts.clock.now());
        let flattening = Flattening::asked_for(&parts, &installation_id).await?;
        settle_arming(&parts).await?;
        Ok(Self {
            executor: Executor::new(parts.clone()),
            parts,
            installation_id,
            in_real_time,
            halted_since: None,
            next_look: now,
            next_beat: now.filter(|_| in_real_time),
            cancelled: BTreeMap::new(),
            next_cancel: None,
            lapsed: BTreeMap::new(),
            flattening,
        })
    }

    /// Places what a person approved before the program stopped.
    pub async fn take_up_approved(&mut self) -> Result<(), ExecutorError> {
        for approval in self.executor.approved_and_not_placed().await? {
            self.executor.place_approved(&approval).await?;
        }
        Ok(())
    }

    /// Takes a person's decision on an order that waits, and after a yes places the order.
    pub async fn decide(
        &mut self,
        execution: &str,
        approve: bool,
        by: &str,
    ) -> Result<ApprovalRow, ApprovalError> {
        let decided = self.executor.decide(execution, approve, by).await?;
        // Does nothing unless it was approved.
        self.executor.place_approved(&decided).await?;
        Ok(decided)
    }

    /// When it wants to be ticked next. Looks at the kill switch: at once if it has just been set.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.parts.halt.state().map(|halt| halt.since) != self.halted_since {
            return Some(self.parts.clock.now());
        }
        let round = self.flattening.as_ref().map(Flattening::due_at);
        [self.next_look, self.next_beat, self.next_cancel, round].into_iter().flatten().min()
    }

    /// Asks to be ticked at once, since an execution may have put an order to a person, or sent one.
    pub fn wake(&mut self) {
        let now = Some(self.parts.clock.now());
        self.next_look = now;
        self.next_cancel = now.filter(|_| self.halted_since.is_some());
    }

    /// Does what is due. A failure of one part does not keep the others from being done.
    pub async fn tick(&mut self, orders: &mut OrdersDriver) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        self.next_beat = now.checked_add(BEAT).ok().filter(|_| self.in_real_time);
        let halted = self.watch_halt(orders).await;
        let flattened = self.go_on_flattening(orders).await;
        let looked = self.look(orders).await;
        halted.and(flattened).and(looked)
    }

    async fn watch_halt(&mut self, orders: &mut OrdersDriver) -> Result<(), ExecutorError> {
        let halted_since = self.parts.halt.state().map(|halt| halt.since);
        let now = self.parts.clock.now();
        if halted_since != self.halted_since {
            self.halted_since = halted_since;
            self.cancelled.clear();
            self.next_cancel = halted_since.map(|_| now);
            self.parts.changes.tell(Changed::Status);
            // A halt may ask for a flattening.
            self.next_look = Some(now);
        }
        if halted_since.is_some() && self.next_cancel.is_some_and(|at| at <= now) {
            self.next_cancel = entries::cancel_working(&self.parts, &mut self.cancelled).await?;
            orders.wake();
        }
        Ok(())
    }

    async fn go_on_flattening(&mut self, orders: &mut OrdersDriver) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        let Some(flattening) = self.flattening.as_mut().filter(|f| f.due_at() <= now) else {
            return Ok(());
        };
        // Whoever resumes trading has taken the flattening back.
        if self.parts.halt.state().is_none() {
            flattening.end().await?;
            self.flattening = None;
            return Ok(());
        }
        if flattening.round(orders).await? {
            self.flattening = None;
        }
        Ok(())
    }

    async fn look(&mut self, orders: &mut OrdersDriver) -> Result<(), ExecutorError> {
        let now = self.parts.clock.now();
        if self.next_look.is_none_or(|at| at > now) {
            return Ok(());
        }
        let again = now.checked_add(LOOK).ok().filter(|_| self.in_real_time);
        self.next_look = again;
        if self.halted_since.is_some() && self.flattening.is_none() {
            self.flattening = Flattening::asked_for(&self.parts, &self.installation_id).await?;
        }
        let lapse = self.executor.expire_approvals().await?;
        let end = settle_arming(&self.parts).await?;
        let over = lapsed::end_lifetimes(&self.parts, orders, &mut self.lapsed).await?;
        self.next_look = [again, lapse, end, over].into_iter().flatten().min();
        Ok(())
    }

    /// Cancels every order and closes every position of the account, and proves it by a fresh read.
    /// The kill switch has been set by [`halt_to_flatten`]. What cannot be closed yet, because the
    /// exchange is closed above all, is named, and is gone on with until it is done or trading is
    /// resumed.
    pub async fn flatten(
        &mut self,
        orders: &mut OrdersDriver,
    ) -> Result<FlattenReport, FlattenError> {
        if self.flattening.is_none() {
            self.flattening = Flattening::asked_for(&self.parts, &self.installation_id).await?;
        }
        let Some(flattening) = &mut self.flattening else { return Err(FlattenError::Resumed) };
        flattening.belongs_to_present_halt().await?;
        let report = flattening.until_nothing_moves(orders).await?;
        if report.is_flat {
            self.flattening = None;
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests;

//! The loop of a paper or live account: it sleeps until something is due, and lets it happen.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use super::engine::{Compared, Drivers};
use crate::api::ApiError;
use crate::broker::ibkr::{PushChannel, PushState};
use crate::domain::GatewayState;
use crate::executor::{Changed, ExecutorError};
use crate::schedule::ClockWatch;
use crate::scheduler::BrokerDaysKeeper;
use crate::session::{BlindStretch, Kept};
use crate::store::{BlindStretchRow, Change, Durability, ExecutionRow};

/// Longest sleep, after which it is looked anew: a computer that was suspended does not count the
/// time of its sleep.
const LONGEST_SLEEP: SignedDuration = SignedDuration::from_secs(20);

/// Shortest sleep, so that a driver which is always due does not take the processor.
const SHORTEST_SLEEP: SignedDuration = SignedDuration::from_millis(50);

/// How often it is written down that the account is being watched.
const WATCH_MARK: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// When the first driver wants to be ticked.
    pub(super) async fn due_at(&self, drivers: &Drivers) -> Option<Timestamp> {
        let with_session = if self.has_session() {
            [
                self.orders.lock().await.due_at(),
                drivers.reconciler.due_at(),
                drivers.watch.due_at(),
                drivers.broker_days.as_ref().map(BrokerDaysKeeper::due_at),
            ]
        } else {
            [None; 4]
        };
        let due = [
            self.safety.lock().await.due_at(),
            drivers.session.due_at(),
            drivers.guard.due_at(),
            drivers.snapshots.due_at(),
            drivers.scheduler.due_at(),
        ];
        due.into_iter().chain(with_session).flatten().min()
    }

    /// Whether the broker can be asked. In the sandbox everybody asks and hears of a fault; at IBKR
    /// nobody but the session keeper asks a gateway that is not there.
    pub(super) fn has_session(&self) -> bool {
        self.venue.simulated().is_some()
            || (self.session.view().state == GatewayState::Ready
                && self.parts.account.account_id().is_some())
    }

    /// Keeps what the last comparison came to where everybody can read it.
    pub(super) fn note_comparison(&self, drivers: &Drivers) {
        let compared = drivers
            .reconciler
            .last_report()
            .map(|report| Compared { report: report.clone(), next: drivers.reconciler.due_at() });
        *self.compared.lock().unwrap_or_else(PoisonError::into_inner) = compared;
    }

    /// The last comparison of our records with the broker's; nothing before the first.
    pub(crate) fn compared(&self) -> Option<Compared> {
        self.compared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ticks whatever is due, in real time, until the process ends.
    pub(super) async fn run_in_real_time(self: &Arc<Self>) {
        let mut hints = self.parts.broker.order_hints();
        let push = self.venue.push_channel(self.client.session_ids());
        *self.push.lock().unwrap_or_else(PoisonError::into_inner) = push;
        let mut marked: Option<Timestamp> = None;
        let mut clocks = ClockWatch::new(LONGEST_SLEEP);
        loop {
            let due = {
                let drivers = self.drivers.lock().await;
                self.due_at(&drivers).await
            };
            let now = self.now();
            let rest = due.map_or(LONGEST_SLEEP, |due| due.duration_since(now));
            tokio::select! {
                () = self.parts.clock.sleep(rest.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)) => {}
                () = self.woken.notified() => {}
                Ok(()) = hints.changed() => {}
            }
            let mut drivers = self.drivers.lock().await;
            if self.orders_placed.swap(false, Ordering::SeqCst) {
                self.wake_after_run().await;
                drivers.scheduler.look_again();
            }
            if let Some(jump) = clocks.look(self.now(), self.parts.clock.monotonic_micros()) {
                tracing::warn!(?jump, "the clock and the time that passed went apart");
                if let Err(error) = self.clock_jumped(&mut drivers, jump).await {
                    tracing::error!(%error, "not everything was looked at again after that");
                }
            }
            if let Err(error) = self.tick(&mut drivers).await {
                // What failed is due again, or its driver has planned its next tick already.
                tracing::error!(%error, "something that was due could not be done");
            }
            drop(drivers);
            let now = self.now();
            if marked.is_none_or(|at| now.duration_since(at) >= WATCH_MARK) {
                marked = Some(now);
                if let Err(error) = self.mark_watched().await {
                    tracing::error!(%error, "that the account is being watched was not kept");
                }
            }
        }
    }

    /// Runs an execution beside the drivers.
    pub(super) fn start(&self, execution: ExecutionRow) {
        let (id, run) = (execution.id.clone(), self.placed_run(execution));
        let (changes, woken) = (self.parts.changes.clone(), Arc::clone(&self.woken));
        let orders_placed = Arc::clone(&self.orders_placed);
        tokio::spawn(async move {
            if let Err(error) = run.await {
                tracing::error!(%error, execution = %id, "an execution was cut off");
            }
            orders_placed.store(true, Ordering::SeqCst);
            changes.tell(Changed::Status);
            woken.notify_one();
        });
    }

    /// A run as soon as there is a place for it: how many run at once is bounded.
    pub(super) fn placed_run(
        &self,
        execution: ExecutionRow,
    ) -> impl Future<Output = Result<ExecutionRow, ExecutorError>> + Send + use<> {
        let (executor, places) = (self.executor.clone(), Arc::clone(&self.places));
        async move {
            // The places are never closed.
            let _place = places.acquire_owned().await;
            executor.run(execution).await
        }
    }

    /// Runs executions that were begun by hand, side by side, and waits until each has sent its
    /// order or ended without one. What follows is tracked by the drivers.
    pub(super) async fn finish_real_run(&self, begun: Vec<ExecutionRow>) -> Result<(), ApiError> {
        let runs = begun.into_iter().map(|execution| self.placed_run(execution));
        let done = futures_util::future::join_all(runs).await;
        self.wake_after_run().await;
        self.orders.lock().await.tick().await?;
        for execution in done {
            execution?;
        }
        self.remember_time().await
    }

    /// What a tick of the session keeper asks for.
    pub(super) async fn kept(&self, drivers: &mut Drivers, kept: Kept) -> Result<(), ApiError> {
        if let Some(blind) = kept.blind {
            let changes = vec![Change::BlindStretch(row(blind))];
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        }
        if kept.came_back {
            self.learn_account().await?;
            drivers.reconciler.reconnected();
            self.orders.lock().await.wake();
            if !drivers.interrupted_are_taken_up {
                self.take_up_interrupted(drivers).await?;
            }
        }
        Ok(())
    }

    /// How the push channel stands; nothing where there is none.
    pub(crate) fn push_state(&self) -> Option<PushState> {
        let push = self.push.lock().unwrap_or_else(PoisonError::into_inner);
        push.as_ref().map(PushChannel::state)
    }

    pub(super) async fn mark_watched(&self) -> Result<(), ApiError> {
        let view = self.session.view();
        if view.blind_since.is_some() {
            return Ok(());
        }
        let change = Change::setting("watched_until", self.now().to_string());
        self.parts.recorder.commit(vec![change], Durability::Ordinary).await?;
        Ok(())
    }
}

fn row(blind: BlindStretch) -> BlindStretchRow {
    BlindStretchRow { from: blind.from, until: blind.until, cause: blind.cause }
}

use jiff::{SignedDuration, Timestamp};

use super::engine::Drivers;
use super::wiring::check_inside;
use super::{ClockMode, Engine};
use crate::api::{ApiError, ErrorCode};
use crate::calendar::Calendar;
use crate::clock::Clock as _;
use crate::domain::ExecutionId;
use crate::domain::records::Trigger;
use crate::executor::{Changed, NewExecution, begin_execution};
use crate::store::{Change, Durability, ExecutionRow, ExecutionStatus, StrategyRow};
use crate::strategy::StrategyDefinition;

/// Talking to the gateway takes engine time, so the clock may stand a little after the instant that
/// it was sent to. Sent there once more, it has arrived.
const TALK: SignedDuration = SignedDuration::from_mins(5);

/// Sessions that a single run is followed through until its order has come to its end.
const SESSIONS_FOLLOWED: usize = 6;

/// How far a fast-forward has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Engine time when it began.
    pub from: Timestamp,
    /// Engine time now.
    pub now: Timestamp,
    /// Where it goes.
    pub to: Timestamp,
}

impl Engine {
    /// Moves the sandbox clock to `to`, with everything that happens on the way: prices, fills,
    /// snapshots, scheduled runs, one after the other in one order.
    pub async fn advance_to(
        &self,
        to: Timestamp,
        mut report: impl FnMut(Progress) + Send,
    ) -> Result<(), ApiError> {
        self.simulated_clock()?;
        let now = self.now();
        if to < now && now.duration_since(to) <= TALK {
            return Ok(());
        }
        if to < now {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("the sandbox clock stands at {now}, after {to}, and never runs backwards"),
            )
            .with_hint(
                "name a later instant, or begin anew in an empty directory with --data-dir",
            ));
        }
        if let Some(range) = self.data_range() {
            check_inside(range, to)?;
        }
        let mut drivers = self.claim_drivers()?;
        let before = self.clock_mode();
        self.set_clock_mode(ClockMode::FastForward);
        let result = self.forward(&mut drivers, to, None, &mut report).await;
        let kept = self.notifier.keep_to_the_list().await;
        self.set_clock_mode(before);
        kept?;
        self.remember_time().await?;
        result
    }

    /// The drivers, for a change between two ticks. Where time is real a tick is soon over; where it
    /// is simulated, a fast-forward under way may take minutes.
    pub(super) async fn drivers_for_edit(
        &self,
    ) -> Result<tokio::sync::MutexGuard<'_, Drivers>, ApiError> {
        if self.venue.simulated().is_some() {
            self.claim_drivers()
        } else {
            Ok(self.drivers.lock().await)
        }
    }

    /// The drivers, unless something else moves the clock at the moment.
    fn claim_drivers(&self) -> Result<tokio::sync::MutexGuard<'_, Drivers>, ApiError> {
        self.drivers.try_lock().map_err(|_| {
            ApiError::new(ErrorCode::NotNow, "another run or fast-forward is under way")
                .with_hint("wait until it is done")
        })
    }

    /// The discrete-event loop: jump to the next thing that is due, let it happen, repeat. Ends at
    /// `to`, or as soon as none of the executions in `until` waits for its order any more.
    pub(super) async fn forward(
        &self,
        drivers: &mut Drivers,
        to: Timestamp,
        until: Option<&[ExecutionId]>,
        report: &mut (impl FnMut(Progress) + Send),
    ) -> Result<(), ApiError> {
        let clock = self.simulated_clock()?;
        let from = clock.now();
        loop {
            let event = self.venue.settle().await?;
            let due = self.due_at(drivers).await;
            let next = due.into_iter().chain(event).min().filter(|next| *next <= to);
            let Some(next) = next else { break };
            clock.advance_to(next);
            self.venue.settle().await?;
            self.tick(drivers).await?;
            report(Progress { from, now: clock.now(), to });
            if let Some(ids) = until
                && !self.any_waits(ids).await?
            {
                return Ok(());
            }
        }
        clock.advance_to(to);
        self.venue.settle().await?;
        report(Progress { from, now: clock.now(), to });
        Ok(())
    }

    /// The kill switch and what lapses first, then the session, since everything else needs it; then
    /// orders, so that a snapshot and a decision see what has filled.
    pub(super) async fn tick(&self, drivers: &mut Drivers) -> Result<(), ApiError> {
        let now = self.now();
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        self.watch_room(false).await;
        // Before anything of a new day is recorded. What keeps the account safe waits for no file.
        if let Err(error) = drivers.anchors.tick().await {
            tracing::error!(%error, "the end of the day was not anchored");
        }
        self.tick_safety().await?;
        if due(drivers.session.due_at()) {
            let kept = drivers.session.tick().await;
            self.kept(drivers, kept).await?;
        }
        if self.has_session() {
            let mut orders = self.orders.lock().await;
            if due(orders.due_at()) {
                orders.tick().await?;
                // A stop may have ended.
                drivers.watch.wake();
            }
            if orders.take_difference() {
                drivers.reconciler.wake();
            }
            drop(orders);
            if due(drivers.reconciler.due_at()) {
                drivers.reconciler.tick().await?;
                self.note_comparison(drivers);
            }
            // Speaking with the gateway took time, and these two are due by what was booked since.
            if drivers.watch.due_at().is_some_and(|at| at <= self.now())
                && drivers.watch.tick().await?
            {
                self.orders.lock().await.wake();
            }
        }
        if self.has_session()
            && let Some(broker_days) = &mut drivers.broker_days
            && broker_days.due_at() <= now
            && broker_days.tick().await?
        {
            drivers.scheduler.reload().await?;
        }
        // After what filled is booked, and before the next decision.
        if drivers.guard.due_at().is_some_and(|at| at <= self.now()) {
            drivers.guard.tick().await?;
        }
        if due(drivers.snapshots.due_at()) {
            drivers.snapshots.tick().await?;
            self.parts.changes.tell(Changed::Status);
        }
        if due(drivers.scheduler.due_at()) {
            self.run_what_is_due(drivers).await?;
        }
        Ok(())
    }

    /// While the sandbox's clock is moved, one run after the other, so that the seed decides what
    /// happens; where time passes by itself side by side, so that a slow answer of a model or of the
    /// broker keeps nobody else waiting.
    async fn run_what_is_due(&self, drivers: &mut Drivers) -> Result<(), ApiError> {
        if self.venue.simulated().is_some() {
            let waits = if self.clock_mode() == ClockMode::Running {
                self.run_side_by_side(drivers).await?
            } else {
                drivers.scheduler.tick().await?
            };
            if waits {
                self.wake_after_run().await;
            }
            return Ok(());
        }
        let (begun, failed) = drivers.scheduler.begin_due().await;
        for execution in begun {
            self.start(execution);
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Makes every run that is due, as many at once as in real time, and waits for them: the clock
    /// that runs along with the wall's is not moved on under them. Says whether any waits for its
    /// order.
    async fn run_side_by_side(&self, drivers: &mut Drivers) -> Result<bool, ApiError> {
        let (begun, failed) = drivers.scheduler.begin_due().await;
        let mut failed = failed.map(ApiError::from);
        // Tasks of their own, so that a run that was begun goes on whatever becomes of this one.
        let runs: Vec<_> = begun.into_iter().map(|it| tokio::spawn(self.placed_run(it))).collect();
        let mut waits = false;
        for run in runs {
            match run.await {
                Ok(Ok(done)) => waits |= done.status == ExecutionStatus::Tracking,
                Ok(Err(error)) => failed = failed.or(Some(error.into())),
                Err(panicked) => {
                    let told = ApiError::new(ErrorCode::Internal, panicked.to_string());
                    failed = failed.or(Some(told));
                }
            }
            self.parts.changes.tell(Changed::Status);
        }
        failed.map_or(Ok(waits), Err)
    }

    async fn any_waits(&self, ids: &[ExecutionId]) -> Result<bool, ApiError> {
        for id in ids {
            let execution = self.parts.store.execution(id).await?;
            if execution.is_some_and(|execution| execution.status == ExecutionStatus::Tracking) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes down the executions of one manual run, without running them yet. They are dated
    /// `as_of`, or now. A `model` analyses in the place of the strategy's own analyst.
    pub async fn begin_run(
        &self,
        strategy_id: &str,
        symbol: Option<&str>,
        model: Option<&str>,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<ExecutionRow>, ApiError> {
        let _drivers = self.drivers_for_edit().await?;
        self.watch_room(true).await;
        let row = self.strategy(strategy_id).await?;
        if row.archived_at.is_some() {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("{} is archived, and nothing archived runs", row.version.name),
            )
            .with_hint("take it out of the archive first"));
        }
        let definition: StrategyDefinition = row.version.toml.parse()?;
        let symbols: Vec<String> = match symbol {
            None => definition.symbols,
            Some(symbol) if definition.symbols.iter().any(|known| known == symbol) => {
                vec![symbol.to_owned()]
            }
            Some(symbol) => {
                let shown: String = symbol.chars().take(20).collect();
                return Err(ApiError::new(
                    ErrorCode::InvalidRequest,
                    format!("strategy {strategy_id} has no symbol \"{shown}\""),
                )
                .with_hint(format!("its symbols are {}", definition.symbols.join(", "))));
            }
        };
        let mut begun = Vec::new();
        for symbol in symbols {
            let new = NewExecution {
                strategy_id: row.version.strategy_id.clone(),
                strategy_version: row.version.version,
                symbol,
                model: model.map(str::to_owned),
                trigger: Trigger::Manual,
                as_of: as_of.unwrap_or_else(|| self.now()),
            };
            begun.push(begin_execution(&self.parts, new, &self.installation_id).await?);
        }
        Ok(begun)
    }

    /// Runs executions that were begun. While the sandbox clock is paused, time then moves until
    /// their orders have come to their end.
    pub async fn finish_run(
        &self,
        begun: Vec<ExecutionRow>,
        mut report: impl FnMut(Progress) + Send,
    ) -> Result<(), ApiError> {
        if self.venue.simulated().is_none() {
            return self.finish_real_run(begun).await;
        }
        let mut drivers = self.drivers.lock().await;
        let mut ids = Vec::new();
        for execution in begun {
            ids.push(execution.id.clone());
            drivers.executor.run(execution).await?;
        }
        self.wake_after_run().await;
        if self.clock_mode() == ClockMode::Paused && self.any_waits(&ids).await? {
            let horizon = self.sessions_ahead(SESSIONS_FOLLOWED);
            self.forward(&mut drivers, horizon, Some(&ids), &mut report).await?;
        }
        drop(drivers);
        self.remember_time().await
    }

    /// The close of the session after `count` sessions, inside the data.
    fn sessions_ahead(&self, count: usize) -> Timestamp {
        let calendar = Calendar::nyse();
        let mut at = self.now();
        for _ in 0..count {
            match calendar.next_session_after(at) {
                Some(session) => at = session.close,
                None => break,
            }
        }
        self.data_range().map_or(at, |(_, last)| at.min(last))
    }

    /// A strategy by its id as typed.
    pub async fn strategy(&self, id: &str) -> Result<StrategyRow, ApiError> {
        let strategies = self.parts.store.strategies().await?;
        find_strategy(strategies, id)
    }

    /// Writes down where the sandbox clock stands, so that the next start begins there, and the last
    /// prices, so that the account can be valued without an engine.
    pub(super) async fn remember_time(&self) -> Result<(), ApiError> {
        let account = &self.parts.account;
        let internal =
            |error: serde_json::Error| ApiError::new(ErrorCode::Internal, error.to_string());
        let prices = serde_json::to_string(&account.last_prices()).map_err(internal)?;
        let times = serde_json::to_string(&account.price_times()).map_err(internal)?;
        let changes = vec![
            Change::setting("engine_time", self.now().to_string()),
            Change::setting("last_prices", prices),
            Change::setting("last_price_times", times),
        ];
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }
}

/// Finds a strategy, or says which ones there are.
pub(crate) fn find_strategy(
    strategies: Vec<StrategyRow>,
    id: &str,
) -> Result<StrategyRow, ApiError> {
    let known: Vec<String> =
        strategies.iter().map(|row| row.version.strategy_id.to_string()).collect();
    strategies.into_iter().find(|row| row.version.strategy_id.as_str() == id).ok_or_else(|| {
        let shown: String = id.chars().take(40).collect();
        ApiError::new(ErrorCode::NotFound, format!("there is no strategy \"{shown}\""))
            .with_hint(format!("there are: {}", known.join(", ")))
    })
}

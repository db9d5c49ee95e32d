//! The real store and the real driver under a clock that can be set, ahead and back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use throughline::clock::Clock;
use throughline::domain::StrategyId;
use throughline::domain::records::Outcome;
use throughline::executor::{Executor, Parts};
use throughline::schedule::{ClockWatch, NotRunCause};
use throughline::scheduler::{NextRun, Scheduler};
use throughline::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, PausedBy, ScheduleChange, ScheduleClaimRow,
    SchedulePauseRow, Store, StrategyVersionRow,
};
use throughline::strategy::{StrategyDefinition, samples};

use crate::reconcile::fake::{idle_broker, parts_over};

/// Longest rest of the loop in this world.
const REST: SignedDuration = SignedDuration::from_secs(20);

/// A clock for tests: it shows what the test sets it to.
#[derive(Debug)]
pub(super) struct SetClock {
    wall: AtomicI64,
    monotonic: AtomicU64,
}

impl SetClock {
    fn at(start: Timestamp) -> Self {
        let wall = AtomicI64::new(start.as_microsecond());
        Self { wall, monotonic: AtomicU64::new(1) }
    }

    /// Time passes, or, for the monotonic clock of a computer that sleeps, does not.
    fn pass(&self, by: SignedDuration, awake: bool) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.wall.fetch_add(micros, Ordering::SeqCst);
        if awake {
            self.monotonic.fetch_add(micros.unsigned_abs(), Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.wall.load(Ordering::SeqCst)).unwrap()
    }

    fn wall_now(&self) -> Timestamp {
        self.now()
    }

    fn monotonic_micros(&self) -> u64 {
        self.monotonic.load(Ordering::SeqCst)
    }

    async fn sleep(&self, duration: SignedDuration) {
        self.pass(duration, true);
    }
}

/// A strategy text with this table `[schedule]`.
pub(super) fn strategy_text(schedule: &str) -> String {
    let sample = samples::all()[0].toml.clone();
    let begin = sample.find("[schedule]").unwrap();
    let end = sample.find("[risk]").unwrap();
    format!("{}[schedule]\n{schedule}\n\n{}", &sample[..begin], &sample[end..])
}

pub(super) struct World {
    directory: tempfile::TempDir,
    pub(super) clock: Arc<SetClock>,
    pub(super) parts: Parts,
    pub(super) scheduler: Scheduler,
    watch: ClockWatch,
    version: u32,
    pub(super) text: String,
    pub(super) is_paused: bool,
    /// Every run that the driver began, in order.
    pub(super) begun: Vec<ExecutionRow>,
}

impl World {
    /// One strategy that is switched on at `start`.
    pub(super) async fn new(start: &str, schedule: &str) -> Self {
        Self::of(start, strategy_text(schedule)).await
    }

    /// The strategy of this text, switched on at `start`.
    pub(super) async fn of(start: &str, text: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::at(start.parse().unwrap()));
        let (parts, scheduler) = open(&directory, &clock).await;
        let mut world = Self {
            directory,
            clock,
            parts,
            scheduler,
            watch: ClockWatch::new(REST),
            version: 0,
            text,
            is_paused: false,
            begun: Vec::new(),
        };
        let mut changes = world.version_of(&world.text.clone());
        changes.push(Change::StrategyActive { strategy_id: id(), active: true });
        world.commit(changes).await;
        world
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn pass(&self, minutes: i64) {
        self.clock.pass(SignedDuration::from_mins(minutes), true);
    }

    pub(super) fn sleep_through(&self, minutes: i64) {
        self.clock.pass(SignedDuration::from_mins(minutes), false);
    }

    /// One turn of the loop of real time.
    pub(super) async fn look(&mut self) {
        if let Some(jump) = self.watch.look(self.now(), self.clock.monotonic_micros()) {
            self.scheduler.clock_jumped(jump).await.unwrap();
        }
        loop {
            match self.scheduler.begin_next().await.unwrap() {
                NextRun::NoneDue => return,
                NextRun::NotMade => {}
                NextRun::Begun(execution) => self.begun.push(*execution),
            }
        }
    }

    /// Ends every run that is under way.
    pub(super) async fn end_runs(&mut self, status: ExecutionStatus) {
        for mut execution in self.parts.store.unfinished_executions().await.unwrap() {
            execution.status = status;
            execution.outcome = Some(match status {
                ExecutionStatus::Failed => Outcome::Failed,
                _ => Outcome::Hold,
            });
            let changes = vec![Change::Execution(execution)];
            self.parts.recorder.commit(changes, Durability::Ordinary).await.unwrap();
        }
        self.scheduler.look_again();
    }

    /// The process dies, and another one opens the same directory.
    pub(super) async fn crash(&mut self) {
        self.parts.recorder.close().await.unwrap();
        self.parts.store.close().await;
        (self.parts, self.scheduler) = open(&self.directory, &self.clock).await;
        self.watch = ClockWatch::new(REST);
    }

    pub(super) async fn edit(&mut self, schedule: &str) {
        let (cause, words) = if self.is_paused {
            (NotRunCause::Paused, "paused")
        } else {
            (NotRunCause::Changed, "changed")
        };
        let mut changes = self.settled(cause, words).await;
        self.text = strategy_text(schedule);
        changes.extend(self.version_of(&self.text.clone()));
        self.commit(changes).await;
    }

    pub(super) async fn pause(&mut self) {
        if !self.is_paused {
            self.is_paused = true;
            let pause = SchedulePauseRow {
                strategy_id: id(),
                since: self.now(),
                paused_by: PausedBy::Person,
                sentence: "a test paused it".into(),
            };
            self.commit(vec![
                Change::StrategyActive { strategy_id: id(), active: false },
                Change::Schedule(ScheduleChange::Paused(pause)),
            ])
            .await;
        }
    }

    pub(super) async fn resume(&mut self) {
        if self.is_paused {
            self.is_paused = false;
            let mut changes = self.settled(NotRunCause::Paused, "paused").await;
            changes.push(Change::StrategyActive { strategy_id: id(), active: true });
            changes.push(Change::Schedule(ScheduleChange::Resumed(id())));
            self.commit(changes).await;
        }
    }

    async fn settled(&self, cause: NotRunCause, words: &str) -> Vec<Change> {
        let definition: StrategyDefinition = self.text.parse().unwrap();
        self.scheduler.settled(&id(), &definition, self.now(), cause, words).await.unwrap()
    }

    fn version_of(&mut self, text: &str) -> Vec<Change> {
        self.version += 1;
        let version = Change::StrategyVersion(StrategyVersionRow {
            strategy_id: id(),
            name: "watched".into(),
            version: self.version,
            hash: format!("{}", self.version),
            toml: text.to_owned(),
            created_at: self.now(),
        });
        let until = self.now();
        let accounted =
            ScheduleChange::Accounted { strategy_id: id(), symbol: "AAPL".into(), until };
        vec![version, Change::Schedule(accounted)]
    }

    async fn commit(&mut self, changes: Vec<Change>) {
        self.parts.recorder.commit(changes, Durability::Ordinary).await.unwrap();
        self.scheduler.reload().await.unwrap();
    }

    /// The planned times of the schedule as it is, after one instant and up to another.
    pub(super) fn planned(&self, after: Timestamp, until: Timestamp) -> BTreeSet<Timestamp> {
        let definition: StrategyDefinition = self.text.parse().unwrap();
        let schedule = definition.schedule.unwrap();
        let mut found = BTreeSet::new();
        let mut at = after;
        while let Some(next) = schedule.next_after(at).unwrap().filter(|next| *next <= until) {
            found.insert(next);
            at = next;
        }
        found
    }

    pub(super) async fn claims(&self) -> Vec<ScheduleClaimRow> {
        let mut claims = self.parts.store.schedule_claims(&id(), 100_000).await.unwrap();
        claims.reverse();
        claims
    }

    /// What is written down of a planned time: the name of its cause, or `run`.
    pub(super) async fn became(&self, planned_at: Timestamp) -> Option<String> {
        let claim = self.parts.store.schedule_claim(&id(), "AAPL", planned_at).await.unwrap();
        let claim = match claim {
            Some(claim) => match (claim.execution_id, claim.kind, claim.cause) {
                (Some(_), None, None) => Some("run".to_owned()),
                (None, Some(kind), Some(_)) => Some(kind.to_string()),
                torn => panic!("the claim of {planned_at} is neither: {torn:?}"),
            },
            None => None,
        };
        if claim.is_some() {
            return claim;
        }
        let gaps = self.parts.store.schedule_gaps(&id(), 10_000).await.unwrap();
        let gap = gaps.into_iter().find(|gap| gap.since <= planned_at && planned_at <= gap.until);
        gap.map(|gap| gap.kind.to_string())
    }
}

async fn open(directory: &tempfile::TempDir, clock: &Arc<SetClock>) -> (Parts, Scheduler) {
    let store = Arc::new(Store::open(directory.path()).await.unwrap());
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let now = clock.now();
    let parts = parts_over(store, clock, idle_broker(), directory.path()).await;
    let executor = Executor::new(parts.clone());
    let scheduler = Scheduler::load(parts.clone(), executor, "test".into(), now).await.unwrap();
    (parts, scheduler)
}

pub(super) fn id() -> StrategyId {
    StrategyId::new("watched").unwrap()
}

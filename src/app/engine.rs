use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast};

use super::backup::{BackupDesk, prepare_start};
use super::notifications;
use super::options::{EngineOptions, GatewayChoice};
use super::venue::Venue;
use super::wiring::{Wired, wire};
use crate::api::dto::EngineEvent;
use crate::api::{ApiError, ErrorCode};
use crate::broker::ibkr::{IbkrClient, PushChannel, QuestionPolicy};
use crate::broker::{QuestionDesk, Region};
use crate::clock::SimulatedClock;
use crate::evidence::AnchorDriver;
use crate::executor::{Executor, Parts, fill_past_signals};
use crate::market::TradingSchedule;
use crate::notify::driver::Notifier;
use crate::orders::driver::{
    GuardDriver, OrdersDriver, Reconciler, ReconciliationReport, WatchDriver, WatchPace,
};
use crate::rerun::Playground;
use crate::safety::SafetyDriver;
use crate::sandbox::Sandbox;
use crate::scheduler::{BrokerDaysKeeper, Scheduler, SnapshotDriver};
use crate::secrets::vault::Vault;
use crate::session::{SessionKeeper, SessionStatus};
use crate::store::{ExecutionStatus, Store};

/// How often orders are read in the sandbox while nothing hints at a change: a second line only,
/// since the simulated exchange announces every change.
const SANDBOX_POLL: SignedDuration = SignedDuration::from_hours(24);

/// How often orders are read at IBKR while any works. The push channel only hints, and on many
/// sessions it is silent.
const REAL_POLL: SignedDuration = SignedDuration::from_secs(15);

/// How often our records are compared with IBKR's.
const BETWEEN_COMPARISONS: SignedDuration = SignedDuration::from_mins(5);

/// How many executions run side by side where time is real.
pub(super) const EXECUTIONS_AT_ONCE: usize = 4;

/// How the sandbox clock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// It stands until it is told to move.
    Paused,
    /// One second a second.
    Running,
    /// It is on its way to an instant.
    FastForward,
}

impl ClockMode {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Running => "running",
            Self::FastForward => "fast_forward",
        }
    }
}

/// The engine: one to a data directory.
pub struct Engine {
    pub(super) parts: Parts,
    pub(super) venue: Venue,
    pub(super) gateway: GatewayChoice,
    pub(super) drivers: Mutex<Drivers>,
    pub(super) session: SessionStatus,
    /// The last comparison with the broker's records, and when the next is due.
    pub(super) compared: std::sync::Mutex<Option<Compared>>,
    /// The adapter itself, for what goes beyond the port.
    pub(super) client: Arc<IbkrClient>,
    /// The region whose midnight resets the login; nothing where no login is reset.
    pub(super) resets: Option<Region>,
    /// Questions of the broker that are answered without asking.
    pub(super) policy: QuestionPolicy,
    /// Questions of the broker that wait for a person.
    pub(super) desk: Arc<QuestionDesk>,
    /// Says when it is worth asking the broker again, where time is real and the loop runs.
    pub(super) push: std::sync::Mutex<Option<PushChannel>>,
    /// Keys of models.
    pub(super) vault: Arc<Vault>,
    /// Takes notifications where they go.
    pub(super) notifier: Arc<Notifier>,
    /// Prompts on recorded executions.
    pub(super) playground: Arc<Playground>,
    /// Copies of everything that outlives the process.
    pub(super) backups: BackupDesk,
    /// Runs executions beside the drivers, where time is real.
    pub(super) executor: Executor,
    /// Has a lock of its own, so that orders are tracked while a run hangs. Taken after `safety`.
    pub(super) orders: Mutex<OrdersDriver>,
    /// Has a lock of its own, so that a person is in command while a run hangs.
    pub(super) safety: Mutex<SafetyDriver>,
    pub(super) installation_id: String,
    pub(super) opened_at: Timestamp,
    pub(super) events: OnceLock<broadcast::Sender<EngineEvent>>,
    /// Wakes the loop of real time.
    pub(super) woken: Arc<Notify>,
    /// Bounds how many executions run at once where time is real.
    pub(super) places: Arc<Semaphore>,
    /// An execution beside the drivers has come to its end and may have placed orders.
    pub(super) orders_placed: Arc<AtomicBool>,
    pub(super) home: Option<PathBuf>,
    /// When the room on the disk was last looked at, on the monotonic scale; 0 for never.
    pub(super) room_looked_at: AtomicU64,
    mode: AtomicU8,
    data_dir: PathBuf,
}

/// A comparison of our records with the broker's.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) report: ReconciliationReport,
    pub(crate) next: Option<Timestamp>,
}

/// Whatever acts by itself. One lock: in the sandbox things happen in one order.
pub(super) struct Drivers {
    pub(super) reconciler: Reconciler,
    pub(super) guard: GuardDriver,
    pub(super) watch: WatchDriver,
    pub(super) snapshots: SnapshotDriver,
    pub(super) anchors: AnchorDriver,
    pub(super) scheduler: Scheduler,
    /// Asks the broker for its trading days; nothing where the exchange is simulated in this process.
    pub(super) broker_days: Option<BrokerDaysKeeper>,
    pub(super) session: SessionKeeper,
    pub(super) executor: Executor,
    /// Executions that the end of the last process interrupted are taken up once.
    pub(super) interrupted_are_taken_up: bool,
}

impl Engine {
    /// Opens a data directory, brings it to where it was left, and takes up what was interrupted.
    ///
    /// A gateway of IBKR need not be there: entries are closed until it is.
    pub async fn open(options: EngineOptions) -> Result<Arc<Self>, ApiError> {
        prepare_start(&options.data_dir, options.gateway.environment()).await?;
        let store = Arc::new(Store::open(&options.data_dir).await?);
        let opened = Self::open_on(&store, options).await;
        if opened.is_err() {
            store.close().await;
        }
        opened
    }

    async fn open_on(store: &Arc<Store>, options: EngineOptions) -> Result<Arc<Self>, ApiError> {
        let wired = wire(store, &options).await?;
        let notifier = notifications::notifier(&wired);
        let Wired { venue, installation, parts, keeper, client, resets, policy, desk, vault } =
            wired;
        let started_at = match store.setting("started_at").await? {
            Some(text) => super::parse_instant(&text)?,
            None => installation.engine_time,
        };
        fill_past_signals(store).await?;
        let executor = Executor::new(parts.clone());
        let is_simulated = venue.simulated().is_some();
        let poll = if is_simulated { SANDBOX_POLL } else { REAL_POLL };
        let orders = OrdersDriver::new(parts.clone(), poll);
        // The simulated exchange announces every change, so that no interval is needed.
        let reconciler =
            Reconciler::new(parts.clone(), (!is_simulated).then_some(BETWEEN_COMPARISONS));
        let from = if installation.is_new { parts.clock.now() } else { started_at };
        let scheduler =
            Scheduler::load(parts.clone(), executor.clone(), installation.id.clone(), from).await?;
        let snapshots = SnapshotDriver::load(parts.clone(), from).await?;
        let anchors = super::evidence::anchor_driver(&parts, &vault, &options.data_dir);
        // The sandbox keeps to the shipped calendar: there is nothing to be told.
        let broker_days = (!is_simulated).then(|| {
            let schedule = Arc::clone(&client) as Arc<dyn TradingSchedule>;
            BrokerDaysKeeper::new(parts.clone(), schedule)
        });
        let session = keeper.status();
        let safety =
            SafetyDriver::load(parts.clone(), installation.id.clone(), !is_simulated).await?;
        let guard = GuardDriver::new(parts.clone(), !is_simulated);
        let pace = if is_simulated { WatchPace::WhereUnguarded } else { WatchPace::EveryMinute };
        let watch = WatchDriver::new(parts.clone(), installation.id.clone(), pace);
        let drivers = Drivers {
            reconciler,
            guard,
            watch,
            snapshots,
            anchors,
            scheduler,
            broker_days,
            session: keeper,
            executor: executor.clone(),
            interrupted_are_taken_up: false,
        };
        let playground = Arc::new(Playground::new(&parts));
        let engine = Arc::new(Self {
            parts,
            playground,
            backups: BackupDesk::default(),
            venue,
            gateway: options.gateway,
            drivers: Mutex::new(drivers),
            orders: Mutex::new(orders),
            safety: Mutex::new(safety),
            session,
            compared: std::sync::Mutex::new(None),
            client,
            resets,
            policy,
            desk,
            push: std::sync::Mutex::new(None),
            vault,
            notifier,
            executor,
            installation_id: installation.id,
            opened_at: installation.engine_time,
            events: OnceLock::new(),
            woken: Arc::new(Notify::new()),
            places: Arc::new(Semaphore::new(EXECUTIONS_AT_ONCE)),
            orders_placed: Arc::new(AtomicBool::new(false)),
            home: options.home,
            room_looked_at: AtomicU64::new(0),
            mode: AtomicU8::new(0),
            data_dir: options.data_dir,
        });
        engine.watch_room(true).await;
        if is_simulated {
            let mut drivers = engine.drivers.lock().await;
            engine.take_up_interrupted(&mut drivers).await?;
        }
        Ok(engine)
    }

    /// Takes up every execution that was under way when the process ended.
    pub(super) async fn take_up_interrupted(&self, drivers: &mut Drivers) -> Result<(), ApiError> {
        drivers.interrupted_are_taken_up = true;
        for execution in self.parts.store.unfinished_executions().await? {
            if execution.status == ExecutionStatus::Running
                && !self.orders.lock().await.recover(&execution).await?
            {
                if self.venue.simulated().is_some() {
                    drivers.executor.run(execution).await?;
                } else {
                    self.start(execution);
                }
            }
        }
        if self.has_session() {
            drivers.reconciler.run_until_loaded().await?;
            self.note_comparison(drivers);
        }
        self.safety.lock().await.take_up_approved().await?;
        self.orders.lock().await.wake();
        Ok(())
    }

    /// What outlives the process, for reading.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Prompts on recorded executions.
    pub fn playground(&self) -> &Arc<Playground> {
        &self.playground
    }

    /// Backups under way, for views.
    pub(crate) fn backups(&self) -> &BackupDesk {
        &self.backups
    }

    /// The parts, for views.
    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Where the clock stood when the data directory was opened.
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// The simulated exchange with its gateway, and the switches for what can go wrong there;
    /// nothing unless it is in this process.
    pub fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        match &self.venue {
            Venue::InProcess { sandbox, .. } => Some(sandbox),
            Venue::Served { .. } | Venue::Gateway { .. } => None,
        }
    }

    /// First and last instant for which there are prices; nothing where they do not end.
    pub fn data_range(&self) -> Option<(Timestamp, Timestamp)> {
        self.venue.data_range()
    }

    /// Engine time.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The gateway that it was opened with.
    pub fn gateway(&self) -> &GatewayChoice {
        &self.gateway
    }

    /// Where the session with the gateway stands.
    pub fn session(&self) -> &SessionStatus {
        &self.session
    }

    /// The clock that can be moved, or why there is none.
    pub(super) fn simulated_clock(&self) -> Result<&Arc<SimulatedClock>, ApiError> {
        self.venue.simulated().ok_or_else(|| {
            let environment = self.gateway.environment();
            ApiError::new(
                ErrorCode::NotNow,
                format!(
                    "the clock of the {environment} account is the real one and cannot be moved"
                ),
            )
            .with_hint("move the clock of the sandbox, in a data directory of its own")
        })
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// How the sandbox clock moves.
    pub fn clock_mode(&self) -> ClockMode {
        match self.mode.load(Ordering::SeqCst) {
            1 => ClockMode::Running,
            2 => ClockMode::FastForward,
            _ => ClockMode::Paused,
        }
    }

    pub(super) fn set_clock_mode(&self, mode: ClockMode) {
        let number = match mode {
            ClockMode::Paused => 0,
            ClockMode::Running => 1,
            ClockMode::FastForward => 2,
        };
        self.mode.store(number, Ordering::SeqCst);
        self.parts.changes.tell(crate::executor::Changed::Status);
    }

    /// Writes down what is queued and where the clock stands, and gives the data directory free,
    /// which it also does where the disk takes nothing more. What could not be written is then the
    /// error.
    pub async fn close(&self) -> Result<(), ApiError> {
        self.playground.close().await;
        let remembered = self.remember_time().await;
        let marked = match self.venue.simulated() {
            Some(_) => Ok(()),
            None => self.mark_watched().await,
        };
        let recorded = self.parts.recorder.close().await;
        self.parts.store.close().await;
        remembered.and(marked).and(recorded.map_err(ApiError::from))
    }
}

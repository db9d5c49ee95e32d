use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, broadcast};

use super::install::{
    Installation, SANDBOX_STARTING_CASH, installation, journal_path, write_first,
};
use crate::analyst::rules::RuleAnalyst;
use crate::api::dto::EngineEvent;
use crate::api::{ApiError, ErrorCode};
use crate::broker::Broker;
use crate::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use crate::clock::{Clock, SimulatedClock};
use crate::domain::{AccountId, Environment};
use crate::executor::{AccountBook, Changes, Executor, HaltSwitch, Parts, PriceNotes, TradingGate};
use crate::lineage::Recorder;
use crate::market::MarketData;
use crate::orders::driver::{OrdersDriver, Reconciler};
use crate::safety::SafetyDriver;
use crate::sandbox::{SANDBOX_ACCOUNT, Sandbox, SandboxOptions, data};
use crate::scheduler::{Scheduler, SnapshotDriver};
use crate::store::{ExecutionStatus, Store};

/// How often orders are read in the sandbox while nothing hints at a change: a second line only,
/// since the simulated exchange announces every change.
const SANDBOX_POLL: SignedDuration = SignedDuration::from_hours(24);

/// What an engine is opened with.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The data directory; made if it is not there.
    pub data_dir: PathBuf,
    /// Seed of the simulated exchange, for a new data directory.
    pub seed: Option<u64>,
    /// Where the sandbox clock stands, for a new data directory.
    pub start_at: Option<Timestamp>,
}

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
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) drivers: Mutex<Drivers>,
    /// Has a lock of its own, so that orders are tracked while a run hangs. Taken after `safety`.
    pub(super) orders: Mutex<OrdersDriver>,
    /// Has a lock of its own, so that a person is in command while a run hangs.
    pub(super) reconciler: Mutex<Reconciler>,
    pub(super) safety: Mutex<SafetyDriver>,
    pub(super) installation_id: String,
    pub(super) opened_at: Timestamp,
    pub(super) events: OnceLock<broadcast::Sender<EngineEvent>>,
    mode: AtomicU8,
    data_dir: PathBuf,
}

/// Whatever acts by itself. One lock: in the sandbox things happen in one order.
pub(super) struct Drivers {
    pub(super) snapshots: SnapshotDriver,
    pub(super) scheduler: Scheduler,
    pub(super) executor: Executor,
}

impl Engine {
    /// Opens a data directory, brings it to where it was left, and takes up what was interrupted.
    pub async fn open(options: EngineOptions) -> Result<Arc<Self>, ApiError> {
        let store = Arc::new(Store::open(&options.data_dir).await?);
        let opened = Self::open_on(&store, options).await;
        if opened.is_err() {
            store.close().await;
        }
        opened
    }

    async fn open_on(store: &Arc<Store>, options: EngineOptions) -> Result<Arc<Self>, ApiError> {
        let installation = installation(store, &options).await?;
        let (sandbox, clock) = open_sandbox(&options, &installation)?;
        check_orders_known(store, &sandbox).await?;
        if installation.is_new {
            write_first(store, &installation, clock.wall_now()).await?;
        }
        let started_at = match store.setting("started_at").await? {
            Some(text) => super::parse_instant(&text)?,
            None => installation.engine_time,
        };
        let parts = wire(&options.data_dir, store, &sandbox, &clock, installation.seed).await?;
        restore_prices(&parts).await?;
        let executor = Executor::new(parts.clone());
        let orders = OrdersDriver::new(parts.clone(), SANDBOX_POLL);
        // The simulated exchange announces every change, so that no interval is needed.
        let reconciler = Reconciler::new(parts.clone(), None);
        let from = if installation.is_new { clock.now() } else { started_at };
        let scheduler =
            Scheduler::load(parts.clone(), executor.clone(), installation.id.clone(), from).await?;
        let snapshots = SnapshotDriver::load(parts.clone(), from).await?;
        let safety = SafetyDriver::load(parts.clone(), installation.id.clone(), false).await?;
        let engine = Arc::new(Self {
            parts,
            clock,
            sandbox,
            drivers: Mutex::new(Drivers { snapshots, scheduler, executor }),
            orders: Mutex::new(orders),
            reconciler: Mutex::new(reconciler),
            safety: Mutex::new(safety),
            installation_id: installation.id,
            opened_at: installation.engine_time,
            events: OnceLock::new(),
            mode: AtomicU8::new(0),
            data_dir: options.data_dir,
        });
        engine.take_up_interrupted().await?;
        engine.remember_time().await?;
        Ok(engine)
    }

    /// Takes up every execution that was under way when the process ended.
    async fn take_up_interrupted(&self) -> Result<(), ApiError> {
        let drivers = self.drivers.lock().await;
        for execution in self.parts.store.unfinished_executions().await? {
            if execution.status == ExecutionStatus::Running
                && !self.orders.lock().await.recover(&execution).await?
            {
                drivers.executor.run(execution).await?;
            }
        }
        self.reconciler.lock().await.run_until_loaded().await?;
        self.safety.lock().await.take_up_approved().await?;
        self.orders.lock().await.wake();
        Ok(())
    }

    /// What outlives the process, for reading.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// The parts, for views.
    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Where the clock stood when the data directory was opened.
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// The simulated exchange with its gateway, and the switches for what can go wrong there.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// First and last instant for which there are prices.
    pub fn data_range(&self) -> (Timestamp, Timestamp) {
        self.sandbox.data_range()
    }

    /// Engine time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
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

    /// Writes down what is queued and where the clock stands, and gives the data directory free.
    pub async fn close(&self) -> Result<(), ApiError> {
        self.remember_time().await?;
        self.parts.recorder.close().await?;
        self.parts.store.close().await;
        Ok(())
    }
}

fn open_sandbox(
    options: &EngineOptions,
    installation: &Installation,
) -> Result<(Arc<Sandbox>, Arc<SimulatedClock>), ApiError> {
    let clock = Arc::new(SimulatedClock::starting_at(installation.engine_time));
    let library = data::prices_directory(&options.data_dir);
    let imported_prices = data::load_all(&library)
        .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?;
    let journal = journal_path(&options.data_dir);
    let sandbox = Sandbox::open(
        SandboxOptions {
            seed: installation.seed,
            starting_cash: SANDBOX_STARTING_CASH,
            adjusted: true,
            enforce_pacing: true,
            imported_prices,
            journal: Some(journal),
        },
        Arc::clone(&clock),
    )?;
    check_inside(&sandbox, installation.engine_time)?;
    if let Some(at) = sandbox.last_journal_time() {
        clock.advance_to(at);
        sandbox.settle();
    }
    Ok((sandbox, clock))
}

/// An instant outside the prices is refused with the range that there is.
pub(super) fn check_inside(sandbox: &Sandbox, at: Timestamp) -> Result<(), ApiError> {
    let (first, last) = sandbox.data_range();
    if at >= first && at <= last {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidRequest,
        format!("{at} lies outside the prices of the sandbox, which reach from {first} to {last}"),
    )
    .with_hint("name an instant inside them, or import prices that reach further"))
}

/// Every order at the exchange was written down here before it was sent. One that is not here shows
/// that the database is lost or older than the exchange: nothing is traded on top of that.
async fn check_orders_known(store: &Store, sandbox: &Sandbox) -> Result<(), ApiError> {
    let orders = store.orders().await?;
    let known: BTreeSet<&str> = orders.iter().map(|order| order.client_order_id.as_str()).collect();
    let unknown = sandbox.client_order_ids().into_iter().find(|id| !known.contains(id.as_str()));
    let Some(id) = unknown else { return Ok(()) };
    Err(ApiError::new(
        ErrorCode::Storage,
        format!("the sandbox exchange has the order {id}, which this database does not know"),
    )
    .with_hint(
        "the database is older than the exchange: put the newer one back, or begin anew in an \
         empty directory with --data-dir",
    ))
}

async fn wire(
    data_dir: &Path,
    store: &Arc<Store>,
    sandbox: &Arc<Sandbox>,
    clock: &Arc<SimulatedClock>,
    seed: u64,
) -> Result<Parts, ApiError> {
    let transport = Arc::new(InProcessTransport::new(sandbox.router(), sandbox.order_hints()));
    let engine_clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let client = Arc::new(IbkrClient::new(
        transport,
        Arc::clone(&engine_clock),
        QuestionPolicy::default(),
        Environment::Sandbox,
    ));
    let session = client.connect().await?;
    let expected = AccountId::new(SANDBOX_ACCOUNT)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    if session.account_id != expected {
        return Err(ApiError::new(
            ErrorCode::Broker,
            format!("the sandbox answered with account {}", session.account_id),
        ));
    }
    let account =
        AccountBook::load(store, expected, Environment::Sandbox, SANDBOX_STARTING_CASH).await?;
    let adjustment = sandbox.is_adjusted().then(|| "adjusted for splits and dividends".to_owned());
    Ok(Parts {
        store: Arc::clone(store),
        recorder: Arc::new(Recorder::start(Arc::clone(store))),
        broker: Arc::clone(&client) as Arc<dyn Broker>,
        market: client as Arc<dyn MarketData>,
        analyst: Arc::new(RuleAnalyst),
        clock: engine_clock,
        account: Arc::new(account),
        halt: HaltSwitch::in_directory(data_dir),
        gate: TradingGate::default(),
        changes: Changes::new(),
        price_notes: PriceNotes {
            simulated: true,
            adjustment,
            attribution: Some(sandbox.attribution().to_owned()),
            seed: Some(seed),
        },
    })
}

/// Values open positions at the broker's last prices before anything is shown.
async fn restore_prices(parts: &Parts) -> Result<(), ApiError> {
    if !parts.account.positions().is_empty() {
        let listed = parts.broker.positions().await?;
        let prices = listed.into_iter().filter_map(|held| Some((held.conid, held.market_price?)));
        parts.account.note_prices(prices);
    }
    Ok(())
}

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::broker::Broker;
use throughline::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::records::StepName;
use throughline::domain::{Environment, ExecutionId, StrategyId};
use throughline::sandbox::{Sandbox, SandboxOptions};
use throughline::store::{
    Change, Durability, ExecutionRow, OrderRow, StoredPayload, StoredStep, StrategyVersionRow,
};
use throughline::strategy::samples;

/// A Friday's close, at which the sample strategy buys AAPL.
pub(crate) const BUYS: &str = "2012-06-15T16:00:00-04:00";
/// The Monday after it, while the exchange is open and the entry has filled (seed 1).
pub(crate) const HOLDS: &str = "2012-06-19T11:00:00-04:00";

/// A sandbox with a strategy `proposals`, which asks a person before each order.
pub(crate) struct Setting {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) engine: Arc<Engine>,
}

pub(crate) fn instant(text: &str) -> Timestamp {
    parse_instant(text).unwrap()
}

impl Setting {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = open(directory.path()).await;
        let toml = samples::all()[0].toml.replace("autonomy = \"auto\"", "autonomy = \"propose\"");
        let row = StrategyVersionRow {
            strategy_id: StrategyId::new("proposals").unwrap(),
            name: "Asks first".into(),
            version: 1,
            hash: blake3::hash(toml.as_bytes()).to_hex().to_string(),
            toml,
            created_at: engine.now(),
        };
        let changes = vec![Change::StrategyVersion(row)];
        engine.store().commit(changes, Durability::Full).await.unwrap();
        Self { directory, engine }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the process, as far as the data directory can tell, and starts it again.
    pub(crate) async fn restart(self) -> Self {
        self.engine.close().await.unwrap();
        let Self { directory, engine } = self;
        drop(engine);
        let engine = open(directory.path()).await;
        Self { directory, engine }
    }

    pub(crate) async fn run(&self, strategy: &str) -> ExecutionRow {
        let begun = self.engine.begin_run(strategy, None, None, None).await.unwrap();
        let id = begun[0].id.clone();
        self.engine.finish_run(begun, |_| {}).await.unwrap();
        self.execution(&id).await
    }

    pub(crate) async fn advance(&self, to: &str) {
        self.engine.advance_to(instant(to), |_| {}).await.unwrap();
    }

    pub(crate) async fn execution(&self, id: &ExecutionId) -> ExecutionRow {
        self.engine.store().execution(id).await.unwrap().unwrap()
    }

    pub(crate) async fn orders_of(&self, id: &ExecutionId) -> Vec<OrderRow> {
        self.engine.store().orders_of(id).await.unwrap()
    }

    pub(crate) async fn steps_of(&self, id: &ExecutionId, step: StepName) -> Vec<StoredStep> {
        let steps = self.engine.store().stored_steps_of(id).await.unwrap();
        steps.into_iter().filter(|row| row.step_name == step.as_str()).collect()
    }

    /// What the exchange itself has: opened again on a copy of its journal, on a clock of its own.
    pub(crate) async fn exchange(&self) -> (Vec<(String, Decimal)>, usize) {
        let copy = tempfile::tempdir().unwrap();
        let journal = copy.path().join("journal.jsonl");
        std::fs::copy(self.data_dir().join("sandbox").join("journal.jsonl"), &journal).unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(self.engine.now()));
        let options = SandboxOptions { journal: Some(journal), ..SandboxOptions::default() };
        let sandbox = Sandbox::open(options, Arc::clone(&clock)).unwrap();
        let client = IbkrClient::new(
            Arc::new(InProcessTransport::new(sandbox.router(), sandbox.order_hints())),
            clock as Arc<dyn Clock>,
            QuestionPolicy::default(),
            Environment::Sandbox,
        );
        client.connect().await.unwrap();
        let held = client.positions().await.unwrap().into_iter();
        let held = held
            .filter(|position| position.quantity != Decimal::ZERO)
            .map(|position| (position.description, position.quantity))
            .collect();
        let open = loop {
            if let Some(orders) = client.live_orders().await.unwrap() {
                break orders.iter().filter(|order| !order.status.is_terminal()).count();
            }
        };
        (held, open)
    }
}

pub(crate) async fn open(directory: &Path) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: (!directory.join("throughline.db").exists()).then(|| instant(BUYS)),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

pub(crate) fn text(payload: &StoredPayload) -> &str {
    let StoredPayload::Inline(text) = payload else { panic!("kept as a blob") };
    text
}

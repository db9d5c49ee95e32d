use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use throughline::api::dispatch;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::{CheckRiskOutput, RiskRule, RuleVerdict, StepName};
use throughline::domain::{Position, Reach};
use throughline::risk::NewLock;
use throughline::store::{Change, Durability, EntryLockRow, ExecutionRow, RiskChange};
use throughline::strategy::samples;

use crate::safety::setting::{BUYS, text};

/// A sandbox whose strategy `sample` trades AAPL by itself, with what a test adds to its text.
pub(super) struct World {
    pub(super) directory: tempfile::TempDir,
    pub(super) engine: Arc<Engine>,
}

async fn open(directory: &std::path::Path, start: &str) -> Arc<Engine> {
    let is_new = !directory.join("throughline.db").exists();
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: is_new.then(|| parse_instant(start).unwrap()),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

impl World {
    /// At a Friday's close at which the strategy buys. `added` goes behind its text.
    pub(super) async fn new(added: &str) -> Self {
        Self::at(BUYS, added).await
    }

    pub(super) async fn at(start: &str, added: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = open(directory.path(), start).await;
        let world = Self { directory, engine };
        world.save("sample", added).await;
        world
    }

    /// Adds to the text of a sample.
    pub(super) async fn save(&self, id: &str, added: &str) {
        let sample = samples::all().into_iter().find(|sample| sample.id == id).unwrap();
        let toml = format!("{}\n{added}", sample.toml);
        self.engine.save_strategy(id, &toml).await.unwrap();
    }

    /// Puts a line into the table `[risk]` of a sample.
    pub(super) async fn save_risk(&self, id: &str, line: &str) {
        let sample = samples::all().into_iter().find(|sample| sample.id == id).unwrap();
        let toml = sample.toml.replace("[risk]", &format!("[risk]\n{line}"));
        self.engine.save_strategy(id, &toml).await.unwrap();
    }

    pub(super) async fn restart(self) -> Self {
        self.engine.close().await.unwrap();
        let Self { directory, engine } = self;
        drop(engine);
        let engine = open(directory.path(), BUYS).await;
        Self { directory, engine }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.now()
    }

    pub(super) async fn advance(&self, to: &str) {
        self.engine.advance_to(parse_instant(to).unwrap(), |_| {}).await.unwrap();
    }

    pub(super) async fn advance_hours(&self, hours: i64) {
        let to = self.now().checked_add(SignedDuration::from_hours(hours)).unwrap();
        self.engine.advance_to(to, |_| {}).await.unwrap();
    }

    pub(super) async fn run(&self, strategy: &str) -> ExecutionRow {
        let begun = self.engine.begin_run(strategy, None, None, None).await.unwrap();
        let id = begun[0].id.clone();
        self.engine.finish_run(begun, |_| {}).await.unwrap();
        self.engine.store().execution(&id).await.unwrap().unwrap()
    }

    pub(super) async fn positions(&self) -> Vec<Position> {
        self.engine.store().positions().await.unwrap()
    }

    pub(super) async fn locks(&self) -> Vec<EntryLockRow> {
        self.engine.store().locks_in_force(self.now()).await.unwrap()
    }

    pub(super) async fn command(&self, name: &str, request: Value) -> Value {
        dispatch(&self.engine, name, request).await.unwrap()
    }

    /// The rules that the risk gate wrote down for an execution, at its last look.
    pub(super) async fn rules(&self, execution: &ExecutionRow) -> Vec<RiskRule> {
        self.checked(execution).await.rules
    }

    pub(super) async fn checked(&self, execution: &ExecutionRow) -> CheckRiskOutput {
        // Ordinary records are queued; a flush is what a reader of the window waits for as well.
        self.engine.store().commit(Vec::new(), Durability::Full).await.unwrap();
        for _ in 0..200 {
            let steps = self.engine.store().stored_steps_of(&execution.id).await.unwrap();
            let step = steps.iter().rfind(|row| row.step_name == StepName::CheckRisk.as_str());
            if let Some(step) = step {
                return serde_json::from_str(text(&step.output)).unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the risk gate of {} wrote nothing down", execution.id)
    }

    /// Locks every entry of the account until a person opens it, as the limit of a drawdown does.
    pub(super) async fn lock_the_account(&self) {
        let lock = Box::new(NewLock {
            key: "a test".into(),
            kind: "drawdown_limit".into(),
            reach: Reach::Account,
            strategy_id: None,
            conid: None,
            symbol: None,
            unlocks_at: None,
            sentence: "A test locks the account.".into(),
            trades: Vec::new(),
        });
        let change = Change::Risk(RiskChange::Lock { lock, at: self.now() });
        self.engine.store().commit(vec![change], Durability::Full).await.unwrap();
    }
}

pub(super) fn refusal<'a>(rules: &'a [RiskRule], name: &str) -> Option<&'a RiskRule> {
    rules.iter().find(|rule| rule.rule == name && rule.verdict == RuleVerdict::Refuse)
}

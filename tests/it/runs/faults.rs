//! What can go wrong between the engine and the gateway: an order is never sent twice, what is
//! unknown is looked up, and what never arrived is not sent again.

use std::sync::Arc;

use rust_decimal::Decimal;
use throughline::app::{Engine, EngineOptions};
use throughline::domain::records::{Outcome, PlaceOrderOutput, StepName, SubmitResult};
use throughline::domain::{ExecutionId, Leg, OrderStatus};
use throughline::sandbox::Faults;
use throughline::store::{ExecutionRow, ExecutionStatus, StoredPayload};

use super::audit::{Audit, instant, placed_orders};

/// A Friday's close, at which the sample strategy buys.
const BUYS: &str = "2012-06-15T16:00:00-04:00";
/// The last minute before the run at which it sells by moving its target, and a time by which that
/// has filled (seed 1).
const BEFORE_EXIT: &str = "2012-07-25T15:59:00-04:00";
const AFTER_EXIT: &str = "2012-07-31T16:00:00-04:00";

struct Setting {
    directory: tempfile::TempDir,
    engine: Arc<Engine>,
}

impl Setting {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = open(directory.path()).await;
        Self { directory, engine }
    }

    fn faults(&self) -> &Faults {
        self.engine.sandbox().unwrap().faults()
    }

    async fn run_sample(&self) -> ExecutionRow {
        let begun = self.engine.begin_run("sample", None, None, None).await.unwrap();
        let id = begun[0].id.clone();
        self.engine.finish_run(begun, |_| {}).await.unwrap();
        self.execution(&id).await
    }

    async fn advance(&self, to: &str) {
        self.engine.advance_to(instant(to), |_| {}).await.unwrap();
    }

    async fn execution(&self, id: &ExecutionId) -> ExecutionRow {
        self.engine.store().execution(id).await.unwrap().unwrap()
    }

    /// The execution of `sample` whose run was due at `at`.
    async fn run_at(&self, at: &str) -> ExecutionRow {
        let all = self.engine.store().executions(None, u32::MAX).await.unwrap();
        let at = instant(at);
        let found = all.into_iter().find(|e| e.as_of == at && e.strategy_id.as_str() == "sample");
        found.unwrap()
    }

    /// What each attempt of `place_order` came to, oldest first; nothing for the intent itself.
    async fn placing(&self, id: &ExecutionId) -> Vec<Option<(SubmitResult, bool)>> {
        let steps = self.engine.store().stored_steps_of(id).await.unwrap();
        let placing = steps.iter().filter(|step| step.step_name == StepName::PlaceOrder.as_str());
        placing
            .map(|step| {
                let StoredPayload::Inline(text) = &step.output else { panic!("kept as a blob") };
                let output: Option<PlaceOrderOutput> = serde_json::from_str(text).ok();
                output.map(|output| (output.result, output.reconciled))
            })
            .collect()
    }

    /// The working orders of `sample`: what protects its position.
    async fn protection(&self) -> Vec<(Leg, Option<Decimal>, Decimal, OrderStatus)> {
        let working = self.engine.store().working_orders().await.unwrap();
        let mut of_sample: Vec<_> = working
            .into_iter()
            .filter(|order| order.strategy_id.as_str() == "sample")
            .map(|order| (order.leg, order.price, order.quantity, order.status))
            .collect();
        of_sample.sort_by_key(|order| order.0);
        of_sample
    }

    fn placed(&self) -> Vec<String> {
        placed_orders(self.directory.path())
    }

    /// Closes, and checks everything that must hold at rest.
    async fn audit(self) -> Audit {
        self.engine.close().await.unwrap();
        let audit = Audit::of(self.directory.path()).await;
        audit.check().await;
        audit
    }
}

async fn open(directory: &std::path::Path) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        seed: None,
        start_at: Some(instant(BUYS)),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_the_order_found() {
    let setting = Setting::new().await;
    setting.faults().lose_next_order_answer.set(true);
    let execution = setting.run_sample().await;
    assert_eq!(execution.outcome, Some(Outcome::Bought), "{execution:?}");
    let placing = setting.placing(&execution.id).await;
    let unknown = Some((SubmitResult::Unknown, false));
    let found = Some((SubmitResult::Accepted, true));
    assert_eq!(placing[..2], [None, unknown], "{placing:?}");
    assert_eq!(placing.last(), Some(&found), "{placing:?}");
    assert_eq!(setting.placed().len(), 3, "one bracket: {:?}", setting.placed());
    setting.audit().await;
}

#[tokio::test]
async fn a_lost_request_ends_as_not_sent_and_is_not_sent_again() {
    let setting = Setting::new().await;
    setting.faults().lose_next_order_request.set(true);
    let execution = setting.run_sample().await;
    assert_eq!(execution.outcome, Some(Outcome::NotSent), "{execution:?}");
    assert_eq!(execution.status, ExecutionStatus::Completed);
    assert_eq!(setting.placed(), Vec::<String>::new());
    setting.advance("2012-07-03T16:00:00-04:00").await;
    let id = execution.id.as_str();
    assert!(!setting.placed().is_empty(), "later runs trade");
    assert!(!setting.placed().iter().any(|placed| placed.starts_with(id)), "it was sent again");
    let audit = setting.audit().await;
    let legs = audit.orders.iter().filter(|order| order.execution_id == execution.id);
    assert!(legs.clone().count() == 3 && legs.clone().all(|order| order.status.is_terminal()));
}

#[tokio::test]
async fn a_refused_order_is_rejected_in_the_brokers_words() {
    let setting = Setting::new().await;
    setting.faults().refuse_next_order.set(true);
    let execution = setting.run_sample().await;
    assert_eq!(execution.outcome, Some(Outcome::Rejected), "{execution:?}");
    assert_eq!(setting.placed(), Vec::<String>::new());
    let audit = setting.audit().await;
    let legs = audit.orders.iter().filter(|order| order.execution_id == execution.id);
    assert!(legs.clone().all(|order| order.status == OrderStatus::Rejected));
}

#[tokio::test]
async fn fills_that_come_twice_count_once() {
    let setting = Setting::new().await;
    setting.faults().duplicate_fills.set(true);
    setting.run_sample().await;
    setting.advance("2012-07-13T16:00:00-04:00").await;
    let audit = setting.audit().await;
    assert!(audit.fills.len() > 5, "{} fills prove little", audit.fills.len());
}

#[tokio::test]
async fn an_empty_list_of_orders_takes_none_of_them_away() {
    let setting = Setting::new().await;
    setting.run_sample().await;
    for day in ["06-19", "06-20", "06-21", "06-22", "06-25", "06-26", "06-27", "06-28", "06-29"] {
        setting.faults().empty_live_orders_once.set(true);
        setting.advance(&format!("2012-{day}T16:30:00-04:00")).await;
    }
    let audit = setting.audit().await;
    let gone = "IBKR does not list it any more";
    let believed_gone: Vec<_> =
        audit.orders.iter().filter(|order| order.reason.as_deref() == Some(gone)).collect();
    assert!(believed_gone.is_empty(), "{believed_gone:?}");
}

#[tokio::test]
async fn a_lost_answer_to_every_order_of_three_weeks_doubles_none() {
    let setting = Setting::new().await;
    let mut lost = 0;
    for day in [18, 19, 20, 21, 22, 25, 26, 27, 28, 29] {
        lost += usize::from(!setting.faults().lose_next_order_answer.is_on());
        setting.faults().lose_next_order_answer.set(true);
        setting.advance(&format!("2012-06-{day}T16:30:00-04:00")).await;
    }
    assert!(lost > 2, "too few answers were lost: {lost}");
    let audit = setting.audit().await;
    assert!(audit.orders.iter().any(|order| order.leg == Leg::Entry));
}

#[tokio::test]
async fn a_lost_answer_to_an_exit_is_looked_up_and_the_exit_is_the_signals() {
    let setting = Setting::new().await;
    setting.advance(BEFORE_EXIT).await;
    setting.faults().lose_next_order_answer.set(true);
    setting.advance("2012-07-25T16:30:00-04:00").await;
    let execution = setting.run_at("2012-07-25T16:00:00-04:00").await;
    assert_eq!(execution.outcome, Some(Outcome::Exiting), "{execution:?}");
    let placing = setting.placing(&execution.id).await;
    let unknown = Some((SubmitResult::Unknown, false));
    assert_eq!(placing, [None, unknown, Some((SubmitResult::Accepted, true))]);
    setting.advance(AFTER_EXIT).await;
    let execution = setting.execution(&execution.id).await;
    assert_eq!(execution.outcome, Some(Outcome::Sold), "{execution:?}");
    let audit = setting.audit().await;
    let trades = audit.reader.store.trades().await.unwrap();
    assert!(trades.iter().any(|trade| trade.exit_execution_id == execution.id), "{trades:?}");
}

#[tokio::test]
async fn a_lost_request_for_an_exit_leaves_stop_and_target_as_they_were() {
    exit_that_fails(Outcome::NotSent, |faults| faults.lose_next_order_request.set(true)).await;
}

#[tokio::test]
async fn a_refused_exit_leaves_stop_and_target_as_they_were() {
    exit_that_fails(Outcome::Rejected, |faults| faults.refuse_next_order.set(true)).await;
}

async fn exit_that_fails(outcome: Outcome, fault: impl Fn(&Faults)) {
    let setting = Setting::new().await;
    setting.advance(BEFORE_EXIT).await;
    let before = setting.protection().await;
    assert_eq!(before.len(), 2, "{before:?}");
    fault(setting.faults());
    setting.advance("2012-07-25T16:30:00-04:00").await;
    let execution = setting.run_at("2012-07-25T16:00:00-04:00").await;
    assert_eq!(execution.outcome, Some(outcome), "{execution:?}");
    assert_eq!(setting.protection().await, before);
    setting.advance(AFTER_EXIT).await;
    setting.audit().await;
}

#[tokio::test]
async fn orders_that_the_database_does_not_know_keep_the_engine_from_opening() {
    let setting = Setting::new().await;
    setting.engine.close().await.unwrap();
    let database = setting.directory.path().join("throughline.db");
    let backup = std::fs::read(&database).unwrap();
    drop(setting.engine);
    let engine = open(setting.directory.path()).await;
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.close().await.unwrap();
    drop(engine);
    // A backup from before the order is put back.
    let newer = std::fs::read(&database).unwrap();
    std::fs::write(&database, backup).unwrap();
    let options = EngineOptions { data_dir: setting.directory.path().into(), ..Default::default() };
    let Err(refused) = Engine::open(options.clone()).await else {
        panic!("the engine trades on top of orders that it does not know")
    };
    assert!(refused.message.contains("which this database does not know"), "{}", refused.message);
    std::fs::write(&database, newer).unwrap();
    Engine::open(options).await.unwrap().close().await.unwrap();
}

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::*;
use crate::analyst::rules::RuleAnalyst;
use crate::analyst::{Analysis, AnalysisRequest, Analyst, AnalystError};
use crate::app::{Engine, EngineOptions, parse_instant};
use crate::domain::records::{AnalystRecord, CheckRiskOutput, Outcome, StepName, Trigger};
use crate::domain::{Environment, StrategyId};
use crate::executor::{
    AccountBook, ClosureCause, NOT_ARMED, NewExecution, TradingGate, arm, begin_execution, disarm,
};
use crate::risk::MandateTerms;
use crate::store::{ExecutionRow, ExecutionStatus};

/// A Friday's close, at which the sample strategy buys AAPL.
const BUYS: &str = "2012-06-15T16:00:00-04:00";

const ALL_CAUSES: [ClosureCause; 8] = [
    ClosureCause::NotReconciled,
    ClosureCause::NoSession,
    ClosureCause::ResetWindow,
    ClosureCause::NotArmed,
    ClosureCause::UnknownOrder,
    ClosureCause::Unprotected,
    ClosureCause::Liquidation,
    ClosureCause::NoRoom,
];

async fn open(directory: &Path, analyst: Option<Arc<dyn Analyst>>) -> Arc<Engine> {
    let is_new = !directory.join("throughline.db").exists();
    let start_at = is_new.then(|| parse_instant(BUYS).unwrap());
    let data_dir = directory.to_path_buf();
    let options = EngineOptions { data_dir, start_at, analyst, ..EngineOptions::default() };
    Engine::open(options).await.unwrap()
}

/// The parts of a sandbox whose account says that it is live: what a live account is refused is
/// decided before anything is sent, so that the simulated exchange may stand in for the broker.
async fn live_parts(engine: &Engine) -> Parts {
    let mut parts = engine.parts().clone();
    let opening = parts.account.opening().cloned();
    let book = AccountBook::load(&parts.store, Environment::Live, opening).await.unwrap();
    parts.account = Arc::new(book);
    parts.gate = TradingGate::default();
    settle_arming(&parts).await.unwrap();
    parts
}

async fn run(parts: &Parts, symbol: &str) -> ExecutionRow {
    let strategy = if symbol == "AAPL" { "sample" } else { "sample-ibm" };
    let new = NewExecution {
        strategy_id: StrategyId::new(strategy).unwrap(),
        strategy_version: 1,
        symbol: symbol.to_owned(),
        model: None,
        trigger: Trigger::Manual,
        as_of: parts.clock.now(),
    };
    let execution = begin_execution(parts, new, "test").await.unwrap();
    Executor::new(parts.clone()).run(execution).await.unwrap()
}

fn terms(parts: &Parts, days: i64) -> MandateTerms {
    MandateTerms {
        typed_account_id: "DU1000001".into(),
        maximum_order_value: Decimal::from(3000),
        maximum_entries_per_day: 1,
        maximum_daily_loss: Decimal::from(500),
        ends_at: parts.clock.now().checked_add(SignedDuration::from_hours(24 * days)).unwrap(),
    }
}

async fn rules_of(parts: &Parts, execution: &ExecutionRow) -> CheckRiskOutput {
    parts.recorder.flush(crate::store::Durability::Ordinary).await.unwrap();
    let rows = parts.store.lineage_of(&execution.id).await.unwrap();
    let row = rows.iter().find(|row| row.row.step == StepName::CheckRisk).unwrap();
    serde_json::from_str(&row.row.output).unwrap()
}

#[tokio::test]
async fn live_buys_nothing_until_it_is_armed_and_then_only_inside_the_mandate() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), None).await;
    let parts = live_parts(&engine).await;
    let refused = run(&parts, "AAPL").await;
    assert_eq!(refused.outcome, Some(Outcome::Refused), "{refused:?}");
    assert!(refused.sentence.unwrap().contains(NOT_ARMED));
    // A gate that nobody closed does not let it pass either.
    parts.gate.open(ClosureCause::NotArmed, None);
    assert_eq!(run(&parts, "AAPL").await.outcome, Some(Outcome::Refused));

    parts.gate.close(ClosureCause::NotReconciled, None, "Not compared yet.");
    let early = arm(&parts, &terms(&parts, 30)).await.unwrap_err().to_string();
    assert!(early.contains("Not compared yet."), "{early}");
    parts.gate.open(ClosureCause::NotReconciled, None);
    arm(&parts, &terms(&parts, 30)).await.unwrap();
    assert!(parts.gate.closures().is_empty());

    let sent = run(&parts, "AAPL").await;
    assert_eq!(sent.status, ExecutionStatus::Tracking, "{sent:?}");
    let checked = rules_of(&parts, &sent).await;
    let names: Vec<&str> = checked.rules.iter().map(|rule| rule.rule.as_str()).collect();
    for rule in
        ["mandate_end", "mandate_entries_per_day", "mandate_daily_loss", "mandate_order_value"]
    {
        assert!(names.contains(&rule), "{rule} is not in {names:?}");
    }
    let entry = &parts.store.orders_of(&sent.id).await.unwrap()[0];
    assert!(entry.quantity * entry.price.unwrap() <= Decimal::from(3000), "{entry:?}");

    // One entry a day is what the mandate gives.
    let second = run(&parts, "IBM").await;
    if second.outcome == Some(Outcome::Refused) {
        assert!(second.sentence.unwrap().contains("mandate_entries_per_day"));
    } else {
        assert_eq!(second.outcome, Some(Outcome::Hold), "a second entry was sent");
    }
}

#[tokio::test]
async fn a_mandate_outlives_a_restart_and_ends_by_itself_or_by_a_persons_word() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), None).await;
    let parts = live_parts(&engine).await;
    arm(&parts, &terms(&parts, 2)).await.unwrap();
    engine.close().await.unwrap();
    drop((engine, parts));
    let engine = open(directory.path(), None).await;
    let parts = live_parts(&engine).await;
    assert!(parts.gate.closures().is_empty(), "the mandate was forgotten");

    let mut orders = OrdersDriver::new(parts.clone(), SignedDuration::from_secs(15));
    let mut safety = SafetyDriver::load(parts.clone(), "test".into(), true).await.unwrap();
    safety.tick(&mut orders).await.unwrap();
    assert!(parts.gate.closures().is_empty());
    parts.clock.sleep(SignedDuration::from_hours(49)).await;
    assert!(safety.due_at().unwrap() <= parts.clock.now());
    safety.tick(&mut orders).await.unwrap();
    assert_eq!(parts.gate.closures()[0].cause, ClosureCause::NotArmed, "it did not end");

    arm(&parts, &terms(&parts, 2)).await.unwrap();
    assert!(disarm(&parts).await.unwrap());
    assert_eq!(parts.gate.closures()[0].sentence, NOT_ARMED);
    assert!(!disarm(&parts).await.unwrap(), "there was nothing left to disarm");
    let sandbox = arm(engine.parts(), &terms(&parts, 2)).await.unwrap_err().to_string();
    assert!(sandbox.contains("only live trading is armed"), "{sandbox}");
}

#[tokio::test]
async fn every_cause_closes_entries_and_none_of_them_closes_exits() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), None).await;
    for cause in ALL_CAUSES {
        let mut parts = engine.parts().clone();
        parts.gate = TradingGate::default();
        let sentence = format!("Closed by {}.", cause.as_str());
        parts.gate.close(cause, None, sentence.clone());
        let refused = run(&parts, "AAPL").await;
        assert_eq!(refused.outcome, Some(Outcome::Refused), "{cause:?}");
        assert!(refused.sentence.unwrap().contains(&sentence));
    }
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
    // The last minute before the run at which the sample sells (seed 1).
    let before = parse_instant("2012-07-25T15:59:00-04:00").unwrap();
    engine.advance_to(before, |_| {}).await.unwrap();
    // Without a session nothing can be asked for: the scheduler waits for one before it begins a run.
    for cause in ALL_CAUSES.into_iter().filter(|cause| *cause != ClosureCause::NoSession) {
        engine.parts().gate.close(cause, None, "Closed by a test.");
    }
    engine.halt("window", "a test").unwrap();
    let after = parse_instant("2012-07-25T16:30:00-04:00").unwrap();
    engine.advance_to(after, |_| {}).await.unwrap();
    let runs = engine.store().executions(None, 50).await.unwrap();
    let at = parse_instant("2012-07-25T16:00:00-04:00").unwrap();
    let sold = runs.iter().find(|e| e.as_of == at && e.strategy_id.as_str() == "sample").unwrap();
    assert_eq!(sold.outcome, Some(Outcome::Exiting), "{sold:?}");
}

/// An analyst that never answers. A fake, for this test only.
struct Hanging;

#[async_trait]
impl Analyst for Hanging {
    fn describe(&self) -> AnalystRecord {
        RuleAnalyst.describe()
    }

    async fn analyse(&self, _: &AnalysisRequest<'_>) -> Result<Analysis, AnalystError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn an_account_is_flattened_while_the_analyst_hangs() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), None).await;
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.advance_to(parse_instant("2012-06-19T11:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    engine.close().await.unwrap();
    drop(engine);

    let engine = open(directory.path(), Some(Arc::new(Hanging))).await;
    assert!(!engine.store().positions().await.unwrap().is_empty());
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let hanging = Arc::clone(&engine);
    let hanging = tokio::spawn(async move { hanging.finish_run(begun, |_| {}).await });
    tokio::task::yield_now().await;
    let report = engine.flatten("DU1000001", "window").await.unwrap();
    assert!(report.is_flat, "{report:?}");
    assert!(engine.store().positions().await.unwrap().is_empty());
    assert!(!hanging.is_finished(), "the run was to hang");
    hanging.abort();
}

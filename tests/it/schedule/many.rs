//! Strategies that are due in the same second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::Outcome;
use throughline::domain::{Leg, StrategyId};
use throughline::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, OrderRow, ScheduleChange, Store,
    StrategyVersionRow,
};

use super::world::strategy_text;

/// A data directory whose sandbox stands at `from`, with so many strategies of this text.
async fn crowd(from: &str, count: usize, text: &str) -> (TempDir, Arc<Engine>) {
    let directory = tempfile::tempdir().unwrap();
    let from = parse_instant(from).unwrap();
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(from),
        ..EngineOptions::default()
    };
    Engine::open(options.clone()).await.unwrap().close().await.unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let mut changes = Vec::new();
    for number in 0..count {
        let strategy_id = one_of(number);
        changes.push(Change::StrategyVersion(StrategyVersionRow {
            strategy_id: strategy_id.clone(),
            name: "one of a crowd".into(),
            version: 1,
            hash: "1".into(),
            toml: text.to_owned(),
            created_at: from,
        }));
        changes.push(Change::Schedule(ScheduleChange::Accounted {
            strategy_id: strategy_id.clone(),
            symbol: "AAPL".into(),
            until: from,
        }));
        changes.push(Change::StrategyActive { strategy_id, active: true });
    }
    store.commit(changes, Durability::Full).await.unwrap();
    store.close().await;
    let engine = Engine::open(options).await.unwrap();
    (directory, engine)
}

fn one_of(number: usize) -> StrategyId {
    StrategyId::new(format!("crowd-{number:03}")).unwrap()
}

/// Each ran once, at the close.
async fn all_ran_once(engine: &Engine, count: usize) -> Vec<ExecutionRow> {
    let planned_at = parse_instant("2012-06-15T16:00:00-04:00").unwrap();
    let mut executions = BTreeMap::new();
    for number in 0..count {
        let id = one_of(number);
        let claims = engine.store().schedule_claims(&id, 10).await.unwrap();
        assert_eq!(claims.len(), 1, "{id}: {claims:?}");
        assert_eq!(claims[0].planned_at, planned_at);
        assert_eq!(claims[0].cause, None, "{id}");
        let execution = claims[0].execution_id.clone().unwrap();
        let row = engine.store().execution(&execution).await.unwrap().unwrap();
        executions.insert(execution, row);
    }
    assert_eq!(executions.len(), count);
    executions.into_values().collect()
}

async fn has_decided(engine: &Engine, strategy: &StrategyId) -> bool {
    let runs = engine.store().executions(Some(strategy), 5).await.unwrap();
    runs.iter().any(|run| run.status != ExecutionStatus::Running)
}

const AT_THE_CLOSE: &str = "cron = \"0 16 * * MON-FRI\"";

#[tokio::test]
async fn two_hundred_strategies_due_in_the_same_second_all_run_once() {
    let text = strategy_text(AT_THE_CLOSE).replace("\"auto\"", "\"observe\"");
    let (_directory, engine) = crowd("2012-06-15T15:00:00-04:00", 200, &text).await;
    engine.advance_to(parse_instant("2012-06-15T20:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    for row in all_ran_once(&engine, 200).await {
        assert_eq!(row.status, ExecutionStatus::Completed, "{:?}", row.sentence);
    }
    engine.close().await.unwrap();
}

/// While the sandbox's clock runs along with the wall's, runs of the same second go side by side.
/// Each of these alone would buy; together they may hold two positions.
#[tokio::test]
async fn runs_side_by_side_do_not_pass_a_limit_together() {
    const COUNT: usize = 8;
    let text = strategy_text(AT_THE_CLOSE)
        .replace("maximum_open_positions = 10", "maximum_open_positions = 2")
        .replace("maximum_position_percent = \"20\"", "maximum_position_percent = \"5\"");
    let (_directory, engine) = crowd("2012-06-15T15:59:59-04:00", COUNT, &text).await;
    engine.set_running("running").unwrap();
    let drivers = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.run_until_closed().await }
    });
    let decided = async {
        for number in 0..COUNT {
            while !has_decided(&engine, &one_of(number)).await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), decided).await.expect("they all decide");
    engine.set_running("paused").unwrap();
    let rows = all_ran_once(&engine, COUNT).await;
    let orders = engine.store().orders().await.unwrap();
    // The strategies that come with the program run at the same second, by limits of their own.
    let ours = |order: &&OrderRow| rows.iter().any(|row| row.id == order.execution_id);
    let entries = orders.iter().filter(ours).filter(|order| order.leg == Leg::Entry).count();
    assert_eq!(entries, 2, "{:?}", rows.iter().map(|row| &row.sentence).collect::<Vec<_>>());
    let refused = rows.iter().filter(|row| row.outcome == Some(Outcome::Refused)).count();
    assert_eq!(refused, COUNT - 2);
    drivers.abort();
    engine.close().await.unwrap();
}

//! 200 strategies that are due in the same second.

use std::collections::BTreeSet;

use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::StrategyId;
use throughline::store::{
    Change, Durability, ExecutionStatus, ScheduleChange, Store, StrategyVersionRow,
};

use super::world::strategy_text;

const STRATEGIES: usize = 200;

#[tokio::test]
async fn two_hundred_strategies_due_in_the_same_second_all_run_once() {
    let directory = tempfile::tempdir().unwrap();
    let from = parse_instant("2012-06-15T15:00:00-04:00").unwrap();
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(from),
        ..EngineOptions::default()
    };
    Engine::open(options.clone()).await.unwrap().close().await.unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let text = strategy_text("cron = \"0 16 * * MON-FRI\"").replace("\"auto\"", "\"observe\"");
    let mut changes = Vec::new();
    for number in 0..STRATEGIES {
        let strategy_id = StrategyId::new(format!("crowd-{number:03}")).unwrap();
        changes.push(Change::StrategyVersion(StrategyVersionRow {
            strategy_id: strategy_id.clone(),
            name: "one of a crowd".into(),
            version: 1,
            hash: "1".into(),
            toml: text.clone(),
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
    engine.advance_to(parse_instant("2012-06-15T20:00:00-04:00").unwrap(), |_| {}).await.unwrap();

    let planned_at = parse_instant("2012-06-15T16:00:00-04:00").unwrap();
    let mut executions = BTreeSet::new();
    for number in 0..STRATEGIES {
        let id = StrategyId::new(format!("crowd-{number:03}")).unwrap();
        let claims = engine.store().schedule_claims(&id, 10).await.unwrap();
        assert_eq!(claims.len(), 1, "{id}: {claims:?}");
        assert_eq!(claims[0].planned_at, planned_at);
        assert_eq!(claims[0].cause, None, "{id}");
        let execution = claims[0].execution_id.clone().unwrap();
        let row = engine.store().execution(&execution).await.unwrap().unwrap();
        assert_eq!(row.status, ExecutionStatus::Completed, "{:?}", row.sentence);
        assert!(executions.insert(execution));
    }
    assert_eq!(executions.len(), STRATEGIES);
    engine.close().await.unwrap();
}

//! 200 strategies that are due in the same second, and how late each of them began.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use throughline::app::parse_instant;
use throughline::domain::StrategyId;
use throughline::store::{
    Change, Durability, ExecutionFilter, ExecutionStatus, ScheduleChange, Store, StrategyVersionRow,
};
use throughline::strategy::samples;

pub(crate) const STRATEGIES: usize = 200;

/// Puts them into a data directory whose sandbox stands at `from`.
pub(crate) async fn add_strategies(directory: &Path, from: Timestamp) {
    let store = Store::open(directory).await.unwrap();
    let text = samples::all()[0].toml.replace("\"auto\"", "\"observe\"");
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
}

/// How many of them have come to their end.
pub(crate) async fn ended(store: &Store) -> u64 {
    let ended = ExecutionFilter {
        status: Some(ExecutionStatus::Completed),
        text: Some("crowd-".to_owned()),
        ..ExecutionFilter::default()
    };
    store.execution_count(&ended).await.unwrap()
}

/// Begin and end of the work of each run, first begun first, in wall time.
pub(crate) async fn spans(store: &Store) -> Vec<(Timestamp, Timestamp)> {
    let planned_at = parse_instant("2012-06-15T16:00:00-04:00").unwrap();
    let mut spans = Vec::new();
    for number in 0..STRATEGIES {
        let id = StrategyId::new(format!("crowd-{number:03}")).unwrap();
        let runs = store.executions(Some(&id), 5).await.unwrap();
        assert_eq!(runs.len(), 1, "{id} ran {} times", runs.len());
        assert_eq!(runs[0].as_of, planned_at);
        assert_eq!(runs[0].status, ExecutionStatus::Completed, "{:?}", runs[0].sentence);
        let lineage = store.lineage_of(&runs[0].id).await.unwrap();
        let (first, last) = (&lineage[0].row, &lineage[lineage.len() - 1].row);
        spans
            .push((first.recorded_at - Duration::from_micros(first.duration_us), last.recorded_at));
    }
    spans.sort_unstable();
    spans
}

/// Prints how late they began and ended.
pub(crate) fn tell(spans: &[(Timestamp, Timestamp)]) {
    let first = spans[0].0;
    let late = |index: usize| Duration::try_from(spans[index].0 - first).unwrap();
    let ended = spans.iter().map(|(_, end)| *end).max().unwrap();
    let at_once =
        |at: Timestamp| spans.iter().filter(|(begin, end)| *begin <= at && at < *end).count();
    println!(
        "    begun after the first: median {:?}, 99 of 100 within {:?}, the last after {:?}; all \
         ended after {:?}; at most {} at once",
        late(STRATEGIES / 2),
        late(STRATEGIES * 99 / 100),
        late(STRATEGIES - 1),
        Duration::try_from(ended - first).unwrap(),
        spans.iter().map(|(begin, _)| at_once(*begin)).max().unwrap()
    );
}

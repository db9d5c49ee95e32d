//! 200 strategies due in the same second on the sandbox: how late each begins; and what planning
//! costs by itself.
//!
//! The runs are whole runs, so they are timed as such: a table instead of a fitted mean. Wall time is
//! what the records of the executions say.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::calendar::Exchange;
use throughline::domain::StrategyId;
use throughline::schedule::{Rule, Schedule};
use throughline::store::{
    Change, Durability, ExecutionStatus, ScheduleChange, Store, StrategyVersionRow,
};
use throughline::strategy::samples;
use tokio::runtime::Runtime;

const STRATEGIES: usize = 200;
const PREVIEWS: u32 = 2_000;

fn main() {
    planning();
    Runtime::new().unwrap().block_on(crowd());
}

/// The next twenty planned times with their verdicts, as the page asks for them at every keystroke.
fn planning() {
    for exchange in [Exchange::Nyse, Exchange::Hkex] {
        let rule = Rule::parse("*/15 9-15 * * MON-FRI").unwrap();
        let schedule = Schedule::new(rule, exchange, None).unwrap();
        let from: Timestamp = "2026-03-06T00:00:00Z".parse().unwrap();
        let started = Instant::now();
        for _ in 0..PREVIEWS {
            assert_eq!(schedule.preview(from, 20).unwrap().runs.len(), 20);
        }
        let each = started.elapsed() / PREVIEWS;
        println!("a preview of 20 planned times on {exchange}: {each:?}");
    }
}

async fn add_strategies(directory: &Path, from: Timestamp) {
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

async fn crowd() {
    let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let directory = tempfile::tempdir_in(parent).unwrap();
    let from = parse_instant("2012-06-15T15:00:00-04:00").unwrap();
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(from),
        ..EngineOptions::default()
    };
    Engine::open(options.clone()).await.unwrap().close().await.unwrap();
    add_strategies(directory.path(), from).await;
    let engine = Engine::open(options).await.unwrap();
    let planned_at = parse_instant("2012-06-15T16:00:00-04:00").unwrap();
    let started = Instant::now();
    engine.advance_to(parse_instant("2012-06-15T20:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    let all = started.elapsed();
    let mut begun = Vec::new();
    for number in 0..STRATEGIES {
        let id = StrategyId::new(format!("crowd-{number:03}")).unwrap();
        let runs = engine.store().executions(Some(&id), 5).await.unwrap();
        assert_eq!(runs.len(), 1, "{id} ran {} times", runs.len());
        assert_eq!(runs[0].as_of, planned_at);
        assert_eq!(runs[0].status, ExecutionStatus::Completed, "{:?}", runs[0].sentence);
        begun.push(runs[0].started_at);
    }
    begun.sort_unstable();
    let late = |index: usize| {
        Duration::try_from(begun[index].duration_since(begun[0])).unwrap_or_default()
    };
    println!("{STRATEGIES} strategies due in one second, all made in {all:?}");
    println!(
        "begun after the first: median {:?}, 99 of 100 within {:?}, the last after {:?}",
        late(STRATEGIES / 2),
        late(STRATEGIES * 99 / 100),
        late(STRATEGIES - 1)
    );
    engine.close().await.unwrap();
}

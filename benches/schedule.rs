//! 200 strategies due in the same second on the sandbox, while its clock is moved and while it runs
//! along with the wall's: how late each begins; and what planning costs by itself.
//!
//! The runs are whole runs, so they are timed as such: a table instead of a fitted mean. Wall time is
//! what the lineage of the executions says.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

mod crowd;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::calendar::Exchange;
use throughline::schedule::{Rule, Schedule};
use tokio::runtime::Runtime;

use crowd::{STRATEGIES, add_strategies, ended, spans, tell};

const PREVIEWS: u32 = 2_000;

fn main() {
    planning();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(moved());
    runtime.block_on(running());
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

/// A data directory with the crowd in it, on the sandbox at `from`.
async fn prepared(from: Timestamp) -> (tempfile::TempDir, Arc<Engine>) {
    let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let directory = tempfile::tempdir_in(parent).unwrap();
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(from),
        ..EngineOptions::default()
    };
    Engine::open(options.clone()).await.unwrap().close().await.unwrap();
    add_strategies(directory.path(), from).await;
    (directory, Engine::open(options).await.unwrap())
}

async fn moved() {
    let (_directory, engine) = prepared(parse_instant("2012-06-15T15:00:00-04:00").unwrap()).await;
    let started = Instant::now();
    engine.advance_to(parse_instant("2012-06-15T20:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    println!("{STRATEGIES} strategies due in one second, the clock moved: {:?}", started.elapsed());
    tell(&spans(engine.store()).await);
    engine.close().await.unwrap();
}

async fn running() {
    let from = parse_instant("2012-06-15T15:59:58-04:00").unwrap();
    let (_directory, engine) = prepared(from).await;
    engine.set_running("running").unwrap();
    let drivers = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.run_until_closed().await }
    });
    while ended(engine.store()).await < STRATEGIES as u64 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{STRATEGIES} strategies due in one second, the clock running along with the wall's:");
    tell(&spans(engine.store()).await);
    drivers.abort();
    engine.close().await.unwrap();
}

//! One trading week under a plan of faults drawn from a seed, on the simulated clock, again and
//! again. `THROUGHLINE_FAULT_RUNS` says how many, `THROUGHLINE_FAULT_SEED` where to begin; the
//! results of long runs are in `docs/reliability.md`.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use throughline::app::{Engine, EngineOptions};
use throughline::calendar::Calendar;
use throughline::domain::OrderStatus;
use throughline::sandbox::FaultPlan;

use crate::runs::audit::{Audit, instant};

/// Runs in the ordinary test command.
const RUNS: u64 = 12;

/// Weeks begin here, so that every sample strategy but the youngest symbol's has its weekly bars.
const FIRST_WEEK: &str = "2004-01-02T16:00:00-05:00";

/// How many weeks there are to choose from.
const WEEKS: i64 = 440;

/// What one week came to.
#[derive(Debug, Default, Clone)]
struct Week {
    faults: usize,
    executions: usize,
    orders: usize,
    fills: usize,
    unknown: usize,
    external: usize,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weeks_under_faults_double_no_order_and_lose_no_fill() {
    let first = number("THROUGHLINE_FAULT_SEED", 1);
    let runs = number("THROUGHLINE_FAULT_RUNS", RUNS);
    let next = Arc::new(AtomicU64::new(first));
    let mut workers = Vec::new();
    for _ in 0..2 {
        let next = Arc::clone(&next);
        let runtime = tokio::runtime::Handle::current();
        workers.push(tokio::task::spawn_blocking(move || {
            runtime.block_on(async move {
                let mut weeks = Vec::new();
                let mut failed = BTreeMap::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + runs {
                        return (weeks, failed);
                    }
                    match AssertUnwindSafe(week(seed)).catch_unwind().await {
                        Ok(week) => weeks.push(week),
                        Err(cause) => {
                            let text = cause
                                .downcast_ref::<String>()
                                .cloned()
                                .or_else(|| {
                                    cause.downcast_ref::<&str>().map(|&text| text.to_owned())
                                })
                                .unwrap_or_default();
                            failed.insert(seed, text);
                        }
                    }
                }
            })
        }));
    }
    let mut weeks: Vec<Week> = Vec::new();
    let mut failed = BTreeMap::new();
    for worker in workers {
        let (done, broken) = worker.await.unwrap();
        weeks.extend(done);
        failed.extend(broken);
    }
    let sum = |of: fn(&Week) -> usize| weeks.iter().map(of).sum::<usize>();
    println!(
        "{} weeks held, {} failed; seeds {first} to {}; {} faults, {} executions, {} orders, {} \
         fills, {} orders once unknown, {} placed elsewhere",
        weeks.len(),
        failed.len(),
        first + runs - 1,
        sum(|week| week.faults),
        sum(|week| week.executions),
        sum(|week| week.orders),
        sum(|week| week.fills),
        sum(|week| week.unknown),
        sum(|week| week.external),
    );
    for (seed, cause) in &failed {
        println!("seed {seed}: {cause}");
    }
    assert!(failed.is_empty(), "seeds that failed: {:?}", failed.keys().collect::<Vec<_>>());
    assert!(sum(|week| week.fills) > 0, "no order filled, so that nothing was shown");
}

/// Friday's close to the next Friday's close under faults, then a quiet day in which everything
/// must come to rest.
async fn week(seed: u64) -> Week {
    let directory = tempfile::tempdir().unwrap();
    let begin = first_friday(seed);
    let end = begin + SignedDuration::from_hours(7 * 24);
    let engine = Engine::open(EngineOptions {
        data_dir: directory.path().to_path_buf(),
        seed: Some(seed),
        start_at: Some(begin - SignedDuration::from_mins(1)),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    let plan = FaultPlan::from_seed(seed, begin, end);
    let faults = plan.faults().len();
    let sandbox = Arc::clone(engine.sandbox().unwrap());
    sandbox.apply_plan(&plan);
    let mut at = begin;
    while at <= end {
        engine.advance_to(at + SignedDuration::from_mins(20), |_| {}).await.unwrap();
        // A person logs in again in the morning, as IBKR asks for once a day.
        sandbox.log_in();
        at += SignedDuration::from_hours(24);
    }
    let too_many = sandbox.requests_beyond_limits();
    sandbox.all_faults_off();
    let quiet = next_close(end);
    engine.advance_to(quiet + SignedDuration::from_mins(20), |_| {}).await.unwrap();
    engine.close().await.unwrap();
    drop(engine);
    let audit = Audit::of(directory.path()).await;
    audit.check().await;
    assert_eq!(too_many, 0, "the limiter let {too_many} requests through that IBKR refuses");
    let mut unknown = 0;
    for order in &audit.orders {
        let events = audit
            .reader
            .store
            .order_events(std::slice::from_ref(&order.client_order_id))
            .await
            .unwrap();
        unknown += usize::from(events.iter().any(|event| event.status == OrderStatus::Unknown));
    }
    Week {
        faults,
        executions: audit.executions.len(),
        orders: audit.orders.len(),
        fills: audit.fills.len(),
        unknown,
        external: audit
            .orders
            .iter()
            .filter(|order| order.leg == throughline::domain::Leg::External)
            .count(),
    }
}

fn first_friday(seed: u64) -> Timestamp {
    let digest = blake3::hash(&seed.to_le_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.as_bytes()[..8]);
    let week = i64::try_from(u64::from_le_bytes(bytes) % 440).unwrap().min(WEEKS - 1);
    let day = instant(FIRST_WEEK) + SignedDuration::from_hours(7 * 24 * week);
    // The close itself, whatever the clocks' season and the holidays are.
    next_close(day - SignedDuration::from_hours(20))
}

fn next_close(after: Timestamp) -> Timestamp {
    Calendar::nyse().next_session_after(after).unwrap().close
}

//! One trading week under a plan of faults drawn from a seed, on the simulated clock, again and
//! again. `THROUGHLINE_FAULT_RUNS` says how many, `THROUGHLINE_FAULT_SEED` where to begin; the
//! results of long runs are in `docs/reliability.md`.
//!
//! Strategies run at the closes, as planned, and by hand inside the sessions: half of these just
//! after a fault has begun, so that it meets an order on its way.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use throughline::app::{Engine, EngineOptions};
use throughline::broker::{Region, next_reset};
use throughline::calendar::Calendar;
use throughline::domain::records::Trigger;
use throughline::domain::{Leg, OrderStatus};
use throughline::sandbox::FaultPlan;

use crate::runs::audit::{Audit, instant, sent};
use crate::runs::draws::{Draws, number};

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
    /// Of these, begun by hand at a time drawn from the seed.
    by_hand: usize,
    orders: usize,
    /// Requests that the exchange accepted while it was open.
    sent_in_sessions: usize,
    cancelled: usize,
    fills: usize,
    unknown: usize,
    external: usize,
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
        "{} weeks held, {} failed; seeds {first} to {}; {} faults, {} executions ({} by hand), {} \
         orders ({} requests inside sessions, {} cancellations), {} fills, {} orders once unknown, {} placed \
         elsewhere",
        weeks.len(),
        failed.len(),
        first + runs - 1,
        sum(|week| week.faults),
        sum(|week| week.executions),
        sum(|week| week.by_hand),
        sum(|week| week.orders),
        sum(|week| week.sent_in_sessions),
        sum(|week| week.cancelled),
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

/// What a person does in the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// Logs in at the gateway, as IBKR asks for once a day.
    LogIn,
    /// Runs a strategy, by its place in the list.
    Run(usize),
    /// Cancels the working entry that comes first, if there is one.
    CancelEntry,
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
    let mut draws = Draws::of(seed);
    let strategies = strategies_of_the_week(&engine, &mut draws).await;
    let mut cancelled = 0;
    for (at, act) in acts(&plan, (begin, end), &strategies, &mut draws) {
        // A leap of the clock may have gone beyond it.
        engine.advance_to(at.max(engine.now()), |_| {}).await.unwrap();
        match act {
            Act::LogIn => sandbox.log_in(),
            Act::Run(place) => {
                let begun =
                    engine.begin_run(&strategies[place].id, None, None, None).await.unwrap();
                engine.finish_run(begun, |_| {}).await.unwrap();
            }
            Act::CancelEntry => {
                let working = engine.store().working_orders().await.unwrap();
                if let Some(entry) = working.iter().find(|order| order.leg == Leg::Entry) {
                    cancelled += 1;
                    // Whether the broker took it is in the records, which the audit reads.
                    let _ = engine.cancel_order(entry.client_order_id.as_str()).await;
                }
            }
        }
    }
    let too_many = sandbox.requests_beyond_limits();
    sandbox.all_faults_off();
    sandbox.log_in();
    let quiet = next_close(end.max(engine.now()));
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
        by_hand: audit.executions.iter().filter(|e| e.trigger == Trigger::Manual).count(),
        orders: audit.orders.len(),
        sent_in_sessions: sent(directory.path()).iter().filter(|it| is_open(it.at)).count(),
        cancelled,
        fills: audit.fills.len(),
        unknown,
        external: audit.orders.iter().filter(|order| order.leg == Leg::External).count(),
    }
}

/// A strategy in the week.
struct Strategy {
    id: String,
    /// Its schedule is off, so that it trades inside the sessions alone.
    is_by_hand: bool,
}

async fn strategies_of_the_week(engine: &Engine, draws: &mut Draws) -> Vec<Strategy> {
    // Else a run by hand would move time until its order has come to its end.
    engine.set_running("running").unwrap();
    let mut strategies = Vec::new();
    for row in engine.store().strategies().await.unwrap() {
        let id = row.version.strategy_id.to_string();
        let is_by_hand = draws.below(2) == 0;
        if is_by_hand {
            engine.set_strategy_active(&id, false).await.unwrap();
        }
        strategies.push(Strategy { id, is_by_hand });
    }
    strategies
}

/// Who does what and when, in order. Around each session a login; inside it each strategy by hand,
/// now and then another one and a cancellation; in some weeks a run in the window in which logins
/// are reset.
fn acts(
    plan: &FaultPlan,
    (begin, end): (Timestamp, Timestamp),
    strategies: &[Strategy],
    draws: &mut Draws,
) -> Vec<(Timestamp, Act)> {
    let minutes = SignedDuration::from_mins;
    let mut acts = vec![(begin + minutes(20), Act::LogIn)];
    let calendar = Calendar::nyse();
    let mut after = begin;
    while let Some(session) = calendar.next_session_after(after).filter(|it| it.close <= end) {
        after = session.close;
        acts.push((session.open - minutes(60), Act::LogIn));
        acts.push((session.close + minutes(20), Act::LogIn));
        let inside = |at: Timestamp| session.open <= at && at < session.close;
        let beginnings: Vec<Timestamp> =
            plan.faults().iter().map(|it| it.window.from).filter(|at| inside(*at)).collect();
        let time = |draws: &mut Draws| {
            if draws.below(2) == 0 && !beginnings.is_empty() {
                return *one_of(&beginnings, draws) + seconds(draws.below(60));
            }
            let length = session.close.duration_since(session.open).as_secs().unsigned_abs();
            session.open + seconds(draws.below(length))
        };
        for (place, strategy) in strategies.iter().enumerate() {
            if strategy.is_by_hand || draws.below(8) == 0 {
                acts.push((time(draws), Act::Run(place)));
            }
        }
        if draws.below(2) == 0 {
            acts.push((time(draws), Act::CancelEntry));
        }
        if draws.below(16) == 0 {
            let midnight = next_reset(session.close, Region::NorthAmerica);
            let place = usize::try_from(draws.below(strategies.len() as u64)).unwrap();
            acts.push((midnight - minutes(10) + seconds(draws.below(3_000)), Act::Run(place)));
        }
    }
    acts.push((end + minutes(20), Act::LogIn));
    acts.sort();
    acts
}

fn one_of<'a, T>(of: &'a [T], draws: &mut Draws) -> &'a T {
    &of[usize::try_from(draws.below(of.len() as u64)).unwrap()]
}

fn seconds(number: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(number).unwrap())
}

fn is_open(at: Timestamp) -> bool {
    let calendar = Calendar::nyse();
    let session = calendar.session_on(calendar.date_at(at));
    session.is_some_and(|session| session.open <= at && at < session.close)
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

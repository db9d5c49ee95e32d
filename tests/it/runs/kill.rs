//! SIGKILL at any point, and on again: no order twice, no recorded step lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use throughline::clock::{Stopwatch, SystemClock};
use throughline::domain::OrderStatus;
use throughline::domain::records::{Outcome, StepName};
use throughline::store::{ExecutionRow, Store, StoreError, StoredPayload};

use super::audit::{Audit, all_steps, placed_orders};
use super::terminal::{Terminal, assert_refused};

/// Kills in all. The condition of the issue is fifty.
const KILLS: u32 = 60;

/// After this long no further data directory is begun.
const LONGEST_MICROS: u64 = 150_000_000;

const BEGIN: &str = "2012-06-15T16:00:00-04:00";
/// Half an hour after a close, since speaking with the gateway moves the clock some seconds past it,
/// and the same command must not ask for the past after a kill there.
const ADVANCE: &str = "sandbox advance --to 2012-07-31T16:30:00-04:00";

/// Draws numbers from a seed: the hash of the seed and a count.
struct Draws {
    seed: u64,
    count: u64,
}

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.count += 1;
        let digest = blake3::hash(format!("{} {}", self.seed, self.count).as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest.as_bytes()[..8]);
        u64::from_le_bytes(bytes) % bound
    }

    fn pause(&mut self, bound_micros: u64) -> Duration {
        Duration::from_micros(self.below(bound_micros))
    }
}

/// What a kill aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Aim {
    /// Opening, replaying the exchange, taking up what was interrupted.
    Start,
    /// Anywhere in the work.
    Anywhere,
    /// An order that is written down and perhaps not sent.
    Intent,
    /// An order that the exchange has just taken.
    Placement,
}

/// A seed of this run's kills; `THROUGHLINE_KILL_SEED` repeats an earlier one.
fn seed() -> u64 {
    std::env::var("THROUGHLINE_KILL_SEED").map_or(20_120_615, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_sixty_times_nothing_is_sent_twice_and_nothing_recorded_is_lost() {
    let mut draws = Draws { seed: seed(), count: 0 };
    println!("seed of the kills: {}", draws.seed);
    let watch = Stopwatch::start(&SystemClock);
    let mut hits: BTreeMap<Aim, u32> = BTreeMap::new();
    let mut exchange = 0;
    while hits.values().sum::<u32>() < KILLS {
        assert!(
            watch.elapsed_micros(&SystemClock) < LONGEST_MICROS,
            "too slow for {KILLS} kills: {hits:?}"
        );
        exchange += 1;
        one_directory(exchange, &mut draws, &mut hits).await;
    }
    println!("{exchange} data directories, kills by aim: {hits:?}");
    let orders = hits.get(&Aim::Intent).copied().unwrap_or(0)
        + hits.get(&Aim::Placement).copied().unwrap_or(0);
    assert!(orders >= 5, "too few kills met an order: {hits:?}");
}

/// Goes from the first opening to the end, killed again and again, and checks what is left.
async fn one_directory(seed: u32, draws: &mut Draws, hits: &mut BTreeMap<Aim, u32>) {
    let terminal = Terminal::new();
    let data_dir = terminal.data_dir();
    let mut recorded: BTreeMap<i64, (String, String, i64, String)> = BTreeMap::new();
    let advance = format!("--seed {seed} {ADVANCE}");
    loop {
        let left = KILLS.saturating_sub(hits.values().sum());
        let aim = match draws.below(8) {
            0 | 1 => Aim::Start,
            2..=4 => Aim::Anywhere,
            5 | 6 => Aim::Intent,
            _ => Aim::Placement,
        };
        let mut child = terminal.start(&advance);
        if left > 0 {
            wait_for(aim, data_dir, draws, &mut child).await;
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if let Some(code) = output.status.code() {
            assert_eq!(code, 0, "the end was not reached: {said}");
            break;
        }
        assert!(!said.contains("ERROR") && !said.contains("panicked"), "{said}");
        *hits.entry(aim).or_default() += 1;
        nothing_recorded_is_lost(data_dir, &mut recorded).await;
    }
    nothing_recorded_is_lost(data_dir, &mut recorded).await;
    let audit = Audit::of(data_dir).await;
    audit.check().await;
    println!("exchange {seed}: {}", interruptions(&audit));
    each_session_was_run_and_valued(&audit).await;
    assert!(!placed_orders(data_dir).is_empty());
    // The clock never runs backwards, also not after all this.
    assert_refused(&terminal.run(["sandbox", "advance", "--to", BEGIN]), "never runs backwards");
}

/// How many orders the kills met between the intent and the answer, for whoever reads the output.
fn interruptions(audit: &Audit) -> String {
    let not_sent = |execution: &&ExecutionRow| execution.outcome == Some(Outcome::NotSent);
    let not_sent = audit.executions.iter().filter(not_sent).count();
    let steps = audit.steps.values().flatten();
    let reconciled = steps.filter(|step| {
        let StoredPayload::Inline(text) = &step.output else { return false };
        step.step_name == StepName::PlaceOrder.as_str() && text.contains("\"reconciled\":true")
    });
    format!(
        "{} executions, {not_sent} orders never sent, {} found at the broker",
        audit.executions.len(),
        reconciled.count()
    )
}

async fn wait_for(aim: Aim, data_dir: &Path, draws: &mut Draws, child: &mut std::process::Child) {
    match aim {
        Aim::Start => tokio::time::sleep(draws.pause(150_000)).await,
        Aim::Anywhere => tokio::time::sleep(draws.pause(1_200_000)).await,
        Aim::Intent => {
            let mut reader = None;
            while child.try_wait().unwrap().is_none() {
                if let Some(store) = &reader {
                    if has_intent(store).await {
                        break;
                    }
                } else {
                    reader = Store::open_read_only(data_dir).await.ok();
                }
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
            tokio::time::sleep(draws.pause(6_000)).await;
        }
        Aim::Placement => {
            let length = || {
                std::fs::metadata(data_dir.join("sandbox").join("journal.jsonl"))
                    .map_or(0, |found| found.len())
            };
            let before = length();
            while child.try_wait().unwrap().is_none() && length() <= before {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            tokio::time::sleep(draws.pause(10_000)).await;
        }
    }
}

async fn has_intent(store: &Store) -> bool {
    let working = store.working_orders().await.unwrap_or_default();
    working.iter().any(|order| order.status == OrderStatus::Intended)
}

/// Every row that was seen after an earlier kill is there with the same hash.
async fn nothing_recorded_is_lost(
    data_dir: &Path,
    recorded: &mut BTreeMap<i64, (String, String, i64, String)>,
) {
    let store = match Store::open_read_only(data_dir).await {
        Ok(store) => store,
        // Killed before there was anything.
        Err(StoreError::NoDatabase { .. }) if recorded.is_empty() => return,
        Err(error) => panic!("after a kill the database cannot be read: {error}"),
    };
    let mut now = BTreeMap::new();
    for step in all_steps(&store, 0).await {
        let key = (step.execution_id, step.step_name, step.attempt, step.hash);
        now.insert(step.sequence, key);
    }
    for (sequence, row) in recorded.iter() {
        assert_eq!(now.get(sequence), Some(row), "row {sequence} was lost or changed");
    }
    *recorded = now;
    store.close().await;
}

async fn each_session_was_run_and_valued(audit: &Audit) {
    let calendar = throughline::calendar::Calendar::nyse();
    let begin = super::audit::instant(BEGIN);
    let mut expected = Vec::new();
    let mut at = begin;
    while let Some(session) = calendar.next_session_after(at) {
        if session.close > audit.reader.now {
            break;
        }
        expected.push(session.date);
        at = session.close;
    }
    let snapshots = audit.reader.store.snapshots(None, None).await.unwrap();
    let valued: Vec<_> = snapshots.iter().map(|snapshot| snapshot.date).collect();
    assert_eq!(valued, expected, "a day's value was not written down");
    for date in expected {
        let runs = audit.executions.iter().filter(|e| calendar.date_at(e.as_of) == date).count();
        assert_eq!(runs, 5, "{date}");
    }
}

/// A kill at a close, after an order's change was written down and before the day's value was: the
/// window is too small to be met by chance, so that its traces are made.
#[tokio::test]
async fn the_value_of_a_day_whose_close_was_cut_off_is_made_up_for() {
    let terminal = Terminal::new();
    terminal.good("sandbox advance --to 2012-06-18T16:00:00-04:00");
    let path = terminal.data_dir().join("throughline.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let removed = sqlx::query("DELETE FROM portfolio_snapshot WHERE date = '2012-06-18'")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(removed.rows_affected(), 1);
    sqlx::Connection::close(connection).await.unwrap();
    terminal.good("sandbox advance --to 2012-06-19T16:00:00-04:00");
    each_session_was_run_and_valued(&Audit::of(terminal.data_dir()).await).await;
}

//! SIGKILL at any point, and on again: no order twice, no recorded step lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;

use throughline::clock::{Stopwatch, SystemClock};
use throughline::domain::OrderStatus;
use throughline::domain::records::{Outcome, StepName};
use throughline::sandbox::Sandbox;
use throughline::store::{ExecutionRow, Store, StoreError, StoredPayload};

use super::audit::{Audit, all_steps, sent};
use super::draws::{Draws, number};
use super::terminal::{Terminal, assert_refused, command, start};

/// Kills in all. The condition of the issue is fifty.
const KILLS: u32 = 60;

/// After this long for each kill no further data directory is begun. A second each is usual.
const LONGEST_MICROS_A_KILL: u64 = 10_000_000;

const BEGIN: &str = "2012-06-15T16:00:00-04:00";
/// Half an hour after a close, since speaking with the gateway moves the clock some seconds past it,
/// and the same command must not ask for the past after a kill there.
const ADVANCE: &str = "sandbox advance --to 2012-07-31T16:30:00-04:00";

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

/// Where the program works that is killed.
pub(super) struct Place {
    pub(super) data_dir: PathBuf,
    /// Where its exchange keeps the journal.
    pub(super) exchange_dir: PathBuf,
    /// What is said to the program before the command.
    pub(super) words: String,
}

/// Kills under one seed, over as many data directories as they take.
pub(super) struct Campaign {
    draws: Draws,
    kills: u32,
    hits: BTreeMap<Aim, u32>,
    watch: Stopwatch,
    orders: usize,
    fills: usize,
}

impl Campaign {
    /// `THROUGHLINE_KILL_SEED` repeats an earlier one.
    pub(super) fn of(kills: u32) -> Self {
        let draws = Draws::of(number("THROUGHLINE_KILL_SEED", 20_120_615));
        println!("seed of the kills: {}", draws.seed);
        let watch = Stopwatch::start(&SystemClock);
        Self { draws, kills, hits: BTreeMap::new(), watch, orders: 0, fills: 0 }
    }

    /// How many kills are still to come.
    pub(super) fn left(&self) -> u32 {
        let limit = u64::from(self.kills) * LONGEST_MICROS_A_KILL + 30_000_000;
        let elapsed = self.watch.elapsed_micros(&SystemClock);
        let left = self.kills.saturating_sub(self.hits.values().sum());
        assert!(left == 0 || elapsed < limit, "too slow for {} kills: {:?}", self.kills, self.hits);
        left
    }

    /// Goes from the first opening to the end, killed again and again, and checks what is left.
    pub(super) async fn one_directory(&mut self, place: &Place) {
        let data_dir = place.data_dir.as_path();
        let mut recorded: BTreeMap<i64, (String, String, i64, String)> = BTreeMap::new();
        let advance = format!("{} {ADVANCE}", place.words);
        loop {
            let aim = match self.draws.below(8) {
                0 | 1 => Aim::Start,
                2..=4 => Aim::Anywhere,
                5 | 6 => Aim::Intent,
                _ => Aim::Placement,
            };
            let mut child = start(data_dir, &advance);
            if self.left() > 0 {
                wait_for(aim, place, &mut self.draws, &mut child).await;
                child.kill().unwrap();
            }
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            if let Some(code) = output.status.code() {
                assert_eq!(code, 0, "the end was not reached: {said}");
                break;
            }
            assert!(!said.contains("ERROR") && !said.contains("panicked"), "{said}");
            *self.hits.entry(aim).or_default() += 1;
            nothing_recorded_is_lost(data_dir, &mut recorded).await;
        }
        nothing_recorded_is_lost(data_dir, &mut recorded).await;
        let audit = Audit::with_exchange_in(data_dir, &place.exchange_dir).await;
        audit.check().await;
        println!("{}: {}", place.words, interruptions(&audit));
        each_session_was_run_and_valued(&audit).await;
        assert!(!sent(&place.exchange_dir).is_empty());
        self.orders += audit.orders.len();
        self.fills += audit.fills.len();
        // The clock never runs backwards, also not after all this.
        let back = format!("{} sandbox advance --to {BEGIN}", place.words);
        let refused = command(data_dir).args(back.split_whitespace()).output().unwrap();
        assert_refused(&refused, "never runs backwards");
    }

    /// What it came to, for whoever reads the output.
    pub(super) fn finish(self, directories: u32) {
        println!(
            "{directories} data directories, {} orders, {} fills, kills by aim: {:?}",
            self.orders, self.fills, self.hits
        );
        let of = |aim: Aim| self.hits.get(&aim).copied().unwrap_or(0);
        let met = of(Aim::Intent) + of(Aim::Placement);
        assert!(met * 12 >= self.kills, "too few kills met an order: {:?}", self.hits);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_sixty_times_nothing_is_sent_twice_and_nothing_recorded_is_lost() {
    let mut campaign = Campaign::of(KILLS);
    let mut exchange = 0;
    while campaign.left() > 0 {
        exchange += 1;
        let terminal = Terminal::new();
        let place = Place {
            data_dir: terminal.data_dir().to_owned(),
            exchange_dir: terminal.data_dir().to_owned(),
            words: format!("--seed {exchange}"),
        };
        campaign.one_directory(&place).await;
    }
    campaign.finish(exchange);
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

async fn wait_for(aim: Aim, place: &Place, draws: &mut Draws, child: &mut Child) {
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
                    reader = Store::open_read_only(&place.data_dir).await.ok();
                }
                tokio::task::yield_now().await;
            }
            // Between the intent and the answer lie one or two milliseconds, too short for a timer.
            spin(draws.below(1_500));
        }
        Aim::Placement => {
            let length = || {
                std::fs::metadata(Sandbox::journal_in(&place.exchange_dir))
                    .map_or(0, |found| found.len())
            };
            let before = length();
            while child.try_wait().unwrap().is_none() && length() <= before {
                tokio::task::yield_now().await;
            }
            spin(draws.below(1_500));
        }
    }
}

fn spin(micros: u64) {
    let watch = Stopwatch::start(&SystemClock);
    while watch.elapsed_micros(&SystemClock) < micros {
        std::hint::spin_loop();
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
        // Killed before there was anything, or while the database was made.
        Err(StoreError::NoDatabase { .. } | StoreError::Older { .. }) if recorded.is_empty() => {
            return;
        }
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

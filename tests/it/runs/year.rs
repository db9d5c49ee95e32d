//! The year 2012 of all five sample strategies, daily after the close, by the binary. One run,
//! looked at from several sides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use serde_json::Value;
use throughline::calendar::Calendar;
use throughline::clock::{Stopwatch, SystemClock};
use throughline::domain::Leg;
use throughline::domain::records::Trigger;
use tokio::sync::OnceCell;

use super::audit::Audit;
use super::terminal::Terminal;

struct Year {
    terminal: Terminal,
    summary: Value,
}

static YEAR: OnceCell<Year> = OnceCell::const_new();

/// The run, made by whichever test comes first.
async fn year() -> &'static Year {
    YEAR.get_or_init(async || {
        let terminal = Terminal::new();
        let watch = Stopwatch::start(&SystemClock);
        terminal.good("run sample --at 2011-12-30T16:00:00-05:00");
        let summary = terminal.json("sandbox advance --to 2012-12-31T16:00:00-05:00 --json");
        let seconds = watch.elapsed_micros(&SystemClock) / 1_000_000;
        println!("the year took {seconds} s: {summary}");
        Year { terminal, summary }
    })
    .await
}

#[tokio::test]
async fn the_year_reconciles_to_the_cent_and_every_fill_reaches_its_decision() {
    let audit = Audit::of(year().await.terminal.data_dir()).await;
    audit.check().await;
}

#[tokio::test]
async fn the_year_has_entries_stops_and_targets_that_filled() {
    let year = year().await;
    let audit = Audit::of(year.terminal.data_dir()).await;
    let mut filled: BTreeMap<Leg, usize> = BTreeMap::new();
    for order in audit.orders.iter().filter(|order| order.filled_quantity > 0.into()) {
        *filled.entry(order.leg).or_default() += 1;
    }
    println!("{} executions; orders filled by leg: {filled:?}", audit.executions.len());
    for leg in [Leg::Entry, Leg::Stop, Leg::Target] {
        assert!(filled.get(&leg).is_some_and(|count| *count > 0), "no {leg:?} filled: {filled:?}");
    }
    let symbols: BTreeSet<&str> = audit.fills.iter().map(|row| row.symbol.as_str()).collect();
    assert_eq!(symbols, BTreeSet::from(["AAPL", "FB", "GOOG", "IBM", "MSFT"]));
    let trades = audit.reader.store.trades().await.unwrap();
    let causes: BTreeSet<String> = trades
        .iter()
        .map(|trade| serde_json::to_value(trade.exit_cause).unwrap().as_str().unwrap().to_owned())
        .collect();
    assert_eq!(causes, BTreeSet::from(["signal", "stop", "target"].map(str::to_owned)));
    // Some seconds past the close: that is how long the last runs spoke with the gateway.
    let now = year.summary["now"].as_str().unwrap();
    assert!(now.starts_with("2012-12-31T21:00:"), "{now}");
}

#[tokio::test]
async fn each_session_has_five_runs_and_a_value_and_each_holiday_a_claim_with_its_cause() {
    let audit = Audit::of(year().await.terminal.data_dir()).await;
    let calendar = Calendar::nyse();
    let scheduled: Vec<_> =
        audit.executions.iter().filter(|e| e.trigger == Trigger::Schedule).collect();
    let snapshots = audit.reader.store.snapshots(None, None).await.unwrap();
    let valued: BTreeSet<_> = snapshots.iter().map(|snapshot| snapshot.date).collect();
    let mut closed: BTreeMap<String, String> = BTreeMap::new();
    for id in ["sample", "sample-fb", "sample-goog", "sample-ibm", "sample-msft"] {
        let id = throughline::domain::StrategyId::new(id).unwrap();
        for claim in audit.reader.store.schedule_claims(&id, 1_000).await.unwrap() {
            let date = calendar.date_at(claim.planned_at);
            assert_eq!(claim.execution_id.is_none(), claim.cause.is_some(), "{date}");
            assert_eq!(claim.cause.is_none(), calendar.session_on(date).is_some(), "{date}");
            if let Some(cause) = claim.cause {
                closed.insert(date.to_string(), cause);
            }
        }
    }
    let mut day = date(2012, 1, 1);
    let mut sessions = 0;
    while day.year() == 2012 {
        let runs = scheduled.iter().filter(|e| calendar.date_at(e.as_of) == day).count();
        let has_session = calendar.session_on(day).is_some();
        assert_eq!(runs, if has_session { 5 } else { 0 }, "{day}");
        assert_eq!(valued.contains(&day), has_session, "{day}: its value was not written down");
        sessions += usize::from(has_session);
        day = day.tomorrow().unwrap();
    }
    assert_eq!(sessions, 250, "2012 had 250 sessions");
    assert_eq!(scheduled.len(), 5 * sessions);
    // Weekdays without a session in 2012, the two days of the storm included.
    let expected = [
        "2012-01-02",
        "2012-01-16",
        "2012-02-20",
        "2012-04-06",
        "2012-05-28",
        "2012-07-04",
        "2012-09-03",
        "2012-10-29",
        "2012-10-30",
        "2012-11-22",
        "2012-12-25",
    ];
    assert_eq!(closed.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!(closed.values().all(|cause| cause.contains("closed")), "{closed:?}");
}

#[tokio::test]
async fn the_terminal_says_that_the_lineage_is_intact() {
    let terminal = &year().await.terminal;
    let verified = terminal.json("lineage verify --json");
    assert_eq!(verified["intact"], true, "{verified}");
    assert!(verified["rows"].as_u64().unwrap() > 12 * 1_250, "{verified}");
    let portfolio = terminal.json("portfolio --json");
    assert_eq!(portfolio["history"].as_array().unwrap().len(), 250);
}

#[tokio::test]
async fn c6_1_every_pure_step_of_the_year_gives_the_same_bytes_again() {
    let terminal = &year().await.terminal;
    let watch = Stopwatch::start(&SystemClock);
    let replayed = terminal.json("replay --all --json");
    let seconds = watch.elapsed_micros(&SystemClock) / 1_000_000;
    println!("the replay took {seconds} s: {}", replayed["steps"]);
    assert_eq!(replayed["differing"], 0, "{replayed}");
    assert!(replayed["executions"].as_u64().unwrap() >= 1_250, "{replayed}");
    let steps = replayed["steps"].as_object().unwrap();
    for verdict in ["differs", "not_replayable", "same_in_older_form"] {
        let with: Vec<_> = steps.iter().filter(|(_, counts)| !counts[verdict].is_null()).collect();
        assert!(with.is_empty(), "{verdict}: {with:?}");
    }
    // Every step that computes was computed again, the gate for entries and for exits among them; a
    // run before its symbol was listed has none of them.
    for step in
        ["calculate_indicators", "generate_charts", "llm_analysis", "parse_signal", "complete"]
    {
        assert!(steps[step]["same"].as_u64().unwrap() > 1_000, "{step}: {}", steps[step]);
    }
    assert!(steps["check_risk"]["same"].as_u64().unwrap() > 500, "{}", steps["check_risk"]);
}

//! Every planned run of twelve schedules on eight exchanges over ten years, against a table that
//! `tests/exchange_calendars/golden.py` makes without any of our code.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use throughline::calendar::Exchange;
use throughline::schedule::{Hours, Rule, Schedule, Verdict};

const GOLDEN: &str = include_str!("../../data/schedule/golden.csv");
const EDGES: &str = include_str!("../../data/schedule/edges.csv");

/// Name, rule, time zone, hours: as in `golden.py`.
const SCHEDULES: [(&str, &str, Option<&str>, Hours); 12] = [
    ("after_close", "0 18 * * MON-FRI", None, Hours::TradingDay),
    ("at_nine", "0 9 * * MON-FRI", None, Hours::TradingDay),
    ("hourly", "0 * * * *", None, Hours::Trading),
    ("afternoon", "45 14 * * *", None, Hours::TradingDay),
    ("in_the_gap", "30 2 * * *", None, Hours::TradingDay),
    ("in_the_fold", "30 1 * * *", None, Hours::TradingDay),
    ("half_hours_at_night", "*/30 1-3 * * *", None, Hours::TradingDay),
    ("from_new_york", "30 9 * * MON-FRI", Some("America/New_York"), Hours::Trading),
    ("from_sydney", "15 2 * * *", Some("Australia/Sydney"), Hours::TradingDay),
    ("days_or_weekdays", "30 15 10 1,15 * FRI", None, Hours::TradingDay),
    ("before_close", "15 minutes before close", None, Hours::TradingDay),
    ("after_open", "30 minutes after open", None, Hours::TradingDay),
];

fn schedule(name: &str, exchange: Exchange) -> Schedule {
    let (_, rule, zone, hours) = SCHEDULES.into_iter().find(|row| row.0 == name).unwrap();
    let mut schedule = Schedule::new(Rule::parse(rule).unwrap(), exchange, zone).unwrap();
    schedule.hours = hours;
    schedule
}

/// The planned times of a schedule with their verdicts, in the words of the table.
fn lines(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let (mut at, to) = (from.parse::<Timestamp>().unwrap(), to.parse::<Timestamp>().unwrap());
    let mut lines = Vec::new();
    at -= jiff::SignedDuration::from_secs(1);
    loop {
        at = schedule.next_after(at).unwrap().unwrap();
        if at >= to {
            return lines;
        }
        lines.push(match schedule.verdict(at) {
            Verdict::Runs { .. } => format!("{at},run"),
            Verdict::FallsOut(falls_out) => format!("{at},{}", falls_out.cause()),
        });
    }
}

#[test]
fn h25_ten_years_of_twelve_schedules_on_eight_exchanges_agree_with_the_reference() {
    let mut expected: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in GOLDEN.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(3, ',').collect();
        expected.entry((cells[0], cells[1])).or_default().push(cells[2]);
    }
    assert_eq!(expected.len(), SCHEDULES.len() * Exchange::ALL.len());
    let (mut planned, mut differences) = (0, String::new());
    for ((name, exchange), years) in expected {
        assert_eq!(years.len(), 10, "{name} {exchange}");
        let schedule = schedule(name, exchange.parse().unwrap());
        let found = lines(&schedule, "2017-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        planned += found.len();
        let mut by_year: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in &found {
            by_year.entry(&line[..4]).or_default().push(line);
        }
        for expected in years {
            let lines = by_year.get(&expected[..4]).map_or(&[][..], Vec::as_slice);
            let runs = lines.iter().filter(|line| line.ends_with(",run")).count();
            let digest = Sha256::digest(lines.join("\n").as_bytes());
            let digest = digest.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            });
            let found = format!("{},{},{runs},{digest}", &expected[..4], lines.len());
            if found != expected {
                writeln!(differences, "{name} {exchange}: {found}, expected {expected}").unwrap();
            }
        }
    }
    assert_eq!(differences, "");
    assert!(planned > 800_000, "only {planned} planned times were compared");
}

#[test]
fn h25_the_days_on_which_clocks_change_or_trading_ends_early_agree_line_by_line() {
    let mut expected: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in EDGES.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(3, ',').collect();
        expected.entry((cells[0], cells[1])).or_default().push(cells[2]);
    }
    // Tokyo and Hong Kong never change their clocks, so that what comes many times a day has no such
    // day there; and Tokyo has no short day, so that what hangs on the session has none either.
    assert_eq!(expected.len(), SCHEDULES.len() * Exchange::ALL.len() - 6);
    for ((name, exchange), rows) in expected {
        let schedule = schedule(name, exchange.parse().unwrap());
        let found = lines(&schedule, "2023-12-31T00:00:00Z", "2025-01-02T00:00:00Z");
        let missing: Vec<&&str> =
            rows.iter().filter(|row| !found.iter().any(|line| line == *row)).collect();
        assert!(missing.is_empty(), "{name} {exchange} lacks {missing:?}");
    }
}

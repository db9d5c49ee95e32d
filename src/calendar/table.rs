//! The days on which an exchange departs from its ordinary week, as shipped. `exchanges.csv` is
//! written by `tests/exchange_calendars/table.py` from `exchange_calendars` 4.13.2.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::{Date, Time};

use super::{CalendarError, Exchange};

/// How a day departs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// No trading, and why.
    Closed(&'static str),
    /// From one time to another on the exchange's clock, without a break.
    Hours(Time, Time),
}

type Departures = BTreeMap<(Exchange, Date), Departure>;

/// How an exchange departs from its ordinary week on a day; nothing if it does not.
pub(super) fn departure(
    exchange: Exchange,
    date: Date,
) -> Result<Option<Departure>, CalendarError> {
    static TABLE: OnceLock<Result<Departures, CalendarError>> = OnceLock::new();
    let table = TABLE.get_or_init(|| read(include_str!("exchanges.csv")));
    match table {
        Ok(departures) => Ok(departures.get(&(exchange, date)).copied()),
        Err(error) => Err(error.clone()),
    }
}

fn read(text: &'static str) -> Result<Departures, CalendarError> {
    let rows = text.lines().enumerate().skip(1);
    rows.map(|(index, row)| read_row(row).ok_or(CalendarError::DamagedTable { row: index + 1 }))
        .collect()
}

fn read_row(row: &'static str) -> Option<((Exchange, Date), Departure)> {
    let mut cells = row.splitn(4, ',');
    let exchange: Exchange = cells.next()?.parse().ok()?;
    let date: Date = cells.next()?.parse().ok()?;
    let session = cells.next()?;
    let reason = cells.next()?;
    let departure = if session == "closed" {
        Departure::Closed(reason)
    } else {
        let (open, close) = session.split_once('-')?;
        Departure::Hours(clock(open)?, clock(close)?)
    };
    Some(((exchange, date), departure))
}

/// `HH:MM`.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_row_is_named_and_nothing_is_taken_for_a_trading_day() {
        let damaged = "exchange,date,session,reason\nLSE,2016-01-01,closed,New Year's Day\nLSE,x";
        assert_eq!(read(damaged), Err(CalendarError::DamagedTable { row: 3 }));
        let hours = "exchange,date,session,reason\nLSE,2016-12-23,08:00-1230,short day";
        assert_eq!(read(hours), Err(CalendarError::DamagedTable { row: 2 }));
    }

    #[test]
    fn the_shipped_table_reads_and_every_row_of_it_is_of_a_weekday_in_the_years() {
        let departures = read(include_str!("exchanges.csv")).unwrap();
        assert!(departures.len() > 800, "the table is cut short: {} rows", departures.len());
        for ((exchange, date), departure) in departures {
            assert!(exchange.years().contains(&date.year()), "{exchange} {date}");
            assert!(date.weekday().to_monday_one_offset() < 6, "{exchange} {date}");
            assert_ne!(departure, Departure::Closed(""), "{exchange} {date}");
        }
    }
}

//! Trading days and hours of exchanges.
//!
//! The holidays of the New York Stock Exchange follow from its Rule 7.2 and are computed, not
//! listed; only what no rule foresees (days of mourning, storms, the attacks of 2001) is a list.
//! The result agrees with `exchange_calendars` 4.13.2 for every day from 2000 to 2027;
//! the days on which that package departs from the ordinary week stand in `nyse_exceptions.csv`
//! and a test compares them.

mod rules;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The regular session of one trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingSession {
    /// The day in New York.
    pub date: Date,
    /// When regular trading starts: 09:30 in New York.
    pub open: Timestamp,
    /// When regular trading ends: 16:00 in New York, or 13:00 on a short day.
    pub close: Timestamp,
}

impl TradingSession {
    /// Whether `instant` lies in the session: the opening belongs to it, the close does not.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.open <= instant && instant < self.close
    }

    /// Length of the session in minutes: 390, or 210 on a short day.
    pub fn minutes(&self) -> i64 {
        (self.close.as_second() - self.open.as_second()) / 60
    }
}

/// The regular sessions of an exchange, for the years 2000 to 2030.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
}

/// The first and the last year that the rules are known for.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2030;

impl Calendar {
    /// The New York Stock Exchange. Nasdaq keeps the same days and hours.
    pub fn nyse() -> Self {
        Self { zone: jiff::tz::get!("America/New_York") }
    }

    /// The exchange's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The day that it is at the exchange at `instant`.
    pub fn date_at(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// The session of a day; nothing on weekends, holidays and outside [`YEARS`].
    pub fn session_on(&self, date: Date) -> Option<TradingSession> {
        if !YEARS.contains(&date.year()) || rules::closed_because(date).is_some() {
            return None;
        }
        let close_hour = if rules::closes_early(date) { 13 } else { 16 };
        Some(TradingSession {
            date,
            open: self.instant(date, Time::constant(9, 30, 0, 0))?,
            close: self.instant(date, Time::constant(close_hour, 0, 0, 0))?,
        })
    }

    /// The first session that opens after `instant`.
    pub fn next_session_after(&self, instant: Timestamp) -> Option<TradingSession> {
        let mut date = self.date_at(instant);
        loop {
            if date.year() > *YEARS.end() {
                return None;
            }
            if let Some(session) = self.session_on(date)
                && session.open > instant
            {
                return Some(session);
            }
            date = date.checked_add(1.day()).ok()?;
        }
    }

    /// The last session that had closed by `instant`, the close itself included.
    pub fn previous_session_before(&self, instant: Timestamp) -> Option<TradingSession> {
        let mut date = self.date_at(instant);
        loop {
            if date.year() < *YEARS.start() {
                return None;
            }
            if let Some(session) = self.session_on(date)
                && session.close <= instant
            {
                return Some(session);
            }
            date = date.checked_sub(1.day()).ok()?;
        }
    }

    /// Whether regular trading is on at `instant`.
    pub fn is_open(&self, instant: Timestamp) -> bool {
        self.session_on(self.date_at(instant)).is_some_and(|session| session.contains(instant))
    }

    /// Why there is no session on a day, for people; nothing on a trading day.
    pub fn holiday_reason(&self, date: Date) -> Option<&'static str> {
        rules::closed_because(date)
    }

    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        // Neither 09:30 nor 13:00 nor 16:00 is ever skipped or repeated by a change of clocks.
        self.zone.to_timestamp(date.to_datetime(time)).ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_day_from_2000_to_2027_agrees_with_the_reference() {
        let mut reference = BTreeMap::new();
        for line in include_str!("nyse_exceptions.csv").lines().skip(1) {
            let (day, kind) = line.split_once(',').unwrap();
            reference.insert(day.parse::<Date>().unwrap(), kind);
        }
        assert!(reference.len() > 300, "the reference is cut short: {} rows", reference.len());
        let calendar = Calendar::nyse();
        let mut day = date(2000, 1, 1);
        while day.year() <= 2027 {
            let expected = match (day.weekday().to_monday_one_offset(), reference.get(&day)) {
                (6 | 7, _) | (_, Some(&"closed")) => None,
                (_, Some(_)) => Some(210),
                (_, None) => Some(390),
            };
            let found = calendar.session_on(day).map(|session| session.minutes());
            assert_eq!(found, expected, "{day}: {:?}", calendar.holiday_reason(day));
            assert_eq!(calendar.holiday_reason(day).is_some(), expected.is_none(), "{day}");
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn hours_follow_the_change_of_clocks_in_new_york() {
        let calendar = Calendar::nyse();
        // Until 2006 summer time began in April, so these two days differ by an hour in UTC.
        for (day, open) in [
            (date(2006, 3, 31), "2006-03-31T14:30:00Z"),
            (date(2007, 3, 30), "2007-03-30T13:30:00Z"),
            (date(2012, 6, 15), "2012-06-15T13:30:00Z"),
        ] {
            assert_eq!(calendar.session_on(day).unwrap().open.to_string(), open);
        }
    }

    #[test]
    fn the_sessions_around_an_instant() {
        let calendar = Calendar::nyse();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let friday_close = at("2012-06-15T20:00:00Z");
        assert!(!calendar.is_open(friday_close), "the close does not belong to the session");
        assert!(calendar.is_open(at("2012-06-15T13:30:00Z")), "the opening does");
        let before = |instant| calendar.previous_session_before(instant).unwrap().date;
        let after = |instant| calendar.next_session_after(instant).unwrap().date;
        assert_eq!(before(friday_close), date(2012, 6, 15));
        assert_eq!(before(at("2012-06-15T19:59:59Z")), date(2012, 6, 14));
        assert_eq!(after(friday_close), date(2012, 6, 18));
        assert_eq!(after(at("2012-06-15T13:29:59Z")), date(2012, 6, 15));
        assert_eq!(after(at("2012-10-26T20:00:00Z")), date(2012, 10, 31), "hurricane Sandy");
        assert_eq!(calendar.next_session_after(at("2031-01-01T00:00:00Z")), None);
        assert_eq!(calendar.previous_session_before(at("1999-12-31T23:00:00Z")), None);
    }

    #[test]
    fn a_closed_day_has_a_reason() {
        let calendar = Calendar::nyse();
        for (day, reason) in [
            (date(2012, 4, 6), "Good Friday"),
            (date(2001, 9, 12), "the attacks of 11 September 2001"),
            (date(2012, 6, 16), "Saturday"),
            (date(2021, 7, 5), "Independence Day (observed)"),
        ] {
            assert_eq!(calendar.holiday_reason(day), Some(reason));
        }
        assert_eq!(calendar.holiday_reason(date(2021, 6, 18)), None, "Juneteenth began in 2022");
    }
}

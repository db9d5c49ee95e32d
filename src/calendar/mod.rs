//! Trading days and hours of exchanges.
//!
//! The holidays of the New York Stock Exchange follow from its Rule 7.2 and are computed, not
//! listed; only what no rule foresees (days of mourning, storms, the attacks of 2001) is a list.
//! The result agrees with `exchange_calendars` 4.13.2 for every day from 2000 to 2027;
//! the days on which that package departs from the ordinary week stand in `nyse_exceptions.csv`
//! and a test compares them. The other exchanges have a shipped table (`exchanges.csv`), made from
//! the same package. A day outside the years that are known is an error, never a trading day.

mod compare;
mod error;
mod exchange;
mod rules;
mod table;

use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

pub use compare::{BrokerDay, Disagreement, disagreements};
pub use error::CalendarError;
pub use exchange::Exchange;
use exchange::Hours;
use table::Departure;

/// The regular session of one trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradingSession {
    /// The day at the exchange.
    pub date: Date,
    /// When continuous trading starts, such as 09:30 in New York.
    pub open: Timestamp,
    /// When continuous trading ends, such as 16:00 in New York, or 13:00 on a short day.
    pub close: Timestamp,
    /// The break at noon, its end no longer belonging to it; nothing where trading goes on.
    pub lunch: Option<(Timestamp, Timestamp)>,
    /// It ends earlier than on other days.
    pub is_short: bool,
}

impl TradingSession {
    /// Whether `instant` lies in the session: the opening belongs to it, the close and the break at
    /// noon do not.
    pub fn contains(&self, instant: Timestamp) -> bool {
        let at_lunch = self.lunch.is_some_and(|(from, to)| from <= instant && instant < to);
        self.open <= instant && instant < self.close && !at_lunch
    }

    /// Minutes of trading: in New York 390, or 210 on a short day.
    pub fn minutes(&self) -> i64 {
        let minutes = |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()) / 60;
        let lunch = self.lunch.map_or(0, |(from, to)| minutes(from, to));
        minutes(self.open, self.close) - lunch
    }
}

/// A day at an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeDay {
    /// There is trading.
    Open(TradingSession),
    /// There is none, for a reason such as `Saturday` or `Good Friday`.
    Closed(&'static str),
}

/// The regular sessions of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    exchange: Exchange,
    zone: TimeZone,
    /// Days of which a broker told otherwise; few.
    told: Option<Arc<[BrokerDay]>>,
}

/// Why a day is closed that the shipped calendar has open.
const CLOSED_BY_BROKER: &str = "the broker's own schedule has no trading";

/// The first and the last year that the rules of New York are known for.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2030;

impl Calendar {
    /// The calendar of an exchange.
    pub fn of(exchange: Exchange) -> Self {
        Self { exchange, zone: exchange.zone(), told: None }
    }

    /// The same calendar where a broker's word on single days holds before ours.
    #[must_use]
    pub fn with_told(mut self, told: &[BrokerDay]) -> Self {
        let otherwise = disagreements(&self, told);
        if !otherwise.is_empty() {
            self.told = Some(otherwise.into_iter().map(|found| found.day).collect());
        }
        self
    }

    /// The New York Stock Exchange. Nasdaq keeps the same days and hours.
    pub fn nyse() -> Self {
        Self::of(Exchange::Nyse)
    }

    /// Whose calendar it is.
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// The exchange's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The day that it is at the exchange at `instant`.
    pub fn date_at(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// What a day is at the exchange.
    ///
    /// # Errors
    ///
    /// For a day outside [`Exchange::years`], and if the shipped table is damaged.
    pub fn day(&self, date: Date) -> Result<ExchangeDay, CalendarError> {
        let years = self.exchange.years();
        let (first, last) = (*years.start(), *years.end());
        let outside = || CalendarError::OutsideYears { exchange: self.exchange, date, first, last };
        if !years.contains(&date.year()) {
            return Err(outside());
        }
        if let Some(told) =
            self.told.iter().flat_map(|told| told.iter()).find(|day| day.date == date)
        {
            return Ok(self.by_the_broker(told));
        }
        if let Some(reason) = rules::weekend(date) {
            return Ok(ExchangeDay::Closed(reason));
        }
        let full = self.exchange.full_hours(date);
        let hours = match self.exchange {
            Exchange::Nyse | Exchange::Nasdaq => {
                if let Some(reason) = rules::closed_because(date) {
                    return Ok(ExchangeDay::Closed(reason));
                }
                let early = Time::constant(13, 0, 0, 0);
                if rules::closes_early(date) { Hours { close: early, ..full } } else { full }
            }
            Exchange::Lse
            | Exchange::Tse
            | Exchange::Tsx
            | Exchange::Hkex
            | Exchange::Xetra
            | Exchange::Euronext => match table::departure(self.exchange, date)? {
                None => full,
                Some(Departure::Hours(open, close)) => Hours { open, close, lunch: None },
                Some(Departure::Closed(reason)) => return Ok(ExchangeDay::Closed(reason)),
            },
        };
        let is_short = hours.close < full.close;
        let session = self.session(date, hours, is_short);
        session.map(ExchangeDay::Open).ok_or_else(outside)
    }

    fn by_the_broker(&self, told: &BrokerDay) -> ExchangeDay {
        let Some((open, close)) = told.hours else {
            return ExchangeDay::Closed(CLOSED_BY_BROKER);
        };
        let full = self.full_session(told.date);
        let lunch = full.and_then(|full| full.lunch);
        ExchangeDay::Open(TradingSession {
            date: told.date,
            open,
            close,
            lunch: lunch.filter(|(from, to)| open <= *from && *to <= close),
            is_short: full.is_some_and(|full| close < full.close),
        })
    }

    /// The hours that a trading day would have if it were a full one.
    pub fn full_session(&self, date: Date) -> Option<TradingSession> {
        self.session(date, self.exchange.full_hours(date), false)
    }

    /// The session of a day; nothing on weekends, holidays and outside [`Exchange::years`].
    pub fn session_on(&self, date: Date) -> Option<TradingSession> {
        match self.day(date) {
            Ok(ExchangeDay::Open(session)) => Some(session),
            Ok(ExchangeDay::Closed(_)) | Err(_) => None,
        }
    }

    fn session(&self, date: Date, hours: Hours, is_short: bool) -> Option<TradingSession> {
        // No exchange opens or closes at a time that a change of clocks skips or repeats.
        let instant = |time: Time| self.zone.to_timestamp(date.to_datetime(time)).ok();
        let lunch = match hours.lunch {
            Some((from, to)) => Some((instant(from)?, instant(to)?)),
            None => None,
        };
        let (open, close) = (instant(hours.open)?, instant(hours.close)?);
        Some(TradingSession { date, open, close, lunch, is_short })
    }

    /// The first session that opens after `instant`.
    pub fn next_session_after(&self, instant: Timestamp) -> Option<TradingSession> {
        let mut date = self.date_at(instant);
        loop {
            if date.year() > *self.exchange.years().end() {
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
            if date.year() < *self.exchange.years().start() {
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

    /// Why there is no session on a day, for people; nothing on a trading day and outside
    /// [`Exchange::years`].
    pub fn holiday_reason(&self, date: Date) -> Option<&'static str> {
        match self.day(date) {
            Ok(ExchangeDay::Closed(reason)) => Some(reason),
            Ok(ExchangeDay::Open(_)) | Err(_) => None,
        }
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

    #[test]
    fn h25_a_day_outside_the_years_is_an_error_and_no_trading_day() {
        for exchange in Exchange::ALL {
            let calendar = Calendar::of(exchange);
            let (first, last) = (*exchange.years().start(), *exchange.years().end());
            for year in [first - 1, last + 1] {
                let day = date(year, 6, 12);
                let error = calendar.day(day).unwrap_err();
                assert!(error.to_string().contains(exchange.as_str()), "{error}");
                assert!(error.to_string().contains(&format!("from {first} to {last}")), "{error}");
                assert_eq!(calendar.session_on(day), None);
            }
            let end = calendar.zone().to_timestamp(date(last, 12, 31).at(23, 0, 0, 0)).unwrap();
            assert_eq!(calendar.next_session_after(end), None);
        }
    }

    #[test]
    fn exchanges_have_their_own_hours_breaks_and_short_days() {
        let session = |exchange, day| Calendar::of(exchange).session_on(day).unwrap();
        let tokyo = session(Exchange::Tse, date(2025, 6, 12));
        assert_eq!((tokyo.minutes(), tokyo.is_short), (330, false));
        assert_eq!(session(Exchange::Tse, date(2024, 11, 1)).minutes(), 300);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(tokyo.contains(at("2025-06-12T11:29:59+09:00")));
        assert!(!tokyo.contains(at("2025-06-12T11:30:00+09:00")), "lunch");
        assert!(tokyo.contains(at("2025-06-12T12:30:00+09:00")));
        let eve = session(Exchange::Hkex, date(2024, 12, 24));
        assert_eq!((eve.minutes(), eve.is_short, eve.lunch), (150, true, None));
        let london = session(Exchange::Lse, date(2024, 12, 24));
        assert_eq!(london.close, at("2024-12-24T12:30:00Z"));
        let reason = |exchange, day| Calendar::of(exchange).holiday_reason(day);
        assert_eq!(reason(Exchange::Lse, date(2022, 9, 19)), Some("state funeral of Elizabeth II"));
        assert_eq!(reason(Exchange::Xetra, date(2024, 5, 1)), Some("Labour Day"));
        assert_eq!(reason(Exchange::Hkex, date(2024, 9, 6)), Some("typhoon Yagi"));
        assert_eq!(
            Calendar::of(Exchange::Nasdaq).holiday_reason(date(2025, 1, 9)),
            Some("day of mourning for Jimmy Carter")
        );
        assert_eq!("xetra".parse(), Ok(Exchange::Xetra));
        assert!("NYSE; DROP".parse::<Exchange>().is_err());
    }
}

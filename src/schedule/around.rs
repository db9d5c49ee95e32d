use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::ScheduleError;
use crate::calendar::{Calendar, CalendarError, Exchange, ExchangeDay};

/// Half a day: beyond that, a distance belongs to another session.
const MOST_MINUTES: u16 = 720;

/// Which end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEdge {
    /// The opening.
    Open,
    /// The close, the early one on a short day.
    Close,
}

/// So many minutes before or after the opening or the close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AroundSession {
    /// Minutes after the edge; before it, if negative.
    pub minutes: i16,
    /// Which end of the session.
    pub edge: SessionEdge,
}

impl AroundSession {
    /// Whether a text speaks of the opening or the close, which no cron expression does.
    pub(super) fn looks_like(text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        text.ends_with("open") || text.ends_with("close")
    }

    /// The first such time strictly after `instant`.
    pub(super) fn next_after(
        self,
        instant: Timestamp,
        calendar: &Calendar,
    ) -> Result<Timestamp, CalendarError> {
        // The session of the day before may have a time that lies on this day.
        let today = calendar.date_at(instant);
        let mut date = today.yesterday().unwrap_or(today);
        loop {
            if let ExchangeDay::Open(session) = calendar.day(date)? {
                let edge = match self.edge {
                    SessionEdge::Open => session.open,
                    SessionEdge::Close => session.close,
                };
                let at = edge.saturating_add(SignedDuration::from_mins(self.minutes.into()));
                if let Ok(at) = at
                    && at > instant
                {
                    return Ok(at);
                }
            }
            // The years of the calendar end this loop.
            date = date.saturating_add(1.day());
        }
    }

    pub(super) fn words(self, exchange: Exchange) -> String {
        let edge = match self.edge {
            SessionEdge::Open => "opening",
            SessionEdge::Close => "close",
        };
        let count = self.minutes.unsigned_abs();
        let minutes = if count == 1 { "1 minute".to_owned() } else { format!("{count} minutes") };
        match self.minutes {
            0 => format!("At the {edge} of each trading day at {exchange}"),
            ..0 => format!("{minutes} before the {edge} of each trading day at {exchange}"),
            _ => format!("{minutes} after the {edge} of each trading day at {exchange}"),
        }
    }
}

impl fmt::Display for AroundSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = match self.edge {
            SessionEdge::Open => "open",
            SessionEdge::Close => "close",
        };
        let unit = if self.minutes.unsigned_abs() == 1 { "minute" } else { "minutes" };
        match self.minutes {
            0 => write!(formatter, "at {edge}"),
            ..0 => write!(formatter, "{} {unit} before {edge}", self.minutes.unsigned_abs()),
            _ => write!(formatter, "{} {unit} after {edge}", self.minutes),
        }
    }
}

impl FromStr for AroundSession {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let read = || -> Option<Self> {
            let words: Vec<&str> = text.split_ascii_whitespace().take(5).collect();
            let edge = |word: &str| match word.to_ascii_lowercase().as_str() {
                "open" => Some(SessionEdge::Open),
                "close" => Some(SessionEdge::Close),
                _ => None,
            };
            match words.as_slice() {
                [at, end] if at.eq_ignore_ascii_case("at") => {
                    Some(Self { minutes: 0, edge: edge(end)? })
                }
                [count, unit, side, end] => {
                    let count: u16 = count.parse().ok().filter(|count| *count <= MOST_MINUTES)?;
                    let count = i16::try_from(count).ok()?;
                    let unit = unit.to_ascii_lowercase();
                    if unit != "minutes" && unit != "minute" {
                        return None;
                    }
                    let minutes = match side.to_ascii_lowercase().as_str() {
                        "before" => -count,
                        "after" => count,
                        _ => return None,
                    };
                    Some(Self { minutes, edge: edge(end)? })
                }
                _ => None,
            }
        };
        read().ok_or_else(|| ScheduleError::Around {
            text: text.chars().filter(|c| !c.is_control()).take(80).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_before_the_close_follow_the_short_day_and_skip_the_holiday() {
        let rule: AroundSession = "15 minutes before close".parse().unwrap();
        let calendar = Calendar::of(Exchange::Nyse);
        let mut at: Timestamp = "2025-11-26T00:00:00Z".parse().unwrap();
        let mut found = Vec::new();
        for _ in 0..3 {
            at = rule.next_after(at, &calendar).unwrap();
            found.push(at.to_string());
        }
        // Thanksgiving, and the day after it, which ends at 13:00 in New York.
        assert_eq!(found, ["2025-11-26T20:45:00Z", "2025-11-28T17:45:00Z", "2025-12-01T20:45:00Z"]);
    }

    #[test]
    fn a_distance_is_read_as_it_is_written() {
        for text in
            ["at open", "1 minute after open", "30 minutes after open", "720 minutes before close"]
        {
            let read: AroundSession = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "721 minutes before close",
            "-5 minutes after open",
            "5 hours after open",
            "open",
            "at noon close x",
        ] {
            let error = text.parse::<AroundSession>().unwrap_err();
            assert!(error.to_string().contains("15 minutes before close"), "{error}");
        }
        let words =
            "15 minutes before close".parse::<AroundSession>().unwrap().words(Exchange::Tse);
        assert_eq!(words, "15 minutes before the close of each trading day at TSE");
    }

    #[test]
    fn beyond_the_years_that_are_known_it_is_an_error() {
        let rule: AroundSession = "at close".parse().unwrap();
        let late: Timestamp = "2027-12-31T23:00:00Z".parse().unwrap();
        let error = rule.next_after(late, &Calendar::of(Exchange::Lse)).unwrap_err();
        assert!(error.to_string().contains("2028-01-01"), "{error}");
    }
}

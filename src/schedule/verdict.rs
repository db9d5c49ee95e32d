use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{NotRunCause, Schedule};
use crate::calendar::{CalendarError, Exchange, ExchangeDay, TradingSession};

/// Which times of a trading day are runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// Any time of it. On a short day, a time at which a full day would still be trading falls out
    /// once the exchange has closed.
    TradingDay,
    /// Only while the exchange trades: not before the opening, at lunch, or from the close on.
    Trading,
}

/// Whether a planned time is a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is one.
    Runs {
        /// The session of the day.
        session: TradingSession,
    },
    /// It is none.
    FallsOut(FallsOut),
}

/// Why a planned time is no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FallsOut {
    /// The exchange does not trade on that day.
    Closed {
        /// Which exchange.
        exchange: Exchange,
        /// The day there.
        date: jiff::civil::Date,
        /// Such as `Good Friday`.
        reason: &'static str,
    },
    /// The day is short and the exchange has closed.
    ClosedEarly {
        /// Which exchange.
        exchange: Exchange,
        /// When, on whose clock.
        closed_at: (Timestamp, TimeZone),
    },
    /// The exchange does not trade at that time.
    NotTrading {
        /// Which exchange.
        exchange: Exchange,
        /// `before the opening`, `at lunch` or `after the close`.
        when: &'static str,
    },
    /// Whether the exchange trades is not known.
    Unknown(CalendarError),
}

impl FallsOut {
    /// The cause in records.
    pub fn cause(&self) -> NotRunCause {
        match self {
            Self::Closed { .. } => NotRunCause::Holiday,
            Self::ClosedEarly { .. } | Self::NotTrading { .. } => NotRunCause::OutsideHours,
            Self::Unknown(_) => NotRunCause::UnknownDay,
        }
    }
}

impl fmt::Display for FallsOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { exchange, date, reason } => {
                write!(formatter, "{exchange} is closed on {date}: {reason}")
            }
            Self::ClosedEarly { exchange, closed_at: (at, zone) } => {
                let clock = at.to_zoned(zone.clone()).strftime("%H:%M").to_string();
                write!(formatter, "{exchange} closed early, at {clock}")
            }
            Self::NotTrading { exchange, when } => {
                write!(formatter, "{exchange} does not trade then: it is {when}")
            }
            Self::Unknown(error) => error.fmt(formatter),
        }
    }
}

impl Schedule {
    /// Whether a planned time is a run on the trading days of the exchange.
    pub fn verdict(&self, planned_at: Timestamp) -> Verdict {
        let (calendar, exchange) = (self.calendar(), self.exchange);
        let date = calendar.date_at(planned_at);
        let session = match calendar.day(date) {
            Err(error) => return Verdict::FallsOut(FallsOut::Unknown(error)),
            Ok(ExchangeDay::Closed(reason)) => {
                return Verdict::FallsOut(FallsOut::Closed { exchange, date, reason });
            }
            Ok(ExchangeDay::Open(session)) => session,
        };
        // A time that hangs on the session moves with it, and may lie outside it on purpose.
        if matches!(self.rule, super::Rule::Around(_)) || session.contains(planned_at) {
            return Verdict::Runs { session };
        }
        let would_trade =
            || calendar.full_session(date).is_some_and(|full| full.contains(planned_at));
        if session.is_short && planned_at >= session.close && would_trade() {
            let closed_at = (session.close, calendar.zone().clone());
            return Verdict::FallsOut(FallsOut::ClosedEarly { exchange, closed_at });
        }
        match self.hours {
            Hours::TradingDay => Verdict::Runs { session },
            Hours::Trading => {
                let when = if planned_at < session.open {
                    "before the opening"
                } else if planned_at >= session.close {
                    "after the close"
                } else {
                    "at lunch"
                };
                Verdict::FallsOut(FallsOut::NotTrading { exchange, when })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Rule;

    fn cause(cron: &str, exchange: Exchange, hours: Hours, at: &str) -> Option<String> {
        let mut schedule = Schedule::new(Rule::parse(cron).unwrap(), exchange, None).unwrap();
        schedule.hours = hours;
        match schedule.verdict(at.parse().unwrap()) {
            Verdict::Runs { .. } => None,
            Verdict::FallsOut(falls_out) => {
                Some(format!("{}: {falls_out}", falls_out.cause().as_str()))
            }
        }
    }

    #[test]
    fn h25_a_planned_time_without_trading_falls_out_with_its_cause() {
        let daily = "0 16 * * MON-FRI";
        let nyse = |at| cause(daily, Exchange::Nyse, Hours::TradingDay, at);
        assert_eq!(nyse("2025-11-26T16:00:00-05:00"), None);
        assert_eq!(
            nyse("2025-11-27T16:00:00-05:00").unwrap(),
            "holiday: NYSE is closed on 2025-11-27: Thanksgiving Day"
        );
        assert_eq!(nyse("2025-11-28T16:00:00-05:00"), None, "after the close of a full day too");
        assert_eq!(
            nyse("2025-11-28T15:30:00-05:00").unwrap(),
            "outside_hours: NYSE closed early, at 13:00"
        );
        assert!(
            nyse("2031-01-02T16:00:00-05:00").unwrap().starts_with("unknown_day: whether NYSE")
        );
        let tokyo = |at| cause("0 * * * *", Exchange::Tse, Hours::Trading, at);
        assert_eq!(tokyo("2025-06-12T11:00:00+09:00"), None);
        assert_eq!(
            tokyo("2025-06-12T12:00:00+09:00").unwrap(),
            "outside_hours: TSE does not trade then: it is at lunch"
        );
        assert!(tokyo("2025-06-12T08:00:00+09:00").unwrap().ends_with("before the opening"));
        assert!(tokyo("2025-06-12T16:00:00+09:00").unwrap().ends_with("after the close"));
    }
}

//! When a strategy runs, as pure arithmetic: from a rule, an exchange and a time zone to the planned
//! times, each with the verdict whether it is a run, and if not, why.
//!
//! A rule is a cron expression or a distance from the opening or the close. What happens to a time
//! that was missed, to a run that meets the one before it, and after failures, is told by
//! [`Policies`]. Nothing here reads a clock: the driver in `scheduler` does.

mod around;
mod cause;
mod cron;
mod error;
mod policy;
mod preview;
mod suspension;
mod verdict;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use around::{AroundSession, SessionEdge};
pub use cause::{NotRunCause, UnknownCause};
pub use cron::CronExpression;
pub use error::ScheduleError;
pub use policy::{MissedRun, Overlap, Policies, PolicyTexts};
pub use preview::{ClockMark, MOST_PREVIEWED, PlannedRun, Preview};
pub use suspension::{ClockJump, ClockWatch};
pub use verdict::{FallsOut, Hours, Verdict};

use crate::calendar::{BrokerDay, Calendar, CalendarError, Exchange};

/// What names the planned times.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// A cron expression on the clock of the schedule's zone.
    Cron(Box<CronExpression>),
    /// So many minutes before or after the opening or the close of each trading day.
    Around(AroundSession),
}

impl Rule {
    /// Whether a text speaks of the opening or the close, which no cron expression does.
    pub fn names_session(text: &str) -> bool {
        AroundSession::looks_like(text.trim())
    }

    /// Reads a cron expression, or words such as `15 minutes before close` or `at open`.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        if AroundSession::looks_like(text) {
            Ok(Self::Around(text.parse()?))
        } else {
            Ok(Self::Cron(Box::new(text.parse()?)))
        }
    }

    /// The rule as written.
    pub fn text(&self) -> String {
        match self {
            Self::Cron(cron) => cron.text().to_owned(),
            Self::Around(around) => around.to_string(),
        }
    }
}

/// When a strategy runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// What names the planned times.
    pub rule: Rule,
    /// Whose trading days count.
    pub exchange: Exchange,
    /// Which times of a trading day are runs.
    pub hours: Hours,
    /// What happens when a run cannot be made as planned.
    pub policies: Policies,
    zone_name: String,
    zone: TimeZone,
    /// The calendar where a broker told otherwise of single days.
    told: Option<Calendar>,
}

impl Schedule {
    /// A schedule on the trading days of an exchange, with the usual policies. Without a time zone,
    /// the expression is read on the exchange's clock.
    pub fn new(
        rule: Rule,
        exchange: Exchange,
        time_zone: Option<&str>,
    ) -> Result<Self, ScheduleError> {
        let zone_name = time_zone.unwrap_or(exchange.zone_name());
        let zone = TimeZone::get(zone_name).map_err(|_| ScheduleError::TimeZone {
            name: zone_name.chars().filter(|c| !c.is_control()).take(80).collect(),
        })?;
        let zone_name = zone_name.to_owned();
        let policies = Policies::default();
        Ok(Self { rule, exchange, hours: Hours::TradingDay, policies, zone_name, zone, told: None })
    }

    /// From now on, what a broker told of the days of its exchange holds before our own calendar.
    pub fn hear(&mut self, told: &[BrokerDay]) {
        self.told = Some(Calendar::of(self.exchange).with_told(told));
    }

    /// IANA name of the zone on whose clock a cron expression is read.
    pub fn time_zone(&self) -> &str {
        &self.zone_name
    }

    /// The zone on whose clock a cron expression is read.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The trading days that count.
    pub fn calendar(&self) -> Calendar {
        self.told.clone().unwrap_or_else(|| Calendar::of(self.exchange))
    }

    /// The first planned time strictly after `instant`, whether it is a run or falls out; nothing if
    /// there is none any more.
    ///
    /// # Errors
    ///
    /// If the rule hangs on trading days that are not known.
    pub fn next_after(&self, instant: Timestamp) -> Result<Option<Timestamp>, CalendarError> {
        match &self.rule {
            Rule::Cron(cron) => Ok(cron.next_after(instant, &self.zone)),
            Rule::Around(around) => around.next_after(instant, &self.calendar()).map(Some),
        }
    }

    /// The schedule in words.
    pub fn words(&self) -> String {
        match &self.rule {
            Rule::Cron(cron) => cron.words(),
            Rule::Around(around) => around.words(self.exchange),
        }
    }
}

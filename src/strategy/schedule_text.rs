use serde::Deserialize;

use super::StrategyError;
use crate::calendar::Exchange;
use crate::schedule::{Hours, Policies, PolicyTexts, Rule, Schedule, ScheduleError};

/// The table `[schedule]` as serde sees it, before any check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleText {
    cron: Option<String>,
    at: Option<String>,
    exchange: Option<String>,
    time_zone: Option<String>,
    hours: Option<String>,
    missed: Option<String>,
    grace_minutes: Option<u32>,
    overlap: Option<String>,
    retries: Option<u32>,
    pause_after_failures: Option<u32>,
}

impl ScheduleText {
    pub(super) fn read(&self) -> Result<Schedule, StrategyError> {
        let refused = |field, value: &str, error: &ScheduleError| {
            StrategyError::field(field, value, error.to_string())
        };
        let rule = match (&self.cron, &self.at) {
            (Some(cron), None) => cron
                .parse()
                .map(|cron| Rule::Cron(Box::new(cron)))
                .map_err(|error| refused("schedule.cron", cron, &error))?,
            (None, Some(at)) => {
                at.parse().map(Rule::Around).map_err(|error| refused("schedule.at", at, &error))?
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err(StrategyError::field(
                    "schedule",
                    "",
                    "write either cron, such as \"0 16 * * MON-FRI\", or at, such as \"15 minutes \
                     before close\"",
                ));
            }
        };
        let exchange = match &self.exchange {
            None => Exchange::Nyse,
            Some(name) => name.parse().map_err(|error: crate::calendar::CalendarError| {
                StrategyError::field("schedule.exchange", name, error.to_string())
            })?,
        };
        let zone = self.time_zone.as_deref();
        let mut schedule = Schedule::new(rule, exchange, zone)
            .map_err(|error| refused("schedule.time_zone", zone.unwrap_or_default(), &error))?;
        schedule.hours = match self.hours.as_deref() {
            None | Some("trading_day") => Hours::TradingDay,
            Some("trading") => Hours::Trading,
            Some(other) => {
                let rule =
                    "use \"trading_day\", or \"trading\" for runs while the exchange trades only";
                return Err(StrategyError::field("schedule.hours", other, rule));
            }
        };
        let texts = PolicyTexts {
            missed: self.missed.as_deref(),
            grace_minutes: self.grace_minutes,
            overlap: self.overlap.as_deref(),
            retries: self.retries,
            pause_after_failures: self.pause_after_failures,
        };
        schedule.policies = Policies::read(texts).map_err(|error| match error {
            ScheduleError::Policy { field, value, allowed } => {
                StrategyError::field(field, value, allowed)
            }
            other => refused("schedule", "", &other),
        })?;
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{MissedRun, Overlap};

    fn read(text: &str) -> Result<Schedule, StrategyError> {
        toml::from_str::<ScheduleText>(text).unwrap().read()
    }

    #[test]
    fn a_schedule_has_an_exchange_hours_and_policies() {
        let usual = read("cron = \"0 16 * * MON-FRI\"").unwrap();
        assert_eq!((usual.exchange, usual.time_zone()), (Exchange::Nyse, "America/New_York"));
        let tokyo = read(
            "at = \"30 minutes after open\"\nexchange = \"TSE\"\nhours = \"trading\"\n\
             missed = \"skip\"\noverlap = \"cancel_older\"\nretries = 1\npause_after_failures = 3",
        )
        .unwrap();
        assert_eq!((tokyo.exchange, tokyo.time_zone()), (Exchange::Tse, "Asia/Tokyo"));
        assert_eq!(tokyo.rule.text(), "30 minutes after open");
        assert_eq!(tokyo.hours, Hours::Trading);
        let policies = tokyo.policies;
        assert_eq!((policies.missed, policies.overlap), (MissedRun::Skip, Overlap::CancelOlder));
        assert_eq!((policies.retries, policies.pause_after_failures), (1, Some(3)));
    }

    #[test]
    fn a5_2_each_bad_field_of_a_schedule_is_named() {
        for (text, expected) in [
            ("cron = \"0 9 30 2 *\"", "schedule.cron is \"0 9 30 2 *\""),
            ("at = \"noon\"", "schedule.at is \"noon\""),
            ("time_zone = \"UTC\"", "write either cron"),
            ("cron = \"0 9 * * *\"\nat = \"at open\"", "write either cron"),
            ("at = \"at open\"\nexchange = \"MOEX\"", "schedule.exchange is \"MOEX\""),
            ("at = \"at open\"\nhours = \"night\"", "schedule.hours is \"night\""),
            (
                "at = \"at open\"\ntime_zone = \"Mars/Olympus\"",
                "schedule.time_zone is \"Mars/Olympus\"",
            ),
            ("at = \"at open\"\nretries = 99", "schedule.retries is \"99\""),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

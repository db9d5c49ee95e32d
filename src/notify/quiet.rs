//! Quiet hours, in the local time of the person.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SettingsFault;

/// The hours in which only what is critical is sent; the rest waits for their end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Local time of day at which they begin, such as `22:00`.
    pub from: String,
    /// Local time of day at which they end, on the next day if it is before the begin.
    pub until: String,
}

impl QuietHours {
    /// Whether they are two different times of day.
    pub fn check(&self) -> Result<(), SettingsFault> {
        let (from, until) = (time_of_day(&self.from)?, time_of_day(&self.until)?);
        if from == until {
            return Err(SettingsFault::NoHours { time: self.from.clone() });
        }
        Ok(())
    }

    /// When they end, if they hold at `now`. A night in which the clocks are changed is as long as
    /// its two times of day are apart then.
    pub fn end(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (from, until) = (time_of_day(&self.from).ok()?, time_of_day(&self.until).ok()?);
        let local = now.to_zoned(zone.clone());
        let time = local.time();
        let holds =
            if from < until { from <= time && time < until } else { time >= from || time < until };
        if !holds {
            return None;
        }
        let mut day = local.date();
        if time >= until {
            day = day.checked_add(1.day()).ok()?;
        }
        let end = zone.to_ambiguous_zoned(day.to_datetime(until));
        // A time of day that the clocks skip ends them when the clocks have gone on; of one that comes
        // twice it is the first that lies ahead.
        let ahead = |end: jiff::Zoned| (end.timestamp() > now).then(|| end.timestamp());
        end.clone().compatible().ok().and_then(ahead).or_else(|| end.later().ok().and_then(ahead))
    }
}

/// Hours and minutes on a clock of 24 hours.
fn time_of_day(text: &str) -> Result<Time, SettingsFault> {
    let fault = || SettingsFault::Time { shown: text.chars().take(20).collect() };
    let (hour, minute) = text.split_once(':').ok_or_else(fault)?;
    let number = |part: &str| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { part.parse::<i8>().map_err(|_| fault()) } else { Err(fault()) }
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| fault())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(from: &str, until: &str) -> QuietHours {
        QuietHours { from: from.to_owned(), until: until.to_owned() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn b3_quiet_hours_over_midnight_end_in_the_morning() {
        let (night, utc) = (hours("22:00", "07:00"), TimeZone::UTC);
        assert_eq!(night.end(at("2026-03-02T21:59:59Z"), &utc), None);
        let morning = Some(at("2026-03-03T07:00:00Z"));
        assert_eq!(night.end(at("2026-03-02T22:00:00Z"), &utc), morning);
        assert_eq!(night.end(at("2026-03-03T06:59:59Z"), &utc), morning);
        assert_eq!(night.end(at("2026-03-03T07:00:00Z"), &utc), None);
        let noon = hours("12:00", "13:30");
        let end = Some(at("2026-03-02T13:30:00Z"));
        assert_eq!(noon.end(at("2026-03-02T12:00:00Z"), &utc), end);
        assert_eq!(noon.end(at("2026-03-02T13:30:00Z"), &utc), None);
    }

    #[test]
    fn b3_quiet_hours_keep_to_the_local_clock_when_it_is_changed() {
        let berlin = zone("Europe/Berlin");
        let night = hours("22:00", "07:00");
        // Forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
        let end = night.end(at("2026-03-28T21:00:00Z"), &berlin);
        assert_eq!(end, Some(at("2026-03-29T05:00:00Z")), "an hour shorter");
        let end = night.end(at("2026-10-24T20:00:00Z"), &berlin);
        assert_eq!(end, Some(at("2026-10-25T06:00:00Z")), "an hour longer");
        // An end that the clocks skip: 02:30 does not exist, they show 03:30 then.
        let early = hours("22:00", "02:30");
        let end = early.end(at("2026-03-28T22:00:00Z"), &berlin);
        assert_eq!(end, Some(at("2026-03-29T01:30:00Z")));
        // An end that comes twice: after the first one the clock goes back into the quiet hours.
        let first = early.end(at("2026-10-24T22:00:00Z"), &berlin);
        assert_eq!(first, Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(
            early.end(at("2026-10-25T00:45:00Z"), &berlin),
            None,
            "02:45 for the first time"
        );
        let second = early.end(at("2026-10-25T01:10:00Z"), &berlin);
        assert_eq!(second, Some(at("2026-10-25T01:30:00Z")), "02:10 for the second time");
    }

    #[test]
    fn what_is_no_time_of_day_is_refused_in_words() {
        for bad in ["", "7:00", "24:00", "22:60", "22", "22:00:00", "+2:00", "२२:००"] {
            let error = hours(bad, "07:00").check().unwrap_err();
            assert!(matches!(error, SettingsFault::Time { .. }), "{bad} was taken: {error}");
        }
        let error = hours("07:00", "07:00").check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "quiet hours begin and end at 07:00; choose two different times"
        );
        hours("00:00", "23:59").check().unwrap();
    }

    proptest! {
        /// Whatever the night and the zone, quiet hours end, and within a day and the change of a
        /// clock.
        #[test]
        fn quiet_hours_end_ahead_of_now(
            seconds in 1_700_000_000_i64..1_900_000_000,
            from in 0_u32..1440,
            until in 0_u32..1440,
            index in 0_usize..4,
        ) {
            let text = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let zones = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe"];
            let now = Timestamp::from_second(seconds).unwrap();
            if let Some(end) = hours(&text(from), &text(until)).end(now, &zone(zones[index])) {
                prop_assert!(end > now);
                prop_assert!(end.duration_since(now).as_hours() <= 25);
            }
        }
    }
}

//! When IBKR resets logins and repairs its servers.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// How long before the reset a gateway that does not answer is taken for IBKR's maintenance. IBKR
/// publishes the instant of the reset alone; the allowance around it is ours.
const BEFORE_RESET: SignedDuration = SignedDuration::from_mins(15);

/// How long after the reset it is.
const AFTER_RESET: SignedDuration = SignedDuration::from_mins(45);

/// Where the servers of a login stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// New York.
    NorthAmerica,
    /// Zug.
    Europe,
    /// Hong Kong.
    Asia,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 3] = [Self::NorthAmerica, Self::Europe, Self::Asia];

    /// Such as `North America`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NorthAmerica => "North America",
            Self::Europe => "Europe",
            Self::Asia => "Asia",
        }
    }

    /// The time zone whose midnight resets the login (IBKR, "Server Reset Times": 00:00 US/Eastern,
    /// CEST and HKT). The page's second row, in UTC, contradicts these and is not followed.
    fn zone_name(self) -> &'static str {
        match self {
            Self::NorthAmerica => "America/New_York",
            Self::Europe => "Europe/Zurich",
            Self::Asia => "Asia/Hong_Kong",
        }
    }

    fn zone(self) -> TimeZone {
        // The zones are bundled; UTC would stand in only for a build without them.
        TimeZone::get(self.zone_name()).unwrap_or(TimeZone::UTC)
    }
}

/// The maintenance around the daily reset of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// Where.
    pub region: Region,
    /// Such as `every day 23:45 to 00:45 America/New_York`.
    pub words: String,
    /// It is now.
    pub is_now: bool,
    /// The next reset.
    pub next_reset: Timestamp,
}

/// Midnight after `now` in the time zone of the region: the login ends, and a person must log in
/// again.
pub fn next_reset(now: Timestamp, region: Region) -> Timestamp {
    let local = Zoned::new(now, region.zone());
    // A day has an end in every zone; the instant itself stands in for one that has none.
    local.checked_add(1.day()).and_then(|next| next.start_of_day()).map_or(now, |it| it.timestamp())
}

fn last_reset(now: Timestamp, region: Region) -> Timestamp {
    Zoned::new(now, region.zone()).start_of_day().map_or(now, |start| start.timestamp())
}

/// The windows of all regions at `now`.
pub fn maintenance_windows(now: Timestamp) -> Vec<MaintenanceWindow> {
    Region::ALL.into_iter().map(|region| maintenance_window(now, region)).collect()
}

/// The window of one region at `now`.
pub fn maintenance_window(now: Timestamp, region: Region) -> MaintenanceWindow {
    let next = next_reset(now, region);
    let is_now = next.duration_since(now) <= BEFORE_RESET
        || now.duration_since(last_reset(now, region)) < AFTER_RESET;
    let begins = Time::midnight().wrapping_sub(BEFORE_RESET).strftime("%H:%M");
    let ends = Time::midnight().wrapping_add(AFTER_RESET).strftime("%H:%M");
    let words = format!("every day {begins} to {ends} {}", region.zone_name());
    MaintenanceWindow { region, words, is_now, next_reset: next }
}

/// Whether it is maintenance somewhere, for a login whose region is not known.
pub fn is_maintenance_anywhere(now: Timestamp) -> bool {
    Region::ALL.into_iter().any(|region| maintenance_window(now, region).is_now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_reset_is_at_midnight_of_the_region_in_summer_and_winter() {
        let cases = [
            ("2026-01-05T15:00:00Z", Region::NorthAmerica, "2026-01-06T05:00:00Z"),
            ("2026-07-05T15:00:00Z", Region::NorthAmerica, "2026-07-06T04:00:00Z"),
            ("2026-01-05T15:00:00Z", Region::Europe, "2026-01-05T23:00:00Z"),
            ("2026-01-05T15:00:00Z", Region::Asia, "2026-01-05T16:00:00Z"),
            // At the reset itself the next one is a day later; the day of the clock change has 23 h.
            ("2026-03-08T05:00:00Z", Region::NorthAmerica, "2026-03-09T04:00:00Z"),
        ];
        for (now, region, reset) in cases {
            assert_eq!(next_reset(at(now), region), at(reset), "{now} in {region:?}");
        }
    }

    #[test]
    fn a_window_opens_a_quarter_before_midnight_and_closes_three_quarters_after() {
        let cases = [
            ("2026-01-06T04:44:59Z", false),
            ("2026-01-06T04:45:00Z", true),
            ("2026-01-06T05:00:00Z", true),
            ("2026-01-06T05:44:59Z", true),
            ("2026-01-06T05:45:00Z", false),
        ];
        for (now, is_now) in cases {
            let window = maintenance_window(at(now), Region::NorthAmerica);
            assert_eq!(window.is_now, is_now, "{now}");
            assert_eq!(window.words, "every day 23:45 to 00:45 America/New_York");
        }
        assert!(is_maintenance_anywhere(at("2026-01-05T16:10:00Z")), "Hong Kong");
        assert!(!is_maintenance_anywhere(at("2026-01-05T18:00:00Z")));
    }
}

//! IBKR's daily reset of all logins, at midnight of the region that serves the account (ibkr.md
//! §1.4).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

/// How long before midnight no order is sent any more: one that is under way at the reset has an
/// unknown fate.
const LEAD: SignedDuration = SignedDuration::from_mins(15);

/// How long after midnight the servers may still be going down and up.
const TAIL: SignedDuration = SignedDuration::from_mins(45);

/// Which of IBKR's server regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// New York.
    NorthAmerica,
    /// Zug.
    Europe,
    /// Hong Kong.
    Asia,
}

/// A time around a reset in which no order is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetWindow {
    /// Its first instant.
    pub from: Timestamp,
    /// The midnight.
    pub reset: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl Region {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NorthAmerica, Self::Europe, Self::Asia];

    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::NorthAmerica => "North America",
            Self::Europe => "Europe",
            Self::Asia => "Asia",
        }
    }

    /// When its logins are reset, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NorthAmerica => "every day 23:45 to 00:45 US/Eastern",
            Self::Europe => "every day 23:45 to 00:45 in Zurich",
            Self::Asia => "every day 23:45 to 00:45 in Hong Kong",
        }
    }

    fn zone(self) -> TimeZone {
        let name = match self {
            Self::NorthAmerica => "America/New_York",
            Self::Europe => "Europe/Zurich",
            Self::Asia => "Asia/Hong_Kong",
        };
        // The zones are compiled in, so that they are always found.
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }

    /// The next midnight after `now`.
    pub fn next_reset(self, now: Timestamp) -> Timestamp {
        let local = now.to_zoned(self.zone());
        local
            .checked_add(1.day())
            .and_then(|tomorrow| tomorrow.start_of_day())
            .map_or(Timestamp::MAX, |midnight: Zoned| midnight.timestamp())
    }

    /// The window that `now` lies in, if it lies in one.
    pub fn window_at(self, now: Timestamp) -> Option<ResetWindow> {
        let before = self.next_reset(now.checked_sub(TAIL).unwrap_or(now));
        let window = ResetWindow {
            from: before.checked_sub(LEAD).unwrap_or(before),
            reset: before,
            until: before.checked_add(TAIL).unwrap_or(before),
        };
        (window.from <= now && now < window.until).then_some(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_lies_around_the_regions_own_midnight_in_winter_and_in_summer() {
        let cases = [
            (Region::NorthAmerica, "2026-01-15T23:44:59-05:00", false),
            (Region::NorthAmerica, "2026-01-15T23:45:00-05:00", true),
            (Region::NorthAmerica, "2026-01-16T00:44:59-05:00", true),
            (Region::NorthAmerica, "2026-01-16T00:45:00-05:00", false),
            (Region::NorthAmerica, "2026-07-15T23:45:00-04:00", true),
            (Region::Europe, "2026-07-15T23:50:00+02:00", true),
            (Region::Asia, "2026-07-15T23:50:00+08:00", true),
            (Region::Asia, "2026-07-15T23:50:00+02:00", false),
        ];
        for (region, instant, inside) in cases {
            let found = region.window_at(at(instant));
            assert_eq!(found.is_some(), inside, "{region:?} {instant}: {found:?}");
        }
    }

    #[test]
    fn the_next_reset_is_strictly_ahead_also_when_the_clocks_change() {
        let region = Region::NorthAmerica;
        let midnight = at("2026-03-08T00:00:00-05:00");
        assert_eq!(region.next_reset(at("2026-03-07T12:00:00-05:00")), midnight);
        assert_eq!(region.next_reset(midnight), at("2026-03-09T00:00:00-04:00"));
        assert_eq!(
            region.next_reset(at("2026-10-31T23:59:59-04:00")),
            at("2026-11-01T00:00:00-04:00")
        );
    }
}

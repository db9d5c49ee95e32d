use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::calendar::TradingSession;

/// One daily bar, in cents, with its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Day {
    pub(in crate::sandbox) session: TradingSession,
    pub(in crate::sandbox) open: i64,
    pub(in crate::sandbox) high: i64,
    pub(in crate::sandbox) low: i64,
    pub(in crate::sandbox) close: i64,
    pub(in crate::sandbox) volume: i64,
}

/// One trade that the exchange reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Print {
    /// Position of the day in the listing.
    pub(in crate::sandbox) day: usize,
    /// Minutes since the opening.
    pub(in crate::sandbox) minute: i64,
    /// When it happened.
    pub(in crate::sandbox) at: Timestamp,
    /// In cents.
    pub(in crate::sandbox) cents: i64,
    /// Shares.
    pub(in crate::sandbox) volume: i64,
}

impl Print {
    /// In USD.
    pub(in crate::sandbox) fn price(&self) -> Decimal {
        Decimal::new(self.cents, 2)
    }
}

/// The way of the price through one day: one print a minute from the opening to the close, both
/// included, straight from the open to one extreme, to the other, and to the close.
///
/// Which extreme comes first and at which minutes they are reached is drawn from a hash of seed,
/// symbol and date. Each of the bar's four prices is printed exactly.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayPath<'a> {
    day: &'a Day,
    last_minute: i64,
    first_turn: (i64, i64),
    second_turn: (i64, i64),
}

impl<'a> DayPath<'a> {
    pub(super) fn new(seed: u64, symbol: &str, day: &'a Day) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"throughline sandbox path 1");
        hasher.update(&seed.to_le_bytes());
        let date = day.session.date;
        let number =
            i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
        hasher.update(&number.to_le_bytes());
        hasher.update(symbol.as_bytes());
        let digest = hasher.finalize();
        let draw = |at: usize, bound: i64| {
            let bytes = digest.as_bytes();
            let number =
                u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            i64::from(number) % bound.max(1)
        };
        let last_minute = day.session.minutes();
        let half = last_minute / 2;
        // One turn in each half of the day, so that both exist and neither is at its end.
        let first_minute = 1 + draw(0, half - 1);
        let second_minute = half + draw(4, last_minute - half);
        let is_low_first = draw(8, 2) == 0;
        let (first, second) = if is_low_first { (day.low, day.high) } else { (day.high, day.low) };
        Self {
            day,
            last_minute,
            first_turn: (first_minute, first),
            second_turn: (second_minute, second),
        }
    }

    /// Minutes from the opening to the last print.
    pub(super) fn last_minute(&self) -> i64 {
        self.last_minute
    }

    /// The price at a minute, in cents.
    pub(super) fn cents_at(&self, minute: i64) -> i64 {
        let corners = [
            (0, self.day.open),
            self.first_turn,
            self.second_turn,
            (self.last_minute, self.day.close),
        ];
        for pair in corners.windows(2) {
            let ((from_minute, from), (to_minute, to)) = (pair[0], pair[1]);
            if minute <= to_minute {
                let span = (to_minute - from_minute).max(1);
                let scaled = 2 * (to - from) * (minute - from_minute);
                // Rounded to the nearest cent, halves up.
                return from + (scaled + span).div_euclid(2 * span);
            }
        }
        self.day.close
    }

    /// Shares in the print of a minute: the day's volume spread evenly, the rest on the last.
    pub(super) fn volume_at(&self, minute: i64) -> i64 {
        let prints = self.last_minute + 1;
        let each = self.day.volume / prints;
        if minute == self.last_minute { self.day.volume - each * self.last_minute } else { each }
    }

    /// The print of a minute.
    pub(super) fn print(&self, position: usize, minute: i64) -> Print {
        Print {
            day: position,
            minute,
            at: self.day.session.open + SignedDuration::from_mins(minute),
            cents: self.cents_at(minute),
            volume: self.volume_at(minute),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::Calendar;

    fn day(of_month: i8, low: i64, spread: i64, open: i64, close: i64, volume: i64) -> Day {
        let session = Calendar::nyse().session_on(date(2012, 7, of_month)).unwrap();
        let place = |part: i64| low + part.min(spread);
        Day { session, open: place(open), high: low + spread, low, close: place(close), volume }
    }

    proptest! {
        #[test]
        fn a_path_prints_the_four_prices_and_never_leaves_the_range(
            seed: u64, is_short: bool, low in 1_i64..100_000, spread in 0_i64..10_000,
            open in 0_i64..10_000, close in 0_i64..10_000, volume in 0_i64..1_000_000_000,
        ) {
            // The third of July 2012 was a short day.
            let day = day(if is_short { 3 } else { 2 }, low, spread, open, close, volume);
            let path = DayPath::new(seed, "IBM", &day);
            let minutes = if is_short { 210 } else { 390 };
            prop_assert_eq!(path.last_minute(), minutes);
            let prices: Vec<i64> = (0..=minutes).map(|minute| path.cents_at(minute)).collect();
            prop_assert_eq!(prices[0], day.open);
            prop_assert_eq!(*prices.last().unwrap(), day.close);
            prop_assert_eq!(*prices.iter().max().unwrap(), day.high);
            prop_assert_eq!(*prices.iter().min().unwrap(), day.low);
            let traded: i64 = (0..=minutes).map(|minute| path.volume_at(minute)).sum();
            prop_assert_eq!(traded, volume);
            prop_assert_eq!(path.print(0, minutes).at, day.session.close);
        }
    }

    #[test]
    fn the_seed_decides_the_order_of_the_extremes() {
        let day = day(2, 1_000, 500, 200, 300, 391);
        let is_low_first = |seed| {
            let path = DayPath::new(seed, "IBM", &day);
            let minute_of = |cents| (0..=390).find(|minute| path.cents_at(*minute) == cents);
            minute_of(day.low) < minute_of(day.high)
        };
        let low_first = (0..200).filter(|seed| is_low_first(*seed)).count();
        assert!((60..140).contains(&low_first), "{low_first} of 200 seeds go to the low first");
    }
}

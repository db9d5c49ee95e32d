//! How long the account was not being watched.

use jiff::Timestamp;

/// A stretch in which nobody watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindStretch {
    /// Its begin, which names it.
    pub from: Timestamp,
    /// Its end; nothing while it lasts.
    pub until: Option<Timestamp>,
    /// Why.
    pub cause: String,
}

/// The blind time of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlindToday {
    /// All of it, in seconds.
    pub seconds: i64,
    /// Its longest stretch, in seconds.
    pub longest_seconds: i64,
    /// Since when it is blind now.
    pub since: Option<Timestamp>,
}

/// Adds up what of these stretches lies between `day_start` and `now`. A stretch without an end
/// lasts. Stretches that overlap count once.
pub fn blind_today(
    stretches: impl IntoIterator<Item = (Timestamp, Option<Timestamp>)>,
    day_start: Timestamp,
    now: Timestamp,
) -> BlindToday {
    let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut since = None;
    for (from, until) in stretches {
        if until.is_none() {
            since = Some(since.map_or(from, |earlier: Timestamp| earlier.min(from)));
        }
        let (from, until) = (from.max(day_start), until.unwrap_or(now).min(now));
        if from < until {
            spans.push((from, until));
        }
    }
    spans.sort_unstable();
    let mut today = BlindToday { since, ..BlindToday::default() };
    let mut joined: Option<(Timestamp, Timestamp)> = None;
    for (from, until) in spans {
        joined = match joined {
            Some((start, end)) if from <= end => Some((start, end.max(until))),
            other => {
                today.count(other);
                Some((from, until))
            }
        };
    }
    today.count(joined);
    today
}

impl BlindToday {
    fn count(&mut self, span: Option<(Timestamp, Timestamp)>) {
        if let Some((from, until)) = span {
            let seconds = until.duration_since(from).as_secs();
            self.seconds += seconds;
            self.longest_seconds = self.longest_seconds.max(seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn only_what_lies_in_the_day_counts_and_overlaps_count_once() {
        let stretches = [
            (at(-100), Some(at(10))),
            (at(5), Some(at(20))),
            (at(50), Some(at(60))),
            (at(90), None),
        ];
        let today = blind_today(stretches, at(0), at(100));
        let expected = BlindToday { seconds: 40, longest_seconds: 20, since: Some(at(90)) };
        assert_eq!(today, expected);
    }

    #[test]
    fn a_day_without_a_stretch_is_not_blind() {
        assert_eq!(blind_today([(at(-9), Some(at(-1)))], at(0), at(9)), BlindToday::default());
    }
}

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Rule, Schedule, ScheduleError, Verdict};

/// Most planned times that one preview shows.
pub const MOST_PREVIEWED: usize = 500;

/// What a change of clocks does to a planned time, on the clock of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMark {
    /// The clocks changed since the planned time before: the same time of day is another in UTC.
    OffsetChanged {
        /// Seconds east of UTC at the planned time before.
        from: i32,
        /// Seconds east of UTC now.
        to: i32,
    },
    /// The time of day is skipped on that day; the run moved to the end of the gap.
    Skipped,
    /// The time of day comes twice on that day; this is the first.
    FirstOfTwo,
    /// The time of day comes twice on that day; this is the second.
    SecondOfTwo,
}

impl ClockMark {
    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OffsetChanged { .. } => "clocks_changed",
            Self::Skipped => "time_skipped",
            Self::FirstOfTwo => "first_of_two",
            Self::SecondOfTwo => "second_of_two",
        }
    }
}

/// One planned time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRun {
    /// When.
    pub at: Timestamp,
    /// Whether it is a run, and if not, why.
    pub verdict: Verdict,
    /// What a change of clocks does to it.
    pub clock: Vec<ClockMark>,
}

impl PlannedRun {
    /// Whether the exchange closes early on that day.
    pub fn is_short_day(&self) -> bool {
        matches!(&self.verdict, Verdict::Runs { session } if session.is_short)
    }
}

/// The planned times to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Oldest first.
    pub runs: Vec<PlannedRun>,
    /// Why there are fewer than were asked for.
    pub ends: Option<String>,
}

impl Schedule {
    /// The planned times at `from` and after it, those that fall out among them.
    ///
    /// # Errors
    ///
    /// If `count` is nothing, or more than [`MOST_PREVIEWED`].
    pub fn preview(&self, from: Timestamp, count: usize) -> Result<Preview, ScheduleError> {
        if count == 0 || count > MOST_PREVIEWED {
            return Err(ScheduleError::PreviewCount { count, most: MOST_PREVIEWED });
        }
        let mut runs: Vec<PlannedRun> = Vec::new();
        let mut at = from.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(from);
        let mut before: Option<Offset> = None;
        while runs.len() < count {
            at = match self.next_after(at) {
                Ok(Some(next)) => next,
                Ok(None) => {
                    let ends = "no further time follows from the rule".to_owned();
                    return Ok(Preview { runs, ends: Some(ends) });
                }
                Err(error) => return Ok(Preview { runs, ends: Some(error.to_string()) }),
            };
            if at < from {
                continue;
            }
            let mut clock = self.marks(at);
            let offset = self.zone().to_offset(at);
            if let Some(before) = before.replace(offset)
                && before != offset
            {
                let (from, to) = (before.seconds(), offset.seconds());
                clock.insert(0, ClockMark::OffsetChanged { from, to });
            }
            runs.push(PlannedRun { at, verdict: self.verdict(at), clock });
        }
        Ok(Preview { runs, ends: None })
    }

    fn marks(&self, at: Timestamp) -> Vec<ClockMark> {
        let mut marks = Vec::new();
        if let Rule::Cron(cron) = &self.rule
            && !cron.shows(at, self.zone())
        {
            marks.push(ClockMark::Skipped);
        }
        marks.extend(repeated(at, self.zone()));
        marks
    }
}

/// Which of two it is, if the clock shows the same time twice.
fn repeated(at: Timestamp, zone: &TimeZone) -> Option<ClockMark> {
    match zone.to_ambiguous_timestamp(zone.to_datetime(at)).offset() {
        AmbiguousOffset::Fold { before, .. } if before == zone.to_offset(at) => {
            Some(ClockMark::FirstOfTwo)
        }
        AmbiguousOffset::Fold { .. } => Some(ClockMark::SecondOfTwo),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Exchange;

    fn preview(
        rule: &str,
        exchange: Exchange,
        zone: Option<&str>,
        from: &str,
        count: usize,
    ) -> Preview {
        let schedule = Schedule::new(Rule::parse(rule).unwrap(), exchange, zone).unwrap();
        schedule.preview(from.parse().unwrap(), count).unwrap()
    }

    fn lines(preview: &Preview) -> Vec<String> {
        let line = |run: &PlannedRun| {
            let mut line = run.at.to_string();
            for mark in &run.clock {
                line = format!("{line} {}", mark.as_str());
            }
            if run.is_short_day() {
                line.push_str(" short");
            }
            match &run.verdict {
                Verdict::Runs { .. } => line,
                Verdict::FallsOut(falls_out) => format!("{line} {falls_out}"),
            }
        };
        preview.runs.iter().map(line).collect()
    }

    #[test]
    fn the_preview_shows_holidays_short_days_and_the_change_of_clocks() {
        let shown = preview("0 16 * * *", Exchange::Nyse, None, "2025-10-31T20:00:00Z", 3);
        assert_eq!(
            lines(&shown),
            [
                "2025-10-31T20:00:00Z",
                "2025-11-01T20:00:00Z NYSE is closed on 2025-11-01: Saturday",
                "2025-11-02T21:00:00Z clocks_changed NYSE is closed on 2025-11-02: Sunday",
            ]
        );
        let thanksgiving =
            preview("0 16 * * MON-FRI", Exchange::Nyse, None, "2025-11-27T00:00:00Z", 2);
        assert_eq!(lines(&thanksgiving)[1], "2025-11-28T21:00:00Z short");
    }

    #[test]
    fn a_time_that_is_skipped_or_comes_twice_is_marked() {
        let gap = preview("30 2 * * *", Exchange::Nyse, None, "2026-03-08T00:00:00-05:00", 1);
        assert_eq!(
            lines(&gap),
            ["2026-03-08T07:00:00Z time_skipped NYSE is closed on 2026-03-08: Sunday"]
        );
        let once = preview("30 1 * * *", Exchange::Nyse, None, "2026-11-01T00:00:00-04:00", 2);
        assert_eq!(once.runs[0].clock, [ClockMark::FirstOfTwo]);
        assert_eq!(once.runs[1].at.to_string(), "2026-11-02T06:30:00Z", "it runs once");
        let twice = preview("*/30 1 * * *", Exchange::Nyse, None, "2026-11-01T00:00:00-04:00", 4);
        let marks: Vec<_> = twice.runs.iter().map(|run| run.clock.last().copied()).collect();
        let (first, second) = (Some(ClockMark::FirstOfTwo), Some(ClockMark::SecondOfTwo));
        assert_eq!(marks, [first, first, second, second]);
    }

    #[test]
    fn a_preview_is_bounded_and_says_where_it_ends() {
        let schedule =
            Schedule::new(Rule::parse("at close").unwrap(), Exchange::Lse, None).unwrap();
        let from = "2027-12-30T00:00:00Z".parse().unwrap();
        let shown = schedule.preview(from, 20).unwrap();
        assert_eq!(shown.runs.len(), 2, "the last short day and the one before it");
        assert!(shown.ends.unwrap().contains("known from 2016 to 2027"));
        for count in [0, MOST_PREVIEWED + 1] {
            let error = schedule.preview(from, count).unwrap_err();
            assert_eq!(error, ScheduleError::PreviewCount { count, most: MOST_PREVIEWED });
        }
        let at_the_end_of_time = schedule.preview(Timestamp::MAX, 1).unwrap();
        assert!(at_the_end_of_time.runs.is_empty() && at_the_end_of_time.ends.is_some());
    }

    #[test]
    fn an_expression_is_read_on_another_clock_than_the_exchanges() {
        let shown = preview(
            "0 22 * * MON-FRI",
            Exchange::Nyse,
            Some("Europe/Berlin"),
            "2026-03-09T00:00:00Z",
            1,
        );
        assert_eq!(lines(&shown), ["2026-03-09T21:00:00Z"]);
        let error =
            Schedule::new(Rule::parse("at open").unwrap(), Exchange::Nyse, Some("Mars/Olympus"));
        assert!(error.unwrap_err().to_string().contains("\"Mars/Olympus\" is no time zone"));
    }
}

use jiff::{SignedDuration, Timestamp};

/// A stretch by which the wall clock ran ahead of the monotonic one, or fell behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockJump {
    /// The computer slept, or its clock was set forward: which of the two cannot be told.
    Forward {
        /// The wall clock before.
        from: Timestamp,
        /// The wall clock after.
        to: Timestamp,
    },
    /// The clock was set back.
    Backward {
        /// The wall clock before.
        from: Timestamp,
        /// The wall clock after.
        to: Timestamp,
    },
}

/// What a loop may take between two looks at the clocks without having slept.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Compares the wall clock with the monotonic one, look by look. On Linux and macOS the monotonic
/// clock stands while the computer sleeps. On Windows it goes on, so that a stretch between two looks
/// which is much longer than any rest of the loop counts as sleep too.
#[derive(Debug, Clone, Copy)]
pub struct ClockWatch {
    longest_rest: SignedDuration,
    last: Option<(Timestamp, u64)>,
}

impl ClockWatch {
    /// A watch for a loop that rests at most so long between two looks.
    pub fn new(longest_rest: SignedDuration) -> Self {
        Self { longest_rest, last: None }
    }

    /// Looks at both clocks: the wall clock, and microseconds of the monotonic one.
    pub fn look(&mut self, wall: Timestamp, monotonic_micros: u64) -> Option<ClockJump> {
        let (from, before) = self.last.replace((wall, monotonic_micros))?;
        let by_wall = wall.duration_since(from);
        let ran = monotonic_micros.saturating_sub(before);
        let ran = SignedDuration::from_micros(i64::try_from(ran).unwrap_or(i64::MAX));
        let ahead = by_wall.saturating_sub(ran);
        let unseen = by_wall.saturating_sub(self.longest_rest);
        // Ten rests: a busy tick is no sleep.
        let slept_by_both = unseen > self.longest_rest.saturating_mul(10);
        if ahead < -TOLERANCE {
            Some(ClockJump::Backward { from, to: wall })
        } else if ahead > TOLERANCE || slept_by_both {
            Some(ClockJump::Forward { from, to: wall })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_and_jumps_show_between_the_clocks_and_a_busy_loop_does_not() {
        let start: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let wall = |seconds: i64| start + SignedDuration::from_secs(seconds);
        let micros = |seconds: u64| seconds * 1_000_000;
        let mut watch = ClockWatch::new(SignedDuration::from_secs(20));
        assert_eq!(watch.look(wall(0), micros(100)), None, "the first look has nothing before it");
        assert_eq!(watch.look(wall(20), micros(120)), None);
        assert_eq!(watch.look(wall(80), micros(180)), None, "a tick that took a minute");
        let slept = watch.look(wall(3680), micros(185));
        assert_eq!(slept, Some(ClockJump::Forward { from: wall(80), to: wall(3680) }));
        let back = watch.look(wall(80), micros(205));
        assert_eq!(back, Some(ClockJump::Backward { from: wall(3680), to: wall(80) }));
        let windows = watch.look(wall(4000), micros(4125));
        assert_eq!(windows, Some(ClockJump::Forward { from: wall(80), to: wall(4000) }));
        assert_eq!(watch.look(wall(4001), micros(4124)), None, "a monotonic clock never runs back");
    }
}

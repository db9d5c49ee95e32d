#![expect(clippy::disallowed_methods, reason = "the clock is what reads the time")]

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Clock, system};

/// Time that moves only when it is told to.
#[derive(Debug)]
pub struct SimulatedClock {
    now_micros: AtomicI64,
}

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { now_micros: AtomicI64::new(start.as_microsecond()) }
    }

    /// Moves forward to `instant`; an earlier instant leaves the clock where it is, since time
    /// never runs backwards for anything that reads it.
    pub fn advance_to(&self, instant: Timestamp) {
        self.now_micros.fetch_max(instant.as_microsecond(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now_micros.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn wall_now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic_micros(&self) -> u64 {
        system::monotonic_micros()
    }

    async fn sleep(&self, duration: SignedDuration) {
        let step = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX).max(0);
        self.now_micros.fetch_add(step, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_runs_backwards() {
        let later: Timestamp = "2012-06-15T20:00:00Z".parse().unwrap();
        let clock = SimulatedClock::starting_at(later);
        clock.advance_to("2012-06-15T19:00:00Z".parse().unwrap());
        assert_eq!(clock.now(), later);
    }

    #[tokio::test]
    async fn sleeping_moves_simulated_time_at_once() {
        let clock = SimulatedClock::starting_at("2012-06-15T20:00:00Z".parse().unwrap());
        clock.sleep(SignedDuration::from_secs(90)).await;
        assert_eq!(clock.now().to_string(), "2012-06-15T20:01:30Z");
    }
}

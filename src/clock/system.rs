#![expect(clippy::disallowed_methods, reason = "this module is the one that reads the time")]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// The computer's own time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Microseconds since the first call in this process.
pub(super) fn monotonic_micros() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = *ORIGIN.get_or_init(Instant::now);
    u64::try_from(origin.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wall_now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic_micros(&self) -> u64 {
        monotonic_micros()
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(Duration::try_from(duration).unwrap_or_default()).await;
    }
}

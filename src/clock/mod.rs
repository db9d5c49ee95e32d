//! The only place that reads the time.
//!
//! Two times run side by side. *Engine time* is what decisions are made at: the real time in paper
//! and live, the simulated exchange's time in the sandbox. *Wall time* is when a record was written
//! and how long a step took; it never decides anything.

mod simulated;
mod system;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

pub use simulated::SimulatedClock;
pub use system::SystemClock;

/// A source of time, passed to whatever needs one.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Engine time: the instant that decisions, orders and quotes refer to.
    fn now(&self) -> Timestamp;

    /// Wall time, for "recorded at" columns only.
    fn wall_now(&self) -> Timestamp;

    /// Microseconds on a monotonic scale with an arbitrary origin, for durations only.
    fn monotonic_micros(&self) -> u64;

    /// Waits in engine time. A simulated clock moves forward at once instead of waiting.
    async fn sleep(&self, duration: SignedDuration);
}

/// Measures one stretch of wall time.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    started_micros: u64,
}

impl Stopwatch {
    /// Starts measuring.
    pub fn start(clock: &dyn Clock) -> Self {
        Self { started_micros: clock.monotonic_micros() }
    }

    /// Microseconds since the start.
    pub fn elapsed_micros(self, clock: &dyn Clock) -> u64 {
        clock.monotonic_micros().saturating_sub(self.started_micros)
    }
}

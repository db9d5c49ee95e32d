//! Keeps requests as far apart as IBKR asks. Whoever is faster is shut out for a quarter of an
//! hour, by address, on every endpoint.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::clock::Clock;

/// Ten requests a second over all.
const BETWEEN_REQUESTS: SignedDuration = SignedDuration::from_millis(100);

/// One request in five seconds, each, and a little more, since the gateway counts from when a
/// request arrives.
const SLOW_PATHS: [&str; 3] =
    ["/iserver/account/orders", "/iserver/account/trades", "/portfolio/accounts"];
const BETWEEN_SLOW_REQUESTS: SignedDuration = SignedDuration::from_millis(5_100);

/// How long IBKR keeps an address out after status 429.
const PENALTY: SignedDuration = SignedDuration::from_mins(15);

/// Hands out the instants at which requests may leave.
pub(super) struct Pacer {
    clock: Arc<dyn Clock>,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    next_of_all: Option<Timestamp>,
    next_of_path: HashMap<&'static str, Timestamp>,
    penalty_ends: Option<Timestamp>,
}

impl Pacer {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, slots: Mutex::new(Slots::default()) }
    }

    /// Waits until the path's own interval has passed.
    pub(super) async fn wait_for_path(&self, path: &str) {
        let Some(slow) = slow_path(path) else { return };
        let wait = {
            let mut slots = self.slots.lock().await;
            let now = self.clock.now();
            let previous = slots.next_of_path.get(slow).copied();
            let (wait, next) = reserve(now, previous, BETWEEN_SLOW_REQUESTS);
            slots.next_of_path.insert(slow, next);
            wait
        };
        self.sleep(wait).await;
    }

    /// Waits until a request of any kind may leave, and counts this one as leaving then: it may
    /// have been held up since the path's own interval had passed.
    pub(super) async fn wait_to_leave(&self, path: &str) {
        let wait = {
            let mut slots = self.slots.lock().await;
            let (wait, next) = reserve(self.clock.now(), slots.next_of_all, BETWEEN_REQUESTS);
            slots.next_of_all = Some(next);
            wait
        };
        self.sleep(wait).await;
        let Some(slow) = slow_path(path) else { return };
        if let Ok(next) = self.clock.now().checked_add(BETWEEN_SLOW_REQUESTS) {
            let mut slots = self.slots.lock().await;
            let reserved = slots.next_of_path.entry(slow).or_insert(next);
            *reserved = (*reserved).max(next);
        }
    }

    /// Notes that IBKR answered 429.
    pub(super) async fn penalise(&self) {
        self.slots.lock().await.penalty_ends = self.clock.now().checked_add(PENALTY).ok();
    }

    /// The end of the penalty, while it lasts.
    pub(super) async fn penalty_ends(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        self.slots.lock().await.penalty_ends.filter(|ends| *ends > now)
    }

    async fn sleep(&self, wait: SignedDuration) {
        if wait > SignedDuration::ZERO {
            self.clock.sleep(wait).await;
        }
    }
}

fn slow_path(path: &str) -> Option<&'static str> {
    let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
    SLOW_PATHS.into_iter().find(|slow| *slow == bare)
}

/// How long to wait now, and when the one after may leave. A clock that was set back must not hold
/// requests for hours: a slot further away than ten intervals is not believed.
fn reserve(
    now: Timestamp,
    next: Option<Timestamp>,
    interval: SignedDuration,
) -> (SignedDuration, Timestamp) {
    let slot = next
        .filter(|next| *next > now && next.duration_since(now) <= interval.saturating_mul(10))
        .unwrap_or(now);
    (slot.duration_since(now), slot.checked_add(interval).unwrap_or(slot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;

    fn pacer() -> (Arc<SimulatedClock>, Pacer) {
        let clock = Arc::new(SimulatedClock::starting_at("2026-01-05T15:00:00Z".parse().unwrap()));
        (Arc::clone(&clock), Pacer::new(clock))
    }

    #[tokio::test]
    async fn ten_requests_leave_in_a_second() {
        let (clock, pacer) = pacer();
        for _ in 0..11 {
            pacer.wait_to_leave("/tickle").await;
        }
        assert_eq!(clock.now().to_string(), "2026-01-05T15:00:01Z");
    }

    #[tokio::test]
    async fn orders_are_asked_for_once_in_five_seconds_whatever_the_query() {
        let (clock, pacer) = pacer();
        pacer.wait_for_path("/iserver/account/orders?force=true").await;
        pacer.wait_for_path("/iserver/account/trades?days=7").await;
        assert_eq!(clock.now().to_string(), "2026-01-05T15:00:00Z", "paths are paced apart");
        pacer.wait_for_path("/iserver/account/orders").await;
        assert_eq!(clock.now().to_string(), "2026-01-05T15:00:05.1Z");
    }

    #[tokio::test]
    async fn five_seconds_are_counted_from_when_the_request_left() {
        let (clock, pacer) = pacer();
        let path = "/iserver/account/orders";
        pacer.wait_for_path(path).await;
        clock.sleep(SignedDuration::from_secs(3)).await;
        pacer.wait_to_leave(path).await;
        pacer.wait_for_path(path).await;
        assert_eq!(clock.now().to_string(), "2026-01-05T15:00:08.1Z");
    }

    #[tokio::test]
    async fn a_penalty_lasts_a_quarter_of_an_hour() {
        let (clock, pacer) = pacer();
        pacer.penalise().await;
        clock.sleep(SignedDuration::from_mins(14)).await;
        assert!(pacer.penalty_ends().await.is_some());
        clock.sleep(SignedDuration::from_mins(1)).await;
        assert_eq!(pacer.penalty_ends().await, None);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_hold_requests_for_hours() {
        let now: Timestamp = "2026-01-05T15:00:00Z".parse().unwrap();
        let far: Timestamp = "2026-01-05T18:00:00Z".parse().unwrap();
        assert_eq!(reserve(now, Some(far), BETWEEN_REQUESTS).0, SignedDuration::ZERO);
    }
}

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// A stretch of the sandbox's time in which a fault is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultWindow {
    /// It goes on at this instant.
    pub from: Timestamp,
    /// It goes off at this instant; without one it stays until it has acted or is switched off.
    pub until: Option<Timestamp>,
}

/// One switch; off at first, and with nothing planned.
#[derive(Debug, Default)]
pub struct Switch {
    is_on: AtomicBool,
    planned: Mutex<Vec<Planned>>,
}

#[derive(Debug, Clone, Copy)]
struct Planned {
    window: FaultWindow,
    has_begun: bool,
}

impl Switch {
    /// Turns it on or off; what is planned stays planned.
    pub fn set(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::SeqCst);
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::SeqCst)
    }

    /// The window that it is in, else the next one.
    pub fn window(&self) -> Option<FaultWindow> {
        self.planned().iter().map(|planned| planned.window).min_by_key(|window| window.from)
    }

    /// Turns it off, and says whether it was on.
    pub(in crate::sandbox) fn take(&self) -> bool {
        self.is_on.swap(false, Ordering::SeqCst)
    }

    /// Adds a window.
    pub(super) fn plan(&self, window: FaultWindow) {
        self.planned().push(Planned { window, has_begun: false });
    }

    /// Turns it off and forgets what was planned.
    pub(super) fn clear(&self) {
        self.planned().clear();
        self.set(false);
    }

    /// Goes on and off as planned up to `now`. Gives the next instant at which something is
    /// planned.
    pub(super) fn tick(&self, now: Timestamp) -> Option<Timestamp> {
        let mut planned = self.planned();
        planned.retain_mut(|one| {
            if !one.has_begun && one.window.from <= now {
                one.has_begun = true;
                // A window that lies wholly in a leap of the clock has passed without effect.
                if one.window.until.is_none_or(|until| now < until) {
                    self.set(true);
                }
            }
            match one.window.until {
                Some(until) if one.has_begun && until <= now => {
                    self.set(false);
                    false
                }
                Some(_) => true,
                None => !one.has_begun,
            }
        });
        let next = planned
            .iter()
            .filter_map(|one| if one.has_begun { one.window.until } else { Some(one.window.from) });
        next.min()
    }

    fn planned(&self) -> MutexGuard<'_, Vec<Planned>> {
        // Each change is one push or one pass, so that a panic elsewhere leaves no half of one.
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_window_begins_and_ends_by_itself() {
        let switch = Switch::default();
        switch.plan(FaultWindow { from: at(10), until: Some(at(20)) });
        assert_eq!((switch.tick(at(9)), switch.is_on()), (Some(at(10)), false));
        assert_eq!((switch.tick(at(10)), switch.is_on()), (Some(at(20)), true));
        assert!(switch.window().is_some());
        assert_eq!((switch.tick(at(20)), switch.is_on()), (None, false));
        assert_eq!(switch.window(), None);
    }

    #[test]
    fn what_has_acted_within_its_window_stays_off() {
        let switch = Switch::default();
        switch.plan(FaultWindow { from: at(10), until: Some(at(20)) });
        switch.tick(at(10));
        assert!(switch.take());
        switch.tick(at(15));
        assert!(!switch.is_on());
    }

    #[test]
    fn a_window_inside_a_leap_has_no_effect_and_one_without_an_end_has() {
        let switch = Switch::default();
        switch.plan(FaultWindow { from: at(10), until: Some(at(20)) });
        assert_eq!((switch.tick(at(30)), switch.is_on()), (None, false));
        switch.plan(FaultWindow { from: at(31), until: None });
        assert_eq!((switch.tick(at(40)), switch.is_on()), (None, true));
    }
}

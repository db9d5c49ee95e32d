//! The circuit breaker of a provider's address: after too many failures in a row it is left alone for a
//! while, then one call tries it. Values in, values out.

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that open it.
const FAILURES: u32 = 5;

/// How long it is left alone at first; twice as long after each failed try, up to the longest.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(10);

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BreakerPhase {
    /// The address is asked.
    #[default]
    Closed,
    /// It is left alone.
    Open,
    /// One call tries it.
    HalfOpen,
}

/// A breaker as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BreakerView {
    /// Where it stands.
    pub phase: BreakerPhase,
    /// Failures in a row.
    pub failures: u32,
    /// When it is tried again, while it is open.
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// Nothing while it is closed.
    open_until: Option<Timestamp>,
    rest: SignedDuration,
    /// A call is trying it.
    is_tried: bool,
}

impl Breaker {
    /// Whether a call may be made now. If it is the one that tries, others wait for its result.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), BreakerView> {
        match self.open_until {
            None => Ok(()),
            Some(until) if now < until || self.is_tried => Err(self.view(now)),
            Some(_) => {
                self.is_tried = true;
                Ok(())
            }
        }
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The call ended in a way that says nothing about the provider.
    pub(super) fn said_nothing(&mut self) {
        self.is_tried = false;
    }

    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES {
            return;
        }
        if self.open_until.is_none() {
            self.rest = FIRST_REST;
        } else if self.is_tried {
            self.rest = (self.rest * 2).min(LONGEST_REST);
        } else {
            // A call that was begun before it opened: it adds nothing.
            return;
        }
        self.is_tried = false;
        self.open_until = now.checked_add(self.rest).ok();
    }

    pub(super) fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    pub(super) fn view(&self, now: Timestamp) -> BreakerView {
        let phase = match self.open_until {
            None => BreakerPhase::Closed,
            Some(until) if now < until => BreakerPhase::Open,
            Some(_) => BreakerPhase::HalfOpen,
        };
        BreakerView { phase, failures: self.failures, until: self.open_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_call_try() {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            breaker.failed(at(0));
            assert!(breaker.admit(at(0)).is_ok());
        }
        breaker.succeeded();
        for _ in 0..FAILURES {
            assert!(breaker.admit(at(0)).is_ok());
            breaker.failed(at(0));
        }
        let view = breaker.admit(at(29)).unwrap_err();
        assert_eq!((view.phase, view.until), (BreakerPhase::Open, Some(at(30))));
        assert!(breaker.admit(at(30)).is_ok(), "one tries");
        assert!(breaker.admit(at(30)).is_err(), "and only one");
        breaker.failed(at(31));
        assert_eq!(breaker.admit(at(90)).unwrap_err().until, Some(at(91)), "it rests longer");
        assert!(breaker.admit(at(91)).is_ok());
        breaker.succeeded();
        assert_eq!(breaker.view(at(91)), BreakerView::default());
    }

    #[test]
    fn a_try_that_says_nothing_leaves_the_way_to_the_next() {
        let mut breaker = Breaker::default();
        (0..FAILURES).for_each(|_| breaker.failed(at(0)));
        assert!(breaker.admit(at(30)).is_ok());
        breaker.said_nothing();
        assert!(breaker.admit(at(31)).is_ok());
    }

    #[test]
    fn the_rest_has_an_end() {
        let mut breaker = Breaker::default();
        (0..FAILURES).for_each(|_| breaker.failed(at(0)));
        let mut now = at(30);
        for _ in 0..20 {
            breaker.admit(now).unwrap();
            breaker.failed(now);
            let until = breaker.view(now).until.unwrap();
            assert!(until.duration_since(now) <= LONGEST_REST);
            now = until;
        }
    }
}

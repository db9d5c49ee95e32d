/// How many requests are answered: a bucket that fills steadily and from which each request takes.
///
/// Time is given to it, in microseconds on a monotonic scale.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// Most that the bucket holds.
    most: u64,
    /// What comes in a second.
    per_second: u64,
    /// What is there, in millionths.
    held: u64,
    /// When it was last filled.
    filled_at: u64,
}

const MILLION: u64 = 1_000_000;

impl Budget {
    /// A full bucket.
    pub(super) fn new(most: u64, per_second: u64, now: u64) -> Self {
        Self { most, per_second, held: most * MILLION, filled_at: now }
    }

    /// Takes so many, if they are there.
    pub(super) fn take(&mut self, count: u64, now: u64) -> bool {
        let elapsed = now.saturating_sub(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        let came = elapsed.saturating_mul(self.per_second);
        self.held = self.held.saturating_add(came).min(self.most * MILLION);
        match self.held.checked_sub(count * MILLION) {
            Some(left) => {
                self.held = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_is_answered_and_then_what_comes_in() {
        let mut budget = Budget::new(5, 2, 0);
        assert!((0..5).all(|_| budget.take(1, 0)));
        assert!(!budget.take(1, 0) && !budget.take(1, 499_999));
        assert!(budget.take(1, 500_000));
        assert!(!budget.take(1, 500_001));
        // Rest fills it no further than it was.
        assert!((0..5).all(|_| budget.take(1, 3_600 * MILLION)));
        assert!(!budget.take(1, 3_600 * MILLION));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut budget = Budget::new(1, 1, 10 * MILLION);
        assert!(budget.take(1, 10 * MILLION));
        assert!(!budget.take(1, 0) && !budget.take(1, 10 * MILLION));
        assert!(budget.take(1, 11 * MILLION));
    }

    proptest! {
        #[test]
        fn no_more_is_given_than_was_there_and_came(
            takes in prop::collection::vec((0_u64..4, 0_u64..2_000_000), 1..200),
        ) {
            let (most, per_second) = (10, 3);
            let mut budget = Budget::new(most, per_second, 0);
            let (mut now, mut given) = (0, 0);
            for (count, wait) in takes {
                now += wait;
                if budget.take(count, now) {
                    given += count;
                }
                prop_assert!(given * MILLION <= most * MILLION + now * per_second);
            }
        }
    }
}

//! A sliding window over the instants at which requests left.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Stands for the number of a request that another process let leave.
const EARLIER: u64 = u64::MAX;

/// Most requests that are remembered although they count no longer.
const LAST_KEPT: usize = 64;

/// At most so many requests within any stretch of so long.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    within: SignedDuration,
    left: VecDeque<(Timestamp, u64)>,
}

impl Window {
    pub(super) fn new(most: usize, within: SignedDuration) -> Self {
        Self { most, within, left: VecDeque::new() }
    }

    /// Drops what no longer counts, except the last ones. A process that was killed may have been
    /// ahead of the clock that the gateway counts by and that the next process begins with, so that
    /// for that one the past and the near future count. A clock that was set back must not hold
    /// requests for long: what lies further ahead counts as leaving a window ahead.
    pub(super) fn move_to(&mut self, now: Timestamp) {
        let latest = now.checked_add(self.within).unwrap_or(now);
        for (left, _) in &mut self.left {
            *left = (*left).min(latest);
        }
        while self.left.len() > self.most.min(LAST_KEPT)
            && let Some((first, _)) = self.left.front()
            && now.duration_since(*first) >= self.within
        {
            self.left.pop_front();
        }
    }

    /// When one more may leave, after [`Self::move_to`].
    pub(super) fn opens(&self, now: Timestamp) -> Timestamp {
        let Some(blocking) = self.left.len().checked_sub(self.most) else { return now };
        let opens = self.left.get(blocking).and_then(|(at, _)| at.checked_add(self.within).ok());
        opens.map_or(now, |opens| opens.max(now))
    }

    pub(super) fn note(&mut self, now: Timestamp, id: u64) {
        self.left.push_back((now, id));
    }

    /// The answer is there. The gateway counted the request at some instant since it left: as the
    /// connection was made, or as late as just now.
    pub(super) fn answered(&mut self, now: Timestamp, id: u64) {
        self.take_back(id);
        self.note(now, id);
    }

    /// Takes over what another process let leave: at most as many as can still count.
    pub(super) fn note_earlier(&mut self, left: impl Iterator<Item = Timestamp>) {
        let mut earlier: Vec<Timestamp> = left.collect();
        earlier.sort_unstable();
        let superfluous = earlier.len().saturating_sub(self.most);
        self.left = earlier.into_iter().skip(superfluous).map(|at| (at, EARLIER)).collect();
    }

    /// Counts as if as many had left at `now` as may.
    pub(super) fn use_up(&mut self, now: Timestamp) {
        self.left = std::iter::repeat_n((now, EARLIER), self.most).collect();
    }

    /// When those left that count still, and the last ones before them, oldest first.
    pub(super) fn departures(&self) -> impl Iterator<Item = Timestamp> {
        self.left.iter().map(|(at, _)| *at)
    }

    /// Forgets a request that did not leave after all.
    pub(super) fn take_back(&mut self, id: u64) {
        self.left.retain(|(_, noted)| *noted != id);
    }

    /// How many left in the last `span`.
    pub(super) fn count_since(&self, now: Timestamp, span: SignedDuration) -> u32 {
        let count = self.left.iter().filter(|(at, _)| now.duration_since(*at) < span).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

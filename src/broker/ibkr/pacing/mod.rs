//! One limiter for each gateway: requests leave as far apart as IBKR asks, the most urgent first.
//!
//! Whoever is faster is shut out for a quarter of an hour, by address, on every endpoint. So all
//! clients of one address in this process share a limiter, and what does not fit waits. IBKR counts
//! a request when it arrives, which nobody here sees: it counts until its answer is there. A process
//! that follows another one learns from a file what that one sent.

mod limits;
mod memory;
mod window;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::broker::LimiterState;
use crate::broker::ibkr::GatewayAddress;
use crate::clock::Clock;
pub(super) use limits::Priority;
use limits::{BETWEEN_PENALISED_TICKLES, MARGIN, PATH_LIMITS, PENALTY, PER_SECOND, bare};
use memory::{ARRIVES_WITHIN, Kept, RECENT, WRITTEN_EVERY, WRITTEN_FROM};
use window::Window;

/// The limiters of the addresses that are in use.
static SHARED: LazyLock<Mutex<HashMap<GatewayAddress, Weak<Limiter>>>> =
    LazyLock::new(Mutex::default);

/// Decides when a request may leave.
pub(super) struct Limiter {
    clock: Arc<dyn Clock>,
    /// Locked for moments only, never across an await.
    queue: Mutex<Queue>,
    /// Where what was sent is kept for the next process. Locked while it is written, and taken
    /// before the queue, so that the last to write writes the latest.
    memory: Mutex<Option<Memory>>,
    changed: Notify,
}

/// The file, and when it was written last by this process.
struct Memory {
    file: PathBuf,
    written_at: Option<Timestamp>,
}

struct Queue {
    overall: Window,
    /// The last minute, for display.
    minute: Window,
    paths: Vec<PathState>,
    waiting: Vec<Waiting>,
    next_id: u64,
    penalty_ends: Option<Timestamp>,
    penalised_tickle: Option<Timestamp>,
}

struct PathState {
    window: Window,
    under_way: u32,
    at_once: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    id: u64,
    priority: Priority,
    limit: Option<usize>,
}

/// IBKR shut this address out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Penalty {
    pub(super) ends: Timestamp,
}

enum Turn {
    Leave,
    Penalised(Penalty),
    /// This one is next, at the instant given.
    NextAt(Timestamp),
    /// Another one is next.
    Later,
}

/// Permission for one request to leave now, held until its answer is there: its interval is counted
/// from then.
#[must_use]
pub(super) struct Departure<'a> {
    limiter: &'a Limiter,
    id: u64,
    limit: Option<usize>,
    has_left: bool,
}

impl Departure<'_> {
    /// The request is being sent. Without this the limiter forgets it again.
    pub(super) fn leave(&mut self) {
        self.has_left = true;
    }
}

impl Drop for Departure<'_> {
    fn drop(&mut self) {
        let now = self.limiter.clock.now();
        let mut queue = self.limiter.queue();
        if let Some(path) = self.limit.and_then(|limit| queue.paths.get_mut(limit)) {
            path.under_way = path.under_way.saturating_sub(1);
            if self.has_left {
                path.window.answered(now, self.id);
            } else {
                path.window.take_back(self.id);
            }
        }
        if self.has_left {
            queue.overall.answered(now, self.id);
        } else {
            queue.overall.take_back(self.id);
            queue.minute.take_back(self.id);
        }
        drop(queue);
        if self.limit.is_some_and(is_long) {
            self.limiter.write_down(true);
        }
        self.limiter.changed.notify_waiters();
    }
}

/// Whether the next process has to know when requests under this limit left.
fn is_long(limit: usize) -> bool {
    PATH_LIMITS[limit].within >= WRITTEN_FROM
}

/// A place in the queue, given up when its request is.
struct Place<'a> {
    limiter: &'a Limiter,
    waiting: Waiting,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limiter.queue().waiting.retain(|it| it.id != self.waiting.id);
        self.limiter.changed.notify_waiters();
    }
}

impl Limiter {
    /// The limiter of an address, shared by whoever asks for it; one of its own without address.
    pub(super) fn of(address: Option<GatewayAddress>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let Some(address) = address else { return Arc::new(Self::new(clock)) };
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|_, limiter| limiter.strong_count() > 0);
        if let Some(limiter) = shared.get(&address).and_then(Weak::upgrade) {
            return limiter;
        }
        let limiter = Arc::new(Self::new(clock));
        shared.insert(address, Arc::downgrade(&limiter));
        limiter
    }

    fn new(clock: Arc<dyn Clock>) -> Self {
        let paths = PATH_LIMITS.iter().map(|limit| PathState {
            window: Window::new(limit.most, limit.within + MARGIN),
            under_way: 0,
            at_once: limit.at_once,
        });
        let queue = Queue {
            overall: Window::new(PER_SECOND, SignedDuration::from_secs(1) + MARGIN),
            minute: Window::new(usize::MAX, SignedDuration::from_mins(1)),
            paths: paths.collect(),
            waiting: Vec::new(),
            next_id: 0,
            penalty_ends: None,
            penalised_tickle: None,
        };
        let memory = Mutex::new(None);
        Self { clock, queue: Mutex::new(queue), memory, changed: Notify::new() }
    }

    /// Goes on where the last process ended whose limiter kept `file`, and keeps it from now on.
    /// Nothing has left yet. Instants in the file are of the same clock.
    pub(super) fn go_on_from(&self, file: PathBuf) {
        let now = self.clock.now();
        let kept = Kept::read(&file);
        let mut queue = self.queue();
        queue.penalty_ends = kept.penalty_ends;
        queue.penalised_tickle = kept.penalty_ends.and(kept.at);
        let was_recent = kept.at.is_some_and(|at| now.duration_since(at) < RECENT);
        // The last process may have been ahead, and the gateway may count what it sent only now.
        let last = kept.departures.values().flatten().copied().max().unwrap_or(now).max(now);
        for (limit, path) in PATH_LIMITS.iter().zip(&mut queue.paths) {
            if limit.within >= WRITTEN_FROM {
                let left = kept.departures.get(limit.name()).into_iter().flatten();
                let arrived = left.map(|at| at.checked_add(ARRIVES_WITHIN).unwrap_or(*at));
                path.window.note_earlier(arrived);
            } else if was_recent {
                path.window.use_up(last);
            }
        }
        if was_recent {
            queue.overall.use_up(last);
        }
        queue.overall.move_to(now);
        drop(queue);
        let memory = Memory { file, written_at: None };
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
    }

    /// Keeps what the next process has to know: what `must` be written at once, and otherwise from
    /// time to time that requests leave.
    fn write_down(&self, must: bool) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(memory) = &mut *memory else { return };
        let now = self.clock.now();
        let is_fresh = |at: Timestamp| at <= now && now.duration_since(at) < WRITTEN_EVERY;
        if !must && memory.written_at.is_some_and(is_fresh) {
            return;
        }
        memory.written_at = Some(now);
        let queue = self.queue();
        let long = PATH_LIMITS.iter().zip(&queue.paths);
        let long = long.filter(|(limit, _)| limit.within >= WRITTEN_FROM);
        let departures: BTreeMap<String, Vec<Timestamp>> = long
            .map(|(limit, path)| (limit.name().to_owned(), path.window.departures().collect()))
            .collect();
        let penalty_ends = queue.penalty(now).map(|penalty| penalty.ends);
        drop(queue);
        Kept { at: Some(now), penalty_ends, departures }.write(&memory.file);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Every change of the queue is complete before anything in it could panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request to `path` may leave and nothing more urgent wants to.
    pub(super) async fn depart(
        &self,
        path: &str,
        priority: Priority,
    ) -> Result<Departure<'_>, Penalty> {
        let path = bare(path);
        let limit = PATH_LIMITS.iter().position(|limit| limit.covers(path));
        let waiting = {
            let mut queue = self.queue();
            let id = queue.next_id;
            queue.next_id += 1;
            let waiting = Waiting { id, priority, limit };
            queue.waiting.push(waiting);
            waiting
        };
        let place = Place { limiter: self, waiting };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed, whoever makes it.
            changed.as_mut().enable();
            let now = self.clock.now();
            let turn = self.queue().turn(now, waiting);
            match turn {
                Turn::Leave => {
                    drop(place);
                    // Before it leaves: after a kill it counts as sent.
                    self.write_down(limit.is_some_and(is_long));
                    return Ok(Departure { limiter: self, id: waiting.id, limit, has_left: false });
                }
                Turn::Penalised(penalty) => return Err(penalty),
                Turn::NextAt(at) => tokio::select! {
                    biased;
                    () = changed => {}
                    () = self.clock.sleep(at.duration_since(now)) => {}
                },
                Turn::Later => changed.await,
            }
        }
    }

    /// Notes that IBKR answered 429. Another such answer during the penalty does not prolong it.
    pub(super) fn penalise(&self) {
        let now = self.clock.now();
        let mut queue = self.queue();
        if queue.penalty(now).is_none() {
            queue.penalty_ends = now.checked_add(PENALTY).ok();
            queue.penalised_tickle = Some(now);
        }
        drop(queue);
        self.write_down(true);
        self.changed.notify_waiters();
    }

    /// Requests against their limits.
    pub(super) fn state(&self) -> LimiterState {
        let now = self.clock.now();
        let mut queue = self.queue();
        queue.minute.move_to(now);
        let count = |span| queue.minute.count_since(now, span);
        LimiterState {
            last_second: count(SignedDuration::from_secs(1)),
            last_minute: count(SignedDuration::from_mins(1)),
            limit_per_second: u32::try_from(PER_SECOND).unwrap_or(u32::MAX),
            waiting: u32::try_from(queue.waiting.len()).unwrap_or(u32::MAX),
            penalty_ends: queue.penalty(now).map(|penalty| penalty.ends),
        }
    }
}

impl Queue {
    fn penalty(&self, now: Timestamp) -> Option<Penalty> {
        // A clock that was set back does not make the penalty longer than it is.
        let longest = now.checked_add(PENALTY).ok()?;
        let ends = self.penalty_ends.filter(|ends| *ends > now)?.min(longest);
        Some(Penalty { ends })
    }

    /// When this request could leave if it were alone; nothing while that hangs on an answer.
    fn earliest(&self, now: Timestamp, waiting: &Waiting) -> Option<Timestamp> {
        let overall = self.overall.opens(now);
        let Some(path) = waiting.limit.and_then(|limit| self.paths.get(limit)) else {
            return Some(overall);
        };
        if path.at_once.is_some_and(|most| path.under_way >= most) {
            return None;
        }
        Some(overall.max(path.window.opens(now)))
    }

    fn turn(&mut self, now: Timestamp, asking: Waiting) -> Turn {
        self.overall.move_to(now);
        self.minute.move_to(now);
        for path in &mut self.paths {
            path.window.move_to(now);
        }
        if let Some(penalty) = self.penalty(now) {
            let last = self.penalised_tickle.filter(|last| *last <= now);
            let is_due = last.is_none_or(|it| now.duration_since(it) >= BETWEEN_PENALISED_TICKLES);
            if asking.priority != Priority::Tickle || !is_due {
                return Turn::Penalised(penalty);
            }
        }
        let next = self
            .waiting
            .iter()
            .filter_map(|it| Some((self.earliest(now, it)?, it.priority, it.id)))
            .min();
        match next {
            Some((at, _, id)) if id == asking.id => {
                if at > now {
                    return Turn::NextAt(at);
                }
                self.note_departure(now, asking);
                Turn::Leave
            }
            _ => Turn::Later,
        }
    }

    fn note_departure(&mut self, now: Timestamp, leaving: Waiting) {
        self.overall.note(now, leaving.id);
        self.minute.note(now, leaving.id);
        if self.penalty(now).is_some() {
            self.penalised_tickle = Some(now);
        }
        if let Some(path) = leaving.limit.and_then(|limit| self.paths.get_mut(limit)) {
            path.window.note(now, leaving.id);
            path.under_way += 1;
        }
    }
}

#[cfg(test)]
mod tests;

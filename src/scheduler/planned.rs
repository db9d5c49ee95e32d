use jiff::{SignedDuration, Timestamp};

use crate::domain::StrategyId;
use crate::schedule::{NotRunCause, Schedule, Verdict};

/// Planned times that get a row each, beyond which a stretch stands for the rest.
pub(super) const MOST_ROWS: usize = 100;

/// One strategy on one symbol, with its next planned time.
pub(super) struct Planned {
    pub(super) strategy_id: StrategyId,
    pub(super) version: u32,
    pub(super) symbol: String,
    pub(super) schedule: Schedule,
    /// It asks a language model.
    pub(super) model: Option<String>,
    pub(super) next: Option<Timestamp>,
    /// It is not looked at again before.
    pub(super) waits_until: Option<Timestamp>,
    /// What it waits for.
    pub(super) waits_for: Option<(NotRunCause, String)>,
}

/// Planned times that were not begun, oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Backlog {
    /// One by one.
    pub(super) listed: Vec<Timestamp>,
    /// What lies beyond them, both ends included.
    pub(super) stretch: Option<(Timestamp, Timestamp)>,
}

impl Planned {
    /// When it wants to be looked at.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.next.map(|next| self.waits_until.map_or(next, |until| until.max(next)))
    }

    /// The latest planned time that is due, is a run, and is not later than the schedule allows.
    pub(super) fn latest_run(&self, now: Timestamp) -> Option<Timestamp> {
        let patience = self.schedule.policies.patience();
        let oldest = now.saturating_sub(patience).unwrap_or(now);
        let mut at = self.next?;
        if at < oldest {
            let before = oldest.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(oldest);
            at = following(&self.schedule, before)?;
        }
        let mut latest = None;
        while at <= now {
            if at >= oldest && matches!(self.schedule.verdict(at), Verdict::Runs { .. }) {
                latest = Some(at);
            }
            match following(&self.schedule, at) {
                Some(next) => at = next,
                None => break,
            }
        }
        latest
    }

    /// Goes on after a planned time.
    pub(super) fn goes_on_after(&mut self, at: Timestamp) {
        self.next = following(&self.schedule, at);
        (self.waits_until, self.waits_for) = (None, None);
    }
}

/// The planned times after one instant, up to another; the end is left out unless it is included.
pub(super) fn backlog(
    schedule: &Schedule,
    first: Option<Timestamp>,
    end: Timestamp,
    includes_end: bool,
) -> Backlog {
    let inside = |at: Timestamp| at < end || (includes_end && at == end);
    let mut backlog = Backlog::default();
    let mut next = first.filter(|at| inside(*at));
    while let Some(at) = next {
        if backlog.listed.len() == MOST_ROWS {
            let until = if includes_end {
                end
            } else {
                end.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(at)
            };
            backlog.stretch = Some((at, until));
            break;
        }
        backlog.listed.push(at);
        next = following(schedule, at).filter(|at| inside(*at));
    }
    backlog
}

/// The planned time after another. Where trading days are not known there is none: the list of
/// schedules says so.
pub(super) fn following(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    schedule.next_after(after).ok().flatten()
}

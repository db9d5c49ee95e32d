use jiff::SignedDuration;

use super::ScheduleError;

/// What happens to a planned time that was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedRun {
    /// Nothing, if it is later than a minute.
    Skip,
    /// The latest of all that were missed is run once, if it is inside the grace time.
    RunOnce,
}

/// What happens when the run before is still under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// The new one is not made.
    Skip,
    /// The new one waits, for as long as the grace time.
    Queue,
    /// The older one ends before its order, if it has not come to that; otherwise the new one is not
    /// made.
    CancelOlder,
}

/// What happens when a run cannot be made as planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policies {
    /// A time that was missed.
    pub missed: MissedRun,
    /// How late a run may be where lateness is allowed.
    pub grace: SignedDuration,
    /// A run that meets the one before it.
    pub overlap: Overlap,
    /// How often a run that failed before its order is tried again.
    pub retries: u8,
    /// After so many failed runs in a row the schedule is paused; nothing for never.
    pub pause_after_failures: Option<u8>,
}

/// Later than this, a planned time counts as missed.
const PUNCTUAL: SignedDuration = SignedDuration::from_mins(1);

impl Default for Policies {
    /// A run may be a quarter of an hour late: beyond that, prices and intentions have moved on.
    fn default() -> Self {
        Self {
            missed: MissedRun::RunOnce,
            grace: SignedDuration::from_mins(15),
            overlap: Overlap::Skip,
            retries: 0,
            pause_after_failures: None,
        }
    }
}

/// The policies of a strategy as its text has them, before any check.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyTexts<'a> {
    /// `skip` or `run_once`.
    pub missed: Option<&'a str>,
    /// 1 to 1440.
    pub grace_minutes: Option<u32>,
    /// `skip`, `queue` or `cancel_older`.
    pub overlap: Option<&'a str>,
    /// 0 to 5.
    pub retries: Option<u32>,
    /// 1 to 100.
    pub pause_after_failures: Option<u32>,
}

impl Policies {
    /// Reads what a strategy says; what it leaves out is as usual.
    pub fn read(texts: PolicyTexts<'_>) -> Result<Self, ScheduleError> {
        let usual = Self::default();
        let refused = |field, value: &dyn std::fmt::Display, allowed| ScheduleError::Policy {
            field,
            value: value.to_string().chars().filter(|c| !c.is_control()).take(40).collect(),
            allowed,
        };
        let missed = match texts.missed {
            None => usual.missed,
            Some("skip") => MissedRun::Skip,
            Some("run_once") => MissedRun::RunOnce,
            Some(other) => {
                return Err(refused("schedule.missed", &other, "use \"skip\" or \"run_once\""));
            }
        };
        let overlap = match texts.overlap {
            None => usual.overlap,
            Some("skip") => Overlap::Skip,
            Some("queue") => Overlap::Queue,
            Some("cancel_older") => Overlap::CancelOlder,
            Some(other) => {
                let allowed = "use \"skip\", \"queue\" or \"cancel_older\"";
                return Err(refused("schedule.overlap", &other, allowed));
            }
        };
        let grace = match texts.grace_minutes {
            None => usual.grace,
            Some(minutes @ 1..=1440) => SignedDuration::from_mins(minutes.into()),
            Some(other) => {
                let allowed = "use 1 to 1440 minutes, which is a day";
                return Err(refused("schedule.grace_minutes", &other, allowed));
            }
        };
        let retries = match texts.retries {
            None => usual.retries,
            Some(count @ 0..=5) => count as u8,
            Some(other) => return Err(refused("schedule.retries", &other, "use 0 to 5")),
        };
        let pause_after_failures = match texts.pause_after_failures {
            None => None,
            Some(count @ 1..=100) => Some(count as u8),
            Some(other) => {
                return Err(refused("schedule.pause_after_failures", &other, "use 1 to 100"));
            }
        };
        Ok(Self { missed, grace, overlap, retries, pause_after_failures })
    }

    /// How late a run may be.
    pub fn patience(&self) -> SignedDuration {
        match self.missed {
            MissedRun::Skip => PUNCTUAL,
            MissedRun::RunOnce => self.grace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_strategy_leaves_out_is_as_usual_and_what_it_names_is_checked() {
        assert_eq!(Policies::read(PolicyTexts::default()), Ok(Policies::default()));
        let texts = PolicyTexts {
            missed: Some("skip"),
            grace_minutes: Some(5),
            overlap: Some("queue"),
            retries: Some(2),
            pause_after_failures: Some(3),
        };
        let read = Policies::read(texts).unwrap();
        assert_eq!((read.missed, read.overlap, read.retries), (MissedRun::Skip, Overlap::Queue, 2));
        assert_eq!(read.patience(), PUNCTUAL);
        for (texts, field) in [
            (PolicyTexts { missed: Some("twice"), ..texts }, "schedule.missed is \"twice\""),
            (PolicyTexts { overlap: Some("both"), ..texts }, "schedule.overlap is \"both\""),
            (PolicyTexts { grace_minutes: Some(0), ..texts }, "schedule.grace_minutes is \"0\""),
            (PolicyTexts { retries: Some(6), ..texts }, "schedule.retries is \"6\""),
            (
                PolicyTexts { pause_after_failures: Some(0), ..texts },
                "schedule.pause_after_failures is \"0\"",
            ),
        ] {
            let error = Policies::read(texts).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a planned run was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotRunCause {
    /// The exchange does not trade on that day.
    Holiday,
    /// The exchange trades on that day, but not at that time.
    OutsideHours,
    /// Whether the exchange trades on that day is not known.
    UnknownDay,
    /// The computer slept, or its clock was set forward over the time.
    Asleep,
    /// The program was not running.
    Closed,
    /// There was no session with the broker.
    Offline,
    /// Trading was halted.
    Halted,
    /// The schedule was paused.
    Paused,
    /// The run before it was still under way.
    Overlap,
    /// The budget for language models was used up.
    Budget,
    /// The engine was busy for longer than the schedule has patience.
    Late,
    /// The schedule was changed before the time was taken up.
    Changed,
}

/// A text that names no cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no cause for which a planned run is not made")]
pub struct UnknownCause(String);

impl NotRunCause {
    /// Every cause.
    pub const ALL: [Self; 12] = [
        Self::Holiday,
        Self::OutsideHours,
        Self::UnknownDay,
        Self::Asleep,
        Self::Closed,
        Self::Offline,
        Self::Halted,
        Self::Paused,
        Self::Overlap,
        Self::Budget,
        Self::Late,
        Self::Changed,
    ];

    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holiday => "holiday",
            Self::OutsideHours => "outside_hours",
            Self::UnknownDay => "unknown_day",
            Self::Asleep => "asleep",
            Self::Closed => "closed",
            Self::Offline => "offline",
            Self::Halted => "halted",
            Self::Paused => "paused",
            Self::Overlap => "overlap",
            Self::Budget => "budget",
            Self::Late => "late",
            Self::Changed => "changed",
        }
    }
}

impl fmt::Display for NotRunCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for NotRunCause {
    type Err = UnknownCause;

    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        let found = Self::ALL.into_iter().find(|cause| cause.as_str() == text);
        found.ok_or_else(|| UnknownCause(text.chars().take(40).collect()))
    }
}

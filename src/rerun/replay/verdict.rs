use super::Difference;
use crate::domain::ExecutionId;
use crate::domain::records::{StepName, StepStatus};

/// What a replay says of one recorded attempt of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepVerdict {
    /// It was computed again, with the same bytes.
    Same,
    /// It was computed again with the same values; the record is of an earlier version, whose records
    /// had fewer fields.
    SameInOlderForm,
    /// It was computed again, and is another.
    Differs,
    /// It was read, paid for or done at the broker: it is taken as recorded.
    AsRecorded,
    /// Something that it needs is not on record.
    NotReplayable,
    /// It did not succeed when it was recorded, so that there is nothing to compute again.
    NotMade,
}

impl StepVerdict {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::SameInOlderForm => "same_in_older_form",
            Self::Differs => "differs",
            Self::AsRecorded => "as_recorded",
            Self::NotReplayable => "not_replayable",
            Self::NotMade => "not_made",
        }
    }
}

/// One recorded attempt of a step, held against what is computed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedStep {
    /// Which step.
    pub step: StepName,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Place in the chain.
    pub sequence: i64,
    /// How it ended when it was recorded.
    pub status: StepStatus,
    /// What the replay says.
    pub verdict: StepVerdict,
    /// Why, as a sentence; empty where the verdict says it all.
    pub detail: String,
    /// Where it differs, in the order of the record; the first few.
    pub differences: Vec<Difference>,
}

/// One execution, replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionReplay {
    /// Which execution.
    pub execution_id: ExecutionId,
    /// Version of the program that recorded it, as its rows say.
    pub recorded_by: String,
    /// Every recorded attempt, in the order of the record.
    pub steps: Vec<ReplayedStep>,
}

impl ExecutionReplay {
    /// How many steps have a verdict.
    pub fn count(&self, verdict: StepVerdict) -> usize {
        self.steps.iter().filter(|step| step.verdict == verdict).count()
    }

    /// Whether nothing differs.
    pub fn holds(&self) -> bool {
        self.count(StepVerdict::Differs) == 0
    }
}

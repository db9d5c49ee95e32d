//! Replays on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::StepStatus;

/// What a replay says of one recorded attempt of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReplayVerdict {
    /// It was computed again, with the same bytes.
    Same,
    /// The same values, in a record of an earlier version, whose records had fewer fields.
    SameInOlderForm,
    /// It was computed again, and is another.
    Differs,
    /// It was read, paid for or done at the broker: it is taken as recorded.
    AsRecorded,
    /// Something that it needs is not on record.
    NotReplayable,
    /// It did not succeed when it was recorded.
    NotMade,
}

/// A value that is another than the recorded one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplayDifferenceDto {
    /// `input` or `output`.
    pub part: String,
    /// The way to it, such as `$.charts[0].image.blob`.
    pub path: String,
    /// As JSON, perhaps shortened; nothing where the record has no such value.
    pub recorded: Option<String>,
    /// As JSON, perhaps shortened; nothing where there is no such value now.
    pub replayed: Option<String>,
}

/// One recorded attempt of a step, held against what is computed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplayedStepDto {
    /// Place in the chain.
    #[ts(type = "number")]
    pub sequence: i64,
    /// 1 to 12.
    pub step_number: u8,
    /// Such as `check_risk`.
    pub step_name: String,
    /// From 1.
    pub attempt: u32,
    /// How it ended when it was recorded.
    pub status: StepStatus,
    /// What the replay says.
    pub verdict: ReplayVerdict,
    /// Why, as a sentence; empty where the verdict says it all.
    pub detail: String,
    /// Where it differs; the first few.
    pub differences: Vec<ReplayDifferenceDto>,
}

/// One execution, run again on its frozen inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplayDto {
    /// Which execution.
    pub execution_id: String,
    /// Version of the program that recorded it.
    pub recorded_by: String,
    /// Version of the program that ran it again.
    pub replayed_by: String,
    /// Nothing differs.
    pub holds: bool,
    /// What came of it, in one sentence.
    pub sentence: String,
    /// Every recorded attempt, in the order of the steps.
    pub steps: Vec<ReplayedStepDto>,
}

/// Many executions, run again on their frozen inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplaysDto {
    /// How many.
    #[ts(type = "number")]
    pub executions: u64,
    /// In how many of them a step differs.
    #[ts(type = "number")]
    pub differing: u64,
    /// Version of the program that ran them again.
    pub replayed_by: String,
    /// Steps by name and verdict.
    #[ts(type = "Record<string, Record<string, number>>")]
    pub steps: BTreeMap<String, BTreeMap<String, u64>>,
    /// Those that differ, the first hundred.
    pub differences: Vec<ReplayDto>,
}

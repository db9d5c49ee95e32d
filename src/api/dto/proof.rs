//! Replays, anchors and bundles of evidence on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::StepStatus;

/// Where the chain stood at the end of each day, kept outside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct AnchorsDto {
    /// How many were held against the chain.
    #[ts(type = "number")]
    pub count: u64,
    /// How many of them are signed, and rightly.
    #[ts(type = "number")]
    pub signed: u64,
    /// SHA-256 of the public keys that signed them, 64 hexadecimal digits each.
    pub fingerprints: Vec<String>,
    /// The last day that is anchored, `YYYY-MM-DD`.
    pub last_day: Option<String>,
}

/// Asks for a bundle of evidence.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceExportRequest {
    /// `execution`, `order` or `day`.
    pub kind: String,
    /// Its id, or the day at the exchange, `YYYY-MM-DD`.
    pub name: String,
}

/// A bundle of evidence that was written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct EvidenceDto {
    /// The file.
    pub file: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// SHA-256 of the public key that signed it, 64 hexadecimal digits.
    pub fingerprint: String,
    /// Rows of the chain in it.
    #[ts(type = "number")]
    pub rows: u64,
    /// Rows whose content is in it.
    #[ts(type = "number")]
    pub rows_with_content: u64,
}

/// What is not in a bundle, and the rule by which it is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RedactionDto {
    /// Such as `other_executions`.
    pub rule: String,
    /// What is left out, as a sentence.
    pub what: String,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
}

/// What the verification of a bundle found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct EvidenceVerificationDto {
    /// Everything holds.
    pub holds: bool,
    /// The first record, file or byte that does not hold, and why.
    pub first_fault: Option<String>,
    /// What it is about, such as `execution sample_…`.
    pub subject: Option<String>,
    /// When it was made, RFC 3339.
    pub made_at: Option<String>,
    /// Version of the program that made it.
    pub program_version: Option<String>,
    /// Whose records it holds.
    pub account_id: Option<String>,
    /// Fingerprint of the key that signed it.
    pub fingerprint: Option<String>,
    /// Files that hold.
    #[ts(type = "number")]
    pub files: u64,
    /// Rows of the chain that hold.
    #[ts(type = "number")]
    pub rows: u64,
    /// Rows whose content is in it, and holds.
    #[ts(type = "number")]
    pub rows_with_content: u64,
    /// Anchors that hold.
    #[ts(type = "number")]
    pub anchors: u64,
    /// What is left out, by rule.
    pub redactions: Vec<RedactionDto>,
}

/// What a replay says of one recorded attempt of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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

//! Whether every part of the engine is well, and where its files are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the engine is at this moment.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct HealthDto {
    /// Engine time, RFC 3339 UTC.
    pub at: String,
    /// One light a part, in the order of `HealthPart`.
    pub lights: Vec<HealthLightDto>,
    /// Where the data is.
    pub files: FilesDto,
}

/// A part of the engine that can be well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthPart {
    /// The session with the broker.
    Gateway,
    /// The database and the recording of lineage.
    Database,
    /// Who analyses.
    Model,
    /// What runs by itself.
    Schedule,
    /// The room that is left for the data.
    Disk,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthLevel {
    /// Well.
    Well,
    /// It rests, and nothing is wrong.
    Resting,
    /// A person should look at it.
    Watch,
    /// It does not work.
    Unwell,
}

/// One part and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct HealthLightDto {
    /// Which part.
    pub part: HealthPart,
    /// How it is.
    pub level: HealthLevel,
    /// The same in one sentence.
    pub sentence: String,
    /// What to do about it; nothing while all is well.
    pub action: Option<String>,
}

/// Where the data is, and how much of it there is.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FilesDto {
    /// The data directory.
    pub directory: String,
    /// The database.
    pub database: String,
    /// Its size; nothing if it cannot be read.
    #[ts(type = "number | null")]
    pub database_bytes: Option<u64>,
    /// Size of its write-ahead log, which is folded into it now and then.
    #[ts(type = "number | null")]
    pub log_bytes: Option<u64>,
    /// The file that halts trading while it exists.
    pub halt_file: String,
    /// Room for this user on the disk of the data directory; nothing if the system does not say.
    #[ts(type = "number | null")]
    pub disk_free_bytes: Option<u64>,
    /// All of that disk.
    #[ts(type = "number | null")]
    pub disk_total_bytes: Option<u64>,
}

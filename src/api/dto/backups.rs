//! Backups and restores.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::Environment;

/// Names a backup in the usual directory.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRequest {
    /// Its name, without the directory.
    pub name: String,
}

/// Asks for a backup to be restored at the next start.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestorePrepareRequest {
    /// Its name, without the directory.
    pub name: String,
    /// The word `RESTORE`, typed by the person.
    pub typed: String,
}

/// Backups of a data directory, and what is under way.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackupsDto {
    /// Where they are made.
    pub directory: String,
    /// How far one has come that is being made.
    pub under_way: Option<BackupProgressDto>,
    /// Why the last attempt since the start was none.
    pub failure: Option<String>,
    /// The last one that was made, wherever it is.
    pub last: Option<BackupMadeDto>,
    /// Those in the directory, newest first, at most 100.
    pub files: Vec<BackupFileDto>,
    /// What is to be restored at the next start.
    pub restore: Option<RestoreRequestDto>,
    /// What became of the last restore.
    pub restored: Option<RestoreOutcomeDto>,
}

/// What a backup is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackupPhaseDto {
    /// The database is copied.
    Copying,
    /// Hashes of the records are computed.
    Checking,
    /// The one file is written.
    Packing,
    /// The one file is read back.
    Reading,
}

/// How far a backup has come.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackupProgressDto {
    /// What it is at.
    pub phase: BackupPhaseDto,
    /// Bytes that are done in this phase.
    #[ts(type = "number")]
    pub done: u64,
    /// Bytes of this phase; 0 where they are not counted.
    #[ts(type = "number")]
    pub total: u64,
}

/// A backup that was made.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackupMadeDto {
    /// The file.
    pub file: String,
    /// Wall time, RFC 3339 UTC.
    pub made_at: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// A file that by its name is a backup.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackupFileDto {
    /// Without its directory.
    pub name: String,
    /// Its length.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it was last written to, RFC 3339 UTC; nothing if the system does not say.
    pub written_at: Option<String>,
}

/// A restore that is to be done at the next start.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RestoreRequestDto {
    /// The backup.
    pub file: String,
    /// When it was made, RFC 3339 UTC.
    pub made_at: String,
    /// When it was asked for, RFC 3339 UTC.
    pub asked_at: String,
}

/// What became of a restore.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RestoreOutcomeDto {
    /// RFC 3339 UTC.
    pub at: String,
    /// The data is that of the backup.
    pub succeeded: bool,
    /// What was done, or why it was not.
    pub sentence: String,
}

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BackupManifestDto {
    /// Version of the program that made it.
    pub program: String,
    /// Version of the database's schema.
    #[ts(type = "number")]
    pub schema: i64,
    /// Wall time, RFC 3339 UTC.
    pub made_at: String,
    /// Which environment it is of.
    pub environment: Environment,
    /// Which account it is of, if one was known.
    pub account_id: Option<String>,
    /// Executions.
    #[ts(type = "number")]
    pub executions: u64,
    /// Orders.
    #[ts(type = "number")]
    pub orders: u64,
    /// Fills.
    #[ts(type = "number")]
    pub fills: u64,
    /// Open positions.
    #[ts(type = "number")]
    pub positions: u64,
    /// Rows of the lineage.
    #[ts(type = "number")]
    pub lineage_rows: u64,
    /// Hash of the last row of the chain; nothing if there is none.
    pub chain_head: Option<String>,
    /// Bytes of everything in it, unpacked.
    #[ts(type = "number")]
    pub unpacked_bytes: u64,
}

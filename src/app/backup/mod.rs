//! Backups: one file with everything that outlives the process but secrets, made while the engine
//! runs; and the way back.
//!
//! Keys of models are not in a backup. Their vault is sealed with a key in the keychain of one
//! computer, and stays where it is when a backup is restored.

mod archive;
mod create;
mod desk;
mod error;
mod places;
mod restore;
mod start;

use std::sync::Arc;

pub use archive::{Manifest, ManifestCounts, Part};
pub use create::create;
pub(crate) use desk::BackupDesk;
pub use error::BackupError;
pub use places::{BackupFile, BackupMade, backups, backups_directory, last_backup};
pub use restore::{Restored, inspect, restore};
pub(super) use start::prepare_start;
pub use start::{RestoreOutcome, RestoreRequest};

/// The ending of a backup's name.
pub const EXTENSION: &str = "throughline-backup";

/// What a backup or a restore is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupPhase {
    /// The database is copied.
    Copying,
    /// Hashes of the records are computed.
    Checking,
    /// The one file is written.
    Packing,
    /// The one file is read.
    Reading,
}

/// How far a backup or a restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// What it is at.
    pub phase: BackupPhase,
    /// Bytes that are done in this phase, where they are counted.
    pub done: u64,
    /// Bytes of this phase; 0 where they are not counted.
    pub total: u64,
}

/// Hears how far it has come.
pub type BackupReport = Arc<dyn Fn(BackupProgress) + Send + Sync>;

impl BackupPhase {
    /// Of this phase nothing is counted.
    fn begun(self) -> BackupProgress {
        BackupProgress { phase: self, done: 0, total: 0 }
    }
}

//! A restore that was asked for in the window: it is done by the next start, before anything opens
//! the data.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::create::silent;
use super::error::BackupError;
use super::places::{read_note, remove, write_note};
use super::restore::{self, restore};
use crate::api::ApiError;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::Environment;
use crate::store::DirectoryLock;

const REQUEST: &str = "restore-request.json";
const OUTCOME: &str = "restore-outcome.json";

/// A backup that is to be restored at the next start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRequest {
    /// The backup.
    pub file: PathBuf,
    /// When the backup was made: another one under its name is not meant.
    pub made_at: Timestamp,
    /// Wall time.
    pub asked_at: Timestamp,
}

/// What became of the last restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOutcome {
    /// Wall time.
    pub at: Timestamp,
    /// The data is that of the backup.
    pub succeeded: bool,
    /// What was done, or why it was not.
    pub sentence: String,
}

impl RestoreRequest {
    /// The request of a data directory, if there is one.
    pub fn read(data_dir: &Path) -> Result<Option<Self>, BackupError> {
        read_note(&data_dir.join(REQUEST))
    }

    /// Asks for it.
    pub(super) fn write(&self, data_dir: &Path) -> Result<(), BackupError> {
        write_note(&data_dir.join(REQUEST), self)
    }

    /// Takes it back.
    pub(super) fn withdraw(data_dir: &Path) -> Result<(), BackupError> {
        remove(&data_dir.join(REQUEST))
    }
}

impl RestoreOutcome {
    /// What became of the last restore of a data directory, if there was one.
    pub fn read(data_dir: &Path) -> Option<Self> {
        read_note(&data_dir.join(OUTCOME)).ok().flatten()
    }

    /// Keeps it, for whoever opens the data next.
    pub(super) fn keep(&self, data_dir: &Path) -> Result<(), BackupError> {
        write_note(&data_dir.join(OUTCOME), self)
    }

    /// Tells of a restore.
    pub fn of(done: &Result<super::Restored, BackupError>, at: Timestamp) -> Self {
        match done {
            Ok(restored) => {
                let aside = restored.set_aside.as_ref().map_or_else(String::new, |path| {
                    format!(" What was there is in {}.", path.display())
                });
                let sentence = format!(
                    "The backup of {} was restored: {} executions, {} orders, {} fills; the hashes \
                     of {} records hold.{aside} Trading is halted until the records are seen to \
                     agree with the broker's.",
                    restored.manifest.made_at,
                    restored.manifest.counts.executions,
                    restored.manifest.counts.orders,
                    restored.manifest.counts.fills,
                    restored.verified_rows,
                );
                Self { at, succeeded: true, sentence }
            }
            Err(error) => {
                let why = ApiError::new(crate::api::ErrorCode::Storage, error.to_string());
                let sentence =
                    format!("The backup was not restored, and nothing was changed: {why}.");
                Self { at, succeeded: false, sentence }
            }
        }
    }
}

/// Finishes a restore that was cut off, and does the one that was asked for. One that fails leaves
/// the data as it was, and the start goes on.
pub(in crate::app) async fn prepare_start(
    data_dir: &Path,
    environment: Environment,
) -> Result<(), ApiError> {
    let asked = data_dir.join(REQUEST).exists();
    if !asked && !restore::is_unfinished(data_dir) {
        return Ok(());
    }
    {
        let _lock = DirectoryLock::take(data_dir)?;
        restore::finish_moves(data_dir)?;
    }
    if !asked {
        return Ok(());
    }
    let now = SystemClock.wall_now();
    let done = match RestoreRequest::read(data_dir) {
        Ok(Some(request)) => restore_asked(&request, data_dir, environment, now).await,
        Ok(None) => return Ok(()),
        Err(error) => Err(error),
    };
    // Another engine began in between; the request stands for whoever opens the data next.
    if let Err(BackupError::Store(error @ crate::store::StoreError::InUse { .. })) = done {
        return Err(error.into());
    }
    let outcome = RestoreOutcome::of(&done, now);
    if outcome.succeeded {
        tracing::warn!("{}", outcome.sentence);
    } else {
        tracing::error!("{}", outcome.sentence);
    }
    outcome.keep(data_dir)?;
    RestoreRequest::withdraw(data_dir)?;
    Ok(())
}

async fn restore_asked(
    request: &RestoreRequest,
    data_dir: &Path,
    environment: Environment,
    now: Timestamp,
) -> Result<super::Restored, BackupError> {
    let manifest = restore::inspect(&request.file).await?;
    if manifest.made_at != request.made_at {
        let detail = format!(
            "it is the backup of {}, and that of {} was asked for",
            manifest.made_at, request.made_at
        );
        return Err(BackupError::damaged(&request.file, detail));
    }
    restore(&request.file, data_dir, environment, true, now, silent()).await
}

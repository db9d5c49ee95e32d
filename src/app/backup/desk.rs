//! Backups as the window asks for them: one at a time, beside everything else.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::BackupError;
use super::places::{backups_directory, listed, name_for};
use super::start::RestoreRequest;
use super::{BackupPhase, BackupProgress, Manifest, create, inspect};
use crate::api::{ApiError, ErrorCode};
use crate::app::Engine;
use crate::app::notifications::told_of_backup;
use crate::executor::Changed;

/// The word that a person types before data is set aside.
pub(crate) const RESTORE_WORD: &str = "RESTORE";

/// What is under way, and what became of the last one since the start.
#[derive(Debug, Default)]
pub(crate) struct BackupDesk {
    state: Mutex<DeskState>,
}

#[derive(Debug, Clone, Default)]
struct DeskState {
    under_way: Option<BackupProgress>,
    failure: Option<String>,
}

impl BackupDesk {
    fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far a backup has come; nothing if none is made.
    pub(crate) fn under_way(&self) -> Option<BackupProgress> {
        self.lock().under_way
    }

    /// Why the last backup since the start was not made; nothing if it was.
    pub(crate) fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }
}

impl Engine {
    /// Begins a backup in the usual directory, under a name that says of what and when.
    pub fn begin_backup(self: &Arc<Self>) -> Result<(), ApiError> {
        {
            let mut state = self.backups.lock();
            if state.under_way.is_some() {
                return Err(ApiError::new(ErrorCode::NotNow, "a backup is being made already")
                    .with_hint("wait until it is done"));
            }
            *state = DeskState { under_way: Some(BackupPhase::Copying.begun()), failure: None };
        }
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let made = engine.back_up().await;
            let failure = match made {
                Ok(made) => {
                    tracing::info!(file = %made.file.display(), bytes = made.bytes, "backed up");
                    None
                }
                Err(error) => {
                    tracing::error!(%error, "no backup was made");
                    let told = told_of_backup(&error, engine.now());
                    if let Err(error) = engine.notify(told).await {
                        tracing::error!(%error, "and nobody was told");
                    }
                    Some(error.to_string())
                }
            };
            *engine.backups.lock() = DeskState { under_way: None, failure };
            engine.parts().changes.tell(Changed::Status);
        });
        Ok(())
    }

    async fn back_up(self: &Arc<Self>) -> Result<super::BackupMade, BackupError> {
        let now = self.parts().clock.wall_now();
        let directory = backups_directory(self.data_dir());
        make_directory(&directory)?;
        let file = directory.join(name_for(self.gateway().environment(), now));
        let engine = Arc::clone(self);
        let report = Arc::new(move |progress: BackupProgress| {
            engine.backups.lock().under_way = Some(progress);
        });
        // What is queued of the lineage belongs to what has happened.
        if let Err(error) = self.parts().recorder.flush(crate::store::Durability::Ordinary).await {
            tracing::warn!(%error, "records that wait are not in the backup");
        }
        create(self.store(), self.data_dir(), &file, now, report).await
    }

    /// What a listed backup says of itself.
    pub async fn inspect_backup(&self, name: &str) -> Result<Manifest, ApiError> {
        Ok(inspect(&listed(self.data_dir(), name)?).await?)
    }

    /// Asks for a listed backup to be restored at the next start.
    pub async fn prepare_restore(&self, name: &str, typed: &str) -> Result<(), ApiError> {
        if typed.trim() != RESTORE_WORD {
            let shown: String = typed.chars().take(40).collect();
            let message =
                format!("\"{shown}\" is not the word {RESTORE_WORD}, so nothing is restored");
            return Err(ApiError::new(ErrorCode::InvalidRequest, message)
                .with_hint(format!("type {RESTORE_WORD} exactly")));
        }
        let file = listed(self.data_dir(), name)?;
        let manifest = inspect(&file).await?;
        let expected = self.gateway().environment();
        if manifest.environment != expected {
            let found = manifest.environment;
            return Err(BackupError::OtherEnvironment { path: file, found, expected }.into());
        }
        let asked_at = self.parts().clock.wall_now();
        let request = RestoreRequest { file, made_at: manifest.made_at, asked_at };
        request.write(self.data_dir())?;
        self.parts().changes.tell(Changed::Status);
        Ok(())
    }

    /// Takes back what was asked for the next start.
    pub fn withdraw_restore(&self) -> Result<(), ApiError> {
        RestoreRequest::withdraw(self.data_dir())?;
        self.parts().changes.tell(Changed::Status);
        Ok(())
    }
}

fn make_directory(path: &Path) -> Result<(), BackupError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| BackupError::io(path, error))
}

use std::io;
use std::path::{Path, PathBuf};

use crate::api::{ApiError, ErrorCode};
use crate::domain::Environment;
use crate::store::StoreError;

/// Why a backup was not made, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something has that name.
    #[error("{} is there already and was left as it is; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing of that name.
    #[error("there is no backup {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{} is no backup of Throughline: {detail}", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// A later program made it.
    #[error(
        "{} was made by a newer version of this program ({what} {found}, this program knows up to \
         {known}); update the program", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// `format` or `schema`.
        what: &'static str,
        /// What it has.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// It is cut short, or was changed.
    #[error("the backup {} is damaged: {detail}; use another one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        detail: String,
    },
    /// What would be backed up was changed behind the program's back.
    #[error(
        "no backup was made, because the chain of hashes of the records does not hold: {fault}"
    )]
    Records {
        /// The first row that does not hold, and why.
        fault: String,
    },
    /// It unpacks to more than there is room for.
    #[error(
        "there is no room to unpack {}: it needs {needed} bytes, and {free} are free at {}",
        path.display(), place.display()
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// Where it was to be unpacked.
        place: PathBuf,
        /// Bytes.
        needed: u64,
        /// Bytes.
        free: u64,
    },
    /// Environments never mix.
    #[error("{} is a backup of {found}, and this data directory is for {expected}", path.display())]
    OtherEnvironment {
        /// The file.
        path: PathBuf,
        /// Of the backup.
        found: Environment,
        /// Of the directory.
        expected: Environment,
    },
    /// Accounts never mix.
    #[error("{} is a backup of account {found}, and this data directory is of {expected}", path.display())]
    OtherAccount {
        /// The file.
        path: PathBuf,
        /// Of the backup.
        found: String,
        /// Of the directory.
        expected: String,
    },
    /// The data would not outlive it unseen.
    #[error(
        "{} holds data, which a restore sets aside; say that it is meant to with --yes",
        directory.display()
    )]
    NotConfirmed {
        /// The data directory.
        directory: PathBuf,
    },
    /// The disk refused.
    #[error("{} could not be used: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// No room for the backup itself.
    #[error("the disk that holds {} is full; no backup was made", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// What the system said of a file.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }

    pub(super) fn damaged(path: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), detail: detail.into() }
    }

    pub(super) fn not_a_backup(path: &Path, detail: impl Into<String>) -> Self {
        Self::NotABackup { path: path.to_path_buf(), detail: detail.into() }
    }
}

impl From<BackupError> for ApiError {
    fn from(error: BackupError) -> Self {
        let (code, hint) = match error {
            BackupError::Store(error) => return error.into(),
            BackupError::Missing { .. } => (ErrorCode::NotFound, None),
            BackupError::NotConfirmed { .. } => (ErrorCode::NotNow, None),
            BackupError::Exists { .. }
            | BackupError::NotABackup { .. }
            | BackupError::Newer { .. } => (ErrorCode::InvalidRequest, None),
            BackupError::OtherEnvironment { .. } => (
                ErrorCode::InvalidRequest,
                Some("name the environment with --environment, or another --data-dir"),
            ),
            BackupError::OtherAccount { .. } => {
                (ErrorCode::InvalidRequest, Some("name another directory with --data-dir"))
            }
            BackupError::NoRoom { .. } | BackupError::DiskFull { .. } => {
                (ErrorCode::Storage, Some("make room, or name a file on another disk"))
            }
            BackupError::Records { .. } => (
                ErrorCode::Storage,
                Some(
                    "throughline lineage verify names the row; copy the files by hand to keep them",
                ),
            ),
            BackupError::Damaged { .. } | BackupError::Io { .. } => (ErrorCode::Storage, None),
        };
        Self { hint: hint.map(ToOwned::to_owned), ..Self::new(code, error.to_string()) }
    }
}

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::{PromptId, StrategyId};

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The data directory is something else.
    #[error("{} is not a directory; name a directory for the data", path.display())]
    NotADirectory {
        /// What was given.
        path: PathBuf,
    },
    /// Nothing can be written there.
    #[error(
        "{} is read-only; make it writable for this user, or choose another data directory",
        path.display()
    )]
    ReadOnly {
        /// The data directory or a file in it.
        path: PathBuf,
        /// The system's word, where it gave one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// No room is left.
    #[error(
        "the disk that holds {} is full; nothing of this change was written; free some space and \
         try again",
        path.display()
    )]
    DiskFull {
        /// The data directory or a file in it.
        path: PathBuf,
        /// The system's or the database's word.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another engine holds the lock.
    #[error(
        "the data directory {} is in use by another engine{}; close that one first, or choose \
         another data directory",
        path.display(),
        process_text(*process)
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// The process that holds it, if the lock file could be read.
        process: Option<u32>,
    },
    /// There is nothing to read yet.
    #[error("there is no database {} yet; start the engine on this data directory once", path.display())]
    NoDatabase {
        /// The database file.
        path: PathBuf,
    },
    /// A later program wrote it.
    #[error(
        "the database {} is from a newer version of this program (schema {found}, this program \
         knows up to {known}); update the program",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// An earlier program wrote it, and reading must not change it.
    #[error(
        "the database {} is from an earlier version of this program (schema {found}, this program \
         needs {known}); start the engine on this data directory once to bring it up to date",
        path.display()
    )]
    Older {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The one that this program needs.
        known: i64,
    },
    /// It is no database, or not a whole one.
    #[error(
        "the database {} is damaged or cut short ({detail}); it was left as it is; put a backup in \
         its place, or choose another data directory",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What the check found first.
        detail: String,
    },
    /// Another program holds the database for longer than five seconds.
    #[error("the database {} is locked by another program; close that program", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The database's word.
        #[source]
        source: sqlx::Error,
    },
    /// The planned run was taken before.
    #[error("the run of {strategy_id} on {symbol} planned for {planned_at} was already taken")]
    AlreadyClaimed {
        /// Strategy.
        strategy_id: StrategyId,
        /// Symbol.
        symbol: String,
        /// Engine time that the schedule names.
        planned_at: Timestamp,
    },
    /// A version is frozen and cannot mean something else.
    #[error(
        "version {version} of strategy {strategy_id} is recorded with another definition; give the \
         changed definition a new version"
    )]
    VersionTaken {
        /// Strategy.
        strategy_id: StrategyId,
        /// Its version.
        version: u32,
    },
    /// There is no such prompt, or it is deleted.
    #[error("there is no prompt {prompt_id}, or it is deleted; restore it first")]
    NoPrompt {
        /// Which was asked for.
        prompt_id: PromptId,
    },
    /// The id is in use.
    #[error("there is a prompt {prompt_id} already; choose another name")]
    PromptTaken {
        /// Which id.
        prompt_id: PromptId,
    },
    /// Somebody else's edit came first.
    #[error(
        "prompt {prompt_id} was changed in the meantime, so that version {version} is not the one \
         that follows its newest; read it again and repeat the edit"
    )]
    PromptChanged {
        /// Which prompt.
        prompt_id: PromptId,
        /// The version that was to be made.
        version: u32,
    },
    /// The change contradicts what is there, so nothing of it was written.
    #[error("a change contradicts what {} holds; nothing of it was written", path.display())]
    Conflict {
        /// The database file.
        path: PathBuf,
        /// Which rule it breaks.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value does not mean anything.
    #[error("the database {} holds \"{value}\" in column {column}, which is not usable", path.display())]
    Value {
        /// The database file.
        path: PathBuf,
        /// Column.
        column: &'static str,
        /// The value, shortened.
        value: String,
    },
    /// The bytes of a blob are not those that its hash names.
    #[error("the blob {hash} in {} does not match its hash: it was changed or damaged", path.display())]
    BlobDamaged {
        /// The database file.
        path: PathBuf,
        /// The hash that it is kept under.
        hash: String,
    },
    /// A row of the lineage refers to a blob that is not there.
    #[error("the blob {hash} is missing in {}", path.display())]
    BlobMissing {
        /// The database file.
        path: PathBuf,
        /// The hash that is referred to.
        hash: String,
    },
    /// Opened for reading only, or closed.
    #[error("the database {} is not open for writing", path.display())]
    NotOpenForWriting {
        /// The database file.
        path: PathBuf,
    },
    /// A file of the data directory could not be used.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// Anything else that the database says.
    #[error("the database {} failed", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// The database's word.
        #[source]
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Whether the same change would fail again, because it contradicts what is stored.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::AlreadyClaimed { .. }
                | Self::VersionTaken { .. }
                | Self::NoPrompt { .. }
                | Self::PromptTaken { .. }
                | Self::PromptChanged { .. }
        )
    }

    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotADirectory => Self::NotADirectory { path },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path, source: Some(Box::new(source)) }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source: Box::new(source) }
            }
            _ => Self::File { path, source },
        }
    }

    /// Result codes: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.
    pub(super) fn from_sqlx(path: &Path, source: sqlx::Error) -> Self {
        /// The shared-memory file of the WAL could not be given its size: the disk is full.
        const IOERR_SHMSIZE: i32 = 4874;
        /// A page beyond the end of the file was read.
        const IOERR_SHORT_READ: i32 = 522;
        const BUSY: i32 = 5;
        const READONLY: i32 = 8;
        const CORRUPT: i32 = 11;
        const FULL: i32 = 13;
        const CONSTRAINT: i32 = 19;
        const NOTADB: i32 = 26;

        let code = source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<i32>().ok())
            .unwrap_or_default();
        let path = path.to_path_buf();
        match (code, code & 0xff) {
            (IOERR_SHMSIZE, _) | (_, FULL) => Self::DiskFull { path, source: Box::new(source) },
            (IOERR_SHORT_READ, _) | (_, CORRUPT | NOTADB) => {
                Self::Damaged { path, detail: source.to_string() }
            }
            (_, READONLY) => Self::ReadOnly { path, source: Some(Box::new(source)) },
            (_, BUSY) => Self::Locked { path, source },
            (_, CONSTRAINT) => Self::Conflict { path, source },
            _ => Self::Database { path, source },
        }
    }
}

fn process_text(process: Option<u32>) -> String {
    process.map(|id| format!(" (process {id})")).unwrap_or_default()
}

/// What goes wrong inside the store, before the path of the database is added.
#[derive(Debug)]
pub(super) enum Failure {
    Database(sqlx::Error),
    Store(StoreError),
    Value { column: &'static str, value: String },
    BlobDamaged(String),
    BlobMissing(String),
}

/// A result inside the store.
pub(super) type Attempt<T> = Result<T, Failure>;

impl Failure {
    pub(super) fn at(self, path: &Path) -> StoreError {
        let owned = path.to_path_buf();
        match self {
            Self::Database(source) => StoreError::from_sqlx(path, source),
            Self::Store(error) => error,
            Self::Value { column, value } => StoreError::Value { path: owned, column, value },
            Self::BlobDamaged(hash) => StoreError::BlobDamaged { path: owned, hash },
            Self::BlobMissing(hash) => StoreError::BlobMissing { path: owned, hash },
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same causes are met on real disks in `tests/it/store`, where that is possible.
    #[test]
    fn what_the_system_says_becomes_a_sentence_with_the_path() {
        let cases = [
            (io::ErrorKind::PermissionDenied, "/data is read-only"),
            (io::ErrorKind::ReadOnlyFilesystem, "/data is read-only"),
            (io::ErrorKind::StorageFull, "the disk that holds /data is full"),
            (io::ErrorKind::QuotaExceeded, "the disk that holds /data is full"),
            (io::ErrorKind::NotADirectory, "/data is not a directory"),
            (io::ErrorKind::NotFound, "/data cannot be used"),
        ];
        for (kind, expected) in cases {
            let shown = StoreError::from_io(Path::new("/data"), kind.into()).to_string();
            assert!(shown.starts_with(expected), "{kind:?} became: {shown}");
        }
    }

    #[test]
    fn the_process_that_holds_the_lock_is_named_if_it_is_known() {
        let in_use = |process| StoreError::InUse { path: "/data".into(), process }.to_string();
        assert!(in_use(Some(4_711)).contains("another engine (process 4711);"));
        assert!(in_use(None).contains("another engine;"));
    }
}

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::commit::Writer;
use super::error::{Attempt, Failure, StoreError};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The database in a data directory.
pub const DATABASE_FILE: &str = "throughline.db";
const LOCK_FILE: &str = "engine.lock";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 2;

/// The open database of one data directory. Reads are in the sibling files by subject.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) readers: SqlitePool,
    /// Nothing when opened for reading or closed.
    pub(super) writer: tokio::sync::Mutex<Option<Writer>>,
    /// Held as long as the store is open.
    lock: Mutex<Option<File>>,
}

impl Store {
    /// Opens the data directory for the engine: makes it if need be, takes its lock, checks the
    /// database and brings its schema up to date.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        create_directory(data_dir)?;
        let lock = take_lock(data_dir)?;
        let path = data_dir.join(DATABASE_FILE);
        let connection = open_writer(&path).await.map_err(|failure| failure.at(&path))?;
        let readers = reader_pool(reader_options(&path));
        Ok(Self {
            readers,
            writer: tokio::sync::Mutex::new(Some(Writer::new(connection))),
            lock: Mutex::new(Some(lock)),
            path,
        })
    }

    /// Opens the data directory for reading, also beside a running engine: no lock, no change.
    pub async fn open_read_only(data_dir: &Path) -> Result<Self, StoreError> {
        if data_dir.exists() && !data_dir.is_dir() {
            return Err(StoreError::NotADirectory { path: data_dir.to_path_buf() });
        }
        let path = data_dir.join(DATABASE_FILE);
        if !path.exists() {
            return Err(StoreError::NoDatabase { path });
        }
        let mut options = reader_options(&path);
        let found = match read_version(&options).await {
            // Reading a database in WAL mode needs its two side files, which a read-only file
            // system does not let it make. Without them nobody writes, so that it cannot change.
            Err(_) if !side_file(&path, "-wal").exists() => {
                options = options.immutable(true);
                read_version(&options).await
            }
            found => found,
        }
        .map_err(|failure| failure.at(&path))?;
        let known = known_version();
        match found {
            None => Err(StoreError::NoDatabase { path }),
            Some(found) if found > known => Err(StoreError::Newer { path, found, known }),
            Some(found) if found < known => Err(StoreError::Older { path, found, known }),
            Some(_) => Ok(Self {
                readers: reader_pool(options),
                writer: tokio::sync::Mutex::new(None),
                lock: Mutex::new(None),
                path,
            }),
        }
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finishes what is under way, closes the database and lets go of the lock. A store that is
    /// dropped instead does the same without waiting.
    pub async fn close(&self) {
        self.readers.close().await;
        let writer = self.writer.lock().await.take();
        if let Some(writer) = writer {
            // The last connection folds the write-ahead log into the database. If that fails the
            // log stays, and the next opening reads it.
            if let Err(error) = writer.connection.close().await {
                tracing::warn!(%error, path = %self.path.display(), "closing the database failed");
            }
        }
        let lock = match self.lock.lock() {
            Ok(mut lock) => lock.take(),
            Err(poisoned) => poisoned.into_inner().take(),
        };
        drop(lock);
    }

    /// Adds the path to what went wrong.
    pub(super) fn locate<T>(&self, attempt: Attempt<T>) -> Result<T, StoreError> {
        attempt.map_err(|failure| failure.at(&self.path))
    }
}

/// The lock of a data directory, for work on its files while no engine may run on it. It is let go
/// when this is dropped.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes it, or says which process has it. Makes the directory if it is not there.
    pub fn take(data_dir: &Path) -> Result<Self, StoreError> {
        create_directory(data_dir)?;
        take_lock(data_dir).map(|file| Self { _file: file })
    }
}

fn create_directory(path: &Path) -> Result<(), StoreError> {
    if path.exists() && !path.is_dir() {
        return Err(StoreError::NotADirectory { path: path.to_path_buf() });
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    // What is in it is the user's alone. Windows gives a new directory the rights of its parent.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| StoreError::from_io(path, error))
}

fn take_lock(data_dir: &Path) -> Result<File, StoreError> {
    let path = data_dir.join(LOCK_FILE);
    let located = |error| StoreError::from_io(&path, error);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(located)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // Where a lock keeps others from reading (Windows), the process stays unnamed.
            let mut text = String::new();
            let read = (&mut file).take(16).read_to_string(&mut text);
            let process = read.ok().and_then(|_| text.trim().parse().ok());
            return Err(StoreError::InUse { path: data_dir.to_path_buf(), process });
        }
        Err(TryLockError::Error(error)) => return Err(located(error)),
    }
    file.set_len(0).map_err(located)?;
    writeln!(file, "{}", std::process::id()).map_err(located)?;
    Ok(file)
}

async fn open_writer(path: &Path) -> Attempt<SqliteConnection> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // A checkpoint takes some milliseconds; at 16 MiB of log one commit in hundreds pays it.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("temp_store", "memory")
        .disable_statement_logging()
        .connect()
        .await?;
    let checked: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
    if checked != "ok" {
        let detail = checked.lines().last().unwrap_or_default().to_owned();
        return Err(StoreError::Damaged { path: path.to_path_buf(), detail }.into());
    }
    let known = known_version();
    if let Some(found) = schema_version(&mut connection).await?.filter(|found| *found > known) {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known }.into());
    }
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(source)
        | sqlx::migrate::MigrateError::ExecuteMigration(source, _) => Failure::Database(source),
        other => Failure::Database(sqlx::Error::Migrate(Box::new(other))),
    })?;
    Ok(connection)
}

pub(super) fn reader_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

fn reader_pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        // A local file does not hang up, and a test of the connection costs as much as a read.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options)
}

async fn read_version(options: &SqliteConnectOptions) -> Attempt<Option<i64>> {
    let mut connection = options.connect().await?;
    let found = schema_version(&mut connection).await;
    connection.close().await?;
    found
}

pub(super) fn known_version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// The newest migration that was applied; nothing in an empty database.
pub(super) async fn schema_version(connection: &mut SqliteConnection) -> Attempt<Option<i64>> {
    let migrated: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'",
    )
    .fetch_one(&mut *connection)
    .await?;
    if migrated == 0 {
        return Ok(None);
    }
    Ok(sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await?)
}

pub(super) fn side_file(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

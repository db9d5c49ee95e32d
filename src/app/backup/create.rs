//! Making a backup, also while an engine writes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::archive::{self, Kind, Manifest, ManifestCounts};
use super::error::BackupError;
use super::places::{BackupMade, Workplace, note_last, sync_directory};
use super::{BackupPhase, BackupProgress, BackupReport};
use crate::domain::Environment;
use crate::lineage::verify;
use crate::sandbox::Sandbox;
use crate::sandbox::data::{check_symbol, prices_directory};
use crate::store::{Counts, Store};

impl From<Counts> for ManifestCounts {
    fn from(counts: Counts) -> Self {
        Self {
            executions: counts.executions,
            orders: counts.orders,
            fills: counts.fills,
            positions: counts.positions,
            trades: counts.trades,
            lineage_rows: counts.lineage_rows,
            blobs: counts.blobs,
        }
    }
}

/// Makes a backup of a data directory in `file`, which must not be there yet. The store may be one
/// that an engine writes to, or one opened for reading beside it. The file appears under its name
/// when it is whole and was read back.
pub async fn create(
    store: &Store,
    data_dir: &Path,
    file: &Path,
    made_at: Timestamp,
    report: BackupReport,
) -> Result<BackupMade, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: file.to_path_buf() });
    }
    let Some(name) = file.file_name() else {
        return Err(BackupError::Missing { path: file.to_path_buf() });
    };
    // Beside the file, so that it can be moved there, and the disk of the data need not hold it.
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".part");
    let workplace = Workplace::make(file.with_file_name(hidden))?;

    report(BackupPhase::Copying.begun());
    let database = Kind::Database.place_in(workplace.path());
    store.copy_into(&database).await?;
    report(BackupPhase::Checking.begun());
    let copy = Store::open_read_only(workplace.path()).await?;
    let described = describe(&copy, file, made_at).await;
    copy.close().await;
    let (manifest, known_orders) = described?;

    let (data_dir, file) = (data_dir.to_path_buf(), file.to_path_buf());
    let packed = tokio::task::spawn_blocking(move || {
        let made = pack(&workplace, &data_dir, &file, manifest, &known_orders, &report)?;
        note_last(&data_dir, &made);
        Ok(made)
    });
    packed.await.unwrap_or_else(|error| {
        Err(BackupError::io(Path::new("the backup"), io::Error::other(error)))
    })
}

/// What the copy says of itself, all parts but the parts of the manifest, and the orders it knows.
async fn describe(
    copy: &Store,
    file: &Path,
    made_at: Timestamp,
) -> Result<(Manifest, BTreeSet<String>), BackupError> {
    let verified = verify(copy).await?;
    if let Some(fault) = verified.first_fault {
        // It could not be restored, so that it would be no backup.
        return Err(BackupError::Records { fault: fault.to_string() });
    }
    let environment = match copy.setting("environment").await?.as_deref() {
        Some("sandbox") => Environment::Sandbox,
        Some("paper") => Environment::Paper,
        Some("live") => Environment::Live,
        _ => {
            let detail = "the data directory says of no environment that it is for it";
            return Err(BackupError::not_a_backup(file, detail));
        }
    };
    let head = copy.chain_head().await?;
    let orders = copy.orders().await?;
    let manifest = Manifest {
        format: Manifest::format(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: copy.schema().await?,
        made_at,
        engine_time: copy.setting("engine_time").await?,
        environment,
        account_id: copy.setting(crate::app::opening::ACCOUNT_SETTING).await?,
        counts: copy.counts().await?.into(),
        chain_length: head.as_ref().map_or(0, |head| head.sequence),
        chain_head: head.map(|head| head.hash),
        parts: Vec::new(),
    };
    Ok((manifest, orders.into_iter().map(|order| order.client_order_id.to_string()).collect()))
}

fn pack(
    workplace: &Workplace,
    data_dir: &Path,
    file: &Path,
    mut manifest: Manifest,
    known_orders: &BTreeSet<String>,
    report: &BackupReport,
) -> Result<BackupMade, BackupError> {
    let mut kinds = vec![Kind::Database];
    if manifest.environment == Environment::Sandbox {
        kinds.extend(copy_exchange(workplace.path(), data_dir, known_orders)?);
    }
    let sources: Vec<PathBuf> = kinds.iter().map(|kind| kind.place_in(workplace.path())).collect();
    for (kind, source) in kinds.iter().zip(&sources) {
        manifest.parts.push(archive::measured(kind, source)?);
    }
    let packed = workplace.path().join("packed");
    let total = manifest.unpacked();
    archive::write(&packed, &manifest, &sources, |done| {
        report(BackupProgress { phase: BackupPhase::Packing, done, total });
    })?;
    // The database of the work is no longer needed, and its room perhaps is.
    report(BackupProgress { phase: BackupPhase::Reading, done: 0, total });
    let read_back = archive::read_whole(&packed, |_, _| Ok(()))?;
    if read_back != manifest {
        return Err(BackupError::damaged(&packed, "its manifest was read back otherwise"));
    }
    let bytes = fs::metadata(&packed).map_err(|error| BackupError::io(&packed, error))?.len();
    publish(&packed, file)?;
    Ok(BackupMade { file: file.to_path_buf(), made_at: manifest.made_at, bytes })
}

/// The other side of a sandbox: its journal up to where the copy of the database knows it, and the
/// prices that were imported.
fn copy_exchange(
    workplace: &Path,
    data_dir: &Path,
    known_orders: &BTreeSet<String>,
) -> Result<Vec<Kind>, BackupError> {
    let mut kinds = Vec::new();
    let journal = Sandbox::journal_in(data_dir);
    match fs::read(&journal) {
        Ok(bytes) => {
            // An order is written down here before it is placed there. What the journal has beyond
            // was placed after the copy was made.
            let whole = Sandbox::journal_known_to(&bytes, known_orders);
            put(&Kind::Journal, workplace, whole)?;
            kinds.push(Kind::Journal);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(BackupError::io(&journal, error)),
    }
    let library = prices_directory(data_dir);
    let entries = match fs::read_dir(&library) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(kinds),
        Err(error) => return Err(BackupError::io(&library, error)),
    };
    let mut symbols = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(|error| BackupError::io(&library, error))?.file_name();
        let symbol = name.to_str().and_then(|name| name.strip_suffix(".csv"));
        symbols.extend(symbol.filter(|symbol| check_symbol(symbol).is_ok()).map(str::to_owned));
    }
    for symbol in symbols {
        let kind = Kind::Prices(symbol);
        let source = kind.place_in(data_dir);
        let bytes = fs::read(&source).map_err(|error| BackupError::io(&source, error))?;
        put(&kind, workplace, &bytes)?;
        kinds.push(kind);
    }
    Ok(kinds)
}

fn put(kind: &Kind, workplace: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let place = kind.place_in(workplace);
    let made = match place.parent() {
        Some(parent) => fs::create_dir_all(parent),
        None => Ok(()),
    };
    made.and_then(|()| fs::write(&place, bytes)).map_err(|error| BackupError::io(&place, error))
}

/// Gives the finished file its name, unless something has it by now.
fn publish(packed: &Path, file: &Path) -> Result<(), BackupError> {
    match fs::hard_link(packed, file) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists { path: file.to_path_buf() });
        }
        // Some file systems know one name to a file only.
        Err(_) if file.symlink_metadata().is_err() => {
            fs::rename(packed, file).map_err(|error| BackupError::io(file, error))?;
        }
        Err(error) => return Err(BackupError::io(file, error)),
    }
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    sync_directory(Some(directory.unwrap_or(Path::new("."))))
}

/// Nobody listens.
pub(super) fn silent() -> BackupReport {
    Arc::new(|_| {})
}

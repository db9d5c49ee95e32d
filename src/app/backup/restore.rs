//! The way back: a backup becomes a data directory, and what was there is set aside inside it.
//!
//! Everything is unpacked and checked beside the data first. Then files change places by moves that
//! are written down before they are done, so that a crash in between is finished by the next start.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::archive::{self, Kind, Manifest, ManifestCounts};
use super::error::BackupError;
use super::places::{self, Workplace, read_note, remove, sync_directory, write_note};
use super::{BackupPhase, BackupProgress, BackupReport};
use crate::domain::{AccountId, Environment};
use crate::evidence::ANCHORS_FILE;
use crate::executor::{Halt, HaltSwitch};
use crate::lineage::verify;
use crate::sandbox::Sandbox;
use crate::sandbox::data::prices_directory;
use crate::store::{
    ApprovalState, Change, DATABASE_FILE, DirectoryLock, Durability, ExecutionStatus, Store,
};

/// Where a backup is unpacked and checked, inside the data directory.
const WORKPLACE: &str = "restoring";

/// What is under way while files change places.
const JOURNAL: &str = "restore-journal.json";

/// Room that is left free beside what is unpacked, in bytes: migrations and the log of the database.
const SPARE_ROOM: u64 = 64 * 1024 * 1024;

/// A restore that was done.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What was restored.
    pub manifest: Manifest,
    /// Where the data is now that was there before; nothing if there was none.
    pub set_aside: Option<PathBuf>,
    /// Rows of the lineage whose hashes were recomputed.
    pub verified_rows: u64,
}

/// How far files have changed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Moving {
    /// What was there goes aside.
    Aside,
    /// What was unpacked goes to its place.
    IntoPlace,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Moves {
    moving: Moving,
    /// Name of the directory for what was there, inside the data directory.
    aside: String,
}

/// What a backup says of itself, if this program could restore it. Its parts are not read.
pub async fn inspect(file: &Path) -> Result<Manifest, BackupError> {
    let owned = file.to_path_buf();
    blocking(file, move || {
        let manifest = archive::manifest_of(&owned)?;
        check_schema(&owned, &manifest)?;
        Ok(manifest)
    })
    .await
}

fn check_schema(file: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let known = Store::known_schema();
    if manifest.schema > known {
        return Err(BackupError::Newer {
            path: file.to_path_buf(),
            what: "schema",
            found: manifest.schema,
            known,
        });
    }
    Ok(())
}

/// Restores a backup into a data directory, which no engine may have open. Data that is there is set
/// aside, if that was `confirmed`. Afterwards trading is halted, and live trading is not armed.
pub async fn restore(
    file: &Path,
    data_dir: &Path,
    environment: Environment,
    confirmed: bool,
    now: Timestamp,
    report: BackupReport,
) -> Result<Restored, BackupError> {
    let manifest = inspect(file).await?;
    if manifest.environment != environment {
        return Err(BackupError::OtherEnvironment {
            path: file.to_path_buf(),
            found: manifest.environment,
            expected: environment,
        });
    }
    let lock = DirectoryLock::take(data_dir)?;
    finish_moves(data_dir)?;
    if !what_is_there(data_dir).is_empty() {
        check_owner(file, &manifest, data_dir).await?;
        if !confirmed {
            return Err(BackupError::NotConfirmed { directory: data_dir.to_path_buf() });
        }
    }
    check_room(file, &manifest, data_dir)?;
    let workplace = Workplace::make(data_dir.join(WORKPLACE))?;
    unpack(file, &manifest, workplace.path(), report.clone()).await?;
    report(BackupPhase::Checking.begun());
    let verified_rows = check_and_settle(file, &manifest, workplace.path(), now).await?;

    // From here on nothing trades on what is in the directory, whatever comes in between.
    halt(data_dir, &manifest, now)?;
    let aside = free_name(data_dir, now);
    // What was unpacked is the only copy in the directory from the first move on.
    workplace.keep();
    let moves = Moves { moving: Moving::Aside, aside: aside.clone() };
    write_note(&data_dir.join(JOURNAL), &moves)?;
    finish_moves(data_dir)?;
    drop(lock);
    let aside = data_dir.join(aside);
    Ok(Restored { manifest, set_aside: aside.exists().then_some(aside), verified_rows })
}

/// Whether a restore was cut off while files changed places.
pub(super) fn is_unfinished(data_dir: &Path) -> bool {
    data_dir.join(JOURNAL).exists()
}

/// Finishes the moves that were written down; without any it does nothing. The lock must be held.
pub(super) fn finish_moves(data_dir: &Path) -> Result<(), BackupError> {
    let journal = data_dir.join(JOURNAL);
    let Some(mut moves) = read_note::<Moves>(&journal)? else { return Ok(()) };
    // The name was made here and is one name; a path in its place would lead elsewhere.
    if Path::new(&moves.aside).components().count() != 1 || moves.aside.starts_with('.') {
        return Err(BackupError::damaged(&journal, "it names no directory of this one"));
    }
    let workplace = data_dir.join(WORKPLACE);
    if moves.moving == Moving::Aside {
        let aside = data_dir.join(&moves.aside);
        if !workplace.join(DATABASE_FILE).exists() {
            // Nothing would come into the place of what goes: it comes back.
            for part in what_is_there(&aside) {
                relocate(&part, &aside, data_dir)?;
            }
            return remove(&journal);
        }
        for part in what_is_there(data_dir) {
            relocate(&part, data_dir, &aside)?;
        }
        moves.moving = Moving::IntoPlace;
        write_note(&journal, &moves)?;
    }
    for part in what_is_there(&workplace) {
        relocate(&part, &workplace, data_dir)?;
    }
    remove(&journal)?;
    drop(Workplace::of(workplace));
    Ok(())
}

/// What of a data directory belongs to one state of it: the database and the sandbox's side. Paths
/// inside the directory. Keys, certificates and the kill switch are none of it.
fn what_is_there(data_dir: &Path) -> Vec<PathBuf> {
    let inside = |path: PathBuf| path.strip_prefix(data_dir).map(Path::to_path_buf).ok();
    let parts = [
        // The log goes first: without its database it is nothing, a database without it is older.
        Some(PathBuf::from(format!("{DATABASE_FILE}-wal"))),
        Some(PathBuf::from(format!("{DATABASE_FILE}-shm"))),
        Some(PathBuf::from(DATABASE_FILE)),
        inside(Sandbox::journal_in(data_dir)),
        inside(prices_directory(data_dir)),
        // They speak of the chain that is set aside.
        Some(PathBuf::from(ANCHORS_FILE)),
    ];
    parts
        .into_iter()
        .flatten()
        .filter(|part| data_dir.join(part).symlink_metadata().is_ok())
        .collect()
}

fn relocate(part: &Path, from: &Path, to: &Path) -> Result<(), BackupError> {
    let (source, target) = (from.join(part), to.join(part));
    let failed = |error| BackupError::io(&target, error);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::rename(&source, &target).map_err(failed)?;
    sync_directory(target.parent())?;
    sync_directory(source.parent())
}

/// A data directory belongs to one environment and one account. One that cannot be read, which a
/// restore is for, says nothing.
async fn check_owner(file: &Path, manifest: &Manifest, data_dir: &Path) -> Result<(), BackupError> {
    let Ok(store) = Store::open_read_only(data_dir).await else { return Ok(()) };
    let environment = store.setting("environment").await;
    let account = store.setting(crate::app::opening::ACCOUNT_SETTING).await;
    store.close().await;
    if let Ok(Some(found)) = environment
        && found != manifest.environment.to_string()
    {
        let expected = match found.as_str() {
            "paper" => Environment::Paper,
            "live" => Environment::Live,
            _ => Environment::Sandbox,
        };
        return Err(BackupError::OtherEnvironment {
            path: file.to_path_buf(),
            found: manifest.environment,
            expected,
        });
    }
    match (account, &manifest.account_id) {
        (Ok(Some(expected)), Some(found)) if expected != *found => Err(BackupError::OtherAccount {
            path: file.to_path_buf(),
            found: found.clone(),
            expected,
        }),
        _ => Ok(()),
    }
}

fn check_room(file: &Path, manifest: &Manifest, data_dir: &Path) -> Result<(), BackupError> {
    let free = fs4::available_space(data_dir).map_err(|error| BackupError::io(data_dir, error))?;
    let needed = manifest.unpacked().saturating_add(SPARE_ROOM);
    if needed > free {
        let (path, place) = (file.to_path_buf(), data_dir.to_path_buf());
        return Err(BackupError::NoRoom { path, place, needed, free });
    }
    Ok(())
}

async fn unpack(
    file: &Path,
    manifest: &Manifest,
    workplace: &Path,
    report: BackupReport,
) -> Result<(), BackupError> {
    let (owned, expected, workplace) =
        (file.to_path_buf(), manifest.clone(), workplace.to_path_buf());
    blocking(file, move || {
        let total = expected.unpacked();
        let mut done = 0;
        let found = archive::read_whole(&owned, |kind, content| {
            write_part(&owned, kind, content, &workplace)?;
            done +=
                expected.parts.iter().find(|it| it.name == kind.name()).map_or(0, |it| it.bytes);
            report(BackupProgress { phase: BackupPhase::Reading, done, total });
            Ok(())
        })?;
        if found != expected {
            return Err(BackupError::damaged(&owned, "it was changed while it was read"));
        }
        Ok(())
    })
    .await
}

fn write_part(
    file: &Path,
    kind: &Kind,
    content: &mut dyn Read,
    workplace: &Path,
) -> Result<(), BackupError> {
    let place = kind.place_in(workplace);
    let failed = |error| BackupError::io(&place, error);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(&place).map_err(failed)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // What cannot be read is the backup's fault, what cannot be written the disk's.
        let length = content
            .read(&mut buffer)
            .map_err(|error| BackupError::damaged(file, error.to_string()))?;
        if length == 0 {
            return target.sync_all().map_err(failed);
        }
        target.write_all(&buffer[..length]).map_err(failed)?;
    }
}

/// Recomputes every hash of the unpacked database, compares it with the manifest, brings it to this
/// program's schema, and takes back what must not go on by itself.
async fn check_and_settle(
    file: &Path,
    manifest: &Manifest,
    workplace: &Path,
    now: Timestamp,
) -> Result<u64, BackupError> {
    let store = Store::open(workplace).await?;
    let settled = async {
        let verified = verify(&store).await?;
        if let Some(fault) = verified.first_fault {
            let detail = format!("the chain of hashes of its records does not hold: {fault}");
            return Err(BackupError::damaged(file, detail));
        }
        let head = store.chain_head().await?;
        let length = head.as_ref().map_or(0, |head| head.sequence);
        let hash = head.map(|head| head.hash);
        if length != manifest.chain_length || hash != manifest.chain_head {
            return Err(BackupError::damaged(file, "its records end elsewhere than it says"));
        }
        let counts: ManifestCounts = store.counts().await?.into();
        if counts != manifest.counts {
            return Err(BackupError::damaged(file, "it holds other records than it says"));
        }
        if store.setting("environment").await? != Some(manifest.environment.to_string()) {
            return Err(BackupError::damaged(file, "its records are of another environment"));
        }
        let mut changes = vec![
            Change::setting("restored_at", now.to_string()),
            Change::setting("restored_from", manifest.made_at.to_string()),
        ];
        if manifest.environment != Environment::Sandbox {
            changes.extend(taken_back(&store, manifest, now).await?);
        }
        store.commit(changes, Durability::Full).await?;
        Ok(verified.rows)
    };
    let settled = settled.await;
    store.close().await;
    settled
}

/// What a real account must not take up from an older state of its records: the permission to trade
/// with real money, orders that waited for a person, and runs that were under way. The time since
/// then is not in the records, and what became of these is known by the broker alone.
async fn taken_back(
    store: &Store,
    manifest: &Manifest,
    now: Timestamp,
) -> Result<Vec<Change>, BackupError> {
    let mut changes = Vec::new();
    let account = manifest.account_id.as_deref().and_then(|id| AccountId::new(id).ok());
    if let Some(account) = account
        && let Some(mut mandate) = store.last_mandate(&account).await?
        && mandate.disarmed_at.is_none()
    {
        mandate.disarmed_at = Some(now);
        changes.push(Change::Mandate(mandate));
    }
    let mut ended: Vec<_> = store.unfinished_executions().await?;
    ended.retain(|execution| execution.status == ExecutionStatus::Running);
    for mut approval in store.approvals(u32::MAX).await? {
        let execution = store.execution(&approval.execution_id).await?;
        let waits = execution.filter(|execution| {
            matches!(execution.status, ExecutionStatus::AwaitingApproval | ExecutionStatus::Running)
        });
        let Some(execution) = waits else { continue };
        if matches!(approval.state, ApprovalState::Pending | ApprovalState::Approved) {
            approval.state = ApprovalState::Expired;
            approval.decided_at = Some(now);
            changes.push(Change::Approval(approval));
        }
        if !ended.iter().any(|known| known.id == execution.id) {
            ended.push(execution);
        }
    }
    for mut execution in ended {
        execution.status = ExecutionStatus::Failed;
        execution.sentence = Some(
            "It was under way when the backup was made that these records were restored from."
                .to_owned(),
        );
        execution.finished_at = Some(now);
        changes.push(Change::Execution(execution));
    }
    Ok(changes)
}

/// Halts with the reason. A halt that also flattens an account stays as it is: it was commanded.
fn halt(data_dir: &Path, manifest: &Manifest, now: Timestamp) -> Result<(), BackupError> {
    let switch = HaltSwitch::in_directory(data_dir);
    if switch.state().is_some_and(|halt| halt.flatten.is_some()) {
        return Ok(());
    }
    let reason = format!(
        "a backup of {} was restored: see that the records agree with the broker's, then resume",
        manifest.made_at
    );
    let halt = Halt { since: now, by: "restore".to_owned(), reason, flatten: None };
    switch.halt(&halt).map_err(|error| BackupError::io(switch.path(), error))
}

fn free_name(data_dir: &Path, now: Timestamp) -> String {
    let name = format!("before-restore-{}", places::compact(now));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone())
        .chain(numbered)
        .find(|name| data_dir.join(name).symlink_metadata().is_err())
        .unwrap_or(name)
}

async fn blocking<T: Send + 'static>(
    file: &Path,
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(BackupError::io(file, io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&str; 3] = ["throughline.db-wal", "throughline.db", "sandbox/journal.jsonl"];

    fn put(directory: &Path, content: &str) {
        for part in PARTS {
            // A new database brings no log of the old one with it.
            if content == "new" && part.ends_with("-wal") {
                continue;
            }
            let path = directory.join(part);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    fn found(directory: &Path, part: &str) -> Option<String> {
        fs::read_to_string(directory.join(part)).ok()
    }

    /// Every state in which a crash can leave the moves is finished to the same end.
    #[test]
    fn moves_that_were_cut_off_are_finished_by_the_next_start() {
        for cut in 0..=6 {
            let directory = tempfile::tempdir().unwrap();
            let data_dir = directory.path();
            let workplace = data_dir.join(WORKPLACE);
            put(data_dir, "old");
            fs::write(data_dir.join("vault"), "kept").unwrap();
            put(&workplace, "new");
            let journal = data_dir.join(JOURNAL);
            let note = |moving| {
                write_note(&journal, &Moves { moving, aside: "before-restore-1".into() }).unwrap();
            };
            note(Moving::Aside);
            let aside = data_dir.join("before-restore-1");
            for part in PARTS.iter().take(cut) {
                relocate(Path::new(part), data_dir, &aside).unwrap();
            }
            if cut > PARTS.len() {
                note(Moving::IntoPlace);
            }
            for part in PARTS.iter().skip(1).take(cut.saturating_sub(PARTS.len() + 1)) {
                relocate(Path::new(part), &workplace, data_dir).unwrap();
            }
            assert!(is_unfinished(data_dir));
            finish_moves(data_dir).unwrap();
            assert!(!is_unfinished(data_dir), "cut {cut}");
            for part in PARTS {
                assert_eq!(found(&aside, part).as_deref(), Some("old"), "cut {cut}: {part}");
                let expected = (!part.ends_with("-wal")).then_some("new");
                assert_eq!(found(data_dir, part).as_deref(), expected, "cut {cut}: {part}");
            }
            assert_eq!(found(data_dir, "vault").as_deref(), Some("kept"));
            finish_moves(data_dir).unwrap();
        }
    }

    #[test]
    fn without_anything_to_put_in_its_place_nothing_goes() {
        let directory = tempfile::tempdir().unwrap();
        put(directory.path(), "old");
        let moves = Moves { moving: Moving::Aside, aside: "before-restore-1".into() };
        write_note(&directory.path().join(JOURNAL), &moves).unwrap();
        let aside = directory.path().join("before-restore-1");
        relocate(Path::new("throughline.db"), directory.path(), &aside).unwrap();
        finish_moves(directory.path()).unwrap();
        assert!(!is_unfinished(directory.path()));
        for part in PARTS {
            assert_eq!(found(directory.path(), part).as_deref(), Some("old"), "{part}");
        }
    }

    #[test]
    fn a_changed_journal_of_moves_leads_nowhere_else() {
        for aside in ["../elsewhere", "/tmp/elsewhere", "a/b", "..", "."] {
            let directory = tempfile::tempdir().unwrap();
            put(directory.path(), "old");
            let moves = Moves { moving: Moving::Aside, aside: aside.into() };
            write_note(&directory.path().join(JOURNAL), &moves).unwrap();
            let refused = finish_moves(directory.path()).unwrap_err();
            assert!(matches!(refused, BackupError::Damaged { .. }), "{aside}: {refused}");
            assert_eq!(found(directory.path(), "throughline.db").as_deref(), Some("old"));
        }
    }
}

//! Where backups are, and small files about them that are written as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::EXTENSION;
use super::error::BackupError;
use crate::domain::Environment;

/// What was made last, in the data directory.
const LAST: &str = "last-backup.json";

/// Longest of the small files, in bytes.
const LONGEST_NOTE: u64 = 64 * 1024;

/// Most backups that are listed.
const MOST_LISTED: usize = 100;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupMade {
    /// The file.
    pub file: PathBuf,
    /// Wall time.
    pub made_at: Timestamp,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A file that by its name is a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Without its directory.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last written to; nothing if the system does not say.
    pub written_at: Option<Timestamp>,
}

/// The directory for backups of a data directory: beside it, so that whatever happens to one need not
/// happen to the other.
pub fn backups_directory(data_dir: &Path) -> PathBuf {
    match data_dir.file_name() {
        Some(name) => {
            let mut name = name.to_owned();
            name.push("-backups");
            data_dir.with_file_name(name)
        }
        // The root of a disk has no name and nothing beside it.
        None => data_dir.join("backups"),
    }
}

/// The name of a backup that is made now.
pub(super) fn name_for(environment: Environment, at: Timestamp) -> String {
    format!("throughline-{environment}-{}.{EXTENSION}", compact(at))
}

/// An instant as it may stand in the name of a file on every system.
pub(super) fn compact(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The backups in the usual directory, newest name first; none if it is not there.
pub fn backups(data_dir: &Path) -> Result<Vec<BackupFile>, BackupError> {
    let directory = backups_directory(data_dir);
    let failed = |error| BackupError::io(&directory, error);
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_backup = Path::new(&name).extension().is_some_and(|it| it == EXTENSION);
        let Ok(about) = entry.metadata() else { continue };
        if is_backup && about.is_file() {
            let written_at =
                about.modified().ok().and_then(|written| Timestamp::try_from(written).ok());
            found.push(BackupFile { name, bytes: about.len(), written_at });
        }
    }
    found.sort_by(|one, other| {
        other.written_at.cmp(&one.written_at).then(other.name.cmp(&one.name))
    });
    found.truncate(MOST_LISTED);
    Ok(found)
}

/// The file of a backup that is listed. A name alone never leads out of the directory.
pub(super) fn listed(data_dir: &Path, name: &str) -> Result<PathBuf, BackupError> {
    let directory = backups_directory(data_dir);
    let shown: String = name.chars().take(100).collect();
    let found = backups(data_dir)?.into_iter().find(|backup| backup.name == name);
    let found = found.ok_or_else(|| BackupError::Missing { path: directory.join(shown) })?;
    Ok(directory.join(found.name))
}

/// The last backup of a data directory, if one was made.
pub fn last_backup(data_dir: &Path) -> Option<BackupMade> {
    read_note(&data_dir.join(LAST)).ok().flatten()
}

/// Notes that a backup was made. That it cannot be noted makes the backup no worse.
pub(super) fn note_last(data_dir: &Path, made: &BackupMade) {
    if let Err(error) = write_note(&data_dir.join(LAST), made) {
        tracing::warn!(%error, "that a backup was made could not be noted");
    }
}

/// Reads a small file; nothing if there is none.
pub(super) fn read_note<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, BackupError> {
    let failed = |error| BackupError::io(path, error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST_NOTE).read_to_end(&mut bytes).map_err(failed)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(error.into()))
}

/// Writes a small file beside its place and moves it there: a crash leaves the old one or the new.
pub(super) fn write_note(path: &Path, content: &impl Serialize) -> Result<(), BackupError> {
    let failed = |error| BackupError::io(path, error);
    let text = serde_json::to_vec_pretty(content).map_err(|error| failed(error.into()))?;
    let beside = path.with_extension("new");
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&beside, path)) {
        // What is left of a failed write is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
        return Err(failed(error));
    }
    sync_directory(path.parent())
}

/// Removes a file; one that is not there is removed.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path, error)),
        _ => sync_directory(path.parent()),
    }
}

/// Takes names to the disk: a file that was moved is only where it was moved to when its directory is
/// written. Windows does this by itself.
pub(super) fn sync_directory(directory: Option<&Path>) -> Result<(), BackupError> {
    #[cfg(unix)]
    if let Some(directory) = directory {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| BackupError::io(directory, error))?;
    }
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

/// A directory for work that is removed at the end, whatever the end is.
pub(super) struct Workplace(PathBuf);

impl Workplace {
    /// Makes it anew: what an earlier process left in it is of no use.
    pub(super) fn make(path: PathBuf) -> Result<Self, BackupError> {
        let failed = |error| BackupError::io(&path, error);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(failed)?;
        Ok(Self(path))
    }

    /// One that is there, to be removed.
    pub(super) fn of(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Leaves it where it is, for whoever goes on with it.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %self.0.display(), "a directory for work was left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_stand_beside_the_data_and_are_found_by_name_alone() {
        let home = tempfile::tempdir().unwrap();
        let data_dir = home.path().join("data");
        assert_eq!(backups(&data_dir).unwrap(), []);
        let directory = backups_directory(&data_dir);
        assert_eq!(directory, home.path().join("data-backups"));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("a.throughline-backup"), "1").unwrap();
        fs::write(directory.join("notes.txt"), "2").unwrap();
        fs::write(home.path().join("b.throughline-backup"), "3").unwrap();
        let names: Vec<String> =
            backups(&data_dir).unwrap().into_iter().map(|backup| backup.name).collect();
        assert_eq!(names, ["a.throughline-backup"]);
        assert!(listed(&data_dir, "a.throughline-backup").is_ok());
        for outside in ["../b.throughline-backup", "/etc/passwd", "", "notes.txt"] {
            let refused = listed(&data_dir, outside).unwrap_err();
            assert!(matches!(refused, BackupError::Missing { .. }), "{refused}");
        }
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(last_backup(directory.path()), None);
        let made = BackupMade {
            file: "/backups/a.throughline-backup".into(),
            made_at: "2026-11-23T02:00:00Z".parse().unwrap(),
            bytes: 7,
        };
        note_last(directory.path(), &made);
        assert_eq!(last_backup(directory.path()), Some(made));
        fs::write(directory.path().join(LAST), "{").unwrap();
        assert_eq!(last_backup(directory.path()), None, "half a note is no backup");
    }
}

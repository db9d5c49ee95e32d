//! The vault on the disk: only this user reads it, and a write replaces it as a whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::secrets::VaultError;

/// More than any number of keys takes; a larger file is something else.
const LARGEST: u64 = 1024 * 1024;

/// The bytes of the file; nothing if there is none.
pub(super) async fn read_sealed(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let owned = path.to_path_buf();
    let read = blocking(path, "read", move || match File::open(&owned) {
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(LARGEST + 1).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    });
    let bytes = read.await?;
    if bytes.as_ref().is_some_and(|bytes| bytes.len() as u64 > LARGEST) {
        return Err(VaultError::Unreadable { path: path.to_path_buf(), detail: "it is too large" });
    }
    Ok(bytes)
}

/// Writes beside the file and takes its place: a crash leaves the old one or the new one.
pub(super) async fn write_sealed(path: &Path, bytes: Vec<u8>) -> Result<(), VaultError> {
    if bytes.len() as u64 > LARGEST {
        return Err(VaultError::Full);
    }
    let owned = path.to_path_buf();
    blocking(path, "written", move || replace(&owned, &bytes)).await
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    if let Err(error) = std::fs::remove_file(&new)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&new, path)?;
    // The new name itself is on the disk only when the directory is.
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    path: &Path,
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, VaultError> {
    let failed = |source| VaultError::File { path: PathBuf::from(path), action, source };
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(failed),
        Err(error) => Err(failed(io::Error::other(error))),
    }
}

//! Where things lie.

use std::path::{Path, PathBuf};

use crate::error::XtaskError;

/// The top folder of the repository.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable for `cargo run`; the compiled-in path would be stale after the
    // folder has moved, as a binary in a shared target folder may be.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// The folder in the user's cache for tools that outlive `cargo clean`.
pub(crate) fn tools() -> Result<PathBuf, XtaskError> {
    directories::ProjectDirs::from("", "", "throughline")
        .map(|project| project.cache_dir().join("tools"))
        .ok_or(XtaskError::NoHome)
}

/// A binary that the same profile has built, which lies beside this one.
pub(crate) fn built_binary(name: &str) -> Result<PathBuf, XtaskError> {
    let own = std::env::current_exe().map_err(|source| XtaskError::File {
        path: PathBuf::from("xtask"),
        action: "found",
        source,
    })?;
    Ok(own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Where optimised programs are built. This task itself may be built for development.
pub(crate) fn release_folder() -> Result<PathBuf, XtaskError> {
    let own = built_binary("xtask")?;
    let target = own.parent().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    Ok(target.join("release"))
}

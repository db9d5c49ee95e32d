//! The web interface: Node.js, its packages, its build.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::error::XtaskError;
use crate::{process, report, workspace};

/// The oldest Node.js that Vite 8 runs on (`engines` of its package.json).
const MINIMUM_NODE: Version = Version { major: 20, minor: 19 };

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// Reads what `node --version` prints, such as "v20.20.2".
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().trim_start_matches('v').split('.');
        Some(Self { major: numbers.next()?.parse().ok()?, minor: numbers.next()?.parse().ok()? })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The folder of the interface.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("ui")
}

/// An npm command in the folder of the interface.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(folder());
    command
}

/// Installs the packages when the lock file has changed since, and builds.
pub(crate) fn build() -> Result<(), XtaskError> {
    report::phase("Installing the packages of the user interface", install)?;
    report::phase("Building the user interface", || process::run(&mut npm(&["run", "build"])))
}

/// Installs exactly what the lock file says, unless that has been done.
pub(crate) fn install() -> Result<(), XtaskError> {
    let version = check_node()?;
    let lock = folder().join("package-lock.json");
    let content = fs::read(&lock).map_err(|source| XtaskError::File {
        path: lock,
        action: "read",
        source,
    })?;
    let stamp = stamp(&content, &version);
    let stamp_file = folder().join("node_modules").join(".throughline-stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        report::say("    nothing to do: the packages are those of the lock file");
        return Ok(());
    }
    process::run(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp_file, stamp).map_err(|source| XtaskError::File {
        path: stamp_file,
        action: "written",
        source,
    })
}

/// Changes with the lock file, and with Node.js, whose native packages differ by version.
fn stamp(lock: &[u8], node: &str) -> String {
    format!("{} {node}", blake3::hash(lock))
}

/// The version that is installed, if it will do.
fn check_node() -> Result<String, XtaskError> {
    let minimum = MINIMUM_NODE.to_string();
    let Some(found) = process::output(Command::new("node").arg("--version")) else {
        return Err(XtaskError::NodeMissing { minimum });
    };
    match Version::parse(&found) {
        Some(version) if version >= MINIMUM_NODE => Ok(found),
        _ => Err(XtaskError::NodeTooOld { minimum, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions_by_number() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("v20.20.2") >= MINIMUM_NODE);
        assert!(version("v22.3.0\n") >= MINIMUM_NODE);
        assert!(version("v20.9.0") < MINIMUM_NODE);
        assert!(version("v18.20.4") < MINIMUM_NODE);
        assert_eq!(Version::parse("nonsense"), None);
    }

    #[test]
    fn the_stamp_changes_with_the_lock_file_and_with_node() {
        let stamp_now = stamp(b"{}", "v20.20.2");
        assert_eq!(stamp_now, stamp(b"{}", "v20.20.2"));
        assert_ne!(stamp_now, stamp(b"{ }", "v20.20.2"));
        assert_ne!(stamp_now, stamp(b"{}", "v22.0.0"));
    }
}

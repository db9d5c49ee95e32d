use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Since when and by whom trading is halted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Wall time.
    pub since: Timestamp,
    /// `window`, `tray`, `terminal` or `file`.
    pub by: String,
    /// In the words of who did it.
    pub reason: String,
    /// The account that is to be flattened, as the person typed it; nothing for a halt alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flatten: Option<String>,
}

/// The kill switch: the file `HALT` in the data directory. It outlives a restart and needs neither
/// a window nor a network; a person can make it with any editor, even empty.
#[derive(Debug, Clone)]
pub struct HaltSwitch {
    path: PathBuf,
}

impl HaltSwitch {
    /// The switch of a data directory.
    pub fn in_directory(data_dir: &Path) -> Self {
        Self { path: data_dir.join("HALT") }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The halt in force. A file that cannot be read or parsed halts as well: in doubt, no entry.
    pub fn state(&self) -> Option<Halt> {
        let by_file = |reason: String| Halt {
            since: Timestamp::UNIX_EPOCH,
            by: "file".into(),
            reason,
            flatten: None,
        };
        match std::fs::read(&self.path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                let text: String =
                    String::from_utf8_lossy(&bytes).trim().chars().take(200).collect();
                by_file(if text.is_empty() { "the file HALT exists".into() } else { text })
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(by_file(format!("the file HALT cannot be read: {error}"))),
        }
    }

    /// Halts.
    pub fn halt(&self, halt: &Halt) -> io::Result<()> {
        let text = serde_json::to_vec(halt).map_err(io::Error::other)?;
        std::fs::write(&self.path, text)?;
        std::fs::File::open(&self.path)?.sync_all()
    }

    /// Resumes.
    pub fn resume(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_halts_and_resuming_removes_it() {
        let directory = tempfile::tempdir().unwrap();
        let switch = HaltSwitch::in_directory(directory.path());
        assert_eq!(switch.state(), None);
        std::fs::write(directory.path().join("HALT"), "").unwrap();
        assert_eq!(switch.state().unwrap().by, "file");
        switch.resume().unwrap();
        assert_eq!(switch.state(), None);
        switch.resume().unwrap();
    }
}

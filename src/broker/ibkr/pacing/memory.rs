//! What of the limits outlives the process. IBKR counts on when a program ends and starts anew, so
//! that whoever starts within seconds must know what the one before has sent, and whoever starts
//! during a penalty must know that it is shut out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Limits over at least so long are written down with each departure; the shorter ones are waited
/// out once at the start.
pub(super) const WRITTEN_FROM: SignedDuration = SignedDuration::from_secs(5);

/// While anything leaves, the file is never older.
pub(super) const WRITTEN_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Another process wrote less than so long ago: it may have sent requests until now.
pub(super) const RECENT: SignedDuration = SignedDuration::from_mins(1);

/// A process that is killed leaves requests without their answers: so long after they left the
/// gateway may have counted them.
pub(super) const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_secs(1);

/// Largest file that is read: some departures of a dozen limits need a hundredth of it.
const MAX_BYTES: u64 = 64 * 1024;

/// The file as it was last written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// When it was written.
    pub(super) at: Option<Timestamp>,
    /// IBKR keeps this address out until then.
    pub(super) penalty_ends: Option<Timestamp>,
    /// When requests left, by the path of their limit.
    pub(super) departures: BTreeMap<String, Vec<Timestamp>>,
}

impl Kept {
    /// What the last process wrote. A file that is missing or damaged tells nothing.
    pub(super) fn read(file: &Path) -> Self {
        match Self::try_read(file) {
            Ok(kept) => kept,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "what was sent before is not known");
                Self::default()
            }
        }
    }

    fn try_read(file: &Path) -> io::Result<Self> {
        if std::fs::metadata(file)?.len() > MAX_BYTES {
            return Err(io::Error::other("it is larger than it can be"));
        }
        serde_json::from_slice(&std::fs::read(file)?).map_err(io::Error::other)
    }

    /// Replaces the file. A failure costs caution alone, and no request waits for it.
    pub(super) fn write(&self, file: &Path) {
        let beside = PathBuf::from(format!("{}.new", file.display()));
        let written = serde_json::to_vec(self)
            .map_err(io::Error::other)
            .and_then(|bytes| std::fs::write(&beside, bytes))
            .and_then(|()| std::fs::rename(&beside, file));
        if let Err(error) = written {
            tracing::warn!(file = %file.display(), %error, "what was sent could not be noted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_tells_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pacing.json");
        assert_eq!(Kept::read(&file), Kept::default());
        let kept = Kept { penalty_ends: Some(Timestamp::UNIX_EPOCH), ..Kept::default() };
        kept.write(&file);
        assert_eq!(Kept::read(&file), kept);
        for text in [String::new(), "{\"at\":".into(), " ".repeat(70_000) + "{}"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(Kept::read(&file), Kept::default());
        }
    }
}

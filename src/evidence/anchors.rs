//! Anchors: the end of the chain as it stood at each day's end, in a file beside the database.
//!
//! The chain alone cannot show that rows were cut off its end, or that all of it was computed anew
//! from a change onwards. Whoever has a copy of one line of this file can. Each line is a JSON object
//! of a body and its signature; each body holds the SHA-256 of the line before, so that one signature
//! speaks for all earlier lines.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::key::{PublicKey, SigningKey, sha256};
use crate::store::{Store, StoreError};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "anchors.jsonl";

/// The form of a body.
const FORMAT: &str = "throughline-anchor/1";

/// What stands for the line before the first.
const NONE_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Longest file that is read. A line has some 600 bytes, so that this is for a century.
const LONGEST_FILE: u64 = 32 << 20;

/// What an anchor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorBody {
    /// `throughline-anchor/1`.
    pub format: String,
    /// The day that ended, on the exchange's calendar.
    pub day: Date,
    /// Place of the last row in the chain.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
    /// Engine time.
    pub anchored_at: Timestamp,
    /// Wall time.
    pub recorded_at: Timestamp,
    /// Version of the program.
    pub program_version: String,
    /// SHA-256 of the line before, without its end; zeros before the first.
    pub previous: String,
    /// Public key of the installation, if it had one.
    pub public_key: Option<String>,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// What it says.
    pub body: AnchorBody,
    /// Ed25519 over the body in the canonical JSON of RFC 8785, if the installation had a key.
    pub signature: Option<String>,
}

impl Anchor {
    /// Whether the body is signed, and rightly.
    pub fn check_signature(&self) -> Result<bool, &'static str> {
        let (Some(key), Some(signature)) = (&self.body.public_key, &self.signature) else {
            return match (&self.body.public_key, &self.signature) {
                (None, None) => Ok(false),
                _ => Err("it has a key without a signature, or a signature without a key"),
            };
        };
        let key = PublicKey::parse(key).ok_or("its public key is none")?;
        let body = serde_jcs::to_vec(&self.body).map_err(|_| "its body has no canonical form")?;
        if key.has_signed(&body, signature) { Ok(true) } else { Err("its signature does not hold") }
    }
}

/// Why the file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// The disk failed.
    #[error("the anchors {} could not be {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Such as `read`.
        action: &'static str,
        /// In the words of the system.
        #[source]
        source: std::io::Error,
    },
    /// It is longer than it can be.
    #[error("the anchors {} are longer than any such file can be; look what is in it", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A body could not be written.
    #[error("an anchor could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A line of the file that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorFault {
    /// From 1.
    pub line: u64,
    /// What is wrong, as a sentence without its stop.
    pub what: String,
}

impl std::fmt::Display for AnchorFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "anchor {}: {}", self.line, self.what)
    }
}

/// What a check of the anchors came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnchorCheck {
    /// Lines that were checked, the faulty one included.
    pub anchors: u64,
    /// Lines with a signature that holds.
    pub signed: u64,
    /// Fingerprints of the keys that signed, in the order in which they first did.
    pub fingerprints: Vec<String>,
    /// The last day that is anchored.
    pub last_day: Option<Date>,
    /// The first line that does not hold.
    pub first_fault: Option<AnchorFault>,
}

/// What a file of anchors holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The lines as they stand, up to the first that is no anchor.
    pub lines: Vec<(String, Anchor)>,
    /// The first line that is no anchor.
    pub fault: Option<AnchorFault>,
}

fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE_NAME)
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> AnchorError {
    let path = path.to_path_buf();
    move |source| AnchorError::File { path, action, source }
}

/// Reads the anchors of a data directory; none where there is no file.
pub fn read_anchors(data_dir: &Path) -> Result<Anchors, AnchorError> {
    let path = path_in(data_dir);
    let text = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Anchors::default()),
        Err(error) => return Err(failed(&path, "read")(error)),
        Ok(file) => {
            let mut bytes = Vec::new();
            file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed(&path, "read"))?;
            if bytes.len() as u64 > LONGEST_FILE {
                return Err(AnchorError::TooLong { path });
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    Ok(parse(&text))
}

/// Reads lines. Whether they hold against the chain is another question.
fn parse(text: &str) -> Anchors {
    let mut anchors = Anchors::default();
    let mut previous = NONE_BEFORE.to_owned();
    let mut rest = text;
    while !rest.is_empty() {
        let line = anchors.lines.len() as u64 + 1;
        let wrong = |what: &str| Some(AnchorFault { line, what: what.to_owned() });
        let Some((text, after)) = rest.split_once('\n') else {
            // A crash cut it off: it is written over by the next anchor.
            anchors.fault = wrong("the line is cut short");
            return anchors;
        };
        rest = after;
        let anchor = match serde_json::from_str::<Anchor>(text) {
            Ok(anchor) if anchor.body.format == FORMAT => anchor,
            Ok(_) => {
                anchors.fault = wrong("it is of another form than this version knows");
                return anchors;
            }
            Err(_) => {
                anchors.fault = wrong("the line is no anchor");
                return anchors;
            }
        };
        if anchor.body.previous != previous {
            anchors.fault = wrong("it does not follow from the line before it");
            return anchors;
        }
        previous = sha256(text.as_bytes());
        anchors.lines.push((text.to_owned(), anchor));
    }
    anchors
}

/// What is to be anchored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEnd {
    /// The day that ended.
    pub day: Date,
    /// Place of the last row.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
    /// Engine time.
    pub anchored_at: Timestamp,
    /// Wall time.
    pub recorded_at: Timestamp,
}

/// Adds an anchor to the file, on the disk when it returns. What a crash left of a line is taken away
/// first. Where the last anchor is of the same row, nothing is added.
pub fn append_anchor(
    data_dir: &Path,
    end: ChainEnd,
    key: Option<&SigningKey>,
) -> Result<Option<Anchor>, AnchorError> {
    let path = path_in(data_dir);
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(failed(&path, "opened"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed(&path, "read"))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let lines = bytes[..whole].strip_suffix(b"\n").unwrap_or_default();
    let last = lines.rsplit(|byte| *byte == b'\n').next().filter(|line| !line.is_empty());
    let same = last
        .and_then(|line| serde_json::from_slice::<Anchor>(line).ok())
        .is_some_and(|last| last.body.sequence == end.sequence && last.body.hash == end.hash);
    if same {
        return Ok(None);
    }
    let body = AnchorBody {
        format: FORMAT.to_owned(),
        day: end.day,
        sequence: end.sequence,
        hash: end.hash,
        anchored_at: end.anchored_at,
        recorded_at: end.recorded_at,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        previous: last.map_or_else(|| NONE_BEFORE.to_owned(), sha256),
        public_key: key.map(|key| key.public().to_hex()),
    };
    let canonical = serde_jcs::to_vec(&body)?;
    let anchor = Anchor { body, signature: key.map(|key| key.sign(&canonical)) };
    let mut line = serde_json::to_vec(&anchor)?;
    line.push(b'\n');
    file.set_len(whole as u64).map_err(failed(&path, "written"))?;
    file.seek(SeekFrom::Start(whole as u64)).map_err(failed(&path, "written"))?;
    file.write_all(&line).map_err(failed(&path, "written"))?;
    file.sync_all().map_err(failed(&path, "written"))?;
    Ok(Some(anchor))
}

/// Holds every anchor against the chain: its row must be there, with its hash.
pub async fn check_anchors(store: &Store, anchors: &Anchors) -> Result<AnchorCheck, StoreError> {
    let mut check = AnchorCheck::default();
    let mut before = 0;
    for (place, (_, anchor)) in anchors.lines.iter().enumerate() {
        let body = &anchor.body;
        check.anchors += 1;
        let wrong = match anchor.check_signature() {
            Err(what) => Some(what.to_owned()),
            Ok(is_signed) => {
                check.signed += u64::from(is_signed);
                if let Some(key) = body.public_key.as_deref().and_then(PublicKey::parse) {
                    let fingerprint = key.fingerprint();
                    if !check.fingerprints.contains(&fingerprint) {
                        check.fingerprints.push(fingerprint);
                    }
                }
                differs(store, body, before).await?
            }
        };
        if let Some(what) = wrong {
            check.first_fault = Some(AnchorFault { line: place as u64 + 1, what });
            return Ok(check);
        }
        before = body.sequence;
        check.last_day = Some(body.day);
    }
    if let Some(fault) = &anchors.fault {
        check.anchors += 1;
        check.first_fault = Some(fault.clone());
    }
    Ok(check)
}

async fn differs(
    store: &Store,
    body: &AnchorBody,
    before: i64,
) -> Result<Option<String>, StoreError> {
    let (sequence, day) = (body.sequence, body.day);
    if sequence < before {
        return Ok(Some("it is of an earlier row than the anchor before it".to_owned()));
    }
    let found = store.stored_steps_after(sequence.saturating_sub(1), 1).await?;
    let row = found.first().filter(|row| row.sequence == sequence);
    Ok(match row {
        None => Some(format!("row {sequence}, the last of {day}, is not in the database any more")),
        Some(row) if row.hash != body.hash => {
            Some(format!("row {sequence} is another than it was at the end of {day}"))
        }
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(sequence: i64) -> ChainEnd {
        ChainEnd {
            day: Date::constant(2012, 6, 15),
            sequence,
            hash: "ab".repeat(32),
            anchored_at: "2012-06-16T04:00:00Z".parse().unwrap(),
            recorded_at: "2026-11-23T06:00:00Z".parse().unwrap(),
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32]).unwrap()
    }

    #[test]
    fn each_line_follows_from_the_one_before_and_the_same_row_is_anchored_once() {
        let directory = tempfile::tempdir().unwrap();
        append_anchor(directory.path(), end(3), None).unwrap().unwrap();
        append_anchor(directory.path(), end(5), Some(&key())).unwrap().unwrap();
        assert_eq!(append_anchor(directory.path(), end(5), Some(&key())).unwrap(), None);
        let read = read_anchors(directory.path()).unwrap();
        assert_eq!(read.fault, None);
        let signed: Vec<_> = read.lines.iter().map(|(_, line)| line.check_signature()).collect();
        assert_eq!(signed, [Ok(false), Ok(true)]);
        assert_eq!(read.lines[1].1.body.previous, sha256(read.lines[0].0.as_bytes()));
    }

    #[test]
    fn a_changed_line_shows_in_itself_or_in_the_next() {
        let directory = tempfile::tempdir().unwrap();
        for sequence in [3, 5, 9] {
            append_anchor(directory.path(), end(sequence), Some(&key())).unwrap();
        }
        let path = directory.path().join(FILE_NAME);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(parse(&text).lines.len(), 3);
        let forged = text.replacen("\"sequence\":3", "\"sequence\":4", 1);
        let read = parse(&forged);
        assert!(read.lines[0].1.check_signature().is_err());
        assert_eq!(read.fault.unwrap().line, 2);
        let lines: Vec<&str> = text.lines().collect();
        let without_the_second = format!("{}\n{}\n", lines[0], lines[2]);
        assert_eq!(parse(&without_the_second).fault.unwrap().line, 2);
    }

    #[test]
    fn what_a_crash_left_of_a_line_is_written_over() {
        let directory = tempfile::tempdir().unwrap();
        append_anchor(directory.path(), end(3), None).unwrap();
        let path = directory.path().join(FILE_NAME);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{}", &whole[..40])).unwrap();
        assert_eq!(
            read_anchors(directory.path()).unwrap().fault.unwrap().what,
            "the line is cut short"
        );
        append_anchor(directory.path(), end(8), None).unwrap().unwrap();
        let read = read_anchors(directory.path()).unwrap();
        assert_eq!((read.lines.len(), read.fault), (2, None));
    }
}

//! The commands that the exchange has accepted, on disk: what makes it outlive the process.
//!
//! The exchange stands for the other side, which forgets nothing when this program is killed. A
//! command is therefore written before its answer is given, one line each, and the lines are
//! replayed at the next start. A line that was cut off by the kill never had an answer and is
//! dropped. Each line carries a hash of itself and of all before it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::exchange::{Command, Entry};

/// Version of the format; a journal of another one is refused.
const FORMAT: u32 = 1;
/// Largest journal that is read, in bytes: some million commands.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// What the exchange was opened with. A journal belongs to one such exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) seed: u64,
    pub(super) starting_cash: Decimal,
    pub(super) adjusted: bool,
}

impl Header {
    pub(super) fn new(seed: u64, starting_cash: Decimal, adjusted: bool) -> Self {
        Self { format: FORMAT, seed, starting_cash: starting_cash.normalize(), adjusted }
    }
}

/// One line after the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    pub(super) entry: Entry,
    /// Symbol and fingerprint of the prices that an order was placed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) prices: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    body: &'a RawValue,
    chain: &'a str,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("the sandbox journal {} could not be used: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A line other than a cut-off last one is not what was written.
    #[error(
        "the sandbox journal {} is damaged at line {line}: {fault}; restore it from a copy, or \
         start the sandbox anew in another data directory", path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What is wrong there.
        fault: String,
    },
    /// It was written by another version.
    #[error(
        "the sandbox journal {} has format {found}, and this version reads format {FORMAT}; use \
         the version of Throughline that wrote it, or another data directory", path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It belongs to an exchange with other settings.
    #[error(
        "the sandbox journal {} was begun with {setting} {found}, and the sandbox was now opened \
         with {asked}; go on with {found}, or use another data directory", path.display()
    )]
    OtherSetting {
        /// Which file.
        path: PathBuf,
        /// Such as `seed`.
        setting: &'static str,
        /// What the journal says.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// A write failed before, and what is on disk since then is not known.
    #[error(
        "the sandbox journal {} could not be written; the sandbox accepts no more orders until it \
         is opened again", path.display()
    )]
    Broken {
        /// Which file.
        path: PathBuf,
    },
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Length of what is known to be whole.
    length: u64,
    chain: String,
    is_broken: bool,
    /// Goes in front of the first record: an exchange that was told nothing binds nobody.
    unwritten_header: Option<Header>,
}

impl Journal {
    /// Opens the journal at `path`, or begins one, and reads what it holds. A new one stays empty
    /// until there is a record.
    pub(super) fn open(path: &Path, header: &Header) -> Result<(Self, Vec<Record>), JournalError> {
        let io_error = |source| JournalError::Io { path: path.to_path_buf(), source };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(io_error)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error)?;
        let mut bytes = Vec::new();
        (&mut file).take(MAX_BYTES).read_to_end(&mut bytes).map_err(io_error)?;
        // What follows the last line break was cut off while it was written.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut journal = Self {
            path: path.to_path_buf(),
            file,
            length: whole as u64,
            chain: String::new(),
            is_broken: false,
            unwritten_header: None,
        };
        if whole < bytes.len() {
            journal.file.set_len(journal.length).map_err(io_error)?;
        }
        if whole == 0 {
            journal.unwritten_header = Some(header.clone());
            return Ok((journal, Vec::new()));
        }
        let mut records = Vec::new();
        for (number, line) in bytes[..whole - 1].split(|byte| *byte == b'\n').enumerate() {
            let body = journal.check_line(number + 1, line)?;
            if number == 0 {
                journal.check_header(body, header)?;
            } else {
                records.push(journal.parse(number + 1, body)?);
            }
        }
        Ok((journal, records))
    }

    /// Writes a record. When this returns, the operating system has it, so that it outlives the
    /// process; it is not yet safe from a loss of power.
    pub(super) fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if let Some(header) = self.unwritten_header.take()
            && let Err(error) = self.write_line(&header)
        {
            self.unwritten_header = Some(header);
            return Err(error);
        }
        self.write_line(record)
    }

    fn write_line(&mut self, body: &impl Serialize) -> Result<(), JournalError> {
        if self.is_broken {
            return Err(JournalError::Broken { path: self.path.clone() });
        }
        let body = serde_json::value::to_raw_value(body).map_err(|error| self.io(error.into()))?;
        let chain = chained(&self.chain, body.get());
        let mut line = serde_json::to_string(&Line { body: &body, chain: &chain })
            .map_err(|error| self.io(error.into()))?;
        line.push('\n');
        let written = self
            .file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(line.as_bytes()))
            .and_then(|()| self.file.flush());
        if let Err(source) = written {
            // Half a line must not be in front of the next one.
            self.is_broken = self.file.set_len(self.length).is_err();
            return Err(self.io(source));
        }
        self.length += line.len() as u64;
        self.chain = chain;
        Ok(())
    }

    fn check_line<'a>(&mut self, number: usize, line: &'a [u8]) -> Result<&'a str, JournalError> {
        let line: Line<'a> = serde_json::from_slice(line)
            .map_err(|error| self.damaged(number, format!("it cannot be read ({error})")))?;
        let chain = chained(&self.chain, line.body.get());
        if chain != line.chain {
            return Err(self.damaged(number, "its checksum does not hold".to_owned()));
        }
        self.chain = chain;
        Ok(line.body.get())
    }

    fn parse<T: for<'de> Deserialize<'de>>(
        &self,
        number: usize,
        body: &str,
    ) -> Result<T, JournalError> {
        serde_json::from_str(body)
            .map_err(|error| self.damaged(number, format!("it cannot be read ({error})")))
    }

    fn check_header(&self, body: &str, asked: &Header) -> Result<(), JournalError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = self.parse(1, body)?;
        if format != FORMAT {
            return Err(JournalError::Format { path: self.path.clone(), found: format });
        }
        let found: Header = self.parse(1, body)?;
        let prices = |adjusted| if adjusted { "adjusted" } else { "unadjusted" }.to_owned();
        let settings = [
            ("the seed", found.seed.to_string(), asked.seed.to_string()),
            (
                "a starting cash of",
                found.starting_cash.to_string(),
                asked.starting_cash.to_string(),
            ),
            ("prices", prices(found.adjusted), prices(asked.adjusted)),
        ];
        match settings.into_iter().find(|(_, found, asked)| found != asked) {
            None => Ok(()),
            Some((setting, found, asked)) => {
                Err(JournalError::OtherSetting { path: self.path.clone(), setting, found, asked })
            }
        }
    }

    fn damaged(&self, line: usize, fault: String) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), line, fault }
    }

    fn io(&self, source: std::io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), source }
    }
}

/// The lines before the first that places an order which is not `known`. A line that cannot be read
/// ends it as well; what the lines chain is not looked at.
pub(super) fn known_to<'a>(journal: &'a [u8], known: &BTreeSet<String>) -> &'a [u8] {
    let mut length = 0;
    for (number, line) in journal.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if line.last() != Some(&b'\n') || (number > 0 && !is_known(line, known)) {
            break;
        }
        length += line.len();
    }
    &journal[..length]
}

fn is_known(line: &[u8], known: &BTreeSet<String>) -> bool {
    let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else { return false };
    let Ok(record) = serde_json::from_str::<Record>(line.body.get()) else { return false };
    let Command::Place { orders } = record.entry.command else { return true };
    orders.iter().filter_map(|order| order.client_order_id.as_ref()).all(|id| known.contains(id))
}

/// A hash of a line and of all before it: 32 hexadecimal digits.
fn chained(previous: &str, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous.as_bytes());
    hasher.update(b"\n");
    hasher.update(body.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

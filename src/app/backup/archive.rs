//! The one file of a backup: a tar archive under zstd, so that other tools can look into it. Its
//! first entry is the manifest, which names, measures and hashes every part after it, in order.
//!
//! A backup comes from outside. No name in it becomes a path: a part is one of a few kinds, and the
//! kind says where it goes. Nothing is read beyond the length that the manifest names, and that is
//! bounded by the length of the file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::domain::Environment;
use crate::sandbox::Sandbox;
use crate::sandbox::data::{check_symbol, prices_directory};
use crate::store::DATABASE_FILE;

/// Version of the file's own format.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const JOURNAL: &str = "sandbox/journal.jsonl";
const PRICES: &str = "sandbox/prices/";

/// Longest manifest that is read, in bytes.
const LONGEST_MANIFEST: u64 = 1024 * 1024;
/// Longest padding behind the last part, in bytes; other programs that pack fill up to 10 KiB.
const LONGEST_REST: u64 = 64 * 1024;
/// Most parts that are read.
const MOST_PARTS: usize = 2_000;
/// How many bytes a byte of the file may stand for. Records compress twentyfold, and most of a
/// database is pictures, which do not.
const LARGEST_RATIO: u64 = 250;
/// What a file may unpack to whatever its length: an empty database is mostly zeros.
const ALWAYS_ALLOWED: u64 = 64 * 1024 * 1024;
/// Level 3 is zstd's own default; pictures gain nothing from any level.
const LEVEL: i32 = 3;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the file's format.
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// Version of the database's schema.
    pub schema: i64,
    /// Wall time.
    pub made_at: Timestamp,
    /// Engine time as last written down before it.
    pub engine_time: Option<String>,
    /// Which environment it is of.
    pub environment: Environment,
    /// Which account it is of; nothing if the broker had not yet named one.
    pub account_id: Option<String>,
    /// How much there is of everything.
    pub counts: ManifestCounts,
    /// Place of the last row in the chain of hashes; 0 if there is none.
    pub chain_length: i64,
    /// Hash of that row.
    pub chain_head: Option<String>,
    /// What follows, in this order.
    pub parts: Vec<Part>,
}

/// How much of everything a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ManifestCounts {
    /// Executions.
    pub executions: u64,
    /// Orders.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Open positions.
    pub positions: u64,
    /// Closed trades.
    pub trades: u64,
    /// Rows of the lineage.
    pub lineage_rows: u64,
    /// Blobs.
    pub blobs: u64,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which of the kinds it is.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3, 64 hexadecimal digits.
    pub blake3: String,
}

/// What a part can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Database,
    Journal,
    Prices(String),
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        if name == DATABASE_FILE {
            return Some(Self::Database);
        }
        if name == JOURNAL {
            return Some(Self::Journal);
        }
        let symbol = name.strip_prefix(PRICES)?.strip_suffix(".csv")?;
        check_symbol(symbol).is_ok().then(|| Self::Prices(symbol.to_owned()))
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Database => DATABASE_FILE.to_owned(),
            Self::Journal => JOURNAL.to_owned(),
            Self::Prices(symbol) => format!("{PRICES}{symbol}.csv"),
        }
    }

    /// Where it belongs in a data directory.
    pub(super) fn place_in(&self, data_dir: &Path) -> PathBuf {
        match self {
            Self::Database => data_dir.join(DATABASE_FILE),
            Self::Journal => Sandbox::journal_in(data_dir),
            Self::Prices(symbol) => prices_directory(data_dir).join(format!("{symbol}.csv")),
        }
    }
}

/// Reads on, counts and hashes.
struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}

/// Measures and hashes a file.
pub(super) fn measured(kind: &Kind, path: &Path) -> Result<Part, BackupError> {
    let failed = |error| BackupError::io(path, error);
    let file = File::open(path).map_err(failed)?;
    let mut reader = Hashing { inner: file, hasher: blake3::Hasher::new(), bytes: 0 };
    io::copy(&mut reader, &mut io::sink()).map_err(failed)?;
    let blake3 = reader.hasher.finalize().to_hex().to_string();
    Ok(Part { name: kind.name(), bytes: reader.bytes, blake3 })
}

/// Writes a backup to a file that is not there yet, and takes it to the disk. `wrote` hears how many
/// bytes of the parts are done.
pub(super) fn write(
    file: &Path,
    manifest: &Manifest,
    sources: &[PathBuf],
    mut wrote: impl FnMut(u64),
) -> Result<(), BackupError> {
    let failed = |error| BackupError::io(file, error);
    let text = serde_json::to_vec_pretty(manifest).map_err(|error| failed(error.into()))?;
    let mut options = File::options();
    options.write(true).create_new(true);
    // What is in it is the user's alone, as the data directory is.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let target = options.open(file).map_err(failed)?;
    let mut encoder =
        zstd::stream::write::Encoder::new(BufWriter::new(target), LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    let mut archive = tar::Builder::new(encoder);
    append(&mut archive, MANIFEST, text.len() as u64, text.as_slice()).map_err(failed)?;
    let mut done = 0;
    for (part, source) in manifest.parts.iter().zip(sources) {
        let reading = |error| BackupError::io(source, error);
        let reader = File::open(source).map_err(reading)?;
        let reader = Told { inner: reader, done: &mut done, wrote: &mut wrote };
        append(&mut archive, &part.name, part.bytes, reader.take(part.bytes)).map_err(failed)?;
    }
    let encoder = archive.into_inner().map_err(failed)?;
    let buffered = encoder.finish().map_err(failed)?;
    let target = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
    target.sync_all().map_err(failed)
}

struct Told<'a, F> {
    inner: File,
    done: &'a mut u64,
    wrote: &'a mut F,
}

impl<F: FnMut(u64)> Read for Told<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        *self.done += length as u64;
        (self.wrote)(*self.done);
        Ok(length)
    }
}

fn append<W: Write>(
    archive: &mut tar::Builder<W>,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    archive.append_data(&mut header, name, content)
}

/// The manifest of a backup, checked for what can be seen in it alone.
pub(super) fn manifest_of(file: &Path) -> Result<Manifest, BackupError> {
    read(file, Depth::Manifest, |_, _| Ok(()))
}

/// Reads a whole backup and checks the hash of every part. `take` is given each part, and reads as
/// much of it as it likes.
pub(super) fn read_whole(
    file: &Path,
    take: impl FnMut(&Kind, &mut dyn Read) -> Result<(), BackupError>,
) -> Result<Manifest, BackupError> {
    read(file, Depth::Whole, take)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Manifest,
    Whole,
}

fn read(
    file: &Path,
    depth: Depth,
    mut take: impl FnMut(&Kind, &mut dyn Read) -> Result<(), BackupError>,
) -> Result<Manifest, BackupError> {
    let opened = File::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BackupError::Missing { path: file.to_path_buf() },
        _ => BackupError::io(file, error),
    })?;
    let found = opened.metadata().map_err(|error| BackupError::io(file, error))?;
    if !found.is_file() {
        return Err(BackupError::not_a_backup(file, "it is no file"));
    }
    let cut_short = |error: io::Error| BackupError::damaged(file, error.to_string());
    let decoder = zstd::stream::read::Decoder::new(BufReader::new(opened)).map_err(cut_short)?;
    let mut archive = tar::Archive::new(decoder);
    // Raw: an extension of the format, such as a long name, is an entry of the wrong kind here.
    let mut entries = archive.entries().map_err(cut_short)?.raw(true);
    let Some(first) = entries.next() else {
        return Err(BackupError::not_a_backup(file, "it is empty"));
    };
    let first = first.map_err(|error| BackupError::not_a_backup(file, error.to_string()))?;
    if !is_plain(&first, MANIFEST) || first.size() > LONGEST_MANIFEST {
        return Err(BackupError::not_a_backup(file, "it does not begin with a manifest"));
    }
    let mut text = Vec::new();
    first.take(LONGEST_MANIFEST).read_to_end(&mut text).map_err(cut_short)?;
    let manifest = checked_manifest(file, found.len(), &text)?;
    if depth == Depth::Manifest {
        return Ok(manifest);
    }
    for part in &manifest.parts {
        let kind = Kind::parse(&part.name)
            .ok_or_else(|| BackupError::not_a_backup(file, "it holds a part of no known kind"))?;
        let Some(entry) = entries.next() else {
            return Err(BackupError::damaged(file, format!("{} is missing", part.name)));
        };
        let entry = entry.map_err(cut_short)?;
        if !is_plain(&entry, &part.name) || entry.size() != part.bytes {
            return Err(BackupError::damaged(file, format!("{} is not where it was", part.name)));
        }
        let mut reader =
            Hashing { inner: entry.take(part.bytes), hasher: blake3::Hasher::new(), bytes: 0 };
        take(&kind, &mut reader)?;
        io::copy(&mut reader, &mut io::sink()).map_err(cut_short)?;
        let hash = reader.hasher.finalize().to_hex().to_string();
        if reader.bytes != part.bytes || hash != part.blake3 {
            return Err(BackupError::damaged(file, format!("{} was changed", part.name)));
        }
    }
    match entries.next() {
        None => {}
        Some(Ok(_)) => {
            return Err(BackupError::damaged(file, "it holds more than its manifest names"));
        }
        Some(Err(error)) => return Err(cut_short(error)),
    }
    // The checksum over everything, the manifest too, stands at the very end.
    let mut rest = archive.into_inner().take(LONGEST_REST);
    let length = io::copy(&mut rest, &mut io::sink()).map_err(cut_short)?;
    if length == LONGEST_REST {
        return Err(BackupError::damaged(file, "it holds more than its manifest names"));
    }
    Ok(manifest)
}

fn is_plain<R: Read>(entry: &tar::Entry<'_, R>, name: &str) -> bool {
    entry.header().entry_type() == tar::EntryType::Regular
        && entry.path_bytes().as_ref() == name.as_bytes()
}

fn checked_manifest(file: &Path, length: u64, text: &[u8]) -> Result<Manifest, BackupError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let unreadable = |error: serde_json::Error| {
        BackupError::not_a_backup(file, format!("its manifest cannot be read: {error}"))
    };
    let Format { format } = serde_json::from_slice(text).map_err(unreadable)?;
    if format > FORMAT {
        return Err(BackupError::Newer {
            path: file.to_path_buf(),
            what: "format",
            found: i64::from(format),
            known: i64::from(FORMAT),
        });
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(unreadable)?;
    let kinds: Option<Vec<Kind>> =
        manifest.parts.iter().map(|part| Kind::parse(&part.name)).collect();
    let Some(kinds) = kinds else {
        return Err(BackupError::not_a_backup(file, "it holds a part of no known kind"));
    };
    let mut unique = kinds.iter().map(Kind::name).collect::<Vec<_>>();
    unique.sort();
    unique.dedup();
    if unique.len() != kinds.len() || kinds.first() != Some(&Kind::Database) {
        return Err(BackupError::not_a_backup(file, "its parts are not those of a data directory"));
    }
    let allowed = length.saturating_mul(LARGEST_RATIO).saturating_add(ALWAYS_ALLOWED);
    if manifest.unpacked() > allowed || manifest.parts.len() > MOST_PARTS {
        return Err(BackupError::not_a_backup(file, "it says to unpack to more than any backup"));
    }
    Ok(manifest)
}

impl Manifest {
    /// The format that this program writes.
    pub(super) fn format() -> u32 {
        FORMAT
    }

    /// Bytes of all parts.
    pub fn unpacked(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }
}

#[cfg(test)]
mod tests;

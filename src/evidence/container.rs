//! The container of a bundle: a ZIP archive in one fixed form.
//!
//! Files are stored, never compressed, and every field that says nothing about them has one value, so
//! that names and contents determine each byte. A verifier writes the archive anew and compares; there
//! is no room for a byte that nobody looks at. Crates for ZIP promise to read what others wrote, and
//! none promises the same bytes from version to version, which is why this form is written here. Any
//! program reads it: it is plain ZIP (PKWARE APPNOTE 6.3.9, §4.3).

use crc32fast::hash as crc32;

/// Most bytes of a bundle. Offsets in this form have 32 bits; half of that leaves room for readers
/// that take them as signed.
pub const MOST_BYTES: usize = 1 << 30;

/// Most files: their count has 16 bits.
const MOST_FILES: usize = 65_000;

/// Longest name of a file, in bytes.
const LONGEST_NAME: usize = 200;

const LOCAL: [u8; 4] = [0x50, 0x4b, 0x03, 0x04];
const CENTRAL: [u8; 4] = [0x50, 0x4b, 0x01, 0x02];
const END: [u8; 4] = [0x50, 0x4b, 0x05, 0x06];

/// Version 1.0: stored files.
const VERSION: u16 = 10;
/// 1980-01-01, the first day that the form can name. When a bundle was made stands in its manifest.
const DATE: u16 = 0x21;
/// Length of the header before a file's name.
const LOCAL_LENGTH: usize = 30;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// Such as `blobs/00….png`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why nothing was packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// More than fits.
    #[error(
        "the bundle would have {bytes} bytes, and {MOST_BYTES} are the most; export single \
         executions, or a shorter time"
    )]
    TooLarge {
        /// How large it would be.
        bytes: usize,
    },
    /// More files than fit.
    #[error("the bundle would have {files} files, and {MOST_FILES} are the most")]
    TooMany {
        /// How many.
        files: usize,
    },
    /// A name that this form does not take.
    #[error("\"{shown}\" cannot be the name of a file in a bundle")]
    Name {
        /// As it was given, shortened.
        shown: String,
    },
}

/// Where an archive is not of this form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the container is damaged at byte {offset}")]
pub struct ContainerFault {
    /// From the start of the file, from 0.
    pub offset: usize,
}

/// Files as they lie in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked<'a> {
    /// In their order.
    pub files: Vec<(&'a str, &'a [u8])>,
    /// The first byte that is another than this form has it; a checksum counts as wrong where the
    /// content beside it was changed.
    pub fault: Option<ContainerFault>,
}

/// Writes an archive.
pub fn pack(files: &[PackedFile]) -> Result<Vec<u8>, PackError> {
    let listed: Vec<(&str, &[u8])> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    if listed.len() > MOST_FILES {
        return Err(PackError::TooMany { files: listed.len() });
    }
    for (place, (name, _)) in listed.iter().enumerate() {
        if !is_plain(name) || listed[..place].iter().any(|(other, _)| other == name) {
            return Err(PackError::Name { shown: name.chars().take(60).collect() });
        }
    }
    let bytes = length(&listed);
    if bytes > MOST_BYTES {
        return Err(PackError::TooLarge { bytes });
    }
    Ok(written(&listed))
}

/// Reads an archive as far as it is of this form. Names and contents are what the headers before each
/// file say; that all else is as this form has it shows in `fault`.
pub fn unpack(archive: &[u8]) -> Result<Unpacked<'_>, ContainerFault> {
    if archive.len() > MOST_BYTES {
        return Err(ContainerFault { offset: MOST_BYTES });
    }
    let mut files: Vec<(&str, &[u8])> = Vec::new();
    let mut offset = 0;
    while archive[offset..].starts_with(&LOCAL) {
        let at = |fault: usize| ContainerFault { offset: fault };
        let header = archive.get(offset..offset + LOCAL_LENGTH).ok_or_else(|| at(archive.len()))?;
        let size = number(&header[18..22]);
        let name_length = number(&header[26..28]);
        let begins = offset + LOCAL_LENGTH;
        let name = archive.get(begins..begins + name_length).ok_or_else(|| at(offset + 26))?;
        let name = str::from_utf8(name).ok().filter(|name| is_plain(name));
        let name = name.ok_or_else(|| at(begins))?;
        if files.len() >= MOST_FILES || files.iter().any(|(other, _)| *other == name) {
            return Err(at(begins));
        }
        let content = begins + name_length;
        let bytes = archive.get(content..content + size).ok_or_else(|| at(offset + 18))?;
        files.push((name, bytes));
        offset = content + size;
    }
    let expected = written(&files);
    let fault = if expected == archive {
        None
    } else {
        let differs = expected.iter().zip(archive).position(|(one, other)| one != other);
        let offset = differs.unwrap_or_else(|| expected.len().min(archive.len()));
        Some(ContainerFault { offset })
    };
    Ok(Unpacked { files, fault })
}

/// Lower-case letters, digits, dots, hyphens and underscores, in folders at most: nothing that could
/// lead out of the folder that it is unpacked to.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte)
            })
    };
    name.len() <= LONGEST_NAME && name.split('/').all(part)
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

fn length(files: &[(&str, &[u8])]) -> usize {
    files.iter().fold(22, |sum, (name, bytes)| sum + 30 + 46 + 2 * name.len() + bytes.len())
}

fn written(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::with_capacity(length(files));
    let mut directory = Vec::new();
    for (name, bytes) in files {
        let offset = archive.len() as u32;
        let mut common = Vec::with_capacity(26);
        for field in [VERSION, 0, 0, 0, DATE] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        for field in [crc32(bytes), bytes.len() as u32, bytes.len() as u32] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        for field in [name.len() as u16, 0] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        archive.extend_from_slice(&LOCAL);
        archive.extend_from_slice(&common);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(bytes);
        directory.extend_from_slice(&CENTRAL);
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&common);
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (count, size, begins) = (files.len() as u16, directory.len() as u32, archive.len() as u32);
    archive.append(&mut directory);
    archive.extend_from_slice(&END);
    archive.extend_from_slice(&[0; 4]);
    for field in [count, count] {
        archive.extend_from_slice(&field.to_le_bytes());
    }
    for field in [size, begins] {
        archive.extend_from_slice(&field.to_le_bytes());
    }
    archive.extend_from_slice(&[0; 2]);
    archive
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> PackedFile {
        PackedFile { name: name.to_owned(), bytes: bytes.to_vec() }
    }

    fn sample() -> Vec<PackedFile> {
        vec![file("manifest.json", b"{}"), file("blobs/0a.png", &[0, 255, 7]), file("empty", b"")]
    }

    #[test]
    fn what_was_packed_is_read_back_and_the_same_files_give_the_same_bytes() {
        let archive = pack(&sample()).unwrap();
        assert_eq!(archive, pack(&sample()).unwrap());
        let read = unpack(&archive).unwrap();
        assert_eq!(read.fault, None);
        let expected = sample();
        let expected: Vec<(&str, &[u8])> =
            expected.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(read.files, expected);
    }

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["../a", "/a", "a//b", "", "A", "a b", "a\\b", ".a", "a/..", "ä", "con:"] {
            assert!(pack(&[file(name, b"")]).is_err(), "{name:?} was taken");
        }
        assert!(pack(&[file("a", b"1"), file("a", b"2")]).is_err(), "one name twice");
        assert!(pack(&[file(&"a".repeat(LONGEST_NAME + 1), b"")]).is_err());
    }

    proptest! {
        #[test]
        fn any_changed_byte_and_any_cut_shows(
            place in any::<prop::sample::Index>(),
            by in 1_u8..=255,
        ) {
            let archive = pack(&sample()).unwrap();
            let offset = place.index(archive.len());
            let mut changed = archive.clone();
            changed[offset] ^= by;
            let found = unpack(&changed);
            prop_assert!(found.is_err() || found.unwrap().fault.is_some(), "byte {}", offset);
            let cut = unpack(&archive[..offset]);
            prop_assert!(cut.is_err() || cut.unwrap().fault.is_some(), "cut at {}", offset);
        }

        #[test]
        fn nothing_that_is_read_makes_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut archive = LOCAL.to_vec();
            archive.extend(bytes);
            let found = unpack(&archive);
            prop_assert!(found.is_err() || found.unwrap().fault.is_some());
        }
    }
}

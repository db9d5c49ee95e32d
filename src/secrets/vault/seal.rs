//! The bytes of the vault: header, sealing, derivation. No I/O.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Entries;
use crate::secrets::{Secret, SecretName, VaultError};

/// What a vault begins with, its version in the last byte.
const MAGIC: &[u8; 8] = b"TLVAULT\x01";

pub(super) const KEY_LENGTH: usize = 32;
pub(super) const NONCE_LENGTH: usize = 24;
pub(super) const SALT_LENGTH: usize = 16;

/// Magic, source, salt, three parameters.
const HEADER_LENGTH: usize = MAGIC.len() + 1 + SALT_LENGTH + 12;

/// Memory in KiB, passes, lanes: RFC 9106 §4, second recommended option, with one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// Bounds for what a file may ask for, so that a changed one cannot take all memory.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

/// The key that seals. It wipes itself.
pub(super) type MasterKey = Zeroizing<[u8; KEY_LENGTH]>;

/// Where the key of a vault comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeySource {
    Keychain,
    Passphrase { salt: [u8; SALT_LENGTH], memory_kib: u32, passes: u32, lanes: u32 },
}

impl KeySource {
    pub(super) fn passphrase(salt: [u8; SALT_LENGTH]) -> Self {
        Self::Passphrase { salt, memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES }
    }
}

/// What stands before the sealed bytes, in the clear and authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) source: KeySource,
}

impl Header {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let (tag, salt, numbers) = match &self.source {
            KeySource::Keychain => (1, [0; SALT_LENGTH], [0; 3]),
            KeySource::Passphrase { salt, memory_kib, passes, lanes } => {
                (2, *salt, [*memory_kib, *passes, *lanes])
            }
        };
        bytes.push(tag);
        bytes.extend_from_slice(&salt);
        for number in numbers {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    /// Header, nonce and sealed bytes of a file.
    pub(super) fn parse(file: &[u8]) -> Result<(Self, [u8; NONCE_LENGTH], &[u8]), &'static str> {
        let Some((magic, rest)) = file.split_first_chunk::<8>() else {
            return Err("it is cut short");
        };
        if magic[..7] != MAGIC[..7] {
            return Err("it begins with something else");
        }
        if magic != MAGIC {
            return Err("it is of another version of Throughline");
        }
        let parts = rest.split_first_chunk::<1>().and_then(|(tag, rest)| {
            let (salt, rest) = rest.split_first_chunk::<SALT_LENGTH>()?;
            let (memory, rest) = rest.split_first_chunk::<4>()?;
            let (passes, rest) = rest.split_first_chunk::<4>()?;
            let (lanes, rest) = rest.split_first_chunk::<4>()?;
            let (nonce, sealed) = rest.split_first_chunk::<NONCE_LENGTH>()?;
            Some((
                tag[0],
                *salt,
                [*memory, *passes, *lanes].map(u32::from_be_bytes),
                *nonce,
                sealed,
            ))
        });
        let Some((tag, salt, [memory_kib, passes, lanes], nonce, sealed)) = parts else {
            return Err("it is cut short");
        };
        let source = match tag {
            1 => KeySource::Keychain,
            2 if (8..=MOST_MEMORY_KIB).contains(&memory_kib)
                && (1..=MOST_PASSES).contains(&passes)
                && (1..=MOST_LANES).contains(&lanes) =>
            {
                KeySource::Passphrase { salt, memory_kib, passes, lanes }
            }
            2 => return Err("its derivation asks for too much"),
            _ => return Err("its key is of an unknown kind"),
        };
        let header = Self { source };
        // Nothing in it may be changed, not even what has no meaning with this kind of key.
        if !file.starts_with(&header.bytes()) {
            return Err("its header was changed");
        }
        Ok((header, nonce, sealed))
    }
}

/// The whole file; nothing if there is more than the cipher takes.
pub(super) fn seal(
    key: &MasterKey,
    header: &Header,
    nonce: &[u8; NONCE_LENGTH],
    plain: &[u8],
) -> Option<Vec<u8>> {
    let aad = header.bytes();
    let sealed = cipher(key).encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad: &aad });
    let mut file = aad;
    debug_assert_eq!(file.len(), HEADER_LENGTH);
    file.extend_from_slice(nonce);
    file.extend_from_slice(&sealed.ok()?);
    Some(file)
}

/// The plain bytes; nothing if the key is another one or anything was changed.
pub(super) fn open(
    key: &MasterKey,
    header: &Header,
    nonce: &[u8; NONCE_LENGTH],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let payload = Payload { msg: sealed, aad: &header.bytes() };
    cipher(key).decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

/// The key that a passphrase gives under a header.
pub(super) fn derive(passphrase: &[u8], header: &Header) -> Result<MasterKey, VaultError> {
    let KeySource::Passphrase { salt, memory_kib, passes, lanes } = &header.source else {
        return Err(VaultError::Derivation("its key stands in the keychain".to_owned()));
    };
    let failed = |error: argon2::Error| VaultError::Derivation(error.to_string());
    let parameters = Params::new(*memory_kib, *passes, *lanes, Some(KEY_LENGTH)).map_err(failed)?;
    let mut key = MasterKey::new([0; KEY_LENGTH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase, salt, key.as_mut())
        .map_err(failed)?;
    Ok(key)
}

/// Names and secrets as bytes: each with its length before it.
pub(super) fn encode(entries: &Entries) -> Zeroizing<Vec<u8>> {
    let pieces = || {
        entries
            .iter()
            .flat_map(|(name, secret)| [name.as_str().as_bytes(), secret.expose().as_bytes()])
    };
    // Room for all of it at once: a vector that grows leaves copies of secrets behind.
    let length = pieces().map(|piece| piece.len() + 4).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for piece in pieces() {
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(piece);
    }
    bytes
}

/// The reverse of [`encode`]; nothing if the bytes are none that it gave.
pub(super) fn decode(bytes: &[u8]) -> Option<Entries> {
    let mut entries = Entries::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (name, after) = piece(rest)?;
        let (secret, after) = piece(after)?;
        entries.push((SecretName::new(name).ok()?, Secret::new(secret.to_owned())));
        rest = after;
    }
    Some(entries)
}

fn piece(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// The key as the keychain keeps it: 64 hexadecimal digits, since it takes text.
pub(super) fn to_hex(key: &MasterKey) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * KEY_LENGTH);
    for byte in key.iter() {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The reverse of [`to_hex`].
pub(super) fn from_hex(text: &str) -> Option<MasterKey> {
    let bytes = text.as_bytes();
    if bytes.len() != 2 * KEY_LENGTH {
        return None;
    }
    let mut key = MasterKey::new([0; KEY_LENGTH]);
    for (byte, pair) in key.iter_mut().zip(bytes.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
        *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(key)
}

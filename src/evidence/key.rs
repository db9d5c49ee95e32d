//! The key of the installation, and what can be said with it: that these bytes were signed by whoever
//! has it. Ed25519 (RFC 8032).

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secrets::{RandomSource, Secret, SecretName, SecretStore, SecretStoreError};

/// Under which name the seed of the key is kept.
const NAME: &str = "evidence.signing-key";

/// Length of the seed, of a public key and of half a signature.
const SEED: usize = 32;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The keychain or the vault refused.
    #[error(transparent)]
    Store(#[from] SecretStoreError),
    /// The stored seed is none.
    #[error(
        "the signing key of this installation in the vault cannot be read; what it signed can still \
         be verified. Restore the vault, or delete it and enter all keys again"
    )]
    Unreadable,
    /// There were no random bytes.
    #[error("this computer gave no random bytes, without which no key can be made: {0}")]
    NoRandomness(#[source] std::io::Error),
}

/// The key of the installation.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The key that follows from a seed.
    pub fn from_seed(seed: &[u8; SEED]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| KeyError::Unreadable)
    }

    /// Signs.
    pub fn sign(&self, bytes: &[u8]) -> String {
        hex(self.0.sign(bytes).as_ref())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; SEED];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; SEED]);

impl PublicKey {
    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text)?.try_into().ok().map(Self)
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// What a person compares: SHA-256 of the key, 64 lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.0))
    }

    /// Whether the key's owner signed these bytes.
    pub fn has_signed(&self, bytes: &[u8], signature: &str) -> bool {
        let Some(signature) = unhex(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(bytes, &signature).is_ok()
    }
}

/// The key of the installation, if it has one. Where no secret was ever stored, nothing is asked for.
pub async fn existing_key(secrets: &dyn SecretStore) -> Result<Option<SigningKey>, KeyError> {
    let Some(text) = secrets.get(&name()?).await? else { return Ok(None) };
    let seed = Secret::new(unhex(text.expose()).ok_or(KeyError::Unreadable)?);
    let seed: &[u8; SEED] =
        seed.expose().as_slice().try_into().map_err(|_| KeyError::Unreadable)?;
    SigningKey::from_seed(seed).map(Some)
}

/// The key of the installation; made and stored if it has none.
pub async fn installation_key(
    secrets: &dyn SecretStore,
    random: &dyn RandomSource,
) -> Result<SigningKey, KeyError> {
    if let Some(key) = existing_key(secrets).await? {
        return Ok(key);
    }
    let mut seed = Zeroizing::new([0; SEED]);
    random.fill(seed.as_mut()).map_err(KeyError::NoRandomness)?;
    secrets.set(&name()?, Secret::new(hex(seed.as_ref()))).await?;
    SigningKey::from_seed(&seed)
}

fn name() -> Result<SecretName, SecretStoreError> {
    SecretName::new(NAME)
        .map_err(|invalid| SecretStoreError::Unavailable { source: invalid.into() })
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of lower-case hexadecimal digits; capital ones are another text.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// SHA-256, lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_example_of_rfc_8032_is_signed_as_it_says() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let key = SigningKey::from_seed(&unhex(seed).unwrap().try_into().unwrap()).unwrap();
        assert_eq!(
            key.public().to_hex(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(key.sign(b""), signature);
        assert!(key.public().has_signed(b"", signature));
        assert!(!key.public().has_signed(b"x", signature));
        assert!(!key.public().has_signed(b"", &signature.to_uppercase()));
    }

    #[test]
    fn digits_are_read_back_and_nothing_else_is() {
        assert_eq!(unhex("00ff7a"), Some(vec![0, 255, 122]));
        assert_eq!(hex(&[0, 255, 122]), "00ff7a");
        for bad in ["0", "0G", "FF", "é", " 0"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}

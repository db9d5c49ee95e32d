//! The vault: one sealed file in the data directory that holds every secret but its own key.
//!
//! Its 32-byte key stands in the keychain of the operating system. Where there is no keychain, the
//! key is derived from a passphrase with Argon2id. The file is one XChaCha20-Poly1305 message: names
//! and secrets are encrypted together, and the header before them is authenticated with them, so that
//! neither can be changed, exchanged or put under another name. A random nonce is drawn for every
//! write; with 24 bytes of it, none ever comes twice (draft-irtf-cfrg-xchacha §3.1).

mod file;
mod seal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{
    RandomSource, SHORTEST_PASSPHRASE, Secret, SecretName, SecretStore, SecretStoreError,
    VaultError,
};
use file::{read_sealed, write_sealed};
use seal::{Header, KEY_LENGTH, KeySource, MasterKey, open, seal};

/// Name of the file in the data directory.
pub const FILE_NAME: &str = "vault";

/// Name of the key in the keychain.
const KEY_NAME: &str = "vault.master-key";

/// How a vault is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultOpening {
    /// There is no file yet, and nothing was opened.
    Empty,
    /// By the key in the keychain.
    Keychain,
    /// By a passphrase.
    Passphrase,
}

/// Keeps secrets in a sealed file.
pub struct Vault {
    path: PathBuf,
    keychain: Arc<dyn SecretStore>,
    random: Arc<dyn RandomSource>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    passphrase: Option<Secret<String>>,
    /// The header that the key belongs to, and the key.
    unlocked: Option<(Header, MasterKey)>,
}

type Entries = Vec<(SecretName, Secret<String>)>;

impl Vault {
    /// A vault in a data directory. Nothing is read or asked for yet. A passphrase that is given
    /// begins a new vault with it, even where there is a keychain.
    pub fn new(
        data_dir: &Path,
        keychain: Arc<dyn SecretStore>,
        random: Arc<dyn RandomSource>,
        passphrase: Option<Secret<String>>,
    ) -> Self {
        let inner = Inner { passphrase, unlocked: None };
        Self { path: data_dir.join(FILE_NAME), keychain, random, inner: Mutex::new(inner) }
    }

    /// Opens it, as far as there is something to open, and says how.
    pub async fn opening(&self) -> Result<VaultOpening, SecretStoreError> {
        let mut inner = self.inner.lock().await;
        if self.load(&mut inner).await?.is_none() {
            return Ok(VaultOpening::Empty);
        }
        Ok(match inner.unlocked.as_ref().map(|(header, _)| &header.source) {
            None => VaultOpening::Empty,
            Some(KeySource::Keychain) => VaultOpening::Keychain,
            Some(KeySource::Passphrase { .. }) => VaultOpening::Passphrase,
        })
    }

    /// Takes a passphrase. If there is a vault that a passphrase opens, it must be this one.
    pub async fn give_passphrase(
        &self,
        passphrase: Secret<String>,
    ) -> Result<(), SecretStoreError> {
        let mut inner = self.inner.lock().await;
        let mut trial = Inner { passphrase: Some(passphrase), unlocked: None };
        self.load(&mut trial).await?;
        if trial.unlocked.is_none() {
            // There is no file: the passphrase will begin it.
            long_enough(trial.passphrase.as_ref())?;
        }
        *inner = trial;
        Ok(())
    }

    /// What the file holds; nothing if there is none.
    async fn load(&self, inner: &mut Inner) -> Result<Option<Entries>, SecretStoreError> {
        let Some(bytes) = read_sealed(&self.path).await? else { return Ok(None) };
        let (header, nonce, sealed) =
            Header::parse(&bytes).map_err(|detail| self.unreadable(detail))?;
        let known = inner.unlocked.take().filter(|(known, _)| *known == header);
        let key = match known {
            Some((_, key)) => key,
            None => self.key_for(&header, inner).await?,
        };
        let Some(plain) = open(&key, &header, &nonce, sealed) else {
            let path = self.path.clone();
            return Err(match header.source {
                KeySource::Keychain => VaultError::WrongKey { path },
                KeySource::Passphrase { .. } => VaultError::WrongPassphrase { path },
            }
            .into());
        };
        let entries =
            seal::decode(&plain).ok_or_else(|| self.unreadable("its content makes no sense"))?;
        inner.unlocked = Some((header, key));
        Ok(Some(entries))
    }

    /// The key of a vault that exists.
    async fn key_for(&self, header: &Header, inner: &Inner) -> Result<MasterKey, SecretStoreError> {
        match &header.source {
            KeySource::Keychain => match self.keychain_key().await? {
                Some(key) => Ok(key),
                None => Err(VaultError::WrongKey { path: self.path.clone() }.into()),
            },
            KeySource::Passphrase { .. } => {
                let Some(passphrase) = &inner.passphrase else {
                    let keychain = "it was begun with a passphrase, and none was given".to_owned();
                    return Err(VaultError::Closed { keychain }.into());
                };
                Ok(derive(passphrase, header).await?)
            }
        }
    }

    /// Header and key of a vault that is to begin.
    async fn begin(&self, inner: &Inner) -> Result<(Header, MasterKey), SecretStoreError> {
        if let Some(passphrase) = &inner.passphrase {
            return self.begin_with(passphrase).await;
        }
        match self.keychain_key().await {
            Ok(Some(key)) => Ok((Header { source: KeySource::Keychain }, key)),
            Ok(None) => {
                let mut key = MasterKey::new([0; KEY_LENGTH]);
                self.random.fill(key.as_mut()).map_err(VaultError::NoRandomness)?;
                let text = Secret::new(seal::to_hex(&key));
                self.keychain.set(&key_name()?, text).await?;
                Ok((Header { source: KeySource::Keychain }, key))
            }
            Err(
                error @ (SecretStoreError::Unavailable { .. }
                | SecretStoreError::Locked { .. }
                | SecretStoreError::Failed { .. }),
            ) => Err(VaultError::Closed { keychain: error.to_string() }.into()),
            Err(error) => Err(error),
        }
    }

    async fn begin_with(
        &self,
        passphrase: &Secret<String>,
    ) -> Result<(Header, MasterKey), SecretStoreError> {
        long_enough(Some(passphrase))?;
        let mut salt = [0; seal::SALT_LENGTH];
        self.random.fill(&mut salt).map_err(VaultError::NoRandomness)?;
        let header = Header { source: KeySource::passphrase(salt) };
        let key = derive(passphrase, &header).await?;
        Ok((header, key))
    }

    async fn keychain_key(&self) -> Result<Option<MasterKey>, SecretStoreError> {
        let name = key_name()?;
        let Some(text) = self.keychain.get(&name).await? else { return Ok(None) };
        match seal::from_hex(text.expose()) {
            Some(key) => Ok(Some(key)),
            None => Err(SecretStoreError::Unreadable { name }),
        }
    }

    async fn store(&self, inner: &mut Inner, entries: &Entries) -> Result<(), SecretStoreError> {
        let (header, key) = match inner.unlocked.take() {
            Some(unlocked) => unlocked,
            None => self.begin(inner).await?,
        };
        let mut nonce = [0; seal::NONCE_LENGTH];
        self.random.fill(&mut nonce).map_err(VaultError::NoRandomness)?;
        let plain: Zeroizing<Vec<u8>> = seal::encode(entries);
        let sealed = seal(&key, &header, &nonce, &plain).ok_or(VaultError::Full)?;
        let written = write_sealed(&self.path, sealed).await;
        inner.unlocked = Some((header, key));
        Ok(written?)
    }

    fn unreadable(&self, detail: &'static str) -> SecretStoreError {
        VaultError::Unreadable { path: self.path.clone(), detail }.into()
    }
}

#[async_trait]
impl SecretStore for Vault {
    async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
        let mut inner = self.inner.lock().await;
        let entries = self.load(&mut inner).await?.unwrap_or_default();
        Ok(entries.into_iter().find(|(known, _)| known == name).map(|(_, secret)| secret))
    }

    async fn set(&self, name: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError> {
        let mut inner = self.inner.lock().await;
        let mut entries = self.load(&mut inner).await?.unwrap_or_default();
        entries.retain(|(known, _)| known != name);
        entries.push((name.clone(), secret));
        self.store(&mut inner, &entries).await
    }

    async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError> {
        let mut inner = self.inner.lock().await;
        let Some(mut entries) = self.load(&mut inner).await? else { return Ok(false) };
        let before = entries.len();
        entries.retain(|(known, _)| known != name);
        if entries.len() == before {
            return Ok(false);
        }
        self.store(&mut inner, &entries).await?;
        Ok(true)
    }
}

fn key_name() -> Result<SecretName, SecretStoreError> {
    SecretName::new(KEY_NAME)
        .map_err(|invalid| SecretStoreError::Unavailable { source: invalid.into() })
}

fn long_enough(passphrase: Option<&Secret<String>>) -> Result<(), VaultError> {
    let length = passphrase.map_or(0, |text| text.expose().chars().count());
    if length < SHORTEST_PASSPHRASE { Err(VaultError::ShortPassphrase) } else { Ok(()) }
}

/// Derives on a thread that may block: it takes some 170 ms and 64 MB on purpose.
async fn derive(passphrase: &Secret<String>, header: &Header) -> Result<MasterKey, VaultError> {
    let copy = Zeroizing::new(passphrase.expose().clone());
    let header = header.clone();
    tokio::task::spawn_blocking(move || seal::derive(copy.as_bytes(), &header))
        .await
        .map_err(|error| VaultError::Derivation(error.to_string()))?
}

#[cfg(test)]
mod tests;

//! The desk of models and the vault of keys, wired, and what a person does with them.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use crate::analyst::desk::{DeskParts, ModelDesk};
use crate::analyst::providers::Providers;
use crate::api::{ApiError, ErrorCode};
use crate::clock::SystemClock;
use crate::executor::{Changed, Changes};
use crate::secrets::keychain::Keychain;
use crate::secrets::vault::Vault;
use crate::secrets::{RandomSource, Secret, SecretStore};
use crate::store::Store;

/// Where a passphrase is given to a process without a terminal.
const PASSPHRASE_VARIABLE: &str = "THROUGHLINE_PASSPHRASE";

/// The random bytes of the operating system.
pub(super) struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

/// The random bytes of the operating system, for secrets. What is simulated draws from a seed instead.
pub fn system_random() -> Arc<dyn RandomSource> {
    Arc::new(SystemRandom)
}

/// The vault of a data directory.
pub(super) fn vault(data_dir: &Path, keychain: Option<Arc<dyn SecretStore>>) -> Vault {
    let passphrase = std::env::var(PASSPHRASE_VARIABLE).ok().filter(|text| !text.is_empty());
    let keychain = keychain.unwrap_or_else(|| Arc::new(Keychain));
    Vault::new(data_dir, keychain, system_random(), passphrase.map(Secret::new))
}

/// The vault of a data directory, for a look beside an engine that may be running.
pub fn vault_beside(data_dir: &Path) -> Vault {
    vault(data_dir, None)
}

/// The desk. Providers are paid and waited for in real time, whatever time the engine has.
pub(super) async fn desk(
    store: &Arc<Store>,
    vault: &Arc<Vault>,
    changes: &Changes,
) -> Result<Arc<ModelDesk>, ApiError> {
    let clock = Arc::new(SystemClock);
    let providers = Providers::new(Arc::clone(&clock) as _)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let changes = changes.clone();
    let parts = DeskParts {
        store: Arc::clone(store),
        secrets: Arc::clone(vault) as Arc<dyn SecretStore>,
        connector: Arc::new(providers),
        clock,
        on_change: Box::new(move || changes.tell(Changed::Models)),
    };
    Ok(Arc::new(ModelDesk::load(parts).await?))
}

impl Engine {
    /// The one way to a language model.
    pub fn models(&self) -> &Arc<ModelDesk> {
        &self.parts.models
    }

    /// Keys of models.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Opens the vault with a passphrase, or begins it with one.
    pub async fn open_vault(&self, passphrase: Secret<String>) -> Result<(), ApiError> {
        self.vault.give_passphrase(passphrase).await?;
        self.parts.changes.tell(Changed::Models);
        Ok(())
    }
}

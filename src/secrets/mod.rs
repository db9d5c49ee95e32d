//! The port to wherever this computer keeps secrets, and the type that holds one in memory.
//!
//! [`Secret`] can be neither printed nor serialised, so that no secret reaches a log, a lineage
//! row or the window by accident. [`SecretStore`] is what the engine asks; [`keychain`] is the
//! adapter to the keychain of the operating system, which holds one key, and [`vault`] the sealed file
//! that this key opens.

pub mod keychain;
mod name;
mod probe;
mod secret;
pub mod vault;
mod vault_error;

pub use name::{InvalidSecretName, SecretName};
pub use probe::{ProbeError, probe};
pub use secret::Secret;
pub use vault_error::{RandomSource, SHORTEST_PASSPHRASE, VaultError};

use std::error::Error;

/// Keeps secrets by name, where nobody reads them in passing.
#[async_trait::async_trait]
pub trait SecretStore: Send + Sync {
    /// The secret of this name; nothing if there is none.
    async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError>;

    /// Stores the secret, in the place of an earlier one of that name.
    async fn set(&self, name: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError>;

    /// Removes the secret; says whether there was one.
    async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError>;
}

/// Why a secret could not be read, stored or removed. No variant carries the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretStoreError {
    /// There is nothing on this computer that keeps secrets, or it does not answer.
    #[error(
        "the keychain of this computer cannot be reached ({source}); unlock it (on Linux, start a \
         Secret Service such as gnome-keyring or KWallet), then start Throughline again"
    )]
    Unavailable {
        /// In the words of the keychain.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The keychain is there and is locked, or the person declined.
    #[error("the keychain did not give access to \"{name}\" ({source}); unlock it and try again")]
    Locked {
        /// Which secret.
        name: SecretName,
        /// In the words of the keychain.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is stored under this name is not text: another program wrote it, or it is damaged.
    #[error(
        "what the keychain holds as \"{name}\" is not readable text; delete it and enter it again"
    )]
    Unreadable {
        /// Which secret.
        name: SecretName,
    },
    /// The keychain of this system takes only shorter secrets.
    #[error("the secret \"{name}\" is too long for this keychain, which takes {limit} characters")]
    TooLong {
        /// Which secret.
        name: SecretName,
        /// The most that this keychain takes.
        limit: u32,
    },
    /// The keychain holds several entries of this name and cannot tell which one is meant.
    #[error("the keychain holds several entries named \"{name}\"; remove all but one of them")]
    Ambiguous {
        /// Which secret.
        name: SecretName,
    },
    /// The vault is closed, damaged, or cannot be written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The keychain failed in some other way.
    #[error("the keychain failed on \"{name}\": {source}")]
    Failed {
        /// Which secret.
        name: SecretName,
        /// In the words of the keychain.
        source: Box<dyn Error + Send + Sync>,
    },
}

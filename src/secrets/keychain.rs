//! The keychain of the operating system: Keychain on macOS, Credential Manager on Windows, the
//! Secret Service (GNOME Keyring, `KWallet`) on Linux.

use keyring::v1::{Entry, Error as KeyringError};
use zeroize::Zeroize;

use super::{Secret, SecretName, SecretStore, SecretStoreError};

/// The service under which all our entries stand, as a person sees it in the keychain.
pub const SERVICE: &str = "throughline";

/// Keeps secrets in the keychain of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keychain;

impl Keychain {
    /// Makes one call to the keychain on a thread that may block: the system may ask the person
    /// for a password, and the Secret Service is reached over a blocking connection.
    async fn call<T: Send + 'static>(
        name: &SecretName,
        action: impl FnOnce(&Entry) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<Option<T>, SecretStoreError> {
        let entry_name = name.clone();
        let answer = tokio::task::spawn_blocking(move || {
            if let Err(source) = Entry::store_status() {
                return Err(SecretStoreError::Unavailable { source: Box::new(source) });
            }
            let result = Entry::new(SERVICE, entry_name.as_str()).and_then(|entry| action(&entry));
            match result {
                Ok(value) => Ok(Some(value)),
                Err(KeyringError::NoEntry) => Ok(None),
                Err(error) => Err(refusal(entry_name, error)),
            }
        });
        match answer.await {
            Ok(answer) => answer,
            Err(source) => {
                Err(SecretStoreError::Failed { name: name.clone(), source: source.into() })
            }
        }
    }
}

#[async_trait::async_trait]
impl SecretStore for Keychain {
    async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
        Self::call(name, |entry| entry.get_password().map(Secret::new)).await
    }

    async fn set(&self, name: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError> {
        Self::call(name, move |entry| entry.set_password(secret.expose())).await.map(|_| ())
    }

    async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError> {
        Ok(Self::call(name, Entry::delete_credential).await?.is_some())
    }
}

/// Puts the keychain's refusal into our words. The bytes that some refusals carry are the secret
/// itself: they are wiped and go no further.
fn refusal(name: SecretName, error: KeyringError) -> SecretStoreError {
    match error {
        KeyringError::BadEncoding(mut bytes) | KeyringError::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            SecretStoreError::Unreadable { name }
        }
        KeyringError::NoStorageAccess(source) => SecretStoreError::Locked { name, source },
        KeyringError::TooLong(_, limit) => SecretStoreError::TooLong { name, limit },
        KeyringError::Ambiguous(_) => SecretStoreError::Ambiguous { name },
        KeyringError::PlatformFailure(source) => SecretStoreError::Failed { name, source },
        other => SecretStoreError::Failed { name, source: Box::new(other) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> SecretName {
        SecretName::new("openai.api-key").unwrap()
    }

    #[test]
    fn a_refusal_never_carries_the_secret() {
        let secret = b"sk-\xffsecret".to_vec();
        let damaged = std::io::Error::other("damaged");
        for error in [
            KeyringError::BadEncoding(secret.clone()),
            KeyringError::BadDataFormat(secret, Box::new(damaged)),
        ] {
            let refusal = refusal(name(), error);
            assert!(matches!(refusal, SecretStoreError::Unreadable { .. }));
            // Debug would show the bytes as numbers: 115 is the first letter of the secret.
            assert!(!format!("{refusal:?}").contains("115"), "{refusal:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_entry_and_what_to_do() {
        let locked = KeyringError::NoStorageAccess(Box::new(std::io::Error::other("locked")));
        let sentence = refusal(name(), locked).to_string();
        assert!(sentence.contains("openai.api-key") && sentence.contains("unlock"), "{sentence}");
        let long = refusal(name(), KeyringError::TooLong("secret".into(), 2560)).to_string();
        assert!(long.contains("2560"), "{long}");
    }
}

//! Tries a secret store out, as `throughline doctor` and the tests do.

use super::{Secret, SecretName, SecretStore, SecretStoreError};

/// What is stored for the try; it protects nothing.
const CONTENT: &str = "A try of the keychain by Throughline. It can be deleted.";

/// Why the try failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] SecretStoreError),
    /// The store said that it had kept the entry, and then did not give it back as it was.
    #[error("the keychain took the entry \"{name}\" but did not give it back as it was")]
    NotKept {
        /// Name of the entry.
        name: SecretName,
    },
    /// The store said that it had deleted the entry, and still has it.
    #[error("the keychain still holds \"{name}\" after deleting it; delete it by hand")]
    NotDeleted {
        /// Name of the entry.
        name: SecretName,
    },
}

/// Stores an entry, reads it, deletes it, and looks that it is gone. Returns what was seen, as a
/// sentence for the reader. The process id is part of the name, so that two tries at the same
/// time do not meet.
pub async fn probe(store: &dyn SecretStore) -> Result<String, ProbeError> {
    let name = SecretName::new(&format!("probe.{}", std::process::id()))
        .map_err(|invalid| SecretStoreError::Unavailable { source: invalid.into() })?;
    store.set(&name, Secret::new(CONTENT.to_owned())).await?;
    let read = store.get(&name).await;
    // The entry goes whatever the reading came to.
    let deleted = store.delete(&name).await;
    if read?.is_none_or(|secret| secret.expose() != CONTENT) {
        return Err(ProbeError::NotKept { name });
    }
    if !deleted? || store.get(&name).await?.is_some() {
        return Err(ProbeError::NotDeleted { name });
    }
    Ok("The keychain of this computer stored an entry, gave it back and deleted it.".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::*;

    /// A store with the faults that the probe looks for.
    #[derive(Default)]
    struct Faulty {
        entries: Mutex<HashMap<String, String>>,
        forgets: bool,
        alters: bool,
        keeps_deleted: bool,
    }

    #[async_trait::async_trait]
    impl SecretStore for Faulty {
        async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
            Ok(self.entries.lock().unwrap().get(name.as_str()).cloned().map(Secret::new))
        }

        async fn set(
            &self,
            name: &SecretName,
            secret: Secret<String>,
        ) -> Result<(), SecretStoreError> {
            if !self.forgets {
                let kept = if self.alters { "something else" } else { secret.expose() };
                self.entries.lock().unwrap().insert(name.to_string(), kept.to_owned());
            }
            Ok(())
        }

        async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError> {
            if self.keeps_deleted {
                return Ok(true);
            }
            Ok(self.entries.lock().unwrap().remove(name.as_str()).is_some())
        }
    }

    #[tokio::test]
    async fn a_good_store_is_left_as_it_was() {
        let store = Faulty::default();
        let sentence = probe(&store).await.unwrap();
        assert!(sentence.ends_with("deleted it."), "{sentence}");
        assert!(store.entries.lock().unwrap().is_empty(), "the entry was left behind");
    }

    #[tokio::test]
    async fn a_store_that_forgets_or_alters_is_found_out() {
        for store in [
            Faulty { forgets: true, ..Faulty::default() },
            Faulty { alters: true, ..Faulty::default() },
        ] {
            let error = probe(&store).await.unwrap_err();
            assert!(matches!(error, ProbeError::NotKept { .. }), "{error}");
            assert!(store.entries.lock().unwrap().is_empty(), "the entry was left behind");
        }
    }

    #[tokio::test]
    async fn a_store_that_keeps_what_it_deleted_is_found_out() {
        let error = probe(&Faulty { keeps_deleted: true, ..Faulty::default() }).await.unwrap_err();
        assert!(matches!(error, ProbeError::NotDeleted { .. }), "{error}");
    }
}

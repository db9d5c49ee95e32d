use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};

use super::*;

/// A keychain in memory, for tests; or none at all.
#[derive(Default)]
struct FakeKeychain {
    entries: std::sync::Mutex<HashMap<String, String>>,
    is_absent: bool,
}

#[async_trait]
impl SecretStore for FakeKeychain {
    async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
        if self.is_absent {
            let source = Box::new(std::io::Error::other("no Secret Service"));
            return Err(SecretStoreError::Unavailable { source });
        }
        Ok(self.entries.lock().unwrap().get(name.as_str()).cloned().map(Secret::new))
    }

    async fn set(&self, name: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError> {
        self.entries.lock().unwrap().insert(name.to_string(), secret.expose().clone());
        Ok(())
    }

    async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError> {
        Ok(self.entries.lock().unwrap().remove(name.as_str()).is_some())
    }
}

/// Bytes that differ from call to call, for tests.
#[derive(Default)]
struct Counting(AtomicU8);

impl RandomSource for Counting {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        let first = self.0.fetch_add(1, Ordering::SeqCst);
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = first.wrapping_mul(31).wrapping_add(index as u8);
        }
        Ok(())
    }
}

fn name(text: &str) -> SecretName {
    SecretName::new(text).unwrap()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn absent() -> Arc<FakeKeychain> {
    Arc::new(FakeKeychain { is_absent: true, ..FakeKeychain::default() })
}

fn vault(
    directory: &Path,
    keychain: &Arc<FakeKeychain>,
    random: &Arc<Counting>,
    passphrase: Option<&str>,
) -> Vault {
    let keychain = Arc::clone(keychain) as Arc<dyn SecretStore>;
    Vault::new(directory, keychain, Arc::clone(random) as _, passphrase.map(secret))
}

async fn value(vault: &Vault, of: &str) -> Option<String> {
    vault.get(&name(of)).await.unwrap().map(|secret| secret.expose().clone())
}

const PASSPHRASE: &str = "correct horse battery";

#[tokio::test]
async fn secrets_outlive_the_process_and_only_the_key_is_in_the_keychain() {
    let directory = tempfile::tempdir().unwrap();
    let (keychain, random) = (Arc::new(FakeKeychain::default()), Arc::default());
    let first = vault(directory.path(), &keychain, &random, None);
    assert_eq!(value(&first, "model.gpt.api-key").await, None);
    assert!(keychain.entries.lock().unwrap().is_empty(), "reading nothing makes no key");
    assert_eq!(first.opening().await.unwrap(), VaultOpening::Empty);
    first.set(&name("model.gpt.api-key"), secret("sk-abcdef")).await.unwrap();
    first.set(&name("model.claude.api-key"), secret("sk-ant")).await.unwrap();

    let second = vault(directory.path(), &keychain, &random, None);
    assert_eq!(second.opening().await.unwrap(), VaultOpening::Keychain);
    assert_eq!(value(&second, "model.gpt.api-key").await.as_deref(), Some("sk-abcdef"));
    assert!(second.delete(&name("model.gpt.api-key")).await.unwrap());
    assert!(!second.delete(&name("model.gpt.api-key")).await.unwrap());
    assert_eq!(value(&first, "model.gpt.api-key").await, None, "the file is what counts");
    assert_eq!(value(&second, "model.claude.api-key").await.as_deref(), Some("sk-ant"));

    let entries = keychain.entries.lock().unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), [KEY_NAME]);
    assert_eq!(entries[KEY_NAME].len(), 64);
}

#[tokio::test]
async fn the_file_shows_neither_names_nor_secrets_and_every_write_differs() {
    let directory = tempfile::tempdir().unwrap();
    let (keychain, random) = (Arc::new(FakeKeychain::default()), Arc::default());
    let vault = vault(directory.path(), &keychain, &random, None);
    let path = directory.path().join(FILE_NAME);
    let mut seen = Vec::new();
    for _ in 0..3 {
        vault.set(&name("model.gpt.api-key"), secret("sk-abcdef")).await.unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let shows = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        assert!(!shows("sk-abcdef") && !shows("model.gpt"), "the file shows its content");
        assert!(!seen.contains(&bytes), "a nonce came twice");
        seen.push(bytes);
    }
    assert!(!path.with_extension("new").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "others can read the vault");
    }
}

#[tokio::test]
async fn without_a_keychain_a_passphrase_opens_it_and_another_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let (keychain, random) = (absent(), Arc::default());
    let closed = vault(directory.path(), &keychain, &random, None);
    let error = closed.set(&name("a"), secret("b")).await.unwrap_err().to_string();
    assert!(error.contains("THROUGHLINE_PASSPHRASE") && error.contains("terminal"), "{error}");
    let error = closed.give_passphrase(secret("short")).await.unwrap_err().to_string();
    assert!(error.contains("12 characters"), "{error}");
    closed.give_passphrase(secret(PASSPHRASE)).await.unwrap();
    closed.set(&name("a"), secret("b")).await.unwrap();
    assert_eq!(closed.opening().await.unwrap(), VaultOpening::Passphrase);

    let wrong = vault(directory.path(), &keychain, &random, Some("another passphrase"));
    let error = wrong.get(&name("a")).await.err().unwrap().to_string();
    assert!(error.contains("does not open"), "{error}");
    assert!(!error.contains("another passphrase"));
    let error = wrong.set(&name("a"), secret("c")).await.unwrap_err().to_string();
    assert!(error.contains("does not open"), "nothing is written over: {error}");
    wrong.give_passphrase(secret(PASSPHRASE)).await.unwrap();
    assert_eq!(value(&wrong, "a").await.as_deref(), Some("b"));
    assert!(wrong.give_passphrase(secret("another passphrase")).await.is_err());
    assert_eq!(value(&wrong, "a").await.as_deref(), Some("b"), "it stays open");
}

#[tokio::test]
async fn a_file_that_was_changed_is_refused_wherever_it_was_changed() {
    let directory = tempfile::tempdir().unwrap();
    let (keychain, random) = (Arc::new(FakeKeychain::default()), Arc::default());
    let path = directory.path().join(FILE_NAME);
    vault(directory.path(), &keychain, &random, None).set(&name("a"), secret("b")).await.unwrap();
    let good = std::fs::read(&path).unwrap();
    for index in 0..good.len() {
        let mut changed = good.clone();
        changed[index] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let vault = vault(directory.path(), &keychain, &random, None);
        assert!(vault.get(&name("a")).await.is_err(), "byte {index} was changed unseen");
    }
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        let vault = vault(directory.path(), &keychain, &random, None);
        assert!(vault.get(&name("a")).await.is_err(), "cut to {length} bytes unseen");
    }
}

#[test]
fn a_file_cannot_ask_for_all_memory() {
    let header = Header { source: KeySource::passphrase([1; seal::SALT_LENGTH]) };
    let key = MasterKey::new([7; KEY_LENGTH]);
    let mut file = seal(&key, &header, &[2; seal::NONCE_LENGTH], b"").unwrap();
    // The memory of the derivation stands after magic, kind and salt.
    file[25..29].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Header::parse(&file).unwrap_err(), "its derivation asks for too much");
}

proptest::proptest! {
    #[test]
    fn what_is_encoded_is_decoded(secrets in proptest::collection::vec("\\PC{0,40}", 0..8)) {
        let entries: Entries = secrets
            .iter()
            .enumerate()
            .map(|(index, text)| (name(&format!("n{index}")), secret(text)))
            .collect();
        let decoded = seal::decode(&seal::encode(&entries)).unwrap();
        let texts: Vec<String> =
            decoded.iter().map(|(_, secret)| secret.expose().clone()).collect();
        proptest::prop_assert_eq!(texts, secrets);
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
        let _ = seal::decode(&bytes);
        let _ = Header::parse(&bytes);
    }
}

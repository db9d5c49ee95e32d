//! The real keychain of this computer. `cargo xtask test` runs it in a D-Bus session of its own
//! with an unlocked keyring, and says so by `THROUGHLINE_TEST_KEYCHAIN=1`.

use throughline::secrets::keychain::Keychain;
use throughline::secrets::{Secret, SecretName, SecretStore, probe};

/// Set by whoever has prepared a keychain. Without it a test would write into the keychain of
/// the person who runs it, or wait for them to unlock it.
const PREPARED: &str = "THROUGHLINE_TEST_KEYCHAIN";

#[tokio::test]
async fn a_secret_goes_into_the_real_keychain_and_back() {
    if std::env::var_os(PREPARED).is_none_or(|value| value != "1") {
        eprintln!("NOT RUN: the keychain test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let keychain = Keychain;
    match probe(&keychain).await {
        Ok(sentence) => eprintln!("{sentence}"),
        Err(error) => panic!("{PREPARED}=1 promises a working keychain, but {error}."),
    }

    let name = SecretName::new(&format!("test.{}", std::process::id())).unwrap();
    assert!(keychain.get(&name).await.unwrap().is_none(), "{name} was there before the test");
    assert!(!keychain.delete(&name).await.unwrap(), "deleting what is not there said otherwise");

    // Longer than one block of the transport's cipher, and not plain ASCII.
    for content in ["sk-first", "Schlüssel – ключ – 鍵", &"x".repeat(1_200), ""] {
        keychain.set(&name, Secret::new(content.to_owned())).await.unwrap();
        let kept = keychain.get(&name).await.unwrap().expect("what was stored is there");
        assert!(kept.expose() == content, "{} characters came back changed", content.len());
    }

    assert!(keychain.delete(&name).await.unwrap(), "the entry was there");
    assert!(keychain.get(&name).await.unwrap().is_none(), "the entry outlived its deletion");
}

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secrets::{RandomSource, Secret, SecretName, SecretStore, SecretStoreError};

/// Name under which the token is kept.
const NAME: &str = "http.token";

/// Random bytes of a token: more than can be guessed, at any rate.
const BYTES: usize = 32;

/// Longest text that is compared; a longer one is no token.
const LONGEST: usize = 256;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The place where secrets are kept did not give or take it.
    #[error("the token of the API could not be read or kept: {0}")]
    Kept(#[from] SecretStoreError),
    /// There were no random bytes.
    #[error("this computer gave no random bytes, without which no token is made: {0}")]
    NoRandomness(#[from] std::io::Error),
}

/// The token of an installation: whoever shows it may ask the API.
///
/// It has no `Debug`: a token is shown by [`ApiToken::reveal`] alone.
pub struct ApiToken {
    text: Secret<String>,
}

impl ApiToken {
    /// The token that is kept, or a new one if there is none.
    pub async fn kept_or_new(
        secrets: &dyn SecretStore,
        random: &dyn RandomSource,
    ) -> Result<Self, TokenError> {
        match Self::kept(secrets).await? {
            Some(token) => Ok(token),
            None => Self::renew(secrets, random).await,
        }
    }

    /// The token that is kept, if there is one.
    pub async fn kept(secrets: &dyn SecretStore) -> Result<Option<Self>, TokenError> {
        Ok(secrets.get(&name()?).await?.map(|text| Self { text }))
    }

    /// A new token in the place of the kept one, which is worth nothing from then on.
    pub async fn renew(
        secrets: &dyn SecretStore,
        random: &dyn RandomSource,
    ) -> Result<Self, TokenError> {
        let text = random_text(random)?;
        secrets.set(&name()?, Secret::new(text.to_string())).await?;
        Ok(Self { text: Secret::new(text.to_string()) })
    }

    /// The token itself, for the person who asked for it.
    pub fn reveal(&self) -> &str {
        self.text.expose()
    }

    /// Whether a text is this token. The time it takes says nothing about how much of it is right:
    /// the digests of both are compared, to the end.
    pub(super) fn is(&self, shown: &str) -> bool {
        shown.len() <= LONGEST && bool::from(self.digest().ct_eq(&digest(shown)))
    }

    /// What stands for the token where the token itself is not kept.
    pub(super) fn digest(&self) -> [u8; 32] {
        digest(self.text.expose())
    }
}

/// A random text of 64 hexadecimal digits.
pub(super) fn random_text(random: &dyn RandomSource) -> Result<Zeroizing<String>, std::io::Error> {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes)?;
    let mut text = Zeroizing::new(String::with_capacity(2 * BYTES));
    for byte in bytes {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    bytes.zeroize();
    Ok(text)
}

/// SHA-256.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn name() -> Result<SecretName, SecretStoreError> {
    SecretName::new(NAME)
        .map_err(|invalid| SecretStoreError::Unavailable { source: invalid.into() })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A source that counts, in the place of the system's random bytes.
    #[derive(Default)]
    struct Counting(AtomicU8);

    impl RandomSource for Counting {
        fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    /// A store of one secret, in the place of the vault.
    #[derive(Default)]
    struct OneSecret(Mutex<Option<String>>);

    #[async_trait::async_trait]
    impl SecretStore for OneSecret {
        async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
            assert_eq!(name.as_str(), NAME);
            Ok(self.0.lock().unwrap().clone().map(Secret::new))
        }

        async fn set(
            &self,
            name: &SecretName,
            secret: Secret<String>,
        ) -> Result<(), SecretStoreError> {
            assert_eq!(name.as_str(), NAME);
            *self.0.lock().unwrap() = Some(secret.expose().clone());
            Ok(())
        }

        async fn delete(&self, _: &SecretName) -> Result<bool, SecretStoreError> {
            Ok(self.0.lock().unwrap().take().is_some())
        }
    }

    #[tokio::test]
    async fn c6_5_a_token_is_made_once_and_a_renewed_one_takes_its_place() {
        let (store, random) = (Arc::new(OneSecret::default()), Counting::default());
        assert!(ApiToken::kept(&*store).await.unwrap().is_none());
        let first = ApiToken::kept_or_new(&*store, &random).await.unwrap();
        assert_eq!(first.reveal(), "00".repeat(32));
        let again = ApiToken::kept_or_new(&*store, &random).await.unwrap();
        assert!(again.is(first.reveal()));
        let renewed = ApiToken::renew(&*store, &random).await.unwrap();
        assert!(!renewed.is(first.reveal()) && renewed.is(&"01".repeat(32)));
        assert!(ApiToken::kept(&*store).await.unwrap().unwrap().is(renewed.reveal()));
    }

    #[tokio::test]
    async fn c6_5_nothing_but_the_token_is_the_token() {
        let store = OneSecret::default();
        let token = ApiToken::kept_or_new(&store, &Counting(AtomicU8::new(0xab))).await.unwrap();
        let right = token.reveal().to_owned();
        let upper = right.to_uppercase();
        let (short, long) = (&right[1..], format!("{right}a"));
        let huge = right.repeat(1000);
        for wrong in ["", " ", short, &long, &upper, &huge, "abababab\0"] {
            assert!(!token.is(wrong), "{wrong:?} was taken");
        }
        assert!(token.is(&right));
    }
}

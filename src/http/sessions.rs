use std::sync::{Mutex, MutexGuard, PoisonError};

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::token::{ApiToken, digest, random_text};
use crate::secrets::RandomSource;

/// Browsers that are logged in at once; the one that came first makes room.
const MOST: usize = 8;

/// How long a browser stays logged in, in microseconds: a trading day with its evening.
const LONGEST: u64 = 12 * 60 * 60 * 1_000_000;

/// The browsers that have shown the token. What a browser keeps instead of the token is a random
/// text of its own, which is worth nothing after the end of the process, after a renewal of the
/// token, and after twelve hours.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<Vec<Session>>,
}

struct Session {
    /// Digest of the random text.
    id: [u8; 32],
    /// Digest of the token that was shown.
    token: [u8; 32],
    /// On the monotonic scale.
    opened_at: u64,
}

impl Session {
    fn holds(&self, token: &ApiToken, now: u64) -> bool {
        now.saturating_sub(self.opened_at) < LONGEST
            && bool::from(self.token.ct_eq(&token.digest()))
    }
}

impl Sessions {
    /// Lets a browser in that has shown the token, and gives what it keeps.
    pub(super) fn open(
        &self,
        token: &ApiToken,
        random: &dyn RandomSource,
        now: u64,
    ) -> std::io::Result<Zeroizing<String>> {
        let text = random_text(random)?;
        let session = Session { id: digest(&text), token: token.digest(), opened_at: now };
        let mut open = self.lock();
        open.retain(|session| session.holds(token, now));
        if open.len() >= MOST {
            open.remove(0);
        }
        open.push(session);
        Ok(text)
    }

    /// Whether a browser with this text is let in.
    pub(super) fn knows(&self, shown: &str, token: &ApiToken, now: u64) -> bool {
        let shown = digest(shown);
        self.lock()
            .iter()
            .any(|session| bool::from(session.id.ct_eq(&shown)) && session.holds(token, now))
    }

    /// Ends the session of a browser.
    pub(super) fn close(&self, shown: &str) {
        let shown = digest(shown);
        self.lock().retain(|session| !bool::from(session.id.ct_eq(&shown)));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::secrets::{Secret, SecretName, SecretStore, SecretStoreError};

    /// A source that counts, in the place of the system's random bytes.
    struct Counting(AtomicU8);

    impl RandomSource for Counting {
        fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    /// Takes whatever it is given, in the place of the vault.
    struct Nowhere;

    #[async_trait::async_trait]
    impl SecretStore for Nowhere {
        async fn get(&self, _: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
            Ok(None)
        }
        async fn set(&self, _: &SecretName, _: Secret<String>) -> Result<(), SecretStoreError> {
            Ok(())
        }
        async fn delete(&self, _: &SecretName) -> Result<bool, SecretStoreError> {
            Ok(false)
        }
    }

    #[tokio::test]
    async fn c6_5_a_session_ends_with_its_time_its_token_or_its_logout() {
        let random = Counting(AtomicU8::new(0));
        let token = ApiToken::renew(&Nowhere, &random).await.unwrap();
        let other = ApiToken::renew(&Nowhere, &random).await.unwrap();
        let sessions = Sessions::default();
        let id = sessions.open(&token, &random, 5).unwrap();
        assert!(sessions.knows(&id, &token, 5) && sessions.knows(&id, &token, LONGEST + 4));
        assert!(!sessions.knows(&id, &token, LONGEST + 5), "a session lasts for ever");
        assert!(!sessions.knows(&id, &other, 5), "a session outlives its token");
        assert!(!sessions.knows("", &token, 5) && !sessions.knows(&id[1..], &token, 5));
        sessions.close(&id);
        assert!(!sessions.knows(&id, &token, 5), "a session outlives its logout");
    }

    #[tokio::test]
    async fn c6_5_the_first_browser_makes_room_for_the_last() {
        let random = Counting(AtomicU8::new(0));
        let token = ApiToken::renew(&Nowhere, &random).await.unwrap();
        let sessions = Sessions::default();
        let opened: Vec<_> =
            (0..=MOST).map(|_| sessions.open(&token, &random, 0).unwrap()).collect();
        assert!(!sessions.knows(&opened[0], &token, 1));
        assert!(opened[1..].iter().all(|id| sessions.knows(id, &token, 1)));
    }
}

//! A value that must not leave the process by accident.

use zeroize::{Zeroize, Zeroizing};

/// Holds a secret and wipes its memory when dropped.
///
/// It has no `Debug`, `Display`, `Clone` or `Serialize`: to log it, to put it into a record or to
/// send it to the window does not compile.
///
/// ```compile_fail,E0277
/// let secret = throughline::secrets::Secret::new("hunter2".to_owned());
/// println!("{secret:?}");
/// ```
///
/// ```compile_fail,E0277
/// let secret = throughline::secrets::Secret::new("hunter2".to_owned());
/// println!("{secret}");
/// ```
///
/// ```compile_fail,E0277
/// let secret = throughline::secrets::Secret::new("hunter2".to_owned());
/// let text = serde_json::to_string(&secret);
/// ```
///
/// The one way to its content is named so that it can be searched for:
///
/// ```
/// let secret = throughline::secrets::Secret::new("hunter2".to_owned());
/// assert_eq!(secret.expose(), "hunter2");
/// ```
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The content, for the one call that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Says when it is wiped, as reading freed memory to see it would be undefined behaviour.
    struct Witness(Arc<AtomicBool>);

    impl Zeroize for Witness {
        fn zeroize(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_dropped_secret_is_wiped() {
        let wiped = Arc::new(AtomicBool::new(false));
        let secret = Secret::new(Witness(Arc::clone(&wiped)));
        assert!(!secret.expose().0.load(Ordering::SeqCst), "wiped while still in use");
        drop(secret);
        assert!(wiped.load(Ordering::SeqCst), "dropped without being wiped");
    }
}

use std::path::PathBuf;

/// Fewest characters of a passphrase that begins a vault.
pub const SHORTEST_PASSPHRASE: usize = 12;

/// Where random bytes come from: the operating system at the edge, a seed in a test.
pub trait RandomSource: Send + Sync {
    /// Fills the bytes, or says why there are none.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// Why the vault gave or took nothing. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Neither a keychain nor a passphrase.
    #[error(
        "there is nothing to open the vault of keys with: {keychain}. Where there is no keychain, set \
         the environment variable THROUGHLINE_PASSPHRASE, or type the passphrase at the terminal or \
         in the window"
    )]
    Closed {
        /// What the keychain said, as a clause.
        keychain: String,
    },
    /// The passphrase is another one, or the file was changed.
    #[error(
        "the passphrase does not open the vault of keys {}; give the one that it was begun with, or \
         delete the file and enter the keys again", path.display()
    )]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase is too short to protect anything.
    #[error(
        "the passphrase of a vault of keys has at least {SHORTEST_PASSPHRASE} characters; take a \
         longer one"
    )]
    ShortPassphrase,
    /// The keychain lost the key, or has another one.
    #[error(
        "the key in the keychain does not open the vault of keys {}; restore the keychain, or delete \
         the file and enter the keys again", path.display()
    )]
    WrongKey {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else, cut short, or of a newer version.
    #[error(
        "{} is not a vault of keys that this version can read ({detail}); restore it, or delete it \
         and enter the keys again", path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// The disk failed.
    #[error("the vault of keys {} could not be {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Such as `written`.
        action: &'static str,
        /// In the words of the system.
        source: std::io::Error,
    },
    /// More is kept than fits.
    #[error("the vault of keys is full; forget keys that are no longer used")]
    Full,
    /// There were no random bytes.
    #[error("this computer gave no random bytes, without which nothing can be sealed: {0}")]
    NoRandomness(std::io::Error),
    /// The key could not be derived.
    #[error("the key could not be derived from the passphrase: {0}")]
    Derivation(String),
}

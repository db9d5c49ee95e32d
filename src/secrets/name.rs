//! The name under which a secret is kept.

use std::fmt;

/// Longest name, in characters. Windows limits the whole target name of a credential, and no
/// name of ours comes near this.
const LONGEST: usize = 64;

/// Name of a secret, such as `openai.api-key`: lower-case letters, digits, `.`, `-` and `_`, so
/// that it means the same in the keychains of all systems, some of which ignore case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// Checks and takes a name.
    pub fn new(name: &str) -> Result<Self, InvalidSecretName> {
        let allowed = |character: char| {
            character.is_ascii_lowercase()
                || character.is_ascii_digit()
                || matches!(character, '.' | '-' | '_')
        };
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(allowed) {
            return Err(InvalidSecretName { name: name.chars().take(LONGEST).collect() });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A text that cannot be the name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{name}\" cannot be the name of a secret: use 1 to {LONGEST} lower-case letters, digits, \
     dots, hyphens or underscores"
)]
pub struct InvalidSecretName {
    /// The text, cut to the longest name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for good in ["openai.api-key", "a", "vault_key.2", &"x".repeat(LONGEST)] {
            assert_eq!(SecretName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "OpenAI", "a b", "ключ", "a/b", "a\n", &"x".repeat(LONGEST + 1)] {
            assert!(SecretName::new(bad).is_err(), "{bad:?} was taken as a name");
        }
    }

    #[test]
    fn the_refusal_names_the_text_and_stays_short() {
        let refusal = SecretName::new(&"Y".repeat(10_000)).unwrap_err();
        assert!(refusal.to_string().len() < 250);
        assert!(refusal.to_string().contains("YYYY"));
    }
}

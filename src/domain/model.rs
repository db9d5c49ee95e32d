use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// By which protocol a language model is asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// `OpenAI`'s chat completions.
    Openai,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini.
    Google,
    /// Ollama, by its `OpenAI`-compatible address.
    Ollama,
    /// Any other address that speaks `OpenAI`'s chat completions: `OpenRouter`, vLLM, LM Studio,
    /// llama.cpp.
    OpenaiCompatible,
}

impl ModelKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Openai, Self::Anthropic, Self::Google, Self::Ollama, Self::OpenaiCompatible];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::Ollama => "ollama",
            Self::OpenaiCompatible => "openai_compatible",
        }
    }

    /// The provider's name for a person.
    pub fn provider(self) -> &'static str {
        match self {
            Self::Openai => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Google => "Google",
            Self::Ollama => "Ollama",
            Self::OpenaiCompatible => "OpenAI-compatible server",
        }
    }

    /// Where the provider is unless another address is given; nothing where one has to be given.
    pub fn default_url(self) -> Option<&'static str> {
        match self {
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com/v1"),
            Self::Google => Some("https://generativelanguage.googleapis.com/v1beta"),
            Self::Ollama => Some("http://127.0.0.1:11434/v1"),
            Self::OpenaiCompatible => None,
        }
    }

    /// Whether the provider answers nobody without a key.
    pub fn needs_key(self) -> bool {
        match self {
            Self::Openai | Self::Anthropic | Self::Google => true,
            Self::Ollama | Self::OpenaiCompatible => false,
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Longest name of a model, in characters.
const LONGEST_NAME: usize = 40;

/// A text that cannot be the name of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{shown}\" cannot be the name of a model: use 1 to {LONGEST_NAME} lower-case letters, digits, \
     dots, hyphens or underscores"
)]
pub struct InvalidModelName {
    shown: String,
}

/// What a person calls a configured model, and a strategy names it by: such as `gpt` or
/// `local-qwen`. Lower case, since the name of its key in a keychain may ignore case.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct ModelName(String);

impl ModelName {
    /// Checks length and characters.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidModelName> {
        let text = text.into();
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(allowed) {
            return Err(InvalidModelName { shown: text.chars().take(LONGEST_NAME).collect() });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModelName {
    type Error = InvalidModelName;
    fn try_from(text: String) -> Result<Self, InvalidModelName> {
        Self::new(text)
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> String {
        name.0
    }
}

/// Why a model stopped to speak.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It had said what it wanted to say.
    Finished,
    /// The limit of its reply cut it off.
    Truncated,
    /// It, or the provider's filter, declined to answer.
    Refused,
}

impl StopReason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_plain_and_lower_case() {
        for good in ["gpt", "qwen2.5-vl", "a_b", &"x".repeat(LONGEST_NAME)] {
            assert_eq!(ModelName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "GPT", "a b", "a/b", "é", &"x".repeat(LONGEST_NAME + 1)] {
            let error = ModelName::new(bad).unwrap_err().to_string();
            assert!(error.contains("lower-case"), "{error}");
        }
    }
}

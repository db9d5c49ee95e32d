//! The port to language models that see: one question with images, one reply, told as it is spoken.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::{ModelKind, StopReason};
use crate::secrets::Secret;

/// Most of a provider's own words that an error repeats, in characters.
const LONGEST_DETAIL: usize = 300;

/// A model that is asked with text and images.
#[async_trait]
pub trait VisionModel: Send + Sync {
    /// Asks once and tells the sink each piece of the reply as it comes. Nothing is tried again here.
    /// Dropping the future ends the request.
    async fn complete(
        &self,
        request: &ModelRequest,
        sink: &dyn TextSink,
    ) -> Result<ModelReply, ModelError>;
}

/// Makes models of addresses. The adapters are behind it.
pub trait ModelConnector: Send + Sync {
    /// Checks an address and puts it into its one form, without asking it.
    fn check_address(&self, url: &str) -> Result<String, ModelError>;

    /// The model at an address. Nothing is asked yet.
    fn connect(
        &self,
        target: &ModelTarget,
        key: Option<Secret<String>>,
    ) -> Result<Box<dyn VisionModel>, ModelError>;
}

/// Which model is meant, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTarget {
    /// By which protocol it is asked.
    pub kind: ModelKind,
    /// As the provider names it.
    pub model: String,
    /// Address of the provider.
    pub url: String,
}

/// Hears a reply while it is spoken.
pub trait TextSink: Send + Sync {
    /// The next piece of the text.
    fn text(&self, piece: &str);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unheard;

impl TextSink for Unheard {
    fn text(&self, _piece: &str) {}
}

/// An image as it is given to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelImage {
    /// Such as `image/png`.
    pub media_type: String,
    /// The image itself.
    pub bytes: Bytes,
    /// BLAKE3 of the bytes, 64 hexadecimal digits.
    pub hash: String,
}

impl ModelImage {
    /// An image with its hash.
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        Self { media_type: media_type.into(), bytes, hash }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub struct ModelRequest {
    /// What it is told about its task.
    pub system: String,
    /// The question itself.
    pub prompt: String,
    /// In the order in which the prompt speaks of them.
    pub images: Vec<ModelImage>,
    /// JSON schema that the reply is to follow. Whether it does is for the caller to check.
    pub schema: Arc<Value>,
    /// Name of the schema: letters, digits, `_` and `-`.
    pub schema_name: String,
    /// How freely it speaks; without one the provider's own holds.
    pub temperature: Option<Decimal>,
    /// Longest reply, in tokens.
    pub maximum_output_tokens: u32,
    /// How long the whole may take, in real time.
    pub deadline: SignedDuration,
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelReply {
    /// All of it.
    pub text: String,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Tokens of the input, if the provider reported them.
    pub input_tokens: Option<u64>,
    /// Tokens of the reply, if the provider reported them.
    pub output_tokens: Option<u64>,
    /// As the provider names the model that answered.
    pub model: Option<String>,
}

/// Why there is no reply. No variant carries a key: what a provider said is cut short and cleaned by
/// [`Detail`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The address is none that a key or a chart may be sent to.
    #[error("the address \"{shown}\" cannot be used: {why}")]
    Address {
        /// The address, cut short.
        shown: String,
        /// What is wrong, and what to do.
        why: &'static str,
    },
    /// The model's name holds what no such name holds.
    #[error(
        "\"{shown}\" cannot be the name of a model at a provider; copy it from the provider's list"
    )]
    ModelText {
        /// The name, cut short.
        shown: String,
    },
    /// The key holds what no key holds.
    #[error("the key holds characters that no key has; copy it again, without line breaks")]
    KeyText,
    /// 401: no key, or a wrong one.
    #[error("the provider does not accept the key; enter it again{0}")]
    Unauthorized(Detail),
    /// 403: the key is right and may not do this.
    #[error("the provider does not allow this key to use the model; look into its account{0}")]
    Forbidden(Detail),
    /// 404: no such model, or no such address.
    #[error("the provider knows no such model or address; check both{0}")]
    UnknownModel(Detail),
    /// 413, or more tokens than the model takes.
    #[error(
        "the question is larger than the provider takes; show fewer bars or a shorter prompt{0}"
    )]
    TooLarge(Detail),
    /// 402, or a 429 that says the account is empty.
    #[error("the account at the provider has no credit left; add some there{0}")]
    NoCredit(Detail),
    /// 400 and whatever else says that the question is wrong.
    #[error("the provider refused the request (status {status}){detail}")]
    BadRequest {
        /// Of the answer.
        status: u16,
        /// In the provider's words.
        detail: Detail,
    },
    /// 429.
    #[error("the provider asks for fewer requests; wait a while{detail}")]
    RateLimited {
        /// How long to wait, if it says so.
        retry_after: Option<SignedDuration>,
        /// In the provider's words.
        detail: Detail,
    },
    /// 503 and 529.
    #[error("the provider is overloaded at the moment; try again later{detail}")]
    Overloaded {
        /// How long to wait, if it says so.
        retry_after: Option<SignedDuration>,
        /// In the provider's words.
        detail: Detail,
    },
    /// 500 and the like.
    #[error("the provider failed (status {status}); try again later{detail}")]
    ServerError {
        /// Of the answer; 200 if it failed while it spoke.
        status: u16,
        /// In the provider's words.
        detail: Detail,
    },
    /// 3xx.
    #[error(
        "the address redirects elsewhere, and a key is sent only where it was entered for; enter the \
         final address"
    )]
    Redirected,
    /// No connection. Nothing was sent.
    #[error("the provider cannot be reached; check the address and the network{0}")]
    Unreachable(Detail),
    /// The connection was lost before there was an answer. What became of the question is not known.
    #[error("the connection to the provider was lost before it answered{0}")]
    Lost(Detail),
    /// It did not answer, fell silent, or did not come to its end.
    #[error("the provider did not {what} within {seconds} s; try again, or allow more time")]
    TimedOut {
        /// Such as `begin to answer`.
        what: &'static str,
        /// How long it was given.
        seconds: i64,
    },
    /// The reply ended in the middle.
    #[error("the reply was cut off before its end; it is not used")]
    StreamCut,
    /// The reply is larger than any that makes sense.
    #[error("the reply is larger than {limit} bytes, which no analysis is; it is not used")]
    ReplyTooLarge {
        /// What was accepted at most.
        limit: usize,
    },
    /// The reply is not text.
    #[error("the reply is not valid UTF-8; it is not used")]
    InvalidUtf8,
    /// The reply is not of the shape that the provider documents.
    #[error("the reply cannot be read as the provider documents it{0}; it is not used")]
    Unreadable(Detail),
    /// The reply holds no text at all.
    #[error("the model answered with an empty text")]
    Empty,
    /// Whoever asked does not want to know any more.
    #[error("the call was cancelled")]
    Cancelled,
}

impl ModelError {
    /// Whether the provider may have worked on the question, and so may ask for money.
    pub fn may_have_cost(&self) -> bool {
        matches!(
            self,
            // With another status it failed before it began to speak.
            Self::ServerError { status: 200, .. }
                | Self::Lost(_)
                | Self::TimedOut { .. }
                | Self::StreamCut
                | Self::ReplyTooLarge { .. }
                | Self::InvalidUtf8
                | Self::Unreadable(_)
                | Self::Empty
                | Self::Cancelled
        )
    }

    /// Whether the same question may be asked again, if nothing of a reply was heard: the provider
    /// was not reached, or said that it did not do the work.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::RateLimited { .. }
                | Self::Overloaded { .. }
                | Self::ServerError { .. }
        )
    }

    /// Whether it shows that the provider is unwell, whatever was asked.
    pub fn is_providers_fault(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::Lost(_)
                | Self::Overloaded { .. }
                | Self::ServerError { .. }
                | Self::TimedOut { .. }
                | Self::StreamCut
        )
    }

    /// How long the provider wants to be left alone.
    pub fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Overloaded { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}

/// What a provider said about a failure: hostile text, so that it is short, on one line, and without
/// anything that looks like a key. Shown as `: "…"`, or as nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail(String);

impl Detail {
    /// Cleans what was said. `key` is what must not be repeated.
    pub fn new(said: &str, key: Option<&Secret<String>>) -> Self {
        let mut text: String = said
            .chars()
            .take(20 * LONGEST_DETAIL)
            .map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c })
            .collect();
        if let Some(key) = key.map(|key| key.expose().as_str()).filter(|key| !key.is_empty()) {
            text = text.replace(key, "[key]");
        }
        let words: Vec<&str> = text
            .split_whitespace()
            // A provider that shows a part of the key stars out the rest.
            .map(|word| if word.contains("***") || is_key_like(word) { "[key]" } else { word })
            .collect();
        let text = words.join(" ");
        let mut shown: String = text.chars().take(LONGEST_DETAIL).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self(shown)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": \"{}\"", self.0) }
    }
}

/// Characters that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// How keys of the known providers begin.
fn is_key_like(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    word.len() >= 16 && (word.starts_with("sk-") || word.starts_with("AIza"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_is_short_on_one_line_and_without_keys() {
        let key = Secret::new("my-own-key-12345".to_owned());
        let detail = Detail::new(
            "bad\nkey my-own-key-12345, or 'sk-proj-abcdefghijklmnop' or sk-ab***********yz \u{202e}x",
            Some(&key),
        );
        assert_eq!(detail.as_str(), "bad key [key], or [key] or [key] x");
        assert_eq!(detail.to_string(), ": \"bad key [key], or [key] or [key] x\"");
        assert_eq!(Detail::default().to_string(), "");
        assert_eq!(Detail::new(&"long ".repeat(10_000), None).as_str().chars().count(), 301);
    }

    #[test]
    fn only_what_the_provider_did_not_do_may_be_asked_again() {
        let nothing = Detail::default;
        assert!(ModelError::Unreachable(nothing()).is_transient());
        assert!(ModelError::ServerError { status: 500, detail: nothing() }.is_transient());
        for never in [
            ModelError::Lost(nothing()),
            ModelError::StreamCut,
            ModelError::TimedOut { what: "begin to answer", seconds: 9 },
            ModelError::Unauthorized(nothing()),
            ModelError::Cancelled,
        ] {
            assert!(!never.is_transient(), "{never}");
        }
    }
}

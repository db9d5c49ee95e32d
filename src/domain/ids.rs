use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text that cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{kind} \"{shown}\" is not usable: use 1 to {max} characters out of a-z, A-Z, 0-9, '-' and '_'"
)]
pub struct IdError {
    kind: &'static str,
    shown: String,
    max: usize,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, schemars::JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(String);

        impl $name {
            /// Checks length and characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if text.is_empty() || text.len() > $max || !text.chars().all(allowed) {
                    return Err(IdError {
                        kind: $kind,
                        shown: text.chars().take(40).collect(),
                        max: $max,
                    });
                }
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id!(
    /// A strategy's name for machines; the short text that a person types, such as `sample`.
    StrategyId, "strategy", 32
);
text_id!(
    /// One run of one version of one strategy on one symbol.
    ExecutionId, "execution", 64
);
text_id!(
    /// A brokerage account, such as `DU1000001`.
    AccountId, "account", 32
);
text_id!(
    /// Our own id of an order (`cOID` on the wire): a pure function of execution and leg, at most
    /// 64 characters, without the characters that IBKR's edge refuses.
    ClientOrderId, "client order id", 64
);
text_id!(
    /// The broker's id of an order. A string when an order is placed and a number in lists; kept
    /// as text.
    BrokerOrderId, "broker order id", 64
);

text_id!(
    /// A prompt, such as `my-daily-reading`.
    PromptId, "prompt", 64
);

/// The broker's id of one fill (`execution_id` of a trade), such as `0000e0d5.6576fd38.01.01`.
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
#[serde(transparent)]
#[ts(type = "string")]
pub struct FillId(String);

impl FillId {
    /// Takes the broker's text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// IBKR's contract id.
#[derive(
    Debug,
    Clone,
    Copy,
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
#[serde(transparent)]
#[ts(type = "number")]
pub struct Conid(pub i64);

impl fmt::Display for Conid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_refuses_what_the_brokers_edge_refuses() {
        for text in ["", "a>=b", "a b", "naïve", &"x".repeat(65)] {
            assert!(ClientOrderId::new(text).is_err(), "{text:?} was accepted");
        }
        assert!(ClientOrderId::new("sample_20120615T200000Z_1a2b3c-entry").is_ok());
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::PromptId;

/// What a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PromptType {
    /// Reads the daily chart.
    Daily,
    /// Reads the weekly chart.
    Weekly,
    /// Weighs both readings and proposes a signal.
    Consolidation,
    /// System message of the daily reading.
    DailySystem,
    /// System message of the weekly reading.
    WeeklySystem,
    /// System message of the consolidation.
    ConsolidationSystem,
}

impl PromptType {
    /// All of them, in the order of a run, each beside its system message.
    pub const ALL: [Self; 6] = [
        Self::Daily,
        Self::DailySystem,
        Self::Weekly,
        Self::WeeklySystem,
        Self::Consolidation,
        Self::ConsolidationSystem,
    ];

    /// The name on the wire and in records, such as `daily_system`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Consolidation => "consolidation",
            Self::DailySystem => "daily_system",
            Self::WeeklySystem => "weekly_system",
            Self::ConsolidationSystem => "consolidation_system",
        }
    }

    /// Whether it is a system message.
    pub fn is_system(self) -> bool {
        matches!(self, Self::DailySystem | Self::WeeklySystem | Self::ConsolidationSystem)
    }
}

impl fmt::Display for PromptType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The language that a prompt is written in and asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese in traditional characters.
    Zh,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The name on the wire and in records: `en` or `zh`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One version of one prompt, as a record names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PromptVersionRef {
    /// Which prompt; one that is shipped with the program begins with `shipped-`.
    pub prompt_id: PromptId,
    /// Its name for people, when it was used.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// What it is for.
    pub prompt_type: PromptType,
    /// Its language.
    pub language: Language,
    /// BLAKE3 of the version's text, 64 hexadecimal digits.
    pub hash: String,
}

impl FromStr for PromptType {
    type Err = UnknownPromptType;

    fn from_str(text: &str) -> Result<Self, UnknownPromptType> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or_else(|| UnknownPromptType { text: text.chars().take(40).collect() })
    }
}

/// A text that names no type of prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is no type of prompt; use daily, weekly, consolidation, daily_system, \
     weekly_system or consolidation_system"
)]
pub struct UnknownPromptType {
    /// The text, cut to 40 characters.
    pub text: String,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or_else(|| UnknownLanguage { text: text.chars().take(40).collect() })
    }
}

/// A text that names no language that prompts are written in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no language of prompts; use en, or zh for Traditional Chinese")]
pub struct UnknownLanguage {
    /// The text, cut to 40 characters.
    pub text: String,
}

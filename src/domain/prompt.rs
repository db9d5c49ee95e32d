use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a prompt asks for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PromptType {
    /// To read the daily chart.
    Daily,
    /// To read the weekly chart.
    Weekly,
    /// To decide on what both charts show.
    Consolidation,
    /// The system message of the daily prompt.
    DailySystem,
    /// The system message of the weekly prompt.
    WeeklySystem,
    /// The system message of the consolidation.
    ConsolidationSystem,
}

impl PromptType {
    /// All of them, in the order of an analysis.
    pub const ALL: [Self; 6] = [
        Self::DailySystem,
        Self::Daily,
        Self::WeeklySystem,
        Self::Weekly,
        Self::ConsolidationSystem,
        Self::Consolidation,
    ];

    /// The name in records, such as `daily_system`.
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
}

impl fmt::Display for PromptType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
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

/// The language in which a model is asked and answers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Traditional Chinese.
    #[serde(rename = "zh")]
    TraditionalChinese,
}

impl Language {
    /// Both, the fall-back first.
    pub const ALL: [Self; 2] = [Self::English, Self::TraditionalChinese];

    /// `en` or `zh`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::TraditionalChinese => "zh",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
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

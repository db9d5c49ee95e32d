//! Rows of prompts and their versions, and what can be done to them. Instants are wall time.

use jiff::Timestamp;

use crate::domain::{Language, PromptId, PromptType, StrategyId};

/// A prompt without its text. Type, language and scope stay as they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptRow {
    /// Id.
    pub id: PromptId,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it does in a run.
    pub prompt_type: PromptType,
    /// The language it is written in.
    pub language: Language,
    /// The one strategy that it is for; every strategy if absent.
    pub strategy_id: Option<StrategyId>,
    /// Whether the look-up may find it.
    pub is_active: bool,
    /// Whether the look-up prefers it.
    pub is_default: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its description, its switches or its text changed last.
    pub updated_at: Timestamp,
    /// When it was deleted, if it is.
    pub deleted_at: Option<Timestamp>,
    /// Its newest version.
    pub version: u32,
    /// BLAKE3 of the newest version's text.
    pub hash: String,
}

/// One version of a prompt: inserted once, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptVersionRow {
    /// Which prompt.
    pub prompt_id: PromptId,
    /// From 1, without gaps.
    pub version: u32,
    /// The template.
    pub text: String,
    /// BLAKE3 of the text, 64 hexadecimal digits.
    pub hash: String,
    /// Why it was changed, in the words of who did it.
    pub note: String,
    /// When.
    pub created_at: Timestamp,
}

/// A prompt that is to be made. It begins active and is nobody's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPromptRow {
    /// Id; [`StoreError::PromptTaken`](super::StoreError::PromptTaken) if there is one already.
    pub id: PromptId,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it does in a run.
    pub prompt_type: PromptType,
    /// The language it is written in.
    pub language: Language,
    /// The one strategy that it is for; every strategy if absent.
    pub strategy_id: Option<StrategyId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A change of one prompt. Each names what it changes and nothing else, so that two people who
/// change different things both keep theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptChange {
    /// Makes a prompt.
    Make(NewPromptRow),
    /// Adds the version that follows the newest;
    /// [`StoreError::PromptChanged`](super::StoreError::PromptChanged) if another came first.
    Version(PromptVersionRow),
    /// Sets what describes it.
    Describe {
        /// Which prompt.
        id: PromptId,
        /// Name for people.
        name: String,
        /// What it is for.
        description: String,
        /// Words to find it by.
        tags: Vec<String>,
        /// When.
        at: Timestamp,
    },
    /// Switches it on or off. What is switched off is no longer a default.
    Activate {
        /// Which prompt.
        id: PromptId,
        /// On or off.
        is_active: bool,
        /// When.
        at: Timestamp,
    },
    /// Makes it the default of its type, language and scope, active, in place of the one before; or
    /// takes that back.
    MakeDefault {
        /// Which prompt.
        id: PromptId,
        /// Whether it is the default.
        is_default: bool,
        /// When.
        at: Timestamp,
    },
    /// Hides it from lists and from the look-up, or brings it back, switched off.
    Delete {
        /// Which prompt.
        id: PromptId,
        /// Deleted or not.
        is_deleted: bool,
        /// When.
        at: Timestamp,
    },
}

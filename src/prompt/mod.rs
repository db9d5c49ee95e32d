//! Prompts: templates that a person owns, filled with what an execution knows.
//!
//! A template is [minijinja](https://docs.rs/minijinja) within narrow bounds (see `check`): it
//! cannot name a file, another template or a function, its work and its length are limited, and
//! whatever somebody else wrote (a company's name, a broker's words, an earlier reply) is rendered
//! inside a fence that it cannot close. A value that the run does not have is an error and never an
//! empty text. Numbers are exact decimals.
//!
//! ```text
//! PromptFacts ─▶ PromptContext ─┐
//! text ─▶ check ─▶ rewritten ───┴▶ render ─▶ Rendered
//! ```

mod check;
mod context;
mod difference;
mod file;
mod filters;
mod hostile;
mod lookup;
mod number;
pub mod reference;
mod render;
mod shipped;
#[cfg(test)]
mod tests;
mod tokens;

pub use context::{EarlierAnalysis, PromptContext, PromptFacts, TimeframeFacts};
pub use difference::{DiffKind, DiffLine, DiffSpan, diff};
pub use file::{FileError, FilePrompt, read_file, write_file};
pub(crate) use file::{LONGEST_DESCRIPTION, LONGEST_PROMPT_NAME, check_prompt};
pub use filters::trend_words;
pub use hostile::{FENCE_BEGIN, FENCE_END, LONGEST_NAME, LONGEST_TEXT, fenced};
pub use lookup::{Candidate, Found, Source, look_up};
pub use render::{PromptError, Rendered, render, validate};
pub use shipped::{SHIPPED_VERSION, Shipped, shipped, shipped_by_id};

/// Longest template, in bytes.
pub const LONGEST_TEMPLATE: usize = 32 * 1024;
/// Longest rendered prompt, in bytes.
pub const LONGEST_RENDERED: usize = 256 * 1024;
/// Steps that a template may take; minijinja calls it fuel.
pub const FUEL: u64 = 20_000;
/// How deep macros may call each other.
pub const DEEPEST_CALL: usize = 32;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The template cannot be rendered.
    Error,
    /// It can be rendered, and may not be what was meant.
    Warning,
}

/// Something about a template, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters; at least 1.
    pub length: u32,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

/// A line that holds nothing but a statement leaves no trace.
fn syntax() -> minijinja::syntax::SyntaxConfig {
    let mut builder = minijinja::syntax::SyntaxConfig::builder();
    builder.trim_blocks(true).lstrip_blocks(true);
    // Only delimiters can be wrong, and those are the usual ones.
    builder.build().unwrap_or_default()
}

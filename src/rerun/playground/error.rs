use rust_decimal::Decimal;

use super::plan::MOST_EXECUTIONS;
use crate::analyst::desk::ModelCallError;
use crate::rerun::{FrozenError, RerunError};
use crate::store::StoreError;

/// Why an experiment is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaygroundError {
    /// One prompt is tried, or two side by side.
    #[error("{count} prompts are named; name one, or two to see them side by side")]
    Arms {
        /// How many were named.
        count: usize,
    },
    /// Both arms would say the same.
    #[error("both sides have the same text of a {prompt_type} prompt, so that nothing can differ")]
    SameArms {
        /// Such as `daily`.
        prompt_type: String,
    },
    /// There is no such prompt.
    #[error("there is no{} prompt \"{shown}\"", .version.map(|it| format!(" version {it} of")).unwrap_or_default())]
    NoPrompt {
        /// As it was named, shortened.
        shown: String,
        /// As it was named.
        version: Option<u32>,
    },
    /// A text that is being written is of no type.
    #[error("neither a prompt nor a text with its type is named")]
    NoText,
    /// A text that is being written is no template.
    #[error("the text cannot be tried: line {line}, column {column}: {message}")]
    Draft {
        /// From 1.
        line: u32,
        /// From 1.
        column: u32,
        /// What is wrong there.
        message: String,
    },
    /// Nothing says on what.
    #[error("no execution is named; name some, or ask for the newest")]
    NoChoice,
    /// More than one press may ask for.
    #[error("{count} executions are too many; {MOST_EXECUTIONS} are the most")]
    TooMany {
        /// How many were asked for.
        count: usize,
    },
    /// None can be decided on again.
    #[error("there is no recorded execution to try it on{}", .why.as_deref().map(|why| format!(": {why}")).unwrap_or_default())]
    NoExecutions {
        /// Why the first one was left out, if one was.
        why: Option<String>,
    },
    /// There is no model to ask.
    #[error("no model is configured")]
    NoModel,
    /// Nothing says which model.
    #[error("several models could be asked: {names}; name one")]
    WhichModel {
        /// With commas between them.
        names: String,
    },
    /// What was accepted is no amount.
    #[error("{accepted} USD cannot be accepted as a cost; accept 0 or more")]
    Accepted {
        /// As it was given.
        accepted: Decimal,
    },
    /// It would not be carried through.
    #[error("{0}")]
    Refused(String),
    /// One at a time.
    #[error("an experiment is under way; wait for its end, or cancel it")]
    UnderWay,
    /// There is nothing to cancel.
    #[error("no experiment is under way")]
    NotUnderWay,
    /// The model cannot be asked.
    #[error(transparent)]
    Model(#[from] ModelCallError),
    /// A recorded execution cannot be read.
    #[error(transparent)]
    Frozen(#[from] FrozenError),
    /// A recorded execution cannot be decided on again.
    #[error(transparent)]
    Rerun(#[from] RerunError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

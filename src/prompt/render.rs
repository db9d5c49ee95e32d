//! Rendering, within the limits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use super::check::{Checked, check, place};
use super::context::PromptContext;
use super::hostile::Fenced;
use super::number::Number;
use super::{DEEPEST_CALL, Finding, LONGEST_RENDERED, Severity, filters, reference};
use crate::domain::PromptType;

/// A prompt as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The values of the run that it names.
    pub variables: BTreeSet<String>,
}

/// Why a prompt cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// The template itself is wrong.
    #[error("the prompt cannot be used: line {}, column {}: {}", .0.line, .0.column, .0.message)]
    Template(Finding),
    /// It names a value that this run does not have.
    #[error(
        "line {line} of the prompt names a value that this run does not have ({detail}); leave it \
         out, or ask with \"is defined\" first"
    )]
    NoValue {
        /// From 1.
        line: u32,
        /// In the words of the template engine.
        detail: String,
    },
    /// It asks for something that cannot be done with a value.
    #[error("line {line} of the prompt cannot be rendered: {detail}")]
    Operation {
        /// From 1.
        line: u32,
        /// In the words of the filter.
        detail: String,
    },
    /// It loops for too long, or calls itself too deeply.
    #[error("the prompt takes more than the {fuel} steps that it is given; shorten its loops")]
    TooMuchWork {
        /// Steps that it was given.
        fuel: u64,
    },
    /// It comes to more than can be sent.
    #[error("the rendered prompt is longer than {LONGEST_RENDERED} bytes; shorten it")]
    TooLong,
    /// The data of the run cannot be put into a prompt.
    #[error("the run has no {what}, which every prompt needs")]
    Incomplete {
        /// Such as `daily bars`.
        what: String,
    },
}

impl PromptError {
    /// The same as a finding of an editor.
    pub fn finding(&self) -> Finding {
        let line = match self {
            Self::Template(finding) => return finding.clone(),
            Self::NoValue { line, .. } | Self::Operation { line, .. } => *line,
            Self::TooMuchWork { .. } | Self::TooLong | Self::Incomplete { .. } => 1,
        };
        Finding {
            line,
            column: 1,
            length: 1,
            severity: Severity::Error,
            message: self.to_string(),
            suggestion: None,
        }
    }
}

/// Everything that there is to say about a template for one type of prompt.
pub fn validate(text: &str, prompt_type: PromptType) -> (Vec<Finding>, BTreeSet<String>) {
    let Checked { mut findings, variables, .. } = check(text);
    for name in &variables {
        if let Some(missing) = reference::missing_in(name, prompt_type) {
            let (line, column) = place(text, text.find(name.as_str()).unwrap_or(0));
            findings.push(Finding {
                line,
                column,
                length: u32::try_from(name.len()).unwrap_or(1),
                severity: Severity::Warning,
                message: missing.to_owned(),
                suggestion: None,
            });
        }
    }
    findings.sort_by_key(|finding| (finding.line, finding.column));
    (findings, variables)
}

/// Renders a template with what a run knows.
pub fn render(text: &str, context: &PromptContext) -> Result<Rendered, PromptError> {
    let checked = check(text);
    if checked.has_errors() {
        let error =
            checked.findings.into_iter().find(|finding| finding.severity == Severity::Error);
        return match error {
            Some(finding) => Err(PromptError::Template(finding)),
            None => Err(PromptError::TooLong),
        };
    }
    let Some(rewritten) = checked.rewritten else { return Err(PromptError::TooLong) };
    let environment = environment(checked.fuel);
    let rendered = environment
        .template_from_str(&rewritten)
        .and_then(|template| template.render(context.values()))
        .map_err(|error| refused(&error, checked.fuel))?;
    if rendered.len() > LONGEST_RENDERED {
        return Err(PromptError::TooLong);
    }
    Ok(Rendered { text: rendered.trim().to_owned(), variables: checked.variables })
}

/// An environment that reaches nothing: no loader, no globals but one, our filters alone.
fn environment<'a>(fuel: u64) -> Environment<'a> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_syntax(super::syntax());
    environment.set_fuel(Some(fuel));
    environment.set_recursion_limit(DEEPEST_CALL);
    // Counted where it is written, also into what a macro or a `set` block keeps for later.
    let written = Arc::new(AtomicUsize::new(0));
    environment.set_formatter(move |out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value| {
        write_value(out, value, &written)
    });
    filters::add_to(&mut environment);
    environment
}

fn write_value(out: &mut Output<'_>, value: &Value, written: &AtomicUsize) -> Result<(), Error> {
    let text = match value.kind() {
        // What an `if` without an `else` gives.
        ValueKind::Undefined => return Ok(()),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => value.to_string(),
        ValueKind::Plain if Number::of(value).is_some() || Fenced::of(value).is_some() => {
            value.to_string()
        }
        kind => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!(
                    "a {kind} cannot be written as it is; name one of its fields, or loop over it"
                ),
            ));
        }
    };
    let before = written.fetch_add(text.len(), Ordering::Relaxed);
    if before.saturating_add(text.len()) > LONGEST_RENDERED {
        return Err(Error::new(ErrorKind::WriteFailure, TOO_LONG));
    }
    out.write_str(&text).map_err(Error::from)
}

/// Marks our own refusal among the errors of writing.
const TOO_LONG: &str = "the rendered prompt is too long";

fn refused(error: &Error, fuel: u64) -> PromptError {
    let line = u32::try_from(error.line().unwrap_or(1)).unwrap_or(1);
    let mut innermost: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let innermost = innermost.downcast_ref::<Error>().unwrap_or(error);
    let detail = innermost.detail().map_or_else(|| innermost.kind().to_string(), str::to_owned);
    match innermost.kind() {
        ErrorKind::OutOfFuel => PromptError::TooMuchWork { fuel },
        ErrorKind::WriteFailure => PromptError::TooLong,
        ErrorKind::UndefinedError => PromptError::NoValue { line, detail },
        ErrorKind::InvalidOperation if detail.contains("recursion limit") => {
            PromptError::TooMuchWork { fuel }
        }
        _ => PromptError::Operation { line, detail },
    }
}

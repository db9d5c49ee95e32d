use std::error::Error;
use std::future::Future;

use serde::Serialize;
use serde_json::Value;

use super::Parts;
use super::records::StepName;
use crate::store::BlobBytes;

/// What a step does to the world. Recovery after a crash hangs on this, not on names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing; it runs again.
    Pure,
    /// Looks; it runs again.
    Read,
    /// Costs money; a recorded answer is used again.
    Paid,
    /// Cannot be undone; it never runs again, what came of it is looked up.
    Irreversible,
}

/// One typed step. It is built from what earlier steps made, so that a chain which lacks an input
/// does not compile.
pub trait Step: Send {
    /// Its name in the lineage.
    const NAME: StepName;
    /// What it does to the world.
    const EFFECT: Effect;
    /// What the lineage keeps of its input.
    type Input: Serialize + Send;
    /// What later steps take.
    type Output: Send;
    /// What the lineage keeps of its output.
    type Record: Serialize + Send;

    /// The input for the record.
    fn input(&self) -> Self::Input;

    /// The output of an earlier attempt, out of its record. Only steps that cost money need it.
    fn recorded(_record: &str) -> Option<Self::Output> {
        None
    }

    /// Does it.
    fn run(
        self,
        parts: &Parts,
    ) -> impl Future<Output = Result<Made<Self::Output, Self::Record>, StepError>> + Send;
}

/// What a step made.
#[derive(Debug)]
pub struct Made<O, R> {
    /// For later steps.
    pub output: O,
    /// For the lineage.
    pub record: R,
    /// Large values that the record refers to.
    pub blobs: Vec<BlobBytes>,
}

impl<T: Clone> Made<T, T> {
    /// A step whose output is its record.
    pub fn record(record: T) -> Self {
        Self { output: record.clone(), record, blobs: Vec::new() }
    }
}

/// Why a step failed, with what it had produced until then.
#[derive(Debug)]
pub struct StepError {
    /// The chain of causes.
    pub source: Box<dyn Error + Send + Sync>,
    /// `Null` if there is nothing to show.
    pub partial_output: Value,
}

impl StepError {
    /// A failure that had produced something.
    pub fn with_partial(
        source: impl Error + Send + Sync + 'static,
        partial: &impl Serialize,
    ) -> Self {
        Self {
            source: Box::new(source),
            partial_output: serde_json::to_value(partial).unwrap_or_default(),
        }
    }

    /// The whole chain, first line first.
    pub fn chain(&self) -> String {
        let mut text = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(error) = cause {
            text.push_str("\ncaused by: ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for StepError {
    fn from(source: E) -> Self {
        Self { source: Box::new(source), partial_output: Value::Null }
    }
}

//! Replay: an execution is run again on its frozen inputs, and each pure step must give the bytes
//! that were recorded.
//!
//! Each step is computed from the *recorded* outputs of the steps before it, so that a difference is
//! named where it arises and does not hide in what follows. What was read, paid for or done at the
//! broker is taken as recorded. Nothing is written, and nothing that passes the risk gate here can
//! reach a broker.

mod difference;
mod recorded;
mod steps;
mod summary;
mod verdict;

pub use difference::{Difference, PartOfStep};
pub use summary::{ReplayPeriod, ReplaySummary, replay_all};
pub use verdict::{ExecutionReplay, ReplayedStep, StepVerdict};

use crate::analyst::Analyst;
use crate::domain::ExecutionId;
use crate::store::{Store, StoreError};
use recorded::Recorded;

/// Why an execution could not be looked at. That a step differs is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no such execution.
    #[error("there is no execution \"{shown}\"")]
    Missing {
        /// As it was named, shortened.
        shown: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program is coming to its end.
    #[error("the replay was cut off, since the program is stopping")]
    Stopped(#[source] tokio::task::JoinError),
}

/// Runs one execution again. `rules` is the analyst that needs no model: where it analysed, its
/// analysis is computed again as well, and where a model did, what the rule alone would have done.
pub async fn replay(
    store: &Store,
    rules: &dyn Analyst,
    id: &str,
) -> Result<ExecutionReplay, ReplayError> {
    let missing = || ReplayError::Missing { shown: id.chars().take(64).collect() };
    let id = ExecutionId::new(id).map_err(|_| missing())?;
    let execution = store.execution(&id).await?.ok_or_else(missing)?;
    let recorded = Recorded::read(store, execution).await?;
    let analyses = recorded.analyses(rules).await;
    // Charts are drawn, which takes longer than a task may hold up the others.
    tokio::task::spawn_blocking(move || steps::replayed(recorded, &analyses))
        .await
        .map_err(ReplayError::Stopped)
}

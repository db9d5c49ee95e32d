//! One or two prompts on recorded executions, with the cost told before anything is asked.

mod error;
mod estimate;
mod plan;
mod session;
mod summary;

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

pub use error::PlaygroundError;
pub use estimate::{BudgetLeft, Estimate};
pub use plan::{Arm, ArmChoice, ExecutionChoice, Experiment, LeftOut, MOST_EXECUTIONS};
pub use session::{ArmResult, Phase, Row, SessionView};
pub use summary::{ArmSummary, Share, Summary, summarise};

use crate::analyst::Analyst;
use crate::analyst::desk::ModelDesk;
use crate::clock::Clock;
use crate::executor::{Changed, Changes, Parts};
use crate::store::Store;
use session::Session;

/// Tries prompts out, one experiment at a time. The last one is kept until the next begins or the
/// process ends.
pub struct Playground {
    store: Arc<Store>,
    desk: Arc<ModelDesk>,
    baseline: Arc<dyn Analyst>,
    clock: Arc<dyn Clock>,
    changes: Changes,
    /// Held while an experiment is estimated and begun, so that two never begin.
    beginning: tokio::sync::Mutex<()>,
    session: Mutex<Option<Session>>,
    /// Counts what has changed.
    revision: watch::Sender<u64>,
}

impl Playground {
    /// A playground on what the executor works with, except the broker.
    pub fn new(parts: &Parts) -> Self {
        Self {
            store: Arc::clone(&parts.store),
            desk: Arc::clone(&parts.models),
            baseline: Arc::clone(&parts.baseline),
            clock: Arc::clone(&parts.clock),
            changes: parts.changes.clone(),
            beginning: tokio::sync::Mutex::default(),
            session: Mutex::default(),
            revision: watch::Sender::new(0),
        }
    }

    /// Wakes whoever waits for the next row or the end.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    fn told(&self) {
        self.revision.send_modify(|revision| *revision += 1);
        self.changes.tell(Changed::Playground);
    }
}

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::ExecutionId;

/// How far a run has come on its way to the order.
#[derive(Debug)]
enum Stage {
    /// It analyses, and may still be ended without an order.
    Deciding,
    /// It is to end without an order, for this reason.
    Cancelled(String),
}

/// Runs that may still be ended before their order. Shared by the executor and whoever wants one
/// ended; a run that has come to its order cannot be reached through it.
#[derive(Debug, Clone, Default)]
pub struct Cancellations {
    stages: Arc<Mutex<BTreeMap<ExecutionId, Stage>>>,
}

impl Cancellations {
    /// A run is written down and will be made here. Said again, it changes nothing.
    pub(crate) fn begin(&self, id: &ExecutionId) {
        self.lock().entry(id.clone()).or_insert(Stage::Deciding);
    }

    /// Asks that a run end without an order. Says whether it will: a run that has come to its order,
    /// or is none of this process, goes on.
    pub fn ask(&self, id: &ExecutionId, reason: &str) -> bool {
        match self.lock().get_mut(id) {
            None => false,
            Some(stage) => {
                *stage = Stage::Cancelled(reason.to_owned());
                true
            }
        }
    }

    /// From here on the run cannot be ended any more; or why it ends here.
    pub(super) fn pass(&self, id: &ExecutionId) -> Option<String> {
        match self.lock().remove(id) {
            Some(Stage::Cancelled(reason)) => Some(reason),
            Some(Stage::Deciding) | None => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ExecutionId, Stage>> {
        // The map is valid between any two statements.
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_can_be_ended_until_it_comes_to_its_order_and_not_later() {
        let cancellations = Cancellations::default();
        let id = |text: &str| ExecutionId::new(text).unwrap();
        assert!(!cancellations.ask(&id("a"), "unknown"), "a run that nobody began");
        cancellations.begin(&id("a"));
        cancellations.begin(&id("b"));
        assert!(cancellations.ask(&id("a"), "a newer run is due"));
        assert_eq!(cancellations.pass(&id("a")).as_deref(), Some("a newer run is due"));
        assert_eq!(cancellations.pass(&id("b")), None);
        assert!(!cancellations.ask(&id("b"), "too late"));
    }
}

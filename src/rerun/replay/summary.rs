use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::Timestamp;

use super::{ExecutionReplay, ReplayError, StepVerdict, replay};
use crate::analyst::Analyst;
use crate::domain::records::StepName;
use crate::store::{ExecutionFilter, Page, Store};

/// Executions whose ids are read at a time.
const PAGE: u32 = 200;

/// Executions that are replayed side by side: each holds one core while it draws.
const AT_ONCE: usize = 4;

/// Of which engine times executions are replayed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayPeriod {
    /// Of this engine time or later.
    pub from: Option<Timestamp>,
    /// Before this engine time.
    pub until: Option<Timestamp>,
}

/// What a replay of many executions came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplaySummary {
    /// Executions that were replayed.
    pub executions: u64,
    /// Those of them in which a step differs.
    pub differing: u64,
    /// Steps by name and verdict.
    pub steps: BTreeMap<StepName, BTreeMap<&'static str, u64>>,
}

impl ReplaySummary {
    /// Takes one execution in.
    fn add(&mut self, replayed: &ExecutionReplay) {
        self.executions += 1;
        self.differing += u64::from(!replayed.holds());
        for step in &replayed.steps {
            let of_step = self.steps.entry(step.step).or_default();
            *of_step.entry(step.verdict.as_str()).or_default() += 1;
        }
    }

    /// How many steps have a verdict.
    pub fn count(&self, verdict: StepVerdict) -> u64 {
        self.steps.values().filter_map(|of_step| of_step.get(verdict.as_str())).sum()
    }
}

/// Replays every execution of a period, newest first, and tells each as it is done together with how
/// many there are. One that is added meanwhile may be left out.
pub async fn replay_all(
    store: &Store,
    rules: &Arc<dyn Analyst>,
    period: ReplayPeriod,
    mut on_done: impl FnMut(&ExecutionReplay, u64),
) -> Result<ReplaySummary, ReplayError> {
    let filter =
        ExecutionFilter { from: period.from, until: period.until, ..ExecutionFilter::default() };
    let total = store.execution_count(&filter).await?;
    let mut summary = ReplaySummary::default();
    let mut offset = 0;
    loop {
        let page = store.found_executions(&filter, Page { offset, limit: PAGE }).await?;
        if page.is_empty() {
            return Ok(summary);
        }
        offset += PAGE;
        let replays = page.into_iter().map(|execution| async move {
            replay(store, rules.as_ref(), execution.id.as_str()).await
        });
        let mut replays = stream::iter(replays).buffered(AT_ONCE);
        while let Some(replayed) = replays.next().await {
            let replayed = replayed?;
            summary.add(&replayed);
            on_done(&replayed, total);
        }
    }
}

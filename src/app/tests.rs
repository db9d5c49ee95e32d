use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::{Engine, EngineOptions, parse_instant};
use crate::analyst::rules::RuleAnalyst;
use crate::analyst::{Analysis, AnalysisRequest, Analyst, AnalystError};
use crate::domain::StrategyId;
use crate::domain::records::{AnalystRecord, Outcome, StepName, Trigger};
use crate::executor::{Executor, NewExecution, begin_execution};

/// The rule analyst, with a count of how often it was asked.
#[derive(Default)]
struct Counted {
    calls: AtomicUsize,
}

#[async_trait]
impl Analyst for Counted {
    fn describe(&self) -> AnalystRecord {
        RuleAnalyst.describe()
    }

    async fn analyse(&self, request: &AnalysisRequest<'_>) -> Result<Analysis, AnalystError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        RuleAnalyst.analyse(request).await
    }
}

#[tokio::test]
async fn an_analysis_that_was_recorded_is_not_bought_again_after_an_interruption() {
    let directory = tempfile::tempdir().unwrap();
    // On this day the rule says HOLD, so that the run has no order and may be made twice.
    let at = parse_instant("2012-07-31T16:00:00-04:00").unwrap();
    let engine = Engine::open(EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(at),
        ..EngineOptions::default()
    })
    .await
    .unwrap();
    let analyst = Arc::new(Counted::default());
    let mut parts = engine.parts().clone();
    parts.analyst = Arc::clone(&analyst) as Arc<dyn Analyst>;
    let new = NewExecution {
        strategy_id: StrategyId::new("sample").unwrap(),
        strategy_version: 1,
        symbol: "AAPL".to_owned(),
        model: None,
        trigger: Trigger::Manual,
        as_of: at,
    };
    let execution = begin_execution(&parts, new, "test").await.unwrap();
    let executor = Executor::new(parts.clone());
    let first = executor.run(execution.clone()).await.unwrap();
    let second = executor.run(execution.clone()).await.unwrap();
    assert_eq!((first.outcome, second.outcome), (Some(Outcome::Hold), Some(Outcome::Hold)));
    assert_eq!(analyst.calls.load(Ordering::SeqCst), 1, "the second run asked again");
    let rows = parts.store.lineage_of(&execution.id).await.unwrap();
    let analyses = rows.iter().filter(|row| row.row.step == StepName::LlmAnalysis).count();
    assert_eq!(analyses, 1);
    engine.close().await.unwrap();
}

use std::sync::Arc;

use rust_decimal::Decimal;

use super::load_strategy::LoadedAnalyst;
use super::{Calculated, Fetched, Loaded};
use crate::analyst::language_model::{Errand, LanguageModelAnalyst, TEXT_TYPE};
use crate::analyst::{Analysis, Analyst, AnalystError, ChartSeen};
use crate::domain::records::{
    AnalystRecord, LlmAnalysisInput, LlmAnalysisOutput, SignalProposal, StepName,
};
use crate::executor::{Changed, Effect, Made, Parts, Speech, Step, StepError};
use crate::store::BlobBytes;

/// Step 5: somebody reads the charts and proposes.
pub(crate) struct Analyse<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) calculated: &'a Calculated,
    pub(crate) charts: &'a [ChartSeen],
    /// Shares of the symbol that the strategy holds.
    pub(crate) held_quantity: Decimal,
}

impl Step for Analyse<'_> {
    const NAME: StepName = StepName::LlmAnalysis;
    const EFFECT: Effect = Effect::Paid;
    type Input = LlmAnalysisInput;
    type Output = LlmAnalysisOutput;
    type Record = LlmAnalysisOutput;

    fn input(&self) -> LlmAnalysisInput {
        LlmAnalysisInput {
            analyst: self.loaded.record.analyst.clone(),
            charts: self
                .charts
                .iter()
                .map(|chart| (chart.timeframe, chart.image.clone()))
                .collect(),
            last_price: self.fetched.record.quote.last,
            held_quantity: Some(self.held_quantity),
        }
    }

    fn recorded(record: &str) -> Option<LlmAnalysisOutput> {
        serde_json::from_str(record).ok()
    }

    async fn run(
        self,
        parts: &Parts,
    ) -> Result<Made<LlmAnalysisOutput, LlmAnalysisOutput>, StepError> {
        let loaded = self.loaded;
        let facts = loaded.facts(self.fetched, self.calculated);
        let timeframes = facts.timeframes();
        let request = facts.request(&timeframes, self.charts, self.held_quantity);
        let (analysis, baseline) = match &loaded.analyst {
            LoadedAnalyst::Rules => (parts.analyst.analyse(&request).await?, None),
            LoadedAnalyst::Model { choice, prompts } => {
                // The baseline costs nothing and says what the rule alone would have done.
                let baseline = parts.baseline.analyse(&request).await?.proposal;
                let execution_id = loaded.execution_id.clone();
                let changes = parts.changes.clone();
                let hear = move |purpose: &str, attempt: u32, text: &str| {
                    changes.tell(Changed::Speech(Speech {
                        execution_id: execution_id.clone(),
                        purpose: purpose.to_owned(),
                        attempt,
                        text: Arc::from(text),
                    }));
                };
                let analyst = LanguageModelAnalyst {
                    desk: &parts.models,
                    choice,
                    prompts,
                    trend: baseline.trend,
                    hear: Arc::new(hear),
                    errand: Errand::Run,
                };
                (Box::pin(analyst.analyse(&request)).await, Some(baseline))
            }
        };
        let (record, blobs) = recorded(&loaded.record.analyst, analysis, baseline);
        Ok(Made { output: record.clone(), record, blobs })
    }
}

impl Analyse<'_> {
    /// What an analyst that computes says of it, as it is recorded.
    pub(crate) async fn computed(
        &self,
        analyst: &dyn Analyst,
    ) -> Result<LlmAnalysisOutput, AnalystError> {
        let facts = self.loaded.facts(self.fetched, self.calculated);
        let timeframes = facts.timeframes();
        let request = facts.request(&timeframes, self.charts, self.held_quantity);
        let analysis = analyst.analyse(&request).await?;
        Ok(recorded(&self.loaded.record.analyst, analysis, None).0)
    }
}

/// The record of an analysis, with the texts that it refers to.
fn recorded(
    analyst: &AnalystRecord,
    analysis: Analysis,
    baseline: Option<SignalProposal>,
) -> (LlmAnalysisOutput, Vec<BlobBytes>) {
    let blobs = analysis
        .texts
        .into_iter()
        .map(|text| BlobBytes { media_type: TEXT_TYPE.into(), bytes: text.into_bytes() })
        .collect();
    let calls = analysis.calls;
    let record = LlmAnalysisOutput {
        analyst: analyst.clone(),
        total_tokens: calls
            .iter()
            .filter(|call| !call.is_reused)
            .map(|call| call.input_tokens + call.output_tokens)
            .sum(),
        total_cost: calls.iter().map(|call| call.cost).sum::<Decimal>(),
        calls,
        proposal: analysis.proposal,
        baseline,
        failure: analysis.failure,
    };
    (record, blobs)
}

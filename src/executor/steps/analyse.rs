use rust_decimal::Decimal;

use super::{Calculated, Fetched, Loaded};
use crate::analyst::AnalysisRequest;
use crate::domain::records::{GenerateChartsOutput, LlmAnalysisInput, LlmAnalysisOutput, StepName};
use crate::executor::{Effect, Made, Parts, Step, StepError};

/// Step 5: somebody reads the charts and proposes.
pub(crate) struct Analyse<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) calculated: &'a Calculated,
    pub(crate) charts: &'a GenerateChartsOutput,
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
                .charts
                .iter()
                .map(|chart| (chart.timeframe, chart.image.clone()))
                .collect(),
            last_price: self.fetched.record.quote.last,
        }
    }

    fn recorded(record: &str) -> Option<LlmAnalysisOutput> {
        serde_json::from_str(record).ok()
    }

    async fn run(
        self,
        parts: &Parts,
    ) -> Result<Made<LlmAnalysisOutput, LlmAnalysisOutput>, StepError> {
        let analysis = parts
            .analyst
            .analyse(&AnalysisRequest {
                symbol: &self.loaded.symbol,
                last_price: self.fetched.record.quote.last,
                tables: &self.calculated.tables,
                stop_atr_multiple: self.loaded.definition.risk.stop_atr_multiple,
            })
            .await?;
        let calls = analysis.calls;
        Ok(Made::record(LlmAnalysisOutput {
            analyst: parts.analyst.describe(),
            total_tokens: calls.iter().map(|call| call.input_tokens + call.output_tokens).sum(),
            total_cost: calls.iter().map(|call| call.cost).sum::<Decimal>(),
            calls,
            proposal: analysis.proposal,
            baseline: None,
            failure: None,
        }))
    }
}

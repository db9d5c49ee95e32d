use super::{Calculated, Fetched, Loaded};
use crate::domain::records::{LlmAnalysisOutput, ParseSignalInput, ParseSignalOutput, StepName};
use crate::executor::{Effect, Made, Parts, Step, StepError};

/// Step 6: what code makes of the proposal.
pub(crate) struct ParseSignal<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) fetched: &'a Fetched,
    pub(crate) calculated: &'a Calculated,
    pub(crate) analysis: &'a LlmAnalysisOutput,
}

impl Step for ParseSignal<'_> {
    const NAME: StepName = StepName::ParseSignal;
    const EFFECT: Effect = Effect::Pure;
    type Input = ParseSignalInput;
    type Output = ParseSignalOutput;
    type Record = ParseSignalOutput;

    fn input(&self) -> ParseSignalInput {
        ParseSignalInput {
            proposal: self.analysis.proposal.clone(),
            last_price: self.fetched.record.quote.last,
        }
    }

    async fn run(self, _: &Parts) -> Result<Made<ParseSignalOutput, ParseSignalOutput>, StepError> {
        self.made()
    }
}

impl ParseSignal<'_> {
    /// Holds the proposal against the market. It needs nothing but itself, so that a record of it
    /// can be computed again.
    pub(crate) fn made(self) -> Result<Made<ParseSignalOutput, ParseSignalOutput>, StepError> {
        let facts = self.loaded.facts(self.fetched, self.calculated);
        let analyst = &self.analysis.analyst;
        Ok(Made::record(facts.signal(&self.analysis.proposal, analyst.is_language_model)?))
    }
}

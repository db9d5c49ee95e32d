use std::sync::Arc;

use rust_decimal::Decimal;

use super::FrozenInputs;
use crate::analyst::desk::{ModelCallError, ModelDesk};
use crate::analyst::language_model::{Errand, Foreseen, LanguageModelAnalyst, TypicalReplies};
use crate::analyst::prompts::ResolvedPrompts;
use crate::analyst::{Analysis, Analyst, AnalystError, ChartSeen};
use crate::domain::records::{ParseSignalOutput, SignalProposal};
use crate::executor::NoDailyTable;
use crate::strategy::ModelChoice;

/// Who decides on a recorded execution again.
pub struct Alternative<'a> {
    /// The one way to a model.
    pub desk: &'a Arc<ModelDesk>,
    /// What the rule alone would do, and the direction that it sees.
    pub baseline: &'a dyn Analyst,
    /// Which model, in which language.
    pub choice: &'a ModelChoice,
    /// Under which prompts.
    pub prompts: &'a ResolvedPrompts,
    /// What for.
    pub errand: Errand,
}

/// What a second decision on the same inputs came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redecided {
    /// What the model said, and proposed.
    pub analysis: Analysis,
    /// What code makes of it, by the checks of a run.
    pub signal: ParseSignalOutput,
    /// What the rule alone proposes.
    pub baseline: SignalProposal,
}

/// Why there is no second decision. A model that fails is none of these: that is a HOLD.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RerunError {
    /// The baseline lacks an input.
    #[error(transparent)]
    Analyst(#[from] AnalystError),
    /// What the run recorded is not enough.
    #[error("the daily indicators are missing, so nothing can be confirmed")]
    NoDailyTable,
    /// The look ahead failed.
    #[error(transparent)]
    Model(#[from] ModelCallError),
}

impl From<NoDailyTable> for RerunError {
    fn from(_: NoDailyTable) -> Self {
        Self::NoDailyTable
    }
}

impl Alternative<'_> {
    /// Decides again. The images are those that [`FrozenInputs::images`] gives.
    pub async fn decide(
        &self,
        frozen: &FrozenInputs,
        images: &[ChartSeen],
    ) -> Result<Redecided, RerunError> {
        let facts = frozen.facts();
        let timeframes = facts.timeframes();
        let request = facts.request(&timeframes, images, held(frozen));
        let baseline = self.baseline.analyse(&request).await?.proposal;
        let analysis = Box::pin(self.analyst(&baseline).analyse(&request)).await;
        let signal = facts.signal(&analysis.proposal, true)?;
        Ok(Redecided { analysis, signal, baseline })
    }

    /// What deciding again would take. Nothing is sent, reserved or written down.
    pub async fn foresee(
        &self,
        frozen: &FrozenInputs,
        images: &[ChartSeen],
        typical: &TypicalReplies,
    ) -> Result<Foreseen, RerunError> {
        let facts = frozen.facts();
        let timeframes = facts.timeframes();
        let request = facts.request(&timeframes, images, held(frozen));
        let baseline = self.baseline.analyse(&request).await?.proposal;
        Ok(self.analyst(&baseline).foresee(&request, typical).await?)
    }

    fn analyst(&self, baseline: &SignalProposal) -> LanguageModelAnalyst<'_> {
        LanguageModelAnalyst {
            desk: self.desk,
            choice: self.choice,
            prompts: self.prompts,
            trend: baseline.trend,
            // Nobody watches: what is said is shown when it is complete.
            hear: Arc::new(|_, _, _| {}),
            errand: self.errand.clone(),
        }
    }
}

/// Where it was not recorded, none is assumed, which the estimate says.
fn held(frozen: &FrozenInputs) -> Decimal {
    frozen.held_quantity.unwrap_or_default()
}

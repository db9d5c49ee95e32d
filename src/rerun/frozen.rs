use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use crate::analyst::ChartSeen;
use crate::analyst::prompts::{ResolveError, ResolvedPrompts, resolve, resolve_frozen};
use crate::domain::records::{
    BlobRef, CalculateIndicatorsOutput, ChartRecord, CheckRiskInput, FetchMarketDataOutput,
    GenerateChartsOutput, IndicatorTable, LlmAnalysisInput, LlmAnalysisOutput, LoadStrategyOutput,
    StepName, StepStatus, Trigger,
};
use crate::domain::{Bar, ExecutionId, Timeframe};
use crate::executor::{RecordedBarsError, RunFacts, read_bars};
use crate::store::{ExecutionRow, LineageRow, Store, StoreError};
use crate::strategy::{ModelChoice, StrategyDefinition, StrategyError};

/// What an execution saw before anybody was asked for an opinion, as it was recorded.
#[derive(Debug)]
pub struct FrozenInputs {
    /// The execution.
    pub execution: ExecutionRow,
    /// The frozen strategy.
    pub loaded: LoadStrategyOutput,
    /// The contract, the last price, and where the bars are.
    pub fetched: FetchMarketDataOutput,
    /// Bars with their dates on the exchange's calendar, by timeframe.
    pub bars: Vec<(Timeframe, Vec<(Date, Bar)>)>,
    /// Indicators by timeframe.
    pub tables: Vec<IndicatorTable>,
    /// The images that an analyst was shown; empty if the execution did not come so far.
    pub charts: Vec<ChartRecord>,
    /// Shares that the strategy held; nothing if it was not recorded.
    pub held_quantity: Option<Decimal>,
    /// What was said of it, if it came so far.
    pub analysis: Option<LlmAnalysisOutput>,
    definition: StrategyDefinition,
}

/// Why the inputs of an execution cannot be used again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrozenError {
    /// There is no such execution.
    #[error("there is no execution \"{shown}\"")]
    Missing {
        /// As it was named, shortened.
        shown: String,
    },
    /// It decided on nothing.
    #[error("execution {0} looked at no prices, so that there is nothing to decide on again")]
    NoPrices(ExecutionId),
    /// A step that is needed did not succeed.
    #[error("execution {execution} did not come as far as {}", step.as_str())]
    NotSoFar {
        /// Which execution.
        execution: ExecutionId,
        /// Which step.
        step: StepName,
    },
    /// A record is not what such a step records.
    #[error("the record of {} of execution {execution} cannot be read", step.as_str())]
    Record {
        /// Which execution.
        execution: ExecutionId,
        /// Which step.
        step: StepName,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Bars are not what is recorded of them.
    #[error("the bars in {blob} cannot be read")]
    Bars {
        /// Hash of the blob.
        blob: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A large value is not in the database.
    #[error("there is no blob {0}")]
    Blob(String),
    /// The version of the strategy is not in the database.
    #[error("version {version} of strategy {strategy} is not in the database")]
    NoStrategy {
        /// Which strategy.
        strategy: String,
        /// Its version.
        version: u32,
    },
    /// The strategy cannot be read.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FrozenInputs {
    /// Reads what an execution recorded of its inputs.
    pub async fn read(store: &Store, id: &str) -> Result<Self, FrozenError> {
        let missing = || FrozenError::Missing { shown: id.chars().take(64).collect() };
        let id = ExecutionId::new(id).map_err(|_| missing())?;
        let execution = store.execution(&id).await?.ok_or_else(missing)?;
        let looks_at_prices = match execution.trigger {
            Trigger::Schedule | Trigger::Manual | Trigger::Replay => true,
            Trigger::Flatten | Trigger::External | Trigger::StopWatch | Trigger::TargetWatch => {
                false
            }
        };
        if !looks_at_prices {
            return Err(FrozenError::NoPrices(id));
        }
        let steps = Steps { execution: &id, rows: store.lineage_of(&id).await? };
        let loaded: LoadStrategyOutput = steps.needed(StepName::LoadStrategy)?;
        let fetched: FetchMarketDataOutput = steps.needed(StepName::FetchMarketData)?;
        let calculated: CalculateIndicatorsOutput = steps.needed(StepName::CalculateIndicators)?;
        let charts: Option<GenerateChartsOutput> = steps.output(StepName::GenerateCharts)?;
        let analysis: Option<LlmAnalysisOutput> = steps.output(StepName::LlmAnalysis)?;
        let held_quantity = steps.held_quantity()?;
        let mut bars = Vec::with_capacity(fetched.timeframes.len());
        for record in &fetched.timeframes {
            let bytes = blob(store, &record.bars).await?;
            let read = read_bars(&bytes).map_err(|error: RecordedBarsError| FrozenError::Bars {
                blob: record.bars.blob.clone(),
                source: error.into(),
            })?;
            bars.push((record.timeframe, read));
        }
        let (strategy, version) = (&execution.strategy_id, execution.strategy_version);
        let row = store
            .strategy_version(strategy, version)
            .await?
            .ok_or_else(|| FrozenError::NoStrategy { strategy: strategy.to_string(), version })?;
        Ok(Self {
            definition: row.toml.parse()?,
            execution,
            loaded,
            fetched,
            bars,
            tables: calculated.timeframes,
            charts: charts.map(|charts| charts.charts).unwrap_or_default(),
            held_quantity,
            analysis,
        })
    }

    /// Every input as one value.
    pub(crate) fn facts(&self) -> RunFacts<'_> {
        RunFacts {
            execution_id: &self.execution.id,
            loaded: &self.loaded,
            definition: &self.definition,
            fetched: &self.fetched,
            bars: &self.bars,
            tables: &self.tables,
        }
    }

    /// The very images that the execution's card shows.
    pub async fn images(&self, store: &Store) -> Result<Vec<ChartSeen>, FrozenError> {
        if self.charts.is_empty() {
            return Err(FrozenError::NotSoFar {
                execution: self.execution.id.clone(),
                step: StepName::GenerateCharts,
            });
        }
        let mut seen = Vec::with_capacity(self.charts.len());
        for chart in &self.charts {
            let png = Arc::from(blob(store, &chart.image).await?);
            seen.push(ChartSeen { timeframe: chart.timeframe, image: chart.image.clone(), png });
        }
        Ok(seen)
    }

    /// Who would analyse: the model that is named, or else the one of the execution; nothing where
    /// none is named and the rule analyst decided.
    pub fn model(&self, named: Option<&str>) -> Option<ModelChoice> {
        self.definition.analyst.model(named.or(self.execution.model.as_deref()))
    }

    /// The prompts that the execution used; where no model analysed, those that the look-up finds
    /// now.
    pub async fn prompts(
        &self,
        store: &Store,
        choice: &ModelChoice,
    ) -> Result<ResolvedPrompts, ResolveError> {
        let recorded = &self.loaded.analyst.prompts;
        if recorded.is_empty() {
            let strategy = &self.execution.strategy_id;
            resolve(store, Some(strategy), choice.language, &choice.prompts).await
        } else {
            resolve_frozen(store, recorded).await
        }
    }
}

async fn blob(store: &Store, reference: &BlobRef) -> Result<Vec<u8>, FrozenError> {
    let found = store.blob(&reference.blob).await?;
    found.map(|(_, bytes)| bytes).ok_or_else(|| FrozenError::Blob(reference.blob.clone()))
}

struct Steps<'a> {
    execution: &'a ExecutionId,
    rows: Vec<LineageRow>,
}

impl Steps<'_> {
    fn row(&self, step: StepName) -> Option<&LineageRow> {
        let succeeded =
            |it: &&LineageRow| it.row.step == step && it.row.status == StepStatus::Success;
        self.rows.iter().rfind(succeeded)
    }

    fn read<T: DeserializeOwned>(&self, step: StepName, text: &str) -> Result<T, FrozenError> {
        serde_json::from_str(text).map_err(|source| FrozenError::Record {
            execution: self.execution.clone(),
            step,
            source,
        })
    }

    fn output<T: DeserializeOwned>(&self, step: StepName) -> Result<Option<T>, FrozenError> {
        self.row(step).map(|it| self.read(step, &it.row.output)).transpose()
    }

    fn needed<T: DeserializeOwned>(&self, step: StepName) -> Result<T, FrozenError> {
        let execution = self.execution.clone();
        self.output(step)?.ok_or(FrozenError::NotSoFar { execution, step })
    }

    /// Recorded with the analysis; in records that are older than that, by the risk gate.
    fn held_quantity(&self) -> Result<Option<Decimal>, FrozenError> {
        if let Some(it) = self.row(StepName::LlmAnalysis) {
            let input: LlmAnalysisInput = self.read(StepName::LlmAnalysis, &it.row.input)?;
            if input.held_quantity.is_some() {
                return Ok(input.held_quantity);
            }
        }
        let Some(it) = self.row(StepName::CheckRisk) else { return Ok(None) };
        let input: CheckRiskInput = self.read(StepName::CheckRisk, &it.row.input)?;
        Ok(Some(input.account.held_quantity))
    }
}

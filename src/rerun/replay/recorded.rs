use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use crate::analyst::{Analyst, ChartSeen};
use crate::domain::records::{
    CalculateIndicatorsOutput, FetchMarketDataOutput, GenerateChartsOutput, LlmAnalysisInput,
    LlmAnalysisOutput, LoadStrategyOutput, StepName, StepStatus,
};
use crate::domain::{Bar, Timeframe};
use crate::executor::{RecordedRun, Remade, StepError, read_bars};
use crate::store::{ExecutionRow, LineageRow, Store, StoreError, StrategyVersionRow};

/// Bars of one blob, or why they cannot be read.
type Bars = Result<Vec<(Date, Bar)>, Unusable>;

/// What a replay needs of an execution, out of the store.
pub(super) struct Recorded {
    pub(super) execution: ExecutionRow,
    pub(super) rows: Vec<LineageRow>,
    /// The version that ran; nothing if it is not in the store.
    pub(super) version: Option<StrategyVersionRow>,
    bars: BTreeMap<String, Bars>,
    images: BTreeMap<String, Option<Arc<[u8]>>>,
}

/// Why something recorded cannot be used. Each is a clause for "it cannot be replayed: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{} is not on record before it", .0.as_str())]
    NoRecord(StepName),
    #[error("the record of {} cannot be read: {why}", step.as_str())]
    Unreadable { step: StepName, why: String },
    #[error("the blob {0} is not in the database")]
    NoBlob(String),
    #[error("the blob {0} does not match its hash")]
    Damaged(String),
    #[error("the bars in {0} cannot be read: {1}")]
    NoBars(String, String),
    #[error("the version of the strategy that ran is not in the database")]
    NoVersion,
    #[error("{0}")]
    Step(String),
}

impl From<StepError> for Unusable {
    fn from(error: StepError) -> Self {
        Self::Step(error.chain())
    }
}

/// An analysis computed again, with the baseline that belongs to a model's analysis.
pub(super) struct Analysed {
    pub(super) remade: Remade,
    pub(super) output: LlmAnalysisOutput,
}

/// Analyses by their place in the chain.
pub(super) type Analyses = BTreeMap<i64, Result<Analysed, Unusable>>;

impl Recorded {
    pub(super) async fn read(store: &Store, execution: ExecutionRow) -> Result<Self, StoreError> {
        let rows = store.lineage_of(&execution.id).await?;
        let version =
            store.strategy_version(&execution.strategy_id, execution.strategy_version).await?;
        let (mut bars, mut images) = (BTreeMap::new(), BTreeMap::new());
        for row in rows.iter().filter(|row| row.row.status == StepStatus::Success) {
            // What cannot be read is said where it is needed.
            if row.row.step == StepName::FetchMarketData {
                let fetched = serde_json::from_str::<FetchMarketDataOutput>(&row.row.output);
                for record in fetched.iter().flat_map(|fetched| &fetched.timeframes) {
                    let hash = record.bars.blob.clone();
                    if let Entry::Vacant(free) = bars.entry(hash.clone()) {
                        let read = read_blob(store, &hash).await?;
                        let parsed = read.and_then(|bytes| {
                            read_bars(&bytes)
                                .map_err(|error| Unusable::NoBars(hash.clone(), error.to_string()))
                        });
                        free.insert(parsed);
                    }
                }
            }
            if row.row.step == StepName::GenerateCharts {
                let drawn = serde_json::from_str::<GenerateChartsOutput>(&row.row.output);
                for chart in drawn.iter().flat_map(|drawn| &drawn.charts) {
                    let hash = chart.image.blob.clone();
                    if let Entry::Vacant(free) = images.entry(hash.clone()) {
                        let read = read_blob(store, &hash).await?;
                        free.insert(read.ok().map(Arc::from));
                    }
                }
            }
        }
        Ok(Self { execution, rows, version, bars, images })
    }

    /// The last success of a step that was recorded before a place in the chain.
    pub(super) fn before(&self, step: StepName, sequence: i64) -> Result<&LineageRow, Unusable> {
        let is_it = |row: &&LineageRow| {
            row.sequence < sequence && row.row.step == step && row.row.status == StepStatus::Success
        };
        self.rows.iter().rfind(is_it).ok_or(Unusable::NoRecord(step))
    }

    /// Its output.
    pub(super) fn output<T: DeserializeOwned>(
        &self,
        step: StepName,
        sequence: i64,
    ) -> Result<T, Unusable> {
        parse(step, &self.before(step, sequence)?.row.output)
    }

    /// Whether the recorded bytes of an image are there and whole.
    pub(super) fn has_image(&self, hash: &str) -> bool {
        self.images.get(hash).is_some_and(Option::is_some)
    }

    /// The inputs that stood when a row was recorded.
    pub(super) fn run_before(&self, sequence: i64) -> Result<RecordedRun, Unusable> {
        let loaded: LoadStrategyOutput = self.output(StepName::LoadStrategy, sequence)?;
        let fetched: FetchMarketDataOutput = self.output(StepName::FetchMarketData, sequence)?;
        let mut bars: Vec<(Timeframe, Vec<(Date, Bar)>)> = Vec::new();
        for record in &fetched.timeframes {
            let hash = &record.bars.blob;
            let missing = || Unusable::NoBlob(hash.clone());
            bars.push((record.timeframe, self.bars.get(hash).ok_or_else(missing)?.clone()?));
        }
        let version = self.version.as_ref().ok_or(Unusable::NoVersion)?;
        let definition = version
            .toml
            .parse()
            .map_err(|error: crate::strategy::StrategyError| Unusable::Step(error.to_string()))?;
        Ok(RecordedRun::new(&self.execution, definition, loaded, fetched, bars)?)
    }

    /// Every recorded analysis as the analyst that needs no model makes it on the same data.
    pub(super) async fn analyses(&self, rules: &dyn Analyst) -> Analyses {
        let mut analyses = Analyses::new();
        for row in &self.rows {
            if row.row.step == StepName::LlmAnalysis && row.row.status == StepStatus::Success {
                analyses.insert(row.sequence, self.analysis(row, rules).await);
            }
        }
        analyses
    }

    async fn analysis(&self, row: &LineageRow, rules: &dyn Analyst) -> Result<Analysed, Unusable> {
        let run = self.run_before(row.sequence)?;
        let calculated: CalculateIndicatorsOutput =
            self.output(StepName::CalculateIndicators, row.sequence)?;
        let drawn: GenerateChartsOutput = self.output(StepName::GenerateCharts, row.sequence)?;
        let mut charts = Vec::with_capacity(drawn.charts.len());
        for chart in drawn.charts {
            let found = self.images.get(&chart.image.blob).cloned().flatten();
            let png = found.ok_or_else(|| Unusable::NoBlob(chart.image.blob.clone()))?;
            charts.push(ChartSeen { timeframe: chart.timeframe, image: chart.image, png });
        }
        let input: LlmAnalysisInput = parse(StepName::LlmAnalysis, &row.row.input)?;
        let held = input.held_quantity.unwrap_or(Decimal::ZERO);
        let (mut remade, output) =
            run.computed_analysis(calculated.timeframes, &charts, held, rules).await?;
        if input.held_quantity.is_none() {
            // Such a record is older than the field, so that its input is not held against it.
            remade.input.clone_from(&row.row.input);
        }
        Ok(Analysed { remade, output })
    }
}

pub(super) fn parse<T: DeserializeOwned>(step: StepName, text: &str) -> Result<T, Unusable> {
    serde_json::from_str(text)
        .map_err(|error| Unusable::Unreadable { step, why: error.to_string() })
}

async fn read_blob(store: &Store, hash: &str) -> Result<Result<Vec<u8>, Unusable>, StoreError> {
    match store.blob(hash).await {
        Ok(Some((_, bytes))) => Ok(Ok(bytes)),
        Ok(None) => Ok(Err(Unusable::NoBlob(hash.to_owned()))),
        Err(StoreError::BlobDamaged { .. }) => Ok(Err(Unusable::Damaged(hash.to_owned()))),
        Err(error) => Err(error),
    }
}

use super::{Calculated, Fetched};
use crate::analyst::prompts::{ResolvedPrompts, resolve, resolve_frozen};
use crate::domain::{ExecutionId, StrategyId};
use crate::executor::facts::RunFacts;
use crate::executor::records::{
    AnalystRecord, IndicatorRecord, LoadStrategyInput, LoadStrategyOutput, PromptRecord,
    SessionRecord, StepName,
};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::indicators::{IndicatorKind, IndicatorSpec};
use crate::store::ExecutionRow;
use crate::strategy::{ModelChoice, StrategyDefinition};

/// Step 1: freezes the version that runs and finds the session that it runs in.
pub(crate) struct LoadStrategy<'a> {
    pub(crate) execution: &'a ExecutionRow,
    /// The prompts that an interrupted run of the same execution had begun with.
    pub(crate) frozen: Vec<PromptRecord>,
}

/// Who analyses, with all that it needs.
pub(crate) enum LoadedAnalyst {
    /// The analyst that needs no model.
    Rules,
    /// A model under prompts that no edit reaches any more.
    Model { choice: ModelChoice, prompts: ResolvedPrompts },
}

/// What the other steps need of it.
pub(crate) struct Loaded {
    pub(crate) execution_id: ExecutionId,
    pub(crate) strategy_id: StrategyId,
    pub(crate) symbol: String,
    pub(crate) definition: StrategyDefinition,
    pub(crate) analyst: LoadedAnalyst,
    pub(crate) indicators: Vec<(IndicatorRecord, IndicatorSpec)>,
    pub(crate) record: LoadStrategyOutput,
}

impl Loaded {
    /// Everything that is known before anybody is asked for an opinion.
    pub(super) fn facts<'a>(
        &'a self,
        fetched: &'a Fetched,
        calculated: &'a Calculated,
    ) -> RunFacts<'a> {
        RunFacts {
            execution_id: &self.execution_id,
            loaded: &self.record,
            definition: &self.definition,
            fetched: &fetched.record,
            bars: &fetched.bars,
            tables: &calculated.tables,
        }
    }
}

/// Why a strategy cannot run.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("version {version} of strategy {strategy} is not in the database")]
    Missing { strategy: StrategyId, version: u32 },
    #[error("IBKR reports account {found}, and this data directory belongs to {expected}")]
    OtherAccount { found: String, expected: String },
}

impl Step for LoadStrategy<'_> {
    const NAME: StepName = StepName::LoadStrategy;
    const EFFECT: Effect = Effect::Read;
    type Input = LoadStrategyInput;
    type Output = Loaded;
    type Record = LoadStrategyOutput;

    fn input(&self) -> LoadStrategyInput {
        LoadStrategyInput {
            strategy_id: self.execution.strategy_id.clone(),
            symbol: self.execution.symbol.clone(),
            trigger: self.execution.trigger,
            as_of: self.execution.as_of,
        }
    }

    async fn run(self, parts: &Parts) -> Result<Made<Loaded, LoadStrategyOutput>, StepError> {
        let execution = self.execution;
        let (strategy_id, version) = (&execution.strategy_id, execution.strategy_version);
        let row = parts
            .store
            .strategy_version(strategy_id, version)
            .await?
            .ok_or_else(|| LoadError::Missing { strategy: strategy_id.clone(), version })?;
        let definition: StrategyDefinition = row.toml.parse()?;
        let indicators = resolve_indicators(&definition)?;
        let session = parts.broker.connect().await?;
        let expected = parts.account.known_account()?;
        if session.account_id != expected {
            return Err(LoadError::OtherAccount {
                found: session.account_id.to_string(),
                expected: expected.to_string(),
            }
            .into());
        }
        let (analyst, analyst_record) = self.analyst(parts, &definition).await?;
        let record = LoadStrategyOutput {
            strategy_id: strategy_id.clone(),
            name: definition.name.clone(),
            description: definition.description.clone(),
            version,
            version_hash: row.hash,
            symbol: execution.symbol.clone(),
            symbols: definition.symbols.clone(),
            schedule: definition.schedule.as_ref().map(|schedule| schedule.rule.text()),
            time_zone: definition.schedule.as_ref().map_or_else(
                || "America/New_York".to_owned(),
                |schedule| schedule.time_zone().to_owned(),
            ),
            autonomy: definition.autonomy.as_str().to_owned(),
            analyst: analyst_record,
            indicators: indicators.iter().map(|(record, _)| record.clone()).collect(),
            risk: definition.risk.clone(),
            protections: definition.protections.clone(),
            environment: execution.environment,
            account_id: session.account_id,
            session: SessionRecord {
                authenticated: session.authenticated,
                connected: session.connected,
                competing: session.competing,
                server: session.server,
            },
            trigger: execution.trigger,
            as_of: execution.as_of,
        };
        let output = Loaded {
            execution_id: execution.id.clone(),
            strategy_id: strategy_id.clone(),
            symbol: execution.symbol.clone(),
            definition,
            analyst,
            indicators,
            record: record.clone(),
        };
        Ok(Made { output, record, blobs: Vec::new() })
    }
}

impl LoadStrategy<'_> {
    /// The analyst that this execution was begun with, or its strategy's own.
    async fn analyst(
        &self,
        parts: &Parts,
        definition: &StrategyDefinition,
    ) -> Result<(LoadedAnalyst, AnalystRecord), StepError> {
        let Some(choice) = definition.analyst.model(self.execution.model.as_deref()) else {
            return Ok((LoadedAnalyst::Rules, parts.analyst.describe()));
        };
        let (store, strategy_id) = (&parts.store, &self.execution.strategy_id);
        let prompts = if self.frozen.is_empty() {
            resolve(store, Some(strategy_id), choice.language, &choice.prompts).await?
        } else {
            resolve_frozen(store, &self.frozen).await?
        };
        let record = AnalystRecord {
            kind: "model".to_owned(),
            name: choice.name.clone(),
            is_language_model: true,
            language: Some(choice.language.as_str().to_owned()),
            prompts: prompts.records(),
        };
        Ok((LoadedAnalyst::Model { choice, prompts }, record))
    }
}

/// Checks every indicator of a strategy against what can be computed, and gives each its id.
pub(crate) fn resolve_indicators(
    definition: &StrategyDefinition,
) -> Result<Vec<(IndicatorRecord, IndicatorSpec)>, crate::indicators::IndicatorError> {
    definition
        .indicators
        .iter()
        .map(|wanted| {
            let kind = IndicatorKind::from_name(&wanted.kind)?;
            let spec = IndicatorSpec::new(kind, &wanted.parameters)?;
            let record = IndicatorRecord {
                id: spec.id(),
                kind: kind.as_str().to_owned(),
                parameters: spec.parameters(),
            };
            Ok((record, spec))
        })
        .collect()
}

/// The names of a strategy's indicators for people, such as `RSI(14)`.
pub fn indicator_labels(
    definition: &StrategyDefinition,
) -> Result<Vec<String>, crate::indicators::IndicatorError> {
    Ok(resolve_indicators(definition)?.iter().map(|(_, spec)| spec.label()).collect())
}

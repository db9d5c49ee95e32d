use std::collections::BTreeSet;

use super::{Playground, PlaygroundError};
use crate::analyst::prompts::{ResolvedPrompt, find_version};
use crate::domain::records::PromptRecord;
use crate::domain::{ExecutionId, Language, PromptType, StrategyId, with_causes};
use crate::prompt::{Severity, validate};
use crate::rerun::FrozenInputs;
use crate::store::{ChartFilter, Page};

/// Most executions of one experiment.
pub const MOST_EXECUTIONS: usize = 50;

/// What is to be tried on what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Experiment {
    /// One prompt, or two to see side by side.
    pub arms: Vec<ArmChoice>,
    /// Name of the model; the one that the executions used, or the only one, if absent.
    pub model: Option<String>,
    /// On which executions.
    pub executions: ExecutionChoice,
}

/// A prompt that takes the place of the one of its type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArmChoice {
    /// A saved prompt.
    pub prompt_id: Option<String>,
    /// Its version; the newest if absent.
    pub version: Option<u32>,
    /// A text that is being written, in the place of the saved one.
    pub text: Option<String>,
    /// Of a text that belongs to no saved prompt.
    pub prompt_type: Option<PromptType>,
    /// Of a text that belongs to no saved prompt; English if absent.
    pub language: Option<Language>,
}

/// Which executions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionChoice {
    /// These.
    pub ids: Vec<String>,
    /// If none is named: so many of the newest …
    pub last: Option<u32>,
    /// … of this strategy …
    pub strategy_id: Option<StrategyId>,
    /// … on this symbol.
    pub symbol: Option<String>,
}

/// One side of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// What it is called, such as `My daily reading, version 3`.
    pub label: String,
    /// The prompt.
    pub prompt: ResolvedPrompt,
    /// The text is being written and is not saved.
    pub is_draft: bool,
}

/// An execution that is not decided on again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// As it was named, shortened.
    pub execution_id: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// What will be tried on what.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) arms: Vec<Arm>,
    pub(super) model: String,
    /// Newest first, or as they were named.
    pub(super) executions: Vec<FrozenInputs>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Playground {
    pub(super) async fn plan(&self, experiment: &Experiment) -> Result<Plan, PlaygroundError> {
        let mut arms = Vec::with_capacity(2);
        if !(1..=2).contains(&experiment.arms.len()) {
            return Err(PlaygroundError::Arms { count: experiment.arms.len() });
        }
        for choice in &experiment.arms {
            arms.push(self.arm(choice).await?);
        }
        if let [first, second] = arms.as_slice()
            && first.prompt.prompt_type == second.prompt.prompt_type
            && first.prompt.text == second.prompt.text
        {
            let prompt_type = first.prompt.prompt_type.to_string();
            return Err(PlaygroundError::SameArms { prompt_type });
        }
        let (executions, left_out) = self.executions(&experiment.executions).await?;
        if executions.is_empty() {
            let why = left_out.into_iter().next().map(|it| it.reason);
            return Err(PlaygroundError::NoExecutions { why });
        }
        let model = self.model(experiment.model.as_deref(), &executions).await?;
        Ok(Plan { arms, model, executions, left_out })
    }

    async fn arm(&self, choice: &ArmChoice) -> Result<Arm, PlaygroundError> {
        let ArmChoice { prompt_id, version, text, prompt_type, language } = choice;
        let saved = match prompt_id {
            None => None,
            Some(id) => {
                let found = find_version(&self.store, id, *version).await?;
                Some(found.ok_or_else(|| PlaygroundError::NoPrompt {
                    shown: id.chars().take(64).collect(),
                    version: *version,
                })?)
            }
        };
        let Some(text) = text else {
            let prompt = saved.ok_or(PlaygroundError::NoText)?;
            let label = format!("{}, version {}", prompt.record.name, prompt.record.version);
            return Ok(Arm { label, prompt, is_draft: false });
        };
        let of_saved = saved.as_ref().map(|it| (it.prompt_type, it.language));
        let of_choice = prompt_type.map(|it| (it, language.unwrap_or(Language::English)));
        let (prompt_type, language) = of_saved.or(of_choice).ok_or(PlaygroundError::NoText)?;
        let (findings, _) = validate(text, prompt_type);
        let error = findings.into_iter().find(|finding| finding.severity == Severity::Error);
        if let Some(error) = error {
            let (line, column, message) = (error.line, error.column, error.message);
            return Err(PlaygroundError::Draft { line, column, message });
        }
        let name = saved.map_or_else(
            || "The text that is being written".to_owned(),
            |it| format!("{}, not saved", it.record.name),
        );
        let record = PromptRecord {
            prompt_id: prompt_id.clone().unwrap_or_default(),
            name: name.clone(),
            // No version: it is not saved.
            version: 0,
            prompt_type: prompt_type.to_string(),
            language: language.to_string(),
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
        };
        let prompt = ResolvedPrompt { prompt_type, language, record, text: text.clone() };
        Ok(Arm { label: name, prompt, is_draft: true })
    }

    /// The executions that can be decided on again, and those that were named and cannot.
    async fn executions(
        &self,
        choice: &ExecutionChoice,
    ) -> Result<(Vec<FrozenInputs>, Vec<LeftOut>), PlaygroundError> {
        let named: Vec<String> = if choice.ids.is_empty() {
            let last = choice.last.ok_or(PlaygroundError::NoChoice)?;
            let last = usize::try_from(last).unwrap_or(usize::MAX);
            if last > MOST_EXECUTIONS {
                return Err(PlaygroundError::TooMany { count: last });
            }
            self.newest(choice, last).await?.into_iter().map(String::from).collect()
        } else {
            let mut seen = BTreeSet::new();
            choice.ids.iter().filter(|id| seen.insert(id.as_str())).cloned().collect()
        };
        if named.len() > MOST_EXECUTIONS {
            return Err(PlaygroundError::TooMany { count: named.len() });
        }
        let (mut executions, mut left_out) = (Vec::new(), Vec::new());
        for id in named {
            let read = match FrozenInputs::read(&self.store, &id).await {
                Ok(frozen) => frozen.images(&self.store).await.map(|_| frozen),
                Err(error) => Err(error),
            };
            match read {
                Ok(frozen) => executions.push(frozen),
                Err(error) => left_out.push(LeftOut {
                    execution_id: id.chars().take(64).collect(),
                    reason: with_causes(&error),
                }),
            }
        }
        Ok((executions, left_out))
    }

    async fn newest(
        &self,
        choice: &ExecutionChoice,
        count: usize,
    ) -> Result<Vec<ExecutionId>, PlaygroundError> {
        let filter = ChartFilter {
            strategy_id: choice.strategy_id.clone(),
            symbol: choice.symbol.as_ref().map(|symbol| symbol.to_ascii_uppercase()),
            ..ChartFilter::default()
        };
        let page = Page { offset: 0, limit: u32::try_from(count).unwrap_or(0) };
        Ok(self.store.executions_with_charts(&filter, page).await?)
    }

    /// The model that is named, or the one that all executions used, or the only one there is.
    async fn model(
        &self,
        named: Option<&str>,
        executions: &[FrozenInputs],
    ) -> Result<String, PlaygroundError> {
        if let Some(name) = named {
            return Ok(name.to_owned());
        }
        let configured: Vec<String> =
            self.store.models().await?.into_iter().map(|row| row.name.to_string()).collect();
        let used: BTreeSet<String> =
            executions.iter().filter_map(|it| it.model(None)).map(|it| it.name).collect();
        let only_used = used.first().filter(|name| used.len() == 1 && configured.contains(name));
        match (only_used, configured.as_slice()) {
            (Some(name), _) => Ok(name.clone()),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(PlaygroundError::NoModel),
            (None, several) => Err(PlaygroundError::WhichModel { names: several.join(", ") }),
        }
    }
}

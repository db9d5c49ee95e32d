//! The prompts that a run uses: looked up once, when it begins, and kept until it ends.

use std::collections::BTreeMap;

use crate::domain::records::PromptRecord;
use crate::domain::{Language, PromptId, PromptType, StrategyId};
use crate::prompt::{Candidate, Found, Source, look_up, shipped, shipped_by_id};
use crate::store::{PromptRow, Store, StoreError};

/// A prompt that a run uses: a version with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPrompt {
    /// What it does in the run.
    pub prompt_type: PromptType,
    /// The language it is written in.
    pub language: Language,
    /// As the record names it.
    pub record: PromptRecord,
    /// The template.
    pub text: String,
}

/// Every prompt of a run. What is edited afterwards does not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPrompts {
    prompts: BTreeMap<PromptType, ResolvedPrompt>,
    /// What was not as asked for, in sentences.
    pub warnings: Vec<String>,
}

/// Why the prompts of a run cannot be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A prompt that was named is not there.
    #[error("the strategy names the prompt \"{id}\", and there is none, or it is deleted")]
    Missing {
        /// As it was named, shortened.
        id: String,
    },
    /// A prompt that was named does something else.
    #[error("the strategy names \"{id}\" as its {wanted} prompt, and that is a {found} prompt")]
    OtherType {
        /// Which prompt.
        id: String,
        /// What it was named for.
        wanted: PromptType,
        /// What it is.
        found: PromptType,
    },
    /// The program brings no such text, which a test rules out.
    #[error("there is no {prompt_type} prompt at all")]
    None {
        /// What is missing.
        prompt_type: PromptType,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ResolvedPrompts {
    /// The prompt of a type; [`resolve`] finds one for every type.
    pub fn get(&self, prompt_type: PromptType) -> Option<&ResolvedPrompt> {
        self.prompts.get(&prompt_type)
    }

    /// The same with one prompt in the place of its type's.
    #[must_use]
    pub fn with(&self, prompt: ResolvedPrompt) -> Self {
        let mut exchanged = self.clone();
        exchanged.prompts.insert(prompt.prompt_type, prompt);
        exchanged
    }

    /// All of them, in the order of [`PromptType`].
    pub fn iter(&self) -> impl Iterator<Item = &ResolvedPrompt> {
        self.prompts.values()
    }

    /// As the record of a run names them.
    pub fn records(&self) -> Vec<PromptRecord> {
        self.iter().map(|prompt| prompt.record.clone()).collect()
    }
}

/// Finds the prompts of a run. Those that are `named` by their id are taken as they are, also when
/// they are switched off; the others are looked up. A system message is in the language of its
/// prompt, and the consolidation in that of the daily reading.
pub async fn resolve(
    store: &Store,
    strategy_id: Option<&StrategyId>,
    language: Language,
    named: &BTreeMap<PromptType, String>,
) -> Result<ResolvedPrompts, ResolveError> {
    let rows = store.prompts().await?;
    let look = Look { store, rows: &rows, strategy_id, named };
    let mut resolved = ResolvedPrompts { prompts: BTreeMap::new(), warnings: Vec::new() };
    let daily = look.add(&mut resolved, PromptType::Daily, language).await?;
    look.add(&mut resolved, PromptType::DailySystem, daily).await?;
    let weekly = look.add(&mut resolved, PromptType::Weekly, language).await?;
    look.add(&mut resolved, PromptType::WeeklySystem, weekly).await?;
    let consolidation = look.add(&mut resolved, PromptType::Consolidation, daily).await?;
    look.add(&mut resolved, PromptType::ConsolidationSystem, consolidation).await?;
    Ok(resolved)
}

/// The prompts of a run that was interrupted, as it had begun with them.
pub async fn resolve_frozen(
    store: &Store,
    records: &[PromptRecord],
) -> Result<ResolvedPrompts, ResolveError> {
    let mut prompts = BTreeMap::new();
    for record in records {
        let found = find_version(store, &record.prompt_id, Some(record.version)).await?;
        let found = found.filter(|prompt| prompt.record.hash == record.hash);
        let prompt = found.ok_or_else(|| ResolveError::Missing { id: record.prompt_id.clone() })?;
        prompts.insert(prompt.prompt_type, prompt);
    }
    Ok(ResolvedPrompts { prompts, warnings: Vec::new() })
}

struct Look<'a> {
    store: &'a Store,
    /// Newest first.
    rows: &'a [PromptRow],
    strategy_id: Option<&'a StrategyId>,
    named: &'a BTreeMap<PromptType, String>,
}

impl Look<'_> {
    /// Adds the prompt of a type and says in which language it is.
    async fn add(
        &self,
        resolved: &mut ResolvedPrompts,
        prompt_type: PromptType,
        language: Language,
    ) -> Result<Language, ResolveError> {
        let prompt = match self.named.get(&prompt_type) {
            Some(id) => self.named(id, prompt_type).await?,
            None => self.looked_up(prompt_type, language, &mut resolved.warnings).await?,
        };
        let language = prompt.language;
        resolved.prompts.insert(prompt_type, prompt);
        Ok(language)
    }

    async fn named(&self, id: &str, wanted: PromptType) -> Result<ResolvedPrompt, ResolveError> {
        let missing = || ResolveError::Missing { id: id.chars().take(64).collect() };
        let prompt = if let Some(prompt) = shipped_prompt(id) {
            prompt
        } else {
            let row = self.rows.iter().find(|row| row.id.as_str() == id);
            let row = row.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
            self.newest(row).await?.ok_or_else(missing)?
        };
        if prompt.prompt_type != wanted {
            let (id, found) = (id.to_owned(), prompt.prompt_type);
            return Err(ResolveError::OtherType { id, wanted, found });
        }
        Ok(prompt)
    }

    async fn looked_up(
        &self,
        prompt_type: PromptType,
        language: Language,
        warnings: &mut Vec<String>,
    ) -> Result<ResolvedPrompt, ResolveError> {
        let candidates: Vec<Candidate<&PromptRow>> = self
            .rows
            .iter()
            .filter(|row| row.is_active && row.deleted_at.is_none())
            .map(|row| Candidate {
                key: row,
                prompt_type: row.prompt_type,
                language: row.language,
                strategy_id: row.strategy_id.clone(),
                is_default: row.is_default,
            })
            .collect();
        let of_program = |language| {
            shipped()
                .iter()
                .find(|known| known.prompt_type == prompt_type && known.language == language)
        };
        let found: Found<&PromptRow> =
            look_up(&candidates, prompt_type, language, self.strategy_id, |language| {
                of_program(language).is_some()
            });
        if found.is_fallback {
            warnings.push(format!(
                "there is no {prompt_type} prompt in {language}: the English one is used"
            ));
        }
        let prompt = match found.source {
            Source::Own(row) => self.newest(row).await?,
            Source::Shipped => {
                of_program(found.language).and_then(|known| shipped_prompt(known.id))
            }
        };
        prompt.ok_or(ResolveError::None { prompt_type })
    }

    async fn newest(&self, row: &PromptRow) -> Result<Option<ResolvedPrompt>, StoreError> {
        version_of(self.store, row, None).await
    }
}

/// A version of a person's prompt, the newest if none is named.
pub(crate) async fn version_of(
    store: &Store,
    row: &PromptRow,
    version: Option<u32>,
) -> Result<Option<ResolvedPrompt>, StoreError> {
    let number = version.unwrap_or(row.version);
    let Some(version) = store.prompt_version(&row.id, number).await? else { return Ok(None) };
    Ok(Some(ResolvedPrompt {
        prompt_type: row.prompt_type,
        language: row.language,
        record: PromptRecord {
            prompt_id: row.id.to_string(),
            name: row.name.clone(),
            version: version.version,
            prompt_type: row.prompt_type.to_string(),
            language: row.language.to_string(),
            hash: version.hash,
        },
        text: version.text,
    }))
}

/// A prompt that comes with the program.
pub(crate) fn shipped_prompt(id: &str) -> Option<ResolvedPrompt> {
    let known = shipped_by_id(id)?;
    Some(ResolvedPrompt {
        prompt_type: known.prompt_type,
        language: known.language,
        record: known.record(),
        text: known.text.to_owned(),
    })
}

/// A version of any prompt, the newest if none is named; nothing if there is none.
pub(crate) async fn find_version(
    store: &Store,
    id: &str,
    version: Option<u32>,
) -> Result<Option<ResolvedPrompt>, StoreError> {
    if let Some(prompt) = shipped_prompt(id) {
        let is_there = version.is_none_or(|version| version == prompt.record.version);
        return Ok(is_there.then_some(prompt));
    }
    let Ok(id) = PromptId::new(id) else { return Ok(None) };
    let Some(row) = store.prompt(&id).await? else { return Ok(None) };
    version_of(store, &row, version).await
}

//! What a person does with prompts. Every change is written down before anybody hears of it.

use jiff::Timestamp;

use super::Engine;
use crate::analyst::prompts::{ResolvedPrompt, find_version};
use crate::api::dto::{PromptCloneRequest, PromptSaveRequest};
use crate::api::{ApiError, ErrorCode};
use crate::domain::{PromptId, StrategyId};
use crate::executor::Changed;
use crate::prompt::{FileError, FilePrompt, LONGEST_PROMPT_NAME, check_prompt, read_file};
use crate::store::{
    Change, Durability, NewPromptRow, PromptChange, PromptRow, PromptVersionRow, Store,
};

/// Most versions of one prompt; beyond them it is cloned.
const MOST_VERSIONS: u32 = 10_000;
/// Most prompts of a person, the deleted ones included.
const MOST_PROMPTS: usize = 2_000;

impl Engine {
    /// Makes a prompt, or edits one: a changed text is a new version.
    pub async fn save_prompt(&self, request: PromptSaveRequest) -> Result<PromptId, ApiError> {
        let prompt = FilePrompt {
            name: request.name,
            prompt_type: request.prompt_type,
            language: request.language,
            description: request.description,
            tags: request.tags,
            text: request.text,
        };
        check_prompt(&prompt)?;
        check_note(&request.note)?;
        let Some(id) = request.prompt_id else {
            let scope = self.scope(request.strategy_id.as_deref()).await?;
            let (id, changes) = self.made(&prompt, scope, &request.note).await?;
            self.change_prompts(changes).await?;
            return Ok(id);
        };
        let row = own_prompt(&self.parts.store, &id).await?;
        if row.deleted_at.is_some() {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("the prompt {id} is deleted and cannot be edited"),
            )
            .with_hint("restore it first"));
        }
        let scope = row.strategy_id.as_ref().map(StrategyId::as_str);
        let is_kind_kept = row.prompt_type == prompt.prompt_type
            && row.language == prompt.language
            && scope == request.strategy_id.as_deref();
        if !is_kind_kept {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!("type, language and scope of the prompt {id} stay as they were made"),
            )
            .with_hint("clone it, or make a new one"));
        }
        let at = self.parts.clock.wall_now();
        let mut changes = vec![PromptChange::Describe {
            id: row.id.clone(),
            name: prompt.name,
            description: prompt.description,
            tags: prompt.tags,
            at,
        }];
        let hash = hash_of(&prompt.text);
        if hash != row.hash {
            // What the editor showed, or else what is there now: of two edits of one version the
            // second is refused by the store.
            let base = request.based_on_version.unwrap_or(row.version);
            if base >= MOST_VERSIONS {
                return Err(ApiError::new(
                    ErrorCode::NotNow,
                    format!("the prompt {id} has {MOST_VERSIONS} versions, which are the most"),
                )
                .with_hint("clone it, and go on with the clone"));
            }
            changes.push(PromptChange::Version(PromptVersionRow {
                prompt_id: row.id.clone(),
                version: base.saturating_add(1),
                text: prompt.text,
                hash,
                note: request.note,
                created_at: at,
            }));
        }
        self.change_prompts(changes).await?;
        Ok(row.id)
    }

    /// Makes a new prompt out of a version of another, also of a shipped one.
    pub async fn clone_prompt(&self, request: PromptCloneRequest) -> Result<PromptId, ApiError> {
        let store = &self.parts.store;
        let origin = version(store, &request.prompt_id, request.version).await?;
        let (description, tags) = match own_prompt(store, &request.prompt_id).await {
            Ok(row) => (row.description, row.tags),
            Err(_) => (
                crate::prompt::shipped_by_id(&request.prompt_id)
                    .map(|shipped| shipped.description.to_owned())
                    .unwrap_or_default(),
                Vec::new(),
            ),
        };
        let note =
            format!("Cloned from {}, version {}.", origin.record.name, origin.record.version);
        let prompt = FilePrompt {
            name: request.name,
            prompt_type: origin.prompt_type,
            language: origin.language,
            description,
            tags,
            text: origin.text,
        };
        check_prompt(&prompt)?;
        let scope = self.scope(request.strategy_id.as_deref()).await?;
        let (id, changes) = self.made(&prompt, scope, &note).await?;
        self.change_prompts(changes).await?;
        Ok(id)
    }

    /// Switches a prompt on or off.
    pub async fn set_prompt_active(&self, id: &str, is_active: bool) -> Result<(), ApiError> {
        let (id, at) = self.editable(id).await?;
        self.change_prompts(vec![PromptChange::Activate { id, is_active, at }]).await
    }

    /// Makes a prompt the default of its type, language and scope, or takes that back.
    pub async fn set_prompt_default(&self, id: &str, is_default: bool) -> Result<(), ApiError> {
        let (id, at) = self.editable(id).await?;
        self.change_prompts(vec![PromptChange::MakeDefault { id, is_default, at }]).await
    }

    /// Hides a prompt, or brings it back, switched off. Its versions stay in either case.
    pub async fn set_prompt_deleted(&self, id: &str, is_deleted: bool) -> Result<(), ApiError> {
        let (id, at) = self.editable(id).await?;
        self.change_prompts(vec![PromptChange::Delete { id, is_deleted, at }]).await
    }

    /// Takes prompts from a file, all or none. They are for every strategy and switched off.
    pub async fn import_prompts(
        &self,
        text: &str,
    ) -> Result<(Vec<PromptId>, Vec<String>), ApiError> {
        let prompts = read_file(text)?;
        let mut known = self.parts.store.prompts().await?;
        let (mut ids, mut warnings, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for mut prompt in prompts {
            let name = free_name(&prompt.name, &known);
            if name != prompt.name {
                warnings.push(format!(
                    "there is a prompt \"{}\" already: the new one is called \"{name}\"",
                    prompt.name
                ));
                prompt.name = name;
            }
            let (row, made) = self.made_among(&prompt, None, "Imported from a file.", &known)?;
            changes.extend(made);
            changes.push(PromptChange::Activate {
                id: row.id.clone(),
                is_active: false,
                at: row.created_at,
            });
            ids.push(row.id.clone());
            known.push(row);
        }
        self.change_prompts(changes).await?;
        Ok((ids, warnings))
    }

    async fn editable(&self, id: &str) -> Result<(PromptId, Timestamp), ApiError> {
        let row = own_prompt(&self.parts.store, id).await?;
        Ok((row.id, self.parts.clock.wall_now()))
    }

    /// The strategy that a prompt is for.
    async fn scope(&self, id: Option<&str>) -> Result<Option<StrategyId>, ApiError> {
        match id {
            Some(id) => Ok(Some(self.strategy(id).await?.version.strategy_id)),
            None => Ok(None),
        }
    }

    async fn made(
        &self,
        prompt: &FilePrompt,
        scope: Option<StrategyId>,
        note: &str,
    ) -> Result<(PromptId, Vec<PromptChange>), ApiError> {
        let known = self.parts.store.prompts().await?;
        let (row, changes) = self.made_among(prompt, scope, note, &known)?;
        Ok((row.id, changes))
    }

    /// A new prompt with its first version.
    fn made_among(
        &self,
        prompt: &FilePrompt,
        scope: Option<StrategyId>,
        note: &str,
        known: &[PromptRow],
    ) -> Result<(PromptRow, Vec<PromptChange>), ApiError> {
        if known.len() >= MOST_PROMPTS {
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("there are {MOST_PROMPTS} prompts, which are the most"),
            )
            .with_hint("edit one of them"));
        }
        let at = self.parts.clock.wall_now();
        let row = PromptRow {
            id: free_id(&prompt.name, known)?,
            name: prompt.name.clone(),
            description: prompt.description.clone(),
            prompt_type: prompt.prompt_type,
            language: prompt.language,
            strategy_id: scope,
            is_active: true,
            is_default: false,
            tags: prompt.tags.clone(),
            created_at: at,
            updated_at: at,
            deleted_at: None,
            version: 1,
            hash: hash_of(&prompt.text),
        };
        let made = NewPromptRow {
            id: row.id.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            prompt_type: row.prompt_type,
            language: row.language,
            strategy_id: row.strategy_id.clone(),
            tags: row.tags.clone(),
            created_at: at,
        };
        let first = PromptVersionRow {
            prompt_id: row.id.clone(),
            version: 1,
            text: prompt.text.clone(),
            hash: row.hash.clone(),
            note: note.to_owned(),
            created_at: at,
        };
        Ok((row, vec![PromptChange::Make(made), PromptChange::Version(first)]))
    }

    async fn change_prompts(&self, changes: Vec<PromptChange>) -> Result<(), ApiError> {
        let changes = changes.into_iter().map(Change::Prompt).collect();
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        self.parts.changes.tell(Changed::Prompts);
        Ok(())
    }
}

/// A prompt of a person; a shipped one cannot be changed.
pub(crate) async fn own_prompt(store: &Store, id: &str) -> Result<PromptRow, ApiError> {
    if crate::prompt::shipped_by_id(id).is_some() {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the prompt {id} comes with the program and cannot be changed"),
        )
        .with_hint("clone it, and change the clone"));
    }
    let found = match PromptId::new(id) {
        Ok(id) => store.prompt(&id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| missing(id, None))
}

/// A version of any prompt, the newest if none is named.
pub(crate) async fn version(
    store: &Store,
    id: &str,
    number: Option<u32>,
) -> Result<ResolvedPrompt, ApiError> {
    find_version(store, id, number).await?.ok_or_else(|| missing(id, number))
}

fn missing(id: &str, version: Option<u32>) -> ApiError {
    let shown: String = id.chars().take(64).collect();
    let version = version.map(|version| format!(" version {version} of")).unwrap_or_default();
    ApiError::new(ErrorCode::NotFound, format!("there is no{version} prompt \"{shown}\""))
        .with_hint("throughline prompt list shows those that there are")
}

fn check_note(note: &str) -> Result<(), ApiError> {
    let is_fitting = note.chars().count() <= crate::prompt::LONGEST_DESCRIPTION
        && !note.chars().any(|c| c.is_control() && c != '\n');
    if is_fitting {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidRequest,
        "the note is not usable: it has at most 500 characters and no control characters",
    ))
}

fn hash_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// An id out of a name, with a number behind it where it is taken.
fn free_id(name: &str, known: &[PromptRow]) -> Result<PromptId, ApiError> {
    /// What every id begins with that comes with the program.
    const RESERVED: &str = "shipped";

    let mut stem = String::new();
    for character in name.chars().map(|c| c.to_ascii_lowercase()) {
        if character.is_ascii_alphanumeric() {
            stem.push(character);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() == 48 {
            break;
        }
    }
    let stem = stem.trim_matches('-');
    let stem = if stem.is_empty() || stem.starts_with(RESERVED) { "prompt" } else { stem };
    let is_taken = |id: &str| known.iter().any(|row| row.id.as_str() == id);
    let id = std::iter::once(stem.to_owned())
        .chain((2..).map(|number: u32| format!("{stem}-{number}")))
        .take(MOST_PROMPTS + 2)
        .find(|id| !is_taken(id))
        .unwrap_or_default();
    PromptId::new(id).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
}

/// A name with a number behind it where it is taken.
fn free_name(name: &str, known: &[PromptRow]) -> String {
    let is_taken = |name: &str| known.iter().any(|row| row.name == name);
    let numbered = (2..).map(|number: u32| {
        let tail = format!(" ({number})");
        let room = LONGEST_PROMPT_NAME - tail.chars().count();
        name.chars().take(room).chain(tail.chars()).collect()
    });
    std::iter::once(name.to_owned())
        .chain(numbered)
        .take(MOST_PROMPTS + 2)
        .find(|name: &String| !is_taken(name))
        .unwrap_or_else(|| name.to_owned())
}

impl From<FileError> for ApiError {
    fn from(error: FileError) -> Self {
        let code = match error {
            FileError::Write(_) => ErrorCode::Internal,
            _ => ErrorCode::InvalidRequest,
        };
        Self::new(code, error.to_string())
    }
}

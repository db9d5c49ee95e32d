use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::analyst::prompts::resolve;
use crate::api::dto::{
    PromptDetailDto, PromptDiffRequest, PromptDto, PromptExportDto, PromptFindingDto,
    PromptFindingSeverity, PromptPreviewDto, PromptPreviewRequest, PromptReferenceDto,
    PromptReferenceEntryDto, PromptTextRef, PromptValidationDto, PromptValueDto, PromptVersionDto,
    PromptsListRequest, PromptsResolveRequest, ResolvedPromptsDto, TextDiffDto, TextDiffKind,
    TextDiffLineDto, TextDiffSpanDto,
};
use crate::api::{ApiError, ErrorCode};
use crate::app::{prompt_data, prompts};
use crate::domain::{PromptType, StrategyId, Timeframe};
use crate::prompt::{
    self, DiffKind, FilePrompt, Finding, LONGEST_TEMPLATE, Severity, Shipped, reference, shipped,
    shipped_by_id, validate, write_file,
};
use crate::store::{PromptRow, Store};

/// Prompts: a person's own, those changed last first, then those that come with the program.
pub async fn prompts(
    store: &Store,
    request: &PromptsListRequest,
) -> Result<Vec<PromptDto>, ApiError> {
    let own = store.prompts().await?.into_iter().map(own_dto);
    let listed = own.chain(shipped().iter().map(shipped_dto)).filter(|prompt| {
        let is_of_strategy = match (&request.strategy_id, &prompt.strategy_id) {
            (Some(wanted), Some(scope)) => wanted == scope,
            _ => true,
        };
        (request.include_deleted || !prompt.is_deleted)
            && request.prompt_type.is_none_or(|wanted| wanted == prompt.prompt_type)
            && request.language.is_none_or(|wanted| wanted == prompt.language)
            && is_of_strategy
    });
    Ok(listed.collect())
}

/// One prompt with the text of a version, the newest if none is named.
pub async fn prompt(
    store: &Store,
    id: &str,
    version: Option<u32>,
) -> Result<PromptDetailDto, ApiError> {
    let shown = prompts::version(store, id, version).await?;
    let (dto, versions) = if let Some(known) = shipped_by_id(id) {
        let only = PromptVersionDto {
            version: prompt::SHIPPED_VERSION,
            hash: known.hash(),
            note: "Comes with the program.".to_owned(),
            created_at: None,
            lines: lines(known.text),
        };
        (shipped_dto(known), vec![only])
    } else {
        let row = prompts::own_prompt(store, id).await?;
        let versions = store.prompt_versions(&row.id).await?;
        let versions = versions.into_iter().map(|version| PromptVersionDto {
            version: version.version,
            lines: lines(&version.text),
            hash: version.hash,
            note: version.note,
            created_at: Some(version.created_at.to_string()),
        });
        (own_dto(row), versions.collect())
    };
    Ok(PromptDetailDto {
        validation: prompt_validation(&shown.text, dto.prompt_type),
        prompt: dto,
        version: shown.record.version,
        text: shown.text,
        versions,
    })
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.lines().count()).unwrap_or(u32::MAX)
}

fn own_dto(row: PromptRow) -> PromptDto {
    PromptDto {
        id: row.id.to_string(),
        name: row.name,
        description: row.description,
        prompt_type: row.prompt_type,
        language: row.language,
        strategy_id: row.strategy_id.map(|id| id.to_string()),
        is_active: row.is_active,
        is_default: row.is_default,
        is_shipped: false,
        is_deleted: row.deleted_at.is_some(),
        tags: row.tags,
        version: row.version,
        hash: row.hash,
        updated_at: Some(row.updated_at.to_string()),
    }
}

fn shipped_dto(known: &Shipped) -> PromptDto {
    PromptDto {
        id: known.id.to_owned(),
        name: known.name.to_owned(),
        description: known.description.to_owned(),
        prompt_type: known.prompt_type,
        language: known.language,
        strategy_id: None,
        is_active: true,
        is_default: false,
        is_shipped: true,
        is_deleted: false,
        tags: Vec::new(),
        version: prompt::SHIPPED_VERSION,
        hash: known.hash(),
        updated_at: None,
    }
}

/// What there is to say about a template.
pub fn prompt_validation(text: &str, prompt_type: PromptType) -> PromptValidationDto {
    let (findings, variables) = validate(text, prompt_type);
    validation(text, findings, variables)
}

fn validation(
    text: &str,
    findings: Vec<Finding>,
    variables: BTreeSet<String>,
) -> PromptValidationDto {
    PromptValidationDto {
        is_valid: findings.iter().all(|finding| finding.severity != Severity::Error),
        findings: findings.into_iter().map(finding).collect(),
        variables: variables.into_iter().collect(),
        bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
        maximum_bytes: maximum_bytes(),
    }
}

fn maximum_bytes() -> u32 {
    u32::try_from(LONGEST_TEMPLATE).unwrap_or(u32::MAX)
}

fn finding(finding: Finding) -> PromptFindingDto {
    PromptFindingDto {
        line: finding.line,
        column: finding.column,
        length: finding.length,
        severity: match finding.severity {
            Severity::Error => PromptFindingSeverity::Error,
            Severity::Warning => PromptFindingSeverity::Warning,
        },
        message: finding.message,
        suggestion: finding.suggestion,
    }
}

/// The text that is meant, with a name for it.
async fn text_of(store: &Store, wanted: &PromptTextRef) -> Result<(String, String), ApiError> {
    match (&wanted.text, &wanted.prompt_id) {
        (Some(text), _) => Ok((text.clone(), "the text that is being written".to_owned())),
        (None, Some(id)) => {
            let found = prompts::version(store, id, wanted.version).await?;
            let name = format!("{}, version {}", found.record.name, found.record.version);
            Ok((found.text, name))
        }
        (None, None) => Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "neither a prompt nor a text is named; name one of them",
        )),
    }
}

/// What two texts differ in.
pub async fn prompt_diff(
    store: &Store,
    request: &PromptDiffRequest,
) -> Result<TextDiffDto, ApiError> {
    let (old_text, old) = text_of(store, &request.old).await?;
    let (new_text, new) = text_of(store, &request.new).await?;
    if old_text.len().max(new_text.len()) > LONGEST_TEMPLATE {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("a text is longer than {LONGEST_TEMPLATE} bytes, which no prompt may be"),
        ));
    }
    Ok(text_diff(old, &old_text, new, &new_text))
}

/// What two texts differ in, line by line.
pub(super) fn text_diff(old: String, old_text: &str, new: String, new_text: &str) -> TextDiffDto {
    let lines: Vec<TextDiffLineDto> = prompt::diff(old_text, new_text)
        .into_iter()
        .map(|line| TextDiffLineDto {
            kind: match line.kind {
                DiffKind::Same => TextDiffKind::Same,
                DiffKind::Removed => TextDiffKind::Removed,
                DiffKind::Added => TextDiffKind::Added,
            },
            old_line: line.old_line,
            new_line: line.new_line,
            spans: line
                .spans
                .into_iter()
                .map(|span| TextDiffSpanDto { text: span.text, is_changed: span.is_changed })
                .collect(),
        })
        .collect();
    let count = |kind| {
        let of_kind = lines.iter().filter(|line| line.kind == kind).count();
        u32::try_from(of_kind).unwrap_or(u32::MAX)
    };
    let (added, removed) = (count(TextDiffKind::Added), count(TextDiffKind::Removed));
    TextDiffDto { old, new, lines, added, removed }
}

/// Prompts as a file: those that are named, or a person's own that are not deleted.
pub async fn prompt_export(store: &Store, ids: &[String]) -> Result<PromptExportDto, ApiError> {
    let mut exported = Vec::new();
    if ids.is_empty() {
        for row in store.prompts().await? {
            if row.deleted_at.is_none() {
                exported.push(exported_own(store, row).await?);
            }
        }
        if exported.is_empty() {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                "there is no prompt of yours to export",
            )
            .with_hint("name a shipped one, such as shipped-daily-en"));
        }
    } else {
        for id in ids {
            exported.push(match shipped_by_id(id) {
                Some(known) => FilePrompt {
                    name: known.name.to_owned(),
                    prompt_type: known.prompt_type,
                    language: known.language,
                    description: known.description.to_owned(),
                    tags: Vec::new(),
                    text: known.text.to_owned(),
                },
                None => exported_own(store, prompts::own_prompt(store, id).await?).await?,
            });
        }
    }
    let file_name = match ids {
        [only] => format!("{only}.prompts.toml"),
        _ => "throughline.prompts.toml".to_owned(),
    };
    let count = u32::try_from(exported.len()).unwrap_or(u32::MAX);
    Ok(PromptExportDto { file_name, text: write_file(&exported)?, count })
}

async fn exported_own(store: &Store, row: PromptRow) -> Result<FilePrompt, ApiError> {
    let text = prompts::version(store, row.id.as_str(), None).await?.text;
    Ok(FilePrompt {
        name: row.name,
        prompt_type: row.prompt_type,
        language: row.language,
        description: row.description,
        tags: row.tags,
        text,
    })
}

/// A prompt as it would be sent, with real data. `data_dir` is where imported prices are.
pub async fn prompt_preview(
    store: &Store,
    data_dir: &Path,
    request: &PromptPreviewRequest,
) -> Result<PromptPreviewDto, ApiError> {
    let (text, _) = text_of(store, &request.prompt).await?;
    let data = match (&request.execution_id, &request.symbol) {
        (Some(id), _) => prompt_data::of_execution(store, id).await?,
        (None, Some(symbol)) => {
            prompt_data::of_sandbox(data_dir, symbol, request.date.as_deref()).await?
        }
        (None, None) => {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                "neither an execution nor a symbol is named, so that there is nothing to show",
            ));
        }
    };
    let timeframe = match request.prompt_type {
        PromptType::Weekly | PromptType::WeeklySystem => Timeframe::Weekly,
        _ => Timeframe::Daily,
    };
    let consolidates =
        matches!(request.prompt_type, PromptType::Consolidation | PromptType::ConsolidationSystem);
    let context = data.context(timeframe, request.language, consolidates)?;
    let (mut findings, variables) = validate(&text, request.prompt_type);
    let rendered = match prompt::render(&text, &context) {
        Ok(rendered) => Some(rendered.text),
        Err(error) => {
            let why = error.finding();
            if !findings.contains(&why) {
                findings.push(why);
            }
            None
        }
    };
    let values = variables
        .iter()
        .map(|name| PromptValueDto { name: name.clone(), value: context.shown(name) })
        .collect();
    Ok(PromptPreviewDto {
        bytes: rendered.as_ref().map_or(0, |text| u32::try_from(text.len()).unwrap_or(u32::MAX)),
        rendered,
        validation: validation(&text, findings, variables),
        data: data.label.clone(),
        timeframe,
        values,
        notes: data.notes.clone(),
    })
}

/// Everything that a template may use.
pub fn prompt_reference() -> PromptReferenceDto {
    let entry = |name: &str, description: &str, example: &str| PromptReferenceEntryDto {
        name: name.to_owned(),
        description: description.to_owned(),
        example: example.to_owned(),
    };
    let entries = |entries: &[reference::Entry]| {
        entries.iter().map(|one| entry(one.form, one.description, one.example)).collect()
    };
    let mut variables = Vec::new();
    for variable in reference::VARIABLES {
        let mut description = variable.description.to_owned();
        if !variable.is_certain {
            description.push_str(" (may be missing: ask with \"is defined\")");
        }
        variables.push(entry(variable.name, &description, variable.example));
    }
    PromptReferenceDto {
        variables,
        filters: entries(reference::FILTERS),
        statements: entries(reference::STATEMENTS),
        maximum_bytes: maximum_bytes(),
    }
}

/// The prompts that a run would use now.
pub async fn resolved_prompts(
    store: &Store,
    request: &PromptsResolveRequest,
) -> Result<ResolvedPromptsDto, ApiError> {
    let strategy_id = request
        .strategy_id
        .as_deref()
        .map(StrategyId::new)
        .transpose()
        .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    let resolved = resolve(store, strategy_id.as_ref(), request.language, &BTreeMap::new()).await?;
    Ok(ResolvedPromptsDto { prompts: resolved.records(), warnings: resolved.warnings })
}

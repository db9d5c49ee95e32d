//! Prompts on the wire: lists, versions, findings, previews, differences, the reference.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::PromptRecord;
use crate::domain::{Language, PromptType, Timeframe};

/// A prompt in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptDto {
    /// Id; one that is shipped with the program begins with `shipped-`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it does in a run.
    pub prompt_type: PromptType,
    /// The language it is written in.
    pub language: Language,
    /// The one strategy that it is for; every strategy if absent.
    pub strategy_id: Option<String>,
    /// Whether the look-up may find it.
    pub is_active: bool,
    /// Whether the look-up prefers it. Of the shipped ones none is: they come last.
    pub is_default: bool,
    /// Part of the program: it cannot be changed, only cloned.
    pub is_shipped: bool,
    /// Deleted: it can be restored.
    pub is_deleted: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its newest version.
    pub version: u32,
    /// BLAKE3 of the newest version's text.
    pub hash: String,
    /// Wall time of the last change, RFC 3339; nothing for a shipped one.
    pub updated_at: Option<String>,
}

/// One version in the history of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptVersionDto {
    /// From 1.
    pub version: u32,
    /// BLAKE3 of the text.
    pub hash: String,
    /// Why it was changed.
    pub note: String,
    /// Wall time, RFC 3339; nothing for a shipped one.
    pub created_at: Option<String>,
    /// Lines of the text.
    pub lines: u32,
}

/// A prompt with the text of one version and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptDetailDto {
    /// The prompt.
    pub prompt: PromptDto,
    /// The version whose text this is.
    pub version: u32,
    /// The template.
    pub text: String,
    /// Every version, newest first.
    pub versions: Vec<PromptVersionDto>,
    /// What there is to say about the text.
    pub validation: PromptValidationDto,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptFindingSeverity {
    /// It cannot be rendered like this, and is not saved.
    Error,
    /// It can be rendered, and may not be what was meant.
    Warning,
}

/// Something about a template, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptFindingDto {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters; at least 1, and within the line.
    pub length: u32,
    /// How much it weighs.
    pub severity: PromptFindingSeverity,
    /// What is wrong.
    pub message: String,
    /// What may have been meant, such as `current_price`.
    pub suggestion: Option<String>,
}

/// What there is to say about a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptValidationDto {
    /// No finding is an error.
    pub is_valid: bool,
    /// In the order of the text.
    pub findings: Vec<PromptFindingDto>,
    /// Variables that the text uses, by name.
    pub variables: Vec<String>,
    /// Length of the text in bytes.
    pub bytes: u32,
    /// Longest that a text may be, in bytes.
    pub maximum_bytes: u32,
}

/// Asks for prompts. What is absent is not asked about.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptsListRequest {
    /// Of one type.
    #[serde(default)]
    pub prompt_type: Option<PromptType>,
    /// Of one language.
    #[serde(default)]
    pub language: Option<Language>,
    /// Of one strategy and of none, which every strategy may use.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// The deleted ones too.
    #[serde(default)]
    pub include_deleted: bool,
}

/// Asks for a prompt with its text.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptGetRequest {
    /// Which prompt.
    pub prompt_id: String,
    /// Which version; the newest if absent.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Names a prompt.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptRequest {
    /// Which prompt.
    pub prompt_id: String,
}

/// Makes a prompt, or edits one. A changed text is a new version; one with an error is not saved.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptSaveRequest {
    /// The prompt that is edited; a new one if absent.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// The version that the edit began with, which must still be the newest.
    #[serde(default)]
    pub based_on_version: Option<u32>,
    /// Name for people, 1 to 80 characters.
    pub name: String,
    /// What it is for, at most 500 characters.
    pub description: String,
    /// What it does in a run; stays as it was made.
    pub prompt_type: PromptType,
    /// The language it is written in; stays as it was made.
    pub language: Language,
    /// The one strategy that it is for; stays as it was made.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// Words to find it by, at most 10 of at most 30 characters.
    pub tags: Vec<String>,
    /// The template.
    pub text: String,
    /// Why it is changed, at most 500 characters.
    pub note: String,
}

/// Makes a new prompt out of a version of another.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptCloneRequest {
    /// Which prompt.
    pub prompt_id: String,
    /// Which version; the newest if absent.
    #[serde(default)]
    pub version: Option<u32>,
    /// Name of the new one.
    pub name: String,
    /// The one strategy that the new one is for; every strategy if absent.
    #[serde(default)]
    pub strategy_id: Option<String>,
}

/// Switches a prompt on or off.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptSetActiveRequest {
    /// Which prompt.
    pub prompt_id: String,
    /// Whether the look-up may find it.
    pub is_active: bool,
}

/// Makes a prompt the default of its type, language and scope, or takes that back.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptSetDefaultRequest {
    /// Which prompt.
    pub prompt_id: String,
    /// Whether the look-up prefers it.
    pub is_default: bool,
}

/// Takes prompts from a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptImportRequest {
    /// What the file holds, as `prompt_export` wrote it.
    pub text: String,
}

/// What became of an import.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptImportResponse {
    /// The new prompts, which are switched off until somebody switches them on.
    pub prompts: Vec<PromptDto>,
    /// What was changed on the way in, such as a name that was taken.
    pub warnings: Vec<String>,
}

/// Asks for prompts as a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptExportRequest {
    /// Which prompts; all that are not deleted if empty. The shipped ones only by name.
    pub prompt_ids: Vec<String>,
}

/// Prompts as a file, each with its newest text.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptExportDto {
    /// A name for the file.
    pub file_name: String,
    /// TOML.
    pub text: String,
    /// How many prompts are in it.
    pub count: u32,
}

/// A text of a prompt: a version of a saved one, or one that is being written.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptTextRef {
    /// A saved prompt.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// Its version; the newest if absent.
    #[serde(default)]
    pub version: Option<u32>,
    /// A text that is being written, in place of a saved one.
    #[serde(default)]
    pub text: Option<String>,
}

/// Asks what there is to say about a text that is being written.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptValidateRequest {
    /// The template.
    pub text: String,
    /// What it is for.
    pub prompt_type: PromptType,
}

/// Asks for a prompt as it would be sent, with real data.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptPreviewRequest {
    /// Which text.
    pub prompt: PromptTextRef,
    /// What it is for, which decides the timeframe that it reads.
    pub prompt_type: PromptType,
    /// The language of labels.
    pub language: Language,
    /// A recorded execution whose data it is to see.
    #[serde(default)]
    pub execution_id: Option<String>,
    /// In place of an execution: a symbol of the sandbox …
    #[serde(default)]
    pub symbol: Option<String>,
    /// … on a date, such as `2012-06-15`; nothing later is seen.
    #[serde(default)]
    pub date: Option<String>,
}

/// A variable of a preview with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptValueDto {
    /// Such as `current_price`.
    pub name: String,
    /// As it is rendered, shortened; nothing where the data has no value.
    pub value: Option<String>,
}

/// A prompt as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptPreviewDto {
    /// The rendered text; nothing if it cannot be rendered.
    pub rendered: Option<String>,
    /// What there is to say about the template, and why it could not be rendered.
    pub validation: PromptValidationDto,
    /// Whose data it shows, such as `AAPL on 2012-06-15, from the sandbox's prices`.
    pub data: String,
    /// The timeframe that it reads.
    pub timeframe: Timeframe,
    /// The variables that the text uses, with their values.
    pub values: Vec<PromptValueDto>,
    /// Length of the rendered text in bytes.
    pub bytes: u32,
    /// What the data lacks, such as the daily reading of a run that the rule analyst made.
    pub notes: Vec<String>,
}

/// Asks what two texts differ in.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptDiffRequest {
    /// The earlier text.
    pub old: PromptTextRef,
    /// The later text.
    pub new: PromptTextRef,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextDiffKind {
    /// It is in both.
    Same,
    /// It is in the earlier text only.
    Removed,
    /// It is in the later text only.
    Added,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TextDiffSpanDto {
    /// The text.
    pub text: String,
    /// Whether this is what differs in the line.
    pub is_changed: bool,
}

/// A line of either text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TextDiffLineDto {
    /// What became of it.
    pub kind: TextDiffKind,
    /// Its number in the earlier text, from 1.
    pub old_line: Option<u32>,
    /// Its number in the later text, from 1.
    pub new_line: Option<u32>,
    /// The line, without its end.
    pub spans: Vec<TextDiffSpanDto>,
}

/// What two texts differ in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TextDiffDto {
    /// Name of the earlier text, such as `My daily reading, version 2`.
    pub old: String,
    /// Name of the later text.
    pub new: String,
    /// Every line of both, in order.
    pub lines: Vec<TextDiffLineDto>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// A variable, a filter or a statement that a template may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptReferenceEntryDto {
    /// Such as `current_price`, or `date(format)`.
    pub name: String,
    /// What it is, with its unit.
    pub description: String,
    /// What a template writes.
    pub example: String,
}

/// Everything that a template may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PromptReferenceDto {
    /// Values of the run.
    pub variables: Vec<PromptReferenceEntryDto>,
    /// What can be done with a value.
    pub filters: Vec<PromptReferenceEntryDto>,
    /// What steers a template.
    pub statements: Vec<PromptReferenceEntryDto>,
    /// Longest that a text may be, in bytes.
    pub maximum_bytes: u32,
}

/// Which prompts a strategy would use now.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptsResolveRequest {
    /// Which strategy; what holds for all if absent.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// In which language.
    pub language: Language,
}

/// The prompts that the look-up finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ResolvedPromptsDto {
    /// One for each type, in the order of a run.
    pub prompts: Vec<PromptRecord>,
    /// What was not as asked for, such as a prompt that is not there in the language.
    pub warnings: Vec<String>,
}

//! Prompts in the terminal. What only looks reads beside a running engine.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use throughline::api::dto::{
    PromptDiffRequest, PromptDto, PromptFindingDto, PromptFindingSeverity, PromptPreviewRequest,
    PromptTextRef, PromptsListRequest, TextDiffDto, TextDiffKind,
};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::Engine;
use throughline::domain::{Language, PromptType};
use throughline::store::{Store, StoreError};

use crate::arguments::Json;
use crate::output::{self, ACCENT, BAD, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;
use crate::playground::{self, Try};

/// Longest file that is read, in bytes.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum PromptCommand {
    /// List the prompts: your own, then those that come with the program.
    List {
        /// Of one type, such as daily or `consolidation_system`.
        #[arg(long = "type", value_name = "TYPE")]
        prompt_type: Option<PromptType>,
        /// Of one language: en or zh.
        #[arg(long)]
        language: Option<Language>,
        /// The deleted ones too.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Show a prompt with its versions.
    Show {
        /// Id of the prompt.
        prompt: String,
        /// One version; the newest if left out.
        #[arg(long)]
        version: Option<u32>,
        #[command(flatten)]
        json: Json,
    },
    /// Show what two versions differ in.
    Diff {
        /// Id of the prompt, or id@version.
        old: String,
        /// Another prompt or version; the newest version of the first if left out.
        new: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Show a prompt as it would be sent, with recorded data or the sandbox's prices.
    Render(Render),
    /// Try one prompt, or two side by side, on recorded executions. No order is made.
    Try(Try),
    /// Take prompts in from a file; they are switched off until you switch them on.
    Import {
        /// The file, as `prompt export` writes it.
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    /// Write prompts to a file.
    Export {
        /// Ids of prompts; all of your own if left out.
        prompts: Vec<String>,
        /// The file; standard output if left out.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    /// Id of the prompt, or id@version.
    prompt: String,
    /// An execution whose data it is to see.
    #[arg(long, value_name = "ID", conflicts_with_all = ["symbol", "date"])]
    execution: Option<String>,
    /// A symbol of the sandbox.
    #[arg(long, default_value = "AAPL")]
    symbol: String,
    /// A date such as 2012-06-15; the last one that there is if left out.
    #[arg(long)]
    date: Option<String>,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn prompt(place: &Place, command: PromptCommand) -> Result<ExitCode, ApiError> {
    if let PromptCommand::Try(arguments) = command {
        return playground::try_out(place, arguments).await;
    }
    if let PromptCommand::Import { file, json } = command {
        return import(place, &file, json.json).await;
    }
    let store = open(&place.data_dir).await?;
    let result = look(&store, &place.data_dir, command).await;
    store.close().await;
    result
}

async fn open(data_dir: &Path) -> Result<Store, ApiError> {
    Store::open_read_only(data_dir).await.map_err(|error| {
        let is_new = matches!(error, StoreError::NoDatabase { .. });
        let error = ApiError::from(error);
        if is_new { error.with_hint("run a strategy once: throughline run sample") } else { error }
    })
}

async fn look(
    store: &Store,
    data_dir: &Path,
    command: PromptCommand,
) -> Result<ExitCode, ApiError> {
    match command {
        PromptCommand::List { prompt_type, language, all, json } => {
            let request = PromptsListRequest {
                prompt_type,
                language,
                strategy_id: None,
                include_deleted: all,
            };
            let listed = views::prompts(store, &request).await?;
            if json.json {
                output::json(&listed)?;
            } else {
                listed.iter().for_each(print_line);
            }
        }
        PromptCommand::Show { prompt, version, json } => {
            let shown = views::prompt(store, &prompt, version).await?;
            if json.json {
                output::json(&shown)?;
            } else {
                print_line(&shown.prompt);
                for version in &shown.versions {
                    let at = version.created_at.as_deref().unwrap_or("–");
                    let note = output::printable(&version.note);
                    output::line(styled(MUTED, format!("  {:>4}  {at}  {note}", version.version)));
                }
                shown.validation.findings.iter().for_each(print_finding);
                output::line("");
                output::line(output::printable(&shown.text));
            }
        }
        PromptCommand::Diff { old, new, json } => {
            let old = named(&old)?;
            let new = match new {
                Some(new) => named(&new)?,
                None => PromptTextRef { version: None, ..old.clone() },
            };
            let difference = views::prompt_diff(store, &PromptDiffRequest { old, new }).await?;
            if json.json {
                output::json(&difference)?;
            } else {
                print_difference(&difference);
            }
        }
        PromptCommand::Render(render) => return show_rendered(store, data_dir, render).await,
        PromptCommand::Export { prompts, output: file, json } => {
            let exported = views::prompt_export(store, &prompts).await?;
            match (file, json.json) {
                (Some(path), _) => {
                    write(&path, &exported.text)?;
                    let count = exported.count;
                    output::line(format!(
                        "{} {count} to {}",
                        styled(GOOD, "exported:"),
                        path.display()
                    ));
                }
                (None, true) => output::json(&exported)?,
                (None, false) => output::line(exported.text.trim_end()),
            }
        }
        PromptCommand::Import { .. } | PromptCommand::Try(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_rendered(
    store: &Store,
    data_dir: &Path,
    render: Render,
) -> Result<ExitCode, ApiError> {
    let prompt = named(&render.prompt)?;
    let of = views::prompt(store, prompt.prompt_id.as_deref().unwrap_or_default(), None).await?;
    let has_execution = render.execution.is_some();
    let request = PromptPreviewRequest {
        prompt,
        prompt_type: of.prompt.prompt_type,
        language: of.prompt.language,
        execution_id: render.execution,
        symbol: (!has_execution).then_some(render.symbol),
        date: render.date,
    };
    let preview = views::prompt_preview(store, data_dir, &request).await?;
    let is_rendered = preview.rendered.is_some();
    if render.json.json {
        output::json(&preview)?;
    } else {
        output::line(styled(MUTED, output::printable(&preview.data)));
        for note in &preview.notes {
            output::line(styled(MUTED, output::printable(note)));
        }
        preview.validation.findings.iter().for_each(print_finding);
        if let Some(text) = &preview.rendered {
            output::line("");
            output::line(output::printable(text));
        }
    }
    Ok(ExitCode::from(u8::from(!is_rendered)))
}

/// A prompt as it is typed: an id, or an id with a version behind an @.
pub(crate) fn named(text: &str) -> Result<PromptTextRef, ApiError> {
    let (id, version) = match text.split_once('@') {
        None => (text, None),
        Some((id, version)) => {
            let version = version.parse().map_err(|_| {
                let shown: String = text.chars().take(80).collect();
                ApiError::new(
                    ErrorCode::InvalidRequest,
                    format!("\"{shown}\" names no version; write such as my-prompt@2"),
                )
            })?;
            (id, Some(version))
        }
    };
    Ok(PromptTextRef { prompt_id: Some(id.to_owned()), version, text: None })
}

async fn import(place: &Place, file: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let unreadable = |error: std::io::Error| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!("{} cannot be read: {error}", file.display()),
        )
    };
    let mut text = String::new();
    std::fs::File::open(file)
        .map_err(unreadable)?
        .take(LONGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    let engine = Engine::open(place.options()).await?;
    let imported = engine.import_prompts(&text).await;
    engine.close().await?;
    let (ids, warnings) = imported?;
    if as_json {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        output::json(&serde_json::json!({ "prompt_ids": ids, "warnings": warnings }))?;
    } else {
        for warning in &warnings {
            output::line(format!("{} {}", styled(WARN, "note:"), output::printable(warning)));
        }
        for id in &ids {
            output::line(format!("{} {id}, switched off", styled(GOOD, "imported:")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is not there yet.
fn write(path: &Path, text: &str) -> Result<(), ApiError> {
    std::fs::File::create_new(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|error| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                format!("{} cannot be written: {error}", path.display()),
            )
            .with_hint("name a file that is not there yet")
        })
}

fn print_line(prompt: &PromptDto) {
    let state = if prompt.is_deleted {
        styled(BAD, "deleted")
    } else if prompt.is_shipped {
        styled(MUTED, "shipped")
    } else if !prompt.is_active {
        styled(WARN, "off")
    } else if prompt.is_default {
        styled(GOOD, "default")
    } else {
        styled(GOOD, "on")
    };
    let scope = prompt.strategy_id.as_deref().unwrap_or("every strategy");
    output::line(format!(
        "{:<34} {:<20} {}  version {:<3} {state}  {}",
        styled(ACCENT, &prompt.id),
        prompt.prompt_type.as_str(),
        prompt.language,
        prompt.version,
        styled(MUTED, format!("{} · {scope}", output::printable(&prompt.name))),
    ));
}

fn print_finding(finding: &PromptFindingDto) {
    let kind = match finding.severity {
        PromptFindingSeverity::Error => styled(BAD, "error"),
        PromptFindingSeverity::Warning => styled(WARN, "warning"),
    };
    let meant = finding.suggestion.as_ref().map(|text| format!(" (perhaps {text})"));
    output::line(format!(
        "{kind} {}:{}  {}{}",
        finding.line,
        finding.column,
        output::printable(&finding.message),
        output::printable(&meant.unwrap_or_default()),
    ));
}

fn print_difference(difference: &TextDiffDto) {
    output::line(styled(BAD, format!("- {}", output::printable(&difference.old))));
    output::line(styled(GOOD, format!("+ {}", output::printable(&difference.new))));
    for line in &difference.lines {
        let (sign, style) = match line.kind {
            TextDiffKind::Same => (' ', MUTED),
            TextDiffKind::Removed => ('-', BAD),
            TextDiffKind::Added => ('+', GOOD),
        };
        let text: String = line
            .spans
            .iter()
            .map(|span| {
                let text = output::printable(&span.text);
                if span.is_changed { styled(BOLD, text) } else { text }
            })
            .collect();
        output::line(format!("{} {text}", styled(style, sign)));
    }
    output::line(styled(
        MUTED,
        format!("{} lines added, {} removed", difference.added, difference.removed),
    ));
}

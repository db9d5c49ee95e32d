//! Strategies as files.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use throughline::api::dto::{StrategyDto, StrategySaveRequest};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::Reader;

use crate::act::Actor;
use crate::output::{self, BOLD, GOOD, MUTED, styled};
use crate::place::Place;

/// Longest file that is read, in bytes; more than a strategy may have, so that it is told apart.
const LONGEST_FILE: u64 = 1024 * 1024;

/// Status for a text that is no strategy.
const INVALID: u8 = 1;

fn read(file: &Path) -> Result<String, ApiError> {
    let failed = |error: std::io::Error| {
        let message = format!("{} could not be read: {error}", file.display());
        ApiError::new(ErrorCode::InvalidRequest, message)
    };
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(LONGEST_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Saves a strategy from a file, under the file's name or the given id.
pub(crate) async fn create(
    place: &Place,
    file: &Path,
    id: Option<&str>,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let text = read(file)?;
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let request = StrategySaveRequest {
        strategy_id: id.unwrap_or(stem).to_owned(),
        toml: text,
        based_on_version: None,
    };
    let shown: StrategyDto = Actor::at(place).await?.give(place, "strategy_save", request).await?;
    if as_json {
        output::json(&shown)?;
    } else {
        let state = if shown.active { "active" } else { "off; switch it on with: resume" };
        output::line(format!(
            "{} version {} saved, {state}",
            styled(BOLD, output::printable(&shown.id)),
            shown.version
        ));
        output::line(styled(MUTED, shown.schedule_words.unwrap_or_default()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the newest version of a strategy to a file, or to standard output.
pub(crate) async fn export(
    data_dir: &Path,
    strategy: &str,
    file: Option<PathBuf>,
) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let exported = views::strategy_export(reader.strategy(strategy).await?);
    let Some(file) = file else {
        output::line(output::printable(exported.toml.trim_end()));
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::write(&file, &exported.toml).map_err(|error| {
        let message = format!("{} could not be written: {error}", file.display());
        ApiError::new(ErrorCode::Storage, message)
    })?;
    output::line(format!("Written to {}", file.display()));
    Ok(ExitCode::SUCCESS)
}

/// Says whether a file is a strategy, and what is wrong if it is none. Needs no data directory.
pub(crate) fn validate(file: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let shown = views::strategy_validation(&read(file)?);
    let status = ExitCode::from(if shown.valid { 0 } else { INVALID });
    if as_json {
        output::json(&shown)?;
        return Ok(status);
    }
    match &shown.error {
        None => {
            output::line(styled(GOOD, "valid"));
            let name = shown.name.as_deref().unwrap_or_default();
            output::line(format!("{} on {}", output::printable(name), shown.symbols.join(", ")));
            output::line(styled(MUTED, shown.schedule_words.as_deref().unwrap_or("no schedule")));
        }
        Some(error) => output::line(format!("not valid: {}", output::printable(error))),
    }
    Ok(status)
}

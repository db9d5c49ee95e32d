//! Halt, resume, flatten, approvals.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use throughline::api::dto::{ApprovalDto, ApprovalStatus};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::{Engine, Reader};
use throughline::clock::{Clock, SystemClock};
use throughline::executor::{Halt, HaltSwitch};
use throughline::risk::check_typed_account;

use crate::output::{self, ACCENT, BAD, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;

/// Status of a flattening that left something.
const NOT_FLAT: u8 = 1;

pub(crate) fn halt(data_dir: &Path, reason: &str, as_json: bool) -> Result<ExitCode, ApiError> {
    write_halt(data_dir, reason, None)?;
    if as_json {
        output::json(&json!({ "halted": true }))?;
    } else {
        output::line("Halted. No entry is sent until: throughline resume");
    }
    Ok(ExitCode::SUCCESS)
}

fn write_halt(data_dir: &Path, reason: &str, flatten: Option<String>) -> Result<(), ApiError> {
    let failed = |error: std::io::Error| {
        let message = format!("trading could not be halted in {}: {error}", data_dir.display());
        ApiError::new(ErrorCode::Storage, message)
    };
    std::fs::create_dir_all(data_dir).map_err(failed)?;
    let halt = Halt {
        since: SystemClock.wall_now(),
        by: "terminal".to_owned(),
        reason: reason.chars().take(200).collect(),
        flatten,
    };
    HaltSwitch::in_directory(data_dir).halt(&halt).map_err(failed)
}

/// Halts at once, and flattens. Where an engine is running, it is told by the file `HALT`.
pub(crate) async fn flatten(
    place: &Place,
    account: &str,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let data_dir = place.data_dir.as_path();
    let wrong = |error| ApiError::from(throughline::safety::FlattenError::from(error));
    if let Ok(reader) = Reader::open(data_dir).await {
        check_typed_account(account, &reader.account.known_account()?).map_err(wrong)?;
    }
    let switch = HaltSwitch::in_directory(data_dir);
    let reason = format!("account {account} is flattened");
    if switch.state().is_none() {
        write_halt(data_dir, &reason, None)?;
    }
    let engine = match Engine::open(place.options()).await {
        Ok(engine) => engine,
        Err(error) if error.code == ErrorCode::InUse => {
            write_halt(data_dir, &reason, Some(account.to_owned()))?;
            let sentence = "Halted. The engine that is running was told to flatten the account.";
            if as_json {
                output::json(&json!({ "is_flat": false, "sentence": sentence }))?;
            } else {
                output::line(sentence);
            }
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error),
    };
    // Flattening says by itself what it could not read or do; the halt holds either way.
    if let Err(error) = engine.require_session().await {
        tracing::warn!(%error, "the account cannot be reached yet");
    }
    let result = engine.flatten(account, "terminal").await;
    engine.close().await?;
    let report = views::flattened(result?);
    if as_json {
        output::json(&report)?;
    } else {
        let style = if report.is_flat { GOOD } else { BAD };
        output::line(styled(style, output::printable(&report.sentence)));
        output::line(styled(
            MUTED,
            format!(
                "{} orders cancelled, {} sent to close positions. Trading stays halted until: \
                 throughline resume",
                report.cancelled_orders, report.closing_orders
            ),
        ));
    }
    Ok(if report.is_flat { ExitCode::SUCCESS } else { ExitCode::from(NOT_FLAT) })
}

pub(crate) fn resume(data_dir: &Path) -> Result<ExitCode, ApiError> {
    let switch = HaltSwitch::in_directory(data_dir);
    if switch.state().is_none() {
        output::line("Trading is not halted.");
        return Ok(ExitCode::SUCCESS);
    }
    switch.resume().map_err(|error| {
        let message = format!("trading could not be resumed in {}: {error}", data_dir.display());
        ApiError::new(ErrorCode::Storage, message)
    })?;
    output::line("Resumed.");
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn approvals(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let listed = views::approvals(&reader.store).await?;
    if as_json {
        output::json(&listed)?;
    } else if listed.is_empty() {
        output::line("No order was put to a person yet.");
    } else {
        listed.iter().for_each(print_approval);
    }
    Ok(ExitCode::SUCCESS)
}

/// Decides on an order that waits. While an application runs, it decides in its window.
pub(crate) async fn decide(
    place: &Place,
    execution: &str,
    approve: bool,
    as_json: bool,
) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    if approve {
        engine.require_session().await?;
    }
    let result = match engine.decide_approval(execution, approve, "terminal").await {
        Ok(row) => views::approval(engine.store(), row).await,
        Err(error) => Err(error),
    };
    engine.close().await?;
    let approval = result?;
    if as_json {
        output::json(&approval)?;
    } else {
        print_approval(&approval);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_approval(approval: &ApprovalDto) {
    let state = match approval.status {
        ApprovalStatus::Pending => {
            styled(WARN, format!("waits until {}", output::printable(&approval.expires_at)))
        }
        ApprovalStatus::Approved => styled(GOOD, "approved"),
        ApprovalStatus::Declined => styled(BAD, "declined"),
        ApprovalStatus::Expired => styled(MUTED, "expired"),
    };
    output::line(format!(
        "{} {} {} at {}  {state}  {}",
        styled(BOLD, &approval.side),
        approval.quantity,
        output::printable(&approval.symbol),
        approval.limit_price,
        styled(ACCENT, &approval.execution_id),
    ));
    output::line(styled(MUTED, format!("  {}", output::printable(&approval.sentence))));
}

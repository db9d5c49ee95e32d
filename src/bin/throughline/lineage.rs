//! What was recorded, in the terminal: executions, their cards, and whether the record holds.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;
use throughline::api::dto::{AnchorsDto, ExecutionDto};
use throughline::api::{ApiError, views};
use throughline::app::Reader;

use crate::arguments::Json;
use crate::cards;
use crate::output::{self, ACCENT, BAD, GOOD, MUTED, styled};

#[derive(Debug, Subcommand)]
pub(crate) enum LineageCommand {
    /// List executions, newest first.
    List {
        /// Of this strategy only.
        #[arg(long, value_name = "STRATEGY")]
        strategy: Option<String>,
        /// At most this many, 1 to 500.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        json: Json,
    },
    /// Show the step cards of one execution.
    Show {
        /// Id of the execution.
        execution: String,
        #[command(flatten)]
        json: Json,
    },
    /// Recompute every hash, and name the first row that does not hold.
    Verify {
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) async fn lineage(
    data_dir: &Path,
    command: LineageCommand,
) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    match command {
        LineageCommand::List { strategy, limit, json } => {
            if let Some(strategy) = &strategy {
                reader.strategy(strategy).await?;
            }
            let listed = views::executions(&reader.store, strategy.as_deref(), limit).await?;
            if json.json {
                output::json(&listed)?;
            } else if listed.is_empty() {
                output::line("No execution yet. Run one: throughline run sample");
            } else {
                listed.iter().for_each(print_execution);
            }
        }
        LineageCommand::Show { execution, json } => {
            let document = views::lineage(&reader.store, &execution).await?;
            if json.json {
                output::json(&document)?;
            } else {
                cards::print(&document);
            }
        }
        LineageCommand::Verify { json } => {
            let verified = views::verify(&reader.store, data_dir).await?;
            if json.json {
                output::json(&verified)?;
            } else {
                match &verified.first_fault {
                    None => output::line(format!(
                        "{} {} rows and {} blobs hold.{}",
                        styled(GOOD, "intact:"),
                        verified.rows,
                        verified.blobs,
                        anchored(&verified.anchors),
                    )),
                    Some(fault) => output::line(format!(
                        "{} {}",
                        styled(BAD, "not intact:"),
                        output::printable(fault)
                    )),
                }
            }
            return Ok(ExitCode::from(u8::from(!verified.intact)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the anchors outside the database say, after what the chain itself says.
fn anchored(anchors: &AnchorsDto) -> String {
    let Some(last_day) = &anchors.last_day else {
        return " No day is anchored outside the database yet.".to_owned();
    };
    let by = match anchors.fingerprints.as_slice() {
        [] => "none of them signed".to_owned(),
        keys => format!("{} of them signed by {}", anchors.signed, keys.join(" and ")),
    };
    format!(" {} days are anchored until {last_day}, {by}.", anchors.count)
}

fn print_execution(execution: &ExecutionDto) {
    let outcome = execution.outcome.map_or_else(
        || "under way".to_owned(),
        |outcome| json!(outcome).as_str().unwrap_or_default().replace('_', " "),
    );
    output::line(format!(
        "{}  {:<5} {:<14} {}  {}",
        execution.exchange_time,
        execution.symbol,
        outcome,
        styled(ACCENT, &execution.id),
        styled(MUTED, output::printable(execution.sentence.as_deref().unwrap_or("–"))),
    ));
}

//! Backups in the terminal. A backup is made beside an engine that may be running; a restore needs
//! the directory for itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use throughline::api::{ApiError, views};
use throughline::app::backup::{self, BackupPhase, BackupProgress, BackupReport, RestoreOutcome};
use throughline::clock::{Clock as _, SystemClock};
use throughline::store::Store;

use crate::arguments::Json;
use crate::output::{self, BOLD, MUTED, StepBar, styled};
use crate::place::Place;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file, such as throughline.throughline-backup; must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    file: PathBuf,
    /// Only say what is in it.
    #[arg(long)]
    inspect: bool,
    /// Set the data aside that is there now.
    #[arg(long, conflicts_with = "inspect")]
    yes: bool,
    #[command(flatten)]
    json: Json,
}

pub(crate) async fn backup(data_dir: &Path, arguments: Backup) -> Result<ExitCode, ApiError> {
    let store = Store::open_read_only(data_dir).await?;
    let (bar, report) = progress();
    let now = SystemClock.wall_now();
    let made = backup::create(&store, data_dir, &arguments.file, now, report).await;
    store.close().await;
    bar.finish();
    let made = made?;
    if arguments.json.json {
        output::json(&views::backup_made(&made))?;
    } else {
        output::line(format!(
            "{}  {:.1} MB, read back and whole",
            styled(BOLD, made.file.display()),
            made.bytes as f64 / 1e6
        ));
        output::line(styled(
            MUTED,
            "Keys of models are not in it: they are in the vault of this computer.",
        ));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(place: &Place, arguments: Restore) -> Result<ExitCode, ApiError> {
    if arguments.inspect {
        return inspect(&arguments.file, arguments.json.json).await;
    }
    let environment = place.gateway.environment();
    let (bar, report) = progress();
    let now = SystemClock.wall_now();
    let data_dir = place.data_dir.as_path();
    let done =
        backup::restore(&arguments.file, data_dir, environment, arguments.yes, now, report).await;
    bar.finish();
    let outcome = RestoreOutcome::of(&Ok(done?), now);
    if arguments.json.json {
        output::json(&views::restore_outcome(outcome))?;
    } else {
        output::line(output::printable(&outcome.sentence));
        output::line(styled(MUTED, "Then: throughline resume"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn inspect(file: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let found = views::backup_manifest(backup::inspect(file).await?);
    if as_json {
        output::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    let account = found.account_id.as_deref().unwrap_or("not known");
    for (name, value) in [
        ("Made", found.made_at.clone()),
        ("By version", found.program.clone()),
        ("Account", format!("{account} ({})", found.environment)),
        ("Executions", found.executions.to_string()),
        ("Orders", found.orders.to_string()),
        ("Fills", found.fills.to_string()),
        ("Open positions", found.positions.to_string()),
        ("Records", found.lineage_rows.to_string()),
        ("End of the chain", found.chain_head.clone().unwrap_or_else(|| "–".to_owned())),
    ] {
        let value = output::printable(&value);
        output::line(format!("{} {value}", styled(MUTED, format!("{name:<18}"))));
    }
    Ok(ExitCode::SUCCESS)
}

fn progress() -> (Arc<StepBar>, BackupReport) {
    let bar = Arc::new(StepBar::new());
    let shown = Arc::clone(&bar);
    let report = Arc::new(move |progress: BackupProgress| {
        let words = match progress.phase {
            BackupPhase::Copying => "copying the database",
            BackupPhase::Checking => "checking the hashes",
            BackupPhase::Packing => "packing",
            BackupPhase::Reading => "reading",
        };
        shown.show(words, progress.done, progress.total);
    });
    (bar, report)
}

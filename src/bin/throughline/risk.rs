use std::path::Path;
use std::process::ExitCode;

use throughline::api::{ApiError, views};
use throughline::app::Reader;

use crate::output::{self, BAD, BOLD, MUTED, WARN, styled};

/// Limits of the account with what of them is used, and the locks in force.
pub(crate) async fn risk(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let reader = Reader::open(data_dir).await?;
    let risk = views::risk(&reader.store, &reader.account, reader.now).await?;
    if as_json {
        output::json(&risk)?;
        return Ok(ExitCode::SUCCESS);
    }
    for used in &risk.uses {
        let limit = match (&used.most, &used.warn) {
            (Some(most), _) => format!("limit {most}"),
            (None, Some(warn)) => format!("warns above {warn}"),
            (None, None) => "no limit".to_owned(),
        };
        let value = match used.state.as_str() {
            "reached" => styled(BAD, format!("{:>10}", used.value)),
            "warned" => styled(WARN, format!("{:>10}", used.value)),
            _ => format!("{:>10}", used.value),
        };
        output::line(format!("{:<30} {value}  {}", used.limit, styled(MUTED, limit)));
    }
    if risk.locks.is_empty() {
        output::line("No lock is in force.");
    }
    for lock in &risk.locks {
        output::line(format!(
            "{} {} {}",
            styled(WARN, format!("lock {}", lock.lock.lock_id)),
            styled(BOLD, &lock.lock.kind),
            output::printable(&lock.lock.sentence)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use throughline::api::{ApiError, views};
use throughline::app::Reader;
use throughline::executor::HaltSwitch;
use throughline::sandbox::data;
use throughline::secrets::keychain::Keychain;
use throughline::secrets::probe;

use crate::output::{self, BAD, GOOD, WARN, styled};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    /// `ok`, `note` or `fault`.
    state: &'static str,
    detail: String,
}

/// Looks at everything that Throughline needs. A fault gives status 1; a note does not.
pub(crate) async fn doctor(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    let mut checks = vec![directory(data_dir)];
    checks.extend(database(data_dir).await);
    checks.push(prices(data_dir));
    checks.push(keychain().await);
    checks.push(halt(data_dir));
    checks.push(display());
    let faults = checks.iter().filter(|check| check.state == "fault").count();
    if as_json {
        output::json(&checks)?;
    } else {
        for check in &checks {
            let mark = match check.state {
                "ok" => styled(GOOD, "ok   "),
                "note" => styled(WARN, "note "),
                _ => styled(BAD, "fault"),
            };
            output::line(format!(
                "{mark}  {:<14} {}",
                check.name,
                output::printable(&check.detail)
            ));
        }
    }
    Ok(ExitCode::from(u8::from(faults > 0)))
}

fn directory(data_dir: &Path) -> Check {
    let name = "data directory";
    let shown = data_dir.display();
    match std::fs::metadata(data_dir) {
        Ok(found) if found.is_dir() => Check { name, state: "ok", detail: shown.to_string() },
        Ok(_) => {
            Check { name, state: "fault", detail: format!("{shown} is a file, not a directory") }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Check { name, state: "note", detail: format!("{shown} is made by the first run") }
        }
        Err(error) => Check { name, state: "fault", detail: format!("{shown}: {error}") },
    }
}

async fn database(data_dir: &Path) -> Vec<Check> {
    let name = "database";
    if !data_dir.join("throughline.db").exists() {
        return vec![Check { name, state: "note", detail: "made by the first run".to_owned() }];
    }
    let reader = match Reader::open(data_dir).await {
        Ok(reader) => reader,
        Err(error) => return vec![Check { name, state: "fault", detail: error.message }],
    };
    let mut checks = Vec::new();
    match reader.store.counts().await {
        Ok(counts) => checks.push(Check {
            name,
            state: "ok",
            detail: format!(
                "{} executions, {} orders, {} fills, sandbox clock at {}",
                counts.executions,
                counts.orders,
                counts.fills,
                views::exchange_time(reader.now)
            ),
        }),
        Err(error) => checks.push(Check { name, state: "fault", detail: error.to_string() }),
    }
    checks.push(match views::verify(&reader.store, data_dir).await {
        Ok(verified) => match verified.first_fault {
            None => Check {
                name: "lineage",
                state: "ok",
                detail: format!("{} rows and {} blobs hold", verified.rows, verified.blobs),
            },
            Some(fault) => Check { name: "lineage", state: "fault", detail: fault },
        },
        Err(error) => Check { name: "lineage", state: "fault", detail: error.message },
    });
    checks
}

fn prices(data_dir: &Path) -> Check {
    let name = "prices";
    match data::load_all(&data::prices_directory(data_dir)) {
        Ok(imported) => Check {
            name,
            state: "ok",
            detail: format!("5 bundled series, {} imported", imported.len()),
        },
        Err(error) => Check { name, state: "fault", detail: error.to_string() },
    }
}

async fn keychain() -> Check {
    let name = "keychain";
    match probe(&Keychain).await {
        Ok(sentence) => Check { name, state: "ok", detail: sentence },
        // Nothing in the sandbox needs a secret yet.
        Err(error) => Check { name, state: "note", detail: error.to_string() },
    }
}

fn halt(data_dir: &Path) -> Check {
    let name = "trading";
    match HaltSwitch::in_directory(data_dir).state() {
        None => Check { name, state: "ok", detail: "not halted".to_owned() },
        Some(halt) => Check {
            name,
            state: "note",
            detail: format!("halted by {} since {}: {}", halt.by, halt.since, halt.reason),
        },
    }
}

fn display() -> Check {
    let name = "display";
    let set = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    if !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY") {
        Check { name, state: "ok", detail: "a window can be opened".to_owned() }
    } else {
        Check {
            name,
            state: "note",
            detail: "none; the terminal does everything but the window".into(),
        }
    }
}

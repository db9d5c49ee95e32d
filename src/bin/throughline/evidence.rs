//! Bundles of evidence: made beside an engine that may be running, verified without any data.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use throughline::api::{ApiError, ErrorCode, views};
use throughline::app::{
    ExportedEvidence, evidence_key, evidence_subject, export_evidence, vault_beside,
};
use throughline::evidence::{MOST_BYTES, verify_bundle};
use throughline::secrets::vault::Vault;
use throughline::store::Store;

use crate::arguments::Json;
use crate::model::typed;
use crate::output::{self, BAD, BOLD, GOOD, MUTED, styled};

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Write everything that was recorded of an execution, an order or a day to one signed file.
    Export(Export),
    /// Say whether a bundle holds, or name the first record that does not. Needs no data directory.
    Verify {
        /// The bundle.
        file: PathBuf,
        /// Fingerprint of the key that must have signed it.
        #[arg(long, value_name = "FINGERPRINT")]
        key: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Show the fingerprint of the key that signs for this installation; made if there is none.
    Key {
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    subject: SubjectArguments,
    /// The file, such as evidence.zip; must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    json: Json,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct SubjectArguments {
    /// Of this execution.
    #[arg(long, value_name = "ID")]
    execution: Option<String>,
    /// Of this order, by our id of it.
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// Of every execution of this day at the exchange, such as 2012-06-15.
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
}

pub(crate) async fn evidence(
    data_dir: &Path,
    command: EvidenceCommand,
) -> Result<ExitCode, ApiError> {
    match command {
        EvidenceCommand::Export(arguments) => export(data_dir, arguments).await,
        EvidenceCommand::Verify { file, key, json } => verify(&file, key.as_deref(), json.json),
        EvidenceCommand::Key { json } => key(data_dir, json.json).await,
    }
}

async fn export(data_dir: &Path, arguments: Export) -> Result<ExitCode, ApiError> {
    let SubjectArguments { execution, order, day } = arguments.subject;
    let kinds = [("execution", execution), ("order", order), ("day", day)];
    let named = kinds.into_iter().find_map(|(kind, name)| Some((kind, name?)));
    let (kind, name) = named.ok_or_else(|| {
        ApiError::new(ErrorCode::InvalidRequest, "name an execution, an order or a day")
    })?;
    let subject = evidence_subject(kind, &name)?;
    let store = Store::open_read_only(data_dir).await?;
    let vault = vault_beside(data_dir);
    let mut exported = export_evidence(&store, data_dir, &vault, &subject, &arguments.out).await;
    if may_be_opened(&vault, exported.as_ref().err()).await? {
        exported = export_evidence(&store, data_dir, &vault, &subject, &arguments.out).await;
    }
    store.close().await;
    let exported = exported?;
    if arguments.json.json {
        output::json(&views::evidence(&exported))?;
    } else {
        print_exported(&exported);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_exported(exported: &ExportedEvidence) {
    output::line(format!(
        "{}  {:.1} MB, {} rows of the chain, {} of them with their content",
        styled(BOLD, exported.path.display()),
        exported.bytes as f64 / 1e6,
        exported.rows,
        exported.rows_with_content
    ));
    output::line(format!("{} {}", styled(MUTED, "signed by"), exported.fingerprint));
    output::line(styled(
        MUTED,
        "Checked with: throughline evidence verify FILE, or verify.html inside it, in a browser.",
    ));
}

/// Where the vault needs a passphrase, it is asked for at a terminal. Says whether one was given.
async fn may_be_opened(vault: &Vault, refusal: Option<&ApiError>) -> Result<bool, ApiError> {
    if refusal.is_none_or(|error| error.code != ErrorCode::NotNow) {
        return Ok(false);
    }
    let Some(passphrase) = typed("Passphrase for the vault of keys: ")? else { return Ok(false) };
    vault.give_passphrase(passphrase).await?;
    Ok(true)
}

async fn key(data_dir: &Path, as_json: bool) -> Result<ExitCode, ApiError> {
    // A directory without data has no installation whose key it could be.
    Store::open_read_only(data_dir).await?.close().await;
    let vault = vault_beside(data_dir);
    let mut found = evidence_key(&vault).await;
    if may_be_opened(&vault, found.as_ref().err()).await? {
        found = evidence_key(&vault).await;
    }
    let found = found?;
    if as_json {
        let shown = serde_json::json!({
            "fingerprint": found.fingerprint(),
            "public_key": found.to_hex(),
        });
        output::json(&shown)?;
    } else {
        output::line(found.fingerprint());
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(file: &Path, key: Option<&str>, as_json: bool) -> Result<ExitCode, ApiError> {
    let key = key.map(fingerprint).transpose()?;
    let found = views::evidence_verification(verify_bundle(&read(file)?, key.as_deref()));
    if as_json {
        output::json(&found)?;
        return Ok(ExitCode::from(u8::from(!found.holds)));
    }
    let said = match &found.first_fault {
        Some(fault) => format!("{} {}", styled(BAD, "does not hold:"), output::printable(fault)),
        None => format!(
            "{} {} files, {} rows of the chain, {} of them with their content, {} anchors.",
            styled(GOOD, "holds:"),
            found.files,
            found.rows,
            found.rows_with_content,
            found.anchors
        ),
    };
    output::line(said);
    for (name, value) in [
        ("About", &found.subject),
        ("Account", &found.account_id),
        ("Made", &found.made_at),
        ("By version", &found.program_version),
        ("Signed by", &found.fingerprint),
    ] {
        if let Some(value) = value {
            let value = output::printable(value);
            output::line(format!("{} {value}", styled(MUTED, format!("{name:<11}"))));
        }
    }
    for left in &found.redactions {
        let what = output::printable(&left.what);
        output::line(format!(
            "{} {} ({}): {what}",
            styled(MUTED, format!("{:<11}", "Left out")),
            output::printable(&left.rule),
            left.count
        ));
    }
    if found.holds && key.is_none() {
        output::line(styled(
            MUTED,
            "Whose key it is shows in the fingerprint: compare it, or name it with --key.",
        ));
    }
    Ok(ExitCode::from(u8::from(!found.holds)))
}

/// Spaces and colons that a person may have typed say nothing, nor does the case.
fn fingerprint(text: &str) -> Result<String, ApiError> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ':')).collect();
    if digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(digits.to_ascii_lowercase());
    }
    let shown: String = text.chars().take(80).collect();
    Err(ApiError::new(ErrorCode::InvalidRequest, format!("\"{shown}\" is not a fingerprint"))
        .with_hint("throughline evidence key shows that of this installation, 64 digits"))
}

fn read(file: &Path) -> Result<Vec<u8>, ApiError> {
    let failed = |error: std::io::Error| {
        let message = format!("{} could not be read: {error}", file.display());
        ApiError::new(ErrorCode::InvalidRequest, message)
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::anchors::{AnchorError, Anchors};
use super::bundle::{
    ANCHORS, BROKER, CHAIN, FORMAT, FileRecord, MANIFEST, Manifest, RECORDS, SIGNATURE,
    SignatureRecord, SubjectRecord, VERIFIER,
};
use super::collect::{Subject, collect, usable};
use super::container::{PackError, PackedFile, pack};
use super::key::{KeyError, SigningKey, sha256};
use crate::domain::Environment;
use crate::store::{Store, StoreError};

/// The page that verifies a bundle in a browser.
const VERIFIER_PAGE: &str = include_str!("verify.html");

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is no such thing.
    #[error("there is no {} \"{}\" to export", .0.kind, .0.name)]
    Missing(SubjectRecord),
    /// A day that no clock has.
    #[error("the day has no midnight at the exchange")]
    Time(#[source] jiff::Error),
    /// A record refers to something that is not there any more.
    #[error("the blob {0} that a record refers to is not in the database; verify the lineage")]
    NoBlob(String),
    /// A row that the store never writes.
    #[error("row {sequence} of the chain cannot be read; verify the lineage")]
    Unreadable {
        /// Its place in the chain.
        sequence: i64,
    },
    /// More rows than a bundle takes.
    #[error(
        "the chain from the first to the last record has {rows} rows, and {most} are the most; \
         export single executions, or a shorter time"
    )]
    TooLong {
        /// How many.
        rows: i64,
        /// The most.
        most: i64,
    },
    /// The container.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file of the bundle could not be written.
    #[error("a file of the bundle could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The anchors.
    #[error(transparent)]
    Anchors(#[from] AnchorError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The disk.
    #[error("{} could not be written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// In the words of the system.
        #[source]
        source: std::io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Of what a bundle is made beside the store.
pub struct ExportParts<'a> {
    /// The key of the installation.
    pub key: &'a SigningKey,
    /// The anchors of the data directory.
    pub anchors: &'a Anchors,
    /// Where orders go.
    pub environment: Environment,
    /// To which account.
    pub account_id: &'a str,
    /// Wall time.
    pub made_at: Timestamp,
}

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Fingerprint of the key that signed it.
    pub fingerprint: String,
    /// Rows of the chain in it.
    pub rows: u64,
    /// Rows whose content is in it.
    pub rows_with_content: u64,
}

/// Makes a bundle. Nothing is written but its bytes.
pub async fn export_bundle(
    store: &Store,
    subject: &Subject,
    parts: &ExportParts<'_>,
) -> Result<Bundle, ExportError> {
    let public_key = parts.key.public();
    let usable = usable(parts.anchors, &public_key.to_hex());
    let collected = collect(store, subject, &usable).await?;
    let mut chain = Vec::new();
    for line in &collected.chain_lines {
        serde_json::to_writer(&mut chain, line)?;
        chain.push(b'\n');
    }
    let mut anchors = String::new();
    for line in &collected.anchor_lines {
        anchors.push_str(line);
        anchors.push('\n');
    }
    let file = |name: &str, bytes: Vec<u8>| PackedFile { name: name.to_owned(), bytes };
    let mut files = vec![
        file(VERIFIER, VERIFIER_PAGE.as_bytes().to_vec()),
        file(RECORDS, serde_json::to_vec_pretty(&collected.records)?),
        file(BROKER, serde_json::to_vec_pretty(&collected.broker)?),
        file(CHAIN, chain),
        file(ANCHORS, anchors.into_bytes()),
    ];
    files.extend(collected.content);
    let rows = collected.chain_lines.len() as u64;
    let rows_with_content = collected.chain.as_ref().map_or(0, |chain| chain.rows_with_content);
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        subject: subject.record(),
        made_at: parts.made_at,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: parts.environment,
        account_id: parts.account_id.to_owned(),
        public_key: public_key.to_hex(),
        chain: collected.chain,
        redactions: collected.redactions,
        files: files
            .iter()
            .map(|file| FileRecord {
                path: file.name.clone(),
                bytes: file.bytes.len() as u64,
                sha256: sha256(&file.bytes),
            })
            .collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let fingerprint = public_key.fingerprint();
    let signature = SignatureRecord {
        algorithm: "Ed25519".to_owned(),
        public_key: public_key.to_hex(),
        fingerprint: fingerprint.clone(),
        signature: parts.key.sign(&manifest),
    };
    let mut all =
        vec![file(MANIFEST, manifest), file(SIGNATURE, serde_json::to_vec_pretty(&signature)?)];
    all.append(&mut files);
    let bytes = pack(&all)?;
    Ok(Bundle { bytes, fingerprint, rows, rows_with_content })
}

/// Writes a bundle to a file that must not be there yet.
pub fn write_bundle(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    use std::io::Write as _;
    let failed = |source| ExportError::File { path: path.to_path_buf(), source };
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a bundle is none. What cannot be removed is named in the error all the same.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(failed)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::VERIFIER_PAGE;

    fn between(begin: &str, end: &str) -> &'static str {
        let (_, rest) = VERIFIER_PAGE.split_once(begin).expect("the page has the part");
        rest.split_once(end).expect("the part ends").0
    }

    #[test]
    fn the_page_lets_nothing_run_but_its_own_script_and_reaches_nothing() {
        let policy = between("Content-Security-Policy\" content=\"", "\">");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        for (directive, part) in [
            ("script-src", between("<script>", "</script>")),
            ("style-src", between("<style>", "</style>")),
        ] {
            let hash = STANDARD.encode(Sha256::digest(part.as_bytes()));
            let expected = format!("{directive} 'sha256-{hash}'");
            assert!(policy.contains(&expected), "the page must say: {expected}");
        }
        for reach in ["fetch(", "XMLHttpRequest", "WebSocket", "import(", "innerHTML", "eval("] {
            assert!(!VERIFIER_PAGE.contains(reach), "the page has {reach}");
        }
    }
}

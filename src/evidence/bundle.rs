//! What a bundle holds: the shapes of its files. docs/evidence.md says the same to a third party.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Environment;
use crate::store::chain::Envelope;

/// The form of a bundle.
pub(super) const FORMAT: &str = "throughline-evidence/1";

/// Names of the files that every bundle has.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "signature.json";
pub(super) const CHAIN: &str = "chain.jsonl";
pub(super) const ANCHORS: &str = "anchors.jsonl";
pub(super) const RECORDS: &str = "records.json";
pub(super) const BROKER: &str = "broker.json";
pub(super) const VERIFIER: &str = "verify.html";
/// The folder of texts and images, each under the BLAKE3 of its bytes.
pub(super) const CONTENT: &str = "content/";

/// What a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRecord {
    /// `execution`, `order` or `day`.
    pub kind: String,
    /// Its id, or the day at the exchange.
    pub name: String,
}

/// One file, as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Such as `content/00….json`.
    pub path: String,
    /// Length.
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

/// Which stretch of the chain is in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainRecord {
    /// Place of the first row.
    pub first_sequence: i64,
    /// Place of the last row.
    pub last_sequence: i64,
    /// Hash of the row before the first.
    pub previous_hash: String,
    /// Hash of the last row.
    pub last_hash: String,
    /// Rows of which the bundle has the content.
    pub rows_with_content: u64,
}

/// Something that is not in the bundle, and the rule by which it is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Such as `other_executions`.
    pub rule: String,
    /// What is left out, as a sentence.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `throughline-evidence/1`.
    pub format: String,
    /// What it is about.
    pub subject: SubjectRecord,
    /// Wall time.
    pub made_at: Timestamp,
    /// Version of the program that made the bundle.
    pub program_version: String,
    /// Where orders went.
    pub environment: Environment,
    /// To which account.
    pub account_id: String,
    /// Public key of the installation.
    pub public_key: String,
    /// The stretch of the chain; nothing where nothing was recorded.
    pub chain: Option<ChainRecord>,
    /// What is left out, by rule.
    pub redactions: Vec<Redaction>,
    /// Every file but this one and the signature.
    pub files: Vec<FileRecord>,
}

/// The signature of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureRecord {
    /// `Ed25519`.
    pub algorithm: String,
    /// 64 hexadecimal digits; the same as in the manifest.
    pub public_key: String,
    /// SHA-256 of the public key's bytes.
    pub fingerprint: String,
    /// Over the bytes of `manifest.json`, 128 hexadecimal digits.
    pub signature: String,
}

/// One row of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainLine {
    /// Every column, long texts by their hash.
    pub envelope: Envelope,
    /// Hash of the row before.
    pub previous_hash: String,
    /// Hash of this row.
    pub hash: String,
    /// The texts of the row, and what they refer to, are in the bundle.
    pub has_content: bool,
}

impl ChainLine {
    /// The row, for a person.
    pub fn name(&self) -> String {
        let Envelope { sequence, step_name, execution_id, .. } = &self.envelope;
        format!("row {sequence} ({step_name} of {execution_id})")
    }

    /// The texts of the row, by what they are.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let envelope = &self.envelope;
        let error = envelope.error.as_deref();
        [
            ("input", Some(envelope.input.as_str())),
            ("output", Some(envelope.output.as_str())),
            ("metadata", Some(envelope.metadata.as_str())),
            ("error", error),
        ]
        .into_iter()
        .filter_map(|(name, hash)| Some((name, hash?)))
    }
}

/// The name of a file of content.
pub(super) fn content_name(hash: &str, media_type: &str) -> String {
    let ending = match media_type {
        "application/json" => "json",
        "image/png" => "png",
        kind if kind.starts_with("text/") => "txt",
        _ => "bin",
    };
    format!("{CONTENT}{hash}.{ending}")
}

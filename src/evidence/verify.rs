//! Verifies a bundle from its bytes alone. `verify.html` does the same in a browser.

use std::collections::{BTreeMap, BTreeSet};

use super::anchors::Anchor;
use super::bundle::{
    ANCHORS, CHAIN, CONTENT, ChainLine, FORMAT, MANIFEST, Manifest, Redaction, SIGNATURE,
    SignatureRecord, SubjectRecord,
};
use super::container::unpack;
use super::key::{PublicKey, sha256};
use crate::lineage::blobs_in;
use crate::store::chain::envelope_hash;

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFault {
    /// The record, the file or the container.
    pub place: String,
    /// What is wrong with it, as a clause.
    pub what: String,
}

impl BundleFault {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl std::fmt::Display for BundleFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What a verification found. What a bundle says of itself is only to be believed where there is no
/// fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleVerification {
    /// What it is about.
    pub subject: Option<SubjectRecord>,
    /// When it was made, as it says.
    pub made_at: Option<jiff::Timestamp>,
    /// Version of the program that made it, as it says.
    pub program_version: Option<String>,
    /// Account whose records it holds, as it says.
    pub account_id: Option<String>,
    /// Fingerprint of the key that signed it.
    pub fingerprint: Option<String>,
    /// Files that hold.
    pub files: u64,
    /// Rows of the chain that hold.
    pub rows: u64,
    /// Rows whose content is in the bundle and holds.
    pub rows_with_content: u64,
    /// Anchors that hold.
    pub anchors: u64,
    /// What was left out, by rule.
    pub redactions: Vec<Redaction>,
    /// The first record that does not hold.
    pub first_fault: Option<BundleFault>,
}

impl BundleVerification {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.first_fault.is_none()
    }
}

/// Verifies a bundle. With a fingerprint, it must be signed by the key that has it.
pub fn verify_bundle(archive: &[u8], fingerprint: Option<&str>) -> BundleVerification {
    let mut found = BundleVerification::default();
    found.first_fault = verify(archive, fingerprint, &mut found).err();
    found
}

type Files<'a> = BTreeMap<&'a str, &'a [u8]>;

fn verify(
    archive: &[u8],
    fingerprint: Option<&str>,
    found: &mut BundleVerification,
) -> Result<(), BundleFault> {
    let unpacked =
        unpack(archive).map_err(|fault| BundleFault::new("the container", fault.to_string()))?;
    let files: Files<'_> = unpacked.files.iter().copied().collect();
    let manifest = signed_manifest(&files, fingerprint, found)?;
    check_files(&manifest, &files, found)?;
    let lines = chain_lines(&files)?;
    check_chain(&manifest, &lines, found)?;
    check_content(&lines, &files, found)?;
    check_anchors(&manifest, &lines, &files, found)?;
    match unpacked.fault {
        Some(fault) => Err(BundleFault::new("the container", fault.to_string())),
        None => Ok(()),
    }
}

fn file<'a>(files: &Files<'a>, name: &str) -> Result<&'a [u8], BundleFault> {
    files.get(name).copied().ok_or_else(|| BundleFault::new(name, "the file is missing"))
}

fn signed_manifest(
    files: &Files<'_>,
    fingerprint: Option<&str>,
    found: &mut BundleVerification,
) -> Result<Manifest, BundleFault> {
    let bytes = file(files, MANIFEST)?;
    let signature: SignatureRecord = serde_json::from_slice(file(files, SIGNATURE)?)
        .map_err(|_| BundleFault::new(SIGNATURE, "it is no signature"))?;
    if signature.algorithm != "Ed25519" {
        return Err(BundleFault::new(SIGNATURE, "it is by an algorithm that is not known here"));
    }
    let key = PublicKey::parse(&signature.public_key)
        .ok_or_else(|| BundleFault::new(SIGNATURE, "its public key is none"))?;
    if key.fingerprint() != signature.fingerprint {
        return Err(BundleFault::new(SIGNATURE, "its fingerprint is not that of its key"));
    }
    if !key.has_signed(bytes, &signature.signature) {
        return Err(BundleFault::new(MANIFEST, "its signature does not hold"));
    }
    let manifest: Manifest = serde_json::from_slice(bytes)
        .map_err(|_| BundleFault::new(MANIFEST, "it is no manifest that is known here"))?;
    if manifest.format != FORMAT {
        return Err(BundleFault::new(MANIFEST, "it is of another form than is known here"));
    }
    if manifest.public_key != signature.public_key {
        return Err(BundleFault::new(SIGNATURE, "its key is another than the manifest names"));
    }
    found.subject = Some(manifest.subject.clone());
    found.made_at = Some(manifest.made_at);
    found.program_version = Some(manifest.program_version.clone());
    found.account_id = Some(manifest.account_id.clone());
    found.redactions.clone_from(&manifest.redactions);
    found.fingerprint = Some(signature.fingerprint.clone());
    if let Some(expected) = fingerprint
        && expected != signature.fingerprint
    {
        let what = format!("it is signed by another key, {}", signature.fingerprint);
        return Err(BundleFault::new(SIGNATURE, what));
    }
    Ok(manifest)
}

fn check_files(
    manifest: &Manifest,
    files: &Files<'_>,
    found: &mut BundleVerification,
) -> Result<(), BundleFault> {
    let mut named: BTreeSet<&str> = [MANIFEST, SIGNATURE].into();
    for record in &manifest.files {
        let path = record.path.as_str();
        if !named.insert(path) {
            return Err(BundleFault::new(MANIFEST, format!("it names {path} twice")));
        }
        let bytes = files.get(path).copied();
        let is_right = bytes.is_some_and(|bytes| {
            bytes.len() as u64 == record.bytes && sha256(bytes) == record.sha256
        });
        if !is_right {
            return Err(changed_file(path, bytes, files));
        }
        found.files += 1;
    }
    let extra = files.keys().find(|path| !named.contains(*path));
    match extra {
        Some(extra) => Err(BundleFault::new(*extra, "the manifest does not name this file")),
        None => Ok(()),
    }
}

/// Names the record that a changed file belongs to.
fn changed_file(path: &str, bytes: Option<&[u8]>, files: &Files<'_>) -> BundleFault {
    let what = if bytes.is_some() { "was changed" } else { "is missing" };
    if path == CHAIN {
        let lines = bytes.map(|_| chain_lines(files));
        let fault = match lines {
            Some(Err(fault)) => Some(fault),
            Some(Ok(lines)) => first_broken(&lines),
            None => None,
        };
        return fault.unwrap_or_else(|| BundleFault::new(CHAIN, format!("the file {what}")));
    }
    let whole = BundleFault::new(path, format!("the file {what}"));
    let Some(hash) = path.strip_prefix(CONTENT).and_then(|name| name.split('.').next()) else {
        return whole;
    };
    let Ok(lines) = chain_lines(files) else { return whole };
    for line in lines.iter().filter(|line| line.has_content) {
        for (name, text_hash) in line.texts() {
            if text_hash == hash {
                return BundleFault::new(line.name(), format!("its {name} {what}"));
            }
            let text = content(files, text_hash).and_then(|bytes| str::from_utf8(bytes).ok());
            let refers = text
                .is_some_and(|text| blobs_in(text).iter().any(|(referred, _)| referred == hash));
            if refers {
                let what = format!("what its {name} refers to, {hash}, {what}");
                return BundleFault::new(line.name(), what);
            }
        }
    }
    whole
}

fn content<'a>(files: &Files<'a>, hash: &str) -> Option<&'a [u8]> {
    let prefix = format!("{CONTENT}{hash}.");
    let (name, bytes) = files.range(prefix.as_str()..).next()?;
    name.starts_with(&prefix).then_some(*bytes)
}

fn chain_lines(files: &Files<'_>) -> Result<Vec<ChainLine>, BundleFault> {
    let bytes = file(files, CHAIN)?;
    let text = String::from_utf8_lossy(bytes);
    let mut lines = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let line = serde_json::from_str(line).map_err(|_| {
            BundleFault::new(CHAIN, format!("line {} is no row of the chain", place + 1))
        })?;
        lines.push(line);
    }
    Ok(lines)
}

/// The first row whose hash does not hold, or which does not follow from the row before it.
fn first_broken(lines: &[ChainLine]) -> Option<BundleFault> {
    let mut before: Option<&ChainLine> = None;
    for line in lines {
        let follows = before.is_none_or(|before| {
            line.previous_hash == before.hash
                && line.envelope.sequence == before.envelope.sequence + 1
        });
        if !follows {
            return Some(BundleFault::new(
                line.name(),
                "it does not follow from the row before it",
            ));
        }
        let hash = envelope_hash(&line.previous_hash, &line.envelope).ok();
        if hash.as_deref() != Some(&line.hash) {
            return Some(BundleFault::new(line.name(), "it does not match its hash"));
        }
        before = Some(line);
    }
    None
}

fn check_chain(
    manifest: &Manifest,
    lines: &[ChainLine],
    found: &mut BundleVerification,
) -> Result<(), BundleFault> {
    if let Some(fault) = first_broken(lines) {
        return Err(fault);
    }
    found.rows = lines.len() as u64;
    let with_content = lines.iter().filter(|line| line.has_content).count() as u64;
    let agrees = match (&manifest.chain, lines.first().zip(lines.last())) {
        (None, None) => true,
        (Some(chain), Some((first, last))) => {
            chain.first_sequence == first.envelope.sequence
                && chain.last_sequence == last.envelope.sequence
                && chain.previous_hash == first.previous_hash
                && chain.last_hash == last.hash
                && chain.rows_with_content == with_content
        }
        _ => false,
    };
    if agrees {
        Ok(())
    } else {
        Err(BundleFault::new(CHAIN, "its rows are others than the manifest names"))
    }
}

fn check_content(
    lines: &[ChainLine],
    files: &Files<'_>,
    found: &mut BundleVerification,
) -> Result<(), BundleFault> {
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with(CONTENT)) {
        let hash = path[CONTENT.len()..].split('.').next().unwrap_or_default();
        if blake3::hash(bytes).to_hex().as_str() != hash {
            return Err(BundleFault::new(*path, "it does not match the hash in its name"));
        }
    }
    for line in lines.iter().filter(|line| line.has_content) {
        for (name, hash) in line.texts() {
            let bytes = content(files, hash)
                .ok_or_else(|| BundleFault::new(line.name(), format!("its {name} is missing")))?;
            let text = str::from_utf8(bytes)
                .map_err(|_| BundleFault::new(line.name(), format!("its {name} is no text")))?;
            for (referred, _) in blobs_in(text) {
                if content(files, &referred).is_none() {
                    let what = format!("what its {name} refers to, {referred}, is missing");
                    return Err(BundleFault::new(line.name(), what));
                }
            }
        }
        found.rows_with_content += 1;
    }
    Ok(())
}

fn check_anchors(
    manifest: &Manifest,
    lines: &[ChainLine],
    files: &Files<'_>,
    found: &mut BundleVerification,
) -> Result<(), BundleFault> {
    let text = String::from_utf8_lossy(file(files, ANCHORS)?);
    for (place, line) in text.lines().enumerate() {
        let named = format!("anchor {}", place + 1);
        let wrong = |what: &str| BundleFault::new(named.as_str(), what);
        let anchor: Anchor =
            serde_json::from_str(line).map_err(|_| wrong("the line is no anchor"))?;
        anchor.check_signature().map_err(wrong)?;
        if anchor.body.public_key.as_ref().is_some_and(|key| *key != manifest.public_key) {
            return Err(wrong("it is signed by another key than the bundle"));
        }
        let body = &anchor.body;
        let before_first = |chain: &super::bundle::ChainRecord| {
            body.sequence == chain.first_sequence - 1 && body.hash == chain.previous_hash
        };
        let is_of_a_row = lines
            .iter()
            .any(|line| line.envelope.sequence == body.sequence && line.hash == body.hash);
        if !is_of_a_row && !manifest.chain.as_ref().is_some_and(before_first) {
            return Err(wrong("no row of the chain is the one that it anchors"));
        }
        found.anchors += 1;
    }
    Ok(())
}

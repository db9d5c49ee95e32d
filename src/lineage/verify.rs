use std::collections::HashSet;

use serde_json::Value;

use crate::store::chain::{self, GENESIS};
use crate::store::{Store, StoreError, StoredPayload, StoredStep};

/// Rows read at a time.
const PAGE: u32 = 256;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Rows that were checked, the faulty one included.
    pub rows: u64,
    /// Blobs that were checked, each once.
    pub blobs: u64,
    /// The first row that does not hold; nothing if all do.
    pub first_fault: Option<Fault>,
}

/// A row that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its place in the chain.
    pub sequence: i64,
    /// Its execution, as the row says.
    pub execution_id: String,
    /// Its step, as the row says.
    pub step: String,
    /// A sentence that says what is wrong.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sequence, execution_id, step, what } = self;
        write!(f, "row {sequence} ({step} of {execution_id}): {what}")
    }
}

/// Checks the whole lineage, page by page: that no row is missing between two others, that each
/// follows from the one before, that its hash holds, that no attempt is recorded twice, and that
/// every blob it refers to is there, whole and as referred to. Stops at the first row that fails.
pub async fn verify(store: &Store) -> Result<Verification, StoreError> {
    let mut state = Verifier::default();
    let repeated = store.repeated_attempt().await?;
    loop {
        let page = store.stored_steps_after(state.sequence, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for step in page {
            state.rows += 1;
            let wrong = match state.check_row(&step, repeated) {
                Some(what) => Some(what),
                None => state.check_blobs(store, &step).await?,
            };
            if let Some(what) = wrong {
                return Ok(state.result(Some(Fault {
                    sequence: step.sequence,
                    execution_id: step.execution_id,
                    step: step.step_name,
                    what,
                })));
            }
            state.sequence = step.sequence;
            state.hash = step.hash;
        }
    }
    Ok(state.result(None))
}

struct Verifier {
    /// Of the last row that held.
    sequence: i64,
    hash: String,
    rows: u64,
    blobs: HashSet<String>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { sequence: 0, hash: GENESIS.to_owned(), rows: 0, blobs: HashSet::new() }
    }
}

/// A blob as a record refers to it.
struct Reference {
    hash: String,
    /// Media type and length, where the record names them.
    described: Option<(String, u64)>,
}

impl Verifier {
    fn result(self, first_fault: Option<Fault>) -> Verification {
        Verification { rows: self.rows, blobs: self.blobs.len() as u64, first_fault }
    }

    fn check_row(&self, step: &StoredStep, repeated: Option<i64>) -> Option<String> {
        let expected = self.sequence.saturating_add(1);
        if step.sequence != expected {
            let missing = if step.sequence - 1 == expected {
                format!("row {expected} is missing before it")
            } else {
                format!("rows {expected} to {} are missing before it", step.sequence - 1)
            };
            return Some(missing);
        }
        for (name, payload) in [("input", &step.input), ("output", &step.output)] {
            if *payload == StoredPayload::Contradictory {
                return Some(format!("its {name} is there twice, or not at all"));
            }
        }
        if step.previous_hash != self.hash {
            return Some("it does not follow from the row before it".into());
        }
        match chain::row_hash(&step.previous_hash, step) {
            Ok(hash) if hash == step.hash => {}
            Ok(_) => return Some("its content does not match its hash".into()),
            Err(error) => return Some(format!("its hash cannot be computed: {error}")),
        }
        (repeated == Some(step.sequence)).then(|| "this attempt was recorded before".into())
    }

    async fn check_blobs(
        &mut self,
        store: &Store,
        step: &StoredStep,
    ) -> Result<Option<String>, StoreError> {
        let mut references = Vec::new();
        for payload in [&step.input, &step.output] {
            match payload {
                StoredPayload::Inline(text) => find_in_text(text, &mut references),
                StoredPayload::Blob(hash) => {
                    references.push(Reference { hash: hash.clone(), described: None });
                }
                StoredPayload::Contradictory => {}
            }
        }
        find_in_text(&step.metadata, &mut references);
        // A payload that is a blob may refer to more of them, so the list grows while it is read.
        while let Some(Reference { hash, described }) = references.pop() {
            if described.is_none() && self.blobs.contains(&hash) {
                continue;
            }
            let (media_type, bytes) = match store.blob(&hash).await {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Some(format!("the blob {hash} is missing"))),
                Err(StoreError::BlobDamaged { .. }) => {
                    return Ok(Some(format!("the blob {hash} does not match its hash")));
                }
                Err(error) => return Err(error),
            };
            match described {
                Some(described) if described != (media_type, bytes.len() as u64) => {
                    return Ok(Some(format!("the blob {hash} is of another kind or length")));
                }
                Some(_) => {}
                None => {
                    if let Ok(text) = str::from_utf8(&bytes) {
                        find_in_text(text, &mut references);
                    }
                }
            }
            self.blobs.insert(hash);
        }
        Ok(None)
    }
}

/// The blobs that a recorded text refers to, by hash, with the media type that the record names.
pub(crate) fn blobs_in(text: &str) -> Vec<(String, String)> {
    let mut references = Vec::new();
    find_in_text(text, &mut references);
    let named = references.into_iter();
    named.filter_map(|found| Some((found.hash, found.described?.0))).collect()
}

fn find_in_text(text: &str, references: &mut Vec<Reference>) {
    // Most payloads refer to none, and parsing is most of the work.
    if text.contains("\"blob\"")
        && let Ok(value) = serde_json::from_str(text)
    {
        find(&value, references);
    }
}

/// Finds every [`crate::domain::records::BlobRef`], at any depth.
fn find(value: &Value, references: &mut Vec<Reference>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, references)),
        Value::Object(fields) => {
            let hash = fields.get("blob").and_then(Value::as_str);
            let media_type = fields.get("media_type").and_then(Value::as_str);
            let bytes = fields.get("bytes").and_then(Value::as_u64);
            match (hash, media_type, bytes) {
                (Some(hash), Some(media_type), Some(bytes)) => references.push(Reference {
                    hash: hash.to_owned(),
                    described: Some((media_type.to_owned(), bytes)),
                }),
                _ => fields.values().for_each(|field| find(field, references)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

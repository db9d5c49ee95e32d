//! The hash chain of the lineage.
//!
//! The hash of a row is BLAKE3 in key-derivation mode (context [`CONTEXT`]) over the hash of the
//! row before, as text, followed by the row's envelope. The envelope holds every other column in
//! the canonical JSON of RFC 8785, the texts of input, output, metadata and error each by their own
//! BLAKE3 hash, so that it makes no difference whether a text is kept in the row or as a blob.
//!
//! The chain shows a change, an insertion or a removal between two rows. It cannot show that rows
//! were cut off its end, nor a chain that was recomputed from the change onwards.

use serde::{Deserialize, Serialize};

use super::blob::hash_of;
use super::rows::{StoredPayload, StoredStep};

/// What the key is derived from.
pub const CONTEXT: &str = "throughline lineage v1";

/// The hash before the first row.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The largest integer that canonical JSON keeps exactly: 2⁵³ − 1.
pub const LARGEST_INTEGER: u64 = 9_007_199_254_740_991;

/// A row without its texts, each of which stands here by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Place in the chain.
    pub sequence: i64,
    /// Column of that name.
    pub execution_id: String,
    /// Column of that name.
    pub step_name: String,
    /// Column of that name.
    pub step_number: i64,
    /// Column of that name.
    pub attempt: i64,
    /// Column of that name.
    pub parent_sequence: Option<i64>,
    /// BLAKE3 of the input, 64 hexadecimal digits.
    pub input: String,
    /// BLAKE3 of the output.
    pub output: String,
    /// BLAKE3 of the metadata.
    pub metadata: String,
    /// BLAKE3 of the error, if there is one.
    pub error: Option<String>,
    /// Column of that name.
    pub status: String,
    /// Microseconds.
    pub duration_us: i64,
    /// Microseconds since 1970 UTC.
    pub recorded_at: i64,
}

impl Envelope {
    /// The envelope of a row.
    pub fn of(step: &StoredStep) -> Self {
        Self {
            sequence: step.sequence,
            execution_id: step.execution_id.clone(),
            step_name: step.step_name.clone(),
            step_number: step.step_number,
            attempt: step.attempt,
            parent_sequence: step.parent_sequence,
            input: payload_hash(&step.input),
            output: payload_hash(&step.output),
            metadata: hash_of(step.metadata.as_bytes()),
            error: step.error.as_ref().map(|error| hash_of(error.as_bytes())),
            status: step.status.clone(),
            duration_us: step.duration_us,
            recorded_at: step.recorded_at,
        }
    }
}

/// The hash that a row must have after the row with `previous_hash`.
pub fn row_hash(previous_hash: &str, step: &StoredStep) -> Result<String, serde_json::Error> {
    envelope_hash(previous_hash, &Envelope::of(step))
}

/// The same of its envelope.
pub fn envelope_hash(
    previous_hash: &str,
    envelope: &Envelope,
) -> Result<String, serde_json::Error> {
    let envelope = serde_jcs::to_vec(envelope)?;
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(previous_hash.as_bytes());
    hasher.update(&envelope);
    Ok(hasher.finalize().to_hex().to_string())
}

fn payload_hash(payload: &StoredPayload) -> String {
    match payload {
        StoredPayload::Inline(text) => hash_of(text.as_bytes()),
        StoredPayload::Blob(hash) => hash.clone(),
        // No hash has this text, so a row like this never holds.
        StoredPayload::Contradictory => String::new(),
    }
}

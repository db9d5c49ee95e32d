//! The lineage: recording what every step did, and checking that the record still holds.

mod recorder;
mod verify;

pub use recorder::{LineageError, Recorder};
pub(crate) use verify::blobs_in;
pub use verify::{Fault, Verification, verify};

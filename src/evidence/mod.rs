//! Evidence: what was recorded, in a form that somebody else can check.
//!
//! A bundle is one file with the records of an execution, an order or a day, signed with a key of the
//! installation ([`export_bundle`], [`verify_bundle`]); docs/evidence.md describes it to whoever wants
//! to write a verifier of their own. An [`Anchor`] keeps the end of the chain of each day outside the
//! database ([`AnchorDriver`], [`check_anchors`]).

mod anchors;
mod bundle;
mod collect;
mod container;
mod driver;
mod export;
mod key;
mod verify;

pub use anchors::{
    Anchor, AnchorBody, AnchorCheck, AnchorError, AnchorFault, Anchors, ChainEnd,
    FILE_NAME as ANCHORS_FILE, append_anchor, check_anchors, read_anchors,
};
pub use bundle::{
    ChainLine, ChainRecord, FileRecord, Manifest, Redaction, SignatureRecord, SubjectRecord,
};
pub use collect::Subject;
pub use container::{ContainerFault, MOST_BYTES, PackError, PackedFile, Unpacked, pack, unpack};
pub use driver::{AnchorDriver, AnchorDriverError, AnchorParts};
pub use export::{Bundle, ExportError, ExportParts, export_bundle, write_bundle};
pub use key::{KeyError, PublicKey, SigningKey, existing_key, installation_key};
pub use verify::{BundleFault, BundleVerification, verify_bundle};

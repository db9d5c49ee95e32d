//! The executor: runs the twelve steps of an execution and records each of them.

pub use crate::domain::records;

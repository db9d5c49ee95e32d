//! What runs by itself: strategies at their planned times, and a snapshot at each close.

mod planned;
mod snapshots;

pub use planned::{NextRun, Scheduler, active_since_key};
pub use snapshots::SnapshotDriver;

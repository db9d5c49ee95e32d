//! What runs by itself: strategies at their planned times, and a snapshot at each close.

mod planned;
mod snapshots;

pub use planned::Scheduler;
pub use snapshots::SnapshotDriver;

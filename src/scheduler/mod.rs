//! What runs by itself: strategies at their planned times, and a snapshot at each close.
//!
//! A planned time is claimed in one transaction by (strategy, symbol, planned time), so that it runs
//! once whatever crashes. One that is not run is written down with its cause. Where planning goes on
//! follows from what is written down alone: from the last time that is accounted for.

mod broker_days;
mod driver;
mod missed;
mod missed_closes;
mod obstacle;
mod planned;
mod retry;
mod snapshots;

pub use broker_days::{BrokerDaysKeeper, ToldDays, told_days};
pub use driver::{NextRun, Scheduler, active_since_key};
pub use snapshots::SnapshotDriver;

//! The engine without a window, its backups, and what happens when the machine fails it.

mod backup;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(unix)]
mod handover;
pub(crate) mod serve;
mod units;

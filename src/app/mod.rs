//! The one place where everything is wired: the engine that hosts (window, terminal) run, and the
//! reader that looks at a data directory beside a running engine.

mod advance;
pub mod backup;
mod closing;
mod connection;
mod disk;
mod engine;
mod environment_choice;
mod evidence;
mod handover;
mod install;
mod models;
mod notifications;
pub(crate) mod opening;
mod options;
mod orders;
mod paths;
pub(crate) mod prompt_data;
pub(crate) mod prompts;
mod questions;
mod reader;
mod real_time;
mod risk;
mod running;
mod safety;
mod schedules;
mod strategies;
pub(crate) mod symbols;
#[cfg(test)]
mod tests;
mod venue;
mod wiring;

pub use crate::notify::driver::NativeNotification;
pub use advance::Progress;
pub(crate) use advance::find_strategy;
pub use closing::Ending;
pub use connection::look_at;
pub use disk::DiskRoom;
pub use engine::{ClockMode, Engine};
pub use environment_choice::EnvironmentChoice;
pub use evidence::{ExportedEvidence, evidence_key, evidence_subject, export_evidence};
pub use handover::hand_over;
pub use models::{system_random, vault_beside};
pub use options::{DEFAULT_GATEWAY, EngineOptions, GatewayChoice};
pub use paths::{default_data_dir, parse_instant};
pub use reader::Reader;
pub(crate) use schedules::{LONGEST_TEXT as LONGEST_STRATEGY, checked_strategy};

//! The one place where everything is wired: the engine that hosts (window, terminal) run, and the
//! reader that looks at a data directory beside a running engine.

mod advance;
mod engine;
mod install;
mod orders;
mod paths;
mod reader;
mod running;
mod safety;
#[cfg(test)]
mod tests;

pub use advance::Progress;
pub use engine::{ClockMode, Engine, EngineOptions};
pub use paths::{default_data_dir, parse_instant};
pub use reader::Reader;

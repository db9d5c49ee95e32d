//! The sandbox: a simulated exchange behind an emulator of IBKR's Client Portal Gateway.
//!
//! The emulator speaks the gateway's protocol, so that the one IBKR adapter talks to it as it will
//! talk to the real gateway. The price path inside each daily bar is simulated; the daily bars
//! themselves are real. Same seed and same commands at the same instants give the same state.

pub mod data;
mod exchange;
mod facade;
mod gateway;
mod journal;
mod outside;
pub mod serve;

pub use exchange::BuildError;
pub use facade::{SANDBOX_ACCOUNT, Sandbox, SandboxError, SandboxOptions};
pub use gateway::{
    ConnectionLost, FAULTS, FaultDescription, FaultError, FaultPlan, FaultSpecError, FaultWindow,
    Faults, PlannedFault, Switch,
};
pub use journal::JournalError;
pub use outside::OutsideError;

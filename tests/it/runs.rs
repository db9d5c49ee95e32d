//! The proofs of the whole: the real binary, on real data directories, through whatever may happen
//! to it.

pub(crate) mod audit;
mod bad_input;
mod determinism;
pub(crate) mod draws;
mod faults;
mod halt;
mod kill;
mod kill_served;
pub(crate) mod replay;
pub(crate) mod terminal;
mod year;

//! The proofs of the whole: the real binary, on real data directories, through whatever may happen
//! to it.

pub(crate) mod audit;
mod bad_input;
mod determinism;
mod faults;
mod halt;
mod kill;
pub(crate) mod terminal;
mod year;

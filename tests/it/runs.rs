//! The proofs of the whole: the real binary, on real data directories, through whatever may happen
//! to it.

mod audit;
mod bad_input;
mod determinism;
mod faults;
mod halt;
mod kill;
mod terminal;
mod year;

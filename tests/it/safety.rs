//! A person in command: the ladder with its approvals, the mandate of live trading, the kill switch,
//! and the flattening of an account.

mod approvals;
mod flattening;
mod halting;
pub(crate) mod setting;

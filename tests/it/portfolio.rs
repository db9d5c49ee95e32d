//! The account's money: where it came from, and what it was worth at each close.

mod attribution;
mod snapshots;

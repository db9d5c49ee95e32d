//! Positions, trades, cash and P&L, folded from fills. The fills are the truth; everything here is
//! computed from them again and again to the same cent.

mod ledger;
mod statistics;

pub use ledger::{AttributedFill, Ledger, RoundTrip};
pub use statistics::{Statistics, statistics};

//! Positions, trades, cash and P&L, folded from fills. The fills are the truth; everything here is
//! computed from them again and again to the same cent.

mod attribution;
#[cfg(test)]
mod attribution_tests;
mod dimension;
mod ledger;
mod lots;
mod model_cost;
mod returns;
mod snapshot;
mod statistics;

pub use attribution::{
    AnalysisFacts, AttributedLot, Attribution, AttributionInput, PnlGroup, Remainder, ValueMark,
    attribution,
};
pub use dimension::{PnlDimension, PnlGroupKey};
pub use ledger::{AttributedFill, Ledger, RoundTrip};
pub use lots::{ClosedLot, LotEnd, Lots, OpenLot};
pub use returns::{
    AgainstBenchmark, DayValue, Drawdown, ReturnStatistics, against_benchmark,
    money_weighted_return, return_statistics, turnover,
};
pub use snapshot::SnapshotPosition;
pub use statistics::{Statistics, statistics};

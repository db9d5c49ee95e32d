//! How signals did, and whether that is more than chance: from closed trades only.
//!
//! Money and R multiples are decimals. Shares, scores and intervals are statistics and `f64`, as is
//! the arithmetic on the bars that other entries are measured by. Every formula names its source;
//! `docs/signals.md` tells the same to the user.

mod bracket;
mod calibration;
mod coin;
mod compare;
mod groups;
mod lot;
mod numbers;
mod proportion;
mod truth;

#[cfg(test)]
pub(crate) mod samples;

pub use bracket::{BracketPrices, bracket_r};
pub use calibration::{Calibration, CalibrationBin, calibration};
pub use coin::{Coin, Opportunity, coin};
pub use compare::{Comparison, MINIMUM_OUTCOMES, compare};
pub use groups::{Group, GroupKey, Leaderboard, PerformanceDimension, group, leaderboard};
pub use numbers::{Numbers, numbers};
pub use proportion::{Difference, Proportion, newcombe, wilson};
pub use truth::{
    BuyAndHold, Entries, LongBias, SIGNIFICANCE, SignalCost, TruthCard, TruthInput, TruthVerdict,
    truth_card,
};

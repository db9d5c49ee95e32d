use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::OrderSide;

/// A hundred per cent in basis points.
pub(in crate::sandbox) const BASIS_POINTS: i64 = 10_000;

/// How the price of an order is found; prices in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Kind {
    /// At the next print.
    Market,
    /// At the limit or better.
    Limit(i64),
    /// At the market, from the first print at or through the stop.
    Stop(i64),
    /// At the limit or better, from the first print at or through the stop.
    StopLimit { stop: i64, limit: i64 },
    /// At the market, from the first print at or through a stop that follows the price.
    Trail {
        by: Trail,
        /// Where the stop stands at first; without it, by the trail behind the last print.
        stop: Option<i64>,
    },
}

/// How far a trailing stop stands behind the best print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Trail {
    /// In cents.
    Amount(i64),
    /// In hundredths of a per cent of the best print.
    BasisPoints(i64),
}

impl Trail {
    /// The stop behind a best print, in cents; rounded away from the print, so that the stop never
    /// stands closer than it was asked to.
    pub(in crate::sandbox) fn behind(self, best: i64, side: OrderSide) -> i64 {
        match (self, side) {
            (Self::Amount(cents), OrderSide::Sell) => best - cents,
            (Self::Amount(cents), OrderSide::Buy) => best + cents,
            (Self::BasisPoints(points), OrderSide::Sell) => {
                (best * (BASIS_POINTS - points)).div_euclid(BASIS_POINTS)
            }
            (Self::BasisPoints(points), OrderSide::Buy) => {
                -(-best * (BASIS_POINTS + points)).div_euclid(BASIS_POINTS)
            }
        }
    }
}

impl Kind {
    /// The price that an order names for its execution, in cents: the limit, or else the stop that
    /// does not move.
    pub(in crate::sandbox) fn cents(self) -> Option<i64> {
        match self {
            Self::Market | Self::Trail { .. } => None,
            Self::Limit(cents) | Self::Stop(cents) => Some(cents),
            Self::StopLimit { limit, .. } => Some(limit),
        }
    }

    /// Whether the order waits for a stop before it can fill.
    pub(in crate::sandbox) fn has_stop(self) -> bool {
        matches!(self, Self::Stop(_) | Self::StopLimit { .. } | Self::Trail { .. })
    }

    /// Whether two orders are of one type, whatever their prices.
    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// All prices that stand in the order, in cents.
    pub(super) fn prices(self) -> Vec<i64> {
        match self {
            Self::Market => Vec::new(),
            Self::Limit(cents) | Self::Stop(cents) => vec![cents],
            Self::StopLimit { stop, limit } => vec![stop, limit],
            Self::Trail { stop, .. } => stop.into_iter().collect(),
        }
    }
}

/// How long an order works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::sandbox) enum Validity {
    /// Until the close of the session it was placed in or, after a close, of the next.
    Day,
    /// Until it is cancelled.
    Gtc,
    /// For the next print of its instrument: what does not fill at it is cancelled. Outside the
    /// session that is the print of the next opening.
    Ioc,
    /// Until an instant.
    Gtd(Timestamp),
}

#[cfg(test)]
mod tests {
    use OrderSide::{Buy, Sell};

    use super::*;

    #[test]
    fn a_trail_stands_behind_its_best_and_is_rounded_away_from_it() {
        for (trail, best, side, expected) in [
            (Trail::Amount(150), 10_000, Sell, 9_850),
            (Trail::Amount(150), 10_000, Buy, 10_150),
            (Trail::BasisPoints(250), 10_000, Sell, 9_750),
            (Trail::BasisPoints(250), 10_000, Buy, 10_250),
            // 2.5 % of 100.01 is 2.50025.
            (Trail::BasisPoints(250), 10_001, Sell, 9_750),
            (Trail::BasisPoints(250), 10_001, Buy, 10_252),
        ] {
            assert_eq!(trail.behind(best, side), expected, "{trail:?} {best} {side}");
        }
    }
}

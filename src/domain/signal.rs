use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an analysis recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignalAction {
    /// Open a long position.
    Buy,
    /// Close the long position, if there is one. Never a short sale.
    Sell,
    /// Do nothing.
    Hold,
}

impl fmt::Display for SignalAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
            Self::Hold => "HOLD",
        })
    }
}

/// Direction of the market as the analysis sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// All four confirmations up.
    StrongBullish,
    /// Three up.
    Bullish,
    /// No side has three.
    Neutral,
    /// Three down.
    Bearish,
    /// All four down.
    StrongBearish,
}

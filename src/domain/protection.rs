use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ExitCause;
use rust_decimal::Decimal;

/// Closes entries for a while after trades went badly, or simply after a trade. Exits are never
/// closed by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct Protection {
    /// What sets it off.
    pub rule: ProtectionRule,
    /// Whose trades count, and whose entries are locked.
    pub reach: Reach,
    /// Trades that were closed within this many hours count; nothing for a cool-down, which looks
    /// at the last exit only.
    pub look_back_hours: Option<u32>,
    /// Hours for which entries are locked, from the close of the last trade that counts.
    pub lock_hours: u32,
}

/// What sets a protection off, by the trades that were closed inside its look-back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProtectionRule {
    /// So many trades were ended at a loss by their stop, or by the broker's force.
    StopLossGuard {
        /// From 1.
        stops: u32,
    },
    /// A trade was closed, whatever it brought.
    CoolDown,
    /// The returns of the trades add up to less than this.
    LowProfit {
        /// Sum of the returns on what was paid, commission deducted, in percent; may be below zero.
        #[ts(type = "string")]
        #[schemars(with = "String")]
        minimum_return_percent: Decimal,
        /// Fewer trades say nothing.
        minimum_trades: u32,
    },
    /// The account's value fell this far from its highest, counted over the trades.
    Drawdown {
        /// In percent of the highest value.
        #[ts(type = "string")]
        #[schemars(with = "String")]
        maximum_percent: Decimal,
        /// Fewer trades say nothing.
        minimum_trades: u32,
    },
    /// So many of the last trades in a row brought a loss.
    StraightLosses {
        /// From 1.
        losses: u32,
    },
}

impl ProtectionRule {
    /// The name in files and records.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::StopLossGuard { .. } => "stop_loss_guard",
            Self::CoolDown => "cool_down",
            Self::LowProfit { .. } => "low_profit",
            Self::Drawdown { .. } => "drawdown",
            Self::StraightLosses { .. } => "straight_losses",
        }
    }
}

/// How far a protection or its lock reaches.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// One strategy in one symbol.
    Symbol,
    /// One strategy in all of its symbols.
    Strategy,
    /// Every strategy of the account.
    Account,
}

impl Reach {
    /// The name in files and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Symbol => "symbol",
            Self::Strategy => "strategy",
            Self::Account => "account",
        }
    }
}

impl std::str::FromStr for Reach {
    type Err = UnknownReach;

    fn from_str(text: &str) -> Result<Self, UnknownReach> {
        [Self::Symbol, Self::Strategy, Self::Account]
            .into_iter()
            .find(|reach| reach.as_str() == text)
            .ok_or_else(|| UnknownReach { text: text.chars().take(40).collect() })
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no reach; use symbol, strategy or account")]
pub struct UnknownReach {
    /// As given, cut to 40 characters.
    pub text: String,
}

impl ExitCause {
    /// Whether a stop or the broker's force ended the trade.
    pub fn is_stop(self) -> bool {
        matches!(self, Self::Stop | Self::Liquidation)
    }
}

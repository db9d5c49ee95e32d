//! Steps 10 and 11: position and portfolio.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::FillRecord;
use crate::domain::{AccountId, ClosedTrade, Position};

/// Input of step 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct UpdatePositionInput {
    /// Fills that change it.
    pub fills: Vec<FillRecord>,
}

/// Output of step 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct UpdatePositionOutput {
    /// Before the fills.
    pub before: Option<Position>,
    /// After them.
    pub after: Option<Position>,
    /// The round trip that they closed.
    pub closed_trade: Option<ClosedTrade>,
}

/// Input of step 11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct UpdatePortfolioInput {
    /// Which account.
    pub account_id: AccountId,
}

/// The account's money at one instant, from our own ledger, checked against the broker's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PortfolioState {
    /// Engine time.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// In USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub cash: Decimal,
    /// Quantity × last price over all positions, in USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub positions_value: Decimal,
    /// Cash + positions.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub net_liquidation: Decimal,
    /// Of closed trades, net of commission.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub realized_pnl: Decimal,
    /// Of open positions, before commission.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub unrealized_pnl: Decimal,
    /// All commissions so far.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub commission: Decimal,
}

/// Output of step 11.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct UpdatePortfolioOutput {
    /// Without the fills of this step.
    pub before: PortfolioState,
    /// With them, at the same prices.
    pub after: PortfolioState,
    /// Cash as the broker reports it; nothing if it did not answer.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub broker_cash: Option<Decimal>,
    /// Our cash, with every fill that is known, minus the broker's: anything but zero is an alarm.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub cash_difference: Option<Decimal>,
}

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Conid, ExecutionId, StrategyId};

/// Shares that a strategy holds of an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct Position {
    /// The strategy that bought them.
    pub strategy_id: StrategyId,
    /// What is held.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares held.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Average price paid per share, without commission.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub average_cost: Decimal,
    /// Commissions paid so far for the position, in the account's currency.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub commission: Decimal,
    /// Stop price in force at the broker.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub stop_price: Decimal,
    /// Target price in force at the broker.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub target_price: Decimal,
    /// Risk per share frozen at entry: intended entry minus stop.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub initial_risk: Decimal,
    /// The execution that opened it.
    pub execution_id: ExecutionId,
    /// First fill.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
}

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExitCause {
    /// The protective stop.
    Stop,
    /// The target.
    Target,
    /// A SELL signal.
    Signal,
    /// A person flattened the account.
    Flatten,
    /// An order that was placed elsewhere.
    External,
    /// The broker, by force.
    Liquidation,
}

/// A position from its first share to its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ClosedTrade {
    /// The strategy that traded.
    pub strategy_id: StrategyId,
    /// What was traded.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Average price paid per share.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub entry_price: Decimal,
    /// Average price received per share.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub exit_price: Decimal,
    /// First fill of the entry.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
    /// Last fill of the exit.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub closed_at: Timestamp,
    /// (exit − entry) × quantity, before commission.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub gross_pnl: Decimal,
    /// All commissions of entry and exit.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub commission: Decimal,
    /// `gross_pnl` − `commission`.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub realized_pnl: Decimal,
    /// (exit − entry) ÷ the risk per share frozen at entry, to two places.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_multiple: Option<Decimal>,
    /// What closed it.
    pub exit_cause: ExitCause,
    /// The execution that opened it.
    pub entry_execution_id: ExecutionId,
    /// The execution that decided the exit; for a stop or a target the one that placed the bracket.
    pub exit_execution_id: ExecutionId,
}

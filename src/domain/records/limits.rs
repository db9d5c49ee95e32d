//! Limits of the account, and what closes entries: what step 7 knows beside the strategy's own
//! limits.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::{ClosedTrade, ExecutionId, ExitCause, Reach, StrategyId};

/// Limits that bind every strategy of the account, beside its own: the stricter one wins. Each is
/// nothing where the account names none.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct AccountLimits {
    /// Share of the equity at stake in one trade, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub risk_per_trade_percent: Option<Decimal>,
    /// Most shares in one order.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_position_shares: Option<Decimal>,
    /// Most of the equity in one position, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_position_percent: Option<Decimal>,
    /// Most of the equity in all positions and working entries, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_exposure_percent: Option<Decimal>,
    /// From here the exposure is warned about, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub warn_exposure_percent: Option<Decimal>,
    /// Most positions at once, working entries included.
    #[serde(default)]
    pub maximum_open_positions: Option<u32>,
    /// Least reward for one unit of risk.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub minimum_r: Option<Decimal>,
    /// Least return that the target promises on the entry, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub minimum_return_percent: Option<Decimal>,
    /// Most of the equity in one symbol over all strategies, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_concentration_percent: Option<Decimal>,
    /// From here the concentration is warned about, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub warn_concentration_percent: Option<Decimal>,
    /// All entries are closed until the next trading day once the account has lost this much since
    /// the last close, realised and unrealised, in percent of its value then.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_daily_loss_percent: Option<Decimal>,
    /// All entries are closed until a person lifts it once the account has fallen this far from its
    /// highest value, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_drawdown_percent: Option<Decimal>,
    /// More losing trades of the account in a row than this are warned about.
    #[serde(default)]
    pub warn_straight_losses: Option<u32>,
}

/// Whose limit a rule held an order against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitOwner {
    /// The strategy's own.
    Strategy,
    /// The account's, which is stricter than the strategy's own or stands alone.
    Account,
}

/// What the risk gate knows beside the account's money: limits of the account, losses, locks.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
pub struct RiskStanding {
    /// Limits of the account.
    pub limits: AccountLimits,
    /// Value of all positions and working entries in the symbol, over all strategies, in the
    /// account's currency.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub symbol_exposure: Decimal,
    /// The account's losses.
    pub account: LossStanding,
    /// The strategy's.
    pub strategy: LossStanding,
    /// Protections that the strategy names.
    pub protections: u32,
    /// Locks on this entry that are in force, oldest first.
    pub locks: Vec<LockRecord>,
}

/// Losses of the account or of one strategy.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
pub struct LossStanding {
    /// Loss since the last close, realised and unrealised; zero for a gain.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub loss_today: Decimal,
    /// The same in percent of the account's value at that close.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub loss_today_percent: Decimal,
    /// Distance from the highest result so far, in percent of the account's value at that height.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub drawdown_percent: Decimal,
    /// A person opened the lock of today's loss: entries pass although the limit is reached.
    pub is_lifted_today: bool,
    /// Losing trades in a row until now.
    pub straight_losses: u32,
}

/// A lock on entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LockRecord {
    /// Counts up from 1.
    #[ts(type = "number")]
    pub lock_id: i64,
    /// Such as `stop_loss_guard`, `daily_loss` or `drawdown_limit`.
    pub kind: String,
    /// How far it reaches.
    pub reach: Reach,
    /// Whose entries; nothing for those of every strategy.
    pub strategy_id: Option<StrategyId>,
    /// Ticker symbol; nothing for every symbol.
    pub symbol: Option<String>,
    /// Engine time at which it was set.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub locked_at: Timestamp,
    /// When it opens by itself; nothing if only a person can open it.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub unlocks_at: Option<Timestamp>,
    /// Why, as a sentence.
    pub sentence: String,
    /// The trades that caused it, oldest first.
    pub trades: Vec<LockTrade>,
}

/// A trade that caused a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LockTrade {
    /// Who traded.
    pub strategy_id: StrategyId,
    /// Ticker symbol.
    pub symbol: String,
    /// Last fill of the exit.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub closed_at: Timestamp,
    /// Result after commission, in the account's currency.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub realized_pnl: Decimal,
    /// What closed it.
    pub exit_cause: ExitCause,
    /// The execution that opened it.
    pub entry_execution_id: ExecutionId,
    /// The execution that decided the exit.
    pub exit_execution_id: ExecutionId,
}

impl LockTrade {
    /// What is kept of a trade with a lock.
    pub fn of(trade: &ClosedTrade) -> Self {
        Self {
            strategy_id: trade.strategy_id.clone(),
            symbol: trade.symbol.clone(),
            closed_at: trade.closed_at,
            realized_pnl: trade.realized_pnl,
            exit_cause: trade.exit_cause,
            entry_execution_id: trade.entry_execution_id.clone(),
            exit_execution_id: trade.exit_execution_id.clone(),
        }
    }
}

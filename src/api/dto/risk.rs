//! Limits of the account, what of them is used, locks on entries, and what the watch saw.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::{AccountLimits, LockRecord, LossStanding};

/// Everything that closes entries or may come to close them.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RiskDto {
    /// Engine time, RFC 3339.
    pub now: String,
    /// Limits of the account that are in force.
    pub limits: AccountLimits,
    /// How they were set, newest first, at most twenty.
    pub changes: Vec<LimitsChangeDto>,
    /// What of each limit is used, where a limit counts something that stands.
    pub uses: Vec<LimitUseDto>,
    /// Every strategy with its losses, limits and protections.
    pub strategies: Vec<StrategyRiskDto>,
    /// Locks in force, oldest first.
    pub locks: Vec<LockDto>,
    /// Locks that are over, newest first, at most twenty.
    pub past_locks: Vec<LockDto>,
    /// What the watch over stops and targets saw, newest first, at most twenty.
    pub watch: Vec<WatchEventDto>,
}

/// A change of the account's limits.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LimitsChangeDto {
    /// Engine time, RFC 3339.
    pub at: String,
    /// `window` or `terminal`.
    pub by: String,
    /// Each limit that changed.
    pub limits: Vec<ChangedLimitDto>,
}

/// One limit that changed.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ChangedLimitDto {
    /// Such as `maximum_exposure_percent`.
    pub limit: String,
    /// Nothing for no limit.
    pub before: Option<String>,
    /// Nothing for no limit.
    pub after: Option<String>,
}

/// How much of a limit of the account is used.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LimitUseDto {
    /// Such as `maximum_exposure_percent`.
    pub limit: String,
    /// What stands now, in the unit of the limit.
    pub value: String,
    /// The limit; nothing if the account has none.
    pub most: Option<String>,
    /// From here it is warned about.
    pub warn: Option<String>,
    /// Value ÷ limit in percent; without a limit, value ÷ warning.
    pub used_percent: Option<String>,
    /// `below`, `warned` or `reached`.
    pub state: String,
    /// In a sentence.
    pub sentence: String,
}

/// The risk of one strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyRiskDto {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it has lost.
    pub losses: LossStanding,
    /// Its own limit of a day's loss, in percent.
    pub maximum_daily_loss_percent: Option<String>,
    /// Its own limit of a drawdown, in percent.
    pub maximum_drawdown_percent: Option<String>,
    /// From more than this its straight losses are warned about.
    pub warn_straight_losses: Option<u32>,
    /// Its protections, in words.
    pub protections: Vec<String>,
}

/// A lock on entries.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LockDto {
    /// What it is and why.
    pub lock: LockRecord,
    /// When a person opened it, RFC 3339.
    pub released_at: Option<String>,
    /// `window` or `terminal`.
    pub released_by: Option<String>,
    /// Why.
    pub release_reason: Option<String>,
}

/// What the watch over stops and targets saw.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct WatchEventDto {
    /// Engine time, RFC 3339.
    pub at: String,
    /// Whose position.
    pub strategy_id: String,
    /// Ticker symbol.
    pub symbol: String,
    /// `stop` or `target`.
    pub trigger: String,
    /// `alarm`, `sell` or `nothing`.
    pub verdict: String,
    /// The stop price or the target.
    pub level: String,
    /// The price that was seen.
    pub price: Option<String>,
    /// Such as `real_time`.
    pub price_source: Option<String>,
    /// RFC 3339.
    pub price_at: Option<String>,
    /// In a sentence.
    pub sentence: String,
    /// The execution that sells.
    pub execution_id: Option<String>,
}

/// Sets every limit of the account; what is nothing is no limit.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskLimitsSetRequest {
    /// All of them.
    pub limits: AccountLimits,
}

/// Opens a lock.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectionReleaseRequest {
    /// Which.
    #[ts(type = "number")]
    pub lock_id: i64,
    /// Why, 1 to 200 characters, for whoever reads it later.
    pub reason: String,
}

//! Step 1: the frozen strategy.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PromptRecord, Trigger};
use crate::domain::{AccountId, Environment, Protection, StrategyId};

/// Input of step 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LoadStrategyInput {
    /// Which strategy.
    pub strategy_id: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// What started the run.
    pub trigger: Trigger,
    /// The engine time of the run: nothing later is looked at.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub as_of: Timestamp,
}

/// One indicator with its parameters, as configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct IndicatorRecord {
    /// Such as `sma_50`; unique in the strategy.
    pub id: String,
    /// Such as `SMA`.
    pub kind: String,
    /// Parameter name to value, such as `period` to `50`.
    pub parameters: BTreeMap<String, String>,
}

/// Every risk parameter, in force for one strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RiskParameters {
    /// Share of the equity at stake in one trade, in percent.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub risk_per_trade_percent: Decimal,
    /// Distance of the stop from the entry, in multiples of ATR(14).
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub stop_atr_multiple: Decimal,
    /// Distance of the target from the entry, in multiples of ATR(14).
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub target_atr_multiple: Decimal,
    /// Most shares in one order.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub maximum_position_shares: Decimal,
    /// Most of the equity in one position, in percent.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub maximum_position_percent: Decimal,
    /// Most of the equity in all positions and working entries, in percent.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub maximum_exposure_percent: Decimal,
    /// From here the exposure is warned about, in percent.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub warn_exposure_percent: Decimal,
    /// Most positions at once, working entries included.
    pub maximum_open_positions: u32,
    /// Least reward for one unit of risk.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub minimum_r: Decimal,
    /// Least return that the target promises on the entry, in percent; nothing for no such limit.
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
    /// Entries of the strategy are closed until the next trading day once it has lost this much of
    /// the equity since the last close, realised and unrealised, in percent.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_daily_loss_percent: Option<Decimal>,
    /// Entries of the strategy are closed until a person lifts it once its results have fallen this
    /// far from their highest, in percent of the equity.
    #[serde(default)]
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub maximum_drawdown_percent: Option<Decimal>,
    /// More losing trades in a row than this are warned about.
    #[serde(default)]
    pub warn_straight_losses: Option<u32>,
}

/// Who analyses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct AnalystRecord {
    /// `rules` for the built-in rule analyst, `model` for a language model.
    pub kind: String,
    /// The name that cards show.
    pub name: String,
    /// Whether a language model speaks.
    pub is_language_model: bool,
    /// `en` or `zh`, of a language model.
    #[serde(default)]
    pub language: Option<String>,
    /// The versions of the prompts that this run uses, whatever is edited meanwhile.
    #[serde(default)]
    pub prompts: Vec<PromptRecord>,
}

/// State of the broker session when the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SessionRecord {
    /// The login is valid.
    pub authenticated: bool,
    /// The gateway reaches the broker.
    pub connected: bool,
    /// Another session uses the same login.
    pub competing: bool,
    /// Name and build of the server that answered.
    pub server: Option<String>,
}

/// Output of step 1: the frozen strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LoadStrategyOutput {
    /// Id of the strategy.
    pub strategy_id: StrategyId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Version that ran, from 1.
    pub version: u32,
    /// BLAKE3 of the version's text.
    pub version_hash: String,
    /// The symbol of this run.
    pub symbol: String,
    /// All symbols of the strategy.
    pub symbols: Vec<String>,
    /// Cron expression, if it is scheduled.
    pub schedule: Option<String>,
    /// Time zone of the schedule.
    pub time_zone: String,
    /// `observe`, `propose` or `auto`.
    pub autonomy: String,
    /// Who analyses.
    pub analyst: AnalystRecord,
    /// What is computed.
    pub indicators: Vec<IndicatorRecord>,
    /// The limits in force.
    pub risk: RiskParameters,
    /// What closes its entries for a while after trades went badly.
    #[serde(default)]
    pub protections: Vec<Protection>,
    /// Where orders go.
    pub environment: Environment,
    /// Which account trades.
    pub account_id: AccountId,
    /// The session that the run found.
    pub session: SessionRecord,
    /// What started the run.
    pub trigger: Trigger,
    /// The engine time of the run.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub as_of: Timestamp,
}

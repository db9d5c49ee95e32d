//! Step 7: size and rules.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{LimitOwner, RiskParameters, RiskStanding};
use crate::domain::{BrokerOrderId, ClientOrderId, SignalAction};

/// Input of step 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CheckRiskInput {
    /// What to do.
    pub action: SignalAction,
    /// Limit price of the entry.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub entry_price: Option<Decimal>,
    /// Stop price.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub stop_price: Option<Decimal>,
    /// Target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_price: Option<Decimal>,
    /// The limits.
    pub risk: RiskParameters,
    /// The account as the broker reports it.
    pub account: AccountState,
    /// Under which mandate; nothing outside live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<MandateState>,
    /// What a person approved; nothing where nobody was asked, or not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<ApprovedTerms>,
    /// Limits of the account, losses and locks; nothing in records from before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<RiskStanding>,
    /// What works at the broker for the position, of an exit; nothing for an entry, and in records
    /// that are older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<ExitProtection>,
}

/// The orders that work at the broker for a position that is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ExitProtection {
    /// The target, if it works and can be moved to the price of the exit.
    pub target: Option<MovableTarget>,
    /// A stop of the position works.
    pub stop_is_working: bool,
}

/// A target that works at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct MovableTarget {
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// The broker's id.
    pub broker_order_id: BrokerOrderId,
    /// Shares.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
}

/// The mandate of live trading, and how much of it is used today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct MandateState {
    /// Most that one entry may cost, in the account's currency.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub maximum_order_value: Decimal,
    /// Most entries in one trading day.
    pub maximum_entries_per_day: u32,
    /// Entries stop for the day at this loss, in the account's currency.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub maximum_daily_loss: Decimal,
    /// When it ends.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub ends_at: Timestamp,
    /// Engine time of the check.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub now: Timestamp,
    /// Entries written down today, on the exchange's calendar.
    pub entries_today: u32,
    /// Loss since the last close, realised and unrealised, in the account's currency; zero for a
    /// gain.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub loss_today: Decimal,
}

/// An order as a person approved it, and the price that it is held against now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ApprovedTerms {
    /// Where the person said yes: `window` or `terminal`.
    pub by: String,
    /// Engine time at which the person was asked.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub asked_at: Timestamp,
    /// Engine time of the yes.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub decided_at: Timestamp,
    /// Shares that were shown to the person: never more are bought.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Last price after the yes.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub last_price: Decimal,
}

/// What the risk gate knows of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct AccountState {
    /// Cash plus positions, in USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub net_liquidation: Decimal,
    /// Cash, in USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub cash: Decimal,
    /// Cash not promised to working entries.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub available_funds: Decimal,
    /// Value of all positions and of all working entries.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub exposure: Decimal,
    /// Positions and working entries.
    pub open_positions: u32,
    /// Shares that this strategy already holds of the symbol.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub held_quantity: Decimal,
    /// This strategy has an order working, or of unknown fate, to open this symbol.
    pub has_working_entry: bool,
    /// Trading is halted.
    pub halted: bool,
    /// Why entries in this symbol are closed, beside a halt; empty while they are open.
    #[serde(default)]
    pub closures: Vec<String>,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleVerdict {
    /// Within the limit.
    Pass,
    /// Within the limit, and near it.
    Warn,
    /// The quantity was cut down to the limit.
    Adjusted,
    /// Refuses the order.
    Refuse,
    /// Has nothing to say here.
    NotApplicable,
}

/// One rule of the risk gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct RiskRule {
    /// Such as `maximum_exposure`.
    pub rule: String,
    /// The limit, with its unit.
    pub limit: String,
    /// The value, with its unit.
    pub value: String,
    /// Value ÷ limit in percent, for a gauge.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub used_percent: Option<Decimal>,
    /// The verdict.
    pub verdict: RuleVerdict,
    /// A sentence.
    pub detail: String,
    /// Whose limit it is; nothing for a rule that is nobody's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_of: Option<LimitOwner>,
}

/// The arithmetic behind the size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SizeArithmetic {
    /// Capital that the percentage applies to.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub capital: Decimal,
    /// In percent.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub risk_percent: Decimal,
    /// capital × percent, in USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub risk_amount: Decimal,
    /// entry − stop.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub risk_per_share: Decimal,
    /// risk amount ÷ risk per share, whole shares.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity_by_risk: Decimal,
    /// After every rule.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
}

/// Output of step 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CheckRiskOutput {
    /// Whether an order may be sent.
    pub approved: bool,
    /// The size, for an entry.
    pub size: Option<SizeArithmetic>,
    /// Shares to trade.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Each rule.
    pub rules: Vec<RiskRule>,
    /// The verdict, or the arithmetic, in a sentence.
    pub sentence: String,
}

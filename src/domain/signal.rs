use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::records::{Confirmation, PromptRecord};
use super::{Conid, ExecutionId, ExitCause, StrategyId};

/// What an analysis recommends.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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

/// Where a signal stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SignalStatus {
    /// Its lifetime runs, and nothing was traded on it yet.
    Active,
    /// A share was traded on it.
    Executed,
    /// Its lifetime ended without a trade.
    Expired,
    /// It came to nothing before that: refused, declined, cancelled, rejected, nothing to sell.
    Cancelled,
}

/// What became of the trade that a signal opened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SignalOutcome {
    /// The trade gained after all commissions.
    Win,
    /// It did not: what only breaks even is no win.
    Loss,
    /// A BUY whose trade is not closed, or not even open.
    Pending,
    /// A BUY that was never traded.
    Cancelled,
    /// A HOLD opens no trade, and the trade that a SELL closes belongs to the BUY that opened it.
    None,
}

impl SignalOutcome {
    /// Of a closed trade, by its gain after commissions.
    pub fn of_net(realized_pnl: Decimal) -> Self {
        if realized_pnl > Decimal::ZERO { Self::Win } else { Self::Loss }
    }

    /// Of a signal on which nothing was traded yet.
    pub fn at_first(action: SignalAction) -> Self {
        if action == SignalAction::Buy { Self::Pending } else { Self::None }
    }
}

/// A checked signal (workflow.md §2) and what became of it. Instants are engine time, amounts are
/// in the account's currency, prices in the instrument's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct Signal {
    /// The execution that made it; one execution makes one signal.
    pub execution_id: ExecutionId,
    /// Strategy.
    pub strategy_id: StrategyId,
    /// Version of the strategy.
    pub strategy_version: u32,
    /// Ticker symbol.
    pub symbol: String,
    /// Contract.
    pub conid: Conid,
    /// What to do after all checks.
    pub action: SignalAction,
    /// What the analyst proposed.
    pub proposed_action: SignalAction,
    /// What the built-in rule analyst proposed on the same data; its own proposal where it is the
    /// analyst, nothing where it was not asked.
    pub baseline_action: Option<SignalAction>,
    /// Direction.
    pub trend: Trend,
    /// As stated by the analyst, 0 to 1.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub confidence: Decimal,
    /// Last price when it was made.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub last_price: Decimal,
    /// Limit price of the entry.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub entry_price: Option<Decimal>,
    /// Stop price.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub stop_price: Option<Decimal>,
    /// Target that the bracket uses.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_price: Option<Decimal>,
    /// Nearer target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_conservative: Option<Decimal>,
    /// Farther target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub target_aggressive: Option<Decimal>,
    /// Reward ÷ risk at the bracket's target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_multiple: Option<Decimal>,
    /// The same at the nearer target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_conservative: Option<Decimal>,
    /// The same at the farther target.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub r_aggressive: Option<Decimal>,
    /// The 3-of-4 rule, computed by code.
    pub confirmation: Confirmation,
    /// Why the action is what it is.
    pub reason: String,
    /// `rules` or `model`.
    pub analyst_kind: String,
    /// The analyst's name, as cards show it.
    pub analyst_name: String,
    /// Language of the analysis, of a language model.
    pub language: Option<String>,
    /// The model that answered, of a language model.
    pub model: Option<String>,
    /// Who answered, such as `anthropic`.
    pub provider: Option<String>,
    /// The versions of the prompts that were rendered, by what for: `daily`, `daily_system`, ….
    pub prompts: BTreeMap<String, PromptRecord>,
    /// Tokens of all calls, read and written.
    #[ts(type = "number")]
    pub tokens: u64,
    /// Cost of all calls, in USD.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub model_cost: Decimal,
    /// When it was made.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub generated_at: Timestamp,
    /// When its lifetime ends.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    /// Where it stands.
    pub status: SignalStatus,
    /// Average price of what was traded on it: the entry of a BUY, the exit of a SELL.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub executed_price: Option<Decimal>,
    /// When it was first traded on.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub executed_at: Option<Timestamp>,
    /// What became of its trade.
    pub outcome: SignalOutcome,
    /// (exit − entry) ÷ the risk per share frozen at entry.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub actual_r_multiple: Option<Decimal>,
    /// Before commissions.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub gross_profit_loss: Option<Decimal>,
    /// After all commissions of entry and exit.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub net_profit_loss: Option<Decimal>,
    /// Average price of the exit.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub exit_price: Option<Decimal>,
    /// When the trade was closed.
    #[ts(type = "string | null")]
    #[schemars(with = "Option<String>")]
    pub exit_at: Option<Timestamp>,
    /// What closed it.
    pub exit_cause: Option<ExitCause>,
}

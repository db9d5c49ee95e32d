//! What the page *Signals* shows. Amounts, prices and R multiples are decimal strings;
//! shares, scores and other statistics are numbers; instants are RFC 3339 texts of engine time.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::PromptRecord;
use crate::domain::{Signal, SignalAction, SignalOutcome, SignalStatus};
use crate::performance::PerformanceDimension;

/// Asks for signals, newest first. What is left out does not narrow the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalsListRequest {
    /// Of this strategy.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// On this symbol.
    #[serde(default)]
    pub symbol: Option<String>,
    /// With this action.
    #[serde(default)]
    pub action: Option<SignalAction>,
    /// That stand so.
    #[serde(default)]
    pub status: Option<SignalStatus>,
    /// Whose trade came to this.
    #[serde(default)]
    pub outcome: Option<SignalOutcome>,
    /// By this model.
    #[serde(default)]
    pub model: Option<String>,
    /// For which this prompt was rendered.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// Only this version of the prompt.
    #[serde(default)]
    pub prompt_version: Option<u32>,
    /// Made at this instant or later, RFC 3339.
    #[serde(default)]
    pub from: Option<String>,
    /// Made before this instant, RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
    /// Signals before the page.
    #[serde(default)]
    pub offset: u32,
    /// Signals on the page at most, 1 to 500.
    pub limit: u32,
}

/// Names the signal of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// The execution that made it.
    pub execution_id: String,
}

/// A signal and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignalDto {
    /// As recorded.
    pub signal: Signal,
    /// Name of the strategy.
    pub strategy_name: String,
    /// When it was made, on the exchange's clock.
    pub exchange_time: String,
    /// Our id of the entry that still works at the broker for it; it can be cancelled.
    pub working_entry: Option<String>,
}

/// A page of signals.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignalsPageDto {
    /// Newest first.
    pub signals: Vec<SignalDto>,
    /// How many there are of those asked for.
    #[ts(type = "number")]
    pub total: u64,
    /// Signals before the page.
    pub offset: u32,
}

/// Asks how signals did. What is left out does not narrow them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceGetRequest {
    /// By what they are grouped; nothing gives the total alone.
    #[serde(default)]
    pub by: Vec<PerformanceDimension>,
    /// Which signals.
    #[serde(default)]
    pub of: PerformanceFilter,
}

/// Which signals are counted; what is left out does not narrow them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceFilter {
    /// Of this strategy.
    #[serde(default)]
    pub strategy_id: Option<String>,
    /// On this symbol.
    #[serde(default)]
    pub symbol: Option<String>,
    /// By this model.
    #[serde(default)]
    pub model: Option<String>,
    /// For which this prompt was rendered.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// Only this version of the prompt.
    #[serde(default)]
    pub prompt_version: Option<u32>,
    /// Made at this instant or later, RFC 3339.
    #[serde(default)]
    pub from: Option<String>,
    /// Made before this instant, RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
}

/// A share with its 95 % interval after Wilson, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ProportionDto {
    /// The share itself.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// A difference with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct DifferenceDto {
    /// First minus second.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// How signals did, from closed trades only.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PerformanceNumbersDto {
    /// All signals, HOLD included.
    pub signals: u32,
    /// BUY among them.
    pub buys: u32,
    /// SELL among them.
    pub sells: u32,
    /// HOLD among them.
    pub holds: u32,
    /// Signals on which something was traded.
    pub executed: u32,
    /// Closed trades that gained after commissions.
    pub wins: u32,
    /// Closed trades that did not.
    pub losses: u32,
    /// Wins among the closed trades; nothing without any.
    pub win_rate: Option<ProportionDto>,
    /// Over the closed trades, to two places.
    pub average_r: Option<String>,
    /// Best of the closed trades.
    pub best_r: Option<String>,
    /// Worst of the closed trades.
    pub worst_r: Option<String>,
    /// Before commissions.
    pub gross_profit_loss: String,
    /// After commissions.
    pub net_profit_loss: String,
    /// What the analyses cost, of all signals.
    pub model_cost: String,
    /// After commissions and model cost.
    pub net_of_model_cost: String,
    /// Mean stated confidence of the signals that were not HOLD.
    pub average_confidence: Option<f64>,
}

/// What the signals of a group share. Only what they are grouped by is set.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PerformanceKeyDto {
    /// Version of a prompt; nothing where no prompt was used.
    pub prompt: Option<PromptRecord>,
    /// Strategy.
    pub strategy_id: Option<String>,
    /// Model, or the name of the analyst that is none.
    pub model: Option<String>,
    /// `YYYY-MM-DD`.
    pub day: Option<String>,
}

/// The signals of a group.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PerformanceGroupDto {
    /// What they share.
    pub key: PerformanceKeyDto,
    /// The same in words, such as `Daily analysis v3 · sample`.
    pub label: String,
    /// How they did.
    pub numbers: PerformanceNumbersDto,
}

/// How signals did, by group and in all.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PerformanceDto {
    /// By what they are grouped.
    pub by: Vec<PerformanceDimension>,
    /// By their key.
    pub groups: Vec<PerformanceGroupDto>,
    /// All signals once.
    pub total: PerformanceNumbersDto,
}

/// Asks for two sides to be compared, such as two versions of a prompt.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceCompareRequest {
    /// One side.
    pub first: PerformanceFilter,
    /// The other.
    pub second: PerformanceFilter,
}

/// Two sides beside each other.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PerformanceComparisonDto {
    /// One side.
    pub first: PerformanceNumbersDto,
    /// The other.
    pub second: PerformanceNumbersDto,
    /// Of the win rates, first minus second.
    pub win_rate: Option<DifferenceDto>,
    /// Of the average R, first minus second.
    pub average_r: Option<DifferenceDto>,
    /// Both sides have enough closed trades to tell anything.
    pub is_enough: bool,
    /// What can be said, in one sentence.
    pub sentence: String,
}

/// Asks who did best.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaderboardGetRequest {
    /// By what signals are grouped; at least one.
    pub by: Vec<PerformanceDimension>,
    /// Closed trades that a group needs to be ranked, at least 1.
    pub minimum_outcomes: u32,
    /// Which signals.
    #[serde(default)]
    pub of: PerformanceFilter,
}

/// Groups by their average R, best first.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LeaderboardDto {
    /// Best first.
    pub ranked: Vec<PerformanceGroupDto>,
    /// Closed trades that a group needs to be ranked.
    pub minimum_outcomes: u32,
    /// Groups with fewer.
    pub too_few: u32,
}

/// Names a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TruthCardGetRequest {
    /// Which strategy.
    pub strategy_id: String,
}

/// What the numbers say about a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TruthVerdict {
    /// Its entries did better than chance would.
    Edge,
    /// They did not.
    NoEdge,
    /// There are too few closed trades to tell.
    NotEnough,
}

/// Whether a strategy is better than chance, with the statistics behind it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TruthCardDto {
    /// Strategy.
    pub strategy_id: String,
    /// Its name.
    pub strategy_name: String,
    /// The verdict.
    pub verdict: TruthVerdict,
    /// The verdict with its numbers, in one sentence.
    pub sentence: String,
    /// How its signals did; the win rate is the hit rate.
    pub numbers: PerformanceNumbersDto,
    /// Closed trades that a verdict needs.
    pub minimum_outcomes: u32,
    /// Whether the stated confidence can be believed.
    pub calibration: CalibrationDto,
    /// Whether it says BUY whatever the market does.
    pub long_bias: LongBiasDto,
    /// What its analyses cost.
    pub cost: SignalCostDto,
    /// The same trades by others.
    pub baselines: BaselinesDto,
}

/// The stated confidence against what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CalibrationDto {
    /// Closed trades.
    pub outcomes: u32,
    /// The reliability curve: bins of a tenth each that hold a trade.
    pub bins: Vec<CalibrationBinDto>,
    /// Mean of (confidence − outcome)², 0 is perfect.
    pub brier_score: Option<f64>,
    /// The score of always stating the win rate.
    pub brier_of_base_rate: Option<f64>,
    /// 1 − score ÷ score of the base rate; nothing if all trades ended alike.
    pub brier_skill: Option<f64>,
}

/// Trades whose stated confidence lay in one tenth.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CalibrationBinDto {
    /// Lower edge, in the bin.
    pub from: f64,
    /// Upper edge; in the bin only if it is 1.
    pub to: f64,
    /// Trades.
    pub count: u32,
    /// Mean stated confidence.
    pub mean_confidence: f64,
    /// Share that won.
    pub win_rate: ProportionDto,
}

/// Whether a strategy says BUY whatever the market does.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LongBiasDto {
    /// BUY signals.
    pub buys: u32,
    /// SELL signals.
    pub sells: u32,
    /// BUY among the signals that are not HOLD.
    pub buy_share: Option<ProportionDto>,
    /// Trading days of its symbols over the time of its signals.
    pub days: u32,
    /// Days among them that closed above the day before.
    pub up_days: u32,
    /// The share of these.
    pub up_share: Option<ProportionDto>,
}

/// What analyses cost, in USD.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SignalCostDto {
    /// In all.
    pub total: String,
    /// Per signal; nothing without one.
    pub per_signal: Option<String>,
    /// Per signal that was traded on.
    pub per_executed: Option<String>,
}

/// The same trades by others. Entries are compared by what a BUY at that moment would have made
/// under the strategy's own stop and target, computed from the recorded bars, in R.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BaselinesDto {
    /// Runs at which a BUY could have been made and came to its end inside the recorded bars.
    pub opportunities: u32,
    /// What the strategy bought, and how that did.
    pub strategy: EntriesDto,
    /// Entries at moments drawn by lot, in each symbol as many as the strategy made.
    pub coin: Option<CoinDto>,
    /// What the built-in rule analyst proposed to buy on the same data.
    pub rules: EntriesDto,
    /// A BUY at every opportunity.
    pub always: EntriesDto,
    /// The strategy's own money, held in the same shares all the time.
    pub buy_and_hold: Option<BuyAndHoldDto>,
}

/// Entries and how they did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct EntriesDto {
    /// How many.
    pub entries: u32,
    /// Their mean R; nothing without any.
    pub mean_r: Option<f64>,
}

/// The distribution of the mean R of entries drawn by lot.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct CoinDto {
    /// How often it was drawn.
    pub draws: u32,
    /// Seed of the draws.
    #[ts(type = "number")]
    pub seed: u64,
    /// Mean over the draws.
    pub mean_r: f64,
    /// One in twenty draws is below.
    pub low: f64,
    /// One in twenty draws is above.
    pub high: f64,
    /// (1 + draws at least as good as the strategy) ÷ (1 + draws).
    pub p_value: f64,
}

/// Buying at the first entry and selling at the last exit.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BuyAndHoldDto {
    /// Date of the first entry.
    pub from: String,
    /// Date of the last exit.
    pub to: String,
    /// The average value of an entry, the sum of it over the symbols.
    pub invested: String,
    /// What it would have gained, before commissions.
    pub profit_loss: String,
    /// What the strategy gained, after commissions.
    pub strategy_profit_loss: String,
}

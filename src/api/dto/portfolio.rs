//! Where the money came from: attribution, statistics over the value by day, snapshots.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::ExitCause;
use crate::portfolio::{PnlDimension, SnapshotPosition};

/// Cash by currency, by the broker's word.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BalancesDto {
    /// Each currency.
    pub balances: Vec<BalanceDto>,
}

/// Cash in one currency.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BalanceDto {
    /// ISO code.
    pub currency: String,
    /// In that currency.
    pub cash: String,
    /// Of it, what is settled.
    pub settled_cash: Option<String>,
    /// Interest that is due and not paid yet; negative if it is owed.
    pub accrued_interest: Option<String>,
    /// Dividends that are due and not paid yet.
    pub accrued_dividends: Option<String>,
    /// What one unit is worth in the account's base currency.
    pub exchange_rate: String,
    /// The cash in the account's base currency.
    pub cash_in_base: String,
    /// When the broker computed it, RFC 3339 UTC.
    pub as_of: String,
}

/// Shares of one fill that are still held.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct OpenLotDto {
    /// Shares that are left of the fill.
    pub quantity: String,
    /// Per share, in USD.
    pub price: String,
    /// When it was traded, RFC 3339 UTC.
    pub opened_at: String,
    /// What is left of the fill's commission, in USD.
    pub commission: String,
    /// The execution that decided it.
    pub execution_id: String,
    /// Our id of the order.
    pub client_order_id: Option<String>,
}

/// What has changed since the last close before the present trading day.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct DayPnlDto {
    /// The day of that close; nothing if there is none, so that it is since the opening.
    pub since: Option<String>,
    /// Of trades closed since, after commission, in USD.
    pub realized: String,
    /// Change of the account's value since, in USD.
    pub total: String,
    /// The same in percent of the value then.
    pub total_percent: Option<String>,
}

/// Asks where the change of the account's value came from.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PnlGetRequest {
    /// By what it is grouped.
    pub by: PnlDimension,
    /// First trading day, `YYYY-MM-DD`; from the opening of the account if absent.
    #[serde(default)]
    pub from: Option<String>,
    /// Last trading day; until now if absent.
    #[serde(default)]
    pub to: Option<String>,
}

/// Asks for the lots of a group.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PnlLotsRequest {
    /// By what they are grouped.
    pub by: PnlDimension,
    /// Which group; all if absent.
    #[serde(default)]
    pub key: Option<String>,
    /// First trading day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last trading day.
    #[serde(default)]
    pub to: Option<String>,
    /// Lots before the page, the last closed first.
    pub offset: u32,
    /// At most this many, 1 to 500.
    pub limit: u32,
}

/// Closed lots that share something. Amounts in USD.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PnlGroupDto {
    /// Names the group.
    pub key: String,
    /// The same for people.
    pub label: String,
    /// How many lots.
    pub lots: u32,
    /// Of these, with a net gain.
    pub wins: u32,
    /// Before commissions.
    pub gross: String,
    /// Commissions of entries and exits.
    pub commission: String,
    /// `gross` − `commission`.
    pub net: String,
    /// What the analyses behind them cost.
    pub model_cost: String,
    /// `net` − `model_cost`.
    pub net_of_model_cost: String,
}

/// What a part of the change is that is no closed lot of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PnlRemainderKind {
    /// Lots that were bought elsewhere and are closed.
    External,
    /// Sales of shares that no fill of ours bought.
    Unowned,
    /// Change of the gain of what is held.
    Unrealized,
    /// Commissions of what is held.
    OpenCommission,
    /// Dividends, interest, fees, deposits: what the broker's cash changed by beyond our fills.
    NotInFills,
}

/// A part of the change that is no closed lot of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PnlRemainderDto {
    /// Which.
    pub kind: PnlRemainderKind,
    /// Its name for people.
    pub label: String,
    /// In USD; nothing where it is not known.
    pub amount: Option<String>,
    /// What it is.
    pub explanation: String,
}

/// Where the change of the account's value came from. The groups' `net` and the remainders add up to
/// `change`, to the cent.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PnlDto {
    /// By what it is grouped.
    pub by: PnlDimension,
    /// The day at whose close it begins; nothing for the opening of the account.
    pub begin: Option<String>,
    /// The day at whose close it ends; nothing for now.
    pub end: Option<String>,
    /// Value of the account at the beginning, in USD.
    pub begin_value: String,
    /// Value at the end.
    pub end_value: String,
    /// `end_value` − `begin_value`.
    pub change: String,
    /// The groups.
    pub groups: Vec<PnlGroupDto>,
    /// All groups together.
    pub total: PnlGroupDto,
    /// Everything else.
    pub remainders: Vec<PnlRemainderDto>,
    /// What analyses cost that led to no trade, or to one that is open; in USD.
    pub other_model_cost: String,
}

/// Shares that one fill opened and another closed. Amounts in USD.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PnlLotDto {
    /// Strategy.
    pub strategy_id: String,
    /// Ticker symbol.
    pub symbol: String,
    /// Shares; negative if they were sold before they were bought.
    pub quantity: String,
    /// Fill of the entry, RFC 3339 UTC.
    pub opened_at: String,
    /// Fill of the exit, RFC 3339 UTC.
    pub closed_at: String,
    /// Per share.
    pub entry_price: String,
    /// Per share.
    pub exit_price: String,
    /// Before commissions.
    pub gross: String,
    /// Its share of the commissions of both fills.
    pub commission: String,
    /// `gross` − `commission`.
    pub net: String,
    /// Its share of what the analyses cost.
    pub model_cost: String,
    /// What closed it.
    pub exit_cause: ExitCause,
    /// The execution that decided the entry.
    pub entry_execution_id: String,
    /// The execution that decided the exit.
    pub exit_execution_id: String,
    /// The broker's id of the entry's fill.
    pub entry_fill_id: String,
    /// The broker's id of the exit's fill.
    pub exit_fill_id: String,
    /// Our id of the entry's order.
    pub entry_order_id: Option<String>,
    /// Our id of the exit's order.
    pub exit_order_id: Option<String>,
    /// The group in which it stands.
    pub group: String,
}

/// A page of lots, the last closed first.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PnlLotsDto {
    /// The lots.
    pub lots: Vec<PnlLotDto>,
    /// How many there are in all.
    pub total: u32,
    /// Lots before the page.
    pub offset: u32,
}

/// Asks for the account's values by day.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotsListRequest {
    /// First trading day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last trading day.
    #[serde(default)]
    pub to: Option<String>,
    /// Pages before it, of 30 days each.
    pub page: u32,
}

/// The account at the close of a trading day. Amounts in USD.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SnapshotDto {
    /// Trading day, `YYYY-MM-DD`.
    pub date: String,
    /// The close, RFC 3339 UTC.
    pub at: String,
    /// Cash.
    pub cash: String,
    /// Value of the positions.
    pub positions_value: String,
    /// Both together.
    pub net_liquidation: String,
    /// Change of the value since the trading day before; nothing for the first.
    pub change: Option<String>,
    /// Of closed trades so far, after commission.
    pub realized_pnl: String,
    /// Of what was held.
    pub unrealized_pnl: String,
    /// What was held.
    pub positions: Vec<SnapshotPosition>,
    /// The close was missed, and its value made good later from fills and closing prices.
    pub is_rebuilt: bool,
}

/// A page of the account's values, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SnapshotsDto {
    /// The values.
    pub snapshots: Vec<SnapshotDto>,
    /// How many there are in all.
    pub total: u32,
    /// Pages before it.
    pub page: u32,
    /// Values of a page.
    pub page_size: u32,
}

/// Asks for the statistics over the account's value.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortfolioStatisticsRequest {
    /// First trading day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last trading day.
    #[serde(default)]
    pub to: Option<String>,
    /// Symbol to compare with; its daily bars must be on record.
    #[serde(default)]
    pub benchmark: Option<String>,
}

/// Statistics over the account's value by day. Shares are fractions: 0.05 is 5 %.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PortfolioStatisticsDto {
    /// The day at whose close it begins; nothing for the opening of the account.
    pub begin: Option<String>,
    /// Last trading day that is in it; nothing without one.
    pub end: Option<String>,
    /// The numbers; nothing with fewer than two values.
    pub returns: Option<ReturnsDto>,
    /// (bought + sold) ÷ 2 ÷ mean value.
    pub turnover: Option<f64>,
    /// Yearly rate by which the money that was paid in became the value at the end.
    pub money_weighted_return: Option<f64>,
    /// Days of the span whose value was made good later.
    pub rebuilt_days: u32,
    /// Symbols whose daily bars are on record, to compare with.
    pub benchmarks: Vec<String>,
    /// The account beside the benchmark.
    pub benchmark: Option<BenchmarkDto>,
    /// Why there is none although one was asked for.
    pub no_benchmark: Option<String>,
}

/// How the account's value moved.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ReturnsDto {
    /// Daily returns.
    pub days: u32,
    /// Time-weighted.
    pub total_return: f64,
    /// Of a year of 252 trading days.
    pub annual_return: f64,
    /// Yearly.
    pub annual_volatility: Option<f64>,
    /// Yearly.
    pub sharpe: Option<f64>,
    /// Yearly.
    pub sortino: Option<f64>,
    /// The deepest fall.
    pub maximum_drawdown: Option<DrawdownDto>,
    /// Yearly return ÷ deepest fall.
    pub calmar: Option<f64>,
    /// Mean share of the value that was in positions.
    pub exposure: f64,
    /// Share of the days at whose close something was held.
    pub days_invested: f64,
}

/// The deepest fall of the value from a peak.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct DrawdownDto {
    /// At most 0.
    pub depth: f64,
    /// Day of the peak.
    pub peak: String,
    /// Day of the lowest value.
    pub trough: String,
    /// First day at which the peak was reached again.
    pub recovered: Option<String>,
}

/// The account beside a benchmark.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BenchmarkDto {
    /// Ticker symbol.
    pub symbol: String,
    /// Of the benchmark.
    pub total_return: f64,
    /// The account's total return − the benchmark's.
    pub excess_return: f64,
    /// Slope of the account's daily returns over the benchmark's.
    pub beta: Option<f64>,
    /// Yearly return beyond β × the benchmark's.
    pub alpha: Option<f64>,
    /// Its closes on the days of the span, oldest first.
    pub closes: Vec<BenchmarkCloseDto>,
}

/// A close of the benchmark.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct BenchmarkCloseDto {
    /// Trading day.
    pub date: String,
    /// In USD.
    pub close: String,
}

//! What the page *Symbols* and the wizard of strategies show. Instants are RFC 3339 texts of engine
//! time.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::{Availability, Conid, TickBand};

/// Asks the broker for listings.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolsSearchRequest {
    /// A ticker symbol, 1 to 12 letters, digits and dots, in capitals or not.
    pub query: String,
}

/// A listing that the broker named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SymbolDto {
    /// IBKR's contract id, by which a listing is chosen.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Name of the company, in the broker's words.
    pub name: String,
    /// Listing exchange.
    pub exchange: String,
    /// ISO code of the currency; nothing if the broker did not say.
    pub currency: Option<String>,
    /// `STK`: only stocks are looked for.
    pub asset_type: String,
    /// Listed in the US and priced in USD, so that a strategy can trade it.
    pub is_us: bool,
    /// Whether a person saved it.
    pub saved: bool,
}

/// What a search found. Several listings of one symbol are all here; none is chosen.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SymbolsSearchDto {
    /// In the broker's order.
    pub rows: Vec<SymbolDto>,
    /// When the broker answered.
    pub as_of: String,
    /// Seconds since then.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Who answered, such as `IBKR` or `simulated exchange`.
    pub source: String,
    /// Not asked again, since the broker answered the same search within the last hour.
    pub is_cached: bool,
    /// Older than an hour, and shown because the broker did not answer now.
    pub stale: bool,
    /// What is to be said about it: why it is stale, or that there is nothing.
    pub message: Option<String>,
}

/// Names a contract.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolRequest {
    /// IBKR's contract id.
    pub conid: Conid,
}

/// Where something that the broker told stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ToldDto {
    /// When the broker told it.
    pub as_of: String,
    /// Seconds since then.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Who told it, such as `IBKR` or `simulated exchange`.
    pub source: String,
    /// Older than it should be, and shown because the broker did not answer now.
    pub stale: bool,
    /// Why it is stale.
    pub message: Option<String>,
}

/// What a contract is and what orders it takes (requirement A3.2).
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SymbolDetailsDto {
    /// The contract.
    pub symbol: SymbolDto,
    /// Units of the underlying in one contract; nothing for a stock.
    pub multiplier: Option<String>,
    /// The day on which it expires, as `YYYYMMDD`; nothing for a stock.
    pub expiry: Option<String>,
    /// The name under which it is traded.
    pub trading_class: Option<String>,
    /// Exchanges to which orders can go.
    pub valid_exchanges: Vec<String>,
    /// Such as `limit` and `market`, in the broker's words.
    pub order_types: Vec<String>,
    /// Smallest price step at the present price.
    pub tick_size: String,
    /// Price bands with ticks of their own; empty if one tick holds at every price.
    pub tick_bands: Vec<TickBand>,
    /// Smallest step of a quantity.
    pub size_increment: Option<String>,
    /// Industry of the company, in the broker's words.
    pub industry: Option<String>,
    /// Who told it and when.
    pub told: ToldDto,
}

/// Saves a contract, or forgets that it was saved.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SymbolSaveRequest {
    /// IBKR's contract id.
    pub conid: Conid,
    /// Saved or not.
    pub saved: bool,
}

/// A watch-list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct WatchlistDto {
    /// Id.
    #[ts(type = "number")]
    pub id: i64,
    /// Name for people.
    pub name: String,
    /// Contracts, in their order.
    pub symbols: Vec<SymbolDto>,
}

/// Makes a watch-list, or replaces one with its name, its contracts and their order.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchlistSaveRequest {
    /// Which one; a new one if absent.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub watchlist_id: Option<i64>,
    /// 1 to 60 characters, and no other list's.
    pub name: String,
    /// At most 100, each once, in their order.
    pub conids: Vec<Conid>,
}

/// Names a watch-list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchlistRequest {
    /// Which one.
    #[ts(type = "number")]
    pub watchlist_id: i64,
}

/// Asks for the prices of a watch-list, or of the saved contracts.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchlistQuotesRequest {
    /// Which list; the saved contracts if absent.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub watchlist_id: Option<i64>,
}

/// The last price of a contract.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LastPriceDto {
    /// Last traded price.
    pub last: String,
    /// Since the close before; nothing if nothing has traded today or the broker did not say.
    pub change: Option<String>,
    /// The same in percent of the close before.
    pub change_percent: Option<String>,
    /// When the broker last updated it.
    pub as_of: String,
    /// Seconds since then.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// How current the broker's data are.
    pub availability: Availability,
    /// It is the previous close, since nothing has traded today.
    pub is_previous_close: bool,
    /// Trading in it is halted.
    pub is_halted: bool,
}

/// A contract of a watch-list with its price.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct WatchlistQuoteDto {
    /// Which contract.
    pub conid: Conid,
    /// Nothing while the broker loads it, or where it has none.
    pub price: Option<LastPriceDto>,
    /// Daily closes for a small plot, oldest first; empty until they were fetched.
    pub closes: Vec<String>,
}

/// The prices of a watch-list.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct WatchlistQuotesDto {
    /// In the order of the list.
    pub rows: Vec<WatchlistQuoteDto>,
    /// Engine time of the answer.
    pub as_of: String,
    /// Who told the prices, such as `IBKR` or `simulated exchange`.
    pub source: String,
    /// The prices come from the simulated exchange.
    pub simulated: bool,
    /// Some prices or closes are on their way: it is worth asking again in a second.
    pub is_loading: bool,
    /// Why there are no prices, where the broker did not answer.
    pub message: Option<String>,
}

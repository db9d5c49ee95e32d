//! Rows of symbols, watch-lists and sets of indicators. Instants of symbols are engine time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::records::IndicatorRecord;
use crate::domain::{Bar, Conid, Timeframe};

/// A listing as the broker named it in answer to a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingRow {
    /// IBKR's contract id.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Name of the company.
    pub company_name: String,
    /// Listing exchange.
    pub exchange: String,
    /// ISO code of the currency; nothing if the broker did not say.
    pub currency: Option<String>,
}

/// What the broker answered to a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolSearchRow {
    /// In capitals.
    pub query: String,
    /// When the broker answered.
    pub fetched_at: Timestamp,
    /// In the broker's order.
    pub listings: Vec<ListingRow>,
}

/// A contract that somebody looked at or saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolRow {
    /// What the broker calls it.
    pub listing: ListingRow,
    /// The details as JSON, and when the broker told them; nothing until they were asked for.
    pub details: Option<(String, Timestamp)>,
    /// When a person saved it, if somebody did.
    pub saved_at: Option<Timestamp>,
}

/// A watch-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchlistRow {
    /// Id, from 1.
    pub id: i64,
    /// Name for people.
    pub name: String,
    /// Place among the lists.
    pub position: u32,
    /// Contracts, in their order; each has a [`SymbolRow`].
    pub conids: Vec<Conid>,
}

/// Bars as the broker told them last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolBarsRow {
    /// Of which contract.
    pub conid: Conid,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// When the broker told them.
    pub fetched_at: Timestamp,
    /// Oldest first.
    pub bars: Vec<Bar>,
}

/// A named set of indicators of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorSetRow {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Kind and parameters of each; the ids are those of the indicators.
    pub indicators: Vec<IndicatorRecord>,
    /// When it was made, wall time.
    pub created_at: Timestamp,
    /// When it was changed last, wall time.
    pub updated_at: Timestamp,
}

/// What can be done to symbols, watch-lists and sets of indicators.
#[derive(Debug, Clone, PartialEq)]
pub enum SymbolChange {
    /// Keeps what the broker answered, in the place of an earlier answer. The oldest answers make
    /// room beyond [`MOST_SEARCHES`].
    Searched(SymbolSearchRow),
    /// Adds a contract, or what was told anew of it: its name, and its details where there are any.
    /// Whether it is saved stays as it was.
    Known(SymbolRow),
    /// Saves a known contract, or forgets that it was saved.
    Saved {
        /// Which.
        conid: Conid,
        /// When; nothing to forget it.
        at: Option<Timestamp>,
    },
    /// Keeps bars, in the place of earlier ones. The oldest make room beyond [`MOST_BARS`].
    Bars(SymbolBarsRow),
    /// Adds a watch-list, or replaces it by its id with all that is in it.
    Watchlist(WatchlistRow),
    /// Removes a watch-list.
    WatchlistRemoved(i64),
    /// Adds a set of indicators, or replaces it by its id.
    IndicatorSet(IndicatorSetRow),
    /// Removes a set of indicators.
    IndicatorSetRemoved(String),
}

/// Contracts and timeframes whose bars are kept at most.
pub const MOST_BARS: u32 = 200;

/// Searches that are kept at most.
pub const MOST_SEARCHES: u32 = 500;

//! Watch-lists and their prices.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::super::Engine;
use super::told::is_younger;
use crate::api::{ApiError, ErrorCode};
use crate::domain::{Conid, Timeframe};
use crate::executor::Changed;
use crate::market::{ContractBook as _, LastPrice, MOST_PRICES};
use crate::store::{SymbolChange, WatchlistRow};

/// Most watch-lists, and the longest name of one.
const MOST_LISTS: usize = 50;
const LONGEST_NAME: usize = 60;

/// Closes of a small plot: a quarter of a year.
const PLOTTED_CLOSES: usize = 63;
/// How old the closes of a small plot may be.
const CLOSES_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Histories that one look at a list asks for at most; the next look asks for more, so that a new
/// list is no burst.
const HISTORIES_AT_ONCE: usize = 2;

/// The prices of a list.
#[derive(Debug, Clone)]
pub(crate) struct Quotes {
    /// In the order of the list.
    pub(crate) conids: Vec<Conid>,
    pub(crate) prices: BTreeMap<Conid, LastPrice>,
    pub(crate) closes: BTreeMap<Conid, Vec<Decimal>>,
    /// It is worth asking again soon.
    pub(crate) is_loading: bool,
    /// Why there are no prices.
    pub(crate) failure: Option<String>,
}

impl Engine {
    /// Makes a watch-list, or replaces one.
    pub(crate) async fn save_watchlist(
        &self,
        id: Option<i64>,
        name: &str,
        conids: Vec<Conid>,
    ) -> Result<(), ApiError> {
        let name = checked_name("watch-list", name, LONGEST_NAME)?;
        let lists = self.parts.store.watchlists().await?;
        let is_taken = lists.iter().any(|list| Some(list.id) != id && same(&list.name, &name));
        if is_taken {
            return Err(invalid(format!("there is a watch-list called {name} already"))
                .with_hint("give another name"));
        }
        let distinct: BTreeSet<Conid> = conids.iter().copied().collect();
        if conids.len() > MOST_PRICES || distinct.len() != conids.len() {
            return Err(invalid(format!(
                "a watch-list holds at most {MOST_PRICES} contracts, each once"
            )));
        }
        let (id, position) = match id {
            Some(id) => {
                let list = lists.iter().find(|list| list.id == id).ok_or_else(|| no_list(id))?;
                (id, list.position)
            }
            None if lists.len() >= MOST_LISTS => {
                return Err(invalid(format!("there are {MOST_LISTS} watch-lists, the most"))
                    .with_hint("remove one of them"));
            }
            None => (
                lists.iter().map(|list| list.id).max().unwrap_or(0) + 1,
                lists.iter().map(|list| list.position).max().map_or(0, |last| last + 1),
            ),
        };
        for conid in &conids {
            self.know_symbol(*conid).await?;
        }
        let row = WatchlistRow { id, name, position, conids };
        self.change_symbols(vec![SymbolChange::Watchlist(row)]).await?;
        self.parts.changes.tell(Changed::Symbols);
        Ok(())
    }

    /// Removes a watch-list. What was in it stays known.
    pub(crate) async fn remove_watchlist(&self, id: i64) -> Result<(), ApiError> {
        let lists = self.parts.store.watchlists().await?;
        if lists.iter().all(|list| list.id != id) {
            return Err(no_list(id));
        }
        self.change_symbols(vec![SymbolChange::WatchlistRemoved(id)]).await?;
        self.parts.changes.tell(Changed::Symbols);
        Ok(())
    }

    /// The prices of a watch-list, or of the saved contracts, by one snapshot.
    pub(crate) async fn watchlist_quotes(&self, id: Option<i64>) -> Result<Quotes, ApiError> {
        let store = &self.parts.store;
        let conids: Vec<Conid> = if let Some(id) = id {
            let lists = store.watchlists().await?;
            lists.into_iter().find(|list| list.id == id).ok_or_else(|| no_list(id))?.conids
        } else {
            let symbols = store.symbols().await?;
            let saved = symbols.into_iter().filter(|row| row.saved_at.is_some());
            saved.map(|row| row.listing.conid).take(MOST_PRICES).collect()
        };
        let told = self.asking(self.client.last_prices(&conids)).await;
        let (prices, failure) = match told {
            Ok(prices) => (prices, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let prices: BTreeMap<Conid, LastPrice> =
            prices.into_iter().map(|price| (price.conid, price)).collect();
        let (closes, are_closes_missing) = self.closes(&conids, failure.is_some()).await?;
        let is_loading = failure.is_none() && (prices.len() < conids.len() || are_closes_missing);
        Ok(Quotes { conids, prices, closes, is_loading, failure })
    }

    /// Closes for small plots, and whether more are to be fetched.
    async fn closes(
        &self,
        conids: &[Conid],
        is_offline: bool,
    ) -> Result<(BTreeMap<Conid, Vec<Decimal>>, bool), ApiError> {
        let mut closes = BTreeMap::new();
        let mut may_fetch = if is_offline { 0 } else { HISTORIES_AT_ONCE };
        let mut is_more = false;
        for conid in conids {
            let kept = self.parts.store.symbol_bars(*conid, Timeframe::Daily).await?;
            let is_fresh = kept
                .as_ref()
                .is_some_and(|kept| is_younger(kept.fetched_at, self.now(), CLOSES_KEPT_FOR));
            let bars = if is_fresh {
                kept
            } else if may_fetch == 0 {
                is_more |= !is_offline;
                kept
            } else {
                may_fetch -= 1;
                // A contract without a history keeps its place in the list.
                self.fetch_bars(*conid, Timeframe::Daily).await.ok().or(kept)
            };
            if let Some(row) = bars {
                let from = row.bars.len().saturating_sub(PLOTTED_CLOSES);
                closes.insert(*conid, row.bars[from..].iter().map(|bar| bar.close).collect());
            }
        }
        Ok((closes, is_more))
    }
}

/// A name for people, trimmed and of a bounded length, without control characters.
pub(super) fn checked_name(what: &str, name: &str, longest: usize) -> Result<String, ApiError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > longest || name.chars().any(char::is_control) {
        return Err(invalid(format!("the name of a {what} has 1 to {longest} characters")));
    }
    Ok(name.to_owned())
}

/// Whether two names are one to a person.
pub(super) fn same(first: &str, second: &str) -> bool {
    first.to_lowercase() == second.to_lowercase()
}

pub(super) fn invalid(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}

fn no_list(id: i64) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no watch-list {id}"))
        .with_hint("choose one from the list")
}

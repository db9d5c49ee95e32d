//! Symbols: looked for at the broker, kept for a while, and shown from the database while the broker
//! is away.

mod indicator_sets;
mod told;
mod watchlists;

pub(crate) use indicator_sets::{chosen, shipped_sets};

use std::future::Future;

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::market::{MarketError, StockListing};
use crate::store::{Change, Durability, ListingRow, SymbolChange, SymbolSearchRow};

/// How long an answer of the broker is not asked for again (requirement A3.1).
const CACHED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Longest text that is looked for.
const LONGEST_QUERY: usize = 40;

/// What came of a search.
#[derive(Debug, Clone)]
pub(crate) struct FoundSymbols {
    /// What the broker answered, and when.
    pub(crate) answer: SymbolSearchRow,
    /// It was not asked for again.
    pub(crate) is_cached: bool,
    /// Why the broker did not answer now, where an older answer stands in.
    pub(crate) failure: Option<String>,
}

impl Engine {
    /// Looks for listings of a symbol. The broker is asked once in an hour; while it does not answer
    /// an older answer stands in and says so.
    pub(crate) async fn search_symbols(&self, query: &str) -> Result<FoundSymbols, ApiError> {
        let query = checked_query(query)?;
        let now = self.now();
        let kept = self.parts.store.symbol_search(&query).await?;
        if let Some(answer) = kept.as_ref().filter(|kept| is_fresh(kept.fetched_at, now)) {
            return Ok(FoundSymbols { answer: answer.clone(), is_cached: true, failure: None });
        }
        match self.asking(self.parts.market.search(&query)).await {
            Ok(listings) => {
                let answer = SymbolSearchRow {
                    query,
                    fetched_at: self.now(),
                    listings: listings.into_iter().map(row).collect(),
                };
                let change = SymbolChange::Searched(answer.clone());
                self.change_symbols(vec![change]).await?;
                Ok(FoundSymbols { answer, is_cached: false, failure: None })
            }
            // It is no symbol, which is no failure of the broker's.
            Err(error @ MarketError::UnknownSymbol { .. }) => {
                Err(ApiError::new(ErrorCode::InvalidRequest, error.to_string()).with_hint(
                    "a symbol has 1 to 12 letters, digits and dots, such as AAPL or BRK.B",
                ))
            }
            Err(error) => match kept {
                Some(answer) => {
                    let failure = Some(error.to_string());
                    Ok(FoundSymbols { answer, is_cached: true, failure })
                }
                None => Err(ApiError::new(ErrorCode::Broker, error.to_string())
                    .with_hint("look for it again when the connection is back")),
            },
        }
    }

    /// Asks the broker. In the sandbox things happen in one order, so that a question waits for what
    /// is under way there.
    async fn asking<T>(&self, question: impl Future<Output = T>) -> T {
        let _one_at_a_time = match self.venue.simulated() {
            Some(_) => Some(self.drivers.lock().await),
            None => None,
        };
        question.await
    }

    async fn change_symbols(&self, changes: Vec<SymbolChange>) -> Result<(), ApiError> {
        let changes = changes.into_iter().map(Change::Symbol).collect();
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }
}

/// Whether an answer is so young that the broker is not asked again.
fn is_fresh(fetched_at: Timestamp, now: Timestamp) -> bool {
    told::is_younger(fetched_at, now, CACHED_FOR)
}

/// What is looked for, in capitals and of a bounded length.
fn checked_query(query: &str) -> Result<String, ApiError> {
    let trimmed = query.trim();
    if trimmed.is_empty() || trimmed.chars().count() > LONGEST_QUERY {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("what is looked for has to have 1 to {LONGEST_QUERY} characters"),
        )
        .with_hint("give a symbol, such as AAPL"));
    }
    Ok(trimmed.to_ascii_uppercase())
}

fn row(listing: StockListing) -> ListingRow {
    ListingRow {
        conid: listing.conid,
        symbol: listing.symbol,
        company_name: listing.company_name,
        exchange: listing.exchange,
        currency: listing.currency,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_1_an_answer_is_fresh_for_an_hour() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let told = at("2026-01-05T15:00:00Z");
        for (now, fresh) in [
            ("2026-01-05T15:00:00Z", true),
            ("2026-01-05T15:59:59Z", true),
            ("2026-01-05T16:00:00Z", false),
            ("2026-01-05T14:59:59Z", false),
        ] {
            assert_eq!(is_fresh(told, at(now)), fresh, "{now}");
        }
    }

    #[test]
    fn a_query_is_bounded_and_in_capitals() {
        assert_eq!(checked_query(" aapl ").unwrap(), "AAPL");
        for query in ["", "   ", &"A".repeat(41)] {
            assert_eq!(checked_query(query).unwrap_err().code, ErrorCode::InvalidRequest);
        }
    }
}

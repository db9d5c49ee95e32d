//! What the broker told of one contract: its details and its bars, kept for a while.

use jiff::{SignedDuration, Timestamp};

use super::super::Engine;
use super::row;
use crate::api::{ApiError, ErrorCode};
use crate::domain::{Bar, Conid, Instrument, Timeframe};
use crate::market::{ContractBook as _, ContractDetails, MarketError, StockListing};
use crate::store::{ListingRow, SymbolBarsRow, SymbolChange, SymbolRow};

/// How long details are not asked for again: ticks and order types change rarely.
const DETAILS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What IBKR calls its own router.
const ROUTER: &str = "SMART";

/// How long bars are not asked for again. The last one moves while the exchange is open.
const BARS_KEPT_FOR: SignedDuration = SignedDuration::from_mins(15);

/// The details of a contract.
#[derive(Debug, Clone)]
pub(crate) struct ToldDetails {
    pub(crate) details: ContractDetails,
    pub(crate) is_saved: bool,
    pub(crate) fetched_at: Timestamp,
    /// Why the broker did not answer now, where an older answer stands in.
    pub(crate) failure: Option<String>,
}

/// The bars of a contract.
#[derive(Debug, Clone)]
pub(crate) struct ToldBars {
    pub(crate) bars: Vec<Bar>,
    pub(crate) fetched_at: Timestamp,
    /// Why the broker did not answer now, where an older answer stands in.
    pub(crate) failure: Option<String>,
}

impl Engine {
    /// The details of a contract, from the broker once a day.
    pub(crate) async fn symbol_details(&self, conid: Conid) -> Result<ToldDetails, ApiError> {
        let known = self.parts.store.symbol(conid).await?;
        let is_saved = known.as_ref().is_some_and(|row| row.saved_at.is_some());
        let kept = known.and_then(|row| row.details).and_then(|(text, at)| {
            // What an earlier version wrote differently is asked for again.
            Some((serde_json::from_str::<ContractDetails>(&text).ok()?, at))
        });
        if let Some((details, fetched_at)) =
            kept.clone().filter(|(_, at)| is_younger(*at, self.now(), DETAILS_KEPT_FOR))
        {
            return Ok(ToldDetails { details, is_saved, fetched_at, failure: None });
        }
        match self.asking(self.client.contract(conid)).await {
            Ok(mut details) => {
                let fetched_at = self.now();
                self.name_listing(&mut details.instrument).await?;
                self.keep_details(&details, fetched_at).await?;
                Ok(ToldDetails { details, is_saved, fetched_at, failure: None })
            }
            Err(error) => match kept {
                Some((details, fetched_at)) => Ok(ToldDetails {
                    details,
                    is_saved,
                    fetched_at,
                    failure: Some(error.to_string()),
                }),
                None => Err(no_answer(&error)),
            },
        }
    }

    /// Puts the exchange that lists a contract in the place of the one that orders are routed
    /// through, as far as a search told it: the details do not.
    async fn name_listing(&self, instrument: &mut Instrument) -> Result<(), ApiError> {
        if instrument.exchange != ROUTER {
            return Ok(());
        }
        let found = self.parts.store.symbol_search(&instrument.symbol).await?;
        let listings = found.map(|found| found.listings).unwrap_or_default();
        if let Some(listing) = listings.into_iter().find(|it| it.conid == instrument.conid) {
            instrument.exchange = listing.exchange;
        }
        Ok(())
    }

    async fn keep_details(
        &self,
        details: &ContractDetails,
        fetched_at: Timestamp,
    ) -> Result<(), ApiError> {
        let instrument = &details.instrument;
        let listing = StockListing {
            conid: instrument.conid,
            symbol: instrument.symbol.clone(),
            company_name: instrument.company_name.clone(),
            exchange: instrument.exchange.clone(),
            currency: Some(instrument.currency.clone()),
        };
        let text = serde_json::to_string(details)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let known =
            SymbolRow { listing: row(listing), details: Some((text, fetched_at)), saved_at: None };
        self.change_symbols(vec![SymbolChange::Known(known)]).await
    }

    /// Makes sure that a contract is known, as what is saved or watched has to be.
    pub(super) async fn know_symbol(&self, conid: Conid) -> Result<ListingRow, ApiError> {
        if let Some(row) = self.parts.store.symbol(conid).await? {
            return Ok(row.listing);
        }
        let instrument = self.symbol_details(conid).await?.details.instrument;
        Ok(ListingRow {
            conid,
            symbol: instrument.symbol,
            company_name: instrument.company_name,
            exchange: instrument.exchange,
            currency: Some(instrument.currency),
        })
    }

    /// Saves a contract, or forgets that it was saved.
    pub(crate) async fn save_symbol(&self, conid: Conid, is_saved: bool) -> Result<(), ApiError> {
        self.know_symbol(conid).await?;
        let at = is_saved.then(|| self.now());
        self.change_symbols(vec![SymbolChange::Saved { conid, at }]).await?;
        self.parts.changes.tell(crate::executor::Changed::Symbols);
        Ok(())
    }

    /// The bars of a contract, from the broker when the kept ones are older than a quarter of an
    /// hour.
    pub(crate) async fn symbol_bars(
        &self,
        conid: Conid,
        timeframe: Timeframe,
    ) -> Result<ToldBars, ApiError> {
        let kept = self.parts.store.symbol_bars(conid, timeframe).await?;
        if let Some(kept) =
            kept.as_ref().filter(|kept| is_younger(kept.fetched_at, self.now(), BARS_KEPT_FOR))
        {
            let (bars, fetched_at) = (kept.bars.clone(), kept.fetched_at);
            return Ok(ToldBars { bars, fetched_at, failure: None });
        }
        match self.fetch_bars(conid, timeframe).await {
            Ok(row) => Ok(ToldBars { bars: row.bars, fetched_at: row.fetched_at, failure: None }),
            Err(error) => match kept {
                Some(SymbolBarsRow { bars, fetched_at, .. }) => {
                    Ok(ToldBars { bars, fetched_at, failure: Some(error.message) })
                }
                None => Err(error),
            },
        }
    }

    /// Asks the broker for bars, and keeps them.
    pub(super) async fn fetch_bars(
        &self,
        conid: Conid,
        timeframe: Timeframe,
    ) -> Result<SymbolBarsRow, ApiError> {
        let period = match timeframe {
            Timeframe::Daily => "2y",
            Timeframe::Weekly => "5y",
        };
        let question = self.parts.market.history(conid, timeframe, period);
        let bars = self.asking(question).await.map_err(|error| no_answer(&error))?;
        let row = SymbolBarsRow { conid, timeframe, fetched_at: self.now(), bars };
        self.change_symbols(vec![SymbolChange::Bars(row.clone())]).await?;
        Ok(row)
    }
}

/// Whether something is younger than that. What is from the future, after the clock was set back,
/// is not.
pub(super) fn is_younger(at: Timestamp, now: Timestamp, than: SignedDuration) -> bool {
    at <= now && now.duration_since(at) < than
}

fn no_answer(error: &MarketError) -> ApiError {
    let (code, hint) = match error {
        MarketError::Broker(_) => (ErrorCode::Broker, "try it again when the connection is back"),
        MarketError::UnknownSymbol { .. }
        | MarketError::AmbiguousSymbol { .. }
        | MarketError::NoData { .. } => (ErrorCode::NotFound, "look for the symbol again"),
    };
    ApiError::new(code, error.to_string()).with_hint(hint)
}

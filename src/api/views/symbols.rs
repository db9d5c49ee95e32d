//! Symbols as a person looks for them, saves them and watches them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::api::ApiError;
use crate::api::dto::{
    LastPriceDto, SymbolDetailsDto, SymbolDto, SymbolsSearchDto, ToldDto, WatchlistDto,
    WatchlistQuoteDto, WatchlistQuotesDto,
};
use crate::app::Engine;
use crate::domain::Conid;
use crate::market::LastPrice;
use crate::store::{ListingRow, SymbolRow};

/// The only currency in which strategies trade.
const TRADED_CURRENCY: &str = "USD";

/// Places of a change in percent.
const PERCENT_PLACES: u32 = 2;

/// What a search found.
pub async fn symbols_search(engine: &Engine, query: &str) -> Result<SymbolsSearchDto, ApiError> {
    let found = engine.search_symbols(query).await?;
    let known = known(engine).await?;
    let told = told(engine, found.answer.fetched_at, found.failure);
    let rows: Vec<SymbolDto> = found
        .answer
        .listings
        .into_iter()
        .map(|listing| {
            let saved = known.get(&listing.conid).is_some_and(|row| row.saved_at.is_some());
            symbol(listing, saved)
        })
        .collect();
    let nothing = rows.is_empty().then(|| {
        format!("{} lists no US stock with the symbol {}", told.source, found.answer.query)
    });
    Ok(SymbolsSearchDto {
        rows,
        as_of: told.as_of,
        age_seconds: told.age_seconds,
        source: told.source,
        is_cached: found.is_cached,
        stale: told.stale,
        message: told.message.or(nothing),
    })
}

/// The details of a contract.
pub async fn symbol_details(engine: &Engine, conid: Conid) -> Result<SymbolDetailsDto, ApiError> {
    let found = engine.symbol_details(conid).await?;
    let details = found.details;
    let instrument = details.instrument;
    let mut shown = symbol(
        ListingRow {
            conid,
            symbol: instrument.symbol,
            company_name: instrument.company_name,
            exchange: instrument.exchange,
            currency: Some(instrument.currency),
        },
        found.is_saved,
    );
    shown.asset_type = details.asset_type;
    Ok(SymbolDetailsDto {
        symbol: shown,
        multiplier: details.multiplier.map(|multiplier| multiplier.normalize().to_string()),
        expiry: details.expiry,
        trading_class: details.trading_class,
        valid_exchanges: details.valid_exchanges,
        order_types: details.order_types,
        tick_size: instrument.tick_size.to_string(),
        tick_bands: instrument.tick_bands,
        size_increment: details.size_increment.map(|step| step.normalize().to_string()),
        industry: details.industry,
        told: told(engine, found.fetched_at, found.failure),
    })
}

/// The contracts that a person saved, by symbol.
pub async fn saved_symbols(engine: &Engine) -> Result<Vec<SymbolDto>, ApiError> {
    let rows = engine.store().symbols().await?.into_iter();
    Ok(rows.filter(|row| row.saved_at.is_some()).map(|row| symbol(row.listing, true)).collect())
}

/// All watch-lists with what is in them.
pub async fn watchlists(engine: &Engine) -> Result<Vec<WatchlistDto>, ApiError> {
    let known = known(engine).await?;
    let lists = engine.store().watchlists().await?.into_iter();
    Ok(lists
        .map(|list| WatchlistDto {
            id: list.id,
            name: list.name,
            symbols: list
                .conids
                .iter()
                .filter_map(|conid| known.get(conid))
                .map(|row| symbol(row.listing.clone(), row.saved_at.is_some()))
                .collect(),
        })
        .collect())
}

/// The prices of a watch-list, or of the saved contracts.
pub async fn watchlist_quotes(
    engine: &Engine,
    id: Option<i64>,
) -> Result<WatchlistQuotesDto, ApiError> {
    let mut quotes = engine.watchlist_quotes(id).await?;
    let now = engine.now();
    let rows = quotes.conids.iter().map(|conid| WatchlistQuoteDto {
        conid: *conid,
        price: quotes.prices.get(conid).map(|price| last_price(price, now)),
        closes: quotes
            .closes
            .remove(conid)
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect(),
    });
    Ok(WatchlistQuotesDto {
        rows: rows.collect(),
        as_of: now.to_string(),
        source: source(engine),
        simulated: engine.parts().price_notes.simulated,
        is_loading: quotes.is_loading,
        message: quotes.failure,
    })
}

fn last_price(price: &LastPrice, now: Timestamp) -> LastPriceDto {
    let before = price.change.map(|change| price.last - change);
    let percent = price
        .change
        .zip(before.filter(|before| *before > Decimal::ZERO))
        .and_then(|(change, before)| change.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before));
    LastPriceDto {
        last: price.last.to_string(),
        change: price.change.map(|change| change.to_string()),
        change_percent: percent.map(|percent| percent.round_dp(PERCENT_PLACES).to_string()),
        as_of: price.as_of.to_string(),
        age_seconds: now.duration_since(price.as_of).as_secs().max(0),
        availability: price.availability,
        is_previous_close: price.is_previous_close,
        is_halted: price.is_halted,
    }
}

/// Every known contract by its id.
async fn known(engine: &Engine) -> Result<BTreeMap<Conid, SymbolRow>, ApiError> {
    let rows = engine.store().symbols().await?.into_iter();
    Ok(rows.map(|row| (row.listing.conid, row)).collect())
}

/// Who told something and when, and why it is old.
pub(super) fn told(engine: &Engine, fetched_at: Timestamp, failure: Option<String>) -> ToldDto {
    ToldDto {
        as_of: fetched_at.to_string(),
        age_seconds: engine.now().duration_since(fetched_at).as_secs().max(0),
        source: source(engine),
        stale: failure.is_some(),
        message: failure.map(|failure| format!("{failure}; this is an earlier answer")),
    }
}

/// Who answers in this environment.
fn source(engine: &Engine) -> String {
    let simulated = engine.parts().price_notes.simulated;
    if simulated { "simulated exchange" } else { "IBKR" }.to_owned()
}

fn symbol(listing: ListingRow, saved: bool) -> SymbolDto {
    SymbolDto {
        conid: listing.conid,
        symbol: listing.symbol,
        name: listing.company_name,
        exchange: listing.exchange,
        is_us: listing.currency.as_deref() == Some(TRADED_CURRENCY),
        currency: listing.currency,
        asset_type: "STK".to_owned(),
        saved,
    }
}

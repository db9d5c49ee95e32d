//! Changes of symbols, watch-lists and sets of indicators: the SQL beside the columns that it fills.

use sqlx::SqliteConnection;

use super::convert::encode;
use super::error::Attempt;
use super::rows_symbols::{
    IndicatorSetRow, MOST_BARS, MOST_SEARCHES, SymbolBarsRow, SymbolChange, SymbolRow,
    SymbolSearchRow, WatchlistRow,
};

pub(super) async fn symbol(connection: &mut SqliteConnection, change: SymbolChange) -> Attempt<()> {
    match change {
        SymbolChange::Searched(row) => searched(connection, row).await,
        SymbolChange::Known(row) => known(connection, row).await,
        SymbolChange::Saved { conid, at } => {
            sqlx::query("UPDATE symbol SET saved_at = ? WHERE conid = ?")
                .bind(at.map(jiff::Timestamp::as_microsecond))
                .bind(conid.0)
                .execute(connection)
                .await?;
            Ok(())
        }
        SymbolChange::Bars(row) => bars(connection, row).await,
        SymbolChange::Watchlist(row) => watchlist(connection, row).await,
        SymbolChange::WatchlistRemoved(id) => {
            sqlx::query("DELETE FROM watchlist_entry WHERE watchlist_id = ?")
                .bind(id)
                .execute(&mut *connection)
                .await?;
            sqlx::query("DELETE FROM watchlist WHERE watchlist_id = ?")
                .bind(id)
                .execute(connection)
                .await?;
            Ok(())
        }
        SymbolChange::IndicatorSet(row) => indicator_set(connection, row).await,
        SymbolChange::IndicatorSetRemoved(id) => {
            sqlx::query("DELETE FROM indicator_set WHERE set_id = ?")
                .bind(id)
                .execute(connection)
                .await?;
            Ok(())
        }
    }
}

async fn searched(connection: &mut SqliteConnection, row: SymbolSearchRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO symbol_search (query, fetched_at, listings) VALUES (?, ?, ?) \
         ON CONFLICT (query) DO UPDATE SET fetched_at = excluded.fetched_at, \
         listings = excluded.listings",
    )
    .bind(row.query)
    .bind(row.fetched_at.as_microsecond())
    .bind(serde_json::to_string(&row.listings).map_err(encode)?)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM symbol_search WHERE query NOT IN \
         (SELECT query FROM symbol_search ORDER BY fetched_at DESC, query LIMIT ?)",
    )
    .bind(MOST_SEARCHES)
    .execute(connection)
    .await?;
    Ok(())
}

async fn known(connection: &mut SqliteConnection, row: SymbolRow) -> Attempt<()> {
    let (details, fetched_at) = row.details.unzip();
    sqlx::query(
        "INSERT INTO symbol (conid, symbol, company_name, exchange, currency, details, \
         fetched_at, saved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (conid) DO UPDATE SET symbol = excluded.symbol, \
         company_name = excluded.company_name, exchange = excluded.exchange, \
         currency = coalesce(excluded.currency, currency), \
         details = coalesce(excluded.details, details), \
         fetched_at = coalesce(excluded.fetched_at, fetched_at)",
    )
    .bind(row.listing.conid.0)
    .bind(row.listing.symbol)
    .bind(row.listing.company_name)
    .bind(row.listing.exchange)
    .bind(row.listing.currency)
    .bind(details)
    .bind(fetched_at.map(jiff::Timestamp::as_microsecond))
    .bind(row.saved_at.map(jiff::Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

async fn bars(connection: &mut SqliteConnection, row: SymbolBarsRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO symbol_bars (conid, timeframe, fetched_at, bars) VALUES (?, ?, ?, ?) \
         ON CONFLICT (conid, timeframe) DO UPDATE SET fetched_at = excluded.fetched_at, \
         bars = excluded.bars",
    )
    .bind(row.conid.0)
    .bind(row.timeframe.as_str())
    .bind(row.fetched_at.as_microsecond())
    .bind(serde_json::to_string(&row.bars).map_err(encode)?)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM symbol_bars WHERE (conid, timeframe) NOT IN \
         (SELECT conid, timeframe FROM symbol_bars \
         ORDER BY fetched_at DESC, conid, timeframe LIMIT ?)",
    )
    .bind(MOST_BARS)
    .execute(connection)
    .await?;
    Ok(())
}

async fn watchlist(connection: &mut SqliteConnection, row: WatchlistRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO watchlist (watchlist_id, name, position) VALUES (?, ?, ?) \
         ON CONFLICT (watchlist_id) DO UPDATE SET name = excluded.name, \
         position = excluded.position",
    )
    .bind(row.id)
    .bind(row.name)
    .bind(row.position)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM watchlist_entry WHERE watchlist_id = ?")
        .bind(row.id)
        .execute(&mut *connection)
        .await?;
    for (position, conid) in (0_i64..).zip(row.conids) {
        sqlx::query("INSERT INTO watchlist_entry (watchlist_id, position, conid) VALUES (?, ?, ?)")
            .bind(row.id)
            .bind(position)
            .bind(conid.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn indicator_set(connection: &mut SqliteConnection, row: IndicatorSetRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO indicator_set (set_id, name, description, indicators, created_at, \
         updated_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (set_id) DO UPDATE SET name = excluded.name, \
         description = excluded.description, indicators = excluded.indicators, \
         updated_at = excluded.updated_at",
    )
    .bind(row.id)
    .bind(row.name)
    .bind(row.description)
    .bind(serde_json::to_string(&row.indicators).map_err(encode)?)
    .bind(row.created_at.as_microsecond())
    .bind(row.updated_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

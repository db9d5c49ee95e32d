//! Reads: symbols, watch-lists and sets of indicators.

use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{count, instant, optional_instant, parsed};
use super::error::{Attempt, Failure, StoreError};
use super::rows_symbols::{
    IndicatorSetRow, ListingRow, SymbolBarsRow, SymbolRow, SymbolSearchRow, WatchlistRow,
};
use crate::domain::{Conid, Timeframe};

impl Store {
    /// What the broker answered to a search, in capitals, when it was asked last.
    pub async fn symbol_search(&self, query: &str) -> Result<Option<SymbolSearchRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM symbol_search WHERE query = ?")
            .bind(query)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, search)
    }

    /// Every known contract: those that were looked at and those that a person saved, by symbol.
    pub async fn symbols(&self) -> Result<Vec<SymbolRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM symbol ORDER BY symbol, conid")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, symbol)
    }

    /// One known contract.
    pub async fn symbol(&self, conid: Conid) -> Result<Option<SymbolRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM symbol WHERE conid = ?")
            .bind(conid.0)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, symbol)
    }

    /// Bars as the broker told them last.
    pub async fn symbol_bars(
        &self,
        conid: Conid,
        timeframe: Timeframe,
    ) -> Result<Option<SymbolBarsRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM symbol_bars WHERE conid = ? AND timeframe = ?")
            .bind(conid.0)
            .bind(timeframe.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, bars)
    }

    /// All watch-lists, in their order.
    pub async fn watchlists(&self) -> Result<Vec<WatchlistRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM watchlist ORDER BY position, watchlist_id")
            .fetch_all(&self.readers)
            .await;
        let mut lists = self.all(rows, watchlist)?;
        let rows = sqlx::query("SELECT * FROM watchlist_entry ORDER BY watchlist_id, position")
            .fetch_all(&self.readers)
            .await;
        let entries = self.all(rows, |row| {
            Ok((row.try_get::<i64, _>("watchlist_id")?, Conid(row.try_get("conid")?)))
        })?;
        for list in &mut lists {
            let own = entries.iter().filter(|(id, _)| *id == list.id);
            list.conids = own.map(|(_, conid)| *conid).collect();
        }
        Ok(lists)
    }

    /// All sets of indicators of a person, by name.
    pub async fn indicator_sets(&self) -> Result<Vec<IndicatorSetRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM indicator_set ORDER BY name COLLATE NOCASE, set_id")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, indicator_set)
    }
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Attempt<T> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text)
        .map_err(|_| Failure::Value { column, value: text.chars().take(80).collect() })
}

fn search(row: &SqliteRow) -> Attempt<SymbolSearchRow> {
    Ok(SymbolSearchRow {
        query: row.try_get("query")?,
        fetched_at: instant(row, "fetched_at")?,
        listings: json(row, "listings")?,
    })
}

fn bars(row: &SqliteRow) -> Attempt<SymbolBarsRow> {
    Ok(SymbolBarsRow {
        conid: Conid(row.try_get("conid")?),
        timeframe: parsed(row, "timeframe")?,
        fetched_at: instant(row, "fetched_at")?,
        bars: json(row, "bars")?,
    })
}

fn symbol(row: &SqliteRow) -> Attempt<SymbolRow> {
    let details: Option<String> = row.try_get("details")?;
    Ok(SymbolRow {
        listing: ListingRow {
            conid: Conid(row.try_get("conid")?),
            symbol: row.try_get("symbol")?,
            company_name: row.try_get("company_name")?,
            exchange: row.try_get("exchange")?,
            currency: row.try_get("currency")?,
        },
        details: details.zip(optional_instant(row, "fetched_at")?),
        saved_at: optional_instant(row, "saved_at")?,
    })
}

fn watchlist(row: &SqliteRow) -> Attempt<WatchlistRow> {
    Ok(WatchlistRow {
        id: row.try_get("watchlist_id")?,
        name: row.try_get("name")?,
        position: count(row, "position")?,
        conids: Vec::new(),
    })
}

fn indicator_set(row: &SqliteRow) -> Attempt<IndicatorSetRow> {
    Ok(IndicatorSetRow {
        id: row.try_get("set_id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        indicators: json(row, "indicators")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

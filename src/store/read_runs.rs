//! Reads: settings, strategies, executions.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::EXTERNAL_STRATEGY;
use super::Store;
use super::convert::{count, instant, optional_instant, optional_parsed, parsed};
use super::error::{Attempt, StoreError};
use super::rows::{Counts, ExecutionRow, StrategyRow, StrategyVersionRow, StrategyVersionUse};
use crate::domain::{ExecutionId, StrategyId};

impl Store {
    /// The value of a setting, if it was ever set.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let found = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await;
        self.locate(found.map_err(Into::into))
    }

    /// All settings by key.
    pub async fn settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let found = sqlx::query_as("SELECT key, value FROM setting ORDER BY key")
            .fetch_all(&self.readers)
            .await;
        self.locate(found.map_err(Into::into))
    }

    /// The newest version of every strategy, by id. The strategy under which what was done elsewhere
    /// is recorded is the system's own, and is none that a person runs.
    pub async fn strategies(&self) -> Result<Vec<StrategyRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.*, s.active, s.archived_at FROM strategy_version v JOIN strategy s USING (strategy_id) \
             WHERE v.version = (SELECT max(version) FROM strategy_version \
             WHERE strategy_id = v.strategy_id) AND v.strategy_id <> ? ORDER BY v.strategy_id",
        )
        .bind(EXTERNAL_STRATEGY)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(StrategyRow {
                version: strategy_version(row)?,
                active: row.try_get("active")?,
                archived_at: optional_instant(row, "archived_at")?,
            })
        })
    }

    /// Every version of a strategy with the number of executions that ran it, newest first.
    pub async fn strategy_versions(
        &self,
        strategy_id: &StrategyId,
    ) -> Result<Vec<StrategyVersionUse>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.*, (SELECT count(*) FROM execution e WHERE e.strategy_id = v.strategy_id \
             AND e.strategy_version = v.version) AS executions FROM strategy_version v \
             WHERE v.strategy_id = ? ORDER BY v.version DESC",
        )
        .bind(strategy_id.as_str())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            let version = strategy_version(row)?;
            Ok(StrategyVersionUse { version, executions: count(row, "executions")? })
        })
    }

    /// One version of a strategy.
    pub async fn strategy_version(
        &self,
        strategy_id: &StrategyId,
        version: u32,
    ) -> Result<Option<StrategyVersionRow>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM strategy_version WHERE strategy_id = ? AND version = ?")
                .bind(strategy_id.as_str())
                .bind(version)
                .fetch_optional(&self.readers)
                .await;
        self.one(row, strategy_version)
    }

    /// One execution.
    pub async fn execution(&self, id: &ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM execution WHERE execution_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, execution)
    }

    /// Executions of one strategy or of all, newest engine time first, then newest start.
    pub async fn executions(
        &self,
        strategy_id: Option<&StrategyId>,
        limit: u32,
    ) -> Result<Vec<ExecutionRow>, StoreError> {
        let rows = match strategy_id {
            Some(strategy_id) => {
                sqlx::query(
                    "SELECT * FROM execution WHERE strategy_id = ? \
                     ORDER BY as_of DESC, started_at DESC, execution_id DESC LIMIT ?",
                )
                .bind(strategy_id.as_str())
                .bind(limit)
                .fetch_all(&self.readers)
                .await
            }
            None => {
                sqlx::query(
                    "SELECT * FROM execution \
                     ORDER BY as_of DESC, started_at DESC, execution_id DESC LIMIT ?",
                )
                .bind(limit)
                .fetch_all(&self.readers)
                .await
            }
        };
        self.all(rows, execution)
    }

    /// Executions that are running or wait for their order, oldest first.
    pub async fn unfinished_executions(&self) -> Result<Vec<ExecutionRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM execution WHERE status IN ('running', 'tracking') \
             ORDER BY as_of, started_at, execution_id",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, execution)
    }

    /// How much there is of everything.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM execution) AS executions, \
             (SELECT count(*) FROM broker_order) AS orders, \
             (SELECT count(*) FROM fill) AS fills, \
             (SELECT count(*) FROM position) AS positions, \
             (SELECT count(*) FROM closed_trade) AS trades, \
             (SELECT count(*) FROM workflow_lineage) AS lineage_rows, \
             (SELECT count(*) FROM blob) AS blobs, \
             (SELECT coalesce(sum(length(content)), 0) FROM blob) AS blob_bytes",
        )
        .fetch_optional(&self.readers)
        .await;
        let counts = self.one(row, |row| {
            Ok(Counts {
                executions: count(row, "executions")?,
                orders: count(row, "orders")?,
                fills: count(row, "fills")?,
                positions: count(row, "positions")?,
                trades: count(row, "trades")?,
                lineage_rows: count(row, "lineage_rows")?,
                blobs: count(row, "blobs")?,
                blob_bytes: count(row, "blob_bytes")?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    pub(super) fn all<T>(
        &self,
        rows: Result<Vec<SqliteRow>, sqlx::Error>,
        read: impl FnMut(&SqliteRow) -> Attempt<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.locate(rows.map_err(Into::into).and_then(|rows| rows.iter().map(read).collect()))
    }

    pub(super) fn one<T>(
        &self,
        row: Result<Option<SqliteRow>, sqlx::Error>,
        read: impl FnMut(&SqliteRow) -> Attempt<T>,
    ) -> Result<Option<T>, StoreError> {
        self.locate(row.map_err(Into::into).and_then(|row| row.as_ref().map(read).transpose()))
    }
}

fn strategy_version(row: &SqliteRow) -> Attempt<StrategyVersionRow> {
    Ok(StrategyVersionRow {
        strategy_id: parsed(row, "strategy_id")?,
        name: row.try_get("name")?,
        version: count(row, "version")?,
        toml: row.try_get("toml")?,
        hash: row.try_get("hash")?,
        created_at: instant(row, "created_at")?,
    })
}

pub(super) fn execution(row: &SqliteRow) -> Attempt<ExecutionRow> {
    Ok(ExecutionRow {
        id: parsed(row, "execution_id")?,
        strategy_id: parsed(row, "strategy_id")?,
        strategy_version: count(row, "strategy_version")?,
        symbol: row.try_get("symbol")?,
        model: row.try_get("model")?,
        trigger: parsed(row, "trigger")?,
        environment: parsed(row, "environment")?,
        account_id: parsed(row, "account_id")?,
        as_of: instant(row, "as_of")?,
        status: parsed(row, "status")?,
        outcome: optional_parsed(row, "outcome")?,
        sentence: row.try_get("sentence")?,
        duration_us: count(row, "duration_us")?,
        started_at: instant(row, "started_at")?,
        finished_at: optional_instant(row, "finished_at")?,
    })
}

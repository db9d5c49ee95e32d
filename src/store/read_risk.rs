//! Reads: limits of the account, locks, results by strategy and day, what the watch saw.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{
    decimal, encode, instant, optional_decimal, optional_instant, optional_parsed, parsed,
};
use super::error::{Attempt, StoreError};
use super::rows_risk::{EntryLockRow, LockRelease, RiskLimitsRow, StrategyDayRow, WatchEventRow};
use crate::domain::records::LockRecord;
use crate::domain::{Conid, ExecutionId, StrategyId};

impl Store {
    /// Limits of the account as they were set, newest first: the first is in force.
    pub async fn risk_limits(&self, limit: u32) -> Result<Vec<RiskLimitsRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM risk_limits ORDER BY risk_limits_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await;
        self.all(rows, |row| {
            Ok(RiskLimitsRow {
                at: instant(row, "at")?,
                changed_by: row.try_get("changed_by")?,
                limits: json(row, "limits_json")?,
            })
        })
    }

    /// Locks that close entries at `now`, oldest first.
    pub async fn locks_in_force(&self, now: Timestamp) -> Result<Vec<EntryLockRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM entry_lock \
             WHERE released_at IS NULL AND (unlocks_at IS NULL OR unlocks_at > ?) ORDER BY lock_id",
        )
        .bind(now.as_microsecond())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, entry_lock)
    }

    /// Locks, newest first, in force or over.
    pub async fn entry_locks(&self, limit: u32) -> Result<Vec<EntryLockRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM entry_lock ORDER BY lock_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await;
        self.all(rows, entry_lock)
    }

    /// Which of these causes have locked before, whether the lock is over or not.
    pub async fn known_lock_causes(&self, keys: &[String]) -> Result<Vec<String>, StoreError> {
        let found: Result<Vec<String>, sqlx::Error> = sqlx::query_scalar(
            "SELECT cause_key FROM entry_lock \
             WHERE cause_key IN (SELECT value FROM json_each(?))",
        )
        .bind(serde_json::Value::from(keys.to_vec()).to_string())
        .fetch_all(&self.readers)
        .await;
        self.locate(found.map_err(Into::into))
    }

    /// Executions by which the watch sold at a stop.
    pub async fn stop_watch_executions(&self) -> Result<Vec<ExecutionId>, StoreError> {
        let rows = sqlx::query(
            "SELECT execution_id FROM watch_event \
             WHERE \"trigger\" = 'stop' AND execution_id IS NOT NULL",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| parsed(row, "execution_id"))
    }

    /// One lock.
    pub async fn entry_lock(&self, lock_id: i64) -> Result<Option<EntryLockRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM entry_lock WHERE lock_id = ?")
            .bind(lock_id)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, entry_lock)
    }

    /// Results of a strategy by day, oldest first, before a day.
    pub async fn strategy_days(
        &self,
        strategy: &StrategyId,
        before: Date,
    ) -> Result<Vec<StrategyDayRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM strategy_day WHERE strategy_id = ? AND date < ? ORDER BY date",
        )
        .bind(strategy.as_str())
        .bind(before.to_string())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(StrategyDayRow {
                date: parsed(row, "date")?,
                strategy_id: parsed(row, "strategy_id")?,
                at: instant(row, "at")?,
                realized_pnl: decimal(row, "realized_pnl")?,
                unrealized_pnl: decimal(row, "unrealized_pnl")?,
            })
        })
    }

    /// What the watch saw, newest first.
    pub async fn watch_events(&self, limit: u32) -> Result<Vec<WatchEventRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM watch_event ORDER BY watch_event_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await;
        self.all(rows, |row| {
            Ok(WatchEventRow {
                at: instant(row, "at")?,
                strategy_id: parsed(row, "strategy_id")?,
                conid: Conid(row.try_get("conid")?),
                symbol: row.try_get("symbol")?,
                trigger: parsed(row, "trigger")?,
                verdict: parsed(row, "verdict")?,
                level: decimal(row, "level")?,
                price: optional_decimal(row, "price")?,
                price_source: optional_parsed(row, "price_source")?,
                price_at: optional_instant(row, "price_at")?,
                sentence: row.try_get("sentence")?,
                execution_id: optional_parsed(row, "execution_id")?,
            })
        })
    }
}

fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Attempt<T> {
    serde_json::from_str(row.try_get(column)?).map_err(encode)
}

fn entry_lock(row: &SqliteRow) -> Attempt<EntryLockRow> {
    let release = match optional_instant(row, "released_at")? {
        None => None,
        Some(at) => Some(LockRelease {
            at,
            by: row.try_get("released_by")?,
            reason: row.try_get("release_reason")?,
        }),
    };
    Ok(EntryLockRow {
        lock: LockRecord {
            lock_id: row.try_get("lock_id")?,
            kind: row.try_get("kind")?,
            reach: parsed(row, "reach")?,
            strategy_id: optional_parsed(row, "strategy_id")?,
            symbol: row.try_get("symbol")?,
            locked_at: instant(row, "locked_at")?,
            unlocks_at: optional_instant(row, "unlocks_at")?,
            sentence: row.try_get("sentence")?,
            trades: json(row, "trades_json")?,
        },
        conid: row.try_get::<Option<i64>, _>("conid")?.map(Conid),
        release,
    })
}

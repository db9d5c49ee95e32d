//! Reads: planned runs, made or not, and pauses.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{count, instant, optional_parsed, parsed};
use super::error::{Attempt, StoreError};
use super::rows_schedule::{ScheduleClaimRow, ScheduleGapRow, SchedulePauseRow};
use crate::domain::StrategyId;

impl Store {
    /// The claim on one planned run.
    pub async fn schedule_claim(
        &self,
        strategy_id: &StrategyId,
        symbol: &str,
        planned_at: Timestamp,
    ) -> Result<Option<ScheduleClaimRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM schedule_claim WHERE strategy_id = ? AND symbol = ? AND planned_at = ?",
        )
        .bind(strategy_id.as_str())
        .bind(symbol)
        .bind(planned_at.as_microsecond())
        .fetch_optional(&self.readers)
        .await;
        self.one(row, schedule_claim)
    }

    /// Up to when every planned run of a strategy on a symbol is accounted for; nothing before the
    /// first.
    pub async fn accounted_until(
        &self,
        strategy_id: &StrategyId,
        symbol: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row =
            sqlx::query("SELECT until FROM schedule_mark WHERE strategy_id = ? AND symbol = ?")
                .bind(strategy_id.as_str())
                .bind(symbol)
                .fetch_optional(&self.readers)
                .await;
        self.one(row, |row| instant(row, "until"))
    }

    /// Claims of a strategy, latest planned run first.
    pub async fn schedule_claims(
        &self,
        strategy_id: &StrategyId,
        limit: u32,
    ) -> Result<Vec<ScheduleClaimRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM schedule_claim WHERE strategy_id = ? \
             ORDER BY planned_at DESC, symbol LIMIT ?",
        )
        .bind(strategy_id.as_str())
        .bind(limit)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, schedule_claim)
    }

    /// The claim on the latest planned run of a strategy on a symbol that was made.
    pub async fn newest_run(
        &self,
        strategy_id: &StrategyId,
        symbol: &str,
    ) -> Result<Option<ScheduleClaimRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM schedule_claim \
             WHERE strategy_id = ? AND symbol = ? AND execution_id IS NOT NULL \
             ORDER BY planned_at DESC LIMIT 1",
        )
        .bind(strategy_id.as_str())
        .bind(symbol)
        .fetch_optional(&self.readers)
        .await;
        self.one(row, schedule_claim)
    }

    /// Stretches of a strategy in which no planned run was made, latest first.
    pub async fn schedule_gaps(
        &self,
        strategy_id: &StrategyId,
        limit: u32,
    ) -> Result<Vec<ScheduleGapRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM schedule_gap WHERE strategy_id = ? \
             ORDER BY until DESC, gap_id DESC LIMIT ?",
        )
        .bind(strategy_id.as_str())
        .bind(limit)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(ScheduleGapRow {
                strategy_id: parsed(row, "strategy_id")?,
                symbol: row.try_get("symbol")?,
                since: instant(row, "since")?,
                until: instant(row, "until")?,
                kind: parsed(row, "kind")?,
                cause: row.try_get("cause")?,
            })
        })
    }

    /// Every schedule that is switched off and kept, by strategy.
    pub async fn schedule_pauses(&self) -> Result<Vec<SchedulePauseRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM schedule_pause ORDER BY strategy_id")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, |row| {
            Ok(SchedulePauseRow {
                strategy_id: parsed(row, "strategy_id")?,
                since: instant(row, "since")?,
                paused_by: parsed(row, "paused_by")?,
                sentence: row.try_get("sentence")?,
            })
        })
    }
}

fn schedule_claim(row: &SqliteRow) -> Attempt<ScheduleClaimRow> {
    Ok(ScheduleClaimRow {
        strategy_id: parsed(row, "strategy_id")?,
        symbol: row.try_get("symbol")?,
        planned_at: instant(row, "planned_at")?,
        execution_id: optional_parsed(row, "execution_id")?,
        kind: optional_parsed(row, "kind")?,
        cause: row.try_get("cause")?,
        attempt: count(row, "attempt")?,
    })
}

//! Changes of planned runs: the SQL beside the columns that it fills.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::error::{Attempt, StoreError};
use super::rows_schedule::{
    ScheduleChange, ScheduleClaimRow, ScheduleGapRow, SchedulePauseRow, ScheduleRetry,
};
use crate::domain::ExecutionId;

pub(super) async fn schedule(
    connection: &mut SqliteConnection,
    change: ScheduleChange,
) -> Attempt<()> {
    match change {
        ScheduleChange::NotRun(row) => insert(connection, &row).await.map(|_| ()),
        ScheduleChange::Gap(row) => gap(connection, row).await,
        ScheduleChange::Retry(retry) => again(connection, retry).await,
        ScheduleChange::Reopened(now) => reopened(connection, now).await,
        ScheduleChange::Paused(row) => paused(connection, row).await,
        ScheduleChange::Resumed(strategy_id) => {
            sqlx::query("DELETE FROM schedule_pause WHERE strategy_id = ?")
                .bind(strategy_id.as_str())
                .execute(connection)
                .await?;
            Ok(())
        }
    }
}

pub(super) async fn claim(connection: &mut SqliteConnection, row: ScheduleClaimRow) -> Attempt<()> {
    if insert(connection, &row).await? {
        return Ok(());
    }
    let ScheduleClaimRow { strategy_id, symbol, planned_at, .. } = row;
    Err(StoreError::AlreadyClaimed { strategy_id, symbol, planned_at }.into())
}

/// Says whether the planned run was still free.
async fn insert(connection: &mut SqliteConnection, row: &ScheduleClaimRow) -> Attempt<bool> {
    let inserted = sqlx::query(
        "INSERT INTO schedule_claim (strategy_id, symbol, planned_at, execution_id, kind, cause, \
         attempt) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (strategy_id, symbol, planned_at) DO NOTHING",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.symbol.as_str())
    .bind(row.planned_at.as_microsecond())
    .bind(row.execution_id.as_ref().map(ExecutionId::as_str))
    .bind(row.kind.map(|kind| kind.as_str()))
    .bind(row.cause.as_deref())
    .bind(row.attempt)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn gap(connection: &mut SqliteConnection, row: ScheduleGapRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO schedule_gap (strategy_id, symbol, since, until, kind, cause) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.symbol)
    .bind(row.since.as_microsecond())
    .bind(row.until.as_microsecond())
    .bind(row.kind.as_str())
    .bind(row.cause)
    .execute(connection)
    .await?;
    Ok(())
}

async fn again(connection: &mut SqliteConnection, retry: ScheduleRetry) -> Attempt<()> {
    let updated = sqlx::query(
        "UPDATE schedule_claim SET execution_id = ?, attempt = attempt + 1 \
         WHERE strategy_id = ? AND symbol = ? AND planned_at = ? AND execution_id = ?",
    )
    .bind(retry.next.as_str())
    .bind(retry.strategy_id.as_str())
    .bind(retry.symbol.as_str())
    .bind(retry.planned_at.as_microsecond())
    .bind(retry.failed.as_str())
    .execute(connection)
    .await?;
    if updated.rows_affected() > 0 {
        return Ok(());
    }
    let ScheduleRetry { strategy_id, symbol, planned_at, .. } = retry;
    Err(StoreError::AlreadyClaimed { strategy_id, symbol, planned_at }.into())
}

async fn reopened(connection: &mut SqliteConnection, now: Timestamp) -> Attempt<()> {
    let now = now.as_microsecond();
    for statement in [
        "DELETE FROM schedule_claim WHERE execution_id IS NULL AND planned_at > ?1",
        "DELETE FROM schedule_gap WHERE since > ?1",
        "UPDATE schedule_gap SET until = ?1 WHERE until > ?1",
    ] {
        sqlx::query(statement).bind(now).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn paused(connection: &mut SqliteConnection, row: SchedulePauseRow) -> Attempt<()> {
    // Who paused it first, and since when, stays.
    sqlx::query(
        "INSERT INTO schedule_pause (strategy_id, since, paused_by, sentence) VALUES (?, ?, ?, ?) \
         ON CONFLICT (strategy_id) DO NOTHING",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.since.as_microsecond())
    .bind(row.paused_by.as_str())
    .bind(row.sentence)
    .execute(connection)
    .await?;
    Ok(())
}

//! Changes of planned runs: the SQL beside the columns that it fills.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::error::{Attempt, StoreError};
use super::rows_schedule::{
    ScheduleChange, ScheduleClaimRow, ScheduleGapRow, SchedulePauseRow, ScheduleRetry,
};
use crate::domain::{ExecutionId, StrategyId};
use crate::schedule::NotRunCause;

pub(super) async fn schedule(
    connection: &mut SqliteConnection,
    change: ScheduleChange,
) -> Attempt<()> {
    match change {
        ScheduleChange::NotRun(row) => not_run(connection, row).await,
        ScheduleChange::Gap(row) => gap(connection, row).await,
        ScheduleChange::Retry(retry) => again(connection, retry).await,
        ScheduleChange::Accounted { strategy_id, symbol, until } => {
            mark(connection, &strategy_id, &symbol, until).await
        }
        ScheduleChange::SetBack(now) => {
            sqlx::query("UPDATE schedule_mark SET until = ?1 WHERE until > ?1")
                .bind(now.as_microsecond())
                .execute(connection)
                .await?;
            Ok(())
        }
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

/// Takes a planned run. After the clock was set back, one that was written down as not made may be
/// made after all; one that was made is never made again.
pub(super) async fn claim(connection: &mut SqliteConnection, row: ScheduleClaimRow) -> Attempt<()> {
    let taken = insert(
        &mut *connection,
        &row,
        "INSERT INTO schedule_claim (strategy_id, symbol, planned_at, execution_id, kind, cause, \
         attempt) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (strategy_id, symbol, planned_at) \
         DO UPDATE SET execution_id = excluded.execution_id, kind = NULL, cause = NULL, \
         attempt = excluded.attempt WHERE schedule_claim.execution_id IS NULL \
         AND excluded.execution_id IS NOT NULL",
    )
    .await?;
    let ScheduleClaimRow { strategy_id, symbol, planned_at, .. } = row;
    if taken {
        return mark(connection, &strategy_id, &symbol, planned_at).await;
    }
    Err(StoreError::AlreadyClaimed { strategy_id, symbol, planned_at }.into())
}

async fn not_run(connection: &mut SqliteConnection, row: ScheduleClaimRow) -> Attempt<()> {
    insert(
        &mut *connection,
        &row,
        "INSERT INTO schedule_claim (strategy_id, symbol, planned_at, execution_id, kind, cause, \
         attempt) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (strategy_id, symbol, planned_at) DO NOTHING",
    )
    .await?;
    mark(connection, &row.strategy_id, &row.symbol, row.planned_at).await
}

/// Says whether the row was written.
async fn insert(
    connection: &mut SqliteConnection,
    row: &ScheduleClaimRow,
    statement: &'static str,
) -> Attempt<bool> {
    let inserted = sqlx::query(statement)
        .bind(row.strategy_id.as_str())
        .bind(row.symbol.as_str())
        .bind(row.planned_at.as_microsecond())
        .bind(row.execution_id.as_ref().map(ExecutionId::as_str))
        .bind(row.kind.map(NotRunCause::as_str))
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
    .bind(row.symbol.as_str())
    .bind(row.since.as_microsecond())
    .bind(row.until.as_microsecond())
    .bind(row.kind.as_str())
    .bind(row.cause)
    .execute(&mut *connection)
    .await?;
    mark(connection, &row.strategy_id, &row.symbol, row.until).await
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

async fn mark(
    connection: &mut SqliteConnection,
    strategy_id: &StrategyId,
    symbol: &str,
    until: Timestamp,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO schedule_mark (strategy_id, symbol, until) VALUES (?, ?, ?) \
         ON CONFLICT (strategy_id, symbol) DO UPDATE SET until = excluded.until",
    )
    .bind(strategy_id.as_str())
    .bind(symbol)
    .bind(until.as_microsecond())
    .execute(connection)
    .await?;
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

//! Changes of limits, locks, results by day, and of what the watch saw: the SQL beside the columns
//! that it fills.

use sqlx::SqliteConnection;

use super::convert::{encode, optional_text, text};
use super::error::Attempt;
use super::rows_risk::{LockRelease, RiskChange, RiskLimitsRow, StrategyDayRow, WatchEventRow};
use crate::domain::{ExecutionId, StrategyId};
use crate::risk::NewLock;

pub(super) async fn risk(connection: &mut SqliteConnection, change: RiskChange) -> Attempt<()> {
    match change {
        RiskChange::Limits(row) => limits(connection, row).await,
        RiskChange::Lock { lock: new, at } => lock(connection, *new, at).await,
        RiskChange::Release { lock_id, release: how } => release(connection, lock_id, how).await,
        RiskChange::StrategyDay(row) => strategy_day(connection, row).await,
        RiskChange::Watch(row) => watch(connection, *row).await,
    }
}

async fn limits(connection: &mut SqliteConnection, row: RiskLimitsRow) -> Attempt<()> {
    let json = serde_json::to_string(&row.limits).map_err(encode)?;
    sqlx::query("INSERT INTO risk_limits (at, changed_by, limits_json) VALUES (?, ?, ?)")
        .bind(row.at.as_microsecond())
        .bind(row.changed_by)
        .bind(json)
        .execute(connection)
        .await?;
    Ok(())
}

async fn lock(
    connection: &mut SqliteConnection,
    lock: NewLock,
    at: jiff::Timestamp,
) -> Attempt<()> {
    let trades = serde_json::to_string(&lock.trades).map_err(encode)?;
    sqlx::query(
        "INSERT INTO entry_lock (cause_key, kind, reach, strategy_id, conid, symbol, locked_at, \
         unlocks_at, sentence, trades_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (cause_key) DO NOTHING",
    )
    .bind(lock.key)
    .bind(lock.kind)
    .bind(text(&lock.reach)?)
    .bind(lock.strategy_id.as_ref().map(StrategyId::as_str).map(ToOwned::to_owned))
    .bind(lock.conid.map(|conid| conid.0))
    .bind(lock.symbol)
    .bind(at.as_microsecond())
    .bind(lock.unlocks_at.map(jiff::Timestamp::as_microsecond))
    .bind(lock.sentence)
    .bind(trades)
    .execute(connection)
    .await?;
    Ok(())
}

async fn release(
    connection: &mut SqliteConnection,
    lock_id: i64,
    release: LockRelease,
) -> Attempt<()> {
    sqlx::query(
        "UPDATE entry_lock SET released_at = ?, released_by = ?, release_reason = ? \
         WHERE lock_id = ? AND released_at IS NULL",
    )
    .bind(release.at.as_microsecond())
    .bind(release.by)
    .bind(release.reason)
    .bind(lock_id)
    .execute(connection)
    .await?;
    Ok(())
}

async fn strategy_day(connection: &mut SqliteConnection, row: StrategyDayRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO strategy_day (date, strategy_id, at, realized_pnl, unrealized_pnl) \
         VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (strategy_id, date) DO UPDATE SET at = excluded.at, \
         realized_pnl = excluded.realized_pnl, unrealized_pnl = excluded.unrealized_pnl",
    )
    .bind(row.date.to_string())
    .bind(row.strategy_id.as_str())
    .bind(row.at.as_microsecond())
    .bind(row.realized_pnl.to_string())
    .bind(row.unrealized_pnl.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

async fn watch(connection: &mut SqliteConnection, row: WatchEventRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO watch_event (at, strategy_id, conid, symbol, \"trigger\", verdict, level, \
         price, price_source, price_at, sentence, execution_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.at.as_microsecond())
    .bind(row.strategy_id.as_str())
    .bind(row.conid.0)
    .bind(row.symbol)
    .bind(text(&row.trigger)?)
    .bind(text(&row.verdict)?)
    .bind(row.level.to_string())
    .bind(row.price.map(|price| price.to_string()))
    .bind(optional_text(row.price_source.as_ref())?)
    .bind(row.price_at.map(jiff::Timestamp::as_microsecond))
    .bind(row.sentence)
    .bind(row.execution_id.as_ref().map(ExecutionId::as_str).map(ToOwned::to_owned))
    .execute(connection)
    .await?;
    Ok(())
}

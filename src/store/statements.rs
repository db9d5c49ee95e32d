//! One function for each kind of change: the SQL beside the columns that it fills.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::blob::BlobBytes;
use super::chain;
use super::commit::LineageLink;
use super::convert::{encode, integer, optional_text, text};
use super::error::{Attempt, StoreError};
use super::rows::{
    ExecutionRow, FillRow, OrderEventRow, OrderRow, SnapshotRow, StoredPayload, StoredStep,
    StrategyVersionRow,
};
use crate::domain::{ClosedTrade, Conid, ExecutionId, Position, StrategyId};

pub(super) async fn mark_sync(connection: &mut SqliteConnection) -> Attempt<()> {
    sqlx::query("UPDATE sync_mark SET count = count + 1").execute(connection).await?;
    Ok(())
}

pub(super) async fn setting(
    connection: &mut SqliteConnection,
    key: String,
    value: String,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO setting (key, value) VALUES (?, ?) \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn strategy_version(
    connection: &mut SqliteConnection,
    row: StrategyVersionRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO strategy (strategy_id, active) VALUES (?, 0) \
         ON CONFLICT (strategy_id) DO NOTHING",
    )
    .bind(row.strategy_id.as_str())
    .execute(&mut *connection)
    .await?;
    let inserted = sqlx::query(
        "INSERT INTO strategy_version (strategy_id, version, name, toml, hash, created_at) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (strategy_id, version) DO NOTHING",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.version)
    .bind(row.name)
    .bind(row.toml)
    .bind(row.hash.as_str())
    .bind(row.created_at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() > 0 {
        return Ok(());
    }
    let recorded: String = sqlx::query_scalar(
        "SELECT hash FROM strategy_version WHERE strategy_id = ? AND version = ?",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.version)
    .fetch_one(connection)
    .await?;
    if recorded == row.hash {
        return Ok(());
    }
    Err(StoreError::VersionTaken { strategy_id: row.strategy_id, version: row.version }.into())
}

pub(super) async fn strategy_active(
    connection: &mut SqliteConnection,
    strategy_id: StrategyId,
    active: bool,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO strategy (strategy_id, active) VALUES (?, ?) \
         ON CONFLICT (strategy_id) DO UPDATE SET active = excluded.active",
    )
    .bind(strategy_id.as_str())
    .bind(active)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn strategy_archived(
    connection: &mut SqliteConnection,
    strategy_id: StrategyId,
    archived_at: Option<Timestamp>,
) -> Attempt<()> {
    sqlx::query("UPDATE strategy SET archived_at = ? WHERE strategy_id = ?")
        .bind(archived_at.map(Timestamp::as_microsecond))
        .bind(strategy_id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn execution(connection: &mut SqliteConnection, row: ExecutionRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO execution (execution_id, strategy_id, strategy_version, symbol, \"trigger\", \
         environment, account_id, as_of, status, outcome, sentence, duration_us, started_at, \
         finished_at, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (execution_id) DO UPDATE SET strategy_id = excluded.strategy_id, \
         strategy_version = excluded.strategy_version, symbol = excluded.symbol, \
         \"trigger\" = excluded.\"trigger\", environment = excluded.environment, \
         account_id = excluded.account_id, as_of = excluded.as_of, status = excluded.status, \
         outcome = excluded.outcome, sentence = excluded.sentence, \
         duration_us = excluded.duration_us, started_at = excluded.started_at, \
         finished_at = excluded.finished_at, model = excluded.model",
    )
    .bind(row.id.as_str())
    .bind(row.strategy_id.as_str())
    .bind(row.strategy_version)
    .bind(row.symbol)
    .bind(text(&row.trigger)?)
    .bind(text(&row.environment)?)
    .bind(row.account_id.as_str())
    .bind(row.as_of.as_microsecond())
    .bind(text(&row.status)?)
    .bind(optional_text(row.outcome.as_ref())?)
    .bind(row.sentence)
    .bind(integer(row.duration_us)?)
    .bind(row.started_at.as_microsecond())
    .bind(row.finished_at.map(jiff::Timestamp::as_microsecond))
    .bind(row.model)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn order(connection: &mut SqliteConnection, row: OrderRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO broker_order (client_order_id, broker_order_id, execution_id, decided_by, \
         strategy_id, account_id, conid, symbol, leg, side, order_type, quantity, price, \
         aux_price, time_in_force, good_till, status, filled_quantity, average_price, commission, \
         reason, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (client_order_id) DO UPDATE SET broker_order_id = excluded.broker_order_id, \
         execution_id = excluded.execution_id, decided_by = excluded.decided_by, \
         strategy_id = excluded.strategy_id, account_id = excluded.account_id, \
         conid = excluded.conid, symbol = excluded.symbol, leg = excluded.leg, \
         side = excluded.side, order_type = excluded.order_type, quantity = excluded.quantity, \
         price = excluded.price, aux_price = excluded.aux_price, \
         time_in_force = excluded.time_in_force, good_till = excluded.good_till, \
         status = excluded.status, filled_quantity = excluded.filled_quantity, \
         average_price = excluded.average_price, commission = excluded.commission, \
         reason = excluded.reason, created_at = excluded.created_at, \
         updated_at = excluded.updated_at",
    )
    .bind(row.client_order_id.as_str())
    .bind(row.broker_order_id.map(String::from))
    .bind(row.execution_id.as_str())
    .bind(row.decided_by.as_str())
    .bind(row.strategy_id.as_str())
    .bind(row.account_id.as_str())
    .bind(row.conid.0)
    .bind(row.symbol)
    .bind(text(&row.leg)?)
    .bind(text(&row.side)?)
    .bind(text(&row.order_type)?)
    .bind(row.quantity.to_string())
    .bind(row.price.map(|price| price.to_string()))
    .bind(row.aux_price.map(|price| price.to_string()))
    .bind(text(&row.time_in_force)?)
    .bind(row.good_till.map(jiff::Timestamp::as_microsecond))
    .bind(text(&row.status)?)
    .bind(row.filled_quantity.to_string())
    .bind(row.average_price.map(|price| price.to_string()))
    .bind(row.commission.to_string())
    .bind(row.reason)
    .bind(row.created_at.as_microsecond())
    .bind(row.updated_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn order_event(
    connection: &mut SqliteConnection,
    row: OrderEventRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO order_event (client_order_id, at, status, filled_quantity, \
         remaining_quantity, words) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(row.client_order_id.as_str())
    .bind(row.at.as_microsecond())
    .bind(text(&row.status)?)
    .bind(row.filled_quantity.to_string())
    .bind(row.remaining_quantity.to_string())
    .bind(row.words)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn fill(connection: &mut SqliteConnection, row: FillRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO fill (fill_id, client_order_id, broker_order_id, execution_id, strategy_id, \
         leg, conid, symbol, side, quantity, price, commission, is_commission_known, \
         is_liquidation, corrects, at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fill_id) DO NOTHING",
    )
    .bind(row.fill.fill_id.as_str())
    .bind(row.client_order_id.as_str())
    .bind(row.fill.broker_order_id.map(String::from))
    .bind(row.execution_id.as_str())
    .bind(row.strategy_id.as_str())
    .bind(text(&row.leg)?)
    .bind(row.fill.conid.0)
    .bind(row.symbol)
    .bind(text(&row.fill.side)?)
    .bind(row.fill.quantity.to_string())
    .bind(row.fill.price.to_string())
    .bind(row.fill.commission.to_string())
    .bind(row.fill.is_commission_known)
    .bind(row.fill.is_liquidation)
    .bind(row.corrects.map(|id| id.as_str().to_owned()))
    .bind(row.fill.at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn position(connection: &mut SqliteConnection, row: Position) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO position (strategy_id, conid, symbol, quantity, average_cost, commission, \
         stop_price, target_price, initial_risk, execution_id, opened_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (strategy_id, conid) DO UPDATE SET symbol = excluded.symbol, \
         quantity = excluded.quantity, average_cost = excluded.average_cost, \
         commission = excluded.commission, stop_price = excluded.stop_price, \
         target_price = excluded.target_price, initial_risk = excluded.initial_risk, \
         execution_id = excluded.execution_id, opened_at = excluded.opened_at",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.conid.0)
    .bind(row.symbol)
    .bind(row.quantity.to_string())
    .bind(row.average_cost.to_string())
    .bind(row.commission.to_string())
    .bind(row.stop_price.to_string())
    .bind(row.target_price.to_string())
    .bind(row.initial_risk.to_string())
    .bind(row.execution_id.as_str())
    .bind(row.opened_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn position_closed(
    connection: &mut SqliteConnection,
    strategy_id: StrategyId,
    conid: Conid,
) -> Attempt<()> {
    sqlx::query("DELETE FROM position WHERE strategy_id = ? AND conid = ?")
        .bind(strategy_id.as_str())
        .bind(conid.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn trade(connection: &mut SqliteConnection, row: ClosedTrade) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO closed_trade (strategy_id, conid, symbol, quantity, entry_price, exit_price, \
         opened_at, closed_at, gross_pnl, commission, realized_pnl, r_multiple, exit_cause, \
         entry_execution_id, exit_execution_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.strategy_id.as_str())
    .bind(row.conid.0)
    .bind(row.symbol)
    .bind(row.quantity.to_string())
    .bind(row.entry_price.to_string())
    .bind(row.exit_price.to_string())
    .bind(row.opened_at.as_microsecond())
    .bind(row.closed_at.as_microsecond())
    .bind(row.gross_pnl.to_string())
    .bind(row.commission.to_string())
    .bind(row.realized_pnl.to_string())
    .bind(row.r_multiple.map(|multiple| multiple.to_string()))
    .bind(text(&row.exit_cause)?)
    .bind(row.entry_execution_id.as_str())
    .bind(row.exit_execution_id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn snapshot(connection: &mut SqliteConnection, row: SnapshotRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO portfolio_snapshot (date, at, cash, positions_value, net_liquidation, \
         realized_pnl, unrealized_pnl, positions_json, is_rebuilt) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (date) DO UPDATE SET at = excluded.at, cash = excluded.cash, \
         positions_value = excluded.positions_value, net_liquidation = excluded.net_liquidation, \
         realized_pnl = excluded.realized_pnl, unrealized_pnl = excluded.unrealized_pnl, \
         positions_json = excluded.positions_json, is_rebuilt = excluded.is_rebuilt",
    )
    .bind(row.date.to_string())
    .bind(row.at.as_microsecond())
    .bind(row.cash.to_string())
    .bind(row.positions_value.to_string())
    .bind(row.net_liquidation.to_string())
    .bind(row.realized_pnl.to_string())
    .bind(row.unrealized_pnl.to_string())
    .bind(row.positions_json)
    .bind(row.is_rebuilt)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn blob(connection: &mut SqliteConnection, blob: BlobBytes) -> Attempt<()> {
    let reference = blob.reference();
    let (encoding, content) = blob.into_stored().map_err(encode)?;
    sqlx::query(
        "INSERT INTO blob (hash, media_type, encoding, length, content) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (hash) DO NOTHING",
    )
    .bind(reference.blob)
    .bind(reference.media_type)
    .bind(encoding)
    .bind(integer(reference.bytes)?)
    .bind(content)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn chain_head(connection: &mut SqliteConnection) -> Attempt<LineageLink> {
    let last: Option<(i64, String)> = sqlx::query_as(
        "SELECT sequence, hash FROM workflow_lineage ORDER BY sequence DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    let (sequence, hash) = last.unwrap_or_else(|| (0, chain::GENESIS.to_owned()));
    Ok(LineageLink { sequence, hash })
}

pub(super) async fn last_of(
    connection: &mut SqliteConnection,
    execution_id: &ExecutionId,
) -> Attempt<Option<i64>> {
    Ok(sqlx::query_scalar("SELECT max(sequence) FROM workflow_lineage WHERE execution_id = ?")
        .bind(execution_id.as_str())
        .fetch_one(connection)
        .await?)
}

pub(super) async fn lineage(connection: &mut SqliteConnection, step: StoredStep) -> Attempt<()> {
    let (input_data, input_blob) = columns(step.input);
    let (output_data, output_blob) = columns(step.output);
    sqlx::query(
        "INSERT INTO workflow_lineage (sequence, execution_id, step_name, step_number, attempt, \
         parent_sequence, input_data, input_blob, output_data, output_blob, metadata, error, \
         status, duration_us, recorded_at, previous_hash, hash) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(step.sequence)
    .bind(step.execution_id)
    .bind(step.step_name)
    .bind(step.step_number)
    .bind(step.attempt)
    .bind(step.parent_sequence)
    .bind(input_data)
    .bind(input_blob)
    .bind(output_data)
    .bind(output_blob)
    .bind(step.metadata)
    .bind(step.error)
    .bind(step.status)
    .bind(step.duration_us)
    .bind(step.recorded_at)
    .bind(step.previous_hash)
    .bind(step.hash)
    .execute(connection)
    .await?;
    Ok(())
}

fn columns(payload: StoredPayload) -> (Option<String>, Option<String>) {
    match payload {
        StoredPayload::Inline(text) => (Some(text), None),
        StoredPayload::Blob(hash) => (None, Some(hash)),
        StoredPayload::Contradictory => (None, None),
    }
}

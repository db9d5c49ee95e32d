//! Changes of what a broker's account brings: the SQL beside the columns that it fills.

use rust_decimal::Decimal;
use sqlx::SqliteConnection;

use super::convert::text;
use super::error::Attempt;
use super::rows_broker::{
    ApprovalRow, BlindStretchRow, CorrectionRow, MandateRow, OrderEvidenceRow,
};
use crate::domain::{Conid, FillId, StrategyId};

pub(super) async fn approval(connection: &mut SqliteConnection, row: ApprovalRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO approval (execution_id, asked_at, expires_at, status, decided_at, order_json) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (execution_id) DO UPDATE SET \
         asked_at = excluded.asked_at, expires_at = excluded.expires_at, \
         status = excluded.status, decided_at = excluded.decided_at, \
         order_json = excluded.order_json",
    )
    .bind(row.execution_id.as_str())
    .bind(row.asked_at.as_microsecond())
    .bind(row.expires_at.as_microsecond())
    .bind(text(&row.state)?)
    .bind(row.decided_at.map(jiff::Timestamp::as_microsecond))
    .bind(row.order_json)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn correction(
    connection: &mut SqliteConnection,
    row: CorrectionRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO correction (at, kind, symbol, conid, sentence, evidence, is_alarm) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.at.as_microsecond())
    .bind(row.kind)
    .bind(row.symbol)
    .bind(row.conid.map(|conid| conid.0))
    .bind(row.sentence)
    .bind(row.evidence)
    .bind(row.is_alarm)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn order_evidence(
    connection: &mut SqliteConnection,
    row: OrderEvidenceRow,
) -> Attempt<()> {
    sqlx::query("INSERT INTO order_evidence (client_order_id, at, sentence) VALUES (?, ?, ?)")
        .bind(row.client_order_id.as_str())
        .bind(row.at.as_microsecond())
        .bind(row.sentence)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn fill_commission(
    connection: &mut SqliteConnection,
    fill_id: FillId,
    commission: Decimal,
) -> Attempt<()> {
    sqlx::query(
        "UPDATE fill SET commission = ?, is_commission_known = 1 \
         WHERE fill_id = ? AND is_commission_known = 0",
    )
    .bind(commission.to_string())
    .bind(fill_id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn trades_removed(
    connection: &mut SqliteConnection,
    strategy_id: &StrategyId,
    conid: Conid,
) -> Attempt<()> {
    sqlx::query("DELETE FROM closed_trade WHERE strategy_id = ? AND conid = ?")
        .bind(strategy_id.as_str())
        .bind(conid.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn blind_stretch(
    connection: &mut SqliteConnection,
    row: BlindStretchRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO blind_stretch (from_at, until_at, cause) VALUES (?, ?, ?) \
         ON CONFLICT (from_at) DO UPDATE SET until_at = excluded.until_at, cause = excluded.cause",
    )
    .bind(row.from.as_microsecond())
    .bind(row.until.map(jiff::Timestamp::as_microsecond))
    .bind(row.cause)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn mandate(connection: &mut SqliteConnection, row: MandateRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO mandate (account_id, armed_at, ends_at, maximum_order_value, \
         maximum_entries_per_day, maximum_daily_loss, disarmed_at) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (account_id, armed_at) DO UPDATE SET ends_at = excluded.ends_at, \
         maximum_order_value = excluded.maximum_order_value, \
         maximum_entries_per_day = excluded.maximum_entries_per_day, \
         maximum_daily_loss = excluded.maximum_daily_loss, disarmed_at = excluded.disarmed_at",
    )
    .bind(row.account_id.as_str())
    .bind(row.armed_at.as_microsecond())
    .bind(row.ends_at.as_microsecond())
    .bind(row.maximum_order_value.to_string())
    .bind(row.maximum_entries_per_day)
    .bind(row.maximum_daily_loss.to_string())
    .bind(row.disarmed_at.map(jiff::Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn question_allow(
    connection: &mut SqliteConnection,
    message_id: String,
    is_on: bool,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO question_allow (message_id, is_on) VALUES (?, ?) \
         ON CONFLICT (message_id) DO UPDATE SET is_on = excluded.is_on",
    )
    .bind(message_id)
    .bind(is_on)
    .execute(connection)
    .await?;
    Ok(())
}

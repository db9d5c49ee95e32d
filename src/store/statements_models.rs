//! Changes of what belongs to language models: the SQL beside the columns that it fills.

use rust_decimal::Decimal;
use sqlx::SqliteConnection;

use super::convert::{integer, optional_text, text};
use super::error::Attempt;
use super::rows_models::{BudgetScope, ModelCallRow, ModelPriceRow, ModelRow};
use crate::domain::ModelName;

pub(super) async fn model(connection: &mut SqliteConnection, row: ModelRow) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO model (name, kind, model, url, temperature, maximum_output_tokens, \
         deadline_seconds, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, model = excluded.model, \
         url = excluded.url, temperature = excluded.temperature, \
         maximum_output_tokens = excluded.maximum_output_tokens, \
         deadline_seconds = excluded.deadline_seconds, updated_at = excluded.updated_at",
    )
    .bind(row.name.as_str())
    .bind(text(&row.kind)?)
    .bind(row.model)
    .bind(row.url)
    .bind(row.temperature.map(|temperature| temperature.to_string()))
    .bind(row.maximum_output_tokens)
    .bind(row.deadline_seconds)
    .bind(row.updated_at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn model_removed(
    connection: &mut SqliteConnection,
    name: &ModelName,
) -> Attempt<()> {
    sqlx::query("DELETE FROM model WHERE name = ?").bind(name.as_str()).execute(connection).await?;
    Ok(())
}

pub(super) async fn model_price(
    connection: &mut SqliteConnection,
    row: ModelPriceRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO model_price (name, from_at, input_per_million, output_per_million) \
         VALUES (?, ?, ?, ?) ON CONFLICT (name, from_at) DO UPDATE SET \
         input_per_million = excluded.input_per_million, \
         output_per_million = excluded.output_per_million",
    )
    .bind(row.name.as_str())
    .bind(row.from.as_microsecond())
    .bind(row.input_per_million.to_string())
    .bind(row.output_per_million.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a call, or what became of it: what it was asked with is written once and not changed.
pub(super) async fn model_call(
    connection: &mut SqliteConnection,
    row: ModelCallRow,
) -> Attempt<()> {
    sqlx::query(
        "INSERT INTO model_call (call_id, name, kind, model, answered_by, strategy_id, \
         execution_id, purpose, input_hash, images, status, day, started_at, ended_at, attempts, \
         reserved, cost, is_cost_estimated, input_tokens, output_tokens, latency_us, stop_reason, \
         reply_blob, reused_from, error) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (call_id) DO UPDATE SET answered_by = excluded.answered_by, \
         status = excluded.status, ended_at = excluded.ended_at, attempts = excluded.attempts, \
         cost = excluded.cost, is_cost_estimated = excluded.is_cost_estimated, \
         input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, \
         latency_us = excluded.latency_us, stop_reason = excluded.stop_reason, \
         reply_blob = excluded.reply_blob, error = excluded.error",
    )
    .bind(row.call_id)
    .bind(row.name.as_str())
    .bind(text(&row.kind)?)
    .bind(row.model)
    .bind(row.answered_by)
    .bind(row.strategy_id.as_ref().map(|id| id.as_str().to_owned()))
    .bind(row.execution_id.as_ref().map(|id| id.as_str().to_owned()))
    .bind(row.purpose)
    .bind(row.input_hash)
    .bind(row.images)
    .bind(text(&row.status)?)
    .bind(row.day.to_string())
    .bind(row.started_at.as_microsecond())
    .bind(row.ended_at.map(jiff::Timestamp::as_microsecond))
    .bind(row.attempts)
    .bind(row.reserved.to_string())
    .bind(row.cost.to_string())
    .bind(row.is_cost_estimated)
    .bind(row.input_tokens.map(integer).transpose()?)
    .bind(row.output_tokens.map(integer).transpose()?)
    .bind(integer(row.latency_us)?)
    .bind(optional_text(row.stop_reason.as_ref())?)
    .bind(row.reply_blob)
    .bind(row.reused_from)
    .bind(row.error)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn model_budget(
    connection: &mut SqliteConnection,
    scope: BudgetScope,
    amount: Option<Decimal>,
) -> Attempt<()> {
    match amount {
        Some(amount) => {
            sqlx::query(
                "INSERT INTO model_budget (scope, amount) VALUES (?, ?) \
                 ON CONFLICT (scope) DO UPDATE SET amount = excluded.amount",
            )
            .bind(text(&scope)?)
            .bind(amount.to_string())
            .execute(connection)
            .await?;
        }
        None => {
            sqlx::query("DELETE FROM model_budget WHERE scope = ?")
                .bind(text(&scope)?)
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

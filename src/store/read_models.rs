//! Reads: models, their prices, their calls, budgets.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{
    count, decimal, instant, optional_decimal, optional_instant, optional_parsed, parse_count,
    parse_text, parsed,
};
use super::error::{Attempt, StoreError};
use super::rows_models::{
    BudgetScope, ModelCallFilter, ModelCallRow, ModelCallStatus, ModelPriceRow, ModelRow,
    ModelSpending,
};
use crate::domain::ModelName;

impl Store {
    /// All configured models by name.
    pub async fn models(&self) -> Result<Vec<ModelRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM model ORDER BY name").fetch_all(&self.readers).await;
        self.all(rows, model)
    }

    /// One configured model.
    pub async fn model(&self, name: &ModelName) -> Result<Option<ModelRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM model WHERE name = ?")
            .bind(name.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, model)
    }

    /// What a model has cost, newest price first.
    pub async fn model_prices(&self, name: &ModelName) -> Result<Vec<ModelPriceRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM model_price WHERE name = ? ORDER BY from_at DESC")
            .bind(name.as_str())
            .fetch_all(&self.readers)
            .await;
        self.all(rows, price)
    }

    /// The newest answered call with this input, whichever execution made it.
    pub async fn answered_model_call(
        &self,
        input_hash: &str,
    ) -> Result<Option<ModelCallRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM model_call WHERE input_hash = ? AND status = 'answered' \
             ORDER BY call_id DESC LIMIT 1",
        )
        .bind(input_hash)
        .fetch_optional(&self.readers)
        .await;
        self.one(row, call)
    }

    /// One call.
    pub async fn model_call(&self, call_id: i64) -> Result<Option<ModelCallRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM model_call WHERE call_id = ?")
            .bind(call_id)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, call)
    }

    /// Calls that were under way when the process ended, or are.
    pub async fn started_model_calls(&self) -> Result<Vec<ModelCallRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM model_call WHERE status = 'started' ORDER BY call_id")
                .fetch_all(&self.readers)
                .await;
        self.all(rows, call)
    }

    /// Calls, newest first.
    pub async fn model_calls(
        &self,
        filter: &ModelCallFilter,
        limit: u32,
    ) -> Result<Vec<ModelCallRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM model_call WHERE (?1 IS NULL OR name = ?1) \
             AND (?2 IS NULL OR strategy_id = ?2) AND (?3 IS NULL OR execution_id = ?3) \
             ORDER BY call_id DESC LIMIT ?4",
        )
        .bind(filter.name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(filter.strategy_id.as_ref().map(|id| id.as_str().to_owned()))
        .bind(filter.execution_id.as_ref().map(|id| id.as_str().to_owned()))
        .bind(limit)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, call)
    }

    /// The newest call of each model that failed, with when and why.
    pub async fn last_model_failures(&self) -> Result<Vec<ModelCallRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM model_call WHERE call_id IN (SELECT max(call_id) FROM model_call \
             WHERE status = 'failed' GROUP BY name)",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, call)
    }

    /// The id of the newest call; 0 before the first.
    pub async fn last_model_call_id(&self) -> Result<i64, StoreError> {
        let found = sqlx::query_scalar("SELECT coalesce(max(call_id), 0) FROM model_call")
            .fetch_one(&self.readers)
            .await;
        self.locate(found.map_err(Into::into))
    }

    /// What was spent, a row for each day, model and strategy. Amounts are decimals, which `SQLite`
    /// cannot add: they are added here.
    pub async fn model_spending(&self) -> Result<Vec<ModelSpending>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, strategy_id, day, status, cost, count(*) AS calls FROM model_call \
             GROUP BY name, strategy_id, day, status, cost ORDER BY day, name, strategy_id",
        )
        .fetch_all(&self.readers)
        .await;
        let parts = self.all(rows, |row| {
            let calls: u64 = count(row, "calls")?;
            let is_reused = parsed::<ModelCallStatus>(row, "status")? == ModelCallStatus::Reused;
            Ok(ModelSpending {
                name: parsed(row, "name")?,
                strategy_id: optional_parsed(row, "strategy_id")?,
                day: parsed::<Date>(row, "day")?,
                calls: if is_reused { 0 } else { calls },
                reused: if is_reused { calls } else { 0 },
                cost: decimal(row, "cost")? * Decimal::from(calls),
            })
        })?;
        let mut spending: Vec<ModelSpending> = Vec::new();
        for part in parts {
            match spending.last_mut() {
                Some(last)
                    if last.day == part.day
                        && last.name == part.name
                        && last.strategy_id == part.strategy_id =>
                {
                    last.calls += part.calls;
                    last.reused += part.reused;
                    last.cost += part.cost;
                }
                _ => spending.push(part),
            }
        }
        Ok(spending)
    }

    /// The budgets that are set, in USD.
    pub async fn model_budgets(&self) -> Result<BTreeMap<BudgetScope, Decimal>, StoreError> {
        let rows =
            sqlx::query("SELECT scope, amount FROM model_budget").fetch_all(&self.readers).await;
        let rows = self.all(rows, |row| Ok((parsed(row, "scope")?, decimal(row, "amount")?)))?;
        Ok(rows.into_iter().collect())
    }
}

fn model(row: &SqliteRow) -> Attempt<ModelRow> {
    Ok(ModelRow {
        name: parsed(row, "name")?,
        kind: parsed(row, "kind")?,
        model: row.try_get("model")?,
        url: row.try_get("url")?,
        temperature: optional_decimal(row, "temperature")?,
        maximum_output_tokens: count(row, "maximum_output_tokens")?,
        deadline_seconds: count(row, "deadline_seconds")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn price(row: &SqliteRow) -> Attempt<ModelPriceRow> {
    Ok(ModelPriceRow {
        name: parsed(row, "name")?,
        from: instant(row, "from_at")?,
        input_per_million: decimal(row, "input_per_million")?,
        output_per_million: decimal(row, "output_per_million")?,
    })
}

fn call(row: &SqliteRow) -> Attempt<ModelCallRow> {
    let optional_count = |column: &'static str| {
        let value: Option<i64> = row.try_get(column)?;
        value.map(|value| parse_count(column, value)).transpose()
    };
    Ok(ModelCallRow {
        call_id: row.try_get("call_id")?,
        name: parsed(row, "name")?,
        kind: parsed(row, "kind")?,
        model: row.try_get("model")?,
        answered_by: row.try_get("answered_by")?,
        strategy_id: optional_parsed(row, "strategy_id")?,
        execution_id: optional_parsed(row, "execution_id")?,
        purpose: row.try_get("purpose")?,
        input_hash: row.try_get("input_hash")?,
        images: count(row, "images")?,
        status: parsed(row, "status")?,
        day: parse_text("day", row.try_get("day")?)?,
        started_at: instant(row, "started_at")?,
        ended_at: optional_instant(row, "ended_at")?,
        attempts: count(row, "attempts")?,
        reserved: decimal(row, "reserved")?,
        cost: decimal(row, "cost")?,
        is_cost_estimated: row.try_get("is_cost_estimated")?,
        input_tokens: optional_count("input_tokens")?,
        output_tokens: optional_count("output_tokens")?,
        latency_us: count(row, "latency_us")?,
        stop_reason: optional_parsed(row, "stop_reason")?,
        reply_blob: row.try_get("reply_blob")?,
        reused_from: row.try_get("reused_from")?,
        error: row.try_get("error")?,
    })
}

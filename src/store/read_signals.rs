//! Reads: signals, and the charts of executions.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row};

use super::Store;
use super::convert::{
    count, decimal, instant, optional_decimal, optional_instant, optional_parsed, optional_text,
    parsed,
};
use super::error::{Attempt, Failure, StoreError};
use super::rows_signals::{ChartFilter, Page, SignalFilter};
use crate::domain::{Conid, ExecutionId, Signal, StrategyId};

impl Store {
    /// The signals asked for, newest first.
    pub async fn signals(
        &self,
        filter: &SignalFilter,
        page: Page,
    ) -> Result<Vec<Signal>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM signal");
        self.locate(narrow_signals(&mut query, filter))?;
        query.push(" ORDER BY generated_at DESC, execution_id LIMIT ");
        query.push_bind(page.limit).push(" OFFSET ").push_bind(page.offset);
        let rows = query.build().fetch_all(&self.readers).await;
        self.all(rows, signal)
    }

    /// How many signals there are of those asked for.
    pub async fn signal_count(&self, filter: &SignalFilter) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM signal");
        self.locate(narrow_signals(&mut query, filter))?;
        let found: Result<i64, _> = query.build_query_scalar().fetch_one(&self.readers).await;
        self.locate(found.map(i64::unsigned_abs).map_err(Into::into))
    }

    /// The signal of an execution, if it made one.
    pub async fn signal(&self, id: &ExecutionId) -> Result<Option<Signal>, StoreError> {
        let row = sqlx::query("SELECT * FROM signal WHERE execution_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, signal)
    }

    /// When the next lifetime of a signal ends that was not traded on yet.
    pub async fn next_signal_expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(
            "SELECT expires_at FROM signal WHERE status = 'active' ORDER BY expires_at LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await;
        self.one(row, |row| instant(row, "expires_at"))
    }

    /// Executions that recorded a signal before signals had rows of their own, oldest first.
    pub async fn executions_without_signal(&self) -> Result<Vec<ExecutionId>, StoreError> {
        let rows = sqlx::query(
            "SELECT execution.execution_id FROM execution \
             JOIN workflow_lineage ON workflow_lineage.execution_id = execution.execution_id \
             AND step_name = 'parse_signal' AND workflow_lineage.status = 'success' \
             WHERE execution.execution_id NOT IN (SELECT execution_id FROM signal) \
             GROUP BY execution.execution_id ORDER BY min(workflow_lineage.sequence)",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| parsed(row, "execution_id"))
    }

    /// Executions that drew charts, newest first.
    pub async fn executions_with_charts(
        &self,
        filter: &ChartFilter,
        page: Page,
    ) -> Result<Vec<ExecutionId>, StoreError> {
        let mut query = QueryBuilder::new("SELECT execution_id FROM execution");
        narrow_charts(&mut query, filter);
        query.push(" ORDER BY as_of DESC, started_at DESC, execution_id LIMIT ");
        query.push_bind(page.limit).push(" OFFSET ").push_bind(page.offset);
        let rows = query.build().fetch_all(&self.readers).await;
        self.all(rows, |row| parsed(row, "execution_id"))
    }

    /// How many executions drew charts, of those asked for.
    pub async fn chart_execution_count(&self, filter: &ChartFilter) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM execution");
        narrow_charts(&mut query, filter);
        let found: Result<i64, _> = query.build_query_scalar().fetch_one(&self.readers).await;
        self.locate(found.map(i64::unsigned_abs).map_err(Into::into))
    }

    /// Executions of a strategy on a symbol that read prices, by the engine time of the run, newest
    /// first.
    pub async fn executions_with_prices(
        &self,
        strategy_id: &StrategyId,
        symbol: &str,
    ) -> Result<Vec<(ExecutionId, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT execution_id, as_of FROM execution WHERE strategy_id = ? AND symbol = ? \
             AND EXISTS (SELECT 1 FROM workflow_lineage \
             WHERE workflow_lineage.execution_id = execution.execution_id \
             AND step_name = 'fetch_market_data' AND workflow_lineage.status = 'success') \
             ORDER BY as_of DESC, started_at DESC",
        )
        .bind(strategy_id.as_str())
        .bind(symbol)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| Ok((parsed(row, "execution_id")?, instant(row, "as_of")?)))
    }
}

/// Adds the conditions of a filter, with its values bound.
fn narrow_signals(query: &mut QueryBuilder<Sqlite>, filter: &SignalFilter) -> Attempt<()> {
    query.push(" WHERE 1 = 1");
    let texts = [
        ("strategy_id", filter.strategy_id.as_ref().map(|id| id.as_str().to_owned())),
        ("symbol", filter.symbol.clone()),
        ("action", optional_text(filter.action.as_ref())?),
        ("status", optional_text(filter.status.as_ref())?),
        ("outcome", optional_text(filter.outcome.as_ref())?),
        ("model", filter.model.clone()),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            query.push(" AND ").push(column).push(" = ").push_bind(value);
        }
    }
    if let Some(prompt_id) = filter.prompt_id.clone() {
        query.push(
            " AND EXISTS (SELECT 1 FROM json_each(signal.prompts) AS used \
             WHERE json_extract(used.value, '$.prompt_id') = ",
        );
        query.push_bind(prompt_id);
        if let Some(version) = filter.prompt_version {
            query.push(" AND json_extract(used.value, '$.version') = ").push_bind(version);
        }
        query.push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND generated_at >= ").push_bind(from.as_microsecond());
    }
    if let Some(until) = filter.until {
        query.push(" AND generated_at < ").push_bind(until.as_microsecond());
    }
    Ok(())
}

fn narrow_charts(query: &mut QueryBuilder<Sqlite>, filter: &ChartFilter) {
    query.push(
        " WHERE EXISTS (SELECT 1 FROM workflow_lineage \
         WHERE workflow_lineage.execution_id = execution.execution_id \
         AND step_name = 'generate_charts' AND workflow_lineage.status = 'success')",
    );
    if let Some(strategy_id) = &filter.strategy_id {
        query.push(" AND strategy_id = ").push_bind(strategy_id.as_str().to_owned());
    }
    if let Some(symbol) = &filter.symbol {
        query.push(" AND symbol = ").push_bind(symbol.clone());
    }
    if let Some(from) = filter.from {
        query.push(" AND as_of >= ").push_bind(from.as_microsecond());
    }
    if let Some(until) = filter.until {
        query.push(" AND as_of < ").push_bind(until.as_microsecond());
    }
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Attempt<T> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text)
        .map_err(|_| Failure::Value { column, value: text.chars().take(80).collect() })
}

pub(super) fn signal(row: &SqliteRow) -> Attempt<Signal> {
    Ok(Signal {
        execution_id: parsed(row, "execution_id")?,
        strategy_id: parsed(row, "strategy_id")?,
        strategy_version: count(row, "strategy_version")?,
        symbol: row.try_get("symbol")?,
        conid: Conid(row.try_get("conid")?),
        action: parsed(row, "action")?,
        proposed_action: parsed(row, "proposed_action")?,
        baseline_action: optional_parsed(row, "baseline_action")?,
        trend: parsed(row, "trend")?,
        confidence: decimal(row, "confidence")?,
        last_price: decimal(row, "last_price")?,
        entry_price: optional_decimal(row, "entry_price")?,
        stop_price: optional_decimal(row, "stop_price")?,
        target_price: optional_decimal(row, "target_price")?,
        target_conservative: optional_decimal(row, "target_conservative")?,
        target_aggressive: optional_decimal(row, "target_aggressive")?,
        r_multiple: optional_decimal(row, "r_multiple")?,
        r_conservative: optional_decimal(row, "r_conservative")?,
        r_aggressive: optional_decimal(row, "r_aggressive")?,
        confirmation: json(row, "confirmation")?,
        reason: row.try_get("reason")?,
        analyst_kind: row.try_get("analyst_kind")?,
        analyst_name: row.try_get("analyst_name")?,
        language: row.try_get("language")?,
        model: row.try_get("model")?,
        provider: row.try_get("provider")?,
        prompts: json(row, "prompts")?,
        tokens: count(row, "tokens")?,
        model_cost: decimal(row, "model_cost")?,
        generated_at: instant(row, "generated_at")?,
        expires_at: instant(row, "expires_at")?,
        status: parsed(row, "status")?,
        executed_price: optional_decimal(row, "executed_price")?,
        executed_at: optional_instant(row, "executed_at")?,
        outcome: parsed(row, "outcome")?,
        actual_r_multiple: optional_decimal(row, "actual_r_multiple")?,
        gross_profit_loss: optional_decimal(row, "gross_profit_loss")?,
        net_profit_loss: optional_decimal(row, "net_profit_loss")?,
        exit_price: optional_decimal(row, "exit_price")?,
        exit_at: optional_instant(row, "exit_at")?,
        exit_cause: optional_parsed(row, "exit_cause")?,
    })
}

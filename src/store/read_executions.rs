//! Reads: executions by filter, what belongs to many of them at once, and the size of the database.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use sqlx::sqlite::Sqlite;

use super::Store;
use super::convert::{count, optional_text, parsed};
use super::error::{Attempt, StoreError};
use super::open::side_file;
use super::read_runs::execution;
use super::read_signals::signal;
use super::rows::ExecutionRow;
use super::rows_executions::{DatabaseSize, ExecutionFilter};
use super::rows_signals::Page;
use crate::domain::{ExecutionId, Signal};

impl Store {
    /// The executions asked for, newest engine time first, then newest start.
    pub async fn found_executions(
        &self,
        filter: &ExecutionFilter,
        page: Page,
    ) -> Result<Vec<ExecutionRow>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM execution");
        self.locate(narrow(&mut query, filter))?;
        query.push(" ORDER BY as_of DESC, started_at DESC, execution_id DESC LIMIT ");
        query.push_bind(page.limit).push(" OFFSET ").push_bind(page.offset);
        let rows = query.build().fetch_all(&self.readers).await;
        self.all(rows, execution)
    }

    /// How many executions there are of those asked for.
    pub async fn execution_count(&self, filter: &ExecutionFilter) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM execution");
        self.locate(narrow(&mut query, filter))?;
        let found: Result<i64, _> = query.build_query_scalar().fetch_one(&self.readers).await;
        self.locate(found.map(i64::unsigned_abs).map_err(Into::into))
    }

    /// The signals of these executions, as far as they made one.
    pub async fn signals_of(
        &self,
        executions: &[ExecutionId],
    ) -> Result<BTreeMap<ExecutionId, Signal>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM signal");
        among(&mut query, executions);
        let rows = query.build().fetch_all(&self.readers).await;
        let found = self.all(rows, signal)?;
        Ok(found.into_iter().map(|signal| (signal.execution_id.clone(), signal)).collect())
    }

    /// How many rows were recorded of each of these executions; nothing for one without a row.
    pub async fn step_counts(
        &self,
        executions: &[ExecutionId],
    ) -> Result<BTreeMap<ExecutionId, u32>, StoreError> {
        let mut query =
            QueryBuilder::new("SELECT execution_id, count(*) AS steps FROM workflow_lineage");
        among(&mut query, executions);
        query.push(" GROUP BY execution_id");
        let rows = query.build().fetch_all(&self.readers).await;
        let found =
            self.all(rows, |row| Ok((parsed(row, "execution_id")?, count(row, "steps")?)))?;
        Ok(found.into_iter().collect())
    }

    /// How large the database is. That it can be told shows that the database answers.
    pub async fn size(&self) -> Result<DatabaseSize, StoreError> {
        let pages: Result<i64, _> = sqlx::query_scalar(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        )
        .fetch_one(&self.readers)
        .await;
        let pages = self.locate(pages.map(i64::unsigned_abs).map_err(Into::into))?;
        // There is no log before the first change and after an orderly end.
        let log = match tokio::fs::metadata(side_file(&self.path, "-wal")).await {
            Ok(found) => found.len(),
            Err(_) => 0,
        };
        Ok(DatabaseSize { pages, log })
    }
}

fn among(query: &mut QueryBuilder<Sqlite>, executions: &[ExecutionId]) {
    query.push(" WHERE execution_id IN (");
    let mut ids = query.separated(", ");
    for id in executions {
        ids.push_bind(id.as_str().to_owned());
    }
    query.push(")");
}

/// Adds the conditions of a filter, with its values bound.
fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &ExecutionFilter) -> Attempt<()> {
    query.push(" WHERE 1 = 1");
    let texts = [
        ("strategy_id", filter.strategy_id.as_ref().map(|id| id.as_str().to_owned())),
        ("symbol", filter.symbol.clone()),
        ("\"trigger\"", optional_text(filter.trigger.as_ref())?),
        ("status", optional_text(filter.status.as_ref())?),
        ("outcome", optional_text(filter.outcome.as_ref())?),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            query.push(" AND ").push(column).push(" = ").push_bind(value);
        }
    }
    if let Some(action) = optional_text(filter.action.as_ref())? {
        query.push(
            " AND EXISTS (SELECT 1 FROM signal \
             WHERE signal.execution_id = execution.execution_id AND action = ",
        );
        query.push_bind(action).push(")");
    }
    if let Some(text) = &filter.text {
        query.push(
            " AND instr(lower(execution_id || ' ' || symbol || ' ' || strategy_id || ' ' || \
             coalesce(model, '') || ' ' || coalesce(sentence, '') || ' ' || \
             coalesce((SELECT group_concat(name, ' ') FROM strategy_version \
             WHERE strategy_version.strategy_id = execution.strategy_id), '')), ",
        );
        query.push_bind(text.to_ascii_lowercase()).push(") > 0");
    }
    if let Some(from) = filter.from {
        query.push(" AND as_of >= ").push_bind(from.as_microsecond());
    }
    if let Some(until) = filter.until {
        query.push(" AND as_of < ").push_bind(until.as_microsecond());
    }
    Ok(())
}

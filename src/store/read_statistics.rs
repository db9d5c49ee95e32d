//! Reads: how a step did over a stretch of time.

use jiff::Timestamp;
use sqlx::Row as _;

use super::Store;
use super::convert::{count, parse_instant};
use super::error::StoreError;
use super::rows_executions::{StepFailure, StepFigures};
use crate::domain::StrategyId;
use crate::domain::records::StepName;

/// Failures that are looked at; older ones of the same stretch are not.
const MOST_FAILURES: u32 = 10_000;

impl Store {
    /// Counts and durations of a step since an instant of wall time. Percentiles are by nearest rank:
    /// the smallest duration that at least so many in a hundred do not exceed.
    pub async fn step_figures(
        &self,
        step: StepName,
        from: Timestamp,
        strategy: Option<&StrategyId>,
    ) -> Result<StepFigures, StoreError> {
        let rows = sqlx::query(
            "WITH found AS ( \
                SELECT status, duration_us FROM workflow_lineage \
                WHERE step_name = ?1 AND recorded_at >= ?2 AND (?3 IS NULL OR execution_id IN \
                    (SELECT execution_id FROM execution WHERE strategy_id = ?3)) \
             ), ran AS ( \
                SELECT status, duration_us, count(*) OVER () AS total, \
                    row_number() OVER (ORDER BY duration_us) AS place \
                FROM found WHERE status IN ('success', 'error') \
             ) \
             SELECT count(*) AS runs, coalesce(sum(status = 'success'), 0) AS successes, \
                sum(duration_us) / count(*) AS mean_us, min(duration_us) AS minimum_us, \
                max(duration_us) AS maximum_us, \
                min(CASE WHEN place = (total * 50 + 99) / 100 THEN duration_us END) AS p50_us, \
                min(CASE WHEN place = (total * 95 + 99) / 100 THEN duration_us END) AS p95_us, \
                (SELECT count(*) FROM found WHERE status IN ('skipped', 'not_run')) AS skipped \
             FROM ran",
        )
        .bind(step.as_str())
        .bind(from.as_microsecond())
        .bind(strategy.map(StrategyId::as_str))
        .fetch_all(&self.readers)
        .await;
        let found = self.all(rows, |row| {
            let duration = |column| -> Result<Option<u64>, sqlx::Error> {
                Ok(row.try_get::<Option<i64>, _>(column)?.map(i64::unsigned_abs))
            };
            Ok(StepFigures {
                runs: count(row, "runs")?,
                successes: count(row, "successes")?,
                skipped: count(row, "skipped")?,
                mean_us: duration("mean_us")?,
                minimum_us: duration("minimum_us")?,
                maximum_us: duration("maximum_us")?,
                p50_us: duration("p50_us")?,
                p95_us: duration("p95_us")?,
            })
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The failures of a step since an instant of wall time, newest first, at most 10,000.
    pub async fn step_failures(
        &self,
        step: StepName,
        from: Timestamp,
        strategy: Option<&StrategyId>,
    ) -> Result<Vec<StepFailure>, StoreError> {
        let rows = sqlx::query(
            "SELECT execution_id, error, recorded_at FROM workflow_lineage \
             WHERE step_name = ?1 AND recorded_at >= ?2 AND status = 'error' \
             AND (?3 IS NULL OR execution_id IN \
                (SELECT execution_id FROM execution WHERE strategy_id = ?3)) \
             ORDER BY recorded_at DESC LIMIT ?4",
        )
        .bind(step.as_str())
        .bind(from.as_microsecond())
        .bind(strategy.map(StrategyId::as_str))
        .bind(MOST_FAILURES)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(StepFailure {
                execution_id: row.try_get("execution_id")?,
                error: row.try_get::<Option<String>, _>("error")?.unwrap_or_default(),
                recorded_at: parse_instant("recorded_at", row.try_get("recorded_at")?)?,
            })
        })
    }
}

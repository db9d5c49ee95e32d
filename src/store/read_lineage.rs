//! Reads: the lineage and the blobs.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::blob::{hash_of, plain_bytes};
use super::convert::{parse_count, parse_instant, parse_text};
use super::error::{Attempt, Failure, StoreError};
use super::rows::{LineageRow, NewLineageRow, StoredPayload, StoredStep};
use crate::domain::ExecutionId;
use crate::domain::records::StepName;

impl Store {
    /// Everything recorded of an execution, in the order in which it was recorded. The hash of a
    /// blob that is put back in place is checked.
    pub async fn lineage_of(&self, execution: &ExecutionId) -> Result<Vec<LineageRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM workflow_lineage WHERE execution_id = ? ORDER BY sequence")
                .bind(execution.as_str())
                .fetch_all(&self.readers)
                .await;
        self.whole_rows(self.all(rows, stored_step)?).await
    }

    /// The last success of a step of an execution, if it had one.
    pub async fn last_success(
        &self,
        execution: &ExecutionId,
        step: StepName,
    ) -> Result<Option<LineageRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM workflow_lineage WHERE execution_id = ? AND step_name = ? \
             AND status = 'success' ORDER BY attempt DESC LIMIT 1",
        )
        .bind(execution.as_str())
        .bind(step.as_str())
        .fetch_all(&self.readers)
        .await;
        Ok(self.whole_rows(self.all(rows, stored_step)?).await?.into_iter().next())
    }

    /// The newest success of a step, whichever execution made it.
    pub async fn newest_success(&self, step: StepName) -> Result<Option<LineageRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM workflow_lineage WHERE step_name = ? AND status = 'success' \
             ORDER BY sequence DESC LIMIT 1",
        )
        .bind(step.as_str())
        .fetch_all(&self.readers)
        .await;
        Ok(self.whole_rows(self.all(rows, stored_step)?).await?.into_iter().next())
    }

    /// How many rows were recorded of an execution.
    pub async fn step_count(&self, execution: &ExecutionId) -> Result<u32, StoreError> {
        let count =
            sqlx::query_scalar("SELECT count(*) FROM workflow_lineage WHERE execution_id = ?")
                .bind(execution.as_str())
                .fetch_one(&self.readers)
                .await;
        self.locate(count.map_err(Into::into))
    }

    /// The rows of an execution as the table holds them, unchecked and without the blobs.
    pub async fn stored_steps_of(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<StoredStep>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM workflow_lineage WHERE execution_id = ? ORDER BY sequence")
                .bind(execution.as_str())
                .fetch_all(&self.readers)
                .await;
        self.all(rows, stored_step)
    }

    /// At most `limit` rows after a place in the chain, in its order.
    pub async fn lineage_after(
        &self,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<LineageRow>, StoreError> {
        let steps = self.stored_steps_after(sequence, limit).await?;
        self.whole_rows(steps).await
    }

    /// The same as the table holds it, unchecked and without the blobs: for a verification.
    pub async fn stored_steps_after(
        &self,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<StoredStep>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM workflow_lineage WHERE sequence > ? ORDER BY sequence LIMIT ?",
        )
        .bind(sequence)
        .bind(limit)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, stored_step)
    }

    /// The first row that repeats an attempt of a step, which the table itself rules out as long
    /// as it was not rebuilt.
    pub async fn repeated_attempt(&self) -> Result<Option<i64>, StoreError> {
        let found = sqlx::query_scalar(
            "SELECT max(sequence) FROM workflow_lineage \
             GROUP BY execution_id, step_name, attempt HAVING count(*) > 1 ORDER BY 1 LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await;
        self.locate(found.map_err(Into::into))
    }

    /// Media type and plain bytes of a blob, checked against its hash; nothing if there is none.
    pub async fn blob(&self, hash: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.locate(self.checked_blob(hash).await)
    }

    async fn checked_blob(&self, hash: &str) -> Attempt<Option<(String, Vec<u8>)>> {
        let row: Option<(String, String, i64, Vec<u8>)> =
            sqlx::query_as("SELECT media_type, encoding, length, content FROM blob WHERE hash = ?")
                .bind(hash)
                .fetch_optional(&self.readers)
                .await?;
        let Some((media_type, encoding, length, content)) = row else { return Ok(None) };
        match plain_bytes(&encoding, length, content) {
            Some(bytes) if hash_of(&bytes) == hash => Ok(Some((media_type, bytes))),
            _ => Err(Failure::BlobDamaged(hash.to_owned())),
        }
    }

    async fn whole_rows(&self, steps: Vec<StoredStep>) -> Result<Vec<LineageRow>, StoreError> {
        let mut rows = Vec::with_capacity(steps.len());
        for step in steps {
            rows.push(self.locate(self.whole_row(step).await)?);
        }
        Ok(rows)
    }

    async fn whole_row(&self, step: StoredStep) -> Attempt<LineageRow> {
        let unusable = |column, value: &str| Failure::Value { column, value: value.to_owned() };
        Ok(LineageRow {
            sequence: step.sequence,
            parent_sequence: step.parent_sequence,
            row: NewLineageRow {
                execution_id: parse_text("execution_id", &step.execution_id)?,
                step: StepName::from_name(&step.step_name)
                    .ok_or_else(|| unusable("step_name", &step.step_name))?,
                attempt: parse_count("attempt", step.attempt)?,
                status: parse_text("status", &step.status)?,
                input: self.whole_payload("input_data", step.input).await?,
                output: self.whole_payload("output_data", step.output).await?,
                metadata: step.metadata,
                error: step.error,
                duration_us: parse_count("duration_us", step.duration_us)?,
                recorded_at: parse_instant("recorded_at", step.recorded_at)?,
            },
            previous_hash: step.previous_hash,
            hash: step.hash,
        })
    }

    async fn whole_payload(&self, column: &'static str, payload: StoredPayload) -> Attempt<String> {
        match payload {
            StoredPayload::Inline(text) => Ok(text),
            StoredPayload::Blob(hash) => {
                let Some((_, bytes)) = self.checked_blob(&hash).await? else {
                    return Err(Failure::BlobMissing(hash));
                };
                String::from_utf8(bytes).map_err(|_| Failure::BlobDamaged(hash))
            }
            StoredPayload::Contradictory => {
                Err(Failure::Value { column, value: "both a text and a blob, or neither".into() })
            }
        }
    }
}

fn stored_step(row: &SqliteRow) -> Attempt<StoredStep> {
    Ok(StoredStep {
        sequence: row.try_get("sequence")?,
        execution_id: row.try_get("execution_id")?,
        step_name: row.try_get("step_name")?,
        step_number: row.try_get("step_number")?,
        attempt: row.try_get("attempt")?,
        parent_sequence: row.try_get("parent_sequence")?,
        input: payload(row.try_get("input_data")?, row.try_get("input_blob")?),
        output: payload(row.try_get("output_data")?, row.try_get("output_blob")?),
        metadata: row.try_get("metadata")?,
        error: row.try_get("error")?,
        status: row.try_get("status")?,
        duration_us: row.try_get("duration_us")?,
        recorded_at: row.try_get("recorded_at")?,
        previous_hash: row.try_get("previous_hash")?,
        hash: row.try_get("hash")?,
    })
}

fn payload(data: Option<String>, blob: Option<String>) -> StoredPayload {
    match (data, blob) {
        (Some(text), None) => StoredPayload::Inline(text),
        (None, Some(hash)) => StoredPayload::Blob(hash),
        _ => StoredPayload::Contradictory,
    }
}

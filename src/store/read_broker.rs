//! Reads: approvals, corrections, evidence, blind stretches, mandates, the allow-list.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{count, decimal, instant, optional_instant, parsed};
use super::error::{Attempt, StoreError};
use super::rows_broker::{
    ApprovalRow, BlindStretchRow, CorrectionRow, MandateRow, OrderEvidenceRow,
};
use crate::domain::{AccountId, ClientOrderId, Conid, ExecutionId};

impl Store {
    /// The order of an execution that was put to a person, if it was.
    pub async fn approval(&self, id: &ExecutionId) -> Result<Option<ApprovalRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM approval WHERE execution_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, approval)
    }

    /// Orders that wait for a person, oldest first.
    pub async fn pending_approvals(&self) -> Result<Vec<ApprovalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM approval WHERE status = 'pending' ORDER BY asked_at, execution_id",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, approval)
    }

    /// Orders that were put to a person, newest first.
    pub async fn approvals(&self, limit: u32) -> Result<Vec<ApprovalRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM approval ORDER BY asked_at DESC, execution_id LIMIT ?")
                .bind(limit)
                .fetch_all(&self.readers)
                .await;
        self.all(rows, approval)
    }

    /// Corrections, newest first.
    pub async fn corrections(&self, limit: u32) -> Result<Vec<CorrectionRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM correction ORDER BY correction_id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await;
        self.all(rows, correction)
    }

    /// The newest correction of a kind, or of its resolution (`<kind>_resolved`), in a contract or
    /// in none.
    pub async fn last_correction(
        &self,
        kind: &str,
        conid: Option<Conid>,
    ) -> Result<Option<CorrectionRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM correction WHERE kind IN (?1, ?1 || '_resolved') AND conid IS ?2 \
             ORDER BY correction_id DESC LIMIT 1",
        )
        .bind(kind)
        .bind(conid.map(|conid| conid.0))
        .fetch_optional(&self.readers)
        .await;
        self.one(row, correction)
    }

    /// What was looked for, and found, of an order, oldest first.
    pub async fn order_evidence(
        &self,
        id: &ClientOrderId,
    ) -> Result<Vec<OrderEvidenceRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM order_evidence WHERE client_order_id = ? ORDER BY order_evidence_id",
        )
        .bind(id.as_str())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(OrderEvidenceRow {
                client_order_id: parsed(row, "client_order_id")?,
                at: instant(row, "at")?,
                sentence: row.try_get("sentence")?,
            })
        })
    }

    /// Stretches in which the account was not watched that end after an instant or last, oldest
    /// first.
    pub async fn blind_stretches_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<BlindStretchRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM blind_stretch WHERE until_at IS NULL OR until_at > ? ORDER BY from_at",
        )
        .bind(since.as_microsecond())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| {
            Ok(BlindStretchRow {
                from: instant(row, "from_at")?,
                until: optional_instant(row, "until_at")?,
                cause: row.try_get("cause")?,
            })
        })
    }

    /// The mandate of an account that was given last, whether or not it is still in force.
    pub async fn last_mandate(
        &self,
        account_id: &AccountId,
    ) -> Result<Option<MandateRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM mandate WHERE account_id = ? ORDER BY armed_at DESC LIMIT 1",
        )
        .bind(account_id.as_str())
        .fetch_optional(&self.readers)
        .await;
        self.one(row, |row| {
            Ok(MandateRow {
                account_id: parsed(row, "account_id")?,
                armed_at: instant(row, "armed_at")?,
                ends_at: instant(row, "ends_at")?,
                maximum_order_value: decimal(row, "maximum_order_value")?,
                maximum_entries_per_day: count(row, "maximum_entries_per_day")?,
                maximum_daily_loss: decimal(row, "maximum_daily_loss")?,
                disarmed_at: optional_instant(row, "disarmed_at")?,
            })
        })
    }

    /// What a person switched in the allow-list of the broker's questions, by message id.
    pub async fn question_allowances(&self) -> Result<BTreeMap<String, bool>, StoreError> {
        let rows = sqlx::query("SELECT * FROM question_allow").fetch_all(&self.readers).await;
        let rows = self.all(rows, |row| Ok((row.try_get("message_id")?, row.try_get("is_on")?)))?;
        Ok(rows.into_iter().collect())
    }
}

fn approval(row: &SqliteRow) -> Attempt<ApprovalRow> {
    Ok(ApprovalRow {
        execution_id: parsed(row, "execution_id")?,
        asked_at: instant(row, "asked_at")?,
        expires_at: instant(row, "expires_at")?,
        state: parsed(row, "status")?,
        decided_at: optional_instant(row, "decided_at")?,
        order_json: row.try_get("order_json")?,
    })
}

fn correction(row: &SqliteRow) -> Attempt<CorrectionRow> {
    Ok(CorrectionRow {
        at: instant(row, "at")?,
        kind: row.try_get("kind")?,
        symbol: row.try_get("symbol")?,
        conid: row.try_get::<Option<i64>, _>("conid")?.map(Conid),
        sentence: row.try_get("sentence")?,
        evidence: row.try_get("evidence")?,
        is_alarm: row.try_get("is_alarm")?,
    })
}

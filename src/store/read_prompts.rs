//! Reads: prompts and their versions.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{count, instant, optional_instant, optional_parsed, parsed};
use super::error::{Attempt, Failure, StoreError};
use super::rows_prompts::{PromptRow, PromptVersionRow};
use crate::domain::PromptId;

impl Store {
    /// All prompts of a person, the deleted ones too, those changed last first.
    pub async fn prompts(&self) -> Result<Vec<PromptRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM prompt_now ORDER BY updated_at DESC, prompt_id")
            .fetch_all(&self.readers)
            .await;
        self.all(rows, prompt)
    }

    /// One prompt, also a deleted one.
    pub async fn prompt(&self, id: &PromptId) -> Result<Option<PromptRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM prompt_now WHERE prompt_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await;
        self.one(row, prompt)
    }

    /// The versions of a prompt, newest first.
    pub async fn prompt_versions(
        &self,
        id: &PromptId,
    ) -> Result<Vec<PromptVersionRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM prompt_version WHERE prompt_id = ? ORDER BY version DESC")
                .bind(id.as_str())
                .fetch_all(&self.readers)
                .await;
        self.all(rows, version)
    }

    /// One version of a prompt.
    pub async fn prompt_version(
        &self,
        id: &PromptId,
        number: u32,
    ) -> Result<Option<PromptVersionRow>, StoreError> {
        let row = sqlx::query("SELECT * FROM prompt_version WHERE prompt_id = ? AND version = ?")
            .bind(id.as_str())
            .bind(number)
            .fetch_optional(&self.readers)
            .await;
        self.one(row, version)
    }
}

fn prompt(row: &SqliteRow) -> Attempt<PromptRow> {
    let tags: &str = row.try_get("tags")?;
    Ok(PromptRow {
        id: parsed(row, "prompt_id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        prompt_type: parsed(row, "prompt_type")?,
        language: parsed(row, "language")?,
        strategy_id: optional_parsed(row, "strategy_id")?,
        is_active: row.try_get("is_active")?,
        is_default: row.try_get("is_default")?,
        tags: serde_json::from_str(tags).map_err(|_| Failure::Value {
            column: "tags",
            value: tags.chars().take(80).collect(),
        })?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        deleted_at: optional_instant(row, "deleted_at")?,
        version: count(row, "version")?,
        hash: row.try_get("hash")?,
    })
}

fn version(row: &SqliteRow) -> Attempt<PromptVersionRow> {
    Ok(PromptVersionRow {
        prompt_id: parsed(row, "prompt_id")?,
        version: count(row, "version")?,
        text: row.try_get("text")?,
        hash: row.try_get("hash")?,
        note: row.try_get("note")?,
        created_at: instant(row, "created_at")?,
    })
}

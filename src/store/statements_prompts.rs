//! Changes of prompts: the SQL beside the columns that it fills.

use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteQueryResult;

use super::convert::{encode, text};
use super::error::{Attempt, StoreError};
use super::rows_prompts::{NewPromptRow, PromptChange, PromptVersionRow};
use crate::domain::PromptId;

pub(super) async fn prompt(connection: &mut SqliteConnection, change: PromptChange) -> Attempt<()> {
    match change {
        PromptChange::Make(row) => make(connection, row).await,
        PromptChange::Version(row) => version(connection, row).await,
        PromptChange::Describe { id, name, description, tags, at } => {
            let done = sqlx::query(
                "UPDATE prompt SET name = ?, description = ?, tags = ?, updated_at = ? \
                 WHERE prompt_id = ?",
            )
            .bind(name)
            .bind(description)
            .bind(serde_json::to_string(&tags).map_err(encode)?)
            .bind(at.as_microsecond())
            .bind(id.as_str())
            .execute(connection)
            .await?;
            found(&done, id)
        }
        PromptChange::Activate { id, is_active, at } => {
            let done = sqlx::query(
                "UPDATE prompt SET is_active = ?1, is_default = is_default AND ?1, \
                 updated_at = ?2 WHERE prompt_id = ?3 AND deleted_at IS NULL",
            )
            .bind(is_active)
            .bind(at.as_microsecond())
            .bind(id.as_str())
            .execute(connection)
            .await?;
            found(&done, id)
        }
        PromptChange::MakeDefault { id, is_default, at } => {
            make_default(connection, id, is_default, at).await
        }
        PromptChange::Delete { id, is_deleted, at } => {
            let done = sqlx::query(
                "UPDATE prompt SET is_active = 0, is_default = 0, updated_at = ?1, \
                 deleted_at = CASE WHEN ?2 THEN coalesce(deleted_at, ?1) END WHERE prompt_id = ?3",
            )
            .bind(at.as_microsecond())
            .bind(is_deleted)
            .bind(id.as_str())
            .execute(connection)
            .await?;
            found(&done, id)
        }
    }
}

async fn make(connection: &mut SqliteConnection, row: NewPromptRow) -> Attempt<()> {
    let inserted = sqlx::query(
        "INSERT INTO prompt (prompt_id, name, description, prompt_type, language, strategy_id, \
         is_active, is_default, tags, created_at, updated_at, deleted_at) \
         VALUES (?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, NULL) ON CONFLICT (prompt_id) DO NOTHING",
    )
    .bind(row.id.as_str())
    .bind(row.name)
    .bind(row.description)
    .bind(text(&row.prompt_type)?)
    .bind(text(&row.language)?)
    .bind(row.strategy_id.as_ref().map(|id| id.as_str().to_owned()))
    .bind(serde_json::to_string(&row.tags).map_err(encode)?)
    .bind(row.created_at.as_microsecond())
    .bind(row.created_at.as_microsecond())
    .execute(connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(StoreError::PromptTaken { prompt_id: row.id }.into());
    }
    Ok(())
}

async fn version(connection: &mut SqliteConnection, row: PromptVersionRow) -> Attempt<()> {
    // Only the version after the newest: of two who edited the same one, the second is told.
    let inserted = sqlx::query(
        "INSERT INTO prompt_version (prompt_id, version, text, hash, note, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?2 = 1 + \
         (SELECT coalesce(max(version), 0) FROM prompt_version WHERE prompt_id = ?1)",
    )
    .bind(row.prompt_id.as_str())
    .bind(row.version)
    .bind(row.text)
    .bind(row.hash)
    .bind(row.note)
    .bind(row.created_at.as_microsecond())
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(
            StoreError::PromptChanged { prompt_id: row.prompt_id, version: row.version }.into()
        );
    }
    let touched = sqlx::query("UPDATE prompt SET updated_at = ? WHERE prompt_id = ?")
        .bind(row.created_at.as_microsecond())
        .bind(row.prompt_id.as_str())
        .execute(connection)
        .await?;
    found(&touched, row.prompt_id)
}

async fn make_default(
    connection: &mut SqliteConnection,
    id: PromptId,
    is_default: bool,
    at: Timestamp,
) -> Attempt<()> {
    if is_default {
        sqlx::query(
            "UPDATE prompt SET is_default = 0 WHERE is_default = 1 AND EXISTS \
             (SELECT 1 FROM prompt AS next WHERE next.prompt_id = ? \
             AND next.prompt_type = prompt.prompt_type AND next.language = prompt.language \
             AND next.strategy_id IS prompt.strategy_id)",
        )
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    }
    let done = sqlx::query(
        "UPDATE prompt SET is_default = ?1, is_active = is_active OR ?1, updated_at = ?2 \
         WHERE prompt_id = ?3 AND deleted_at IS NULL",
    )
    .bind(is_default)
    .bind(at.as_microsecond())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    found(&done, id)
}

fn found(done: &SqliteQueryResult, prompt_id: PromptId) -> Attempt<()> {
    if done.rows_affected() == 0 {
        return Err(StoreError::NoPrompt { prompt_id }.into());
    }
    Ok(())
}

//! A changed record shows, and the verification names the very row.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use throughline::domain::records::StepName;
use throughline::lineage::{Verification, verify};
use throughline::store::{BlobBytes, Change, Durability, Store};

use super::{open_with_execution, step};

/// Six rows of two executions; row 3 refers to an image, the input of row 4 is a blob.
async fn recorded() -> tempfile::TempDir {
    let (directory, store) = open_with_execution("e1").await;
    let image = BlobBytes { media_type: "image/png".into(), bytes: (0..200).collect() };
    let mut charts = step("e1", StepName::GenerateCharts, 1);
    charts.output =
        format!("{{\"charts\":[{}]}}", serde_json::to_string(&image.reference()).unwrap());
    let mut analysis = step("e1", StepName::LlmAnalysis, 1);
    analysis.input = format!("{{\"prompt\":\"{}\"}}", "please ".repeat(4_000));
    analysis.error = Some("the model did not answer".into());
    let changes = vec![
        Change::Lineage(step("e1", StepName::LoadStrategy, 1)),
        Change::Lineage(step("e1", StepName::FetchMarketData, 1)),
        Change::Blob(image),
        Change::Lineage(charts),
        Change::Lineage(analysis),
        Change::Lineage(step("e2", StepName::LoadStrategy, 1)),
        Change::Lineage(step("e2", StepName::LoadStrategy, 2)),
    ];
    store.commit(changes, Durability::Full).await.unwrap();
    let found = verify(&store).await.unwrap();
    assert_eq!((found.rows, found.blobs, found.first_fault), (6, 2, None));
    store.close().await;
    directory
}

/// Changes a copy of the database past the engine, and verifies it.
async fn verify_after(original: &Path, sql: &str) -> Verification {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("throughline.db");
    std::fs::copy(original.join("throughline.db"), &database).unwrap();
    let options = SqliteConnectOptions::new().filename(&database).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    let unlock = "DROP TRIGGER workflow_lineage_is_not_updated; \
                  DROP TRIGGER workflow_lineage_is_not_deleted; \
                  PRAGMA ignore_check_constraints = ON";
    connection.execute(unlock).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql)).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql} changed nothing");
    connection.close().await.unwrap();
    let store = Store::open_read_only(directory.path()).await.unwrap();
    verify(&store).await.unwrap()
}

async fn faulty_row(original: &Path, sql: &str) -> (i64, String) {
    let found = verify_after(original, sql).await;
    let fault = found.first_fault.unwrap_or_else(|| panic!("{sql} was not noticed"));
    (fault.sequence, fault.what)
}

#[tokio::test]
async fn a_change_of_any_column_names_that_row() {
    let directory = recorded().await;
    let original = directory.path();
    let changes = [
        "execution_id = 'e9'",
        "step_name = 'check_risk'",
        "step_name = 'no step at all'",
        "step_number = 3",
        "attempt = 2",
        "parent_sequence = NULL",
        "parent_sequence = 2",
        "input_data = '{}'",
        "input_data = input_data || ' '",
        "input_data = NULL, input_blob = (SELECT hash FROM blob LIMIT 1)",
        "input_data = NULL",
        "input_blob = (SELECT hash FROM blob LIMIT 1)",
        "output_data = '{\"rows\":501}'",
        "output_data = NULL",
        "metadata = '{}'",
        "error = 'none'",
        "error = ''",
        "status = 'error'",
        "duration_us = duration_us + 1",
        "recorded_at = recorded_at - 1",
        "previous_hash = hash",
        "hash = previous_hash",
    ];
    for change in changes {
        let sql = format!("UPDATE workflow_lineage SET {change} WHERE sequence = 2");
        assert_eq!(faulty_row(original, &sql).await.0, 2, "{change}");
    }
    let first = "UPDATE workflow_lineage SET metadata = '{}' WHERE sequence = 1";
    assert_eq!(faulty_row(original, first).await.0, 1);
    let last = "UPDATE workflow_lineage SET metadata = '{}' WHERE sequence = 6";
    assert_eq!(faulty_row(original, last).await.0, 6);
    let moved = "UPDATE workflow_lineage SET sequence = 7 WHERE sequence = 6";
    assert_eq!(faulty_row(original, moved).await.0, 7);
}

#[tokio::test]
async fn a_missing_row_shows_at_the_row_after_it() {
    let directory = recorded().await;
    let (sequence, what) =
        faulty_row(directory.path(), "DELETE FROM workflow_lineage WHERE sequence = 2").await;
    assert_eq!((sequence, what.as_str()), (3, "row 2 is missing before it"));
    let (sequence, what) =
        faulty_row(directory.path(), "DELETE FROM workflow_lineage WHERE sequence < 4").await;
    assert_eq!((sequence, what.as_str()), (4, "rows 1 to 3 are missing before it"));
}

#[tokio::test]
async fn two_rows_in_each_others_place_show_at_the_first_of_them() {
    let directory = recorded().await;
    let swap = "UPDATE workflow_lineage SET sequence = sequence + 100 WHERE sequence IN (2, 3); \
                UPDATE workflow_lineage SET sequence = 105 - sequence WHERE sequence > 100";
    let (sequence, what) = faulty_row(directory.path(), swap).await;
    assert_eq!((sequence, what.as_str()), (2, "it does not follow from the row before it"));
}

#[tokio::test]
async fn a_row_put_in_between_shows() {
    let directory = recorded().await;
    let insert = "INSERT INTO workflow_lineage SELECT 7, execution_id, step_name, step_number, 9, \
                  parent_sequence, input_data, input_blob, output_data, output_blob, metadata, \
                  error, status, duration_us, recorded_at, hash, hash FROM workflow_lineage \
                  WHERE sequence = 6";
    let (sequence, what) = faulty_row(directory.path(), insert).await;
    assert_eq!((sequence, what.as_str()), (7, "its content does not match its hash"));
}

#[tokio::test]
async fn a_changed_or_missing_blob_names_the_row_that_refers_to_it() {
    let directory = recorded().await;
    let cases = [
        ("image/png", 3, "UPDATE blob SET content = zeroblob(200)", "does not match its hash"),
        ("application/json", 4, "UPDATE blob SET content = x'00'", "does not match its hash"),
        ("application/json", 4, "UPDATE blob SET length = length - 1", "does not match its hash"),
        ("image/png", 3, "UPDATE blob SET encoding = 'zstd'", "does not match its hash"),
        ("image/png", 3, "UPDATE blob SET media_type = 'image/jpeg'", "of another kind or length"),
        ("image/png", 3, "DELETE FROM blob", "is missing"),
        ("application/json", 4, "DELETE FROM blob", "is missing"),
    ];
    for (media_type, row, change, expected) in cases {
        let sql = format!("{change} WHERE media_type = '{media_type}'");
        let (sequence, what) = faulty_row(directory.path(), &sql).await;
        assert_eq!(sequence, row, "{sql}");
        assert!(what.contains(expected), "{sql}: {what}");
    }
    // One byte in the middle.
    let byte = "UPDATE blob SET content = CAST(substr(content, 1, 100) || x'ff' || \
                substr(content, 102) AS BLOB) WHERE media_type = 'image/png'";
    assert_eq!(faulty_row(directory.path(), byte).await.0, 3);
}

#[tokio::test]
async fn the_table_refuses_changes_and_removals() {
    let directory = recorded().await;
    let database = directory.path().join("throughline.db");
    let mut connection = SqliteConnectOptions::new().filename(&database).connect().await.unwrap();
    let attempts = [
        "UPDATE workflow_lineage SET metadata = '{}'",
        "DELETE FROM workflow_lineage WHERE sequence = 6",
    ];
    for sql in attempts {
        let refused = connection.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}

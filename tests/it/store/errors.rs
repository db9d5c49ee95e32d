//! Every way in which a data directory can be unusable, tried on a real one.

use std::error::Error;
use std::fs;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use throughline::domain::records::StepName;
use throughline::store::{Change, Durability, Store, StoreError};

use super::{open_with_execution, step};

/// What a person reads: the error and all its causes.
pub(super) fn sentence(error: &dyn Error) -> String {
    let mut shown = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        shown = format!("{shown}: {error}");
        cause = error.source();
    }
    shown
}

pub(super) async fn refusal(directory: &Path) -> StoreError {
    match Store::open(directory).await {
        Ok(_) => panic!("{} was opened", directory.display()),
        Err(error) => {
            let shown = sentence(&error);
            assert!(shown.contains(&*directory.to_string_lossy()), "{shown} names no path");
            error
        }
    }
}

#[tokio::test]
async fn a_file_in_place_of_the_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("data");
    fs::write(&file, "not a directory").unwrap();
    assert!(matches!(refusal(&file).await, StoreError::NotADirectory { .. }));
    assert!(matches!(refusal(&file.join("below")).await, StoreError::NotADirectory { .. }));
    let reading = Store::open_read_only(&file).await.unwrap_err();
    assert!(matches!(reading, StoreError::NotADirectory { .. }), "{reading}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a directory");
}

#[tokio::test]
async fn a_directory_in_use_is_refused_and_the_process_is_named() {
    let (directory, store) = open_with_execution("e1").await;
    let refused = refusal(directory.path()).await;
    let own = std::process::id();
    assert!(
        matches!(refused, StoreError::InUse { process: Some(process), .. } if process == own),
        "{refused}"
    );
    assert!(refused.to_string().contains(&format!("process {own}")), "{refused}");
    store.close().await;
    Store::open(directory.path()).await.unwrap();
}

#[tokio::test]
async fn reading_needs_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Store::open_read_only(directory.path()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NoDatabase { .. }), "{missing}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "reading made a file");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (directory, store) = open_with_execution("e1").await;
    store.close().await;
    let database = directory.path().join("throughline.db");
    let mut connection = SqliteConnectOptions::new().filename(&database).connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, \
                 checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    connection.execute(newer).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(&database).unwrap();
    let refused = refusal(directory.path()).await;
    assert!(matches!(refused, StoreError::Newer { found: 9999, known: 3.., .. }), "{refused}");
    let reading = Store::open_read_only(directory.path()).await.unwrap_err();
    assert!(matches!(reading, StoreError::Newer { found: 9999, .. }), "{reading}");
    assert!(fs::read(&database).unwrap() == before, "the database was changed");
}

#[tokio::test]
async fn a_database_cut_short_or_overwritten_is_refused_and_left_alone() {
    let (directory, store) = open_with_execution("e1").await;
    let mut large = step("e1", StepName::FetchMarketData, 1);
    large.output = "7".repeat(15_000);
    for attempt in 1..=20 {
        large.attempt = attempt;
        store.commit(vec![Change::Lineage(large.clone())], Durability::Full).await.unwrap();
    }
    store.close().await;
    let whole = fs::read(directory.path().join("throughline.db")).unwrap();

    let half = whole[..whole.len() / 2].to_vec();
    let uneven = whole[..whole.len() - 1_000].to_vec();
    let header_only = whole[..100].to_vec();
    let mut scribbled = whole.clone();
    scribbled[4_096..12_288].fill(0x5a);
    let cases = [half, uneven, header_only, scribbled, b"price,date\n1,2\n".repeat(400)];
    for (number, damaged) in cases.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("throughline.db");
        fs::write(&database, &damaged).unwrap();
        let refused = refusal(directory.path()).await;
        assert!(matches!(refused, StoreError::Damaged { .. }), "case {number}: {refused}");
        assert!(fs::read(&database).unwrap() == damaged, "case {number} was changed");
    }
}

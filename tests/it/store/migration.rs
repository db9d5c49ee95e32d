//! A database of the first release is brought up to date and keeps every row.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};
use throughline::domain::Leg;
use throughline::store::Store;

use super::{execution_id, strategy_id};

static FIRST: &str = include_str!("../../../migrations/0001_initial.sql");

async fn schema(connection: &mut SqliteConnection, kind: &str) -> Vec<String> {
    sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = ? ORDER BY name")
        .bind(kind)
        .fetch_all(connection)
        .await
        .unwrap()
}

/// Rows in every table of 0001, each referring to others.
const ROWS: &str = "
BEGIN;
INSERT INTO strategy VALUES ('sample', 1);
INSERT INTO strategy_version VALUES ('sample', 1, 'Sample', 'name = 1', 'aa', 5);
INSERT INTO execution VALUES ('e1', 'sample', 1, 'AAPL', 'schedule', 'sandbox', 'DU1000001', 10,
    'completed', 'bought', 'It bought.', 7, 8, 9);
INSERT INTO execution VALUES ('e2', 'sample', 1, 'AAPL', 'manual', 'sandbox', 'DU1000001', 20,
    'tracking', NULL, NULL, 7, 8, NULL);
INSERT INTO execution VALUES ('e0', 'sample', 1, 'AAPL', 'replay', 'sandbox', 'DU1000001', 20,
    'completed', 'hold', 'It held.', 7, 8, 9);
DELETE FROM execution WHERE execution_id = 'e0';
INSERT INTO schedule_claim VALUES ('sample', 'AAPL', 10, 'e1', NULL);
INSERT INTO broker_order VALUES ('e1-entry', '71', 'e1', 'e2', 'sample', 'DU1000001', 265598,
    'AAPL', 'entry', 'BUY', 'limit', '100', '17.50', 'DAY', 'filled', '100', '17.4990', '1.00',
    NULL, 10, 12);
INSERT INTO broker_order VALUES ('e1-stop', '72', 'e1', 'e1', 'sample', 'DU1000001', 265598,
    'AAPL', 'stop', 'SELL', 'stop', '100', '16.10', 'GTC', 'pre_submitted', '0', NULL, '0', NULL,
    10, 10);
INSERT INTO order_event VALUES (4, 'e1-entry', 12, 'filled', '100', '0');
INSERT INTO fill VALUES ('f1', 'e1-entry', '71', 'e1', 'sample', 'entry', 265598, 'AAPL', 'BUY',
    '100', '17.4990', '1.00', 12);
INSERT INTO position VALUES ('sample', 265598, 'AAPL', '100', '17.4990', '1.00', '16.10', '20.30',
    '1.40', 'e1', 12);
INSERT INTO closed_trade VALUES (9, 'sample', 265598, 'AAPL', '100', '17', '18', 1, 2, '100', '2',
    '98', '1.00', 'target', 'e1', 'e1');
INSERT INTO workflow_lineage VALUES (1, 'e1', 'load_strategy', 1, 1, NULL, '{}', NULL, '{}', NULL,
    '{}', NULL, 'success', 1, 2, printf('%064d', 0), printf('%064d', 1));
COMMIT;
";

async fn first_release(path: &std::path::Path) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new()
        .filename(path.join("throughline.db"))
        .create_if_missing(true)
        .foreign_keys(true)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql(FIRST).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&mut connection).await.unwrap();
    // The table in which sqlx remembers what it applied, as it makes it itself.
    let first = sqlx::migrate!().iter().next().unwrap().clone();
    assert_eq!(first.sql.as_ref(), FIRST);
    sqlx::raw_sql(
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
         checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (?, ?, CURRENT_TIMESTAMP, 1, ?, 0)")
        .bind(first.version)
        .bind(first.description.as_ref())
        .bind(first.checksum.as_ref())
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

#[tokio::test]
async fn a_database_of_the_first_release_keeps_every_row_trigger_and_index() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = first_release(directory.path()).await;
    let indexes = schema(&mut connection, "index").await;
    let triggers = schema(&mut connection, "trigger").await;
    assert_eq!(triggers.len(), 2);
    connection.close().await.unwrap();

    let store = Store::open(directory.path()).await.unwrap();
    let executions = store.executions(Some(&strategy_id()), 10).await.unwrap();
    assert_eq!(executions.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["e2", "e1"]);
    assert_eq!(executions[1].sentence.as_deref(), Some("It bought."));
    assert_eq!(store.unfinished_executions().await.unwrap().len(), 1);
    let orders = store.orders_of(&execution_id("e1")).await.unwrap();
    assert_eq!(orders.iter().map(|row| row.leg).collect::<Vec<_>>(), [Leg::Entry, Leg::Stop]);
    assert_eq!((orders[0].aux_price, orders[0].good_till), (None, None));
    assert_eq!(orders[0].decided_by, execution_id("e2"));
    let ids = [orders[0].client_order_id.clone()];
    assert_eq!(store.order_events(&ids).await.unwrap()[0].words, None);
    let fills = store.fills().await.unwrap();
    assert_eq!(fills.len(), 1);
    assert!(fills[0].fill.is_commission_known && !fills[0].fill.is_liquidation);
    assert_eq!(fills[0].corrects, None);
    assert_eq!(store.positions().await.unwrap().len(), 1);
    assert_eq!(store.trades().await.unwrap().len(), 1);
    assert_eq!(store.counts().await.unwrap().lineage_rows, 1);
    store.close().await;

    let mut connection = SqliteConnectOptions::new()
        .filename(directory.path().join("throughline.db"))
        .foreign_keys(true)
        .connect()
        .await
        .unwrap();
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
    assert!(broken.is_empty(), "{} references are broken", broken.len());
    let checked: String =
        sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(checked, "ok");
    let now = schema(&mut connection, "trigger").await;
    for trigger in triggers {
        assert!(now.contains(&trigger), "{trigger} is gone");
    }
    let now = schema(&mut connection, "index").await;
    for index in indexes {
        assert!(now.contains(&index), "{index} is gone");
    }
    let kept: Vec<i64> = sqlx::query_scalar("SELECT rowid FROM execution ORDER BY rowid")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, [1, 2]);
    let deleted = sqlx::query("DELETE FROM execution WHERE execution_id = 'e1'")
        .execute(&mut connection)
        .await;
    assert!(deleted.is_err(), "the references of the rows to each other are in force");
    connection.close().await.unwrap();
}

//! The value of the account at each close of the exchange.

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use throughline::api::dispatch;
use throughline::api::dto::SnapshotsDto;
use throughline::store::SnapshotRow;

use crate::safety::setting::Setting;

/// Runs an engine over two weeks with a position, takes the later days away as if the machine had
/// been off, and starts again.
#[tokio::test]
async fn c3_1_missed_closes_are_made_good_from_fills_and_closing_prices() {
    let setting = Setting::new().await;
    setting.run("sample").await;
    setting.advance("2012-07-06T17:00:00-04:00").await;
    let taken = setting.engine.store().snapshots(None, None).await.unwrap();
    // 3 July is a half-day, 4 July a holiday.
    let days: Vec<String> = taken.iter().map(|row| row.date.to_string()).collect();
    assert!(days.ends_with(&["2012-07-03".into(), "2012-07-05".into(), "2012-07-06".into()]));
    let half_day = taken.iter().find(|row| row.date.to_string() == "2012-07-03").unwrap();
    assert_eq!(half_day.at.to_string(), "2012-07-03T17:00:00Z");
    assert!(taken.iter().any(|row| row.positions_value > 0.into()), "nothing was held");
    assert!(taken.iter().all(|row| !row.is_rebuilt));

    let options = SqliteConnectOptions::new().filename(setting.data_dir().join("throughline.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let gone = sqlx::query("DELETE FROM portfolio_snapshot WHERE date > '2012-06-20'")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let setting = setting.restart().await;
    setting.advance("2012-07-06T17:10:00-04:00").await;

    let rebuilt = setting.engine.store().snapshots(None, None).await.unwrap();
    assert_eq!(rebuilt.iter().filter(|row| row.is_rebuilt).count() as u64, gone.rows_affected());
    let as_taken = |row: &SnapshotRow| SnapshotRow { is_rebuilt: false, ..row.clone() };
    assert_eq!(rebuilt.iter().map(as_taken).collect::<Vec<_>>(), taken);

    let answer = dispatch(&setting.engine, "snapshots_list", serde_json::json!({ "page": 0 }));
    let page: SnapshotsDto = serde_json::from_value(answer.await.unwrap()).unwrap();
    assert_eq!(page.snapshots[0].date, "2012-07-06");
    assert_eq!(page.total as usize, taken.len());
    assert!(page.snapshots[0].is_rebuilt && page.snapshots[0].change.is_some());
    let first = page.snapshots.last().unwrap();
    assert_eq!(first.change, None, "before the first day there is none");
    setting.engine.close().await.unwrap();
}

//! The value of the account at each close of the exchange.

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use throughline::api::dispatch;
use throughline::api::dto::{BalancesDto, PortfolioDto, SnapshotsDto};
use throughline::portfolio::SnapshotPosition;
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
    let compared = |rows: &[SnapshotRow]| rows.iter().map(without_levels).collect::<Vec<_>>();
    assert_eq!(compared(&rebuilt), compared(&taken));

    let answer = dispatch(&setting.engine, "snapshots_list", serde_json::json!({ "page": 0 }));
    let page: SnapshotsDto = serde_json::from_value(answer.await.unwrap()).unwrap();
    assert_eq!(page.snapshots[0].date, "2012-07-06");
    assert_eq!(page.total as usize, taken.len());
    assert!(page.snapshots[0].is_rebuilt && page.snapshots[0].change.is_some());
    let first = page.snapshots.last().unwrap();
    assert_eq!(first.change, None, "before the first day there is none");
    setting.engine.close().await.unwrap();
}

/// A snapshot without what a rebuilt one cannot know: where stops and targets stood.
fn without_levels(row: &SnapshotRow) -> SnapshotRow {
    let mut held: Vec<SnapshotPosition> = serde_json::from_str(&row.positions_json).unwrap();
    for one in &mut held {
        one.position.stop_price = rust_decimal::Decimal::ZERO;
        one.position.target_price = rust_decimal::Decimal::ZERO;
    }
    let positions_json = serde_json::to_string(&held).unwrap();
    SnapshotRow { is_rebuilt: false, positions_json, ..row.clone() }
}

#[tokio::test]
async fn c1_1_cash_by_currency_is_the_brokers_word_with_its_time() {
    let setting = Setting::new().await;
    setting.run("sample").await;
    let answer = dispatch(&setting.engine, "balances_get", serde_json::json!({})).await.unwrap();
    let found: BalancesDto = serde_json::from_value(answer).unwrap();
    let [dollars] = found.balances.as_slice() else { panic!("{found:?}") };
    assert_eq!((dollars.currency.as_str(), dollars.exchange_rate.as_str()), ("USD", "1"));
    let cash: rust_decimal::Decimal = dollars.cash.parse().unwrap();
    let answer = dispatch(&setting.engine, "portfolio_get", serde_json::json!({})).await.unwrap();
    let portfolio: PortfolioDto = serde_json::from_value(answer).unwrap();
    assert_eq!(cash, portfolio.state.cash);
    assert_eq!(dollars.cash_in_base.parse::<rust_decimal::Decimal>().unwrap(), cash);
    let as_of: jiff::Timestamp = dollars.as_of.parse().unwrap();
    assert!(as_of <= setting.engine.now());
    setting.engine.close().await.unwrap();
}

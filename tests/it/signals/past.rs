//! Executions that were recorded before signals had rows get theirs out of the lineage.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::Signal;
use throughline::store::{Page, SignalFilter};

async fn signals(engine: &Engine) -> Vec<Signal> {
    engine.store().signals(&SignalFilter::default(), Page::ALL).await.unwrap()
}

#[tokio::test]
async fn signals_come_back_out_of_the_lineage_as_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let options = EngineOptions { data_dir: directory.path().to_path_buf(), ..Default::default() };
    let engine = Engine::open(options.clone()).await.unwrap();
    engine.advance_to(parse_instant("2012-07-06T12:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    let before = signals(&engine).await;
    assert!(before.iter().any(|signal| signal.net_profit_loss.is_some()), "no trade was closed");
    engine.close().await.unwrap();
    drop(engine);

    let mut connection = SqliteConnectOptions::new()
        .filename(directory.path().join("throughline.db"))
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql("DELETE FROM signal; DELETE FROM setting WHERE key = 'signals_filled';")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();

    let engine = Engine::open(options).await.unwrap();
    // What has lapsed lapses again at the first look at the clock.
    let now = engine.now();
    engine.advance_to(now + jiff::SignedDuration::from_secs(1), |_| {}).await.unwrap();
    assert_eq!(signals(&engine).await, before);
    engine.close().await.unwrap();
}

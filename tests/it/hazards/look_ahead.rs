//! H24: look-ahead. Two worlds that are the same up to an instant and differ after it must give the
//! same decision at that instant, byte for byte.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::api::views;
use throughline::app::{Engine, EngineOptions};
use throughline::domain::records::Outcome;
use throughline::sandbox::data::{bundled_series, prices_directory, save_series};

use super::{BUYS, open};
use crate::runs::audit::instant;

/// Without the prices' other future, the run at `at`, as recorded up to the order.
async fn decided(future: Decimal, last_same_day: Date, at: &str) -> (Vec<Value>, Outcome) {
    let directory = tempfile::tempdir().unwrap();
    for mut series in bundled_series().unwrap() {
        for day in series.days.iter_mut().filter(|day| day.date > last_same_day) {
            for price in [&mut day.open, &mut day.high, &mut day.low, &mut day.close] {
                *price = (*price * future).round_dp(2);
            }
            day.adjusted_close = day.adjusted_close.map(|close| (close * future).round_dp(4));
            day.volume /= 2;
        }
        save_series(&prices_directory(directory.path()), &series, true).unwrap();
    }
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(instant(at)),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let id = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    let outcome = engine.store().execution(&id).await.unwrap().unwrap().outcome.unwrap();
    let lineage = json!(views::lineage(engine.store(), id.as_str()).await.unwrap());
    engine.close().await.unwrap();
    let mut steps: Vec<Value> = lineage["steps"].as_array().unwrap().clone();
    steps.retain(|step| step["step_number"].as_u64().is_some_and(|number| number <= 8));
    for step in &mut steps {
        let step = step.as_object_mut().unwrap();
        // When it was written down and how long it took belong to the computer, not to the market.
        for field in ["recorded_at", "duration_us", "hash", "previous_hash"] {
            step.remove(field);
        }
    }
    (steps, outcome)
}

#[tokio::test]
async fn h24_what_comes_after_an_instant_changes_nothing_that_is_decided_at_it() {
    let (as_it_was, tripled) = (Decimal::ONE, Decimal::from(3));
    let cases = [(date(2012, 6, 15), BUYS), (date(2012, 6, 18), "2012-06-18T11:00:00-04:00")];
    for (last_same_day, at) in cases {
        let (one, outcome) = decided(as_it_was, last_same_day, at).await;
        let (other, _) = decided(tripled, last_same_day, at).await;
        assert!(one.len() >= 8, "{} steps", one.len());
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other, "{at}: step {} saw the future", one["step_name"]);
        }
        assert_eq!(one.len(), other.len());
        if at == BUYS {
            assert_eq!(outcome, Outcome::Bought, "a decision worth comparing");
        }
    }
    // A world that differs before the instant is decided on differently: the comparison sees it.
    let (one, _) = decided(as_it_was, date(2012, 6, 13), BUYS).await;
    let (other, _) = decided(tripled, date(2012, 6, 13), BUYS).await;
    assert_ne!(one, other);
}

#[tokio::test]
async fn h24_every_bar_that_was_kept_is_of_the_instant_or_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path()).await;
    engine.advance_to(instant("2012-06-29T16:00:00-04:00"), |_| {}).await.unwrap();
    let mut bars = 0;
    for execution in engine.store().executions(None, u32::MAX).await.unwrap() {
        let lineage = json!(views::lineage(engine.store(), execution.id.as_str()).await.unwrap());
        let steps = lineage["steps"].as_array().unwrap();
        let fetched = steps.iter().find(|step| step["step_name"] == "fetch_market_data");
        let Some(fetched) = fetched.filter(|step| step["status"] == "success") else { continue };
        let today = instant(&execution.as_of.to_string())
            .to_zoned(jiff::tz::TimeZone::get("America/New_York").unwrap())
            .date();
        for timeframe in fetched["output"]["timeframes"].as_array().unwrap() {
            let hash = timeframe["bars"]["blob"].as_str().unwrap();
            let (_, bytes) = engine.store().blob(hash).await.unwrap().unwrap();
            let rows: Vec<[String; 6]> = serde_json::from_slice(&bytes).unwrap();
            for [day, ..] in rows {
                assert!(day.parse::<Date>().unwrap() <= today, "{day} in a run of {today}");
                bars += 1;
            }
        }
    }
    assert!(bars > 1_000, "{bars} bars prove little");
    engine.close().await.unwrap();
}

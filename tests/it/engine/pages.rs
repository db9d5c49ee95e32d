//! What the pages Dashboard, Executions and Settings read.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throughline::api::dispatch;
use throughline::api::dto::{
    ExecutionStatus, ExecutionsPageDto, FoundExecutionDto, HealthDto, HealthLevel, HealthPart,
    PortfolioDto,
};
use throughline::app::{Engine, EngineOptions};
use throughline::domain::SignalAction;
use throughline::domain::records::{Outcome, Trigger};

use crate::runs::audit::instant;

/// Noon of a trading day, two weeks before the sample strategy's first runs are looked at.
const FROM: &str = "2012-06-01T12:00:00-04:00";
const TO: &str = "2012-07-06T12:00:00-04:00";

async fn ask<T: DeserializeOwned>(engine: &Arc<Engine>, name: &str, request: Value) -> T {
    let answer = dispatch(engine, name, request).await.unwrap();
    serde_json::from_value(answer).unwrap()
}

async fn opened(directory: &tempfile::TempDir) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(instant(FROM)),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

/// One run, looked at from several sides: it takes long.
#[tokio::test]
async fn a4_2_executions_are_found_by_what_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    engine.advance_to(instant(TO), |_| {}).await.unwrap();
    let begun = engine.begin_run("sample", Some("AAPL"), None, None).await.unwrap();
    let by_hand = begun[0].id.to_string();
    engine.finish_run(begun, |_| {}).await.unwrap();
    let all = pages_hold_everything_once_and_newest_first(&engine, &by_hand).await;
    every_filter_narrows_to_what_it_names(&engine, &all, &by_hand).await;
    what_is_not_usable_is_refused(&engine).await;
    a_price_is_as_old_as_the_broker_said(&engine).await;
    engine.close().await.unwrap();
}

async fn pages_hold_everything_once_and_newest_first(
    engine: &Arc<Engine>,
    newest: &str,
) -> Vec<FoundExecutionDto> {
    let stored = engine.store().executions(None, u32::MAX).await.unwrap();
    assert!(stored.len() > 40, "{} executions prove little", stored.len());
    let mut paged: Vec<FoundExecutionDto> = Vec::new();
    while paged.len() < stored.len() {
        let request = json!({ "limit": 17, "offset": paged.len() });
        let page: ExecutionsPageDto = ask(engine, "executions_search", request).await;
        assert_eq!(page.total as usize, stored.len());
        assert!(!page.executions.is_empty());
        paged.extend(page.executions);
    }
    let ids: Vec<_> = paged.iter().map(|found| found.execution.id.clone()).collect();
    let expected: Vec<_> = stored.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids, expected);
    assert_eq!(ids[0], newest);
    assert!(paged.iter().filter(|found| found.signal.is_some()).count() > 40);
    for (found, row) in paged.iter().zip(&stored) {
        let steps = engine.store().step_count(&row.id).await.unwrap();
        assert_eq!(found.execution.steps, steps, "{found:?}");
        assert_eq!(found.signal, engine.store().signal(&row.id).await.unwrap());
    }
    let one: FoundExecutionDto =
        ask(engine, "execution_get", json!({ "execution_id": newest })).await;
    assert_eq!(one.execution.trigger, Trigger::Manual);
    assert_eq!(one.signal, paged[0].signal);
    paged
}

type Fits = fn(&FoundExecutionDto) -> bool;

/// What a text is looked for in.
fn words_of(found: &FoundExecutionDto) -> String {
    let execution = &found.execution;
    let sentence = execution.sentence.as_deref().unwrap_or_default();
    let (id, symbol, strategy) = (&execution.id, &execution.symbol, &execution.strategy_id);
    format!("{id} {symbol} {strategy}  {sentence} {}", execution.strategy_name).to_lowercase()
}

async fn every_filter_narrows_to_what_it_names(
    engine: &Arc<Engine>,
    all: &[FoundExecutionDto],
    by_hand: &str,
) {
    let cases: [(Value, Fits); 9] = [
        (json!({ "strategy_id": "sample" }), |found| found.execution.strategy_id == "sample"),
        (json!({ "symbol": "IBM" }), |found| found.execution.symbol == "IBM"),
        (json!({ "trigger": "manual" }), |found| found.execution.trigger == Trigger::Manual),
        (json!({ "outcome": "hold" }), |found| found.execution.outcome == Some(Outcome::Hold)),
        (json!({ "status": "completed" }), |found| {
            found.execution.status == ExecutionStatus::Completed
        }),
        (json!({ "action": "BUY" }), |found| {
            found.signal.as_ref().is_some_and(|signal| signal.action == SignalAction::Buy)
        }),
        (json!({ "text": "aApL" }), |found| words_of(found).contains("aapl")),
        (json!({ "from": "2012-06-15T00:00:00-04:00", "until": "2012-06-16T00:00:00-04:00" }), {
            |found| found.execution.exchange_time.starts_with("2012-06-15")
        }),
        (json!({ "text": "momentum daily", "action": "HOLD" }), |found| {
            words_of(found).contains("momentum daily")
                && found.signal.as_ref().is_some_and(|signal| signal.action == SignalAction::Hold)
        }),
    ];
    for (mut request, fits) in cases {
        let words = request.to_string();
        request["limit"] = json!(100);
        let page: ExecutionsPageDto = ask(engine, "executions_search", request).await;
        assert!(page.total > 0, "{words} found nothing");
        assert!(page.executions.iter().all(fits), "{words} found what it should not");
        let expected = all.iter().filter(|found| fits(found)).count();
        assert_eq!(page.total as usize, expected, "{words} left something out");
    }
    // Signs that mean something in a pattern of SQL mean themselves.
    for text in ["%", "_', '", "no such words"] {
        let request = json!({ "text": text, "limit": 1 });
        let page: ExecutionsPageDto = ask(engine, "executions_search", request).await;
        let expected = all.iter().filter(|found| words_of(found).contains(text)).count();
        assert_eq!(page.total as usize, expected, "{text}");
    }
    let id: ExecutionsPageDto =
        ask(engine, "executions_search", json!({ "text": by_hand, "limit": 5 })).await;
    assert_eq!(id.total, 1);
}

async fn what_is_not_usable_is_refused(engine: &Arc<Engine>) {
    for bad in [
        json!({ "limit": 0 }),
        json!({ "limit": 101 }),
        json!({ "limit": 1, "from": "yesterday" }),
        json!({ "limit": 1, "text": "x".repeat(101) }),
        json!({ "limit": 1, "strategy_id": "../../etc" }),
        json!({ "limit": 1, "sort": "as_of" }),
    ] {
        assert!(dispatch(engine, "executions_search", bad.clone()).await.is_err(), "{bad}");
    }
    let error = dispatch(engine, "execution_get", json!({ "execution_id": "none" })).await;
    assert!(error.unwrap_err().message.contains("there is no execution"));
}

async fn a_price_is_as_old_as_the_broker_said(engine: &Arc<Engine>) {
    let portfolio: PortfolioDto = ask(engine, "portfolio_get", json!({})).await;
    assert!(!portfolio.positions.is_empty(), "without a position this would prove little");
    let priced = portfolio.positions.iter().filter(|held| held.last_price.is_some());
    let ages: BTreeSet<&str> = priced.filter_map(|held| held.price_as_of.as_deref()).collect();
    assert!(!ages.is_empty());
    for at in ages {
        let at: Timestamp = at.parse().unwrap();
        assert!(at <= engine.now(), "{at} is yet to come");
        assert!(at > instant(TO) - jiff::SignedDuration::from_hours(48), "{at} is too old");
    }
}

#[tokio::test]
async fn health_tells_of_every_part_and_follows_a_halt() {
    let directory = tempfile::tempdir().unwrap();
    let engine = opened(&directory).await;
    let before: HealthDto = ask(&engine, "health_get", json!({})).await;
    let level = |health: &HealthDto, part: HealthPart| {
        health.lights.iter().find(|light| light.part == part).map(|light| light.level)
    };
    let parts: Vec<HealthPart> = before.lights.iter().map(|light| light.part).collect();
    assert_eq!(
        parts,
        [
            HealthPart::Gateway,
            HealthPart::Database,
            HealthPart::Model,
            HealthPart::Schedule,
            HealthPart::Disk,
        ]
    );
    assert_eq!(level(&before, HealthPart::Gateway), Some(HealthLevel::Well));
    assert_eq!(level(&before, HealthPart::Database), Some(HealthLevel::Well));
    // No model is configured, and the sandbox clock stands.
    assert_eq!(level(&before, HealthPart::Model), Some(HealthLevel::Resting));
    assert_eq!(level(&before, HealthPart::Schedule), Some(HealthLevel::Resting));
    let files = &before.files;
    assert_eq!(files.directory, directory.path().display().to_string());
    let on_disk = std::fs::metadata(&files.database).unwrap().len();
    assert!(files.database_bytes.is_some_and(|bytes| bytes >= on_disk), "{files:?}");
    assert!(files.disk_total_bytes > files.disk_free_bytes, "{files:?}");

    dispatch(&engine, "halt", json!({ "reason": "a test" })).await.unwrap();
    assert!(std::path::Path::new(&files.halt_file).exists(), "{}", files.halt_file);
    let halted: HealthDto = ask(&engine, "health_get", json!({})).await;
    assert_eq!(level(&halted, HealthPart::Schedule), Some(HealthLevel::Watch));
    dispatch(&engine, "resume", json!({})).await.unwrap();
    for strategy in engine.store().strategies().await.unwrap() {
        let id = strategy.version.strategy_id.to_string();
        let request = json!({ "strategy_id": id, "active": false });
        dispatch(&engine, "strategy_set_active", request).await.unwrap();
    }
    let idle: HealthDto = ask(&engine, "health_get", json!({})).await;
    let schedule = idle.lights.iter().find(|light| light.part == HealthPart::Schedule).unwrap();
    assert_eq!(schedule.level, HealthLevel::Resting);
    assert_eq!(schedule.sentence, "No strategy follows its schedule.");
    engine.close().await.unwrap();
}

//! The life of one signal: traded on, lapsed, cancelled.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;
use throughline::api::dispatch;
use throughline::api::dto::SignalDto;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::Outcome;
use throughline::domain::{
    ExecutionId, Leg, OrderStatus, Signal, SignalAction, SignalOutcome, SignalStatus,
};

use super::analysts::Fake;

/// A Friday's close, at which the sample strategy buys AAPL.
const BUYS: &str = "2012-06-15T16:00:00-04:00";

/// A close at which the rule says HOLD.
const HOLDS: &str = "2012-07-31T16:00:00-04:00";

async fn open(directory: &std::path::Path, at: &str, discount: Option<Decimal>) -> Arc<Engine> {
    let mut options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: Some(parse_instant(at).unwrap()),
        ..EngineOptions::default()
    };
    if let Some(discount) = discount {
        let buys = |_: &str, _: Date, _: f64, _: f64| true;
        options.analyst = Some(Arc::new(Fake { name: "always", discount, buys }));
    }
    let engine = Engine::open(options).await.unwrap();
    for strategy in engine.store().strategies().await.unwrap() {
        engine.set_strategy_active(strategy.version.strategy_id.as_str(), false).await.unwrap();
    }
    engine
}

/// Runs, as of an instant, without following the order: beside a moving clock nobody does.
async fn run(engine: &Engine, at: &str) -> ExecutionId {
    engine.set_running("running").unwrap();
    let at = parse_instant(at).unwrap();
    let begun = engine.begin_run("sample", None, None, Some(at)).await.unwrap();
    let id = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.set_running("paused").unwrap();
    id
}

async fn signal(engine: &Engine, id: &ExecutionId) -> Signal {
    engine.store().signal(id).await.unwrap().expect("no signal was recorded")
}

async fn entry(engine: &Engine, id: &ExecutionId) -> throughline::store::OrderRow {
    let orders = engine.store().orders_of(id).await.unwrap();
    orders.into_iter().find(|order| order.leg == Leg::Entry).unwrap()
}

#[tokio::test]
async fn b2_2_a_filled_entry_executes_its_signal_at_the_price_of_the_fill() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), BUYS, None).await;
    let id = run(&engine, BUYS).await;
    let made = signal(&engine, &id).await;
    assert_eq!((made.status, made.outcome), (SignalStatus::Active, SignalOutcome::Pending));
    assert_eq!(made.expires_at, parse_instant("2012-06-18T16:00:00-04:00").unwrap());
    let shown = dispatch(&engine, "signal_get", json!({ "execution_id": id.as_str() })).await;
    let shown: SignalDto = serde_json::from_value(shown.unwrap()).unwrap();
    let working = entry(&engine, &id).await.client_order_id.to_string();
    assert_eq!(shown.working_entry, Some(working));
    assert_eq!(shown.signal, made);

    engine.advance_to(parse_instant("2012-06-18T15:59:00-04:00").unwrap(), |_| {}).await.unwrap();
    let traded = signal(&engine, &id).await;
    let fills = engine.store().fills_of(&id).await.unwrap();
    assert_eq!(traded.status, SignalStatus::Executed, "{traded:?}");
    assert_eq!(traded.outcome, SignalOutcome::Pending);
    assert_eq!(traded.executed_at, Some(fills[0].fill.at));
    assert_eq!(traded.executed_price, entry(&engine, &id).await.average_price);
    // The lifetime ends, and a signal that was traded on is past caring.
    engine.advance_to(parse_instant("2012-06-19T10:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    assert_eq!(signal(&engine, &id).await.status, SignalStatus::Executed);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn an_entry_whose_signal_has_expired_is_cancelled_and_never_fills() {
    let directory = tempfile::tempdir().unwrap();
    // On a Saturday at noon: the order works on Monday until the close, the signal until noon.
    let saturday = "2012-06-16T12:00:00-04:00";
    let engine = open(directory.path(), saturday, Some(Decimal::new(19, 3))).await;
    let id = run(&engine, saturday).await;
    let made = signal(&engine, &id).await;
    assert_eq!(made.action, SignalAction::Buy, "{}", made.reason);
    assert_eq!(made.expires_at, parse_instant("2012-06-18T12:00:00-04:00").unwrap());
    engine.advance_to(parse_instant("2012-06-18T11:59:00-04:00").unwrap(), |_| {}).await.unwrap();
    let order = entry(&engine, &id).await;
    assert!(
        !order.status.is_terminal(),
        "it must still work for this to prove anything: {order:?}"
    );
    assert_eq!(signal(&engine, &id).await.status, SignalStatus::Active);

    engine.advance_to(parse_instant("2012-06-18T12:01:00-04:00").unwrap(), |_| {}).await.unwrap();
    let lapsed = signal(&engine, &id).await;
    assert_eq!((lapsed.status, lapsed.outcome), (SignalStatus::Expired, SignalOutcome::Cancelled));
    let order = entry(&engine, &id).await;
    assert_eq!(order.status, OrderStatus::Cancelled, "{order:?}");
    engine.advance_to(parse_instant("2012-06-20T16:00:00-04:00").unwrap(), |_| {}).await.unwrap();
    assert!(engine.store().fills_of(&id).await.unwrap().is_empty());
    let execution = engine.store().execution(&id).await.unwrap().unwrap();
    assert_eq!(execution.outcome, Some(Outcome::NotFilled));
    engine.close().await.unwrap();
    crate::runs::audit::Audit::of(directory.path()).await.check().await;
}

#[tokio::test]
async fn a_person_cancels_the_entry_of_a_signal_once() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), BUYS, Some(Decimal::new(19, 3))).await;
    let id = run(&engine, BUYS).await;
    let request = json!({ "execution_id": id.as_str() });
    dispatch(&engine, "signal_cancel", request.clone()).await.unwrap();
    engine.advance_to(parse_instant("2012-06-15T16:10:00-04:00").unwrap(), |_| {}).await.unwrap();
    let cancelled = signal(&engine, &id).await;
    assert_eq!(
        (cancelled.status, cancelled.outcome),
        (SignalStatus::Cancelled, SignalOutcome::Cancelled)
    );
    let again = dispatch(&engine, "signal_cancel", request).await.unwrap_err();
    assert!(again.message.contains("no entry works"), "{again:?}");
    let missing = json!({ "execution_id": "sample_1" });
    assert!(dispatch(&engine, "signal_get", missing).await.is_err());
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_hold_lives_its_day_and_has_no_outcome() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path(), HOLDS, None).await;
    let id = run(&engine, HOLDS).await;
    let held = signal(&engine, &id).await;
    assert_eq!(
        (held.action, held.status, held.outcome),
        (SignalAction::Hold, SignalStatus::Active, SignalOutcome::None)
    );
    engine.advance_to(parse_instant("2012-08-01T15:59:00-04:00").unwrap(), |_| {}).await.unwrap();
    assert_eq!(signal(&engine, &id).await.status, SignalStatus::Active);
    engine.advance_to(parse_instant("2012-08-01T16:01:00-04:00").unwrap(), |_| {}).await.unwrap();
    let over = signal(&engine, &id).await;
    assert_eq!((over.status, over.outcome), (SignalStatus::Expired, SignalOutcome::None));
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_declined_and_a_lapsed_order_cancel_their_signals() {
    let setting = crate::safety::setting::Setting::new().await;
    let declined = setting.run("proposals").await.id;
    setting.engine.decide_approval(declined.as_str(), false, "window").await.unwrap();
    let lapsed = setting.run("proposals").await.id;
    assert_eq!(signal(&setting.engine, &lapsed).await.status, SignalStatus::Active);
    setting.advance("2012-06-16T17:00:00-04:00").await;
    for id in [declined, lapsed] {
        let signal = signal(&setting.engine, &id).await;
        assert_eq!(
            (signal.status, signal.outcome),
            (SignalStatus::Cancelled, SignalOutcome::Cancelled),
            "{signal:?}"
        );
    }
    setting.engine.close().await.unwrap();
}

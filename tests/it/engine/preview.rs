//! The preview before a strategy's first order, through the whole engine.

use std::path::Path;
use std::sync::Arc;

use rust_decimal::Decimal;
use throughline::app::{Engine, EngineOptions, GatewayChoice};
use throughline::domain::ExecutionId;
use throughline::domain::records::{Outcome, PlaceOrderInput, PreviewRecord, StepName};
use throughline::store::{ExecutionRow, StoredPayload};

use super::between::{Between, Told};
use crate::runs::audit::instant;

/// A Friday's close, at which the sample strategy buys.
const BUYS: &str = "2012-06-15T16:00:00-04:00";
const WHAT_IF: &str = "/orders/whatif";
/// A broker's words.
const WORDS: &str = "This account does not have enough settled cash.";

type Answering = fn(Told) -> Told;

async fn engine(directory: &Path, between: &Between) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: Some(instant(BUYS)),
        gateway: GatewayChoice::SandboxServed { url: between.url.clone() },
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

async fn run(engine: &Arc<Engine>) -> ExecutionRow {
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let id: ExecutionId = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.store().execution(&id).await.unwrap().unwrap()
}

/// What stands of a preview in each row of an execution's step 8.
async fn previews(engine: &Engine, id: &ExecutionId) -> Vec<Option<PreviewRecord>> {
    let steps = engine.store().stored_steps_of(id).await.unwrap();
    let placing = steps.iter().filter(|step| step.step_name == StepName::PlaceOrder.as_str());
    placing
        .filter_map(|step| {
            let StoredPayload::Inline(text) = &step.input else { panic!("kept as a blob") };
            let input: PlaceOrderInput = serde_json::from_str(text).ok()?;
            Some(input.preview)
        })
        .collect()
}

#[tokio::test]
async fn the_first_order_of_a_strategy_is_previewed_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let between = Between::start(|_, told| told).await;
    let engine = engine(directory.path(), &between).await;
    let first = run(&engine).await;
    assert_eq!(first.outcome, Some(Outcome::Bought), "{first:?}");
    let recorded = previews(&engine, &first.id).await;
    assert!(recorded.len() >= 2, "the intent and its answer: {recorded:?}");
    for preview in recorded {
        let Some(PreviewRecord::Given(figures)) = preview else { panic!("{preview:?}") };
        assert!(figures.commission.is_some_and(|it| it > Decimal::ZERO), "{figures:?}");
        assert!(figures.initial_margin.after > figures.initial_margin.before, "{figures:?}");
        assert!(figures.maintenance_margin.after.is_some(), "{figures:?}");
    }
    assert_eq!(between.count(WHAT_IF), 1);
    // Entries of other strategies are previewed once each, and no exit is.
    engine.advance_to(instant("2012-08-10T16:00:00-04:00"), |_| {}).await.unwrap();
    let store = engine.store();
    let mut ordered = std::collections::BTreeSet::new();
    let (mut asked, mut exits) = (0, 0);
    for execution in store.executions(None, u32::MAX).await.unwrap() {
        let recorded = previews(&engine, &execution.id).await;
        asked += usize::from(recorded.iter().any(Option::is_some));
        exits += usize::from(matches!(execution.outcome, Some(Outcome::Sold | Outcome::Exiting)));
        if !recorded.is_empty() {
            ordered.insert(execution.strategy_id.clone());
        }
    }
    assert!(exits > 0 && ordered.len() > 1, "{exits} exits of {ordered:?} prove little");
    assert_eq!((asked, between.count(WHAT_IF)), (ordered.len(), ordered.len()));
    engine.close().await.unwrap();
}

#[tokio::test]
async fn an_order_that_the_preview_says_cannot_be_had_is_refused_in_the_brokers_words() {
    let cases: [(&str, Answering); 2] = [
        (WORDS, |_| (200, format!(r#"{{"amount":null,"error":"{WORDS}"}}"#))),
        ("initial margin of 200000 USD", |_| {
            let body = r#"{"amount":{"amount":"1 USD","commission":"1 USD","total":"2 USD"},
                "equity":{"current":"100,000","after":"99,999"},
                "initial":{"current":"0","after":"200,000"},
                "maintenance":{"current":"0","after":"200,000"},"warn":null,"error":null}"#;
            (200, body.to_owned())
        }),
    ];
    for (expected, answer) in cases {
        let directory = tempfile::tempdir().unwrap();
        let between = Between::start(
            move |request, told| {
                if request.ends_with(WHAT_IF) { answer(told) } else { told }
            },
        )
        .await;
        let engine = engine(directory.path(), &between).await;
        let execution = run(&engine).await;
        assert_eq!(execution.outcome, Some(Outcome::Refused), "{execution:?}");
        let said = execution.sentence.unwrap_or_default();
        assert!(said.contains(expected), "{said}");
        assert_eq!(between.sandbox.client_order_ids(), Vec::<String>::new());
        assert!(engine.store().orders().await.unwrap().is_empty());
        engine.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_preview_without_an_answer_is_recorded_and_keeps_nothing_from_being_sent() {
    let directory = tempfile::tempdir().unwrap();
    let between = Between::start(|request, told| {
        if request.ends_with(WHAT_IF) { (500, r#"{"error":"unknown"}"#.to_owned()) } else { told }
    })
    .await;
    let engine = engine(directory.path(), &between).await;
    let execution = run(&engine).await;
    assert_eq!(execution.outcome, Some(Outcome::Bought), "{execution:?}");
    for preview in previews(&engine, &execution.id).await {
        let Some(PreviewRecord::Missing { reason }) = preview else { panic!("{preview:?}") };
        assert!(reason.contains("whatif") && reason.contains("500"), "{reason}");
    }
    engine.close().await.unwrap();
}

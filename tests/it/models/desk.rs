//! The desk: budgets before the call, the record before the provider, attempts only where that is safe.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::analyst::desk::{
    BreakerPhase, DeskParts, ModelAnswer, ModelCall, ModelCallError, ModelDesk, ModelDraft, Reuse,
    key_name,
};
use throughline::analyst::model::{
    Detail, ModelConnector, ModelError, ModelImage, ModelReply, ModelRequest, ModelTarget,
    TextSink, Unheard, VisionModel,
};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::{ExecutionId, ModelKind, ModelName, StopReason, StrategyId};
use throughline::secrets::{Secret, SecretName, SecretStore, SecretStoreError};
use throughline::store::{
    BudgetScope, Change, Durability, ModelCallFilter, ModelCallRow, ModelCallStatus, Store,
};

/// Secrets in memory, for tests.
#[derive(Default)]
pub(super) struct FakeSecrets(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl SecretStore for FakeSecrets {
    async fn get(&self, name: &SecretName) -> Result<Option<Secret<String>>, SecretStoreError> {
        Ok(self.0.lock().unwrap().get(name.as_str()).cloned().map(Secret::new))
    }

    async fn set(&self, name: &SecretName, secret: Secret<String>) -> Result<(), SecretStoreError> {
        self.0.lock().unwrap().insert(name.to_string(), secret.expose().clone());
        Ok(())
    }

    async fn delete(&self, name: &SecretName) -> Result<bool, SecretStoreError> {
        Ok(self.0.lock().unwrap().remove(name.as_str()).is_some())
    }
}

/// What the fake model does when it is asked: no provider is behind it.
#[derive(Debug, Clone)]
enum Act {
    Reply(ModelReply),
    Fail(ModelError),
    /// Says something first.
    FailAfterText(ModelError),
    Hang,
}

/// Acts in their order, the last one for ever.
#[derive(Default)]
struct FakeProvider {
    acts: Mutex<Vec<Act>>,
    asked: AtomicU32,
}

struct FakeModel(Arc<FakeProvider>);

struct FakeConnector(Arc<FakeProvider>);

impl ModelConnector for FakeConnector {
    fn check_address(&self, url: &str) -> Result<String, ModelError> {
        Ok(url.to_owned())
    }

    fn connect(
        &self,
        _target: &ModelTarget,
        _key: Option<Secret<String>>,
    ) -> Result<Box<dyn VisionModel>, ModelError> {
        Ok(Box::new(FakeModel(Arc::clone(&self.0))))
    }
}

#[async_trait]
impl VisionModel for FakeModel {
    async fn complete(
        &self,
        _request: &ModelRequest,
        sink: &dyn TextSink,
    ) -> Result<ModelReply, ModelError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let act = {
            let mut acts = self.0.acts.lock().unwrap();
            if acts.len() > 1 { acts.remove(0) } else { acts[0].clone() }
        };
        match act {
            Act::Reply(reply) => {
                sink.text(&reply.text);
                Ok(reply)
            }
            Act::Fail(error) => Err(error),
            Act::FailAfterText(error) => {
                sink.text("Well");
                Err(error)
            }
            Act::Hang => std::future::pending().await,
        }
    }
}

/// 1,000 tokens in and 100 out: with the prices below 0.002 USD.
fn reply() -> ModelReply {
    ModelReply {
        text: "{\"a\": 1}".to_owned(),
        stop_reason: StopReason::Finished,
        input_tokens: Some(1_000),
        output_tokens: Some(100),
        model: Some("gpt-x-2026".to_owned()),
    }
}

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

struct Bench {
    desk: Arc<ModelDesk>,
    store: Arc<Store>,
    provider: Arc<FakeProvider>,
    secrets: Arc<FakeSecrets>,
    clock: Arc<SimulatedClock>,
    schema: Arc<Value>,
    directory: tempfile::TempDir,
}

const PROMPT: &str = "What do you see?";

impl Bench {
    /// A model that costs 1 USD for a million tokens in and 10 USD out, with at most 1,000 tokens out:
    /// each call reserves a little more than 0.01 USD.
    async fn new(acts: Vec<Act>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).await.unwrap());
        let provider = Arc::new(FakeProvider { acts: Mutex::new(acts), ..Default::default() });
        let secrets = Arc::new(FakeSecrets::default());
        let clock = Arc::new(SimulatedClock::starting_at(Timestamp::UNIX_EPOCH));
        let desk = load(&store, &provider, &secrets, &clock).await;
        desk.save(draft()).await.unwrap();
        desk.set_price("gpt", Decimal::ONE, Decimal::TEN).await.unwrap();
        desk.set_key("gpt", Some(Secret::new("sk-x".to_owned()))).await.unwrap();
        let schema = Arc::new(json!({"type": "object"}));
        Self { desk, store, provider, secrets, clock, schema, directory }
    }

    fn call<'a>(&'a self, prompt: &'a str) -> ModelCall<'a> {
        ModelCall {
            model: "gpt",
            strategy_id: None,
            execution_id: None,
            purpose: "daily",
            system: "You read charts.",
            prompt,
            images: &[],
            schema: &self.schema,
            schema_name: "analysis",
            reuse: Reuse::FromRecord,
        }
    }

    async fn ask(&self, prompt: &str) -> Result<ModelAnswer, ModelCallError> {
        self.desk.ask(self.call(prompt), Arc::new(Unheard)).await
    }

    fn asked(&self) -> u32 {
        self.provider.asked.load(Ordering::SeqCst)
    }

    /// Newest first.
    async fn rows(&self) -> Vec<ModelCallRow> {
        self.store.model_calls(&ModelCallFilter::default(), 500).await.unwrap()
    }

    async fn budget(&self, scope: BudgetScope, amount: Decimal) {
        self.desk.set_budgets(BTreeMap::from([(scope, amount)])).await.unwrap();
    }
}

fn draft() -> ModelDraft {
    ModelDraft {
        name: "gpt".to_owned(),
        kind: ModelKind::Openai,
        model: "gpt-x".to_owned(),
        url: None,
        temperature: Some(Decimal::new(1, 1)),
        maximum_output_tokens: Some(1_000),
        deadline_seconds: Some(60),
    }
}

async fn load(
    store: &Arc<Store>,
    provider: &Arc<FakeProvider>,
    secrets: &Arc<FakeSecrets>,
    clock: &Arc<SimulatedClock>,
) -> Arc<ModelDesk> {
    let parts = DeskParts {
        store: Arc::clone(store),
        secrets: Arc::clone(secrets) as Arc<dyn SecretStore>,
        connector: Arc::new(FakeConnector(Arc::clone(provider))),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        on_change: Box::new(|| {}),
    };
    Arc::new(ModelDesk::load(parts).await.unwrap())
}

fn overloaded() -> ModelError {
    ModelError::Overloaded { retry_after: None, detail: Detail::default() }
}

fn source(error: ModelCallError) -> ModelError {
    match error {
        ModelCallError::Model { source, .. } => source,
        other => panic!("another error: {other}"),
    }
}

#[tokio::test]
async fn a_call_is_written_down_with_tokens_cost_and_reply() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let (strategy, execution) =
        (StrategyId::new("sample").unwrap(), ExecutionId::new("e1").unwrap());
    let images = [ModelImage::new("image/png", vec![1; 10])];
    let call = ModelCall {
        strategy_id: Some(&strategy),
        execution_id: Some(&execution),
        images: &images,
        ..bench.call(PROMPT)
    };
    let answer = bench.desk.ask(call, Arc::new(Unheard)).await.unwrap();
    assert_eq!(answer.text, "{\"a\": 1}");
    assert_eq!(answer.cost.to_string(), "0.002");
    assert_eq!((answer.model.as_str(), answer.provider), ("gpt-x-2026", ModelKind::Openai));
    assert!(!answer.is_reused && !answer.is_cost_estimated && answer.attempts == 1);

    let row = bench.rows().await.remove(0);
    assert_eq!(row.status, ModelCallStatus::Answered);
    assert_eq!((row.strategy_id, row.execution_id), (Some(strategy.clone()), Some(execution)));
    assert_eq!((row.input_tokens, row.output_tokens, row.images), (Some(1_000), Some(100), 1));
    assert_eq!(row.cost.to_string(), "0.002");
    assert!(row.reserved > row.cost && row.ended_at.is_some());
    let (_, bytes) = bench.store.blob(&row.reply_blob.unwrap()).await.unwrap().unwrap();
    assert_eq!(bytes, answer.text.as_bytes());
    let spending = bench.desk.spending().await;
    assert_eq!(spending.total, answer.cost);
    assert_eq!(spending.strategies_today[&strategy], answer.cost);
}

#[tokio::test]
async fn the_same_input_is_answered_from_the_record_at_no_cost() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let first = bench.ask(PROMPT).await.unwrap();
    let ear = Arc::new(super::script::Ear::default());
    let again = bench.desk.ask(bench.call(PROMPT), Arc::clone(&ear) as _).await.unwrap();
    assert!(again.is_reused && again.cost.is_zero() && again.attempts == 0);
    assert_eq!((again.text.as_str(), again.model), (first.text.as_str(), first.model));
    assert_eq!(ear.heard().concat(), first.text, "the card fills from the record as well");
    assert_eq!(bench.asked(), 1);
    let rows = bench.rows().await;
    assert_eq!(rows[0].status, ModelCallStatus::Reused);
    assert_eq!(rows[0].reused_from, Some(first.call_id));

    let other = bench.ask("What else?").await.unwrap();
    assert!(!other.is_reused, "another prompt is another input");
    let call = ModelCall { reuse: Reuse::Never, ..bench.call(PROMPT) };
    let fresh = bench.desk.ask(call, Arc::new(Unheard)).await.unwrap();
    assert!(!fresh.is_reused);
    let warmer = ModelDraft { temperature: Some(Decimal::ONE), ..draft() };
    bench.desk.save(warmer).await.unwrap();
    assert!(!bench.ask(PROMPT).await.unwrap().is_reused, "another parameter is another input");
    assert_eq!(bench.asked(), 4);
}

#[tokio::test]
async fn the_same_input_at_the_same_time_is_asked_once() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let asking = (0..20).map(|_| bench.ask(PROMPT));
    let answers = futures_util::future::join_all(asking).await;
    let reused = answers.into_iter().filter(|answer| answer.as_ref().unwrap().is_reused).count();
    assert_eq!((bench.asked(), reused), (1, 19));
}

#[tokio::test]
async fn a_budget_stops_a_call_before_it_is_made() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    bench.budget(BudgetScope::Total, cents(1)).await;
    let error = bench.ask(PROMPT).await.unwrap_err();
    assert!(matches!(error, ModelCallError::Budget(_)), "{error}");
    let sentence = error.to_string();
    assert!(sentence.contains("0 of the 0.01 USD that may be spent in all"), "{sentence}");
    assert_eq!(bench.asked(), 0);
    assert!(bench.rows().await.is_empty());
    assert!(bench.desk.spending().await.total.is_zero());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_calls_never_exceed_a_budget() {
    let bench = Arc::new(Bench::new(vec![Act::Hang]).await);
    // Each call reserves a little more than a cent: seven fit.
    bench.budget(BudgetScope::Day, cents(8)).await;
    let mut calls = Vec::new();
    for number in 0..40 {
        let bench = Arc::clone(&bench);
        calls.push(tokio::spawn(async move { bench.ask(&format!("Question {number}")).await }));
    }
    let refused = loop {
        tokio::task::yield_now().await;
        let refused = calls.iter().filter(|call| call.is_finished()).count();
        if refused + bench.asked() as usize >= 40 {
            break refused;
        }
    };
    let spending = bench.desk.spending().await;
    assert!(spending.today <= cents(8), "{} are reserved", spending.today);
    assert_eq!((bench.asked(), refused), (7, 33));
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_strategys_budget_of_the_day_is_its_own() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    bench.budget(BudgetScope::StrategyDay, Decimal::new(11, 3)).await;
    let (one, two) = (StrategyId::new("one").unwrap(), StrategyId::new("two").unwrap());
    for (strategy, prompt, is_made) in
        [(&one, "a", true), (&one, "b", false), (&two, "c", true), (&two, "d", false)]
    {
        let call = ModelCall { strategy_id: Some(strategy), ..bench.call(prompt) };
        let result = bench.desk.ask(call, Arc::new(Unheard)).await;
        assert_eq!(result.is_ok(), is_made, "{strategy} {prompt}: {result:?}");
    }
}

#[tokio::test]
async fn what_the_provider_did_not_do_is_asked_again() {
    let acts = vec![Act::Fail(overloaded()), Act::Fail(overloaded()), Act::Reply(reply())];
    let bench = Bench::new(acts).await;
    let answer = bench.ask(PROMPT).await.unwrap();
    assert_eq!((answer.attempts, bench.asked()), (3, 3));
    let waited = bench.clock.now().duration_since(Timestamp::UNIX_EPOCH);
    assert_eq!(waited, SignedDuration::from_millis(1_500), "half a second, then one");
    assert_eq!(bench.rows().await.len(), 1, "one call, three attempts");
}

#[tokio::test]
async fn retry_after_is_honoured_or_the_call_is_given_up() {
    let limited = |seconds| {
        Act::Fail(ModelError::RateLimited {
            retry_after: Some(SignedDuration::from_secs(seconds)),
            detail: Detail::default(),
        })
    };
    let bench = Bench::new(vec![limited(7), Act::Reply(reply())]).await;
    bench.ask(PROMPT).await.unwrap();
    let waited = bench.clock.now().duration_since(Timestamp::UNIX_EPOCH);
    assert_eq!(waited, SignedDuration::from_secs(7));

    let bench = Bench::new(vec![limited(3_600), Act::Reply(reply())]).await;
    let error = source(bench.ask(PROMPT).await.unwrap_err());
    assert!(matches!(error, ModelError::RateLimited { .. }), "the deadline comes first: {error}");
    assert_eq!(bench.asked(), 1);
    assert_eq!(bench.clock.now(), Timestamp::UNIX_EPOCH, "nobody waited");
    assert!(bench.rows().await[0].cost.is_zero(), "a refused request costs nothing");
}

/// What is left of the deadline may be too short for the last attempt.
#[tokio::test]
async fn a_last_attempt_that_runs_out_of_time_does_not_hide_what_the_provider_said() {
    let late = ModelError::TimedOut { what: "begin to answer", seconds: 2 };
    let bench = Bench::new(vec![Act::Fail(overloaded()), Act::Fail(late)]).await;
    let error = bench.ask(PROMPT).await.unwrap_err();
    assert!(error.to_string().contains("in 2 attempts"), "{error}");
    assert_eq!(source(error), overloaded());
    let row = bench.rows().await.remove(0);
    assert!(!row.cost.is_zero(), "the last attempt may have been carried out: {row:?}");
}

#[tokio::test]
async fn what_may_have_been_done_is_never_asked_again() {
    for (act, is_free) in [
        (Act::Fail(ModelError::Unauthorized(Detail::default())), true),
        (Act::Fail(ModelError::BadRequest { status: 400, detail: Detail::default() }), true),
        (Act::Fail(ModelError::StreamCut), false),
        (Act::Fail(ModelError::Lost(Detail::default())), false),
        (Act::Fail(ModelError::TimedOut { what: "begin to answer", seconds: 9 }), false),
        (Act::Fail(ModelError::ReplyTooLarge { limit: 9 }), false),
        (
            Act::FailAfterText(ModelError::ServerError { status: 200, detail: Detail::default() }),
            false,
        ),
    ] {
        let bench = Bench::new(vec![act, Act::Reply(reply())]).await;
        let error = bench.ask(PROMPT).await.unwrap_err();
        assert_eq!(bench.asked(), 1, "{error}");
        let row = bench.rows().await.remove(0);
        assert_eq!(row.status, ModelCallStatus::Failed);
        assert_eq!(row.error.as_deref(), Some(source(error).to_string().as_str()));
        assert_eq!(row.cost.is_zero(), is_free, "{row:?}");
        assert_eq!(row.is_cost_estimated, !is_free);
        assert_eq!(bench.desk.spending().await.total, row.cost.normalize());
        let again = bench.ask(PROMPT).await.unwrap();
        assert!(!again.is_reused, "a failure is no recorded reply");
    }
}

#[tokio::test]
async fn without_reported_tokens_the_reservation_counts() {
    let silent = ModelReply { input_tokens: None, output_tokens: None, ..reply() };
    let bench = Bench::new(vec![Act::Reply(silent)]).await;
    let answer = bench.ask(PROMPT).await.unwrap();
    assert!(answer.is_cost_estimated && answer.cost >= cents(1), "{answer:?}");
}

#[tokio::test]
async fn a_provider_that_fails_on_and_on_is_left_alone_for_a_while() {
    let bench = Bench::new(vec![Act::Fail(overloaded())]).await;
    let mut error = None;
    for number in 0..3 {
        error = Some(bench.ask(&format!("Question {number}")).await.unwrap_err());
    }
    let error = error.unwrap();
    assert!(matches!(error, ModelCallError::ProviderRests { failures: 5, .. }), "{error}");
    assert_eq!(bench.asked(), 5, "four attempts, one, none");
    let url = ModelKind::Openai.default_url().unwrap();
    assert_eq!(bench.desk.breaker(url).failures, 5);
    assert_eq!(bench.desk.breaker(url).phase, BreakerPhase::Open);
}

#[tokio::test]
async fn whoever_goes_away_ends_the_call_and_the_record_says_so() {
    let bench = Bench::new(vec![Act::Hang]).await;
    let execution = ExecutionId::new("e1").unwrap();
    let call = ModelCall { execution_id: Some(&execution), ..bench.call(PROMPT) };
    tokio::select! {
        _ = bench.desk.ask(call.clone(), Arc::new(Unheard)) => panic!("it hangs"),
        () = async { while bench.asked() == 0 { tokio::task::yield_now().await } } => {}
    }
    let cancelled = async {
        loop {
            let row = bench.rows().await.remove(0);
            if row.status == ModelCallStatus::Failed {
                return row;
            }
            tokio::task::yield_now().await;
        }
    };
    let row = cancelled.await;
    assert_eq!(row.error.as_deref(), Some("the call was cancelled"));
    assert_eq!(row.cost, row.reserved, "the provider may ask for it");

    let cancel = async {
        while bench.asked() < 2 {
            tokio::task::yield_now().await;
        }
        bench.desk.cancel_execution(&execution);
    };
    let (result, ()) = tokio::join!(bench.desk.ask(call, Arc::new(Unheard)), cancel);
    assert_eq!(source(result.unwrap_err()), ModelError::Cancelled);
}

#[tokio::test]
async fn a_call_that_a_crash_cut_off_counts_as_spent() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    bench.ask(PROMPT).await.unwrap();
    let answered = bench.rows().await.remove(0);
    let started = ModelCallRow {
        call_id: 2,
        status: ModelCallStatus::Started,
        cost: answered.reserved,
        ended_at: None,
        reply_blob: None,
        stop_reason: None,
        ..answered.clone()
    };
    let change = Change::ModelCall(Box::new(started.clone()));
    bench.store.commit(vec![change], Durability::Full).await.unwrap();

    let desk = load(&bench.store, &bench.provider, &bench.secrets, &bench.clock).await;
    let row = bench.rows().await.remove(0);
    assert_eq!((row.call_id, row.status), (2, ModelCallStatus::Unknown));
    assert!(row.is_cost_estimated && row.error.is_some());
    let spending = desk.spending().await;
    assert_eq!(spending.total, (answered.cost + started.reserved).normalize());
    let next = desk.ask(bench.call("Another"), Arc::new(Unheard)).await.unwrap();
    assert_eq!(next.call_id, 3, "numbers go on");
}

#[tokio::test]
async fn what_is_missing_is_said_before_anything_is_asked() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let call = ModelCall { model: "Nobody", ..bench.call(PROMPT) };
    let sentence = bench.desk.ask(call, Arc::new(Unheard)).await.unwrap_err().to_string();
    assert!(sentence.contains("\"Nobody\"; there are: gpt"), "{sentence}");

    bench.desk.save(ModelDraft { name: "new".to_owned(), ..draft() }).await.unwrap();
    let call = || ModelCall { model: "new", ..bench.call(PROMPT) };
    let sentence = bench.desk.ask(call(), Arc::new(Unheard)).await.unwrap_err().to_string();
    assert!(sentence.contains("has no price"), "{sentence}");
    bench.desk.set_price("new", Decimal::ZERO, Decimal::ZERO).await.unwrap();
    let sentence = bench.desk.ask(call(), Arc::new(Unheard)).await.unwrap_err().to_string();
    assert!(sentence.contains("no key for the model new; enter the one of OpenAI"), "{sentence}");
    assert_eq!(bench.asked(), 0);

    let large = "x".repeat(15 * 1024 * 1024);
    let error = bench.ask(&large).await.unwrap_err();
    assert!(matches!(error, ModelCallError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_key_belongs_to_the_address_that_it_was_entered_for() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let before = bench.desk.model("gpt").await.unwrap();
    let elsewhere = ModelDraft { url: Some("https://elsewhere.example/v1".to_owned()), ..draft() };
    let after = bench.desk.save(elsewhere).await.unwrap();
    assert_ne!(key_name(&before).unwrap(), key_name(&after).unwrap());
    let error = bench.ask(PROMPT).await.unwrap_err();
    assert!(matches!(error, ModelCallError::NoKey { .. }), "{error}");
    assert!(bench.secrets.0.lock().unwrap().is_empty(), "the old key is forgotten");
}

#[tokio::test]
async fn prices_are_dated_and_calls_keep_what_they_cost() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    let first = bench.ask("a").await.unwrap();
    bench.clock.sleep(SignedDuration::from_secs(1)).await;
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    bench.desk.set_price("gpt", Decimal::TWO, Decimal::from(20)).await.unwrap();
    let second = bench.ask("b").await.unwrap();
    assert_eq!(second.cost, first.cost * Decimal::TWO);
    let prices = bench.store.model_prices(&ModelName::new("gpt").unwrap()).await.unwrap();
    assert_eq!(prices.len(), 2);
    assert!(prices[0].from > prices[1].from);
    bench.desk.remove("gpt").await.unwrap();
    assert!(bench.store.models().await.unwrap().is_empty());
    assert_eq!(bench.rows().await.len(), 2, "what was spent stays known");
    assert!(bench.secrets.0.lock().unwrap().is_empty());
    assert!(bench.directory.path().exists());
}

#[tokio::test]
async fn a_number_out_of_its_range_is_refused() {
    let bench = Bench::new(vec![Act::Reply(reply())]).await;
    for wrong in [
        ModelDraft { temperature: Some(Decimal::from(3)), ..draft() },
        ModelDraft { temperature: Some(-Decimal::ONE), ..draft() },
        ModelDraft { maximum_output_tokens: Some(0), ..draft() },
        ModelDraft { deadline_seconds: Some(10_000), ..draft() },
        ModelDraft { name: "Not A Name".to_owned(), ..draft() },
        ModelDraft { kind: ModelKind::OpenaiCompatible, ..draft() },
    ] {
        let shown = format!("{wrong:?}");
        assert!(bench.desk.save(wrong).await.is_err(), "{shown}");
    }
    assert!(bench.desk.set_price("gpt", -Decimal::ONE, Decimal::ONE).await.is_err());
    let budgets = BTreeMap::from([(BudgetScope::Day, -Decimal::ONE)]);
    assert!(bench.desk.set_budgets(budgets).await.is_err());
}

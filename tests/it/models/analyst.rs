//! A strategy that a language model analyses, end to end on the sandbox, against a scripted provider.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use throughline::api::dispatch;
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::domain::records::{LlmAnalysisOutput, Outcome, ParseSignalOutput, StepName};
use throughline::store::ExecutionRow;

use super::desk::FakeSecrets;
use super::replies::{CLOSE, chart, decision, said};
use super::server::{Answer, Server};

struct Desk {
    engine: Arc<Engine>,
    server: Server,
    _directory: tempfile::TempDir,
}

impl Desk {
    /// A sandbox at the close with a model whose provider gives these answers.
    async fn with(answers: Vec<Answer>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(answers).await;
        let engine = Engine::open(EngineOptions {
            data_dir: directory.path().to_path_buf(),
            start_at: Some(parse_instant(CLOSE).unwrap()),
            keychain: Some(Arc::new(FakeSecrets::default())),
            ..EngineOptions::default()
        })
        .await
        .unwrap();
        let desk = Self { engine, server, _directory: directory };
        let url = format!("{}/v1", desk.server.url);
        desk.command(
            "model_save",
            json!({"name": "scripted", "kind": "openai_compatible",
            "model": "asked-model", "url": url, "deadline_seconds": 30}),
        )
        .await;
        desk.command(
            "model_price_set",
            json!({"name": "scripted", "input_per_million": "1",
            "output_per_million": "10"}),
        )
        .await;
        desk
    }

    async fn command(&self, name: &str, request: Value) -> Value {
        dispatch(&self.engine, name, request)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    async fn run(&self) -> ExecutionRow {
        let at = parse_instant(CLOSE).unwrap();
        let begun =
            self.engine.begin_run("sample", None, Some("scripted"), Some(at)).await.unwrap();
        let id = begun[0].id.clone();
        self.engine.finish_run(begun, |_| {}).await.unwrap();
        self.engine.store().execution(&id).await.unwrap().unwrap()
    }

    async fn output<T: serde::de::DeserializeOwned>(
        &self,
        run: &ExecutionRow,
        step: StepName,
    ) -> T {
        let rows = self.engine.store().lineage_of(&run.id).await.unwrap();
        let row = rows.iter().find(|row| row.row.step == step).unwrap();
        serde_json::from_str(&row.row.output).unwrap()
    }

    async fn blob(&self, hash: &str) -> String {
        let (_, bytes) = self.engine.store().blob(hash).await.unwrap().unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

#[tokio::test]
async fn a_model_reads_the_recorded_charts_and_its_answer_becomes_a_checked_order() {
    let desk =
        Desk::with(vec![said(&chart("1d")), said(&chart("1w")), said(&decision("BUY"))]).await;
    let run = desk.run().await;
    let analysis: LlmAnalysisOutput = desk.output(&run, StepName::LlmAnalysis).await;
    let signal: ParseSignalOutput = desk.output(&run, StepName::ParseSignal).await;
    assert_eq!(signal.action.to_string(), "BUY", "{:?}", signal.checks);
    assert!(
        matches!(run.outcome, Some(Outcome::Bought | Outcome::NotFilled)),
        "an order was placed: {:?}",
        run.sentence
    );
    let orders = desk.engine.store().orders_of(&run.id).await.unwrap();
    assert_eq!(orders[0].price, Some("73.8".parse().unwrap()));
    assert_eq!(signal.target_price, Some("80.3".parse().unwrap()), "the model's nearer target");

    assert_eq!((analysis.calls.len(), desk.server.seen().len()), (3, 3));
    // 321 and 45 tokens a call, at 1 and 10 USD a million.
    assert_eq!(analysis.total_cost, Decimal::new(3 * 771, 6));
    assert!(analysis.baseline.is_some() && analysis.failure.is_none());
    let purposes: Vec<&str> = analysis.calls.iter().map(|call| call.purpose.as_str()).collect();
    assert_eq!(purposes, ["daily", "weekly", "consolidation"]);
    let charts: Value = desk.output(&run, StepName::GenerateCharts).await;
    for (call, number) in analysis.calls.iter().zip(0..2) {
        assert_eq!(charts["charts"][number]["image"]["blob"], call.images[0].blob.as_str());
        let rendered = desk.blob(&call.rendered_prompt.as_ref().unwrap().blob).await;
        let sent = desk.server.seen()[number].body.to_string();
        assert!(sent.contains("data:image/png;base64,"), "the image goes as an image");
        assert!(sent.contains(&serde_json::to_string(&rendered).unwrap()), "what is kept was sent");
        assert_eq!(call.prompt_version.as_ref().unwrap().version, 1);
    }
    assert!(!desk.server.seen()[2].body.to_string().contains("data:image"));
    desk.engine.close().await.unwrap();
}

#[tokio::test]
async fn the_same_execution_again_costs_nothing_and_gives_the_same_signal() {
    let desk =
        Desk::with(vec![said(&chart("1d")), said(&chart("1w")), said(&decision("HOLD"))]).await;
    let (first, second) = (desk.run().await, desk.run().await);
    assert_eq!(desk.server.seen().len(), 3, "the provider was asked again");
    let again: LlmAnalysisOutput = desk.output(&second, StepName::LlmAnalysis).await;
    assert!(again.calls.iter().all(|call| call.is_reused && call.cost.is_zero()));
    assert_eq!((again.total_cost, again.total_tokens), (Decimal::ZERO, 0));
    let signals: [ParseSignalOutput; 2] = [
        desk.output(&first, StepName::ParseSignal).await,
        desk.output(&second, StepName::ParseSignal).await,
    ];
    assert_eq!(signals[0], signals[1]);
    desk.engine.close().await.unwrap();
}

#[tokio::test]
async fn an_answer_out_of_bounds_is_shown_to_the_model_once() {
    let mut wild = chart("1d");
    wild["confidence"] = json!(5.0);
    let answers =
        vec![said(&wild), said(&chart("1d")), said(&chart("1w")), said(&decision("HOLD"))];
    let desk = Desk::with(answers).await;
    let run = desk.run().await;
    let analysis: LlmAnalysisOutput = desk.output(&run, StepName::LlmAnalysis).await;
    assert_eq!(analysis.calls.len(), 4);
    assert!(analysis.calls[0].problems[0].contains("confidence"), "{:?}", analysis.calls[0]);
    assert_eq!((analysis.calls[1].attempt, analysis.calls[1].problems.len()), (2, 0));
    let repair = desk.blob(&analysis.calls[1].rendered_prompt.as_ref().unwrap().blob).await;
    assert!(repair.contains("5.0") && repair.contains("confidence"), "{repair}");
    desk.engine.close().await.unwrap();
}

#[tokio::test]
async fn whatever_goes_wrong_ends_in_hold_with_the_reason_and_without_an_order() {
    let mut other = decision("BUY");
    other["symbol"] = json!("MSFT");
    let mut unsure = decision("BUY");
    unsure["stop_price"] = json!(73.79);
    let cases: Vec<(Vec<Answer>, &str)> = vec![
        (
            vec![Answer::status(401, "{\"error\": {\"message\": \"no\"}}")],
            "does not accept the key",
        ),
        (vec![said(&json!("do not buy"))], "did not hold, nor did its repair"),
        (vec![said(&chart("1d")), said(&chart("1w")), said(&other)], "speaks of MSFT"),
        (vec![said(&chart("1d")), said(&chart("1w")), said(&unsure)], "ATR(14)"),
    ];
    for (answers, expected) in cases {
        let desk = Desk::with(answers).await;
        let run = desk.run().await;
        assert_eq!(run.outcome, Some(Outcome::Hold), "{expected}: {:?}", run.sentence);
        let sentence = run.sentence.clone().unwrap_or_default();
        assert!(sentence.contains(expected), "{expected}: {sentence}");
        assert!(desk.engine.store().orders_of(&run.id).await.unwrap().is_empty());
        desk.engine.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_prompt_that_is_changed_while_a_run_is_under_way_changes_nothing_in_it() {
    let slow = said(&chart("1d")).after(Duration::from_secs(2));
    let desk = Desk::with(vec![slow, said(&chart("1w")), said(&decision("HOLD"))]).await;
    let edit = async {
        while desk.server.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let saved = desk
            .command(
                "prompt_save",
                json!({"name": "Mine", "description": "", "language": "en",
                "prompt_type": "weekly", "tags": [], "text": "Say {{ symbol }}.", "note": "new"}),
            )
            .await;
        saved["prompt"]["id"].as_str().map(str::to_owned)
    };
    let (run, own) = tokio::join!(desk.run(), edit);
    let weekly = |analysis: &LlmAnalysisOutput| {
        analysis.calls[1].prompt_version.as_ref().unwrap().prompt_id.clone()
    };
    let analysis: LlmAnalysisOutput = desk.output(&run, StepName::LlmAnalysis).await;
    assert_eq!(weekly(&analysis), "shipped-weekly-en");

    let own = own.unwrap();
    desk.command("prompt_set_default", json!({"prompt_id": own, "is_default": true})).await;
    let next: LlmAnalysisOutput = desk.output(&desk.run().await, StepName::LlmAnalysis).await;
    assert_eq!(weekly(&next), own, "the next run uses it");
    desk.engine.close().await.unwrap();
}

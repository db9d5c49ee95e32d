//! Evidence: bundles that say OK or name the first record that does not hold, and the anchors that
//! show what the chain alone cannot.

mod anchors;
mod bundle;
mod terminal;

use std::sync::LazyLock;

use throughline::domain::records::StepName;
use throughline::domain::{Environment, ExecutionId};
use throughline::evidence::{
    Bundle, ChainEnd, ExportParts, SigningKey, Subject, append_anchor, export_bundle, read_anchors,
};
use throughline::store::{BlobBytes, Change, Durability, NewLineageRow, Store};

use crate::store::{execution, step, version};

/// A key of a test; nobody else signs with it.
fn key() -> SigningKey {
    SigningKey::from_seed(&[42; 32]).unwrap()
}

/// An image and a long text, as steps refer to them.
fn charts(execution: &str) -> (NewLineageRow, BlobBytes) {
    let image = BlobBytes { media_type: "image/png".into(), bytes: (0..=255).collect() };
    let reference = serde_json::to_string(&image.reference()).unwrap();
    let output = format!("{{\"charts\":[{{\"image\":{reference}}}]}}");
    (NewLineageRow { output, ..step(execution, StepName::GenerateCharts, 1) }, image)
}

/// Two executions whose rows lie between each other's, the first of them with an error; anchored
/// after the second row and after the last.
pub(super) async fn recorded() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let (charts, image) = charts("e1");
    let mut failed = step("e1", StepName::LlmAnalysis, 1);
    failed.input = format!("{{\"prompt\":\"{}\"}}", "please ".repeat(2_000));
    failed.error = Some("the model did not answer".into());
    let rows = |rows: Vec<NewLineageRow>| rows.into_iter().map(Change::Lineage).collect::<Vec<_>>();
    let mut first = vec![Change::StrategyVersion(version())];
    first.extend([Change::Execution(execution("e1")), Change::Execution(execution("e2"))]);
    first.extend(rows(vec![
        step("e2", StepName::LoadStrategy, 1),
        step("e2", StepName::FetchMarketData, 1),
    ]));
    store.commit(first, Durability::Full).await.unwrap();
    anchor(directory.path(), &store, "2012-06-14").await;
    let mut second = vec![Change::Blob(image)];
    second.extend(rows(vec![
        step("e1", StepName::LoadStrategy, 1),
        charts,
        step("e2", StepName::Complete, 1),
        failed,
    ]));
    store.commit(second, Durability::Full).await.unwrap();
    anchor(directory.path(), &store, "2012-06-15").await;
    (directory, store)
}

async fn anchor(directory: &std::path::Path, store: &Store, day: &str) {
    let head = store.chain_head().await.unwrap().unwrap();
    let end = ChainEnd {
        day: day.parse().unwrap(),
        sequence: head.sequence,
        hash: head.hash,
        anchored_at: "2012-06-16T04:00:00Z".parse().unwrap(),
        recorded_at: "2026-11-22T13:00:03Z".parse().unwrap(),
    };
    append_anchor(directory, end, Some(&key())).unwrap().unwrap();
}

async fn exported(directory: &std::path::Path, store: &Store) -> Bundle {
    let anchors = read_anchors(directory).unwrap();
    let key = key();
    let parts = ExportParts {
        key: &key,
        anchors: &anchors,
        environment: Environment::Sandbox,
        account_id: "DU1000001",
        made_at: "2026-11-22T14:00:00Z".parse().unwrap(),
    };
    let subject = Subject::Execution(ExecutionId::new("e1").unwrap());
    export_bundle(store, &subject, &parts).await.unwrap()
}

/// The bundle of the first execution, made once.
static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    // A thread of its own: the tests that ask for it have a runtime already, or none.
    let made = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (directory, store) = recorded().await;
            exported(directory.path(), &store).await.bytes
        })
    });
    made.join().unwrap()
});

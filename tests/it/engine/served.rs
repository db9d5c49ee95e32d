//! A sandbox that is served elsewhere gives what the one in the process gives.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline::api::{ErrorCode, views};
use throughline::app::{Engine, EngineOptions, GatewayChoice, parse_instant};
use throughline::clock::SimulatedClock;
use throughline::domain::Environment;
use throughline::sandbox::serve::{CertificateFiles, ServeOptions, Server};
use throughline::sandbox::{Sandbox, SandboxOptions};

const BUYS: &str = "2012-06-15T16:00:00-04:00";
const LATER: &str = "2012-06-29T16:00:00-04:00";

async fn serve(directory: &Path) -> Server {
    // The engine leads: the clock of the sandbox stands until it is told otherwise.
    let start = parse_instant("2012-06-15T10:00:00-04:00").unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(start));
    let sandbox = Sandbox::open(SandboxOptions::default(), clock).unwrap();
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: CertificateFiles::kept_in(directory).unwrap(),
        speed: 0,
    };
    Server::start(sandbox, options).await.unwrap()
}

fn options(directory: &Path, gateway: GatewayChoice) -> EngineOptions {
    EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: Some(parse_instant(BUYS).unwrap()),
        gateway,
        ..EngineOptions::default()
    }
}

/// Without what hangs on the real time of recording.
fn comparable(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for key in [
                    "recorded_at",
                    "duration_us",
                    "hash",
                    "previous_hash",
                    "started_at",
                    "finished_at",
                ] {
                    fields.remove(key);
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    strip(&mut value);
    value
}

/// Runs the sample by hand, lets two weeks pass, and gives everything that was recorded.
async fn two_weeks(options: EngineOptions) -> Vec<Value> {
    let engine = Engine::open(options).await.unwrap();
    let begun =
        engine.begin_run("sample", None, None, Some(parse_instant(BUYS).unwrap())).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.advance_to(parse_instant(LATER).unwrap(), |_| {}).await.unwrap();
    let mut documents = Vec::new();
    for execution in views::executions(engine.store(), None, 100).await.unwrap() {
        let lineage = views::lineage(engine.store(), &execution.id).await.unwrap();
        documents.push(comparable(json!(lineage)));
    }
    documents.push(comparable(json!(views::orders(engine.store()).await.unwrap())));
    engine.close().await.unwrap();
    documents
}

#[tokio::test]
async fn two_weeks_on_a_served_sandbox_are_those_of_the_sandbox_in_the_process() {
    let (here, there, server_dir) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = serve(server_dir.path()).await;
    let in_process = two_weeks(options(here.path(), GatewayChoice::SandboxInProcess)).await;
    let served = GatewayChoice::SandboxServed { url: server.url() };
    let elsewhere = two_weeks(options(there.path(), served)).await;
    assert!(in_process.len() > 40, "{} documents", in_process.len());
    assert_eq!(in_process.len(), elsewhere.len());
    for (here, there) in in_process.iter().zip(&elsewhere) {
        assert_eq!(here, there);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_data_directory_keeps_to_its_environment_and_to_its_sandbox() {
    let (directory, server_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = serve(server_dir.path()).await;
    two_weeks(options(directory.path(), GatewayChoice::SandboxInProcess)).await;
    let served = GatewayChoice::SandboxServed { url: server.url() };
    let paper = GatewayChoice::Ibkr {
        environment: Environment::Paper,
        url: "https://localhost:5000".to_owned(),
    };
    for (gateway, words) in [(served, "served elsewhere"), (paper, "belongs to the sandbox")] {
        let opened = EngineOptions {
            data_dir: directory.path().to_path_buf(),
            gateway,
            ..EngineOptions::default()
        };
        let refused = Engine::open(opened).await.err().expect("another gateway was taken");
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
        assert!(refused.message.contains(words), "{refused}");
        assert!(refused.hint.unwrap().contains("--data-dir"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_sandbox_that_is_not_served_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    // Port 9 of this computer: nobody listens there.
    let gateway = GatewayChoice::SandboxServed { url: "https://127.0.0.1:9".to_owned() };
    let refused = Engine::open(options(directory.path(), gateway)).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::Broker);
    assert!(refused.hint.unwrap().contains("throughline sandbox serve"));
}

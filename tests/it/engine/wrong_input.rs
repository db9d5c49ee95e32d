//! What a user or a gateway gets wrong, given to the whole: the program in a terminal against real
//! listeners, or the engine. Each ends in a sentence that says what to do.

use std::process::Output;

use serde_json::{Value, json};
use throughline::api::{ApiError, dispatch};
use throughline::app::{Engine, EngineOptions, GatewayChoice};
use throughline::domain::records::Outcome;
use throughline::domain::{Leg, StrategyId};
use throughline::store::{Change, Durability, StrategyVersionRow};
use throughline::strategy::samples;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::between::Between;
use crate::runs::audit::instant;
use crate::runs::terminal::{Terminal, assert_refused, everything_said};
use crate::transport::tls_server::{Answer, Identity, TlsServer};

/// A Friday's close, at which the sample strategy buys.
const BUYS: &str = "2012-06-15T16:00:00-04:00";

/// The program on a paper account at this address.
async fn paper(terminal: &Terminal, url: &str, words: &str) -> Output {
    let mut command = crate::runs::terminal::command(terminal.data_dir());
    command.args(["--environment", "paper", "--gateway", url]).args(words.split_whitespace());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// The state that `connection` names; its words and what to do are in the same document.
async fn looked(terminal: &Terminal, url: &str) -> Value {
    let output = paper(terminal, url, "connection --json").await;
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A run that needs the account is refused in a sentence with these parts.
async fn run_refused(terminal: &Terminal, url: &str, parts: &[&str]) {
    let output = paper(terminal, url, "run sample").await;
    for part in parts {
        assert_refused(&output, part);
    }
}

fn answering(status: u16, body: &str) -> Answer {
    let length = body.len();
    Answer::Raw(format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}"))
}

#[tokio::test]
async fn a_bad_port() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}", closed.local_addr().unwrap().port());
    drop(closed);
    let terminal = Terminal::new();
    run_refused(&terminal, &url, &["No gateway answers", "Start the gateway", "listenPort"]).await;
    assert_eq!(looked(&terminal, &url).await["state"], "gateway_down");
    for address in ["https://localhost:99999", "https://localhost:port", "https://example.com:5000"]
    {
        let output = paper(&Terminal::new(), address, "run sample").await;
        assert_refused(&output, "https://localhost:5000");
    }
}

#[tokio::test]
async fn something_that_is_no_gateway() {
    // Plain text on the port.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let other = tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let _ = line.write_all(b"220 mail.example ready\r\n").await;
        }
    });
    let terminal = Terminal::new();
    let seen = looked(&terminal, &url).await;
    assert!(["not_a_gateway", "gateway_down"].contains(&seen["state"].as_str().unwrap()), "{seen}");
    run_refused(&terminal, &url, &["listen"]).await;
    other.abort();
    // A web server whose certificate was accepted by mistake.
    let server = TlsServer::start(Identity::usual(), answering(200, "hello")).await;
    let url = format!("https://127.0.0.1:{}", server.port);
    let terminal = Terminal::new();
    let words = format!("gateway trust {}", server.fingerprint);
    let output = paper(&terminal, &url, &words).await;
    assert!(output.status.success(), "{}", everything_said(&output));
    let parts = ["not IBKR's Client Portal Gateway", "Another program uses this port"];
    run_refused(&terminal, &url, &parts).await;
    assert_eq!(looked(&terminal, &url).await["state"], "not_a_gateway");
}

#[tokio::test]
async fn a_gateway_that_answers_404_access_denied() {
    let server = TlsServer::start(Identity::usual(), answering(404, "Access Denied")).await;
    let url = format!("https://127.0.0.1:{}", server.port);
    let terminal = Terminal::new();
    let words = format!("gateway trust {}", server.fingerprint);
    let output = paper(&terminal, &url, &words).await;
    assert!(output.status.success(), "{}", everything_said(&output));
    run_refused(&terminal, &url, &["refuses this computer's address", "127.0.0.1", "conf.yaml"])
        .await;
    assert_eq!(looked(&terminal, &url).await["state"], "ip_not_allowed");
}

#[tokio::test]
async fn a_certificate_that_nobody_accepted_and_one_that_has_changed() {
    let first = TlsServer::start(Identity::usual(), answering(404, "Access Denied")).await;
    let url = format!("https://127.0.0.1:{}", first.port);
    let terminal = Terminal::new();
    run_refused(&terminal, &url, &["have not accepted", "Compare the fingerprint"]).await;
    let seen = looked(&terminal, &url).await;
    assert_eq!(seen["certificate"]["fingerprint"], first.fingerprint.to_string());
    assert_eq!(first.requests(), Vec::<String>::new(), "nothing was said to a stranger");
    // Accepting what it does not show accepts nothing.
    let other = Identity::usual().fingerprint();
    let output = paper(&terminal, &url, &format!("gateway trust {other}")).await;
    assert_refused(&output, "nothing was accepted");
    assert_eq!(looked(&terminal, &url).await["certificate"]["pinned"], Value::Null);
    let words = format!("gateway trust {}", first.fingerprint);
    assert!(paper(&terminal, &url, &words).await.status.success());

    // The data directory has pinned the first one; now another program answers.
    let second = TlsServer::start(Identity::usual(), answering(200, "{}")).await;
    let url = format!("https://127.0.0.1:{}", second.port);
    run_refused(&terminal, &url, &["certificate has changed", "stop and find out"]).await;
    let seen = looked(&terminal, &url).await;
    assert_eq!(seen["state"], "certificate_changed");
    assert_eq!(seen["certificate"]["fingerprint"], second.fingerprint.to_string());
    assert_eq!(seen["certificate"]["pinned"], first.fingerprint.to_string());
    assert_eq!(second.requests(), Vec::<String>::new(), "a hard stop sends nothing");
}

/// An engine on the sandbox that has bought and protects its position.
async fn holding(directory: &std::path::Path) -> std::sync::Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        start_at: Some(instant(BUYS)),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
    engine.advance_to(instant("2012-06-19T11:00:00-04:00"), |_| {}).await.unwrap();
    engine
}

async fn refusal(engine: &std::sync::Arc<Engine>, command: &str, request: Value) -> ApiError {
    dispatch(engine, command, request).await.expect_err("it was taken")
}

#[tokio::test]
async fn a_wrong_account_id() {
    let directory = tempfile::tempdir().unwrap();
    let engine = holding(directory.path()).await;
    let held = engine.store().positions().await.unwrap();
    assert!(!held.is_empty());
    let cases = [
        ("account_select", "DU9999999", "belongs to account DU1000001"),
        ("account_select", "../etc", "account"),
        ("flatten", "DU9999999", "DU1000001"),
        ("flatten", "", "account"),
    ];
    for (command, account, words) in cases {
        let said = refusal(&engine, command, json!({ "account_id": account })).await;
        let sentence = format!("{} {}", said.message, said.hint.unwrap_or_default());
        assert!(sentence.contains(words), "{command} {account}: {sentence}");
    }
    assert_eq!(engine.store().positions().await.unwrap().len(), held.len(), "nothing was sold");
    engine.close().await.unwrap();
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-15T16:00:00-04:00");
    terminal.refused(["halt", "--flatten", "--account", "DU9999999"], "DU1000001");
}

#[tokio::test]
async fn a_quantity_of_zero_and_a_price_off_the_tick() {
    let directory = tempfile::tempdir().unwrap();
    let engine = holding(directory.path()).await;
    let working = engine.store().working_orders().await.unwrap();
    let target = working.iter().find(|order| order.leg == Leg::Target).unwrap();
    let (id, price) = (target.client_order_id.as_str(), target.price.unwrap());
    let off_tick = format!("{}3", price.round_dp(2) + rust_decimal::Decimal::new(100, 2));
    let cases = [
        (json!({ "client_order_id": id, "quantity": "0" }), "0 is no number of whole shares"),
        (json!({ "client_order_id": id, "quantity": "-5" }), "-5 is no number of whole shares"),
        (json!({ "client_order_id": id, "quantity": "ten" }), "write digits and one point"),
        (json!({ "client_order_id": id, "price": off_tick }), "multiple of the price step 0.01"),
        (json!({ "client_order_id": id, "price": "0" }), "0 is no price"),
        (json!({ "client_order_id": "nosuch", "price": "1" }), "the list of orders shows"),
    ];
    for (request, words) in cases {
        let said = refusal(&engine, "order_modify", request.clone()).await;
        assert!(said.message.contains(words), "{request}: {}", said.message);
    }
    let after = engine.store().order(&target.client_order_id).await.unwrap().unwrap();
    assert_eq!((after.price, after.quantity), (target.price, target.quantity));
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_symbol_that_does_not_exist() {
    let directory = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(instant(BUYS)),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    let toml = samples::all()[0].toml.replace("\"AAPL\"", "\"NOSUCH\"");
    assert!(toml.contains("NOSUCH"));
    let row = StrategyVersionRow {
        strategy_id: StrategyId::new("misspelt").unwrap(),
        name: "Misspelt".into(),
        version: 1,
        hash: blake3::hash(toml.as_bytes()).to_hex().to_string(),
        toml,
        created_at: engine.now(),
    };
    engine.store().commit(vec![Change::StrategyVersion(row)], Durability::Full).await.unwrap();
    let begun = engine.begin_run("misspelt", None, None, None).await.unwrap();
    let id = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    let execution = engine.store().execution(&id).await.unwrap().unwrap();
    assert_eq!(execution.outcome, Some(Outcome::Failed));
    let said = execution.sentence.unwrap_or_default();
    assert!(said.contains("no US stock with the symbol NOSUCH; check the spelling"), "{said}");
    let said = engine.begin_run("sample", Some("NOSUCH"), None, None).await.unwrap_err();
    assert!(said.message.contains("has no symbol \"NOSUCH\"") && said.hint.is_some(), "{said}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn an_account_that_cannot_trade_it() {
    let directory = tempfile::tempdir().unwrap();
    let between = Between::start(|request, (status, body)| {
        let is_rules = request.contains("info-and-rules");
        let other = r#""canTradeAcctIds":["DU3000003"]"#;
        let body = if is_rules {
            let changed = body.replace(r#""canTradeAcctIds":["DU1000001"]"#, other);
            assert_ne!(changed, body, "the rules name the account");
            changed
        } else {
            body
        };
        (status, body)
    })
    .await;
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(instant(BUYS)),
        gateway: GatewayChoice::SandboxServed { url: between.url.clone() },
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let id = begun[0].id.clone();
    engine.finish_run(begun, |_| {}).await.unwrap();
    let execution = engine.store().execution(&id).await.unwrap().unwrap();
    assert_eq!(execution.outcome, Some(Outcome::Rejected), "{execution:?}");
    let said = execution.sentence.unwrap_or_default();
    assert!(said.contains("account DU1000001 may not trade AAPL"), "{said}");
    assert!(said.contains("Settings, Trading Permissions"), "{said}");
    assert_eq!(between.sandbox.client_order_ids(), Vec::<String>::new());
    engine.close().await.unwrap();
}

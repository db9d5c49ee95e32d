//! An account at IBKR whose gateway is not there, or is something else.

use throughline::api::{ErrorCode, dispatch, views};
use throughline::app::{Engine, EngineOptions, GatewayChoice, look_at};
use throughline::domain::{Environment, GatewayState};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

fn paper(url: &str) -> GatewayChoice {
    GatewayChoice::Ibkr { environment: Environment::Paper, url: url.to_owned() }
}

#[tokio::test]
async fn the_engine_opens_without_a_gateway_with_entries_closed_and_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: directory.path().join("paper"),
        gateway: paper("https://127.0.0.1:9"),
        home: Some(directory.path().to_path_buf()),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    engine.check_connection().await.unwrap();
    let page = views::connection(&engine).await.unwrap();
    assert_eq!(page.state, GatewayState::GatewayDown);
    assert!(page.action.unwrap().contains("Start the gateway"));
    let causes: Vec<&str> = page.closures.iter().map(|closure| closure.cause.as_str()).collect();
    assert!(causes.contains(&"no_session") && causes.contains(&"not_reconciled"), "{causes:?}");
    assert!(page.blind.blind_since.is_some());
    assert!(page.next_reset.is_some() && page.maintenance.len() == 3);
    assert_eq!(engine.status().await.unwrap().net_liquidation, None);
    let refused = engine.begin_run("sample", None, None, None).await.unwrap_err();
    assert!(refused.message.contains("no account is known yet"), "{refused}");
    let refused = engine.advance_to(engine.now(), |_| {}).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotNow);
    let session = engine.require_session().await.unwrap_err();
    assert!(session.message.contains("No gateway answers"), "{session}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn what_listens_at_a_wrong_port_is_told_from_a_gateway() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let other = tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let _ = line.write_all(b"220 mail.example ready\r\n").await;
        }
    });
    let looked = look_at(directory.path(), &paper(&url)).await.unwrap();
    assert!(
        matches!(looked.look.state, GatewayState::NotAGateway | GatewayState::GatewayDown),
        "{:?}",
        looked.look
    );
    assert!(looked.look.state.action().is_some());
    other.abort();
}

#[tokio::test]
async fn the_choice_for_the_next_start_is_kept_and_shown_and_a_bad_address_refused() {
    let home = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        data_dir: home.path().to_path_buf(),
        home: Some(home.path().to_path_buf()),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await.unwrap();
    let bad = serde_json::json!({ "environment": "paper", "address": "https://example.com" });
    assert!(dispatch(&engine, "connection_set", bad).await.is_err());
    let good = serde_json::json!({ "environment": "paper", "address": "https://localhost:5001" });
    let page = dispatch(&engine, "connection_set", good).await.unwrap();
    assert_eq!(page["next_start"]["environment"], "paper");
    assert_eq!(page["next_start"]["address"], "https://localhost:5001");
    assert_eq!(page["environment"], "sandbox");
    assert_eq!(page["state"], "ready");
    assert_eq!(page["reconciliation"]["succeeded"], true);
    engine.close().await.unwrap();
}

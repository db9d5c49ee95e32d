//! What is done over HTTP, and what only where it was allowed by name.

use serde_json::{Value, json};
use throughline::api::commands::{COMMANDS, CommandClass};

use super::served::Served;

/// Every command of these classes is refused before its request is looked at.
async fn all_refused(served: &Served, class: CommandClass, words: &str) {
    let rows: Vec<_> = COMMANDS.iter().filter(|row| row.class == class).collect();
    assert!(rows.len() >= 3, "too few commands of this class");
    for row in rows {
        served.rpc(row.name, json!({})).await.refused(403, "not_allowed", words);
    }
}

#[tokio::test]
async fn c6_5_only_what_reads_is_done_unless_it_is_allowed_by_name() {
    let served = Served::new("");
    all_refused(&served, CommandClass::Trade, "may lead to an order").await;
    all_refused(&served, CommandClass::Edit, "changes settings or records").await;
    all_refused(&served, CommandClass::Secret, "touches a secret").await;
    let status = served.rpc("status_get", json!({})).await.good();
    assert_eq!(status["halt"], Value::Null);
    served.end();
}

#[tokio::test]
async fn c6_5_trading_is_allowed_apart_from_editing_and_secrets_never_are() {
    let served = Served::new("--allow trade");
    all_refused(&served, CommandClass::Edit, "changes settings or records").await;
    all_refused(&served, CommandClass::Secret, "touches a secret").await;
    let halted = served.rpc("halt", json!({ "reason": "a test" })).await.good();
    assert_eq!(halted["halt"]["reason"], "a test");
    served.rpc("strategy_run", json!({ "strategy_id": "none" })).await.refused(
        404,
        "not_found",
        "none",
    );
    served.end();

    let served = Served::new("--allow edit");
    all_refused(&served, CommandClass::Trade, "may lead to an order").await;
    let paused = json!({ "strategy_id": "sample", "active": false });
    assert_eq!(served.rpc("strategy_set_active", paused).await.good()["active"], false);
    served.end();
}

#[tokio::test]
async fn c6_5_the_sample_strategy_runs_over_http_with_its_order() {
    let served = Served::new("--allow trade");
    let begun = served.rpc("strategy_run", json!({ "strategy_id": "sample" })).await.good();
    let id = begun["execution_ids"][0].as_str().unwrap().to_owned();
    let mut lineage = Value::Null;
    for _ in 0..300 {
        lineage = served.get(&format!("/api/lineage/execution/{id}")).await.good();
        if lineage["execution"]["status"] != "running" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_ne!(lineage["execution"]["status"], "running", "{lineage}");
    let orders = served.rpc("orders_list", json!({})).await.good();
    assert!(orders.as_array().unwrap().iter().any(|order| order["execution_id"] == id.as_str()));
    served.end();
}

//! Sessions, limits and the calls that must come first.

use serde_json::json;
use throughline::sandbox::SandboxOptions;

use super::client::{AAPL, Client, FRIDAY_MORNING, market, options};

#[tokio::test]
async fn accounts_must_be_asked_for_first() {
    let client = Client::open(options(), FRIDAY_MORNING);
    for path in ["iserver/marketdata/snapshot?conids=265598&fields=31", "iserver/account/orders"] {
        let (status, answer) = client.get(path).await;
        assert_eq!((status, &answer["error"]), (400, &json!("Please query /accounts first")));
    }
    let orders = json!({ "orders": [market("a", "BUY", 1)] });
    assert_eq!(client.post("iserver/account/DU1000001/orders", orders).await.0, 400);
    assert_eq!(client.get("portfolio/DU1000001/summary").await.0, 400);
    let (_, accounts) = client.get("iserver/accounts").await;
    assert_eq!(
        (&accounts["selectedAccount"], &accounts["isPaper"]),
        (&json!("DU1000001"), &json!(true))
    );
    let (status, orders) = client.get("iserver/account/orders").await;
    assert_eq!((status, &orders), (200, &json!({ "orders": [], "snapshot": false })));
}

#[tokio::test]
async fn the_first_lists_are_empty() {
    let client = Client::open(options(), FRIDAY_MORNING);
    client.get("iserver/accounts").await;
    client.place_confirmed(json!([market("a", "BUY", 1)])).await;
    client.wait(120);
    assert_eq!(client.live_orders().await.len(), 0, "not loaded");
    assert_eq!(client.live_orders().await.len(), 1);
    assert_eq!(client.trades().await.len(), 0, "not loaded");
    assert_eq!(client.trades().await.len(), 1);
    // `force` throws the list away once more.
    let (_, forced) = client.get("iserver/account/orders?force=true").await;
    assert_eq!(forced, json!({ "orders": [], "snapshot": false }));
    assert_eq!(client.live_orders().await.len(), 1);
    client.sandbox.faults().empty_live_orders_once.set(true);
    assert_eq!(client.live_orders().await.len(), 0);
    assert_eq!(client.live_orders().await.len(), 1);
}

#[tokio::test]
async fn the_limits_are_kept_in_engine_time() {
    let client = Client::open(SandboxOptions::default(), FRIDAY_MORNING);
    client.get("iserver/accounts").await;
    client.wait(1);
    assert_eq!(client.get("iserver/account/orders").await.0, 200);
    client.wait(4);
    assert_eq!(client.get("iserver/account/orders").await.0, 429, "four seconds later");
    client.wait(1);
    assert_eq!(client.get("iserver/account/orders").await.0, 200, "five seconds later");
    client.wait(1);
    for _ in 0..10 {
        assert_eq!(client.get("iserver/auth/status").await.0, 200);
    }
    assert_eq!(client.get("iserver/auth/status").await.0, 429, "the eleventh in a second");
    client.wait(1);
    assert_eq!(client.get("iserver/auth/status").await.0, 200);
    client.sandbox.faults().penalty_box.set(true);
    client.get("iserver/account/trades").await;
    assert_eq!(client.get("iserver/account/trades").await.0, 429);
    client.wait(899);
    assert_eq!(client.get("iserver/auth/status").await.0, 429, "in the penalty box");
    client.wait(1);
    assert_eq!(client.get("iserver/auth/status").await.0, 200);
}

#[tokio::test]
async fn a_session_can_be_missing_or_contested() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.sandbox.faults().brokerage_session_missing.set(true);
    let (_, status) = client.post("iserver/auth/status", json!({})).await;
    assert_eq!((&status["authenticated"], &status["connected"]), (&json!(false), &json!(true)));
    let (code, answer) = client.get("iserver/accounts").await;
    assert_eq!((code, &answer["error"]), (400, &json!("Bad Request: no bridge")));
    assert_eq!(client.get("portfolio/DU1000001/summary").await.0, 200, "portfolio goes on");
    let init = json!({ "publish": true, "compete": false });
    client.post("iserver/auth/ssodh/init", init.clone()).await;
    assert_eq!(client.get("iserver/accounts").await.0, 200);

    client.sandbox.faults().competing_session.set(true);
    let (_, status) = client.post("iserver/auth/ssodh/init", init).await;
    assert_eq!(status["competing"], json!(true), "a polite try pushes nobody out");
    client.post("iserver/auth/ssodh/init", json!({ "publish": true, "compete": true })).await;
    assert_eq!(client.get("iserver/auth/status").await.1["authenticated"], json!(true));
}

#[tokio::test]
async fn malformed_requests_are_answered_as_the_gateway_does() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let empty = client.send(axum::http::Method::POST, "tickle", None).await.unwrap();
    assert_eq!(empty.0, 411, "a POST needs a length");
    assert_eq!(client.get("iserver/nothing").await.0, 404);
    let path = "iserver/account/DU1000001/orders";
    for (order, expected) in [
        (json!({ "conid": AAPL }), "Invalid Side (must be 'BUY' or 'SELL')."),
        (json!({ "side": "BUY" }), "conid or conidex is required"),
        (json!({ "conid": AAPL, "side": "BUY", "orderType": "LIMIT" }), "Unknown order type"),
        (
            json!({ "conid": AAPL, "side": 1 }),
            "orders request includes parameter with incorrect type",
        ),
    ] {
        let (status, answer) = client.post(path, json!({ "orders": [order] })).await;
        assert_eq!((status, answer["error"].as_str().unwrap()), (400, expected));
    }
    let (_, answer) = client
        .post(
            path,
            json!({ "orders": [{
        "conid": AAPL, "side": "BUY", "orderType": "MKT", "quantity": 1,
    }] }),
        )
        .await;
    assert!(answer["error"].as_str().unwrap().starts_with("null time in force"), "{answer}");
    let mut order = market("a", "BUY", 1);
    order["quantity"] = json!(0.5);
    let answer = client.place(json!([order])).await;
    assert!(answer["error"].as_str().unwrap().contains("fractions"), "{answer}");
}

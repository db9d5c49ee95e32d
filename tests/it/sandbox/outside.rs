//! What befalls the account without its clients, as they see it.

use serde_json::{Value, json};
use throughline::domain::OrderSide;
use throughline::sandbox::OutsideError;

use super::client::{AAPL, Client, FRIDAY_MORNING, decimal, market, options};

async fn holder() -> Client {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.place(json!([market("buy", "BUY", 10)])).await;
    client.wait(60);
    client
}

async fn positions(client: &Client) -> Value {
    client.get("portfolio/DU1000001/positions/0").await.1
}

#[tokio::test]
async fn an_order_placed_elsewhere_is_listed_without_a_client_order_id() {
    let client = holder().await;
    let id = client.sandbox.place_elsewhere(AAPL, OrderSide::Sell, 4).unwrap();
    let other =
        client.sandbox.place_elsewhere_with_order_ref(AAPL, OrderSide::Sell, 1, "TWS").unwrap();
    client.wait(60);
    let orders = client.live_orders().await;
    let of = |id: i64| orders.iter().find(|order| order["orderId"] == id).unwrap();
    assert_eq!((&of(id)["status"], &of(id)["order_ref"]), (&json!("Filled"), &Value::Null));
    assert_eq!(of(other)["order_ref"], "TWS");
    assert_eq!(client.trades().await.len(), 3);
    assert_eq!(positions(&client).await[0]["position"], json!(5.0));
    let short = client.sandbox.place_elsewhere(AAPL, OrderSide::Sell, 6).unwrap_err();
    assert!(matches!(&short, OutsideError::Refused { reason } if reason.contains("5 are held")));
}

#[tokio::test]
async fn a_liquidation_shows_executions_and_no_order() {
    let client = holder().await;
    client.sandbox.liquidate(AAPL).unwrap();
    client.wait(60);
    let trades = client.trades().await;
    let forced = &trades[0];
    assert_eq!((&forced["liquidation_trade"], &forced["side"]), (&json!("1"), &json!("S")));
    assert_eq!((&forced["size"], &forced["order_ref"]), (&json!(10.0), &Value::Null));
    assert_eq!(trades[1]["liquidation_trade"], "0");
    let orders = client.live_orders().await;
    assert_eq!(orders.len(), 1, "only the client's own order: {orders:?}");
    let hidden = orders[0]["orderId"].as_i64().unwrap() + 1;
    assert_eq!(client.get(&format!("iserver/account/order/status/{hidden}")).await.0, 503);
    assert_eq!(positions(&client).await, json!([]));
    assert!(client.sandbox.liquidate(AAPL).is_err(), "nothing is left");
}

#[tokio::test]
async fn a_correction_takes_the_place_of_an_execution() {
    let client = holder().await;
    let before = client.trades().await[0].clone();
    let id = before["execution_id"].as_str().unwrap();
    let price = decimal(&before["price"]) + decimal(&json!("0.10"));
    let corrected = client.sandbox.correct_last_execution(price).unwrap();
    assert_eq!(corrected, format!("{}02", id.strip_suffix("01").unwrap()));
    let trades = client.trades().await;
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0]["execution_id"], json!(corrected));
    assert_eq!(decimal(&trades[0]["price"]), price);
    assert_eq!(trades[0]["trade_time_r"], before["trade_time_r"]);
    assert_eq!(decimal(&positions(&client).await[0]["avgCost"]), price);
    assert_eq!(decimal(&client.live_order("buy").await["avgPrice"]), price);
    let fraction = client.sandbox.correct_last_execution(decimal(&json!("1.005"))).unwrap_err();
    assert!(matches!(fraction, OutsideError::Price(_)));
}

#[tokio::test]
async fn what_came_from_outside_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
    client.place(json!([market("buy", "BUY", 20)])).await;
    client.wait(60);
    client.sandbox.place_elsewhere(AAPL, OrderSide::Sell, 5).unwrap();
    client.wait(60);
    client.sandbox.correct_last_execution(decimal(&json!("81.25"))).unwrap();
    client.sandbox.liquidate(AAPL).unwrap();
    client.wait(60);
    let reopened = Client::with_journal(path, &client.now().to_string()).await;
    assert_eq!(client.everything().await, reopened.everything().await);
    assert_eq!(reopened.trades().await.len(), 3);
}

#[tokio::test]
async fn a_journal_of_the_first_version_still_replays() {
    // Written before orders had groups; the line's checksum is of those very bytes.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.jsonl");
    let client = Client::with_journal(path.clone(), FRIDAY_MORNING).await;
    client.place(json!([market("old", "BUY", 3)])).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let order = r#"{"client_order_id":"old","parent":null,"conid":265598,"side":"BUY","kind":"market","validity":"DAY","quantity":3}"#;
    assert!(text.contains(order), "the form of an order that needs nothing new changed: {text}");
    drop(client);
    let reopened = Client::with_journal(path, FRIDAY_MORNING).await;
    assert_eq!(reopened.live_order("old").await["totalSize"], json!(3.0));
}

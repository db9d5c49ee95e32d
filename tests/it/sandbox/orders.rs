//! Orders, questions, fills and what the gateway says of them.

use axum::http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::client::{AAPL, Client, FRIDAY_MORNING, bracket, decimal, limit, market, options};

const PLACE: &str = "iserver/account/DU1000001/orders";

#[tokio::test]
async fn a_bracket_is_asked_about_and_answered_children_first() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    // Far from the market, above 50 000 USD, with a stop: all three questions.
    let (answer, asked) =
        client.place_confirmed(bracket("x", 1_000, "68.00", "60.00", "90.00")).await;
    assert_eq!(asked, ["o163", "o451", "o10331"]);
    let ids: Vec<&str> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["local_order_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["x-target", "x-stop", "x-entry"]);
    let parent = &answer[2]["order_id"];
    assert!(parent.is_string(), "an order id is text when it is given");
    assert_eq!(&answer[0]["parent_order_id"], parent);
    assert_eq!(answer[0]["order_status"], "PreSubmitted");

    let row = client.live_order("x-stop").await;
    assert!(row["orderId"].is_number(), "an order id is a number in a list");
    assert_eq!(
        (row["status"].as_str(), row["price"].as_str()),
        (Some("PreSubmitted"), Some("60.00"))
    );
    let id = row["orderId"].to_string();
    let (_, status) = client.get(&format!("iserver/account/order/status/{id}")).await;
    assert_eq!(status["oca_group_id"].to_string(), parent.as_str().unwrap());
    assert_eq!((&status["side"], &status["order_ref"]), (&json!("S"), &json!("x-stop")));
}

#[tokio::test]
async fn while_a_question_is_open_nothing_else_is_answered() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let answer = client.place(json!([limit("far", "BUY", 1, "50.00")])).await;
    let id = answer[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(client.post("tickle", json!({})).await.0, 503);
    assert_eq!(client.get("iserver/account/orders").await.0, 503);
    let (status, wrong) = client.post("iserver/reply/other", json!({ "confirmed": true })).await;
    assert_eq!((status, &wrong["error"]), (400, &json!("reply id not found: 'other'")));
    let (_, dropped) =
        client.post(&format!("iserver/reply/{id}"), json!({ "confirmed": false })).await;
    assert_eq!(dropped["error"], "Order not confirmed");
    assert_eq!(client.live_orders().await.len(), 0);

    let answer = client.place(json!([limit("far", "BUY", 1, "50.00")])).await;
    let id = answer[0]["id"].as_str().unwrap().to_owned();
    client.wait(30);
    assert_eq!(client.post("tickle", json!({})).await.0, 200, "the question has lapsed");
    let (status, _) =
        client.post(&format!("iserver/reply/{id}"), json!({ "confirmed": true })).await;
    assert_eq!(status, 400);
    assert_eq!(client.live_orders().await.len(), 0);
}

#[tokio::test]
async fn a_question_can_be_suppressed() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let ids = json!({ "messageIds": ["o163", "o451"] });
    client.post("iserver/questions/suppress", ids).await;
    let (_, asked) = client.place_confirmed(bracket("x", 1_000, "68.00", "60.00", "90.00")).await;
    assert_eq!(asked, ["o10331"]);
}

#[tokio::test]
async fn the_same_client_order_id_is_taken_once() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.place(json!([market("once", "BUY", 1)])).await;
    let again = client.place(json!([market("once", "BUY", 1)])).await;
    assert_eq!(
        again["error"],
        "Order couldn't be submitted: Local order ID=once is already registered"
    );
    assert_eq!(client.live_orders().await.len(), 1);
}

#[tokio::test]
async fn a_fill_is_seen_in_trades_positions_and_cash() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let hints = client.sandbox.order_hints();
    client.place(json!([market("buy", "BUY", 100)])).await;
    assert_eq!(client.trades().await.len(), 0, "no print yet");
    let next = client.sandbox.next_event_at().unwrap();
    assert_eq!(next.to_string(), "2012-06-15T14:01:00Z");
    client.clock.advance_to(next);
    client.sandbox.settle();
    assert!(hints.has_changed().unwrap());
    let trades = client.trades().await;
    let trade = &trades[0];
    assert_eq!((&trade["order_ref"], &trade["size"]), (&json!("buy"), &json!(100.0)));
    assert_eq!(trade["trade_time_r"], json!(next.as_millisecond()));
    let value = decimal(&trade["price"]) * Decimal::ONE_HUNDRED;
    assert_eq!(decimal(&trade["net_amount"]), value);
    let (_, positions) = client.get("portfolio/DU1000001/positions/0").await;
    assert_eq!((&positions[0]["position"], &positions[0]["conid"]), (&json!(100.0), &json!(AAPL)));
    assert_eq!(decimal(&positions[0]["avgCost"]), decimal(&trade["price"]));
    let (_, summary) = client.get("portfolio/DU1000001/summary").await;
    let cash = Decimal::from(100_000) - value - decimal(&trade["commission"]);
    assert_eq!(decimal(&summary["totalcashvalue"]["amount"]), cash);
    assert_eq!(client.get("portfolio/DU1000001/positions/1").await.1, json!([]));
    let order = client.live_order("buy").await;
    assert_eq!((&order["status"], &order["timeInForce"]), (&json!("Filled"), &json!("CLOSE")));

    client.sandbox.faults().duplicate_fills.set(true);
    assert_eq!(client.trades().await.len(), 2);
}

#[tokio::test]
async fn an_order_is_modified_restated_whole_and_cancelled() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.place_confirmed(json!([limit("a", "BUY", 10, "50.00")])).await;
    let id = client.live_order("a").await["orderId"].to_string();
    let path = format!("iserver/account/DU1000001/order/{id}");
    let wrapped = json!({ "orders": [limit("a", "BUY", 5, "51.00")] });
    assert_eq!(client.post(&path, wrapped).await.0, 400, "not a list");
    let (_, question) = client.post(&path, limit("a", "BUY", 5, "51.00")).await;
    let reply = format!("iserver/reply/{}", question[0]["id"].as_str().unwrap());
    let (_, answer) = client.post(&reply, json!({ "confirmed": true })).await;
    assert_eq!(answer[0]["order_id"], json!(id));
    let order = client.live_order("a").await;
    assert_eq!((&order["price"], &order["totalSize"]), (&json!("51.00"), &json!(5.0)));

    let (_, answer) = client.delete(&path).await;
    assert_eq!(answer["msg"], "Request was submitted");
    assert_eq!(client.live_order("a").await["status"], "Cancelled");
    assert!(client.delete(&path).await.1["error"].is_string(), "twice");
    let (_, unknown) = client.delete("iserver/account/DU1000001/order/1").await;
    assert_eq!(unknown["error"], "OrderID 1 doesn't exist");
    let (status, unknown) = client.get("iserver/account/order/status/1").await;
    assert_eq!((status, &unknown["error"]), (503, &json!("Order 1 is not found")));

    client.place_confirmed(bracket("x", 10, "50.00", "45.00", "90.00")).await;
    client.delete("iserver/account/DU1000001/order/-1").await;
    let orders = client.live_orders().await;
    assert!(orders.iter().all(|order| order["status"] == "Cancelled"), "{orders:?}");
}

#[tokio::test]
async fn a_lost_answer_leaves_the_order_standing() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.sandbox.faults().lose_next_order_answer.set(true);
    let body = json!({ "orders": [market("lost", "BUY", 1)] });
    assert!(client.send(Method::POST, PLACE, Some(body)).await.is_err());
    assert_eq!(client.live_order("lost").await["status"], "Submitted");

    // With questions it is the answer to the last reply that is lost.
    client.sandbox.faults().lose_next_order_answer.set(true);
    let question = client.place(json!([limit("far", "BUY", 1, "50.00")])).await;
    let path = format!("iserver/reply/{}", question[0]["id"].as_str().unwrap());
    let yes = json!({ "confirmed": true });
    assert!(client.send(Method::POST, &path, Some(yes)).await.is_err());
    assert_eq!(client.live_order("far").await["status"], "Submitted");
}

#[tokio::test]
async fn a_lost_or_refused_request_leaves_nothing() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.sandbox.faults().lose_next_order_request.set(true);
    let body = json!({ "orders": [market("a", "BUY", 1)] });
    assert!(client.send(Method::POST, PLACE, Some(body)).await.is_err());
    client.sandbox.faults().refuse_next_order.set(true);
    assert!(client.place(json!([market("a", "BUY", 1)])).await["error"].is_string());
    assert_eq!(client.live_orders().await, Vec::<Value>::new());
    client.place(json!([market("a", "BUY", 1)])).await;
    assert_eq!(client.live_orders().await.len(), 1, "both switches went off again");
}

#[tokio::test]
async fn orders_without_cash_or_shares_are_refused_in_words() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let sell = client.place(json!([market("a", "SELL", 1)])).await;
    assert!(sell["error"].as_str().unwrap().contains("can't sell short"), "{sell}");
    let buy = client.place(json!([market("b", "BUY", 5_000)])).await;
    assert!(buy["error"].as_str().unwrap().contains("USD are available"), "{buy}");
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_answers_to_the_byte() {
    let run = async |seed| {
        let options = throughline::sandbox::SandboxOptions { seed, ..options() };
        let client = Client::ready(options, FRIDAY_MORNING).await;
        let mut text =
            client.place(bracket("x", 1_000, "68.00", "60.00", "90.00")).await.to_string();
        client.wait(60);
        for day in 0..60 {
            client.place_confirmed(bracket(&format!("{day}"), 50, "81.00", "78.00", "83.00")).await;
            client.wait(86_400);
            text.push_str(&client.everything().await);
        }
        text
    };
    let first = run(1).await;
    assert!(first.contains("\"Filled\"") && first.contains("execution_id"), "nothing happened");
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
}

//! Order types, times in force and groups as a client places them.

use serde_json::{Value, json};

use super::client::{Client, FRIDAY_MORNING, decimal, limit, market, options};

/// A client with ten shares of AAPL.
async fn holder() -> Client {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.place(json!([market("buy", "BUY", 10)])).await;
    client.wait(60);
    client
}

fn order(id: &str, side: &str, kind: &str, fields: &Value) -> Value {
    let mut order = market(id, side, 10);
    order["orderType"] = json!(kind);
    order["tif"] = json!("GTC");
    for (name, value) in fields.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

async fn status(client: &Client, order_ref: &str) -> Value {
    let id = client.live_order(order_ref).await["orderId"].to_string();
    client.get(&format!("iserver/account/order/status/{id}")).await.1
}

#[tokio::test]
async fn a_stop_limit_order_shows_both_of_its_prices() {
    let client = holder().await;
    let fields = json!({ "price": 70.00, "auxPrice": 71.50 });
    client.place_confirmed(json!([order("s", "SELL", "STOP_LIMIT", &fields)])).await;
    let row = client.live_order("s").await;
    assert_eq!((&row["orderType"], &row["price"]), (&json!("Stop Limit"), &json!("70.00")));
    assert_eq!((&row["auxPrice"], &row["status"]), (&json!("71.50"), &json!("PreSubmitted")));
    let status = status(&client, "s").await;
    assert_eq!(status["order_type"], "STOP_LIMIT");
    assert_eq!((&status["limit_price"], &status["stop_price"]), (&json!("70.00"), &json!("71.50")));
    let broken = order("b", "SELL", "STOP_LIMIT", &json!({ "price": 70.00 }));
    assert_eq!(client.place(json!([broken])).await["error"], "Invalid order price fields");
}

#[tokio::test]
async fn a_trailing_stop_shows_where_its_stop_stands_now() {
    let client = holder().await;
    let fields = json!({ "trailingAmt": 2, "trailingType": "%", "price": 10.00 });
    let (_, asked) = client.place_confirmed(json!([order("t", "SELL", "TRAIL", &fields)])).await;
    assert_eq!(asked, ["o10331"]);
    let before = status(&client, "t").await;
    assert_eq!(before["trailing_amount"], "2");
    assert_eq!(before["trailing_amount_unit"], "%");
    let mut last = decimal(&before["stop_price"]);
    assert!(last > decimal(&json!(70)), "the trail is closer than the first stop: {last}");
    for _ in 0..200 {
        client.wait(3_600);
        let row = client.live_order("t").await;
        if row["status"] != "PreSubmitted" {
            break;
        }
        let stop = decimal(&row["auxPrice"]);
        assert!(stop >= last, "{stop} after {last}");
        last = stop;
    }
    let trades = client.trades().await;
    let sold = trades.iter().find(|trade| trade["order_ref"] == "t").expect("it never sold");
    assert!(decimal(&sold["price"]) <= last, "sold at {} above {last}", sold["price"]);
    let amount = json!({ "trailingAmt": 1.5, "trailingType": "amt" });
    let refused = client.place(json!([order("n", "SELL", "TRAIL", &amount)])).await;
    assert!(refused["error"].as_str().unwrap().contains("can't sell short"), "{refused}");
    let unit = json!({ "trailingAmt": 1.5, "trailingType": "points" });
    assert!(client.place(json!([order("u", "SELL", "TRAIL", &unit)])).await["error"].is_string());
}

#[tokio::test]
async fn immediate_or_cancel_and_good_till_date_end_by_themselves() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let mut ioc = limit("ioc", "BUY", 10, "70.00");
    ioc["tif"] = json!("IOC");
    let mut gtd = limit("gtd", "BUY", 10, "70.00");
    gtd["tif"] = json!("GTD");
    let refused = client.place(json!([gtd])).await;
    assert!(refused["error"].as_str().unwrap().contains("goodTillDate"), "{refused}");
    gtd["goodTillDate"] = json!("20120615-15:00:00");
    client.place_confirmed(json!([ioc])).await;
    client.place_confirmed(json!([gtd])).await;
    assert_eq!(client.live_order("gtd").await["timeInForce"], "GTD");
    client.wait(60);
    assert_eq!(client.live_order("ioc").await["status"], "Cancelled");
    assert_eq!(client.live_order("gtd").await["status"], "Submitted");
    client.advance_to("2012-06-15T15:00:00Z");
    assert_eq!(client.live_order("gtd").await["status"], "Cancelled");
}

#[tokio::test]
async fn a_single_group_without_a_parent_is_cancelled_by_its_first_fill() {
    let client = holder().await;
    let group = json!({ "isSingleGroup": true, "price": 10.00 });
    let now = json!({ "isSingleGroup": true, "price": 1.00 });
    let (answer, _) = client
        .place_confirmed(json!([
            order("stop", "SELL", "STP", &group),
            order("target", "SELL", "LMT", &now),
        ]))
        .await;
    assert_eq!(answer.as_array().unwrap().len(), 2);
    assert_eq!(status(&client, "stop").await["oca_group_type"], "ReduceOnFillNonBlock");
    client.wait(60);
    assert_eq!(client.live_order("target").await["status"], "Filled");
    let stop = status(&client, "stop").await;
    assert_eq!(stop["order_status"], "Cancelled");
    assert_eq!(stop["order_status_description"], "Order Cancelled: its OCA group has filled");
}

#[tokio::test]
async fn a_prompt_is_answered_by_a_notification() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let answer_with = |prompt: &Value, text: &str| json!({ "orderId": prompt["orderId"], "reqId": prompt["reqId"], "text": text });
    client.sandbox.prompt_next_order();
    let prompt = client.place(json!([market("no", "BUY", 1)])).await;
    assert_eq!(prompt["prompt"], json!(true));
    let no = answer_with(&prompt, "No");
    assert_eq!(client.post("iserver/notification", no.clone()).await, (200, json!("Success")));
    assert_eq!(client.post("iserver/notification", no).await.0, 400, "answered already");
    assert_eq!(client.live_orders().await.len(), 0);

    client.sandbox.prompt_next_order();
    let prompt = client.place(json!([market("yes", "BUY", 1)])).await;
    assert_eq!(client.live_orders().await.len(), 0);
    let yes = answer_with(&prompt, "Yes");
    assert_eq!(client.post("iserver/notification", yes).await, (200, json!("Success")));
    assert_eq!(client.live_order("yes").await["orderId"], prompt["orderId"]);

    client.sandbox.prompt_next_order();
    let prompt = client.place(json!([market("late", "BUY", 1)])).await;
    client.wait(30);
    let late = answer_with(&prompt, "Yes");
    assert_eq!(client.post("iserver/notification", late).await.0, 400, "it has lapsed");
}

#[tokio::test]
async fn a_single_answer_can_come_without_its_list() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    client.sandbox.answer_single_orders_bare(true);
    let answer = client.place(json!([market("a", "BUY", 1)])).await;
    assert_eq!(answer["local_order_id"], "a");
}

#[tokio::test]
async fn a_preview_places_nothing() {
    let client = Client::ready(options(), FRIDAY_MORNING).await;
    let path = "iserver/account/DU1000001/orders/whatif";
    let body = json!({ "orders": [limit("w", "BUY", 1_200, "60.00")] });
    let (_, preview) = client.post(path, body).await;
    assert_eq!(
        preview["amount"],
        json!({
            "amount": "72,000.00 USD (1200 Shares)",
            "commission": "6.00 USD",
            "total": "72,006.00 USD",
        })
    );
    assert_eq!(
        preview["initial"],
        json!({ "current": "0", "change": "72,000", "after": "72,000" })
    );
    assert_eq!(preview["position"]["after"], "1,200");
    assert!(preview["warn"].as_str().unwrap().contains("Percentage constraint"), "{preview}");
    assert_eq!(preview["error"], Value::Null);
    let (_, dear) =
        client.post(path, json!({ "orders": [limit("w", "BUY", 2_000, "60.00")] })).await;
    assert!(dear["error"].as_str().unwrap().contains("USD are available"), "{dear}");
    assert_eq!(client.live_orders().await.len(), 0);
}

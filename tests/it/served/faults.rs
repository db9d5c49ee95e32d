//! Each fault, as it shows on the wire. Those of the push channel are in `stream`.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use throughline::sandbox::{FAULTS, FaultPlan};

use super::gateway::{AAPL, ORDERS, Served, limit, market};

#[test]
fn every_fault_has_a_test() {
    let tests = [include_str!("faults.rs"), include_str!("stream.rs")].concat();
    let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len(), "each name once");
    for name in names {
        assert!(tests.contains(&format!("async fn shows_{name}(")), "{name} has no test");
    }
}

/// While a fault is on, every request of the API is answered so.
async fn answers_all(name: &str, status: u16, text: &str) {
    let served = Served::ready().await;
    served.fault(name, true);
    for path in ["iserver/auth/status", "iserver/accounts", "portfolio/accounts"] {
        let got = served.get(path).await;
        assert_eq!(got.status, status, "{path}");
        assert!(got.text.contains(text), "{path}: {}", got.text);
    }
    served.fault(name, false);
    assert_eq!(served.get("iserver/auth/status").await.status, 200);
}

#[tokio::test]
async fn shows_cut_line() {
    let served = Served::ready().await;
    served.fault("cut_line", true);
    assert!(served.try_send(Method::GET, "iserver/accounts", None).await.is_err());
    assert_eq!(served.get("/sandbox/v1/faults").await.status, 200, "it can be ended");
    served.fault("cut_line", false);
    assert_eq!(served.get("iserver/accounts").await.status, 200);
}

#[tokio::test]
async fn shows_unavailable_503() {
    answers_all("unavailable_503", 503, "service unavailable").await;
}

#[tokio::test]
async fn shows_html_with_200() {
    answers_all("html_with_200", 200, "<!DOCTYPE html>").await;
}

#[tokio::test]
async fn shows_forbidden_html_403() {
    answers_all("forbidden_html_403", 403, "<H1>Access Denied</H1>").await;
}

#[tokio::test]
async fn shows_ip_not_allowed() {
    answers_all("ip_not_allowed", 404, "Access Denied").await;
}

#[tokio::test]
async fn shows_redirect_to_login() {
    answers_all("redirect_to_login", 302, "").await;
}

#[tokio::test]
async fn shows_hang() {
    let served = Served::ready().await;
    served.fault("hang", true);
    let request = served.try_send(Method::GET, "iserver/accounts", None);
    let waited = tokio::time::timeout(Duration::from_millis(300), request).await;
    assert!(waited.is_err(), "no answer, and the connection stays open");
    served.fault("hang", false);
    assert_eq!(served.get("iserver/accounts").await.status, 200);
}

#[tokio::test]
async fn shows_delay() {
    let served = Served::ready().await;
    served.fault("delay", true);
    let request = served.try_send(Method::GET, "iserver/accounts", None);
    assert!(tokio::time::timeout(Duration::from_secs(4), request).await.is_err(), "not yet");
    let request = served.try_send(Method::GET, "iserver/accounts", None);
    let late = tokio::time::timeout(Duration::from_secs(15), request).await.unwrap().unwrap();
    assert_eq!(late.status, 200);
}

#[tokio::test]
async fn shows_penalty_once() {
    let served = Served::ready().await;
    served.fault("penalty_once", true);
    assert_eq!(served.get("iserver/accounts").await.status, 429);
    served.at("2012-06-15T14:14:59Z").await;
    assert_eq!(served.get("iserver/accounts").await.status, 429, "15 minutes long");
    served.at("2012-06-15T14:15:00Z").await;
    assert_eq!(served.get("iserver/accounts").await.status, 200);
}

#[tokio::test]
async fn shows_penalty_box() {
    let served = Served::start_with(throughline::sandbox::SandboxOptions::default()).await;
    served.fault("penalty_box", true);
    for _ in 0..10 {
        assert_eq!(served.get("iserver/auth/status").await.status, 200);
    }
    assert_eq!(served.get("iserver/auth/status").await.status, 429);
    served.at("2012-06-15T14:10:00Z").await;
    assert_eq!(served.get("iserver/auth/status").await.status, 429);
}

#[tokio::test]
async fn shows_lose_next_order_answer() {
    let served = Served::ready().await;
    served.fault("lose_next_order_answer", true);
    let body = Some(json!({ "orders": [market("a")] }));
    assert!(served.try_send(Method::POST, ORDERS, body).await.is_err());
    assert_eq!(served.live_orders().await.len(), 1, "the order stands");
}

#[tokio::test]
async fn shows_lose_next_order_request() {
    let served = Served::ready().await;
    served.fault("lose_next_order_request", true);
    let body = Some(json!({ "orders": [market("a")] }));
    assert!(served.try_send(Method::POST, ORDERS, body).await.is_err());
    assert!(served.live_orders().await.is_empty(), "there is no order");
}

#[tokio::test]
async fn shows_refuse_next_order() {
    let served = Served::ready().await;
    served.fault("refuse_next_order", true);
    let answer = served.post(ORDERS, json!({ "orders": [market("a")] })).await;
    assert!(answer.json()["error"].as_str().unwrap().contains("cannot accept"));
    served.placed(market("a")).await;
}

#[tokio::test]
async fn shows_duplicate_order_id() {
    let served = Served::ready().await;
    served.fault("duplicate_order_id", true);
    let answer = served.post(ORDERS, json!({ "orders": [market("a")] })).await;
    let expected = "Order couldn't be submitted: Local order ID=a is already registered";
    assert_eq!(answer.json(), json!({ "error": expected }));
    assert_eq!(served.live_orders().await.len(), 1, "the order stands");
}

#[tokio::test]
async fn shows_lose_fills() {
    let served = Served::ready().await;
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    served.fault("lose_fills", true);
    assert!(served.trades().await.is_empty());
    assert_eq!(served.live_orders().await[0]["status"], "Filled");
    served.fault("lose_fills", false);
    assert_eq!(served.trades().await.len(), 1);
}

#[tokio::test]
async fn shows_duplicate_fills() {
    let served = Served::ready().await;
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    served.fault("duplicate_fills", true);
    let trades = served.trades().await;
    assert_eq!(trades.len(), 2);
    assert_eq!(trades[0], trades[1]);
}

#[tokio::test]
async fn shows_fill_after_cancel() {
    let served = Served::ready().await;
    let id = served.placed(limit("a", 5)).await;
    served.fault("fill_after_cancel", true);
    let cancelled = served.delete(&format!("iserver/account/DU1000001/order/{id}")).await;
    assert_eq!(cancelled.json()["msg"], "Request was submitted");
    let trades = served.trades().await;
    assert_eq!((trades.len(), &trades[0]["size"]), (1, &json!(5.0)));
    assert_eq!(trades[0]["price"], "72.50", "at its limit");
    assert_eq!(served.live_orders().await[0]["status"], "Filled");
}

#[tokio::test]
async fn shows_login_lost() {
    let served = Served::ready().await;
    served.fault("login_lost", true);
    assert_eq!(served.get("iserver/accounts").await.status, 401);
    assert_eq!(served.get("tickle").await.json(), json!({ "error": "no session" }));
    let start = served.get("/").await;
    let place = start.headers["location"].to_str().unwrap().to_owned();
    assert_eq!((start.status.as_u16(), place.starts_with("/sso/Login?")), (302, true));
    assert!(served.get(&place).await.text.contains("method=\"post\" action=\"/sso/Login\""));
    let end = served.post("/sso/Login", json!({})).await;
    assert!(end.text.contains("Client login succeeds"));
    assert_eq!(served.get("iserver/accounts").await.status, 200);
}

#[tokio::test]
async fn shows_midnight_reset() {
    let served = Served::ready().await;
    served.fault("midnight_reset", true);
    served.at("2012-06-16T03:59:59Z").await;
    assert_eq!(served.get("iserver/accounts").await.status, 200, "not yet midnight in New York");
    served.at("2012-06-16T04:00:00Z").await;
    assert_eq!(served.get("iserver/accounts").await.status, 401);
    served.post("/sso/Login", json!({})).await;
    assert_eq!(served.get("iserver/accounts").await.status, 200, "until the next midnight");
    served.at("2012-06-17T04:00:00Z").await;
    assert_eq!(served.get("iserver/accounts").await.status, 401);
}

#[tokio::test]
async fn shows_brokerage_session_missing() {
    let served = Served::ready().await;
    served.fault("brokerage_session_missing", true);
    assert_eq!(served.get("iserver/auth/status").await.json()["authenticated"], json!(false));
    assert_eq!(served.get("iserver/accounts").await.status, 400);
    let init = json!({ "publish": true, "compete": false });
    served.post("iserver/auth/ssodh/init", init).await;
    assert_eq!(served.get("iserver/accounts").await.status, 200);
}

#[tokio::test]
async fn shows_not_authenticated_once() {
    let served = Served::ready().await;
    served.fault("not_authenticated_once", true);
    let status = served.get("iserver/auth/status").await.json();
    assert_eq!((&status["authenticated"], &status["connected"]), (&json!(false), &json!(true)));
    assert_eq!(served.get("iserver/auth/status").await.json()["authenticated"], json!(true));
}

#[tokio::test]
async fn shows_competing_session() {
    let served = Served::ready().await;
    served.fault("competing_session", true);
    assert_eq!(served.get("iserver/auth/status").await.json()["competing"], json!(true));
    assert_eq!(served.get("iserver/accounts").await.status, 400);
}

#[tokio::test]
async fn shows_question_chain() {
    let served = Served::ready().await;
    served.fault("question_chain", true);
    let mut answer = served.post(ORDERS, json!({ "orders": [market("a")] })).await.json();
    let mut ids = Vec::new();
    while let Some(id) = answer[0]["id"].as_str() {
        ids.push(answer[0]["messageIds"][0].as_str().unwrap().to_owned());
        let path = format!("iserver/reply/{id}");
        answer = served.post(&path, json!({ "confirmed": true })).await.json();
    }
    assert_eq!(ids, ["o354", "o163", "o10153"]);
    assert!(answer[0]["order_id"].is_string(), "{answer}");
}

#[tokio::test]
async fn shows_unknown_question() {
    let served = Served::ready().await;
    served.fault("unknown_question", true);
    let answer = served.post(ORDERS, json!({ "orders": [market("a")] })).await.json();
    assert_eq!(answer[0]["messageIds"], json!(["o99001"]));
    assert!(served.client_orders().await.is_empty(), "nothing stands before the answer");
}

#[tokio::test]
async fn shows_prompt_reply() {
    let served = Served::ready().await;
    served.fault("prompt_reply", true);
    let prompt = served.post(ORDERS, json!({ "orders": [market("a")] })).await.json();
    assert_eq!(prompt["prompt"], json!(true), "{prompt}");
    let answer = json!({
        "orderId": prompt["orderId"], "reqId": prompt["reqId"], "text": prompt["options"][0],
    });
    assert_eq!(served.post("iserver/notification", answer).await.text, "Success");
    assert_eq!(served.client_orders().await, ["a"]);
}

#[tokio::test]
async fn shows_bare_object_reply() {
    let served = Served::ready().await;
    served.fault("bare_object_reply", true);
    let answer = served.post(ORDERS, json!({ "orders": [market("a")] })).await.json();
    assert!(answer["order_id"].is_string(), "no list around it: {answer}");
}

#[tokio::test]
async fn shows_bracket_rows_reversed() {
    let served = Served::ready().await;
    let order_of_rows = async |id: &str| {
        let child = |leg: &str, kind: &str, price: f64| {
            json!({
                "conid": AAPL, "orderType": kind, "side": "SELL", "tif": "GTC", "quantity": 5,
                "price": price, "cOID": format!("{id}-{leg}"), "parentId": id,
            })
        };
        let legs = json!([limit(id, 5), child("stop", "STP", 65.0), child("target", "LMT", 80.0)]);
        let mut answer = served.post(ORDERS, json!({ "orders": legs })).await.json();
        while let Some(question) = answer[0]["id"].as_str() {
            let path = format!("iserver/reply/{question}");
            answer = served.post(&path, json!({ "confirmed": true })).await.json();
        }
        let rows = answer.as_array().unwrap().iter();
        rows.map(|row| row["local_order_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order_of_rows("a").await, ["a-target", "a-stop", "a"]);
    served.fault("bracket_rows_reversed", true);
    assert_eq!(order_of_rows("b").await, ["b", "b-stop", "b-target"]);
}

#[tokio::test]
async fn shows_empty_live_orders_once() {
    let served = Served::ready().await;
    served.placed(limit("a", 5)).await;
    served.fault("empty_live_orders_once", true);
    assert!(served.live_orders().await.is_empty());
    assert_eq!(served.live_orders().await.len(), 1);
}

#[tokio::test]
async fn shows_unknown_status_word() {
    let served = Served::ready().await;
    let id = served.placed(limit("a", 5)).await;
    served.fault("unknown_status_word", true);
    assert_eq!(served.live_orders().await[0]["status"], "HeldForReview");
    let status = served.get(&format!("iserver/account/order/status/{id}")).await.json();
    assert_eq!(status["order_status"], "HeldForReview");
}

/// Field 31 of so many snapshots, one after the other.
async fn last_prices(served: &Served, snapshots: usize) -> Vec<bool> {
    let mut there = Vec::new();
    for _ in 0..snapshots {
        let path = format!("iserver/marketdata/snapshot?conids={AAPL}&fields=31,55");
        there.push(served.get(&path).await.json()[0]["31"].is_string());
    }
    there
}

#[tokio::test]
async fn shows_slow_snapshots() {
    let usual = last_prices(&Served::ready().await, 8).await;
    let served = Served::ready().await;
    served.fault("slow_snapshots", true);
    let slow = last_prices(&served, 8).await;
    let first = |there: &[bool]| there.iter().position(|there| *there);
    assert!(first(&usual) < first(&slow), "{usual:?} {slow:?}");
    assert!(slow[7], "they come in the end: {slow:?}");
}

#[tokio::test]
async fn shows_delayed_quotes() {
    let served = Served::ready().await;
    last_prices(&served, 3).await;
    served.fault("delayed_quotes", true);
    let path = format!("iserver/marketdata/snapshot?conids={AAPL}&fields=31");
    assert_eq!(served.get(&path).await.json()[0]["6509"], "DpB");
}

#[tokio::test]
async fn shows_clock_jump() {
    let served = Served::ready().await;
    served.fault("clock_jump", true);
    let got = served.get("iserver/accounts").await;
    assert_eq!(got.headers["throughline-sandbox-now"], "2012-06-15T14:15:00Z");
    let got = served.get("iserver/accounts").await;
    assert_eq!(got.headers["throughline-sandbox-now"], "2012-06-15T14:15:00Z", "once");
}

#[tokio::test]
async fn shows_forced_liquidation() {
    let served = Served::ready().await;
    served.placed(market("a")).await;
    served.at("2012-06-15T14:05:00Z").await;
    served.fault("forced_liquidation", true);
    served.get("iserver/accounts").await;
    served.at("2012-06-15T14:10:00Z").await;
    let positions = served.get("portfolio/DU1000001/positions/0").await.json();
    assert_eq!(positions, json!([]));
    let forced = served.trades().await;
    let forced: Vec<&Value> = forced.iter().filter(|row| row["liquidation_trade"] == "1").collect();
    assert_eq!((forced.len(), &forced[0]["side"]), (1, &json!("S")));
}

#[tokio::test]
async fn shows_manual_trade_elsewhere() {
    let served = Served::ready().await;
    served.fault("manual_trade_elsewhere", true);
    let orders = served.live_orders().await;
    assert_eq!((orders.len(), &orders[0]["order_ref"]), (1, &Value::Null));
    served.at("2012-06-15T14:05:00Z").await;
    assert_eq!(served.trades().await[0]["size"], json!(10.0));
}

#[tokio::test]
async fn a_plan_is_kept_on_the_sandboxes_clock() {
    let served = Served::ready().await;
    let spec = "unavailable_503@2012-06-15T14:10:00Z..2012-06-15T14:20:00Z";
    let now = super::gateway::FRIDAY_MORNING.parse().unwrap();
    served.sandbox.apply_plan(&FaultPlan::parse(spec, now).unwrap());
    for (at, status) in [
        ("2012-06-15T14:09:59Z", 200),
        ("2012-06-15T14:10:00Z", 503),
        ("2012-06-15T14:19:59Z", 503),
        ("2012-06-15T14:20:00Z", 200),
    ] {
        let got = served.try_send_at(Method::GET, "iserver/accounts", None, Some(at)).await;
        assert_eq!(got.unwrap().status, status, "{at}");
    }
}

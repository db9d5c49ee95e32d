//! Cancelling, looking up, previewing, and what is refused before it is sent.

use rust_decimal::Decimal;
use throughline::broker::{Broker, BrokerError, CancelOutcome, SubmitOutcome};
use throughline::clock::Clock;
use throughline::domain::{BrokerOrderId, OrderStatus};

use super::connected;
use super::scripted_gateway::{Answer, data};
use super::submitting::{PLACE, bracket_of, placed, rejection};

const CANCEL: &str = "DELETE /iserver/account/DU2000002/order/731402";
const STATUS: &str = "GET /iserver/account/order/status/731402";
const RULES: &str = "GET /iserver/contract/204511/info-and-rules";

fn stop() -> BrokerOrderId {
    BrokerOrderId::new("731402").unwrap()
}

#[tokio::test]
async fn c33_a_cancellation_is_asked_for_once_whatever_the_answer() {
    let taken = r#"{"msg":"Request was submitted","order_id":731402,"conid":-1,"account":null}"#;
    let setting = connected().await;
    setting.gateway.on(CANCEL, &[Answer::json(taken)]);
    assert_eq!(setting.client.cancel(&stop()).await, CancelOutcome::Requested);
    let refusal = Answer::error(400, "OrderID 731402 doesn't exist");
    setting.gateway.on(CANCEL, &[refusal]);
    let refused = setting.client.cancel(&stop()).await;
    assert!(matches!(refused, CancelOutcome::Refused { .. }), "{refused:?}");
    setting.gateway.on(CANCEL, &[Answer::error(503, "service unavailable")]);
    let before = setting.gateway.count(CANCEL);
    let unknown = setting.client.cancel(&stop()).await;
    assert!(matches!(unknown, CancelOutcome::Unknown { .. }), "{unknown:?}");
    assert_eq!(setting.gateway.count(CANCEL), before + 1);
}

#[tokio::test(start_paused = true)]
async fn c34_a_cancellation_whose_answer_is_lost_is_unknown() {
    let setting = connected().await;
    setting.gateway.on(CANCEL, &[Answer::Lost]);
    let unknown = setting.client.cancel(&stop()).await;
    assert!(matches!(unknown, CancelOutcome::Unknown { .. }), "{unknown:?}");
    assert_eq!(setting.gateway.count(CANCEL), 1);
}

#[tokio::test]
async fn c35_the_id_that_cancels_everything_never_leaves() {
    let setting = connected().await;
    let before = setting.gateway.seen().len();
    let refused = setting.client.cancel(&BrokerOrderId::new("-1").unwrap()).await;
    assert!(matches!(refused, CancelOutcome::Refused { .. }), "{refused:?}");
    assert_eq!(setting.gateway.seen().len(), before);
}

#[tokio::test]
async fn c36_an_order_that_is_not_held_is_none_and_asked_for_once() {
    let setting = connected().await;
    setting.gateway.on(STATUS, &[Answer::error(503, "Order 731402 is not found")]);
    assert_eq!(setting.client.order(&stop()).await, Ok(None));
    assert_eq!(setting.gateway.count(STATUS), 1);
    setting.gateway.on(STATUS, &[Answer::error(503, "service unavailable")]);
    let error = setting.client.order(&stop()).await;
    assert!(matches!(error, Err(BrokerError::Refused { status: 503, .. })), "{error:?}");
}

#[tokio::test]
async fn c37_a_status_never_seen_before_keeps_its_text() {
    let setting = connected().await;
    let body = r#"{"order_id":731402,"conid":204511,"side":"S","account":"DU2000002",
        "size":"10","total_size":"10","cum_fill":"0","order_type":"STOP","stop_price":"68.05",
        "order_status":"HeldByMoon"}"#;
    setting.gateway.on(STATUS, &[Answer::json(body)]);
    let order = setting.client.order(&stop()).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Unknown);
    assert_eq!(order.status_text, "HeldByMoon");
}

#[tokio::test]
async fn c38_a_preview_asks_for_a_snapshot_first_and_is_no_order() {
    let setting = connected().await;
    setting.gateway.on("GET /iserver/marketdata/snapshot", &[Answer::json(&data("snapshot"))]);
    let whatif = "POST /iserver/account/DU2000002/orders/whatif";
    let body = r#"{"amount":{"amount":"712 USD (10 Shares)","commission":"1 USD","total":"713 USD"},
        "equity":{"current":"100,000","change":"-1","after":"99,999"},
        "initial":{"current":"0","after":"178"},"maintenance":{"current":"0","after":"170"},
        "warn":null,"error":null}"#;
    setting.gateway.on(whatif, &[Answer::json(body)]);
    let bracket = bracket_of("sample_1");
    let preview = setting.client.preview(bracket.get()).await.unwrap();
    assert_eq!(preview.commission, Some(Decimal::ONE));
    assert_eq!(preview.equity.after, Some(Decimal::from(99_999)));
    assert_eq!(setting.gateway.count(PLACE), 0);
    let last: Vec<String> =
        setting.gateway.seen().iter().rev().take(2).map(|s| s.what.clone()).collect();
    assert_eq!(last, [whatif, "GET /iserver/marketdata/snapshot"]);
}

#[tokio::test]
async fn c39_an_account_that_may_not_trade_a_contract_is_told_what_to_do() {
    let setting = connected().await;
    let rules = data("info_and_rules")
        .replace(r#""error": null"#, r#""canTradeAcctIds": ["DU3000003"], "error": null"#);
    setting.gateway.on(RULES, &[Answer::json(&rules)]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert!(rejection(&report).contains("Trading Permissions"), "{report:?}");
    assert_eq!(setting.gateway.count(PLACE), 0);
}

#[tokio::test]
async fn c40_the_rules_of_a_contract_are_read_once_a_day() {
    let setting = connected().await;
    setting.gateway.on(PLACE, &[placed()]);
    for _ in 0..2 {
        let report = setting.client.submit(&bracket_of("sample_1")).await;
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "{report:?}");
    }
    assert_eq!(setting.gateway.count(RULES), 1);
    setting.clock.sleep(jiff::SignedDuration::from_hours(24)).await;
    setting.client.submit(&bracket_of("sample_1")).await;
    assert_eq!(setting.gateway.count(RULES), 2);
}

#[tokio::test]
async fn c41_an_entry_whose_rules_cannot_be_read_is_not_sent() {
    let setting = connected().await;
    setting.gateway.on(RULES, &[Answer::error(500, "unknown")]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert!(rejection(&report).contains("could not be read"), "{report:?}");
    assert_eq!(setting.gateway.count(PLACE), 0);
}

//! Placing orders. Every order passes the real risk gate first, since there is no other way.

use crate::ibkr_adapter::only_cash;
use rust_decimal::Decimal;
use serde_json::json;
use throughline::broker::{Broker, SubmitOutcome, SubmitReport};
use throughline::domain::{
    AccountId, BrokerOrderId, ClientOrderId, ExecutionId, ExitIntent, Instrument, MoveTargetIntent,
    OrderIntent, OrderStatus,
};
use throughline::market::MarketData;
use throughline::risk::{
    EntryRequest, ExitRequest, GateDecision, RiskApproved, approve_exit, check_entry,
};
use throughline::strategy::default_risk_parameters;

use super::scripted_gateway::{Answer, data};
use super::{ORCHARD, Setting, connected, setting};

pub(super) const PLACE: &str = "POST /iserver/account/DU2000002/orders";
const REPLY: &str = "POST /iserver/reply/0f9a-11";

fn account() -> AccountId {
    AccountId::new("DU2000002").unwrap()
}

fn instrument() -> Instrument {
    Instrument {
        conid: ORCHARD,
        symbol: "ORCH".into(),
        company_name: "ORCHARD INC".into(),
        exchange: "NASDAQ".into(),
        currency: "USD".into(),
        tick_size: Decimal::new(1, 2),
        tick_bands: Vec::new(),
    }
}

fn passed(decision: GateDecision) -> RiskApproved<OrderIntent> {
    decision.approved.unwrap_or_else(|| panic!("{}", decision.output.sentence))
}

pub(super) fn bracket_of(execution: &str) -> RiskApproved<OrderIntent> {
    let request = EntryRequest {
        execution_id: ExecutionId::new(execution).unwrap(),
        account_id: account(),
        instrument: instrument(),
        entry_price: "71.20".parse().unwrap(),
        stop_price: "68.05".parse().unwrap(),
        target_price: "77.50".parse().unwrap(),
    };
    passed(check_entry(request, &default_risk_parameters(), &only_cash()))
}

fn exit() -> RiskApproved<OrderIntent> {
    let intent = ExitIntent {
        execution_id: ExecutionId::new("sample_2").unwrap(),
        account_id: account(),
        instrument: instrument(),
        quantity: Decimal::TEN,
        limit_price: "71.00".parse().unwrap(),
    };
    passed(approve_exit(ExitRequest::Order(intent), Decimal::TEN, false, &[]))
}

fn moved_target() -> RiskApproved<OrderIntent> {
    let intent = MoveTargetIntent {
        execution_id: ExecutionId::new("sample_2").unwrap(),
        account_id: account(),
        instrument: instrument(),
        client_order_id: ClientOrderId::new("sample_1-target").unwrap(),
        broker_order_id: BrokerOrderId::new("731403").unwrap(),
        quantity: Decimal::TEN,
        limit_price: "71.00".parse().unwrap(),
    };
    passed(approve_exit(ExitRequest::MoveTarget(intent), Decimal::TEN, true, &[]))
}

pub(super) fn placed() -> Answer {
    Answer::json(
        r#"[{"order_id":"731403","order_status":"PreSubmitted","local_order_id":"sample_1-target",
             "parent_order_id":"731401","encrypt_message":"1"},
            {"order_id":"731402","order_status":"PreSubmitted","local_order_id":"sample_1-stop",
             "parent_order_id":"731401"},
            {"order_id":"731401","order_status":"Submitted","local_order_id":"sample_1-entry"}]"#,
    )
}

fn question(id: &str, words: &str) -> Answer {
    Answer::json(&format!(
        r#"[{{"id":"0f9a-11","message":["{words}"],"isSuppressed":false,"messageIds":["{id}"],
              "messageOptions":["Yes","No"]}}]"#
    ))
}

async fn bracket_answered(answers: &[Answer]) -> (Setting, SubmitReport) {
    let setting = connected().await;
    setting.gateway.on(PLACE, answers);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    (setting, report)
}

fn assert_unknown(report: &SubmitReport) {
    assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "{:?}", report.outcome);
}

pub(super) fn rejection(report: &SubmitReport) -> &str {
    match &report.outcome {
        SubmitOutcome::Rejected { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn shape_1_accepted_rows_are_matched_whatever_their_order() {
    let (setting, report) = bracket_answered(&[placed()]).await;
    let SubmitOutcome::Accepted(orders) = report.outcome else { panic!("{report:?}") };
    let ids: Vec<_> = orders
        .iter()
        .map(|o| (o.client_order_id.as_str(), o.broker_order_id.as_str(), o.status))
        .collect();
    let expected = [
        ("sample_1-entry", "731401", OrderStatus::Submitted),
        ("sample_1-stop", "731402", OrderStatus::PreSubmitted),
        ("sample_1-target", "731403", OrderStatus::PreSubmitted),
    ];
    assert_eq!(ids, expected);
    let orders = setting.gateway.last().body["orders"].clone();
    assert_eq!(orders[0]["cOID"], "sample_1-entry");
    assert_eq!(orders[1]["parentId"], "sample_1-entry");
    assert_eq!(orders[1]["price"], json!(68.05));
}

#[tokio::test]
async fn shape_2_a_chain_of_allowed_questions_is_followed_to_its_end() {
    let setting = connected().await;
    setting.gateway.on(PLACE, &[question("o354", "You have no market data.")]);
    let stop = question("o10331", "You are about to submit a stop order.");
    setting.gateway.on(REPLY, &[stop, placed()]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "{report:?}");
    let asked: Vec<_> =
        report.questions.iter().map(|q| (q.message_ids.join(","), q.confirmed)).collect();
    assert_eq!(asked, [("o354".into(), true), ("o10331".into(), true)]);
    assert_eq!(setting.gateway.count(REPLY), 2);
}

#[tokio::test]
async fn shape_3_h05_a_refusal_is_at_once_the_brokers_own_word() {
    let words = "We cannot accept an order at the limit price you selected.";
    let (_, report) = bracket_answered(&[Answer::json(&format!(r#"{{"error":"{words}"}}"#))]).await;
    assert_eq!(rejection(&report), words);
    let (_, report) = bracket_answered(&[Answer::error(400, "Unknown order type")]).await;
    assert_eq!(rejection(&report), "Unknown order type");
}

#[tokio::test]
async fn shape_4_a_prompt_is_answered_through_the_notification() {
    let prompt = |id: &str| {
        Answer::json(&format!(
            r#"{{"orderId":731401,"reqId":"88","dismissable":[],"text":"Go on?","type":"x",
                 "options":["Yes","No"],"messageId":"{id}","prompt":true}}"#
        ))
    };
    for (id, word) in [("o354", "Yes"), ("o163", "No")] {
        let setting = connected().await;
        setting.gateway.on(PLACE, &[prompt(id)]);
        let success = Answer::Text(200, "text/plain", "Success".into());
        setting.gateway.on("POST /iserver/notification", &[success]);
        let report = setting.client.submit(&bracket_of("sample_1")).await;
        let told = setting.gateway.last().body;
        assert_eq!(told, json!({"orderId": 731_401, "reqId": "88", "text": word}));
        match word {
            "Yes" => assert_unknown(&report),
            _ => assert_eq!(rejection(&report), "Go on?"),
        }
    }
}

#[tokio::test]
async fn shape_5_a_bare_object_is_as_good_as_a_list() {
    let setting = connected().await;
    let row = r#"{"order_id":731501,"order_status":"Submitted"}"#;
    setting.gateway.on(PLACE, &[Answer::json(row)]);
    let report = setting.client.submit(&exit()).await;
    let SubmitOutcome::Accepted(orders) = report.outcome else { panic!("{report:?}") };
    assert_eq!(orders[0].client_order_id.as_str(), "sample_2-exit");
    assert_eq!(orders[0].broker_order_id.as_str(), "731501");
}

#[tokio::test]
async fn h14_a_question_that_is_not_listed_is_answered_with_no() {
    let setting = connected().await;
    let words = "The price exceeds the percentage limit of 3%.";
    setting.gateway.on(PLACE, &[question("o163", words)]);
    setting.gateway.on(REPLY, &[Answer::json(r#"{"error":"Order not confirmed"}"#)]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert_eq!(rejection(&report), words);
    assert!(!report.questions[0].confirmed);
    let told = setting.gateway.last();
    assert_eq!((told.what.as_str(), told.body), (REPLY, json!({"confirmed": false})));
}

#[tokio::test]
async fn h14_an_order_that_is_taken_in_spite_of_a_no_is_not_called_rejected() {
    let setting = connected().await;
    setting.gateway.on(PLACE, &[question("o163", "Far from the market.")]);
    setting.gateway.on(REPLY, &[placed()]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "{report:?}");
}

#[tokio::test]
async fn a_chain_without_end_is_cut_after_eight_confirmations() {
    let setting = connected().await;
    setting.gateway.on(PLACE, &[question("o354", "Again?")]);
    setting.gateway.on(REPLY, &[question("o354", "Again?")]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert_unknown(&report);
    assert_eq!(report.questions.iter().filter(|q| q.confirmed).count(), 8);
    assert!(!report.questions.last().unwrap().confirmed);
}

#[tokio::test(start_paused = true)]
async fn h02_a_lost_answer_leaves_the_order_unknown_and_sent_once() {
    let (setting, report) = bracket_answered(&[Answer::Lost]).await;
    assert_unknown(&report);
    assert_eq!(setting.gateway.count(PLACE), 1);
}

#[tokio::test]
async fn h02_whatever_is_not_the_brokers_word_leaves_the_order_unknown_and_sent_once() {
    for answer in [
        Answer::error(503, "service unavailable"),
        Answer::error(500, "unknown"),
        Answer::Text(502, "text/html", "<html>Bad gateway</html>".into()),
        Answer::Text(200, "text/html", "<html>Login</html>".into()),
        Answer::Text(302, "text/plain", String::new()),
        Answer::Text(401, "text/plain", "Access Denied".into()),
        Answer::json(""),
        Answer::json(r#"[{"order_id""#),
        Answer::json("[]"),
    ] {
        let (setting, report) = bracket_answered(std::slice::from_ref(&answer)).await;
        assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "{answer:?}: {report:?}");
        assert_eq!(setting.gateway.count(PLACE), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn h02_a_second_sending_of_the_same_order_is_looked_up_and_not_called_rejected() {
    let words = "Order couldn't be submitted: Local order ID=sample_1-entry is already registered.";
    let (_, report) = bracket_answered(&[Answer::json(&format!(r#"{{"error":"{words}"}}"#))]).await;
    assert_unknown(&report);
}

#[tokio::test]
async fn h13_a_question_that_the_broker_has_forgotten_leaves_the_order_unknown() {
    let setting = connected().await;
    setting.gateway.on(PLACE, &[question("o354", "You have no market data.")]);
    setting.gateway.on(REPLY, &[Answer::json(r#"{"error":"reply id not found: '0f9a-11'"}"#)]);
    let report = setting.client.submit(&bracket_of("sample_1")).await;
    assert_unknown(&report);
    assert_eq!(setting.gateway.count(PLACE), 1);
}

#[tokio::test]
async fn h13_nothing_is_sent_between_a_question_and_its_answer() {
    let setting = connected().await;
    let asked = question("o354", "You have no market data.");
    setting.gateway.on(PLACE, &[asked]);
    setting.gateway.on(REPLY, &[question("o10331", "A stop order."), placed()]);
    setting.gateway.on("GET /portfolio/DU2000002/summary", &[Answer::json(&data("summary"))]);
    // With the rules at hand, the entry does not have to wait for them.
    setting.client.stock_by_conid(ORCHARD).await.unwrap();
    let (first_order, second_order) = (bracket_of("sample_1"), exit());
    let before = setting.gateway.seen().len();
    let (first, _, second, _) = tokio::join!(
        setting.client.submit(&first_order),
        setting.client.account_summary(),
        setting.client.submit(&second_order),
        setting.client.account_summary(),
    );
    assert_eq!((first.questions.len(), second.questions.len()), (2, 1));
    let sent: Vec<String> =
        setting.gateway.seen()[before..].iter().map(|seen| seen.what.clone()).collect();
    let starts: Vec<usize> =
        sent.iter().enumerate().filter(|(_, what)| *what == PLACE).map(|(i, _)| i).collect();
    assert_eq!(starts.len(), 2, "{sent:?}");
    assert_eq!(sent[starts[0] + 1..=starts[0] + 2], [REPLY, REPLY], "{sent:?}");
    assert_eq!(sent[starts[1] + 1], REPLY, "{sent:?}");
}

#[tokio::test]
async fn a_moved_target_restates_the_whole_order_as_one_object() {
    let setting = connected().await;
    let modify = "POST /iserver/account/DU2000002/order/731403";
    let row = r#"[{"order_id":"731403","order_status":"Submitted"}]"#;
    setting.gateway.on(modify, &[Answer::json(row)]);
    let report = setting.client.submit(&moved_target()).await;
    let SubmitOutcome::Accepted(orders) = report.outcome else { panic!("{report:?}") };
    assert_eq!(orders[0].client_order_id.as_str(), "sample_1-target");
    let expected = json!({
        "acctId": "DU2000002", "conid": 204_511, "secType": "204511:STK", "orderType": "LMT",
        "side": "SELL", "tif": "GTC", "quantity": 10, "price": 71, "outsideRTH": false,
    });
    assert_eq!(setting.gateway.last().body, expected);
}

#[tokio::test]
async fn an_order_for_another_account_or_without_a_session_never_leaves() {
    let setting = setting();
    let unconnected = setting.client.submit(&exit()).await;
    assert!(rejection(&unconnected).starts_with("The order was not sent"));
    let accounts = data("accounts").replace("DU2000002", "DU3000003");
    setting.gateway.on("GET /iserver/accounts", &[Answer::json(&accounts)]);
    let portfolio = data("portfolio_accounts").replace("DU2000002", "DU3000003");
    setting.gateway.on("GET /portfolio/accounts", &[Answer::json(&portfolio)]);
    setting.client.connect().await.unwrap();
    let other = setting.client.submit(&exit()).await;
    assert!(rejection(&other).contains("DU3000003"));
    assert!(setting.gateway.seen().iter().all(|seen| !seen.what.contains("/orders")));
}

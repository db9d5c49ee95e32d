//! Sending orders. Each is sent once; what the broker does not answer positively is unknown.

use bytes::Bytes;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::IbkrClient;
use super::client::{OrderLane, Reply, Unanswered};
use super::parse;
use super::questions::{QuestionPolicy, Verdict};
use super::replies::{self, PlacedRow, Placement};
use crate::broker::{AcceptedOrder, AnsweredQuestion, SubmitOutcome, SubmitReport};
use crate::domain::{
    AccountId, BracketIntent, BrokerOrderId, ClientOrderId, Conid, ExitIntent, Instrument, Leg,
    MoveTargetIntent, OrderIntent, OrderSide,
};

/// Questions about one order that may be answered with yes. Chains of three have been seen.
const MAX_CONFIRMATIONS: usize = 8;

/// One order as the gateway takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireOrder<'a> {
    acct_id: &'a str,
    conid: Conid,
    sec_type: String,
    #[serde(rename = "cOID", skip_serializing_if = "Option::is_none")]
    client_order_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_single_group: Option<bool>,
    order_type: &'static str,
    side: OrderSide,
    tif: &'static str,
    quantity: Box<RawValue>,
    price: Box<RawValue>,
    #[serde(rename = "outsideRTH")]
    outside_rth: bool,
}

#[derive(Serialize)]
struct WireOrders<'a> {
    orders: Vec<WireOrder<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePromptAnswer<'a> {
    order_id: i64,
    req_id: &'a str,
    text: &'static str,
}

/// Type, time in force and side of the orders that are sent.
#[derive(Clone, Copy)]
struct Kind {
    order_type: &'static str,
    tif: &'static str,
    side: OrderSide,
}

const BUY_TODAY: Kind = Kind { order_type: "LMT", tif: "DAY", side: OrderSide::Buy };
const SELL_TODAY: Kind = Kind { order_type: "LMT", tif: "DAY", side: OrderSide::Sell };
const SELL_AT_LIMIT: Kind = Kind { order_type: "LMT", tif: "GTC", side: OrderSide::Sell };
const SELL_AT_STOP: Kind = Kind { order_type: "STP", tif: "GTC", side: OrderSide::Sell };

/// `price` is the limit price, and the stop price of a stop order: IBKR has no other field for it.
fn wire_order<'a>(
    account: &'a AccountId,
    instrument: &Instrument,
    kind: Kind,
    quantity: Decimal,
    price: Decimal,
) -> Result<WireOrder<'a>, serde_json::Error> {
    Ok(WireOrder {
        acct_id: account.as_str(),
        conid: instrument.conid,
        sec_type: format!("{}:STK", instrument.conid),
        client_order_id: None,
        parent_id: None,
        is_single_group: None,
        order_type: kind.order_type,
        side: kind.side,
        tif: kind.tif,
        quantity: wire_number(quantity)?,
        price: wire_number(price)?,
        outside_rth: false,
    })
}

/// A JSON number with exactly the digits of the decimal.
fn wire_number(value: Decimal) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(value.normalize().to_string())
}

/// Our ids of the orders of one request, and what is known of which row belongs to which.
enum Sent {
    Bracket {
        entry: ClientOrderId,
        stop: ClientOrderId,
        target: ClientOrderId,
    },
    One(ClientOrderId),
    /// A change of an order that the broker has.
    Changed(ClientOrderId, BrokerOrderId),
}

/// Where a request goes.
enum Call<'a> {
    Place(&'a AccountId),
    Modify(&'a AccountId, &'a BrokerOrderId),
}

pub(super) async fn submit(client: &IbkrClient, intent: &OrderIntent) -> SubmitReport {
    let (account, prepared) = match intent {
        OrderIntent::Bracket(bracket) => (&bracket.account_id, prepare_bracket(bracket)),
        OrderIntent::MoveTarget(change) => (&change.account_id, prepare_change(change)),
        OrderIntent::Exit(exit) => (&exit.account_id, prepare_exit(exit)),
        OrderIntent::Single(_) | OrderIntent::Modify(_) => return not_sent("not built yet"),
    };
    match client.account() {
        Ok(connected) if connected == *account => {}
        Ok(connected) => {
            return not_sent(&format!("it is for account {account}, not for {connected}"));
        }
        Err(error) => return not_sent(&error.to_string()),
    }
    let (call, body, sent) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return not_sent(&error.to_string()),
    };
    // From here to the last answer nothing else leaves this client.
    let lane = client.raw.order_lane().await;
    let first = match call {
        Call::Place(account) => lane.place(account, body).await,
        Call::Modify(account, order) => lane.modify(account, order, body).await,
    };
    converse(&lane, &client.policy, &sent, first).await
}

type Prepared<'a> = Result<(Call<'a>, Bytes, Sent), serde_json::Error>;

/// A parent and two children that hang on its client order id. The broker cancels one child when
/// the other fills, and holds both until the parent has filled.
fn prepare_bracket(intent: &BracketIntent) -> Prepared<'_> {
    let id = |leg: Leg| leg.client_order_id(&intent.execution_id);
    let (entry, stop, target) = (id(Leg::Entry), id(Leg::Stop), id(Leg::Target));
    let order = |kind, price| {
        wire_order(&intent.account_id, &intent.instrument, kind, intent.quantity, price)
    };
    let parent = WireOrder {
        client_order_id: Some(entry.as_str()),
        ..order(BUY_TODAY, intent.limit_price)?
    };
    let child = |id, kind, price| {
        order(kind, price).map(|order| WireOrder {
            client_order_id: Some(id),
            parent_id: Some(entry.as_str()),
            is_single_group: Some(true),
            ..order
        })
    };
    let orders = vec![
        parent,
        child(stop.as_str(), SELL_AT_STOP, intent.stop_price)?,
        child(target.as_str(), SELL_AT_LIMIT, intent.target_price)?,
    ];
    let body = serde_json::to_vec(&WireOrders { orders })?.into();
    Ok((Call::Place(&intent.account_id), body, Sent::Bracket { entry, stop, target }))
}

fn prepare_exit(intent: &ExitIntent) -> Prepared<'_> {
    let id = Leg::Exit.client_order_id(&intent.execution_id);
    let order = wire_order(
        &intent.account_id,
        &intent.instrument,
        SELL_TODAY,
        intent.quantity,
        intent.limit_price,
    )?;
    let orders = vec![WireOrder { client_order_id: Some(id.as_str()), ..order }];
    let body = serde_json::to_vec(&WireOrders { orders })?.into();
    Ok((Call::Place(&intent.account_id), body, Sent::One(id)))
}

/// A change restates the whole order, as one object. The path names the order, so that no client
/// order id is needed, which would look like a second order of that id.
fn prepare_change(intent: &MoveTargetIntent) -> Prepared<'_> {
    let order = wire_order(
        &intent.account_id,
        &intent.instrument,
        SELL_AT_LIMIT,
        intent.quantity,
        intent.limit_price,
    )?;
    let body = serde_json::to_vec(&order)?.into();
    let sent = Sent::Changed(intent.client_order_id.clone(), intent.broker_order_id.clone());
    Ok((Call::Modify(&intent.account_id, &intent.broker_order_id), body, sent))
}

/// Nothing left this program, which is as certain as the broker's own refusal.
fn not_sent(cause: &str) -> SubmitReport {
    let reason = format!("The order was not sent: {cause}.");
    SubmitReport { outcome: SubmitOutcome::Rejected { reason }, questions: Vec::new() }
}

/// Follows the answers until one is final, answering questions on the way.
async fn converse(
    lane: &OrderLane<'_>,
    policy: &QuestionPolicy,
    sent: &Sent,
    first: Result<Reply, Unanswered>,
) -> SubmitReport {
    let mut questions: Vec<AnsweredQuestion> = Vec::new();
    let mut answer = first;
    // The words of the question that was answered with no.
    let mut declined: Option<String> = None;
    let outcome = loop {
        let reply = match answer {
            Ok(reply) => reply,
            Err(Unanswered::NotSent { cause }) if questions.is_empty() => return not_sent(&cause),
            Err(error) => break SubmitOutcome::Unknown { reason: error.to_string() },
        };
        match replies::read(&reply) {
            Placement::Placed(rows) => break accepted(sent, &rows),
            Placement::Refused(words) => {
                let reason = declined.unwrap_or(words);
                break SubmitOutcome::Rejected { reason };
            }
            Placement::Unclear(reason) => break SubmitOutcome::Unknown { reason },
            Placement::Question { reply_id, message_ids, messages } => {
                if questions.len() > MAX_CONFIRMATIONS {
                    let reason = "IBKR went on asking after it was told no".into();
                    break SubmitOutcome::Unknown { reason };
                }
                let verdict = verdict(policy, &questions, &message_ids, &messages);
                let text = messages.join("\n");
                if !verdict.confirmed {
                    declined.get_or_insert_with(|| text.clone());
                }
                answer = lane.reply(&reply_id, verdict.confirmed).await;
                questions.push(answered(&message_ids, text, verdict));
            }
            Placement::Prompt { order_id, request_id, message_ids, text } => {
                let verdict =
                    verdict(policy, &questions, &message_ids, std::slice::from_ref(&text));
                let confirmed = verdict.confirmed;
                questions.push(answered(&message_ids, text.clone(), verdict));
                break answer_prompt(lane, order_id, &request_id, &text, confirmed).await;
            }
        }
    };
    SubmitReport { outcome, questions }
}

fn verdict(
    policy: &QuestionPolicy,
    answered: &[AnsweredQuestion],
    message_ids: &[String],
    messages: &[String],
) -> Verdict {
    if answered.len() >= MAX_CONFIRMATIONS {
        let because = format!("Answered with no: IBKR asked more than {MAX_CONFIRMATIONS} times.");
        return Verdict { confirmed: false, because };
    }
    if answered.iter().any(|question| !question.confirmed) {
        let because = "Answered with no: an earlier question was.".into();
        return Verdict { confirmed: false, because };
    }
    policy.answer(message_ids, messages)
}

fn answered(message_ids: &[String], text: String, verdict: Verdict) -> AnsweredQuestion {
    let message_ids = message_ids.iter().take(20).map(|id| parse::bounded(id, 64)).collect();
    AnsweredQuestion { message_ids, text, confirmed: verdict.confirmed, because: verdict.because }
}

/// The broker answers a prompt with the word `Success`, which says that it heard, not what became
/// of the order.
async fn answer_prompt(
    lane: &OrderLane<'_>,
    order_id: i64,
    request_id: &str,
    text: &str,
    confirmed: bool,
) -> SubmitOutcome {
    let word = if confirmed { "Yes" } else { "No" };
    let answer = WirePromptAnswer { order_id, req_id: request_id, text: word };
    let body = match serde_json::to_vec(&answer) {
        Ok(body) => body.into(),
        Err(error) => return SubmitOutcome::Unknown { reason: error.to_string() },
    };
    match lane.answer_prompt(body).await {
        Ok(reply) if reply.status.is_success() && !reply.is_wordless() => {
            if confirmed {
                let reason = format!("IBKR was told yes and did not say what followed: {text}");
                SubmitOutcome::Unknown { reason }
            } else {
                SubmitOutcome::Rejected { reason: text.into() }
            }
        }
        Ok(reply) => SubmitOutcome::Unknown {
            reason: format!("IBKR answered {}: {}", reply.status.as_u16(), reply.words()),
        },
        Err(error) => SubmitOutcome::Unknown { reason: error.to_string() },
    }
}

/// Which rows are which of our orders. Rows come in another order than the orders went, the child
/// first; children may lack our id, and are then left to be found in the list of live orders.
fn accepted(sent: &Sent, rows: &[PlacedRow]) -> SubmitOutcome {
    let orders: Vec<AcceptedOrder> = match sent {
        Sent::One(id) => match rows {
            [row] if row.local_order_id.as_deref().is_none_or(|named| named == id.as_str()) => {
                accepted_order(id, row).into_iter().collect()
            }
            rows => rows
                .iter()
                .filter(|row| row.local_order_id.as_deref() == Some(id.as_str()))
                .find_map(|row| accepted_order(id, row))
                .into_iter()
                .collect(),
        },
        Sent::Changed(id, broker_order_id) => rows
            .iter()
            .filter(|row| row.order_id == broker_order_id.as_str())
            .find_map(|row| accepted_order(id, row))
            .into_iter()
            .collect(),
        Sent::Bracket { entry, stop, target } => {
            let by_own_id = |id: &ClientOrderId| {
                rows.iter().find(|row| row.local_order_id.as_deref() == Some(id.as_str()))
            };
            let entry_row = by_own_id(entry).or_else(|| parent_of_others(rows));
            [(entry, entry_row), (stop, by_own_id(stop)), (target, by_own_id(target))]
                .into_iter()
                .filter_map(|(id, row)| accepted_order(id, row?))
                .collect()
        }
    };
    if orders.is_empty() {
        let listed: Vec<&str> = rows.iter().take(5).map(|row| row.order_id.as_str()).collect();
        let reason = format!(
            "IBKR accepted the orders {} and did not say which of ours they are",
            parse::bounded(&listed.join(", "), 200)
        );
        return SubmitOutcome::Unknown { reason };
    }
    SubmitOutcome::Accepted(orders)
}

/// The one row that others name as their parent.
fn parent_of_others(rows: &[PlacedRow]) -> Option<&PlacedRow> {
    let is_named = |row: &PlacedRow| {
        rows.iter().any(|other| other.parent_order_id.as_deref() == Some(row.order_id.as_str()))
    };
    let mut parents = rows.iter().filter(|row| row.local_order_id.is_none() && is_named(row));
    parents.next().filter(|_| parents.next().is_none())
}

fn accepted_order(id: &ClientOrderId, row: &PlacedRow) -> Option<AcceptedOrder> {
    Some(AcceptedOrder {
        client_order_id: id.clone(),
        broker_order_id: BrokerOrderId::new(row.order_id.clone()).ok()?,
        status: parse::order_status(&row.status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ExecutionId, OrderStatus};
    use serde_json::{Value, json};

    fn instrument() -> Instrument {
        Instrument {
            conid: Conid(204_511),
            symbol: "ORCH".into(),
            company_name: "ORCHARD INC".into(),
            exchange: "NASDAQ".into(),
            currency: "USD".into(),
            tick_size: Decimal::new(1, 2),
        }
    }

    fn bracket() -> BracketIntent {
        BracketIntent {
            execution_id: ExecutionId::new("sample_1").unwrap(),
            account_id: AccountId::new("DU2000002").unwrap(),
            instrument: instrument(),
            quantity: Decimal::TEN,
            limit_price: "71.20".parse().unwrap(),
            stop_price: "68.05".parse().unwrap(),
            target_price: "77.5".parse().unwrap(),
        }
    }

    fn body(prepared: Prepared<'_>) -> Value {
        serde_json::from_slice(&prepared.unwrap().1).unwrap()
    }

    #[test]
    fn a_bracket_is_a_parent_and_two_children_in_one_group() {
        let common = |order: Value| {
            let mut order = order;
            for (key, value) in [
                ("acctId", json!("DU2000002")),
                ("conid", json!(204_511)),
                ("secType", json!("204511:STK")),
                ("quantity", json!(10)),
                ("outsideRTH", json!(false)),
            ] {
                order[key] = value;
            }
            order
        };
        let expected = json!({"orders": [
            common(json!({"cOID": "sample_1-entry", "orderType": "LMT", "side": "BUY",
                          "tif": "DAY", "price": 71.2})),
            common(json!({"cOID": "sample_1-stop", "parentId": "sample_1-entry",
                          "isSingleGroup": true, "orderType": "STP", "side": "SELL",
                          "tif": "GTC", "price": 68.05})),
            common(json!({"cOID": "sample_1-target", "parentId": "sample_1-entry",
                          "isSingleGroup": true, "orderType": "LMT", "side": "SELL",
                          "tif": "GTC", "price": 77.5})),
        ]});
        assert_eq!(body(prepare_bracket(&bracket())), expected);
    }

    #[test]
    fn prices_keep_their_digits_on_the_wire() {
        let price: Decimal = "71234567890.123456789".parse().unwrap();
        assert_eq!(wire_number(price).unwrap().get(), "71234567890.123456789");
        assert_eq!(wire_number("10.00".parse().unwrap()).unwrap().get(), "10");
    }

    fn row(order_id: &str, own: Option<&str>, parent: Option<&str>) -> PlacedRow {
        PlacedRow {
            order_id: order_id.into(),
            status: "PreSubmitted".into(),
            local_order_id: own.map(Into::into),
            parent_order_id: parent.map(Into::into),
        }
    }

    fn pairs(outcome: &SubmitOutcome) -> Vec<(&str, &str)> {
        let SubmitOutcome::Accepted(orders) = outcome else { panic!("{outcome:?}") };
        orders
            .iter()
            .inspect(|order| assert_eq!(order.status, OrderStatus::PreSubmitted))
            .map(|order| (order.client_order_id.as_str(), order.broker_order_id.as_str()))
            .collect()
    }

    #[test]
    fn rows_of_a_bracket_are_matched_whatever_their_order() {
        let Ok((_, _, sent)) = prepare_bracket(&bracket()) else { panic!("no bracket") };
        let all = [
            row("13", Some("sample_1-target"), Some("11")),
            row("12", Some("sample_1-stop"), Some("11")),
            row("11", Some("sample_1-entry"), None),
        ];
        let expected =
            [("sample_1-entry", "11"), ("sample_1-stop", "12"), ("sample_1-target", "13")];
        assert_eq!(pairs(&accepted(&sent, &all)), expected);
        let nameless =
            [row("13", None, Some("11")), row("12", None, Some("11")), row("11", None, None)];
        assert_eq!(pairs(&accepted(&sent, &nameless)), [("sample_1-entry", "11")]);
        let unrelated = [row("13", None, None), row("12", None, None), row("11", None, None)];
        assert!(matches!(accepted(&sent, &unrelated), SubmitOutcome::Unknown { .. }));
    }

    #[test]
    fn a_changed_order_must_be_the_one_that_was_named() {
        let id = ClientOrderId::new("sample_1-target").unwrap();
        let sent = Sent::Changed(id, BrokerOrderId::new("13").unwrap());
        assert_eq!(pairs(&accepted(&sent, &[row("13", None, None)])), [("sample_1-target", "13")]);
        assert!(matches!(accepted(&sent, &[row("14", None, None)]), SubmitOutcome::Unknown { .. }));
    }
}

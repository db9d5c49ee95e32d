//! What the switches make of requests and of their answers.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::questions::Question;
use super::wire::Answer;
use super::{Call, session};
use crate::domain::OrderSide;
use crate::sandbox::exchange::{Command, Kind, NewOrder, Validity};
use crate::sandbox::facade::{Inner, Sandbox};

/// How late answers are.
pub(super) const DELAY: SignedDuration = SignedDuration::from_secs(5);
/// How far the clock leaps.
const LEAP: SignedDuration = SignedDuration::from_mins(15);
/// Shares that somebody else buys.
const SHARES_ELSEWHERE: i64 = 10;
/// Snapshots of a contract that come without fields while quotes are slow.
const EMPTY_SNAPSHOTS: u32 = 3;
/// Fields that each further snapshot adds while quotes are slow.
const FIELDS_A_SNAPSHOT: u32 = 2;
/// Where a browser is sent to log in (observed on the gateway).
pub(super) const LOGIN: &str = "/sso/Login?forwardTo=22&RL=1&ip2loc=US";

const MAINTENANCE_PAGE: &str = "<!DOCTYPE html><html><head><title>Interactive Brokers</title></head>\
    <body><h1>The system is being maintained</h1></body></html>";
const FORBIDDEN_PAGE: &str = "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>\
    <H1>Access Denied</H1>You don't have permission to access this server.</BODY></HTML>";

/// The clock leaps once a request is answered: it was sent, and counted, before.
pub(super) fn leap(sandbox: &Sandbox) {
    if sandbox.faults().clock_jump.take()
        && let Ok(later) = sandbox.clock_now().checked_add(LEAP)
    {
        sandbox.move_clock_to(later);
    }
}

/// What has befallen the login and the account since the last request.
pub(super) fn befall(sandbox: &Sandbox, inner: &mut Inner) {
    let faults = sandbox.faults();
    let today = inner.exchange.calendar().date_at(sandbox.clock_now());
    let day_of_login = *inner.session.day_of_login.get_or_insert(today);
    if day_of_login != today {
        inner.session.day_of_login = Some(today);
        if faults.midnight_reset.is_on() {
            faults.login_lost.set(true);
        }
    }
    if faults.session_rollover.take() {
        inner.session.rollovers += 1;
    }
    if faults.manual_trade_elsewhere.is_on() {
        let traded = (0..inner.exchange.listings().len())
            .find(|listing| inner.exchange.last_print(*listing).is_some());
        if let Some(listing) = traded {
            let order = NewOrder {
                client_order_id: None,
                parent: None,
                conid: inner.exchange.listings()[listing].conid,
                side: OrderSide::Buy,
                kind: Kind::Market,
                validity: Validity::Day,
                quantity: SHARES_ELSEWHERE,
                is_single_group: false,
            };
            faults.manual_trade_elsewhere.set(false);
            // Refused without cash, as at a broker: then there is no trade.
            let _ = inner.carry_out(&Command::PlaceElsewhere { order, order_ref: None });
        }
    }
    if faults.forced_liquidation.is_on() {
        let held = inner.exchange.account().holdings();
        let largest = held.max_by_key(|(_, holding)| holding.quantity);
        let largest = largest.filter(|(_, holding)| holding.quantity > 0).map(|(held, _)| held);
        if let Some(listing) = largest {
            let details = &inner.exchange.listings()[listing];
            let (conid, symbol) = (details.conid, details.symbol.clone());
            faults.forced_liquidation.set(false);
            if inner.carry_out(&Command::Liquidate { conid }).is_ok() {
                inner.session.bulletins.push(format!("Your position in {symbol} is liquidated."));
            }
        }
    }
}

/// What a request is answered with before anything else looks at it, if a switch makes it so.
pub(super) fn in_place_of_all(
    sandbox: &Sandbox,
    inner: &mut Inner,
    segments: &[&str],
) -> Option<Answer> {
    let faults = sandbox.faults();
    if faults.cut_line.is_on() {
        return Some(Answer::Lost);
    }
    if faults.hang.is_on() {
        return Some(Answer::Never);
    }
    if faults.ip_not_allowed.is_on() {
        return Some(Answer::Text(404, "Access Denied"));
    }
    if faults.forbidden_html_403.is_on() {
        return Some(Answer::Page(403, FORBIDDEN_PAGE));
    }
    if faults.redirect_to_login.is_on() {
        return Some(Answer::Redirect(LOGIN.to_owned()));
    }
    if faults.html_with_200.is_on() {
        return Some(Answer::Page(200, MAINTENANCE_PAGE));
    }
    if faults.unavailable_503.is_on() {
        return Some(Answer::Text(503, "service unavailable"));
    }
    if faults.penalty_once.take() {
        inner.session.penalise(sandbox.clock_now());
    }
    if inner.session.is_penalised(sandbox.clock_now()) {
        return Some(Answer::error(429, "Too many requests"));
    }
    faults.login_lost.is_on().then(|| session::logged_out(segments))
}

/// What a switch makes of one kind of request.
pub(super) fn in_place_of(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Option<Answer> {
    let faults = sandbox.faults();
    match call.segments.as_slice() {
        ["iserver", "account", _, "orders"] if call.method == Method::POST => {
            if faults.prompt_reply.take() {
                inner.session.prompts_next_order = true;
            }
            None
        }
        ["iserver", "account", _, "order", id]
            if call.method == Method::DELETE && faults.fill_after_cancel.is_on() =>
        {
            let order_id: i64 = id.parse().ok()?;
            let position = inner.exchange.position_of(order_id)?;
            let order = &inner.exchange.orders()[position];
            if !order.is_working() || inner.exchange.executable(position) == 0 {
                return None;
            }
            faults.fill_after_cancel.set(false);
            inner.carry_out(&Command::FillInFull { order_id }).ok()?;
            Some(Answer::ok(json!({
                "msg": "Request was submitted",
                "order_id": order_id,
                "conid": -1,
                "account": null,
            })))
        }
        _ => None,
    }
}

/// What the switches make of an answer.
pub(super) fn alter(sandbox: &Sandbox, inner: &Inner, call: &Call<'_>, answer: Answer) -> Answer {
    let Answer::Json(200, mut body) = answer else { return answer };
    let faults = sandbox.faults();
    match call.segments.as_slice() {
        ["iserver", "auth", "status"] if faults.not_authenticated_once.take() => {
            body["authenticated"] = json!(false);
            body["established"] = json!(false);
        }
        ["iserver", "account", "trades"] if faults.lose_fills.is_on() => body = json!([]),
        ["iserver", "account", "orders"] if faults.unknown_status_word.is_on() => {
            if let Some(rows) = body.get_mut("orders").and_then(Value::as_array_mut) {
                for row in rows {
                    obscure(row, "status");
                }
            }
        }
        ["iserver", "account", "order", "status", _] if faults.unknown_status_word.is_on() => {
            obscure(&mut body, "order_status");
        }
        ["iserver", "marketdata", "snapshot"] => {
            for row in body.as_array_mut().into_iter().flatten() {
                alter_quote(sandbox, row);
                if faults.slow_snapshots.is_on() {
                    slow_down(inner, row);
                }
            }
        }
        ["iserver", "account", _, "orders"]
        | ["iserver", "reply", _]
        | ["iserver", "account", _, "order", _]
            if call.method == Method::POST =>
        {
            return alter_order_answer(sandbox, body);
        }
        _ => {}
    }
    Answer::Json(200, body)
}

/// A status of a working order becomes a word that is in no list.
pub(super) fn obscure(row: &mut Value, key: &str) {
    if let Some(status) = row.get_mut(key)
        && matches!(status.as_str(), Some("Submitted" | "PreSubmitted"))
    {
        *status = json!("HeldForReview");
    }
}

/// A quote that says that it is delayed.
pub(super) fn alter_quote(sandbox: &Sandbox, row: &mut Value) {
    if sandbox.faults().delayed_quotes.is_on()
        && let Some(availability) = row.get_mut("6509")
    {
        *availability = json!("DpB");
    }
}

/// Leaves out the fields that have not arrived yet.
fn slow_down(inner: &Inner, row: &mut Value) {
    let conid = row.get("conid").and_then(Value::as_i64).unwrap_or(0);
    let asked = inner.session.snapshots.get(&conid).copied().unwrap_or(0);
    let mut left = asked.saturating_sub(EMPTY_SNAPSHOTS).saturating_mul(FIELDS_A_SNAPSHOT);
    let Some(row) = row.as_object_mut() else { return };
    row.retain(|key, _| {
        if matches!(key.as_str(), "conid" | "conidEx") {
            return true;
        }
        left = left.saturating_sub(1);
        left > 0
    });
}

fn alter_order_answer(sandbox: &Sandbox, body: Value) -> Answer {
    let faults = sandbox.faults();
    let Value::Array(mut rows) = body else { return Answer::Json(200, body) };
    let has_orders = rows.first().is_some_and(|row| row.get("order_id").is_some());
    if has_orders && faults.duplicate_order_id.take() {
        let id = rows.iter().find_map(|row| row.get("local_order_id").and_then(Value::as_str));
        return Answer::refusal(&format!(
            "Order couldn't be submitted: Local order ID={} is already registered",
            id.unwrap_or_default()
        ));
    }
    if has_orders && faults.bracket_rows_reversed.is_on() {
        rows.reverse();
    }
    if faults.bare_object_reply.is_on() && rows.len() == 1 {
        return Answer::Json(200, rows.remove(0));
    }
    Answer::Json(200, Value::Array(rows))
}

/// The questions that an order raises beside its own.
pub(super) fn further_questions(sandbox: &Sandbox, questions: &mut Vec<Question>) {
    let faults = sandbox.faults();
    let chain = [
        (
            "o354",
            "You are submitting an order without market data. We strongly recommend against \
                  this as it may result in erroneous and unexpected trades.\nAre you sure you want \
                  to submit this order?",
        ),
        (
            "o163",
            "The following order exceeds the price percentage limit.\nAre you sure you want \
                  to submit this order?",
        ),
        (
            "o10153",
            "<h4>Confirm Mandatory Cap Price</h4>To avoid trading at a price that is not \
                    consistent with a fair and orderly market, IB may set a cap (for a buy order) \
                    or sell order.",
        ),
    ];
    if faults.question_chain.is_on() {
        for (message_id, text) in chain {
            if !questions.iter().any(|question| question.message_id == message_id) {
                questions.push(Question { message_id, text: text.to_owned() });
            }
        }
    }
    if faults.unknown_question.is_on() {
        questions.push(Question {
            message_id: "o99001",
            text:
                "This order touches a rule that came into force today.\nAre you sure you want to \
                   submit this order?"
                    .to_owned(),
        });
    }
}

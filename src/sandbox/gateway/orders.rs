use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Call;
use super::questions::{self, Question};
use super::wire::Answer;
use super::wording::status_text;
use super::{outage, session, ticket};
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Change, Command, Exchange, NewOrder};
use crate::sandbox::facade::{CommandError, Inner, Sandbox};

/// A command that waits for the answers to its questions.
#[derive(Debug)]
pub(in crate::sandbox) struct Pending {
    id: String,
    command: Command,
    question: Question,
    further: VecDeque<Question>,
    pub(super) asked_at: Timestamp,
}

/// An order that waits for the answer to a prompt.
#[derive(Debug)]
pub(in crate::sandbox) struct Prompt {
    request_id: String,
    order_id: i64,
    command: Command,
    asked_at: Timestamp,
}

pub(super) fn place(
    sandbox: &Sandbox,
    inner: &mut Inner,
    account: &str,
    call: &Call<'_>,
) -> Answer {
    if let Some(fault) = fault(sandbox) {
        return fault;
    }
    if account != SANDBOX_ACCOUNT {
        return Answer::error(400, "Bad Request: unknown account");
    }
    let orders = match ticket::orders(&call.body) {
        Ok(orders) => orders,
        Err(answer) => return answer,
    };
    let questions = questions::raised_by(&inner.exchange, &orders);
    submit(sandbox, inner, Command::Place { orders }, questions)
}

/// What the switches make of a new order or of a change, before it is read.
fn fault(sandbox: &Sandbox) -> Option<Answer> {
    if sandbox.faults().lose_next_order_request.take() {
        return Some(Answer::Lost);
    }
    let refuses = sandbox.faults().refuse_next_order.take();
    refuses.then(|| Answer::refusal("We cannot accept this order: refused on request of the test"))
}

pub(super) fn modify(
    sandbox: &Sandbox,
    inner: &mut Inner,
    account: &str,
    id: &str,
    call: &Call<'_>,
) -> Answer {
    if let Some(fault) = fault(sandbox) {
        return fault;
    }
    if account != SANDBOX_ACCOUNT {
        return Answer::error(400, "Bad Request: unknown account");
    }
    let Some((order_id, position)) = find(&inner.exchange, id) else { return unknown(id) };
    let restated = match ticket::order(&call.body) {
        Ok(restated) => restated,
        Err(answer) => return answer,
    };
    let order = &inner.exchange.orders()[position];
    let conid = inner.exchange.listings()[order.listing].conid;
    if restated.conid != conid || restated.side != order.side {
        return Answer::refusal("The contract and the side of an order can't be changed");
    }
    let change =
        Change { kind: restated.kind, validity: restated.validity, quantity: restated.quantity };
    // A child's total value was asked about with its parent.
    let parent = order.parent.map(|_| String::new());
    let questions = questions::raised_by(&inner.exchange, &[NewOrder { parent, ..restated }]);
    submit(sandbox, inner, Command::Modify { order_id, change }, questions)
}

/// Asks the first question, or carries the command out if there is none.
fn submit(
    sandbox: &Sandbox,
    inner: &mut Inner,
    command: Command,
    mut questions: Vec<Question>,
) -> Answer {
    if let Err(refusal) = inner.exchange.check(&command) {
        return Answer::refusal(&refusal.to_string());
    }
    outage::further_questions(sandbox, &mut questions);
    let suppressed = &inner.session.suppressed;
    let mut questions: VecDeque<Question> = questions
        .into_iter()
        .filter(|question| !suppressed.contains(question.message_id))
        .collect();
    match questions.pop_front() {
        Some(question) => ask(sandbox, inner, command, question, questions),
        None => carry_out(sandbox, inner, &command),
    }
}

fn ask(
    sandbox: &Sandbox,
    inner: &mut Inner,
    command: Command,
    question: Question,
    further: VecDeque<Question>,
) -> Answer {
    let asked_at = sandbox.clock_now();
    let number = inner.session.questions_asked;
    inner.session.questions_asked += 1;
    let id = questions::question_id(inner.exchange.seed(), number, asked_at.as_millisecond());
    let answer = questions::ask(&id, &question);
    inner.session.pending = Some(Pending { id, command, question, further, asked_at });
    answer
}

pub(super) fn reply(sandbox: &Sandbox, inner: &mut Inner, id: &str, call: &Call<'_>) -> Answer {
    let Some(pending) = inner.session.pending.take_if(|pending| pending.id == id) else {
        let shown: String = id.chars().take(64).collect();
        return Answer::Json(400, json!({ "error": format!("reply id not found: '{shown}'") }));
    };
    let Some(confirmed) = call.body.get("confirmed").and_then(Value::as_bool) else {
        inner.session.pending = Some(pending);
        return Answer::error(400, "Bad Request: confirmed must be true or false");
    };
    let Pending { command, question, mut further, .. } = pending;
    let message_ids = vec![question.message_id.to_owned()];
    if let Err(error) = inner.carry_out(&Command::Answer { message_ids, confirmed }) {
        return failed(&error);
    }
    if !confirmed {
        return Answer::refusal("Order not confirmed");
    }
    match further.pop_front() {
        Some(question) => ask(sandbox, inner, command, question, further),
        None => carry_out(sandbox, inner, &command),
    }
}

fn carry_out(sandbox: &Sandbox, inner: &mut Inner, command: &Command) -> Answer {
    let is_placement = matches!(command, Command::Place { .. });
    if is_placement && std::mem::take(&mut inner.session.prompts_next_order) {
        return prompt(sandbox, inner, command.clone());
    }
    match inner.carry_out(command) {
        Err(error) => failed(&error),
        Ok(_) if sandbox.faults().lose_next_order_answer.take() => Answer::Lost,
        Ok(positions) => {
            // The real gateway answers a bracket children first.
            let mut rows: Vec<Value> =
                positions.iter().rev().map(|position| row(&inner.exchange, *position)).collect();
            match rows.pop() {
                Some(only) if rows.is_empty() && inner.session.answers_single_orders_bare => {
                    Answer::ok(only)
                }
                last => Answer::ok(rows.into_iter().chain(last).collect()),
            }
        }
    }
}

/// Answers an order that would stand with a prompt in its stead (ibkr.md, reply shape 4).
fn prompt(sandbox: &Sandbox, inner: &mut Inner, command: Command) -> Answer {
    let order_id = inner.exchange.next_order_id();
    let number = inner.session.questions_asked;
    inner.session.questions_asked += 1;
    let request_id = (number + 1).to_string();
    let answer = json!({
        "orderId": order_id,
        "reqId": request_id,
        "dismissable": [],
        "text": "The broker asks you to look at this order once more. Submit it?",
        "options": ["Yes", "No"],
        "type": "ORDER",
        "messageId": "sandbox-1",
        "prompt": true,
    });
    let asked_at = sandbox.clock_now();
    inner.session.prompt = Some(Prompt { request_id, order_id, command, asked_at });
    Answer::ok(answer)
}

/// `POST /iserver/notification`: the answer to a prompt. With `Yes` the order is placed.
pub(super) fn notification(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Answer {
    let now = sandbox.clock_now();
    let text_of = |name: &str| match call.body.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let fits = |prompt: &mut Prompt| {
        prompt.request_id == text_of("reqId") && prompt.order_id.to_string() == text_of("orderId")
    };
    let has_lapsed =
        |prompt: &Prompt| now.duration_since(prompt.asked_at) >= session::QUESTION_LIFETIME;
    let found = inner.session.prompt.take_if(fits).filter(|prompt| !has_lapsed(prompt));
    let Some(prompt) = found else {
        return Answer::error(400, "Bad Request: there is no such notification");
    };
    match text_of("text").as_str() {
        "Yes" => match inner.carry_out(&prompt.command) {
            Ok(_) if sandbox.faults().lose_next_order_answer.take() => Answer::Lost,
            Ok(_) => Answer::Text(200, "Success"),
            Err(error) => failed(&error),
        },
        "No" => Answer::Text(200, "Success"),
        _ => {
            inner.session.prompt = Some(prompt);
            Answer::error(400, "Bad Request: text must be one of the options")
        }
    }
}

fn failed(error: &CommandError) -> Answer {
    match error {
        CommandError::Refused(refusal) => Answer::refusal(&refusal.to_string()),
        CommandError::Journal(error) => Answer::error(500, &error.to_string()),
    }
}

fn row(exchange: &Exchange, position: usize) -> Value {
    let order = &exchange.orders()[position];
    let mut row = json!({
        "order_id": order.id.to_string(),
        "order_status": status_text(exchange, position),
        "encrypt_message": "1",
    });
    if let Some(id) = &order.client_order_id {
        row["local_order_id"] = json!(id);
    }
    if let Some(parent) = order.parent {
        row["parent_order_id"] = json!(exchange.orders()[parent].id.to_string());
    }
    row
}

pub(super) fn cancel(inner: &mut Inner, account: &str, id: &str) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return Answer::error(400, "Bad Request: unknown account");
    }
    if id == "-1" {
        let working: Vec<i64> = inner
            .exchange
            .orders()
            .iter()
            .filter(|order| order.is_working() && order.is_visible())
            .map(|order| order.id)
            .collect();
        for order_id in working {
            // An order may have ended with its parent just now.
            match inner.carry_out(&Command::Cancel { order_id }) {
                Ok(_) | Err(CommandError::Refused(_)) => {}
                Err(error) => return failed(&error),
            }
        }
        return requested(-1);
    }
    let Some((order_id, _)) = find(&inner.exchange, id) else { return unknown(id) };
    match inner.carry_out(&Command::Cancel { order_id }) {
        Ok(_) => requested(order_id),
        Err(error) => failed(&error),
    }
}

fn requested(order_id: i64) -> Answer {
    Answer::ok(json!({
        "msg": "Request was submitted",
        "order_id": order_id,
        "conid": -1,
        "account": null,
    }))
}

fn find(exchange: &Exchange, id: &str) -> Option<(i64, usize)> {
    let order_id = id.parse().ok()?;
    let position = exchange.position_of(order_id)?;
    exchange.orders()[position].is_visible().then_some((order_id, position))
}

fn unknown(id: &str) -> Answer {
    let shown: String = id.chars().take(64).collect();
    Answer::refusal(&format!("OrderID {shown} doesn't exist"))
}

//! What an order would cost and change, without placing it.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::session::Session;
use super::wire::{Answer, grouped, usd_text};
use super::{Call, questions, ticket};
use crate::domain::OrderSide;
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Command, Exchange};

/// `POST /iserver/account/{id}/orders/whatif`: of a group, the first order only. The account pays
/// in cash, so that its margin is the value of what it holds.
pub(super) fn what_if(
    exchange: &Exchange,
    session: &Session,
    account: &str,
    call: &Call<'_>,
) -> Answer {
    if account != SANDBOX_ACCOUNT {
        return Answer::error(400, "Bad Request: unknown account");
    }
    let orders = match ticket::orders(&call.body) {
        Ok(orders) => orders,
        Err(answer) => return answer,
    };
    let command = Command::Place { orders };
    let refusal = exchange.check(&command).err().map(|refusal| refusal.to_string());
    let Command::Place { orders } = command else { return Answer::ok(Value::Null) };
    let Some((order, preview)) =
        orders.first().and_then(|order| Some((order, exchange.preview(order)?)))
    else {
        return Answer::refusal(refusal.as_deref().unwrap_or("There is nothing to preview"));
    };
    let (listing, _) = preview.listing;
    let is_buy = order.side == OrderSide::Buy;
    let signed = if is_buy { preview.value } else { -preview.value };
    let total = if is_buy {
        preview.value + preview.commission
    } else {
        preview.value - preview.commission
    };
    let held = exchange.account().shares(listing);
    let change = if is_buy { order.quantity } else { -order.quantity };
    let margin = exchange.market_value();
    let net = exchange.account().cash() + margin;
    let warn = questions::raised_by(exchange, &orders)
        .into_iter()
        .find(|question| !session.suppressed.contains(question.message_id))
        .map(|question| question.text);
    Answer::ok(json!({
        "amount": {
            "amount": format!("{} ({} Shares)", usd_text(preview.value, 2), order.quantity),
            "commission": usd_text(preview.commission, 2),
            "total": usd_text(total, 2),
        },
        "equity": moved(net, -preview.commission),
        "initial": moved(margin, signed),
        "maintenance": moved(margin, signed),
        "position": moved(Decimal::from(held), Decimal::from(change)),
        "warn": warn,
        "error": refusal,
    }))
}

fn moved(current: Decimal, change: Decimal) -> Value {
    json!({
        "current": grouped(current, 0),
        "change": grouped(change, 0),
        "after": grouped(current + change, 0),
    })
}

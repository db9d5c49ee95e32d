//! What the broker asks before it takes an order.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Call;
use super::wire::{Answer, price_text};
use crate::domain::OrderSide;
use crate::sandbox::exchange::{Exchange, Kind, NewOrder, Trail};
use crate::sandbox::facade::Inner;

/// A limit further from the last price than this, in per cent, raises `o163`.
const PRICE_PERCENT: i64 = 3;
/// A value above this, in USD, raises `o451`.
const TOTAL_VALUE: i64 = 50_000;
/// Most ids that can be suppressed.
const MAX_SUPPRESSED: usize = 51;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) message_id: &'static str,
    pub(super) text: String,
}

/// The questions that a group raises, in the order in which they are asked, each once.
pub(super) fn raised_by(exchange: &Exchange, orders: &[NewOrder]) -> Vec<Question> {
    let far = orders.iter().find_map(|order| far_from_market(exchange, order));
    let large = orders.iter().find_map(|order| large_value(exchange, order));
    let stop = orders.iter().find(|order| order.kind.has_stop()).map(|_| Question {
        message_id: "o10331",
        text: "You are about to submit a stop order. Please be aware of the various stop order \
               types available and the risks associated with each one.\nAre you sure you want to \
               submit this order?"
            .to_owned(),
    });
    [far, large, stop].into_iter().flatten().collect()
}

fn far_from_market(exchange: &Exchange, order: &NewOrder) -> Option<Question> {
    // A target is meant to be far away; the question guards the price that trades first.
    if order.parent.is_some() {
        return None;
    }
    let (Kind::Limit(cents) | Kind::StopLimit { limit: cents, .. }) = order.kind else {
        return None;
    };
    let last = last_cents(exchange, order)?;
    let is_far = (cents - last).abs() * 100 > last * PRICE_PERCENT;
    is_far.then(|| Question {
        message_id: "o163",
        text: format!(
            "The following order \"{}\" price exceeds \nthe Percentage constraint of \
             {PRICE_PERCENT}%.\nAre you sure you want to submit this order?",
            in_short(exchange, order)
        ),
    })
}

fn large_value(exchange: &Exchange, order: &NewOrder) -> Option<Question> {
    if order.parent.is_some() {
        return None;
    }
    let cents = order.kind.cents().or_else(|| last_cents(exchange, order))?;
    let value = Decimal::new(cents, 2) * Decimal::from(order.quantity);
    (value > Decimal::from(TOTAL_VALUE)).then(|| Question {
        message_id: "o451",
        text: format!(
            "The following order \"{}\" value estimate of {value:.2} USD exceeds \nthe Total Value \
             Limit of {TOTAL_VALUE} USD.\nAre you sure you want to submit this order?",
            in_short(exchange, order)
        ),
    })
}

fn last_cents(exchange: &Exchange, order: &NewOrder) -> Option<i64> {
    let (listing, _) = exchange.listing_of(order.conid)?;
    exchange.last_print(listing).map(|print| print.cents)
}

fn in_short(exchange: &Exchange, order: &NewOrder) -> String {
    let symbol = exchange.listing_of(order.conid).map_or("", |(_, listing)| &listing.symbol);
    let side = match order.side {
        OrderSide::Buy => "BUY",
        OrderSide::Sell => "SELL",
    };
    let price = |cents: i64| price_text(Decimal::new(cents, 2));
    let kind = match order.kind {
        Kind::Market => "MKT".to_owned(),
        Kind::Limit(cents) => format!("LMT {}", price(cents)),
        Kind::Stop(cents) => format!("STP {}", price(cents)),
        Kind::StopLimit { stop, limit } => format!("STP LMT {} {}", price(stop), price(limit)),
        Kind::Trail { by: Trail::Amount(cents), .. } => format!("TRAIL {}", price(cents)),
        Kind::Trail { by: Trail::BasisPoints(points), .. } => {
            format!("TRAIL {}%", Decimal::new(points, 2).normalize())
        }
    };
    format!("{side} {} {symbol} {kind}", order.quantity)
}

/// The question as a reply; `id` is what the answer names.
pub(super) fn ask(id: &str, question: &Question) -> Answer {
    Answer::ok(json!([{
        "id": id,
        "message": [question.text],
        "isSuppressed": false,
        "messageIds": [question.message_id],
        "messageOptions": ["Yes", "No"],
    }]))
}

/// An id in the form of a UUID: the same for the same seed and the same number of questions before.
pub(super) fn question_id(seed: u64, asked: u64, at_millis: i64) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"throughline sandbox question 1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(&asked.to_le_bytes());
    hasher.update(&at_millis.to_le_bytes());
    let hex = hasher.finalize().to_hex();
    let hex = hex.as_str();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// From now on the named questions are not asked.
pub(super) fn suppress(inner: &mut Inner, call: &Call<'_>) -> Answer {
    let ids = call.body.get("messageIds").and_then(Value::as_array);
    let ids: Option<Vec<&str>> = ids.map(|ids| ids.iter().filter_map(Value::as_str).collect());
    match ids {
        Some(ids) if ids.len() <= MAX_SUPPRESSED => {
            inner.session.suppressed = ids.into_iter().map(str::to_owned).collect();
            Answer::ok(json!({ "status": "submitted" }))
        }
        _ => Answer::error(400, "Bad Request: messageIds must be a list of at most 51 ids"),
    }
}

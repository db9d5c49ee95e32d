//! Cancelling, looking up and previewing orders.

use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::IbkrClient;
use super::super::account::read_status;
use super::super::client::{MAX_TEXT_CHARACTERS, Reply};
use super::super::models::{
    CancelAnswer, Loose, PreviewAmount, PreviewAnswer, PreviewChange, record, rows,
};
use super::super::parse;
use super::prepare::{Call, prepare};
use crate::broker::{BrokerError, BrokerOrder, CancelOutcome, MarginChange, OrderPreview};
use crate::domain::{BrokerOrderId, OrderIntent};

/// IBKR's ids are numbers above zero. The id `-1` would cancel every order of the account.
fn is_one_order(order: &BrokerOrderId) -> bool {
    let digits = order.as_str();
    digits.chars().all(|c| c.is_ascii_digit()) && digits.chars().any(|c| c != '0')
}

/// Asks once for the cancellation, in the order lane, so that no question is open meanwhile.
pub(in super::super) async fn cancel(client: &IbkrClient, order: &BrokerOrderId) -> CancelOutcome {
    if !is_one_order(order) {
        let reason = format!(
            "The cancellation was not sent: {order} is not the number of one order; take the number \
             from the page Orders"
        );
        return CancelOutcome::Refused { reason };
    }
    let account = match client.account() {
        Ok(account) => account,
        Err(error) => {
            let reason = format!("The cancellation was not sent: {error}");
            return CancelOutcome::Unknown { reason };
        }
    };
    let lane = client.raw.order_lane().await;
    match lane.cancel(&account, order).await {
        Ok(reply) => read_cancel(&reply),
        Err(error) => CancelOutcome::Unknown { reason: error.to_string() },
    }
}

/// Only IBKR's own words are a refusal: "OrderID … doesn't exist" comes with 400 and with 200.
fn read_cancel(reply: &Reply) -> CancelOutcome {
    let unknown = |reason: String| CancelOutcome::Unknown { reason };
    match reply.status {
        StatusCode::BAD_REQUEST if !reply.is_wordless() && !reply.wants_accounts_first() => {
            CancelOutcome::Refused { reason: reply.words() }
        }
        StatusCode::OK => match reply.json() {
            Err(cause) => unknown(format!("IBKR answered with {cause}")),
            Ok(value) => match rows(&value).find_map(record::<CancelAnswer>) {
                Some(answer) if answer.error.is_present() => {
                    CancelOutcome::Refused { reason: reply.words() }
                }
                Some(answer) if answer.order_id.text().is_some() || answer.msg.text().is_some() => {
                    CancelOutcome::Requested
                }
                _ => unknown("IBKR's answer has none of the known shapes".into()),
            },
        },
        status => unknown(format!("IBKR answered {}: {}", status.as_u16(), reply.words())),
    }
}

/// Status 503 with "is not found" means that the broker does not hold the order.
pub(in super::super) async fn order(
    client: &IbkrClient,
    order: &BrokerOrderId,
) -> Result<Option<BrokerOrder>, BrokerError> {
    let account = client.account()?;
    if !is_one_order(order) {
        return Ok(None);
    }
    match client.raw.order_status(order).await {
        Ok(answer) => read_status(&answer, order, &account),
        Err(BrokerError::Refused { text, .. }) if is_not_held(&text) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_not_held(text: &str) -> bool {
    let plain = text.to_ascii_lowercase();
    plain.contains("not found") || plain.contains("doesn't exist")
}

/// The broker previews the first order of a request only, which is the one that binds money.
pub(in super::super) async fn preview(
    client: &IbkrClient,
    intent: &OrderIntent,
) -> Result<OrderPreview, BrokerError> {
    let account = client.account()?;
    let request = format!("POST /iserver/account/{account}/orders/whatif");
    let protocol = |cause: String| BrokerError::Protocol { request: request.clone(), cause };
    let prepared = prepare(intent).map_err(|error| protocol(error.to_string()))?;
    if matches!(prepared.call, Call::Modify(_)) {
        let cause = "it was not asked: IBKR previews new orders only, not changes".into();
        return Err(protocol(cause));
    }
    if *prepared.account != account {
        let cause =
            format!("it was not asked: the order is for {}, not for {account}", prepared.account);
        return Err(protocol(cause));
    }
    // IBKR previews with the market data of an earlier snapshot.
    client.raw.snapshot(prepared.instrument.conid).await?;
    let answer = client.raw.preview(&account, prepared.body).await?;
    read_preview(&answer).ok_or_else(|| protocol("it is no JSON object".into()))
}

fn read_preview(answer: &Value) -> Option<OrderPreview> {
    let preview = rows(answer).find_map(record::<PreviewAnswer>)?;
    let amount = preview.amount.record::<PreviewAmount>().unwrap_or_default();
    let change = |loose: &Loose| {
        let change = loose.record::<PreviewChange>().unwrap_or_default();
        MarginChange { current: first_number(&change.current), after: first_number(&change.after) }
    };
    let currency = [&amount.commission, &amount.total, &amount.amount].into_iter().find_map(code);
    Some(OrderPreview {
        commission: first_number(&amount.commission),
        total: first_number(&amount.total),
        initial_margin: change(&preview.initial),
        maintenance_margin: change(&preview.maintenance),
        equity: change(&preview.equity),
        currency,
        warning: preview.warn.text().map(|text| parse::bounded(&text, MAX_TEXT_CHARACTERS)),
    })
}

/// The number of `1,977.60 USD (10 Shares)`. A range such as `0.35 ... 1 USD` is its upper end,
/// since a commission is not to be shown too low.
fn first_number(loose: &Loose) -> Option<Decimal> {
    let text = loose.text()?;
    let before_note = text.split('(').next()?;
    before_note.split_whitespace().filter_map(parse::decimal).max()
}

/// The currency of the same.
fn code(loose: &Loose) -> Option<String> {
    let text = loose.text()?;
    let is_code = |word: &&str| word.len() == 3 && word.chars().all(|c| c.is_ascii_uppercase());
    text.split_whitespace().find(is_code).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;

    fn outcome(status: u16, body: &str) -> CancelOutcome {
        let response =
            http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes()));
        read_cancel(&Reply::new(response.unwrap()))
    }

    #[test]
    fn a_cancellation_is_requested_refused_or_unknown() {
        let taken =
            r#"{"msg":"Request was submitted","order_id":731402,"conid":-1,"account":null}"#;
        assert_eq!(outcome(200, taken), CancelOutcome::Requested);
        assert_eq!(outcome(200, &format!("[{taken}]")), CancelOutcome::Requested);
        for status in [200, 400] {
            let refused = outcome(status, r#"{"error":"OrderID 1 doesn't exist"}"#);
            assert_eq!(
                refused,
                CancelOutcome::Refused { reason: "OrderID 1 doesn't exist".into() }
            );
        }
        for (status, body) in [
            (200, "<html>Login</html>"),
            (200, "{}"),
            (200, ""),
            (302, ""),
            (400, ""),
            (400, r#"{"error":"Please query /accounts first","statusCode":400}"#),
            (401, "Access Denied"),
            (429, r#"{"error":"too many"}"#),
            (500, r#"{"error":"unknown"}"#),
            (503, r#"{"error":"service unavailable"}"#),
        ] {
            let unknown = outcome(status, body);
            assert!(matches!(unknown, CancelOutcome::Unknown { .. }), "{status} {body}");
        }
    }

    #[test]
    fn the_id_that_cancels_everything_is_no_order() {
        for (id, expected) in [("731402", true), ("-1", false), ("0", false), ("sample_1", false)] {
            assert_eq!(is_one_order(&BrokerOrderId::new(id).unwrap()), expected, "{id}");
        }
    }

    #[test]
    fn a_preview_is_read_through_commas_and_units() {
        let number = |text: &str| Some(text.parse::<Decimal>().unwrap());
        let answer = json!({
            "amount": {"amount": "1,424.40 USD (20 Shares)", "commission": "0.35 ... 1 USD",
                       "total": "1,425.40 USD"},
            "equity": {"current": "1,006,413", "change": "163", "after": "1,006,576"},
            "initial": {"current": "8,637", "change": "164", "after": 8801},
            "maintenance": {"current": null},
            "warn": "21/You are trying to submit an order without market data.",
            "error": null,
        });
        let preview = read_preview(&answer).unwrap();
        assert_eq!(preview.commission, number("1"));
        assert_eq!(preview.total, number("1425.4"));
        assert_eq!(preview.currency.as_deref(), Some("USD"));
        assert_eq!(preview.equity.after, number("1006576"));
        assert_eq!(preview.initial_margin.after, number("8801"));
        assert_eq!(preview.maintenance_margin, MarginChange::default());
        assert!(preview.warning.unwrap().starts_with("21/You"));
        assert_eq!(read_preview(&json!("no")), None);
    }
}

//! Orders as the gateway takes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::{
    AccountId, Conid, Instrument, OrderSide, OrderTerms, OrderType, TimeInForce, Trail,
};

/// One order as the gateway takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireOrder<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aux_price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing_amt: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing_type: Option<&'static str>,
    /// IBKR describes no field for the date of an order. This is the name and the form that its
    /// TWS API has for it, in UTC, which is also the form of `expireTime` in Client Portal's
    /// alerts. It is sent only where the contract's rules list GTD; a gateway that does not know
    /// it refuses the order.
    #[serde(rename = "goodTillDate", skip_serializing_if = "Option::is_none")]
    good_till_date: Option<String>,
    #[serde(rename = "outsideRTH")]
    outside_rth: bool,
}

impl<'a> WireOrder<'a> {
    /// Under our id, which IBKR refuses a second time.
    pub(super) fn named(self, id: &'a str) -> Self {
        Self { client_order_id: Some(id), ..self }
    }

    /// As a child of the order that goes under our id `parent`, in one group with its siblings.
    pub(super) fn child_of(self, parent: &'a str) -> Self {
        Self { parent_id: Some(parent), is_single_group: Some(true), ..self }
    }
}

/// The body of a placement.
#[derive(Serialize)]
pub(super) struct WireOrders<'a> {
    pub(super) orders: Vec<WireOrder<'a>>,
}

/// The answer to a prompt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePromptAnswer<'a> {
    pub(super) order_id: i64,
    pub(super) req_id: &'a str,
    pub(super) text: &'static str,
}

/// How an order trades.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    pub(super) side: OrderSide,
    pub(super) quantity: Decimal,
    pub(super) terms: OrderTerms,
    pub(super) time_in_force: TimeInForce,
    pub(super) good_till: Option<Timestamp>,
    pub(super) outside_regular_hours: bool,
}

/// `price` is the limit price, and the stop price of a stop and of a trailing stop; a stop-limit
/// order has its stop price in `auxPrice`.
pub(super) fn wire_order<'a>(
    account: &'a AccountId,
    instrument: &Instrument,
    ticket: Ticket,
) -> Result<WireOrder<'a>, serde_json::Error> {
    let (price, aux_price, trail) = match ticket.terms {
        OrderTerms::Market => (None, None, None),
        OrderTerms::Limit { limit_price } => (Some(limit_price), None, None),
        OrderTerms::Stop { stop_price } => (Some(stop_price), None, None),
        OrderTerms::StopLimit { stop_price, limit_price } => {
            (Some(limit_price), Some(stop_price), None)
        }
        OrderTerms::TrailingStop { trail, stop_price } => (Some(stop_price), None, Some(trail)),
    };
    let (trailing_amt, trailing_type) = match trail {
        None => (None, None),
        Some(Trail::Amount(amount)) => (Some(amount), Some("amt")),
        Some(Trail::Percent(percent)) => (Some(percent), Some("%")),
    };
    let number = |value: Option<Decimal>| value.map(wire_number).transpose();
    Ok(WireOrder {
        acct_id: account.as_str(),
        conid: instrument.conid,
        sec_type: format!("{}:STK", instrument.conid),
        client_order_id: None,
        parent_id: None,
        is_single_group: None,
        order_type: wire_type(ticket.terms.order_type()),
        side: ticket.side,
        tif: ticket.time_in_force.as_str(),
        quantity: wire_number(ticket.quantity)?,
        price: number(price)?,
        aux_price: number(aux_price)?,
        trailing_amt: number(trailing_amt)?,
        trailing_type,
        good_till_date: ticket.good_till.map(wire_date),
        outside_rth: ticket.outside_regular_hours,
    })
}

/// The name of an order type on the wire.
pub(super) fn wire_type(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Market => "MKT",
        OrderType::Limit => "LMT",
        OrderType::Stop => "STP",
        OrderType::StopLimit => "STOP_LIMIT",
        OrderType::TrailingStop => "TRAIL",
    }
}

/// `20260109-21:00:00` in UTC.
fn wire_date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H:%M:%S").to_string()
}

/// A JSON number with exactly the digits of the decimal.
pub(super) fn wire_number(value: Decimal) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(value.normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::ibkr::sample_instrument;
    use serde_json::{Value, json};

    fn sent(terms: OrderTerms, good_till: Option<Timestamp>) -> Value {
        let account = AccountId::new("DU2000002").unwrap();
        let instrument = sample_instrument();
        let ticket = Ticket {
            side: OrderSide::Sell,
            quantity: Decimal::TEN,
            terms,
            time_in_force: if good_till.is_some() { TimeInForce::Gtd } else { TimeInForce::Gtc },
            good_till,
            outside_regular_hours: true,
        };
        serde_json::to_value(wire_order(&account, &instrument, ticket).unwrap()).unwrap()
    }

    #[test]
    fn each_order_type_has_its_prices_where_ibkr_wants_them() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        let (stop_price, limit_price) = (number("70.10"), number("70"));
        let trailing = |trail| OrderTerms::TrailingStop { trail, stop_price };
        let cases = [
            (OrderTerms::Market, json!({"orderType": "MKT"})),
            (OrderTerms::Limit { limit_price }, json!({"orderType": "LMT", "price": 70})),
            (OrderTerms::Stop { stop_price }, json!({"orderType": "STP", "price": 70.1})),
            (
                OrderTerms::StopLimit { stop_price, limit_price },
                json!({"orderType": "STOP_LIMIT", "price": 70, "auxPrice": 70.1}),
            ),
            (
                trailing(Trail::Amount(number("1.50"))),
                json!({"orderType": "TRAIL", "price": 70.1, "trailingAmt": 1.5,
                       "trailingType": "amt"}),
            ),
            (
                trailing(Trail::Percent(number("2.5"))),
                json!({"orderType": "TRAIL", "price": 70.1, "trailingAmt": 2.5,
                       "trailingType": "%"}),
            ),
        ];
        for (terms, own) in cases {
            let mut expected = json!({
                "acctId": "DU2000002", "conid": 204_511, "secType": "204511:STK", "side": "SELL",
                "tif": "GTC", "quantity": 10, "outsideRTH": true,
            });
            for (key, value) in own.as_object().unwrap() {
                expected[key] = value.clone();
            }
            assert_eq!(sent(terms, None), expected);
        }
    }

    #[test]
    fn a_date_goes_in_utc() {
        let order = sent(OrderTerms::Market, Some("2026-01-09T16:00:00-05:00".parse().unwrap()));
        assert_eq!(order["tif"], "GTD");
        assert_eq!(order["goodTillDate"], "20260109-21:00:00");
    }

    #[test]
    fn prices_keep_their_digits_on_the_wire() {
        let price: Decimal = "71234567890.123456789".parse().unwrap();
        assert_eq!(wire_number(price).unwrap().get(), "71234567890.123456789");
        assert_eq!(wire_number("10.00".parse().unwrap()).unwrap().get(), "10");
    }
}

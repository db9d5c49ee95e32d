//! Reads orders as clients send them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::wire::{Answer, decimal};
use crate::calendar::Calendar;
use crate::domain::OrderSide;
use crate::sandbox::SANDBOX_ACCOUNT;
use crate::sandbox::exchange::{Kind, NewOrder, Trail, Validity};

/// Most orders of one group.
const MAX_ORDERS: usize = 20;
/// Longest `cOID`.
const MAX_CLIENT_ID: usize = 64;

/// Reads the body of a placement: `{"orders": […]}`.
pub(super) fn orders(body: &Value) -> Result<Vec<NewOrder>, Answer> {
    let Some(orders) = body.get("orders").and_then(Value::as_array) else {
        return Err(bad("orders request includes parameter with incorrect type"));
    };
    if orders.is_empty() || orders.len() > MAX_ORDERS {
        return Err(bad("orders request must hold 1 to 20 orders"));
    }
    orders.iter().map(order).collect()
}

/// Reads one order.
pub(super) fn order(value: &Value) -> Result<NewOrder, Answer> {
    let Some(fields) = value.as_object() else {
        return Err(bad("orders request includes parameter with incorrect type"));
    };
    if let Some(account) = fields.get("acctId")
        && account.as_str() != Some(SANDBOX_ACCOUNT)
    {
        return Err(bad("Bad Request: unknown acctId"));
    }
    let conid = conid(fields)?;
    let side = match text(fields, "side")? {
        Some("BUY") => OrderSide::Buy,
        Some("SELL") => OrderSide::Sell,
        _ => return Err(bad("Invalid Side (must be 'BUY' or 'SELL').")),
    };
    let client_order_id = text(fields, "cOID")?.map(str::to_owned);
    if client_order_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_CLIENT_ID) {
        return Err(bad("Bad Request: cOID must have 1 to 64 characters"));
    }
    let parent = text(fields, "parentId")?.map(str::to_owned);
    Ok(NewOrder {
        client_order_id,
        parent,
        conid,
        side,
        kind: kind(fields)?,
        validity: validity(fields)?,
        quantity: quantity(fields)?,
        is_single_group: flag(fields, "isSingleGroup")?,
    })
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, Answer> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(bad("orders request includes parameter with incorrect type")),
    }
}

/// IBKR's pages name the time in force `GTD` and no field for its end. The emulator reads
/// `goodTillDate`, in the form of the history's `startTime` (UTC) or as a day, at whose end in New
/// York it ends.
fn validity(fields: &Map<String, Value>) -> Result<Validity, Answer> {
    match text(fields, "tif")? {
        Some("DAY") => Ok(Validity::Day),
        Some("GTC") => Ok(Validity::Gtc),
        Some("IOC") => Ok(Validity::Ioc),
        Some("GTD") => {
            let until = text(fields, "goodTillDate")?.and_then(end_of_validity);
            until.map(Validity::Gtd).ok_or_else(|| {
                Answer::refusal("A good till date order needs goodTillDate as YYYYMMDD-HH:mm:ss")
            })
        }
        None => Err(null_time_in_force()),
        Some(_) => {
            Err(Answer::refusal("The sandbox knows the time in force DAY, GTC, IOC and GTD only"))
        }
    }
}

fn end_of_validity(text: &str) -> Option<Timestamp> {
    if let Ok(civil) = DateTime::strptime("%Y%m%d-%H:%M:%S", text) {
        return TimeZone::UTC.to_timestamp(civil).ok();
    }
    let day = Date::strptime("%Y%m%d", text).ok()?.tomorrow().ok()?;
    Some(day.to_zoned(Calendar::nyse().zone().clone()).ok()?.timestamp())
}

fn bad(text: &str) -> Answer {
    Answer::error(400, text)
}

fn null_time_in_force() -> Answer {
    Answer::refusal("null time in force is not supported for this order")
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Answer> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad("orders request includes parameter with incorrect type")),
    }
}

/// `conid`, or the number before the `@` of `conidex`.
fn conid(fields: &Map<String, Value>) -> Result<i64, Answer> {
    let found = match (fields.get("conid"), fields.get("conidex")) {
        (Some(Value::Number(number)), _) => number.as_i64(),
        (Some(Value::String(text)), _) => text.parse().ok(),
        (None, Some(Value::String(text))) => {
            text.split('@').next().and_then(|conid| conid.parse().ok())
        }
        _ => None,
    };
    found.ok_or_else(|| bad("conid or conidex is required"))
}

/// A stop order's stop price is sent as its price; where both are needed, it is `auxPrice`.
fn kind(fields: &Map<String, Value>) -> Result<Kind, Answer> {
    match text(fields, "orderType")? {
        Some("MKT") => Ok(Kind::Market),
        Some("LMT") => Ok(Kind::Limit(cents(fields, "price")?)),
        Some("STP") => Ok(Kind::Stop(cents(fields, "price")?)),
        Some("STOP_LIMIT" | "STP LMT") => {
            Ok(Kind::StopLimit { stop: cents(fields, "auxPrice")?, limit: cents(fields, "price")? })
        }
        Some("TRAIL") => {
            let by = match text(fields, "trailingType")? {
                Some("amt") => Trail::Amount(cents(fields, "trailingAmt")?),
                // A hundredth of a per cent is to a per cent what a cent is to a dollar.
                Some("%") => Trail::BasisPoints(cents(fields, "trailingAmt")?),
                _ => return Err(Answer::refusal("trailingType must be 'amt' or '%'")),
            };
            let has_stop = fields.get("price").is_some_and(|price| !price.is_null());
            let stop = if has_stop { Some(cents(fields, "price")?) } else { None };
            Ok(Kind::Trail { by, stop })
        }
        Some("MIDPRICE" | "TRAILLMT" | "MOC" | "LOC") => Err(Answer::refusal(
            "The sandbox knows the order types MKT, LMT, STP, STOP_LIMIT and TRAIL only",
        )),
        _ => Err(bad("Unknown order type")),
    }
}

fn cents(fields: &Map<String, Value>, name: &str) -> Result<i64, Answer> {
    let price = decimal(fields.get(name));
    let price = price.ok_or_else(|| Answer::refusal("Invalid order price fields"))?;
    let cents = price.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    if !cents.fract().is_zero() {
        return Err(Answer::refusal(
            "The price does not conform to the minimum price variation of 0.01 for this contract",
        ));
    }
    i64::try_from(cents).map_err(|_| Answer::refusal("Invalid order price fields"))
}

fn quantity(fields: &Map<String, Value>) -> Result<i64, Answer> {
    let quantity = decimal(fields.get("quantity"))
        .ok_or_else(|| bad("orders request includes parameter with incorrect type"))?;
    if !quantity.fract().is_zero() {
        return Err(Answer::refusal("This account does not trade fractions of a share"));
    }
    i64::try_from(quantity).map_err(|_| Answer::refusal("Invalid order quantity"))
}

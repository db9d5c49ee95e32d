//! JSON as IBKR writes it.

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value, json};

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Status and body.
    Json(u16, Value),
    /// Status and a body that is plain text.
    Text(u16, &'static str),
    /// Status and a page for a browser.
    Page(u16, &'static str),
    /// Another place to go to, with status 302.
    Redirect(String),
    /// The connection breaks while the answer is read.
    Lost,
    /// There is no answer, and the connection stays open.
    Never,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self::Json(200, body)
    }

    /// IBKR's usual body of a refusal: the status stands in it again.
    pub(super) fn error(status: u16, text: &str) -> Self {
        Self::Json(status, json!({ "error": text, "statusCode": status }))
    }

    /// A refusal under status 200, as orders are refused.
    pub(super) fn refusal(text: &str) -> Self {
        Self::Json(200, json!({ "error": text }))
    }
}

/// A number with at least one decimal place, as Java writes a `double`: `100.0`.
pub(super) fn float(amount: Decimal) -> Value {
    let mut text = amount.normalize().to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    Number::from_str(&text).map_or(Value::Null, Value::Number)
}

/// A count as a number with a decimal place.
pub(super) fn float_of(count: i64) -> Value {
    float(Decimal::from(count))
}

/// An amount of cents as a number in USD.
pub(super) fn float_of_cents(cents: i64) -> Value {
    float(Decimal::new(cents, 2))
}

/// A price with two decimal places, as text.
pub(super) fn price_text(price: Decimal) -> String {
    format!("{price:.2}")
}

/// A number with commas between its thousands: `1,006,413`.
pub(super) fn grouped(amount: Decimal, decimals: u32) -> String {
    let rounded = amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{:.*}", decimals as usize, rounded.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut result = String::new();
    if rounded.is_sign_negative() && !rounded.is_zero() {
        result.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result.push_str(fraction);
    result
}

/// An amount as the text of a preview: `1,977.60 USD`.
pub(super) fn usd_text(amount: Decimal, decimals: u32) -> String {
    format!("{} USD", grouped(amount, decimals))
}

/// Shares in IBKR's short form: `27.6M`, `850K`, `120`.
pub(super) fn short_volume(shares: i64) -> String {
    let (unit, letter) = match shares {
        1_000_000_000.. => (1_000_000_000, "B"),
        1_000_000.. => (1_000_000, "M"),
        1_000.. => (1_000, "K"),
        _ => return shares.to_string(),
    };
    let number = (Decimal::from(shares) / Decimal::from(unit)).round_dp(1).normalize();
    format!("{number}{letter}")
}

/// An instant in UTC by a `strftime` format.
pub(super) fn utc(instant: Timestamp, format: &str) -> String {
    let zoned = instant.to_zoned(TimeZone::UTC);
    strtime::format(format, &zoned).unwrap_or_default()
}

/// A number that may come as a JSON number or as text.
pub(super) fn decimal(value: Option<&Value>) -> Option<Decimal> {
    match value? {
        Value::Number(number) => {
            let text = number.to_string();
            Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
        }
        Value::String(text) if text.len() <= 32 => Decimal::from_str(text.trim()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_like_ibkrs() {
        assert_eq!(float(Decimal::new(100, 0)).to_string(), "100.0");
        assert_eq!(float(Decimal::new(56_740, 2)).to_string(), "567.4");
        assert_eq!(short_volume(27_574_300), "27.6M");
        assert_eq!(short_volume(850_000), "850K");
        assert_eq!(short_volume(120), "120");
        assert_eq!(grouped(Decimal::new(100_641_349, 2), 0), "1,006,413");
        assert_eq!(grouped(Decimal::new(-40_169_350, 2), 0), "-401,694");
        assert_eq!(grouped(Decimal::new(-4, 1), 0), "0");
        assert_eq!(usd_text(Decimal::new(19_776, 1), 2), "1,977.60 USD");
        assert_eq!(usd_text(Decimal::ONE_HUNDRED, 2), "100.00 USD");
    }

    #[test]
    fn numbers_are_read_from_text_too() {
        assert_eq!(decimal(Some(&json!("80.05"))), Some(Decimal::new(8_005, 2)));
        assert_eq!(decimal(Some(&json!(80.05))), Some(Decimal::new(8_005, 2)));
        assert_eq!(decimal(Some(&json!(10))), Some(Decimal::TEN));
        assert_eq!(decimal(Some(&json!("ten"))), None);
        assert_eq!(decimal(Some(&json!(null))), None);
    }
}

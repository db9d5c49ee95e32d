//! What a template can do with a value. Only these filters exist: none of minijinja's own, some of
//! which make long texts out of short ones.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};
use rust_decimal::{Decimal, RoundingStrategy};

use super::hostile::Fenced;
use super::number::{Number, grouped, places};
use crate::domain::{Language, SignalAction, Trend};

/// Longest text that a filter gives, in bytes.
const LONGEST: usize = 32 * 1024;
/// Longest pattern of a date, in bytes.
const LONGEST_PATTERN: usize = 80;

/// Adds every filter and test that a template may use.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("round", round);
    environment.add_filter("abs", |value: &Value| Ok(Number::value(number("abs", value)?.abs())));
    environment.add_filter("percent", percent);
    environment.add_filter("currency", currency);
    environment.add_filter("date", |value: &Value, pattern: Option<&str>| {
        moment("date", value, pattern.unwrap_or("%Y-%m-%d"))
    });
    environment.add_filter("datetime", |value: &Value, pattern: Option<&str>| {
        moment("datetime", value, pattern.unwrap_or("%Y-%m-%d %H:%M"))
    });
    environment.add_filter("upper", |value: &Value| text("upper", value, str::to_uppercase));
    environment.add_filter("lower", |value: &Value| text("lower", value, str::to_lowercase));
    environment.add_filter("title", |value: &Value| text("title", value, titled));
    environment
        .add_filter("trim", |value: &Value| text("trim", value, |text| text.trim().to_owned()));
    environment.add_filter("join", join);
    environment.add_filter("first", |value: &Value| end_of("first", value, |items| items.next()));
    environment.add_filter("last", |value: &Value| end_of("last", value, |items| items.last()));
    environment.add_filter("length", |value: &Value| match value.len() {
        Some(length) => Ok(Number::value(Decimal::from(length))),
        None => Err(wrong("length", value, "a list or a text")),
    });
    environment.add_filter("default", |value: Value, other: Value| {
        if value.is_undefined() || value.is_none() { other } else { value }
    });
    environment.add_filter("plus", |value: &Value, other: &Value| {
        combined("plus", value, other, Decimal::checked_add)
    });
    environment.add_filter("minus", |value: &Value, other: &Value| {
        combined("minus", value, other, Decimal::checked_sub)
    });
    environment.add_filter("times", |value: &Value, other: &Value| {
        combined("times", value, other, Decimal::checked_mul)
    });
    environment.add_filter("divided_by", |value: &Value, other: &Value| {
        combined("divided_by", value, other, Decimal::checked_div)
    });
    environment.add_filter("trend_label", trend_label);
    environment.add_filter("signal_label", signal_label);
    environment.add_function(super::check::NUMBER, |text: &str| {
        text.parse().map(Number::value).map_err(|_| {
            Error::new(
                ErrorKind::InvalidOperation,
                format!("{text} has more digits than counted with"),
            )
        })
    });
    environment.add_test("defined", |value: &Value| !value.is_undefined());
    environment.add_test("undefined", |value: &Value| value.is_undefined());
    environment.add_test("none", |value: &Value| value.is_none());
    environment.add_test("odd", |value: i64| value % 2 != 0);
    environment.add_test("even", |value: i64| value % 2 == 0);
}

fn wrong(filter: &str, value: &Value, wanted: &str) -> Error {
    if value.is_undefined() {
        return Error::new(ErrorKind::UndefinedError, format!("{filter} was given no value"));
    }
    let shown: String = value.to_string().chars().take(40).collect();
    Error::new(ErrorKind::InvalidOperation, format!("{filter} needs {wanted}, and got \"{shown}\""))
}

fn number(filter: &str, value: &Value) -> Result<Decimal, Error> {
    Number::of(value).ok_or_else(|| wrong(filter, value, "a number"))
}

fn rounded(number: Decimal, places: u32) -> Decimal {
    let mut rounded = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    // Two places are two places, also of a whole number.
    rounded.rescale(places);
    rounded
}

fn places_or(filter: &str, value: Option<&Value>, otherwise: u32) -> Result<u32, Error> {
    match value {
        Some(value) => places(value).ok_or_else(|| wrong(filter, value, "0 to 12 places")),
        None => Ok(otherwise),
    }
}

fn round(value: &Value, places: Option<&Value>) -> Result<Value, Error> {
    let places = places_or("round", places, 0)?;
    Ok(Number::value(rounded(number("round", value)?, places)))
}

fn percent(value: &Value, places: Option<&Value>) -> Result<String, Error> {
    let places = places_or("percent", places, 1)?;
    let share = number("percent", value)?
        .checked_mul(Decimal::ONE_HUNDRED)
        .ok_or_else(|| wrong("percent", value, "a smaller number"))?;
    Ok(format!("{}%", rounded(share, places)))
}

/// `$1,234.50` for the dollar of the United States, `EUR 1,234.50` for any other.
fn currency(state: &State, value: &Value, code: Option<&str>) -> Result<String, Error> {
    let amount = grouped(rounded(number("currency", value)?, 2));
    let named = state.lookup("currency");
    let code = code.or_else(|| named.as_ref().and_then(Value::as_str)).unwrap_or("USD");
    if code == "USD" {
        return Ok(match amount.strip_prefix('-') {
            Some(amount) => format!("-${amount}"),
            None => format!("${amount}"),
        });
    }
    if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
        return Err(wrong("currency", &Value::from(code), "a code such as EUR"));
    }
    Ok(format!("{code} {amount}"))
}

/// An instant on the exchange's clock, or a date.
fn moment(filter: &str, value: &Value, pattern: &str) -> Result<String, Error> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(wrong(filter, &Value::from(pattern), "a pattern of at most 80 characters"));
    }
    let text = value.as_str().ok_or_else(|| wrong(filter, value, "a date"))?;
    let unusable = |_| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("{filter} cannot write a date as \"{pattern}\"; use such as %Y-%m-%d %H:%M"),
        )
    };
    let at: DateTime = if let Ok(instant) = text.parse::<Timestamp>() {
        let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
        return strtime::format(pattern, &instant.to_zoned(zone)).map_err(unusable);
    } else if let Ok(date) = text.parse::<Date>() {
        date.to_datetime(jiff::civil::Time::midnight())
    } else {
        return Err(wrong(filter, value, "a date"));
    };
    strtime::format(pattern, at).map_err(unusable)
}

/// Changes a text; what stands in a fence stays in it.
fn text(filter: &str, value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    if let Some(fenced) = Fenced::of(value) {
        return Ok(fenced.map(change).into_value());
    }
    match value.as_str() {
        Some(text) => Ok(Value::from(bounded(filter, change(text))?)),
        None => Err(wrong(filter, value, "a text")),
    }
}

fn bounded(filter: &str, text: String) -> Result<String, Error> {
    if text.len() > LONGEST {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("{filter} made a text of {} bytes; {LONGEST} are the most", text.len()),
        ));
    }
    Ok(text)
}

fn titled(text: &str) -> String {
    let mut begins = true;
    let mut made = String::with_capacity(text.len());
    for character in text.chars() {
        if begins {
            made.extend(character.to_uppercase());
        } else {
            made.extend(character.to_lowercase());
        }
        begins = character.is_whitespace() || character == '-';
    }
    made
}

fn join(value: &Value, between: Option<&str>) -> Result<String, Error> {
    let between = between.unwrap_or(", ");
    if value.as_str().is_some() || value.len().is_none() {
        return Err(wrong("join", value, "a list"));
    }
    let mut made = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            made.push_str(between);
        }
        write!(made, "{item}").map_err(|_| wrong("join", value, "a list of texts"))?;
        made = bounded("join", made)?;
    }
    Ok(made)
}

fn end_of(
    filter: &str,
    value: &Value,
    pick: impl Fn(&mut dyn Iterator<Item = Value>) -> Option<Value>,
) -> Result<Value, Error> {
    if let Some(fenced) = Fenced::of(value) {
        let inner = fenced.map(|text| {
            let mut characters = text.chars().map(|c| Value::from(c.to_string()));
            pick(&mut characters).map(|c| c.to_string()).unwrap_or_default()
        });
        return Ok(inner.into_value());
    }
    if let Some(text) = value.as_str() {
        let mut characters = text.chars().map(|c| Value::from(c.to_string()));
        return Ok(pick(&mut characters).unwrap_or_default());
    }
    if value.len().is_none() {
        return Err(wrong(filter, value, "a list or a text"));
    }
    Ok(pick(&mut value.try_iter()?).unwrap_or_default())
}

fn combined(
    filter: &str,
    value: &Value,
    other: &Value,
    operation: impl Fn(Decimal, Decimal) -> Option<Decimal>,
) -> Result<Value, Error> {
    operation(number(filter, value)?, number(filter, other)?)
        .map(|result| Number::value(result.normalize()))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOperation,
                format!("{value} {filter} {other} has no result that can be written"),
            )
        })
}

fn language(state: &State) -> Language {
    match state.lookup("language").as_ref().and_then(Value::as_str) {
        Some("zh") => Language::TraditionalChinese,
        _ => Language::English,
    }
}

/// A label takes what a person or a model may write: any case, spaces for underscores.
fn key(filter: &str, value: &Value) -> Result<String, Error> {
    let text = value.as_str().ok_or_else(|| wrong(filter, value, "a word"))?;
    Ok(text.trim().to_lowercase().replace([' ', '-'], "_"))
}

fn trend_label(state: &State, value: &Value) -> Result<&'static str, Error> {
    let trend = match key("trend_label", value)?.as_str() {
        "strong_bullish" => Trend::StrongBullish,
        "bullish" => Trend::Bullish,
        "neutral" => Trend::Neutral,
        "bearish" => Trend::Bearish,
        "strong_bearish" => Trend::StrongBearish,
        _ => return Err(wrong("trend_label", value, "a trend such as strong_bullish")),
    };
    Ok(trend_words(trend, language(state)))
}

/// A trend in words.
pub fn trend_words(trend: Trend, language: Language) -> &'static str {
    match (trend, language) {
        (Trend::StrongBullish, Language::English) => "strongly bullish",
        (Trend::Bullish, Language::English) => "bullish",
        (Trend::Neutral, Language::English) => "neutral",
        (Trend::Bearish, Language::English) => "bearish",
        (Trend::StrongBearish, Language::English) => "strongly bearish",
        (Trend::StrongBullish, Language::TraditionalChinese) => "強勢看漲",
        (Trend::Bullish, Language::TraditionalChinese) => "看漲",
        (Trend::Neutral, Language::TraditionalChinese) => "中性",
        (Trend::Bearish, Language::TraditionalChinese) => "看跌",
        (Trend::StrongBearish, Language::TraditionalChinese) => "強勢看跌",
    }
}

fn signal_label(state: &State, value: &Value) -> Result<&'static str, Error> {
    let action = match key("signal_label", value)?.as_str() {
        "buy" => SignalAction::Buy,
        "sell" => SignalAction::Sell,
        "hold" => SignalAction::Hold,
        _ => return Err(wrong("signal_label", value, "BUY, SELL or HOLD")),
    };
    Ok(match (action, language(state)) {
        (SignalAction::Buy, Language::English) => "Buy",
        (SignalAction::Sell, Language::English) => "Sell",
        (SignalAction::Hold, Language::English) => "Hold",
        (SignalAction::Buy, Language::TraditionalChinese) => "買進",
        (SignalAction::Sell, Language::TraditionalChinese) => "賣出",
        (SignalAction::Hold, Language::TraditionalChinese) => "觀望",
    })
}

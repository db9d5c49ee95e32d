use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Call;
use super::wire::{Answer, float, float_of_cents, utc};
use crate::sandbox::exchange::{Day, Exchange};

/// Most bars of one answer; the oldest are left out without a word.
const MAX_POINTS: usize = 1_000;
/// `v` times this is the volume in shares.
const VOLUME_FACTOR: i64 = 100;
/// Prices in `high` and `low` are multiplied by this.
const PRICE_FACTOR: i64 = 100;

/// A bar's length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Day,
    Week,
}

/// How far back from the end a window reaches.
#[derive(Clone, Copy)]
enum Reach {
    /// So many sessions.
    Sessions(usize),
    /// From this day on.
    Since(Date),
}

pub(super) fn history(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let conid = call.parameter("conid").and_then(|text| text.parse::<i64>().ok());
    let Some(conid) = conid else {
        return Answer::error(400, "Bad Request: conid is required");
    };
    let period = call.parameter("period").unwrap_or_else(|| "1w".to_owned());
    let step = match call.parameter("bar").as_deref() {
        Some("1d") | None => Step::Day,
        Some("1w") => Step::Week,
        // The daily bars are real; bars within a day would be made up.
        Some(_) => return unavailable(),
    };
    if call.parameter("direction").is_some_and(|direction| direction != "-1") {
        return unavailable();
    }
    let Ok(end) = end_of_window(exchange, call.parameter("startTime").as_deref()) else {
        return Answer::error(400, "Bad Request: startTime must be YYYYMMDD-HH:mm:ss");
    };
    let Some(reach) = reach(&period, exchange.calendar().date_at(end)) else {
        return Answer::error(400, "Bad Request: invalid period");
    };
    let Some((position, listing)) = exchange.listing_of(conid) else {
        return unavailable();
    };
    let reach = match (reach, step) {
        // A window of weeks begins with a whole one.
        (Reach::Since(date), Step::Week) => Reach::Since(monday_of(date)),
        (reach, _) => reach,
    };
    let days = days(exchange, position, end, reach);
    let mut bars = match step {
        Step::Day => days,
        Step::Week => weeks(days),
    };
    bars.drain(..bars.len().saturating_sub(MAX_POINTS));
    let first = bars.first().map_or(end, |bar| bar.session.open);
    let data: Vec<Value> = if bars.is_empty() {
        // IBKR's placeholder for an empty window: a bar without a time.
        vec![json!({ "o": 0.0, "c": 0.0, "h": 0.0, "l": 0.0, "v": 0.0 })]
    } else {
        bars.iter().map(point).collect()
    };
    let extreme = |bar: Option<&Day>, cents: fn(&Day) -> i64| {
        bar.map_or_else(
            || "0/0/0".to_owned(),
            |bar| {
                let minutes = (bar.session.open.as_second() - first.as_second()) / 60;
                format!("{}/{}/{minutes}", cents(bar) * PRICE_FACTOR / 100, scaled(bar.volume))
            },
        )
    };
    Answer::ok(json!({
        "serverId": conid.to_string(),
        "symbol": listing.symbol,
        "text": listing.company_name,
        "priceFactor": PRICE_FACTOR,
        "startTime": utc(first, "%Y%m%d-%H:%M:%S"),
        "high": extreme(bars.iter().max_by_key(|bar| bar.high), |bar| bar.high),
        "low": extreme(bars.iter().min_by_key(|bar| bar.low), |bar| bar.low),
        "timePeriod": period,
        "barLength": if step == Step::Day { 86_400 } else { 604_800 },
        "mdAvailability": "S",
        "mktDataDelay": 0,
        "outsideRth": false,
        "tradingDayDuration": 390,
        "volumeFactor": VOLUME_FACTOR,
        "priceDisplayRule": 1,
        "priceDisplayValue": "2",
        "negativeCapable": false,
        "messageVersion": 2,
        "data": data,
        "points": bars.len().saturating_sub(1),
        "travelTime": 0,
    }))
}

fn unavailable() -> Answer {
    Answer::error(500, "Chart data unavailable")
}

/// `startTime` is the end of the window, in UTC; what lies after now is never shown.
fn end_of_window(exchange: &Exchange, text: Option<&str>) -> Result<Timestamp, jiff::Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(exchange.now()) };
    let civil = DateTime::strptime("%Y%m%d-%H:%M:%S", text)?;
    Ok(TimeZone::UTC.to_timestamp(civil)?.min(exchange.now()))
}

/// Reads a period such as `1y`: `d` counts sessions, the others go by the calendar. Upper-case
/// units and anything shorter than a day are no periods here.
fn reach(period: &str, end: Date) -> Option<Reach> {
    let digits = period.find(|c: char| !c.is_ascii_digit())?;
    let number: i32 = period[..digits].parse().ok()?;
    let (most, span) = match &period[digits..] {
        "d" => (1_000, None),
        "w" => (792, Some(number.weeks())),
        "m" => (182, Some(number.months())),
        "y" => (15, Some(number.years())),
        _ => return None,
    };
    if !(1..=most).contains(&number) {
        return None;
    }
    match span {
        None => Some(Reach::Sessions(usize::try_from(number).ok()?)),
        Some(span) => Some(Reach::Since(end.checked_sub(span).ok()?.tomorrow().ok()?)),
    }
}

/// The days of a window, the last of them as far as it has come.
fn days(exchange: &Exchange, position: usize, end: Timestamp, reach: Reach) -> Vec<Day> {
    let listing = &exchange.listings()[position];
    let Some(last) = listing.last_print(exchange.seed(), end) else { return Vec::new() };
    let first = match reach {
        Reach::Sessions(number) => (last.day + 1).saturating_sub(number),
        Reach::Since(date) => listing.days.partition_point(|day| day.session.date < date),
    };
    let mut days: Vec<Day> = listing.days.get(first..last.day).unwrap_or_default().to_vec();
    if first <= last.day {
        days.push(listing.day_until(exchange.seed(), &last));
    }
    days
}

/// The first day of a date's week.
fn monday_of(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(back.days()).unwrap_or(date)
}

/// Joins days to weeks from Monday to Sunday.
fn weeks(days: Vec<Day>) -> Vec<Day> {
    let monday = |day: &Day| monday_of(day.session.date);
    let mut weeks: Vec<Day> = Vec::new();
    for day in days {
        match weeks.last_mut() {
            Some(week) if monday(week) == monday(&day) => {
                week.high = week.high.max(day.high);
                week.low = week.low.min(day.low);
                week.close = day.close;
                week.volume += day.volume;
            }
            _ => weeks.push(day),
        }
    }
    weeks
}

fn point(bar: &Day) -> Value {
    json!({
        "o": float_of_cents(bar.open),
        "c": float_of_cents(bar.close),
        "h": float_of_cents(bar.high),
        "l": float_of_cents(bar.low),
        "v": float(scaled(bar.volume)),
        "t": bar.session.open.as_millisecond(),
    })
}

fn scaled(volume: i64) -> Decimal {
    Decimal::from(volume) / Decimal::from(VOLUME_FACTOR)
}

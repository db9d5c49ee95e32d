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
    Month,
}

impl Step {
    /// In seconds; a month counts as thirty days.
    fn seconds(self) -> i64 {
        match self {
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_592_000,
        }
    }

    /// The first day of the bar that a day belongs to.
    fn first_day(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(back.days()).unwrap_or(date)
            }
            Self::Month => date.first_of_month(),
        }
    }
}

/// How far a window reaches from the instant that it hangs on.
#[derive(Clone, Copy)]
enum Reach {
    /// So many sessions.
    Sessions(usize),
    /// To this day, which is in it.
    Day(Date),
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
        Some("1m") => Step::Month,
        // The daily bars are real; bars within a day would be made up.
        Some(_) => return unavailable(),
    };
    // So would quotes.
    if call.parameter("source").is_some_and(|source| !source.eq_ignore_ascii_case("trades")) {
        return unavailable();
    }
    let is_forward = match call.parameter("direction").as_deref() {
        None | Some("-1") => false,
        Some("1") => true,
        Some(_) => return unavailable(),
    };
    let Ok(anchor) = anchor_of_window(exchange, call.parameter("startTime").as_deref()) else {
        return Answer::error(400, "Bad Request: startTime must be YYYYMMDD-HH:mm:ss");
    };
    let Some(reach) = reach(&period, exchange.calendar().date_at(anchor), is_forward) else {
        return Answer::error(400, "Bad Request: invalid period");
    };
    let Some((position, listing)) = exchange.listing_of(conid) else {
        return unavailable();
    };
    let end = if is_forward { exchange.now() } else { anchor };
    let days = if is_forward {
        days_after(exchange, position, anchor, reach, step)
    } else {
        days_before(exchange, position, anchor, reach, step)
    };
    let mut bars = joined(days, step);
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
        "barLength": step.seconds(),
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

/// `startTime` is the end of the window, in UTC, unless the direction is forward; what lies after
/// now is never shown.
fn anchor_of_window(exchange: &Exchange, text: Option<&str>) -> Result<Timestamp, jiff::Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(exchange.now()) };
    let civil = DateTime::strptime("%Y%m%d-%H:%M:%S", text)?;
    Ok(TimeZone::UTC.to_timestamp(civil)?.min(exchange.now()))
}

/// Reads a period such as `1y`: `d` counts sessions, the others go by the calendar. Upper-case
/// units and anything shorter than a day are no periods here.
fn reach(period: &str, anchor: Date, is_forward: bool) -> Option<Reach> {
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
        Some(span) if is_forward => {
            Some(Reach::Day(anchor.checked_add(span).ok()?.yesterday().ok()?))
        }
        Some(span) => Some(Reach::Day(anchor.checked_sub(span).ok()?.tomorrow().ok()?)),
    }
}

/// The days of a window that ends at an instant, the last of them as far as it had come. A window
/// of weeks or months begins with a whole one.
fn days_before(
    exchange: &Exchange,
    position: usize,
    end: Timestamp,
    reach: Reach,
    step: Step,
) -> Vec<Day> {
    let listing = &exchange.listings()[position];
    let Some(last) = listing.last_print(exchange.seed(), end) else { return Vec::new() };
    let first = match reach {
        Reach::Sessions(number) => (last.day + 1).saturating_sub(number),
        Reach::Day(date) => {
            let date = step.first_day(date);
            listing.days.partition_point(|day| day.session.date < date)
        }
    };
    let mut days: Vec<Day> = listing.days.get(first..last.day).unwrap_or_default().to_vec();
    if first <= last.day {
        days.push(listing.day_until(exchange.seed(), &last));
    }
    days
}

/// The days of a window that begins at an instant, as far as they have come by now.
fn days_after(
    exchange: &Exchange,
    position: usize,
    start: Timestamp,
    reach: Reach,
    step: Step,
) -> Vec<Day> {
    let first = step.first_day(exchange.calendar().date_at(start));
    let so_far = days_before(exchange, position, exchange.now(), Reach::Day(first), step);
    match reach {
        Reach::Sessions(number) => so_far.into_iter().take(number).collect(),
        Reach::Day(last) => so_far.into_iter().take_while(|day| day.session.date <= last).collect(),
    }
}

/// Joins days to bars.
fn joined(days: Vec<Day>, step: Step) -> Vec<Day> {
    let first_day = |day: &Day| step.first_day(day.session.date);
    let mut bars: Vec<Day> = Vec::new();
    for day in days {
        match bars.last_mut() {
            Some(bar) if first_day(bar) == first_day(&day) => {
                bar.high = bar.high.max(day.high);
                bar.low = bar.low.min(day.low);
                bar.close = day.close;
                bar.volume += day.volume;
            }
            _ => bars.push(day),
        }
    }
    bars
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

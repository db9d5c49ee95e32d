//! When an instrument trades: the calendar of the New York Stock Exchange, holidays and early
//! closes included. The simulated exchange knows its regular session only, so that there are no
//! extended hours beside it.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

use super::Call;
use super::wire::Answer;
use crate::sandbox::exchange::{Exchange, Listing};

/// Days of which the schedule by day tells.
const DAYS_BY_DAY: i64 = 6;
/// Days ahead in which the schedule by venue tells exceptions from the plain week.
const DAYS_BY_VENUE: i64 = 365;

/// `GET /trsrv/secdef/schedule`: the plain week under the dates 2000-01-01 (a Saturday) to
/// 2000-01-07, and the real dates that differ from it.
pub(super) fn by_venue(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let parameter = |name| call.parameter(name).filter(|text| !text.is_empty());
    let (symbol, conid) = (parameter("symbol"), parameter("conid"));
    let has_class = parameter("assetClass").is_some();
    let listing = match (has_class, &symbol, &conid) {
        (true, Some(symbol), None) => {
            exchange.listings().iter().find(|listing| listing.symbol == *symbol)
        }
        (true, None, Some(conid)) => {
            conid.parse().ok().and_then(|conid| exchange.listing_of(conid)).map(|(_, found)| found)
        }
        _ => {
            let text = "Bad Request: assetClass and exactly one of symbol/conid are required";
            return Answer::Json(400, json!({ "error": text }));
        }
    };
    let asked_exchange = parameter("exchange");
    let is_stock = parameter("assetClass").as_deref() == Some("STK");
    match listing {
        Some(listing)
            if is_stock && asked_exchange.is_none_or(|asked| asked == listing.exchange) =>
        {
            Answer::ok(json!([venue(exchange, listing)]))
        }
        _ => Answer::ok(json!([])),
    }
}

fn venue(exchange: &Exchange, listing: &Listing) -> Value {
    let calendar = exchange.calendar();
    let mut schedules: Vec<Value> = Vec::new();
    for day in 1..=7_i8 {
        let is_weekend = day <= 2;
        schedules.push(schedule(date(2000, 1, day), (!is_weekend).then_some(("0930", "1600"))));
    }
    let today = calendar.date_at(exchange.now());
    for day in days_from(today, DAYS_BY_VENUE) {
        let is_weekday = day.weekday().to_monday_zero_offset() < 5;
        match calendar.session_on(day) {
            None if is_weekday => schedules.push(schedule(day, None)),
            Some(session) if session.minutes() < 390 => {
                let close = session.close.to_zoned(calendar.zone().clone()).strftime("%H%M");
                schedules.push(schedule(day, Some(("0930", &close.to_string()))));
            }
            _ => {}
        }
    }
    json!({
        "id": format!("p{}", listing.conid),
        "tradeVenueId": format!("v{}", listing.conid),
        "exchange": listing.exchange,
        "description": listing.exchange,
        "timezone": "America/New_York",
        "schedules": schedules,
    })
}

fn schedule(day: Date, hours: Option<(&str, &str)>) -> Value {
    let (sessions, times) = match hours {
        Some((open, close)) => (
            json!([{ "openingTime": open, "closingTime": close, "prop": "LIQUID" }]),
            json!([{ "openingTime": open, "closingTime": close, "cancelDayOrders": "Y" }]),
        ),
        None => (json!([]), json!([])),
    };
    json!({
        "clearingCycleEndTime": hours.map_or("0000", |(_, close)| close),
        "tradingScheduleDate": day.strftime("%Y%m%d").to_string(),
        "sessions": sessions,
        "tradingtimes": times,
    })
}

/// `GET /contract/trading-schedule`: the sessions of the coming days in epoch seconds; days without
/// one are absent.
pub(super) fn by_day(exchange: &Exchange, call: &Call<'_>) -> Answer {
    let conid = call.parameter("conid").and_then(|text| text.parse().ok());
    let Some(conid) = conid else {
        return Answer::error(400, "Bad Request: conid is required");
    };
    if exchange.listing_of(conid).is_none() {
        return Answer::error(503, &format!("no sec defs returned for conid {conid}"));
    }
    let calendar = exchange.calendar();
    let mut schedules = Map::new();
    for day in days_from(calendar.date_at(exchange.now()), DAYS_BY_DAY) {
        if let Some(session) = calendar.session_on(day) {
            let hours = json!({
                "opening": session.open.as_second(),
                "closing": session.close.as_second(),
            });
            let mut extended = hours.clone();
            extended["cancel_daily_orders"] = json!(true);
            let key = day.strftime("%Y%m%d").to_string();
            let entry = json!({ "liquid_hours": [hours], "extended_hours": [extended] });
            schedules.insert(key, entry);
        }
    }
    Answer::ok(json!({ "exchange_time_zone": "US/Eastern", "schedules": schedules }))
}

fn days_from(first: Date, number: i64) -> impl Iterator<Item = Date> {
    (0..number).filter_map(move |ahead| first.checked_add(ahead.days()).ok())
}

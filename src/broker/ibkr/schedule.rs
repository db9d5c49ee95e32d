//! The trading schedule: `GET /contract/trading-schedule`, in seconds since 1970 and some six days
//! ahead. Days without trading are absent, and so may be the regular hours of a day.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IbkrClient;
use super::models::{Loose, record};
use super::parse;
use crate::broker::BrokerError;
use crate::domain::Conid;
use crate::market::{MarketError, OpenHours, TradingDay, TradingHours, TradingSchedule};

const REQUEST: &str = "GET /contract/trading-schedule";

/// More days than IBKR sends, and more hours than a day has.
const MAX_DAYS: usize = 400;
const MAX_HOURS: usize = 24;

const MAX_ZONE_CHARACTERS: usize = 40;

/// `GET /contract/trading-schedule`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Schedule {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    exchange_time_zone: Loose,
    /// By day, as `YYYYMMDD`.
    #[serde(skip_serializing_if = "Loose::is_absent")]
    schedules: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// One day of the same.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ScheduleDay {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    liquid_hours: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    extended_hours: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// One stretch of trading.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ScheduleHours {
    #[serde(skip_serializing_if = "Loose::is_absent")]
    opening: Loose,
    #[serde(skip_serializing_if = "Loose::is_absent")]
    closing: Loose,
    /// What is not understood, kept.
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[async_trait]
impl TradingSchedule for IbkrClient {
    async fn trading_hours(&self, conid: Conid) -> Result<TradingHours, MarketError> {
        let answer = self.raw.trading_schedule(conid).await?;
        let protocol = |cause| BrokerError::Protocol { request: REQUEST.into(), cause };
        let hours = read(&answer).map_err(protocol)?;
        if hours.days.is_empty() {
            return Err(MarketError::NoData { what: "trading hours".into(), conid });
        }
        Ok(hours)
    }
}

fn read(answer: &Value) -> Result<TradingHours, String> {
    let schedule = record::<Schedule>(answer).ok_or("it is no JSON object")?;
    let zone = schedule.exchange_time_zone.text();
    let by_day = schedule.schedules.record::<Map<String, Value>>().unwrap_or_default();
    let mut days = Vec::new();
    for (day, told) in by_day.iter().take(MAX_DAYS) {
        let shown = parse::bounded(day, 20);
        let date = Date::strptime("%Y%m%d", day).map_err(|_| format!("\"{shown}\" is no day"))?;
        let told = record::<ScheduleDay>(told).ok_or_else(|| format!("{shown} has no hours"))?;
        let sound = |hours: &Loose| stretches(hours).ok_or_else(|| unsound(&shown));
        days.push(TradingDay {
            date,
            regular: sound(&told.liquid_hours)?,
            extended: sound(&told.extended_hours)?,
        });
    }
    days.sort_by_key(|day| day.date);
    let time_zone = zone.map(|zone| parse::bounded(&zone, MAX_ZONE_CHARACTERS));
    Ok(TradingHours { time_zone, days })
}

fn unsound(day: &str) -> String {
    format!("the hours of {day} lack an end or end before they begin")
}

/// Nothing if one of them has no end or ends before it begins.
fn stretches(hours: &Loose) -> Option<Vec<OpenHours>> {
    let instant = |value: &Loose| -> Option<Timestamp> { parse::instant(value.integer()?) };
    let rows = hours.records::<ScheduleHours>();
    let mut found = Vec::new();
    for row in rows.iter().take(MAX_HOURS) {
        let (opens, closes) = (instant(&row.opening)?, instant(&row.closing)?);
        if opens >= closes {
            return None;
        }
        found.push(OpenHours { opens, closes });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_holiday_is_a_day_that_is_absent_and_a_short_day_ends_early() {
        // Thanksgiving of 2025 lies between; the day after it closes at 13:00.
        let answer = json!({
            "exchange_time_zone": "US/Eastern",
            "schedules": {
                "20251128": { "liquid_hours": [{ "opening": "1764340200", "closing": 1_764_352_800 }] },
                "20251126": {
                    "liquid_hours": [{ "opening": 1_764_167_400, "closing": 1_764_190_800 }],
                    "extended_hours":
                        [{ "cancel_daily_orders": true, "opening": 1_764_147_600, "closing": 1_764_205_200 }],
                },
            },
        });
        let hours = read(&answer).unwrap();
        assert_eq!(hours.time_zone.as_deref(), Some("US/Eastern"));
        let days: Vec<String> = hours.days.iter().map(|day| day.date.to_string()).collect();
        assert_eq!(days, ["2025-11-26", "2025-11-28"]);
        assert_eq!(hours.days[0].extended.len(), 1);
        let cases = [
            ("2025-11-26T09:29:59-05:00", None),
            ("2025-11-26T09:30:00-05:00", Some(true)),
            ("2025-11-26T16:00:00-05:00", Some(false)),
            ("2025-11-27T12:00:00-05:00", Some(false)),
            ("2025-11-28T12:59:59-05:00", Some(true)),
            ("2025-11-28T13:00:00-05:00", None),
        ];
        for (instant, expected) in cases {
            assert_eq!(hours.is_open(at(instant)), expected, "{instant}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_a_breach_of_the_protocol() {
        let day = |hours: Value| json!({ "schedules": { "20251126": { "liquid_hours": hours } } });
        for answer in [
            json!("no"),
            json!({ "schedules": { "monday": {} } }),
            json!({ "schedules": { "20251126": 7 } }),
            day(json!([{ "opening": 1_764_190_800, "closing": 1_764_167_400 }])),
            day(json!([{ "opening": 1_764_190_800 }])),
        ] {
            assert!(read(&answer).is_err(), "{answer}");
        }
        assert_eq!(read(&json!({})).unwrap().days, []);
        let without = day(json!(null));
        assert_eq!(read(&without).unwrap().is_open(at("2025-11-26T12:00:00-05:00")), None);
    }
}

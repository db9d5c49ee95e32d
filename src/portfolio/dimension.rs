use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::attribution::AnalysisFacts;
use super::lots::ClosedLot;
use crate::domain::{ExitCause, Trend};

/// By what results are grouped. A lot stands in exactly one group of each.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PnlDimension {
    /// Strategy.
    Strategy,
    /// Ticker symbol.
    Symbol,
    /// The versions of all prompts that the entry was decided with, together.
    Prompt,
    /// The model that decided the entry, or the rule analyst.
    Model,
    /// RSI of the daily bars at entry, in bands.
    Indicator,
    /// Trend that the entry's analysis saw.
    Trend,
    /// Hour of the entry's fill on the exchange's clock.
    Hour,
    /// Weekday of the entry's fill at the exchange.
    Weekday,
    /// Time from the entry's fill to the exit's.
    Holding,
    /// What closed it.
    ExitCause,
}

impl PnlDimension {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Strategy,
        Self::Symbol,
        Self::Prompt,
        Self::Model,
        Self::Indicator,
        Self::Trend,
        Self::Hour,
        Self::Weekday,
        Self::Holding,
        Self::ExitCause,
    ];
}

/// Which group a lot stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PnlGroupKey {
    /// Place among the groups where they have an order of their own, such as hours.
    pub place: u32,
    /// Names the group.
    pub key: String,
    /// The same for people.
    pub label: String,
}

/// Upper ends of the bands of the RSI. 30 and 70 are Wilder's levels (New Concepts in Technical
/// Trading Systems, 1978); the middle is divided evenly.
const RSI_BANDS: [u32; 5] = [30, 40, 50, 60, 70];

/// Upper ends of the classes of holding times, with their names.
const HOLDING_CLASSES: [(SignedDuration, &str); 5] = [
    (SignedDuration::from_hours(1), "under 1 hour"),
    (SignedDuration::from_hours(24), "1 hour to 1 day"),
    (SignedDuration::from_hours(5 * 24), "1 to 5 days"),
    (SignedDuration::from_hours(20 * 24), "5 to 20 days"),
    (SignedDuration::from_hours(60 * 24), "20 to 60 days"),
];

const LONGEST_HOLDING: &str = "over 60 days";

/// What stands where nothing was recorded.
const NOT_RECORDED: &str = "not recorded";

/// The group of a lot. `facts` are those of the analysis that decided the entry.
pub(super) fn group_of(
    by: PnlDimension,
    lot: &ClosedLot,
    facts: Option<&AnalysisFacts>,
    zone: &TimeZone,
) -> PnlGroupKey {
    match by {
        PnlDimension::Strategy => named(0, lot.strategy_id.as_str()),
        PnlDimension::Symbol => named(0, &lot.symbol),
        PnlDimension::Prompt => match facts {
            None => unknown(),
            Some(facts) if facts.prompts.is_empty() => named(1, "no prompt"),
            Some(facts) => named(0, &facts.prompts),
        },
        PnlDimension::Model => facts.map_or_else(unknown, |facts| named(0, &facts.analyst)),
        PnlDimension::Indicator => facts.and_then(|facts| facts.rsi).map_or_else(unknown, rsi_band),
        PnlDimension::Trend => facts.and_then(|facts| facts.trend).map_or_else(unknown, trend),
        PnlDimension::Hour => hour(lot.entry.at, zone),
        PnlDimension::Weekday => weekday(lot.entry.at, zone),
        PnlDimension::Holding => holding(lot.exit.at.duration_since(lot.entry.at)),
        PnlDimension::ExitCause => cause(lot.exit_cause),
    }
}

fn named(place: u32, name: &str) -> PnlGroupKey {
    PnlGroupKey { place, key: name.to_owned(), label: name.to_owned() }
}

fn unknown() -> PnlGroupKey {
    named(u32::MAX, NOT_RECORDED)
}

fn rsi_band(rsi: Decimal) -> PnlGroupKey {
    let band = RSI_BANDS.iter().position(|end| rsi < Decimal::from(*end));
    let label = match band {
        Some(0) => format!("RSI below {}", RSI_BANDS[0]),
        Some(band) => format!("RSI {} to {}", RSI_BANDS[band - 1], RSI_BANDS[band]),
        None => format!("RSI {} and above", RSI_BANDS[RSI_BANDS.len() - 1]),
    };
    PnlGroupKey { key: label.clone(), label, place: place(band.unwrap_or(RSI_BANDS.len())) }
}

fn trend(trend: Trend) -> PnlGroupKey {
    let (place, key, label) = match trend {
        Trend::StrongBullish => (0, "strong_bullish", "strongly bullish"),
        Trend::Bullish => (1, "bullish", "bullish"),
        Trend::Neutral => (2, "neutral", "neutral"),
        Trend::Bearish => (3, "bearish", "bearish"),
        Trend::StrongBearish => (4, "strong_bearish", "strongly bearish"),
    };
    PnlGroupKey { place, key: key.to_owned(), label: label.to_owned() }
}

fn hour(at: Timestamp, zone: &TimeZone) -> PnlGroupKey {
    let hour = at.to_zoned(zone.clone()).hour();
    let label = format!("{hour:02}:00 to {:02}:00 ET", (hour + 1) % 24);
    PnlGroupKey { place: u32::from(hour.unsigned_abs()), key: format!("{hour:02}"), label }
}

fn weekday(at: Timestamp, zone: &TimeZone) -> PnlGroupKey {
    let name = at.to_zoned(zone.clone()).strftime("%A").to_string();
    let day = at.to_zoned(zone.clone()).weekday().to_monday_zero_offset();
    PnlGroupKey { place: u32::from(day.unsigned_abs()), key: name.to_lowercase(), label: name }
}

fn holding(held: SignedDuration) -> PnlGroupKey {
    let class = HOLDING_CLASSES.iter().position(|(end, _)| held < *end);
    let label = class.map_or(LONGEST_HOLDING, |class| HOLDING_CLASSES[class].1);
    PnlGroupKey {
        place: place(class.unwrap_or(HOLDING_CLASSES.len())),
        key: label.replace(' ', "_"),
        label: label.to_owned(),
    }
}

fn cause(cause: ExitCause) -> PnlGroupKey {
    let (place, key, label) = match cause {
        ExitCause::Stop => (0, "stop", "stop"),
        ExitCause::Target => (1, "target", "target"),
        ExitCause::Signal => (2, "signal", "SELL signal"),
        ExitCause::Flatten => (3, "flatten", "flattened by hand"),
        ExitCause::External => (4, "external", "sold elsewhere"),
        ExitCause::Liquidation => (5, "liquidation", "liquidation by IBKR"),
    };
    PnlGroupKey { place, key: key.to_owned(), label: label.to_owned() }
}

fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_and_classes_take_their_lower_end_and_not_their_upper() {
        let rsi = |text: &str| rsi_band(text.parse().unwrap()).label;
        assert_eq!(rsi("29.999"), "RSI below 30");
        assert_eq!(rsi("30"), "RSI 30 to 40");
        assert_eq!(rsi("69.9"), "RSI 60 to 70");
        assert_eq!(rsi("70"), "RSI 70 and above");
        let held = |seconds| holding(SignedDuration::from_secs(seconds)).label;
        assert_eq!(held(3_599), "under 1 hour");
        assert_eq!(held(3_600), "1 hour to 1 day");
        assert_eq!(held(60 * 86_400), "over 60 days");
    }

    #[test]
    fn hours_and_weekdays_are_the_exchanges() {
        let zone = TimeZone::get("America/New_York").unwrap();
        // A Friday evening in New York, and Saturday by Greenwich.
        let at = "2012-06-16T00:30:00Z".parse().unwrap();
        assert_eq!(hour(at, &zone).label, "20:00 to 21:00 ET");
        assert_eq!(weekday(at, &zone).label, "Friday");
    }
}

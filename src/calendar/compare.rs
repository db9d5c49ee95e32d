//! The broker's word on trading hours beside our own calendar.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Calendar, ExchangeDay};

/// Brokers count auctions as trading and our calendar does not: in Frankfurt the last one ends five
/// minutes after the close. Hours that differ by no more than this are the same.
const AUCTIONS: SignedDuration = SignedDuration::from_mins(15);

/// The regular hours of a day in the broker's words; no hours for a day without trading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerDay {
    /// The day at the exchange.
    pub date: Date,
    /// First opening and last close.
    pub hours: Option<(Timestamp, Timestamp)>,
}

/// A day on which the broker and our calendar disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The day in the broker's words.
    pub day: BrokerDay,
    /// Both words, and which one holds.
    pub sentence: String,
}

/// Every day on which the broker and the calendar disagree on whether and when there is trading.
/// The broker's word holds: it knows of a closing that was announced this morning. Days that the
/// calendar does not know are none of disagreement.
pub fn disagreements(calendar: &Calendar, told: &[BrokerDay]) -> Vec<Disagreement> {
    let exchange = calendar.exchange();
    let clock = |at: Timestamp| at.to_zoned(calendar.zone().clone()).strftime("%H:%M").to_string();
    let words = |hours: Option<(Timestamp, Timestamp)>| {
        hours.map_or_else(
            || "closed".to_owned(),
            |(open, close)| format!("open from {} to {}", clock(open), clock(close)),
        )
    };
    told.iter()
        .filter_map(|day| {
            let ours = match calendar.day(day.date).ok()? {
                ExchangeDay::Open(session) => Some((session.open, session.close)),
                ExchangeDay::Closed(_) => None,
            };
            differ(ours, day.hours).then(|| Disagreement {
                day: day.clone(),
                sentence: format!(
                    "on {} the broker has {exchange} {}, and the shipped calendar has it {}; the \
                     broker's word holds",
                    day.date,
                    words(day.hours),
                    words(ours)
                ),
            })
        })
        .collect()
}

fn differ(ours: Option<(Timestamp, Timestamp)>, told: Option<(Timestamp, Timestamp)>) -> bool {
    let apart = |one: Timestamp, other: Timestamp| one.duration_since(other).abs() > AUCTIONS;
    match (ours, told) {
        (None, None) => false,
        (Some(ours), Some(told)) => apart(ours.0, told.0) || apart(ours.1, told.1),
        (Some(_), None) | (None, Some(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::Exchange;

    #[test]
    fn only_days_on_which_they_differ_are_named_with_both_words() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let told = |of_month, hours| BrokerDay { date: date(2025, 11, of_month), hours };
        let full =
            |day: &str| Some((at(&format!("{day}T14:30:00Z")), at(&format!("{day}T21:00:00Z"))));
        let calendar = Calendar::of(Exchange::Nyse);
        let days = [
            told(26, full("2025-11-26")),
            told(27, None),
            // Our calendar has the short day.
            told(28, full("2025-11-28")),
            // And knows of no storm.
            told(25, None),
        ];
        let found = disagreements(&calendar, &days);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[0].sentence,
            "on 2025-11-28 the broker has NYSE open from 09:30 to 16:00, and the shipped calendar \
             has it open from 09:30 to 13:00; the broker's word holds"
        );
        assert!(found[1].sentence.contains("the broker has NYSE closed"), "{}", found[1].sentence);
        assert_eq!(found[0].day, days[2]);
        let beyond = [BrokerDay { date: date(2099, 1, 5), hours: None }];
        assert_eq!(disagreements(&calendar, &beyond), []);
    }

    #[test]
    fn an_auction_after_the_close_is_no_difference() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let calendar = Calendar::of(Exchange::Xetra);
        let told = |close: &str| BrokerDay {
            date: date(2026, 3, 6),
            hours: Some((at("2026-03-06T08:00:00Z"), at(close))),
        };
        assert_eq!(disagreements(&calendar, &[told("2026-03-06T16:35:00Z")]), []);
        assert_eq!(disagreements(&calendar, &[told("2026-03-06T16:00:00Z")]).len(), 1);
    }

    #[test]
    fn what_the_broker_told_otherwise_holds_in_the_calendar() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let told = [
            BrokerDay { date: date(2026, 3, 5), hours: None },
            BrokerDay {
                date: date(2026, 3, 6),
                hours: Some((at("2026-03-06T14:30:00Z"), at("2026-03-06T18:00:00Z"))),
            },
            BrokerDay {
                date: date(2026, 3, 9),
                hours: Some((at("2026-03-09T13:30:00Z"), at("2026-03-09T20:00:00Z"))),
            },
        ];
        let calendar = Calendar::nyse().with_told(&told);
        assert_eq!(
            calendar.day(date(2026, 3, 5)),
            Ok(ExchangeDay::Closed("the broker's own schedule has no trading"))
        );
        let session = calendar.session_on(date(2026, 3, 6)).unwrap();
        assert!(session.is_short);
        assert_eq!(session.close, at("2026-03-06T18:00:00Z"));
        let plain = Calendar::nyse();
        assert_eq!(calendar.day(date(2026, 3, 9)), plain.day(date(2026, 3, 9)));
        let before = calendar.previous_session_before(at("2026-03-06T03:00:00Z")).unwrap();
        assert_eq!(before.date, date(2026, 3, 4));
    }
}

//! Quotes that the push channel streams: changed fields merged into the last known ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::broker::ibkr::parse::bounded;
use crate::domain::Conid;

/// Market-data lines that a login of IBKR has at least.
const MAX_QUOTES: usize = 100;

/// Most fields that are kept of one quote, and the longest of their texts.
const MAX_FIELDS: usize = 64;
const MAX_FIELD_CHARACTERS: usize = 100;

/// More quotes than a login may stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "contract {conid} is not streamed: {limit} others are, the most that a login has lines for"
)]
pub struct TooManyQuotes {
    /// What was asked for.
    pub conid: Conid,
    /// The most.
    pub limit: usize,
}

/// The latest of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedQuote {
    /// The broker's field numbers, such as 31 for the last price, with its texts as they came.
    pub fields: BTreeMap<u16, String>,
    /// The broker's time of the last change; nothing if it gave none.
    pub updated_at: Option<Timestamp>,
    /// When the last change arrived.
    pub received_at: Timestamp,
}

impl StreamedQuote {
    /// How old it is, by the broker's own time where it gave one.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.updated_at.unwrap_or(self.received_at))
    }
}

/// What is to be streamed, and the latest of it.
#[derive(Debug, Default)]
pub struct QuoteBook {
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    wanted: BTreeSet<Conid>,
    quotes: BTreeMap<Conid, StreamedQuote>,
}

impl QuoteBook {
    fn book(&self) -> MutexGuard<'_, Book> {
        // A merge that was cut short leaves older fields, never broken ones.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Streams a contract from now on.
    ///
    /// # Errors
    ///
    /// If as many as a login has lines for are streamed already.
    pub fn subscribe(&self, conid: Conid) -> Result<(), TooManyQuotes> {
        let mut book = self.book();
        if book.wanted.len() >= MAX_QUOTES && !book.wanted.contains(&conid) {
            return Err(TooManyQuotes { conid, limit: MAX_QUOTES });
        }
        book.wanted.insert(conid);
        Ok(())
    }

    /// Streams a contract no longer, and forgets its quote.
    pub fn unsubscribe(&self, conid: Conid) {
        let mut book = self.book();
        book.wanted.remove(&conid);
        book.quotes.remove(&conid);
    }

    /// The latest of a contract, however old: see [`StreamedQuote::age`].
    pub fn latest(&self, conid: Conid) -> Option<StreamedQuote> {
        self.book().quotes.get(&conid).cloned()
    }

    /// The latest of a contract, unless it is older than `max_age`.
    pub fn fresh(
        &self,
        conid: Conid,
        now: Timestamp,
        max_age: SignedDuration,
    ) -> Option<StreamedQuote> {
        self.latest(conid).filter(|quote| quote.age(now) <= max_age)
    }

    pub(super) fn wanted(&self) -> BTreeSet<Conid> {
        self.book().wanted.clone()
    }

    /// Merges a frame of the topic `smd+CONID`. Contracts that nobody asked for are not kept.
    pub(super) fn merge(&self, conid: Conid, frame: &Value, now: Timestamp) {
        let Some(frame) = frame.as_object() else { return };
        let mut book = self.book();
        if !book.wanted.contains(&conid) {
            return;
        }
        let quote = book.quotes.entry(conid).or_insert_with(|| StreamedQuote {
            fields: BTreeMap::new(),
            updated_at: None,
            received_at: now,
        });
        for (name, value) in frame {
            let Ok(number) = name.parse::<u16>() else { continue };
            let text = match value {
                Value::String(text) => bounded(text, MAX_FIELD_CHARACTERS),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            if quote.fields.len() < MAX_FIELDS || quote.fields.contains_key(&number) {
                quote.fields.insert(number, text);
            }
        }
        let updated = frame.get("_updated").and_then(Value::as_i64);
        let updated = updated.and_then(|millis| Timestamp::from_millisecond(millis).ok());
        // Frames may come out of turn; the time never runs backwards for that.
        quote.updated_at = quote.updated_at.max(updated);
        quote.received_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CONID: Conid = Conid(265_598);

    fn now() -> Timestamp {
        "2026-01-05T15:00:00Z".parse().unwrap()
    }

    #[test]
    fn changed_fields_are_merged_and_the_others_kept() {
        let book = QuoteBook::default();
        book.subscribe(CONID).unwrap();
        let millis = now().as_millisecond();
        book.merge(CONID, &json!({"31": "118.75", "6509": "RpB", "_updated": millis}), now());
        book.merge(CONID, &json!({"31": 119.5, "topic": "smd+265598", "87": null}), now());
        let quote = book.latest(CONID).unwrap();
        assert_eq!(quote.fields[&31], "119.5");
        assert_eq!(quote.fields[&6509], "RpB");
        assert_eq!(quote.fields.len(), 2);
        assert_eq!(quote.updated_at, Some(now()));
    }

    #[test]
    fn a_quote_is_stale_by_the_brokers_time_and_not_by_when_it_came() {
        let book = QuoteBook::default();
        book.subscribe(CONID).unwrap();
        let minute_ago = now().as_millisecond() - 60_000;
        book.merge(CONID, &json!({"31": "1", "_updated": minute_ago}), now());
        assert!(book.fresh(CONID, now(), SignedDuration::from_secs(59)).is_none());
        assert!(book.fresh(CONID, now(), SignedDuration::from_secs(60)).is_some());
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept_and_no_more_than_a_hundred_are_asked_for() {
        let book = QuoteBook::default();
        book.merge(CONID, &json!({"31": "1"}), now());
        assert_eq!(book.latest(CONID), None);
        for conid in 1..=100 {
            book.subscribe(Conid(conid)).unwrap();
        }
        let refused = TooManyQuotes { conid: CONID, limit: 100 };
        assert_eq!(book.subscribe(CONID), Err(refused));
        assert_eq!(book.subscribe(Conid(7)), Ok(()), "one that is streamed already");
    }

    #[test]
    fn a_quote_does_not_grow_without_bound() {
        let book = QuoteBook::default();
        book.subscribe(CONID).unwrap();
        for field in 0..1_000 {
            let name = field.to_string();
            book.merge(CONID, &json!({ name: "9".repeat(5_000) }), now());
        }
        let fields = book.latest(CONID).unwrap().fields;
        assert_eq!(fields.len(), 64);
        assert!(fields.values().all(|text| text.chars().count() <= 100));
    }
}

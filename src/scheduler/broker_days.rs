//! The broker's own schedule of the coming days, asked for while there is a session, kept, and held
//! before the shipped calendar.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::{BrokerDay, Calendar, Disagreement, Exchange, disagreements};
use crate::executor::{Changed, ExecutorError, Parts};
use crate::market::{MarketError, TradingHours, TradingSchedule};
use crate::store::{Change, Durability, Store, StoreError};
use crate::strategy::StrategyDefinition;

/// The broker tells of some six days, so that a few questions a day miss nothing.
const ASKS_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// After a question without an answer.
const ASKS_AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// What a broker told of the coming days of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldDays {
    /// When.
    pub told_at: Timestamp,
    /// The contract whose schedule it is.
    pub symbol: String,
    /// Every day from the first to the last that was told of, oldest first. Empty if the contract
    /// does not trade at the exchange.
    pub days: Vec<BrokerDay>,
    /// Why it is not used.
    pub unused: Option<String>,
}

impl ToldDays {
    /// The days of which the broker told otherwise than the shipped calendar has them.
    pub fn disagreements(&self, exchange: Exchange) -> Vec<Disagreement> {
        disagreements(&Calendar::of(exchange), &self.days)
    }
}

/// What the broker told last of the days of each exchange that it was asked for.
pub async fn told_days(store: &Store) -> Result<BTreeMap<Exchange, ToldDays>, StoreError> {
    let mut found = BTreeMap::new();
    let settings: BTreeMap<String, String> = store.settings().await?.into_iter().collect();
    for exchange in Exchange::ALL {
        let Some(text) = settings.get(&key(exchange)) else { continue };
        match serde_json::from_str(text) {
            Ok(told) => {
                found.insert(exchange, told);
            }
            Err(error) => {
                tracing::warn!(%exchange, %error, "the broker's trading days are not readable");
            }
        }
    }
    Ok(found)
}

fn key(exchange: Exchange) -> String {
    format!("broker_days.{exchange}")
}

/// Asks the broker for its own schedule, for each exchange that an active strategy keeps to.
pub struct BrokerDaysKeeper {
    parts: Parts,
    broker: Arc<dyn TradingSchedule>,
    next: Timestamp,
}

impl BrokerDaysKeeper {
    /// One that asks as soon as it is ticked.
    pub fn new(parts: Parts, broker: Arc<dyn TradingSchedule>) -> Self {
        let next = parts.clock.now();
        Self { parts, broker, next }
    }

    /// When it wants to be ticked next.
    pub fn due_at(&self) -> Timestamp {
        self.next
    }

    /// Asks anew. Says whether anything is told otherwise than before, so that what is planned has to
    /// be read again.
    ///
    /// # Errors
    ///
    /// If the store does not answer. A broker that does not answer is asked again later, and what it
    /// told before holds on.
    pub async fn tick(&mut self) -> Result<bool, ExecutorError> {
        let now = self.parts.clock.now();
        self.next = now.saturating_add(ASKS_EVERY).unwrap_or(Timestamp::MAX);
        let mut is_news = false;
        let before = told_days(&self.parts.store).await?;
        for (exchange, symbol) in self.exchanges().await? {
            let told = match self.ask(exchange, &symbol).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::warn!(%exchange, %symbol, %error, "the broker did not tell its trading days");
                    self.next = now.saturating_add(ASKS_AGAIN).unwrap_or(Timestamp::MAX);
                    continue;
                }
            };
            if before.get(&exchange).is_none_or(|before| before.days != told.days) {
                is_news = true;
                for found in told.disagreements(exchange) {
                    tracing::warn!(%exchange, "{}", found.sentence);
                }
            }
            let text = serde_json::to_string(&told)
                .map_err(|source| ExecutorError::TradingDays { source })?;
            let changes = vec![Change::setting(key(exchange), text)];
            self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        }
        if is_news {
            self.parts.changes.tell(Changed::Strategies);
        }
        Ok(is_news)
    }

    /// A symbol of an active strategy for each exchange.
    async fn exchanges(&self) -> Result<BTreeMap<Exchange, String>, ExecutorError> {
        let mut found = BTreeMap::new();
        for row in self.parts.store.strategies().await? {
            let Ok(definition) = row.version.toml.parse::<StrategyDefinition>() else { continue };
            if let (true, Some(schedule), Some(symbol)) =
                (row.active, definition.schedule, definition.symbols.first())
            {
                found.entry(schedule.exchange).or_insert_with(|| symbol.clone());
            }
        }
        Ok(found)
    }

    async fn ask(&self, exchange: Exchange, symbol: &str) -> Result<ToldDays, MarketError> {
        let instrument = self.parts.market.find_stock(symbol).await?;
        let hours = self.broker.trading_hours(instrument.conid).await?;
        Ok(told(exchange, symbol, &hours, self.parts.clock.now()))
    }
}

/// The broker's hours as days of an exchange. Days that are left out between the first and the last
/// are ones without trading; a day whose regular hours the broker did not say is not told of.
fn told(exchange: Exchange, symbol: &str, hours: &TradingHours, told_at: Timestamp) -> ToldDays {
    let mut told = ToldDays { told_at, symbol: symbol.to_owned(), days: Vec::new(), unused: None };
    let (Some(first), Some(last)) = (hours.days.first(), hours.days.last()) else { return told };
    let zone = Calendar::of(exchange).zone().clone();
    let elsewhere = hours.time_zone.as_deref().filter(|name| {
        TimeZone::get(name).is_ok_and(|theirs| {
            let noon = first.date.at(12, 0, 0, 0);
            let offset = |zone: &TimeZone| zone.to_timestamp(noon).ok();
            offset(&theirs) != offset(&zone)
        })
    });
    if let Some(elsewhere) = elsewhere {
        told.unused = Some(format!(
            "{symbol} trades in the time zone {elsewhere}, so that its hours say nothing of \
             {exchange}; name the exchange of the symbol in the strategy's schedule"
        ));
        return told;
    }
    let mut date = first.date;
    while date <= last.date {
        match hours.days.iter().find(|day| day.date == date) {
            None => told.days.push(BrokerDay { date, hours: None }),
            Some(day) => {
                let opens = day.regular.iter().map(|hours| hours.opens).min();
                let closes = day.regular.iter().map(|hours| hours.closes).max();
                if let (Some(opens), Some(closes)) = (opens, closes) {
                    told.days.push(BrokerDay { date, hours: Some((opens, closes)) });
                }
            }
        }
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::market::{OpenHours, TradingDay};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours(zone: &str) -> TradingHours {
        let day = |of_month, regular: &[(&str, &str)]| TradingDay {
            date: date(2026, 3, of_month),
            regular: regular
                .iter()
                .map(|(opens, closes)| OpenHours { opens: at(opens), closes: at(closes) })
                .collect(),
            extended: Vec::new(),
        };
        TradingHours {
            time_zone: Some(zone.into()),
            days: vec![
                day(4, &[("2026-03-04T14:30:00Z", "2026-03-04T21:00:00Z")]),
                day(6, &[("2026-03-06T14:30:00Z", "2026-03-06T18:00:00Z")]),
                day(9, &[]),
            ],
        }
    }

    #[test]
    fn days_that_are_left_out_are_closed_and_days_without_hours_are_not_told_of() {
        let told = told(Exchange::Nyse, "AAPL", &hours("US/Eastern"), at("2026-03-04T12:00:00Z"));
        let days: Vec<i8> = told.days.iter().map(|day| day.date.day()).collect();
        assert_eq!(days, [4, 5, 6, 7, 8]);
        let sentences: Vec<String> =
            told.disagreements(Exchange::Nyse).into_iter().map(|found| found.sentence).collect();
        assert_eq!(
            sentences,
            [
                "on 2026-03-05 the broker has NYSE closed, and the shipped calendar has it open \
                 from 09:30 to 16:00; the broker's word holds",
                "on 2026-03-06 the broker has NYSE open from 09:30 to 13:00, and the shipped \
                 calendar has it open from 09:30 to 16:00; the broker's word holds",
            ]
        );
    }

    #[test]
    fn a_contract_that_trades_elsewhere_says_nothing_of_the_exchange() {
        let told = told(Exchange::Lse, "AAPL", &hours("US/Eastern"), at("2026-03-04T12:00:00Z"));
        assert!(told.days.is_empty());
        assert!(told.unused.unwrap().contains("US/Eastern"));
    }
}

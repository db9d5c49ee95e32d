use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::snapshots::{next_close, row, write};
use crate::calendar::Calendar;
use crate::domain::{Conid, Position, Timeframe};
use crate::executor::{ClosureCause, ExecutorError, Parts};
use crate::portfolio::{AttributedFill, Ledger, SnapshotPosition};
use crate::store::SnapshotRow;

/// Between two attempts to make missed closes good.
const BETWEEN_ATTEMPTS: SignedDuration = SignedDuration::from_mins(5);

/// How much of the daily history is asked for, in IBKR's words. A close that is longer ago is valued
/// at cost, and says so.
const HISTORY: &str = "2y";

/// Closes at which nobody wrote the account's value down.
///
/// A missed close is valued by the fills until it and the closing prices of its day, once there is a
/// session and our records were compared with the broker's, since a fill of that time may have been
/// unknown before.
pub(super) struct MissedCloses {
    closes: Vec<Timestamp>,
    next_attempt: Timestamp,
}

type ClosingPrices = BTreeMap<Conid, BTreeMap<Date, Decimal>>;

impl MissedCloses {
    pub(super) fn new(closes: Vec<Timestamp>, now: Timestamp) -> Self {
        Self { closes, next_attempt: now }
    }

    pub(super) fn add(&mut self, closes: Vec<Timestamp>, now: Timestamp) {
        self.closes.extend(closes);
        self.closes.sort();
        self.closes.dedup();
        self.next_attempt = now;
    }

    /// When they are to be made good; nothing if none was missed.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        (!self.closes.is_empty()).then_some(self.next_attempt)
    }

    /// Writes down what the account was worth at each, or puts it off until the broker answers.
    pub(super) async fn make_good(
        &mut self,
        parts: &Parts,
        calendar: &Calendar,
    ) -> Result<(), ExecutorError> {
        let now = parts.clock.now();
        self.next_attempt = now.checked_add(BETWEEN_ATTEMPTS).unwrap_or(now);
        let waits = [ClosureCause::NotReconciled, ClosureCause::NoSession];
        if parts.gate.closures().iter().any(|closure| waits.contains(&closure.cause)) {
            return Ok(());
        }
        let mut fills = parts.account.booked_fills();
        fills.sort_by_key(|fill| fill.fill.at);
        let Some(prices) = self.closing_prices(parts, calendar, &fills).await else {
            return Ok(());
        };
        let mut ledger = Ledger::starting_with(parts.account.starting_cash());
        let mut left = fills.as_slice();
        for close in std::mem::take(&mut self.closes) {
            let (booked, later) = left.split_at(left.partition_point(|fill| fill.fill.at <= close));
            for fill in booked {
                ledger.apply(fill);
            }
            left = later;
            let date = calendar.date_at(close);
            let of_day = prices
                .iter()
                .filter_map(|(conid, days)| Some((*conid, *days.get(&date)?)))
                .collect();
            let positions: Vec<_> = ledger
                .positions()
                .map(|position| {
                    // Where stop and target stood on that day is not on record any more.
                    let (stop_price, target_price) = Default::default();
                    let position = Position { stop_price, target_price, ..position.clone() };
                    SnapshotPosition::valued(position, &of_day)
                })
                .collect();
            let snapshot = SnapshotRow {
                is_rebuilt: true,
                ..row(date, &ledger.state(close, &of_day), &positions)
            };
            write(parts, snapshot, ledger.results(&of_day)).await?;
        }
        Ok(())
    }

    /// Closing prices of everything that was traded until the last missed close; nothing if the
    /// broker does not answer.
    async fn closing_prices(
        &self,
        parts: &Parts,
        calendar: &Calendar,
        fills: &[AttributedFill],
    ) -> Option<ClosingPrices> {
        let mut prices = ClosingPrices::new();
        let (first, last) = (*self.closes.first()?, *self.closes.last()?);
        for conid in held_between(fills, first, last) {
            match parts.market.history(conid, Timeframe::Daily, HISTORY).await {
                Ok(bars) => {
                    let days = bars.into_iter().map(|bar| (calendar.date_at(bar.at), bar.close));
                    prices.insert(conid, days.collect());
                }
                Err(error) => {
                    tracing::warn!(%error, "missed closes are made good later");
                    return None;
                }
            }
        }
        Some(prices)
    }
}

/// Contracts of which something was held at one of the closes from `first` to `last`.
fn held_between(fills: &[AttributedFill], first: Timestamp, last: Timestamp) -> Vec<Conid> {
    let mut ledger = Ledger::starting_with(Decimal::ZERO);
    let mut held: Vec<Conid> = Vec::new();
    let mut is_inside = false;
    for fill in fills.iter().filter(|fill| fill.fill.at <= last) {
        if !is_inside && fill.fill.at > first {
            held.extend(ledger.positions().map(|position| position.conid));
            is_inside = true;
        }
        ledger.apply(fill);
        if is_inside {
            held.push(fill.fill.conid);
        }
    }
    held.extend(ledger.positions().map(|position| position.conid));
    held.sort();
    held.dedup();
    held
}

/// The closes after `known`, up to `until` and with it.
pub(super) fn missed_closes(
    calendar: &Calendar,
    known: Timestamp,
    until: Timestamp,
) -> Vec<Timestamp> {
    let next = |close: &Timestamp| next_close(calendar, *close);
    std::iter::successors(next_close(calendar, known), next)
        .take_while(|close| *close <= until)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closes(known: &str, until: &str) -> Vec<String> {
        missed_closes(&Calendar::nyse(), known.parse().unwrap(), until.parse().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn c3_1_missed_closes_are_the_calendars_with_half_days_and_without_holidays() {
        // From the Wednesday before Thanksgiving 2012 over the half-day after it to Monday.
        let missed = closes("2012-11-21T21:00:00Z", "2012-11-26T21:00:00Z");
        assert_eq!(missed, ["2012-11-23T18:00:00Z", "2012-11-26T21:00:00Z"]);
        assert_eq!(closes("2012-11-21T21:00:00Z", "2012-11-23T17:59:59Z"), [""; 0]);
    }
}

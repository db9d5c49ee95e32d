//! The stop of a trailing order: a function of the prints since it began to follow them.

use jiff::Timestamp;

use super::Exchange;
use super::kind::{Kind, Trail};
use crate::domain::OrderSide;

impl Exchange {
    /// Where the stop of an order stands now, in cents; where it stood when it traded, once it has.
    pub(in crate::sandbox) fn stop_of(&self, position: usize) -> Option<i64> {
        let order = &self.orders[position];
        match order.kind {
            Kind::Market | Kind::Limit(_) => None,
            Kind::Stop(cents) | Kind::StopLimit { stop: cents, .. } => Some(cents),
            Kind::Trail { by, stop } => order.traded_stop.or_else(|| match order.trails_since {
                Some(since) => {
                    let best = self.best_since(order.listing, order.side, since)?;
                    Some(tighter(order.side, by.behind(best, order.side), stop))
                }
                None => stop,
            }),
        }
    }

    /// The best print for a trailing stop: the last one at `since`, or a better one until now.
    fn best_since(&self, listing: usize, side: OrderSide, since: Timestamp) -> Option<i64> {
        let details = &self.listings[listing];
        let first = details.last_print(self.seed, since)?;
        let last = details.last_print(self.seed, self.now)?;
        let mut best = first.cents;
        for (position, day) in details.days.iter().enumerate().take(last.day + 1).skip(first.day) {
            let path = details.path(self.seed, position);
            let from = if position == first.day { first.minute + 1 } else { 0 };
            let until = if position == last.day { last.minute } else { path.last_minute() };
            if from == 0 && until == path.last_minute() {
                best = better(side, best, better(side, day.low, day.high));
            } else {
                for minute in from..=until {
                    best = better(side, best, path.cents_at(minute));
                }
            }
        }
        Some(best)
    }

    /// The first print after now at or through the stop of a trailing order, not later than
    /// `until`.
    pub(super) fn next_trail_print(
        &self,
        position: usize,
        by: Trail,
        initial: Option<i64>,
        until: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let order = &self.orders[position];
        let side = order.side;
        let mut best = self.best_since(order.listing, side, order.trails_since?)?;
        let stop = |best: i64| tighter(side, by.behind(best, side), initial);
        let details = &self.listings[order.listing];
        let first = details.days.partition_point(|day| day.session.close <= self.now);
        for (number, day) in details.days.iter().enumerate().skip(first) {
            if until.is_some_and(|until| day.session.open > until) {
                return None;
            }
            // A whole day that stays clear of even the tightest stop that it can lead to is passed
            // over. Of a day that is under way, the best may lie before the trail began.
            let best_of_day = better(side, best, better(side, day.low, day.high));
            let is_clear = !is_through(side, stop(best_of_day), day.low, day.high);
            if is_clear && day.session.open > self.now {
                best = best_of_day;
                continue;
            }
            let begun = (self.now.as_second() - day.session.open.as_second()).div_euclid(60);
            let path = details.path(self.seed, number);
            for minute in (begun + 1).max(0)..=path.last_minute() {
                let cents = path.cents_at(minute);
                if is_through(side, stop(best), cents, cents) {
                    return Some(path.print(number, minute).at);
                }
                best = better(side, best, cents);
            }
        }
        None
    }
}

fn better(side: OrderSide, one: i64, other: i64) -> i64 {
    match side {
        OrderSide::Sell => one.max(other),
        OrderSide::Buy => one.min(other),
    }
}

/// The stop that is closer to the price: a trailing stop never loosens, not even at its beginning.
fn tighter(side: OrderSide, trailed: i64, initial: Option<i64>) -> i64 {
    initial.map_or(trailed, |initial| better(side, trailed, initial))
}

fn is_through(side: OrderSide, stop: i64, low: i64, high: i64) -> bool {
    match side {
        OrderSide::Sell => low <= stop,
        OrderSide::Buy => high >= stop,
    }
}

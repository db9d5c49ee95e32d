//! Whether what was fetched is of the present: a price and bars that have fallen silent say nothing
//! about it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::calendar::{Calendar, TradingSession};
use crate::domain::{Availability, Bar, Timeframe};

/// Older than this, a price is behind even what IBKR calls delayed.
const OLDEST: SignedDuration = SignedDuration::from_mins(15);

/// A price of the session that is under way or was the last one, as it happened or frozen at the
/// close. Delayed prices are decided on only where the strategy allows them by name, missing ones
/// never; and one that has stood still for a quarter of an hour before that time is stale, since a
/// feed that fell silent shows its last price for ever.
pub(crate) fn is_current(
    price_at: Timestamp,
    as_of: Timestamp,
    availability: Availability,
    allow_delayed: bool,
) -> bool {
    let usable = match availability {
        Availability::RealTime | Availability::Frozen => true,
        Availability::Delayed | Availability::FrozenDelayed => allow_delayed,
        Availability::Missing => false,
    };
    // What is delayed by a quarter of an hour may have stood still for another.
    let oldest = if allow_delayed { OLDEST.saturating_mul(2) } else { OLDEST };
    usable
        && begun(as_of).is_some_and(|session| {
            let until = as_of.min(session.close);
            let since = until.saturating_sub(oldest).unwrap_or(session.open);
            price_at >= since.max(session.open)
        })
}

/// The session that is under way or was the last one.
fn begun(as_of: Timestamp) -> Option<TradingSession> {
    let calendar = Calendar::nyse();
    let today = calendar.session_on(calendar.date_at(as_of));
    today
        .filter(|session| session.open <= as_of)
        .or_else(|| calendar.previous_session_before(as_of))
}

/// The timeframe whose bars end too early, with the date of its newest bar and the date of the last
/// session that was over; nothing if all reach that session. A bar of a week bears the date of
/// its first day.
pub(super) fn silent_bars(
    bars: &[(Timeframe, Vec<(Date, Bar)>)],
    as_of: Timestamp,
) -> Option<(Timeframe, Option<Date>, Date)> {
    let session = Calendar::nyse().previous_session_before(as_of)?;
    bars.iter().find_map(|(timeframe, bars)| {
        let days = match timeframe {
            Timeframe::Daily => 0,
            Timeframe::Weekly => 7,
        };
        let needed = session.date.checked_sub(days.days()).unwrap_or(session.date);
        let newest = bars.last().map(|(date, _)| *date);
        newest.is_none_or(|newest| newest < needed).then_some((*timeframe, newest, session.date))
    })
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn h10_a_price_that_fell_silent_during_the_session_is_stale() {
        use Availability::{Delayed, Frozen, Missing, RealTime};
        let cases = [
            // Price of, run at, availability, delayed data allowed: whether it counts.
            ("2012-06-15T15:59:00-04:00", "2012-06-15T16:00:00-04:00", RealTime, false, true),
            ("2012-06-15T15:45:00-04:00", "2012-06-15T16:00:00-04:00", RealTime, false, true),
            ("2012-06-15T15:44:59-04:00", "2012-06-15T16:00:00-04:00", RealTime, false, false),
            ("2012-06-15T10:00:00-04:00", "2012-06-15T15:00:00-04:00", RealTime, false, false),
            ("2012-06-15T09:30:00-04:00", "2012-06-15T09:31:00-04:00", RealTime, false, true),
            ("2012-06-14T16:00:00-04:00", "2012-06-15T09:31:00-04:00", RealTime, false, false),
            // After the close the last price of the session stands, over the weekend too.
            ("2012-06-15T16:00:00-04:00", "2012-06-17T12:00:00-04:00", Frozen, false, true),
            ("2012-06-15T15:00:00-04:00", "2012-06-17T12:00:00-04:00", Frozen, false, false),
            // A short day ends at 13:00.
            ("2012-07-03T12:59:00-04:00", "2012-07-03T16:00:00-04:00", RealTime, false, true),
            ("2012-06-15T11:45:00-04:00", "2012-06-15T12:00:00-04:00", Delayed, false, false),
            ("2012-06-15T11:30:00-04:00", "2012-06-15T12:00:00-04:00", Delayed, true, true),
            ("2012-06-15T11:29:00-04:00", "2012-06-15T12:00:00-04:00", Delayed, true, false),
            ("2012-06-15T12:00:00-04:00", "2012-06-15T12:00:00-04:00", Missing, true, false),
        ];
        for (price, as_of, availability, allow, expected) in cases {
            let found = is_current(at(price), at(as_of), availability, allow);
            assert_eq!(found, expected, "{price} at {as_of}, {availability:?}");
        }
    }

    #[test]
    fn h10_bars_that_end_before_the_last_session_are_silent() {
        let bars = |timeframe, newest: &str| {
            let one = Decimal::ONE;
            let at = at("2012-06-15T13:30:00Z");
            let bar = Bar { at, open: one, high: one, low: one, close: one, volume: one };
            vec![(timeframe, vec![(newest.parse::<Date>().unwrap(), bar)])]
        };
        let cases = [
            (Timeframe::Daily, "2012-06-15", "2012-06-15T16:00:00-04:00", true),
            (Timeframe::Daily, "2012-06-14", "2012-06-15T16:00:00-04:00", false),
            // The bar of the day that is under way may not be there yet.
            (Timeframe::Daily, "2012-06-14", "2012-06-15T09:30:10-04:00", true),
            (Timeframe::Daily, "2012-06-13", "2012-06-15T09:30:10-04:00", false),
            (Timeframe::Daily, "2012-06-15", "2012-06-18T09:30:10-04:00", true),
            (Timeframe::Weekly, "2012-06-11", "2012-06-18T16:00:00-04:00", true),
            (Timeframe::Weekly, "2012-06-04", "2012-06-15T16:00:00-04:00", false),
        ];
        for (timeframe, newest, as_of, is_current) in cases {
            let silent = silent_bars(&bars(timeframe, newest), at(as_of));
            assert_eq!(silent.is_none(), is_current, "{timeframe} of {newest} at {as_of}");
        }
        let empty = [(Timeframe::Daily, Vec::new())];
        assert!(silent_bars(&empty, at("2012-06-15T16:00:00-04:00")).is_some());
    }
}

use rust_decimal::prelude::ToPrimitive;

use crate::domain::Bar;

/// The prices of an entry with its protection, in the instrument's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BracketPrices {
    /// Limit price of the entry.
    pub entry: f64,
    /// Stop price, below it.
    pub stop: f64,
    /// Target, above it.
    pub target: f64,
}

/// What an entry would have made in R, by the bars after it: the first of them is the day for which
/// the entry works. Nothing if it would not have filled, or if the bars end before it was closed.
///
/// The way of the price inside a bar is not known, so that the worse is taken: a stop comes before
/// a target, and on the day of an entry that filled below its open no target is reached. A price
/// that opens beyond a level fills at the open. R is (exit − fill) ÷ (entry − stop), as for a trade.
pub fn bracket_r(after: &[Bar], prices: BracketPrices) -> Option<f64> {
    let BracketPrices { entry, stop, target } = prices;
    if !(stop < entry && entry < target) {
        return None;
    }
    let (first, rest) = after.split_first()?;
    let first = Day::of(first)?;
    if first.low > entry {
        return None;
    }
    let fill = first.open.min(entry);
    let in_r = |exit: f64| (exit - fill) / (entry - stop);
    if first.low <= stop {
        return Some(in_r(stop.min(fill)));
    }
    if first.open <= entry && first.high >= target {
        return Some(in_r(target));
    }
    for bar in rest {
        let day = Day::of(bar)?;
        if day.low <= stop {
            return Some(in_r(day.open.min(stop)));
        }
        if day.high >= target {
            return Some(in_r(day.open.max(target)));
        }
    }
    None
}

struct Day {
    open: f64,
    high: f64,
    low: f64,
}

impl Day {
    fn of(bar: &Bar) -> Option<Self> {
        Some(Self { open: bar.open.to_f64()?, high: bar.high.to_f64()?, low: bar.low.to_f64()? })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    const PRICES: BracketPrices = BracketPrices { entry: 100.0, stop: 96.0, target: 108.0 };

    fn bars(days: &[(i64, i64, i64, i64)]) -> Vec<Bar> {
        days.iter()
            .map(|(open, high, low, close)| Bar {
                at: Timestamp::UNIX_EPOCH,
                open: Decimal::from(*open),
                high: Decimal::from(*high),
                low: Decimal::from(*low),
                close: Decimal::from(*close),
                volume: Decimal::ONE,
            })
            .collect()
    }

    fn r(days: &[(i64, i64, i64, i64)]) -> Option<f64> {
        bracket_r(&bars(days), PRICES)
    }

    #[test]
    fn a_bracket_ends_at_its_stop_or_its_target() {
        assert_eq!(r(&[(101, 103, 99, 102), (102, 109, 101, 107)]), Some(2.0));
        assert_eq!(r(&[(101, 103, 99, 102), (99, 99, 95, 97)]), Some(-1.0));
        // The open is better than the limit, or beyond the level.
        assert_eq!(r(&[(98, 99, 97, 98), (99, 108, 98, 107)]), Some(2.5));
        assert_eq!(r(&[(101, 103, 99, 102), (92, 95, 90, 91)]), Some(-2.0));
        assert_eq!(r(&[(101, 103, 99, 102), (112, 113, 110, 111)]), Some(3.0));
    }

    #[test]
    fn of_what_the_bar_does_not_show_the_worse_is_taken() {
        assert_eq!(r(&[(101, 103, 99, 102), (100, 110, 95, 108)]), Some(-1.0));
        // The limit was reached after the open, and whether the high came before nobody knows.
        assert_eq!(r(&[(101, 109, 99, 105), (105, 106, 95, 96)]), Some(-1.0));
        assert_eq!(r(&[(100, 109, 99, 105)]), Some(2.0));
        // It opens below the stop: bought and sold at the open.
        assert_eq!(r(&[(94, 99, 93, 98)]), Some(0.0));
    }

    #[test]
    fn what_did_not_fill_or_did_not_end_is_no_trade() {
        assert_eq!(r(&[(103, 109, 101, 107)]), None);
        assert_eq!(r(&[(101, 103, 99, 102), (102, 104, 100, 103)]), None);
        assert_eq!(r(&[]), None);
        let upside_down = BracketPrices { entry: 100.0, stop: 101.0, target: 108.0 };
        assert_eq!(bracket_r(&bars(&[(100, 109, 90, 100)]), upside_down), None);
    }

    proptest! {
        /// What comes after the end of a trade does not change it: nothing looks ahead.
        #[test]
        fn later_bars_change_nothing(
            days in prop::collection::vec((90_i64..115, 0_i64..8, 0_i64..8), 1..12),
            later in prop::collection::vec((1_i64..900, 0_i64..80), 0..6),
        ) {
            let shown: Vec<_> = days
                .iter()
                .map(|(open, up, down)| (*open, open + up, open - down, *open))
                .collect();
            let Some(found) = r(&shown) else { return Ok(()) };
            let mut all = shown.clone();
            all.extend(later.iter().map(|(open, spread)| (*open, open + spread, *open, *open)));
            prop_assert_eq!(r(&all), Some(found));
        }
    }
}

//! The watch over stops and targets: what one look at a position calls for. A second line beside
//! the bracket at the broker (workflow.md B3.3, B3.4), so that it sells only what nothing else
//! sells, and only where the broker's own order is gone.

use rust_decimal::Decimal;

/// Which level the price is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WatchedLevel {
    /// Reached from above: the price is at it or below.
    Stop,
    /// Reached from below: the price is at it or above.
    Target,
}

impl WatchedLevel {
    /// Whether a price has reached the level.
    pub fn is_reached(self, price: Decimal, level: Decimal) -> bool {
        match self {
            Self::Stop => price <= level,
            Self::Target => price >= level,
        }
    }
}

/// The order at the broker that should act at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guardian {
    /// It works at the broker.
    Works,
    /// Our records have it at its end, or none at all, and the broker lists none.
    Missing,
    /// Our records and the broker's do not agree on it yet, or one is of unknown fate.
    Unclear,
}

/// One look at a level of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Which level.
    pub of: WatchedLevel,
    /// The stop price or the target.
    pub level: Decimal,
    /// The last price.
    pub price: Decimal,
    /// The price is of this moment: neither delayed nor stale, and the exchange trades.
    pub is_fresh: bool,
    /// What should act there.
    pub guardian: Guardian,
    /// Looks in a row until now, this one not counted, at which a fresh price had reached it.
    pub looks_before: u32,
    /// Shares of the position.
    pub held: Decimal,
    /// Shares that other working orders already sell, those of the target that would be moved not
    /// counted.
    pub selling: Decimal,
}

/// What a look calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchAct {
    /// The level is not reached.
    Rest,
    /// It is reached, and what should act has not had the time of one look yet.
    Wait,
    /// It is reached by a price that nothing can be decided on.
    Stale,
    /// It is reached, and what should act works and has not: a person is told, and nothing is sold
    /// a second time.
    Alarm,
    /// Nobody knows whether something acts, or other orders sell the shares already: a person is
    /// told.
    Unclear,
    /// What should act is gone: so many shares are to be sold.
    Sell(Decimal),
}

/// Decides on one look.
pub fn watch(look: Look) -> WatchAct {
    if !look.of.is_reached(look.price, look.level) {
        return WatchAct::Rest;
    }
    if !look.is_fresh {
        return WatchAct::Stale;
    }
    match look.guardian {
        Guardian::Works | Guardian::Unclear if look.looks_before == 0 => WatchAct::Wait,
        Guardian::Works => WatchAct::Alarm,
        Guardian::Unclear => WatchAct::Unclear,
        Guardian::Missing => {
            let left = (look.held - look.selling).trunc();
            if left >= Decimal::ONE { WatchAct::Sell(left) } else { WatchAct::Unclear }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn look(price: i64, guardian: Guardian, looks_before: u32) -> Look {
        Look {
            of: WatchedLevel::Stop,
            level: Decimal::from(90),
            price: Decimal::from(price),
            is_fresh: true,
            guardian,
            looks_before,
            held: Decimal::TEN,
            selling: Decimal::ZERO,
        }
    }

    #[test]
    fn b3_3_a_stop_that_is_missing_is_sold_and_one_that_works_is_not() {
        let (works, missing) = (Guardian::Works, Guardian::Missing);
        assert_eq!(watch(look(91, missing, 5)), WatchAct::Rest);
        assert_eq!(watch(look(90, missing, 0)), WatchAct::Sell(Decimal::TEN), "at the stop");
        assert_eq!(watch(look(80, works, 0)), WatchAct::Wait);
        assert_eq!(watch(look(80, works, 1)), WatchAct::Alarm);
        assert_eq!(watch(look(80, Guardian::Unclear, 0)), WatchAct::Wait);
        assert_eq!(watch(look(80, Guardian::Unclear, 1)), WatchAct::Unclear);
    }

    #[test]
    fn b3_4_a_target_is_reached_from_below() {
        let target = |price| Look {
            of: WatchedLevel::Target,
            level: Decimal::from(120),
            ..look(price, Guardian::Missing, 0)
        };
        assert_eq!(watch(target(119)), WatchAct::Rest);
        assert_eq!(watch(target(120)), WatchAct::Sell(Decimal::TEN));
    }

    #[test]
    fn h10_a_stale_price_sells_nothing() {
        let stale = Look { is_fresh: false, ..look(80, Guardian::Missing, 9) };
        assert_eq!(watch(stale), WatchAct::Stale);
    }

    #[test]
    fn what_other_orders_sell_is_not_sold_again() {
        let partly = Look { selling: Decimal::from(7), ..look(80, Guardian::Missing, 0) };
        assert_eq!(watch(partly), WatchAct::Sell(Decimal::from(3)));
        let all = Look { selling: Decimal::TEN, ..look(80, Guardian::Missing, 0) };
        assert_eq!(watch(all), WatchAct::Unclear);
    }

    proptest! {
        /// Whatever is seen, no more is sold than is held and nobody else sells, and nothing on a
        /// stale price or beside an order that works.
        #[test]
        fn it_never_sells_twice(
            price in 1i64..200, level in 1i64..200, held in 0i64..1000, selling in 0i64..1000,
            fresh in any::<bool>(), is_stop in any::<bool>(), guardian in 0usize..3, before in 0u32..4,
        ) {
            let guardian = [Guardian::Works, Guardian::Missing, Guardian::Unclear][guardian];
            let of = if is_stop { WatchedLevel::Stop } else { WatchedLevel::Target };
            let look = Look {
                of,
                level: Decimal::from(level),
                price: Decimal::from(price),
                is_fresh: fresh,
                guardian,
                looks_before: before,
                held: Decimal::from(held),
                selling: Decimal::from(selling),
            };
            if let WatchAct::Sell(quantity) = watch(look) {
                prop_assert!(fresh && guardian == Guardian::Missing);
                prop_assert!(of.is_reached(look.price, look.level));
                prop_assert!(quantity >= Decimal::ONE && quantity + look.selling <= look.held);
            }
        }
    }
}

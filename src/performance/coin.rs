use std::collections::BTreeMap;

use super::compare::{mean, percentile};
use super::lot::Lot;

/// How often lots are drawn.
const DRAWS: u32 = 5_000;

/// A moment at which a BUY could have been made, and what it would have made.
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    /// Ticker symbol.
    pub symbol: String,
    /// What the entry would have made, in R.
    pub r: f64,
    /// The strategy bought.
    pub is_bought: bool,
    /// The built-in rule analyst proposed to buy.
    pub rules_buy: bool,
}

/// The mean R of entries drawn by lot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coin {
    /// How often it was drawn.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// Mean over the draws.
    pub mean_r: f64,
    /// The 5th percentile.
    pub low: f64,
    /// The 95th percentile.
    pub high: f64,
    /// How likely chance alone does as well as the strategy.
    pub p_value: f64,
}

/// Lets chance choose the moments: in each symbol as many entries as the strategy made are drawn
/// without replacement from all opportunities, and their mean R is taken, again and again. Nothing
/// if the strategy made no entry.
///
/// This is the permutation test of "the moments were chosen no better than by lot". A rising market
/// lifts the lots as it lifts the strategy, so that only the choice of the moment is judged, not
/// the market and not the choice of the symbols. p = (1 + draws at least as good) ÷ (1 + draws),
/// which is never zero: B. Phipson and G. K. Smyth, *Permutation p-values should never be zero*,
/// Statistical Applications in Genetics and Molecular Biology 9 (2010).
pub fn coin(opportunities: &[Opportunity], seed: u64) -> Option<Coin> {
    let mut by_symbol: BTreeMap<&str, (Vec<f64>, usize)> = BTreeMap::new();
    for opportunity in opportunities {
        let (values, bought) = by_symbol.entry(&opportunity.symbol).or_default();
        values.push(opportunity.r);
        *bought += usize::from(opportunity.is_bought);
    }
    let bought: Vec<f64> =
        opportunities.iter().filter(|one| one.is_bought).map(|one| one.r).collect();
    let observed = mean(&bought)?;
    let mut lot = Lot::new(seed, "coin");
    let mut means = Vec::with_capacity(DRAWS as usize);
    for _ in 0..DRAWS {
        let mut sum = 0.0;
        for (values, count) in by_symbol.values_mut() {
            // The first `count` places of a shuffle; the order that the draw before left does not
            // matter.
            for place in 0..*count {
                let other = place + lot.below(values.len() - place);
                values.swap(place, other);
                sum += values[place];
            }
        }
        means.push(sum / bought.len() as f64);
    }
    // The sums are made in different orders, and a tie is as good as the strategy.
    let as_good = means.iter().filter(|mean| **mean >= observed - 1e-9).count();
    means.sort_by(f64::total_cmp);
    Some(Coin {
        draws: DRAWS,
        seed,
        mean_r: mean(&means)?,
        low: percentile(&means, 0.05)?,
        high: percentile(&means, 0.95)?,
        p_value: (1.0 + as_good as f64) / (1.0 + f64::from(DRAWS)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opportunity(symbol: &str, r: f64, is_bought: bool) -> Opportunity {
        Opportunity { symbol: symbol.into(), r, is_bought, rules_buy: false }
    }

    /// Of 10 values 3 are bought, the best three. One of the 120 choices is as good: p is near
    /// 1 ÷ 120, by enumeration.
    #[test]
    fn the_p_value_is_that_of_enumeration() {
        let values = [2.0, 1.5, 1.0, 0.5, 0.0, -0.25, -0.5, -0.75, -1.0, -1.25];
        let all: Vec<Opportunity> = values
            .iter()
            .enumerate()
            .map(|(index, r)| opportunity("AAPL", *r, index < 3))
            .collect();
        let found = coin(&all, 42).unwrap();
        // 5 000 draws of a chance of 0.00833: 0.0083 ± 0.0052 at four standard deviations.
        assert!((found.p_value - 1.0 / 120.0).abs() < 0.0052, "{found:?}");
        // The mean of the lots is the mean of the values.
        assert!((found.mean_r - 0.125).abs() < 0.03, "{found:?}");
        assert_eq!(coin(&all, 42), Some(found));
    }

    #[test]
    fn a_good_symbol_is_no_good_moment() {
        // Whatever is bought in the rising symbol, every moment there is as good.
        let mut all: Vec<Opportunity> =
            (0..40).map(|index| opportunity("UP", 2.0, index < 20)).collect();
        all.extend((0..40).map(|_| opportunity("DOWN", -1.0, false)));
        let found = coin(&all, 1).unwrap();
        assert!((found.p_value - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn without_an_entry_there_is_nothing_to_compare() {
        assert_eq!(coin(&[opportunity("AAPL", 1.0, false)], 1), None);
        assert_eq!(coin(&[], 1), None);
    }

    /// Choosing by lot is called better than lot about as often as the level of the test says.
    #[test]
    fn chance_is_rarely_called_an_edge() {
        let mut lot = Lot::new(3, "test");
        let values: Vec<f64> =
            (0..120).map(|_| if lot.below(100) < 40 { 2.0 } else { -1.0 }).collect();
        let called = (0..100_u64)
            .filter(|seed| {
                let all: Vec<Opportunity> =
                    values.iter().map(|r| opportunity("AAPL", *r, lot.below(3) == 0)).collect();
                coin(&all, *seed).is_some_and(|coin| coin.p_value < 0.05)
            })
            .count();
        // 5 expected; more than 12 of 100 happens once in six hundred times.
        assert!(called <= 12, "chance was called an edge {called} times of 100");
    }
}

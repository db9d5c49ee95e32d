use rust_decimal::prelude::ToPrimitive;

use super::lot::Lot;
use super::numbers::{Numbers, numbers};
use super::proportion::{Difference, newcombe};
use crate::domain::Signal;

/// Closed trades that a side needs before anything is said about it. Below that the interval of a
/// win rate is wider than ± 20 points, and the bootstrap of a mean is not to be trusted.
pub const MINIMUM_OUTCOMES: u32 = 20;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 2_000;

/// Seed of the bootstrap: the same trades give the same interval.
const SEED: u64 = 1;

/// Two sides beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One side.
    pub first: Numbers,
    /// The other.
    pub second: Numbers,
    /// Of the win rates.
    pub win_rate: Option<Difference>,
    /// Of the mean R.
    pub average_r: Option<Difference>,
    /// Both sides have at least [`MINIMUM_OUTCOMES`] closed trades.
    pub is_enough: bool,
    /// What can be said, in one sentence.
    pub sentence: String,
}

/// Compares two sides, such as two versions of a prompt.
pub fn compare(first: &[Signal], second: &[Signal]) -> Comparison {
    let (a, b) = (numbers(first), numbers(second));
    let win_rate = newcombe((a.wins, a.outcomes()), (b.wins, b.outcomes()));
    let average_r = mean_difference(&multiples(first), &multiples(second));
    let is_enough = a.outcomes() >= MINIMUM_OUTCOMES && b.outcomes() >= MINIMUM_OUTCOMES;
    let sentence = match average_r.filter(|_| is_enough) {
        None => format!(
            "There are not enough outcomes to tell: {} and {} closed trades, and each side needs \
             {MINIMUM_OUTCOMES}.",
            a.outcomes(),
            b.outcomes()
        ),
        Some(r) if r.is_clear() => format!(
            "The {} did better by {:.2} R a trade (95 % interval {:.2} to {:.2}).",
            if r.value > 0.0 { "first" } else { "second" },
            r.value.abs(),
            r.low.abs().min(r.high.abs()),
            r.low.abs().max(r.high.abs())
        ),
        Some(r) => format!(
            "No difference can be told: {:+.2} R a trade for the first, and the 95 % interval from \
             {:+.2} to {:+.2} holds zero.",
            r.value, r.low, r.high
        ),
    };
    Comparison { first: a, second: b, win_rate, average_r, is_enough, sentence }
}

/// R of the closed trades.
fn multiples(signals: &[Signal]) -> Vec<f64> {
    signals.iter().filter_map(|signal| signal.actual_r_multiple?.to_f64()).collect()
}

/// The difference of two means with its percentile interval: both sides are drawn from anew, with
/// replacement, and of the differences the 2.5th and the 97.5th percentile are taken.
/// B. Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7 (1979).
fn mean_difference(first: &[f64], second: &[f64]) -> Option<Difference> {
    let value = mean(first)? - mean(second)?;
    let mut lot = Lot::new(SEED, "bootstrap");
    let mut resampled = |values: &[f64]| {
        let sum: f64 = (0..values.len()).map(|_| values[lot.below(values.len())]).sum();
        sum / values.len() as f64
    };
    let mut differences: Vec<f64> =
        (0..RESAMPLES).map(|_| resampled(first) - resampled(second)).collect();
    differences.sort_by(f64::total_cmp);
    Some(Difference {
        value,
        low: percentile(&differences, 0.025)?,
        high: percentile(&differences, 0.975)?,
    })
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The percentile of sorted values, between two of them by linear interpolation (type 7 of Hyndman
/// and Fan, *Sample quantiles in statistical packages*, 1996).
pub(super) fn percentile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = part.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let between = place - below as f64;
    Some(sorted[below] + (sorted[above] - sorted[below]) * between)
}

#[cfg(test)]
mod tests {
    use super::super::samples::closed;
    use super::*;

    #[test]
    fn a_handful_of_trades_is_not_enough_to_tell() {
        let better: Vec<Signal> = (0..19).map(|_| closed("2", "200")).collect();
        let worse: Vec<Signal> = (0..40).map(|_| closed("-1", "-100")).collect();
        let found = compare(&better, &worse);
        assert!(!found.is_enough);
        assert!(found.sentence.contains("not enough outcomes to tell"), "{}", found.sentence);
        assert!(compare(&[], &[]).average_r.is_none());
    }

    #[test]
    fn a_clear_difference_is_said_and_an_unclear_one_is_not_claimed() {
        let side = |wins: usize| -> Vec<Signal> {
            let won = (0..wins).map(|_| closed("2", "200"));
            won.chain((wins..40).map(|_| closed("-1", "-100"))).collect()
        };
        let clear = compare(&side(30), &side(10));
        assert!(clear.is_enough && clear.average_r.unwrap().is_clear());
        assert!(clear.sentence.starts_with("The first did better by 1.50 R"), "{}", clear.sentence);
        let other = compare(&side(10), &side(30));
        assert!(other.sentence.starts_with("The second did better"), "{}", other.sentence);
        let unclear = compare(&side(20), &side(19));
        assert!(unclear.sentence.starts_with("No difference can be told"), "{}", unclear.sentence);
    }

    /// numpy 2: `percentile([-1, 2, 3, 0.5, 1.25, -0.75, 4], [2.5, 5, 95, 97.5])`.
    #[test]
    fn percentiles_are_those_of_numpy() {
        let sorted = [-1.0, -0.75, 0.5, 1.25, 2.0, 3.0, 4.0];
        let expected = [(0.025, -0.9625), (0.05, -0.925), (0.95, 3.7), (0.975, 3.85)];
        for (part, value) in expected {
            assert!((percentile(&sorted, part).unwrap() - value).abs() < 1e-12, "{part}");
        }
        assert_eq!(percentile(&[], 0.5), None);
    }
}

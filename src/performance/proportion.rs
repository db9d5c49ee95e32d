/// The 97.5 % quantile of the normal distribution: the bounds of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// Successes ÷ trials.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A difference with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// First minus second.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Difference {
    /// Whether the interval leaves no difference out.
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The score interval of a share; nothing without a trial. It holds its level for few trials and at
/// the edges, where the textbook's `p ± z √(p(1 − p)/n)` collapses.
///
/// With p = successes ÷ n: centre (p + z²/2n) ÷ (1 + z²/n), half-width
/// z ÷ (1 + z²/n) · √(p(1 − p)/n + z²/4n²). E. B. Wilson, *Probable inference, the law of
/// succession, and statistical inference*, JASA 22 (1927).
pub fn wilson(successes: u32, trials: u32) -> Option<Proportion> {
    if trials == 0 {
        return None;
    }
    let n = f64::from(trials);
    let value = f64::from(successes.min(trials)) / n;
    let z_squared = Z * Z;
    let scale = 1.0 + z_squared / n;
    let centre = (value + z_squared / (2.0 * n)) / scale;
    let spread = value * (1.0 - value) / n + z_squared / (4.0 * n * n);
    let half_width = Z / scale * spread.sqrt();
    // At the edges the bound is the edge itself; rounding must not move the share out of it.
    let low = if successes == 0 { 0.0 } else { (centre - half_width).max(0.0) };
    let high = if successes >= trials { 1.0 } else { (centre + half_width).min(1.0) };
    Some(Proportion { value, low, high })
}

/// The interval of the difference of two shares, each as (successes, trials); nothing if either has
/// no trial.
///
/// With the Wilson bounds l and u of each: d − √((p₁ − l₁)² + (u₂ − p₂)²) and
/// d + √((u₁ − p₁)² + (p₂ − l₂)²). R. G. Newcombe, *Interval estimation for the difference between
/// independent proportions*, Statistics in Medicine 17 (1998), method 10.
pub fn newcombe(first: (u32, u32), second: (u32, u32)) -> Option<Difference> {
    let (a, b) = (wilson(first.0, first.1)?, wilson(second.0, second.1)?);
    let value = a.value - b.value;
    Some(Difference {
        value,
        low: value - (a.value - a.low).hypot(b.high - b.value),
        high: value + (a.high - a.value).hypot(b.value - b.low),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// statsmodels 0.15.0: `proportion_confint(successes, trials, alpha=0.05, method="wilson")`.
    #[test]
    fn the_interval_of_a_share_is_that_of_statsmodels() {
        let expected = [
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (10, 10, 0.722_467_200_137_110_6, 1.0),
            (7, 20, 0.181_191_824_101_082_03, 0.567_145_723_314_763_8),
            (55, 100, 0.452_446_029_974_421_3, 0.643_854_620_204_880_3),
            (1, 3, 0.061_491_944_720_396_26, 0.792_340_399_197_952_3),
        ];
        for (successes, trials, low, high) in expected {
            let interval = wilson(successes, trials).unwrap();
            assert!(close(interval.low, low) && close(interval.high, high), "{interval:?}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    /// statsmodels 0.15.0: `confint_proportions_2indep(…, method="newcomb", compare="diff")`.
    #[test]
    fn the_interval_of_a_difference_is_that_of_statsmodels() {
        let wide = newcombe((56, 70), (48, 80)).unwrap();
        assert!(close(wide.low, 0.052_431_472_402_364_98), "{wide:?}");
        assert!(close(wide.high, 0.333_872_654_036_906_14), "{wide:?}");
        let few = newcombe((9, 10), (3, 10)).unwrap();
        assert!(close(few.low, 0.170_522_723_934_502_9), "{few:?}");
        assert!(close(few.high, 0.809_017_973_535_488), "{few:?}");
        assert!(few.is_clear() && newcombe((1, 1), (0, 0)).is_none());
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_share_and_narrows_with_more_trials(
            trials in 1_u32..5_000, part in 0.0_f64..=1.0,
        ) {
            let successes = (f64::from(trials) * part) as u32;
            let interval = wilson(successes, trials).unwrap();
            prop_assert!(0.0 <= interval.low && interval.low <= interval.value);
            prop_assert!(interval.value <= interval.high && interval.high <= 1.0);
            let more = wilson(successes * 4, trials * 4).unwrap();
            prop_assert!(more.high - more.low < interval.high - interval.low);
            // What is a success is a matter of naming.
            let mirrored = wilson(trials - successes, trials).unwrap();
            prop_assert!((mirrored.low - (1.0 - interval.high)).abs() < 1e-9);
        }

        #[test]
        fn a_difference_changes_its_sign_with_its_sides(
            a in (0_u32..200, 1_u32..200), b in (0_u32..200, 1_u32..200),
        ) {
            let (a, b) = ((a.0.min(a.1), a.1), (b.0.min(b.1), b.1));
            let (one, other) = (newcombe(a, b).unwrap(), newcombe(b, a).unwrap());
            prop_assert!((one.value + other.value).abs() < 1e-12);
            prop_assert!((one.low + other.high).abs() < 1e-12);
            prop_assert!(one.low <= one.value && one.value <= one.high);
        }
    }
}

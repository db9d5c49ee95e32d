//! The figures that annotate a panel.

/// What is said about the values of one series that are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistics {
    /// Index and value of the highest; the earliest where several are equal.
    pub(super) highest: (usize, f64),
    /// Index and value of the lowest; the earliest where several are equal.
    pub(super) lowest: (usize, f64),
    pub(super) average: f64,
    pub(super) median: f64,
    /// The value of the last bar, unless it has none.
    pub(super) latest: Option<f64>,
}

impl Statistics {
    /// Nothing if no value is there. Bars without a value do not count.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let present = || values.iter().copied().enumerate().filter(|(_, value)| value.is_finite());
        let first = present().next()?;
        let (mut highest, mut lowest) = (first, first);
        for (index, value) in present() {
            if value > highest.1 {
                highest = (index, value);
            }
            if value < lowest.1 {
                lowest = (index, value);
            }
        }
        let mut sorted: Vec<f64> = present().map(|(_, value)| value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let count = sorted.len();
        Some(Self {
            highest,
            lowest,
            average: sorted.iter().sum::<f64>() / count as f64,
            median: f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]),
            latest: values.last().copied().filter(|value| value.is_finite()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_without_a_value_do_not_count() {
        let statistics = Statistics::of(&[f64::NAN, 3.0, 9.0, 9.0, 1.0]).unwrap();
        assert_eq!(statistics.highest, (2, 9.0));
        assert_eq!(statistics.lowest, (4, 1.0));
        assert_eq!((statistics.average, statistics.median), (5.5, 6.0));
        assert_eq!(statistics.latest, Some(1.0));
        assert_eq!(Statistics::of(&[f64::NAN; 3]), None);
    }

    #[test]
    fn an_old_value_is_not_the_latest() {
        assert_eq!(Statistics::of(&[3.0, f64::NAN]).unwrap().latest, None);
    }
}

use std::fmt;

use super::IndicatorError;

/// Largest magnitude of an input. Above every `Decimal` (7.9e28), and so far below the largest
/// `f64` that no sum or square of it overflows.
const LARGEST_INPUT: f64 = 1e30;

/// Prices and volumes by column, oldest bar first, all of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BarColumns {
    /// First prices.
    pub open: Vec<f64>,
    /// Highest prices.
    pub high: Vec<f64>,
    /// Lowest prices.
    pub low: Vec<f64>,
    /// Last prices.
    pub close: Vec<f64>,
    /// Shares traded.
    pub volume: Vec<f64>,
}

impl BarColumns {
    /// Number of bars: the length of the column of closes.
    pub fn len(&self) -> usize {
        self.close.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// The prices of one column.
    pub fn prices(&self, column: PriceColumn) -> &[f64] {
        match column {
            PriceColumn::Close => &self.close,
            PriceColumn::Open => &self.open,
            PriceColumn::High => &self.high,
            PriceColumn::Low => &self.low,
        }
    }

    /// Refuses columns of unequal length.
    pub(super) fn check_lengths(&self) -> Result<(), IndicatorError> {
        for column in Column::ALL {
            let length = self.values(column).len();
            if length != self.len() {
                let column = column.as_str();
                return Err(IndicatorError::UnequalColumns { column, length, closes: self.len() });
            }
        }
        Ok(())
    }

    /// Refuses numbers that cannot be computed with, in the columns named.
    pub(super) fn check_numbers(&self, columns: &[Column]) -> Result<(), IndicatorError> {
        for column in columns {
            let values = self.values(*column);
            if are_small(values) {
                continue;
            }
            if let Some(bar) = values.iter().position(|value| !is_usable(*value)) {
                let column = column.as_str();
                return Err(IndicatorError::UnusableValue { column, bar, value: values[bar] });
            }
        }
        Ok(())
    }

    fn values(&self, column: Column) -> &[f64] {
        match column {
            Column::Price(price) => self.prices(price),
            Column::Volume => &self.volume,
        }
    }
}

/// A column of [`BarColumns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Price(PriceColumn),
    Volume,
}

impl Column {
    const ALL: [Self; 5] = [Self::OPEN, Self::HIGH, Self::LOW, Self::CLOSE, Self::Volume];
    pub(super) const OPEN: Self = Self::Price(PriceColumn::Open);
    pub(super) const HIGH: Self = Self::Price(PriceColumn::High);
    pub(super) const LOW: Self = Self::Price(PriceColumn::Low);
    pub(super) const CLOSE: Self = Self::Price(PriceColumn::Close);

    fn as_str(self) -> &'static str {
        match self {
            Self::Price(price) => price.as_str(),
            Self::Volume => "volume",
        }
    }
}

/// Whether the sum of squares proves that every value is usable: a quick answer for real prices and
/// volumes, since it is a multiplication and an addition for each, side by side.
fn are_small(values: &[f64]) -> bool {
    const LANES: usize = 16;
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value * value;
        }
    }
    let sum: f64 = sums.iter().sum::<f64>() + rest.iter().map(|value| value * value).sum::<f64>();
    sum <= LARGEST_INPUT * LARGEST_INPUT
}

/// False for NaN as well, with which every comparison is false.
fn is_usable(value: f64) -> bool {
    value.abs() <= LARGEST_INPUT
}

/// The price of a bar that an indicator is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceColumn {
    /// The last price.
    Close,
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
}

impl PriceColumn {
    /// Every column, the usual one first.
    pub const ALL: [Self; 4] = [Self::Close, Self::Open, Self::High, Self::Low];

    /// The name in parameters: `close`, `open`, `high` or `low`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for PriceColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What [`compute`](super::compute) gives.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorOutput {
    /// The lines, the main one first.
    pub lines: Vec<IndicatorSeries>,
    /// Bars before the first one at which every line has a value: the index of that bar, be there
    /// so many bars or not.
    pub warm_up_bars: usize,
}

impl IndicatorOutput {
    /// The line of that name.
    pub fn line(&self, name: &str) -> Option<&IndicatorSeries> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// One line of an indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorSeries {
    /// Such as `value`, `signal`, `histogram`, `upper`, `middle`, `lower`, `direction`, `k`, `d` or
    /// `average`.
    pub name: &'static str,
    /// One value per bar, NaN while the indicator warms up.
    pub values: Vec<f64>,
}

impl IndicatorSeries {
    /// The value at the last bar; nothing while the indicator warms up.
    pub fn last(&self) -> Option<f64> {
        self.values.last().copied().filter(|value| value.is_finite())
    }
}

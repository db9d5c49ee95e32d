//! How values are written on axes and in captions.

/// Decimals that are still shown of the smallest prices.
const MOST_DECIMALS: usize = 8;

/// The way in which the values of one panel are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NumberFormat {
    divisor: f64,
    suffix: &'static str,
    decimals: usize,
}

impl NumberFormat {
    /// Plain values of about this magnitude: two decimals, and more where values are small.
    pub(super) fn plain(magnitude: f64) -> Self {
        let decimals = if magnitude >= 1.0 || magnitude == 0.0 {
            2
        } else {
            (3.0 - magnitude.log10().floor()).clamp(2.0, 8.0) as usize
        };
        Self { divisor: 1.0, suffix: "", decimals: decimals.min(MOST_DECIMALS) }
    }

    /// Values with a fixed number of decimals.
    pub(super) fn fixed(decimals: usize) -> Self {
        Self { divisor: 1.0, suffix: "", decimals }
    }

    /// Values in millions.
    pub(super) fn millions(magnitude: f64) -> Self {
        let decimals = if magnitude >= 1e7 { 1 } else { 3 };
        Self { divisor: 1e6, suffix: "M", decimals }
    }

    /// Values in the unit that suits this magnitude: plain, K, M or B.
    pub(super) fn scaled(magnitude: f64) -> Self {
        let (divisor, suffix) = match magnitude {
            m if m >= 1e9 => (1e9, "B"),
            m if m >= 1e6 => (1e6, "M"),
            m if m >= 1e3 => (1e3, "K"),
            _ => (1.0, ""),
        };
        Self { divisor, suffix, decimals: 2 }
    }

    /// The same unit, with the decimals that tell values this far apart.
    pub(super) fn for_step(self, step: f64) -> Self {
        let step = step / self.divisor;
        // A step is 1, 2, 2.5 or 5 times a power of ten.
        let mut shifted = step;
        let mut decimals = 0;
        while decimals < MOST_DECIMALS && (shifted - shifted.round()).abs() > 1e-6 * shifted.abs() {
            decimals += 1;
            shifted *= 10.0;
        }
        Self { decimals, ..self }
    }

    /// The value as text, with a comma between thousands and a proper minus sign. Zero has no unit.
    pub(super) fn write(self, value: f64) -> String {
        let digits = format!("{:.*}", self.decimals, (value / self.divisor).abs());
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut text = String::with_capacity(digits.len() + 8);
        // A value that rounds to nothing has no sign.
        if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
            text.push('−');
        }
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        if value != 0.0 {
            text.push_str(self.suffix);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_have_two_decimals_and_pennies_more() {
        assert_eq!(NumberFormat::plain(585.0).write(585.236), "585.24");
        assert_eq!(NumberFormat::plain(12_000.0).write(1_234_567.5), "1,234,567.50");
        assert_eq!(NumberFormat::plain(0.0123).write(0.012_345), "0.01235");
    }

    #[test]
    fn a_negative_value_has_a_minus_unless_it_rounds_to_nothing() {
        assert_eq!(NumberFormat::fixed(2).write(-1.5), "−1.50");
        assert_eq!(NumberFormat::fixed(2).write(-0.001), "0.00");
    }

    #[test]
    fn volume_is_in_millions_and_balance_in_its_own_unit() {
        assert_eq!(NumberFormat::millions(9.1e7).write(91_234_567.0), "91.2M");
        assert_eq!(NumberFormat::millions(4e5).write(123_400.0), "0.123M");
        assert_eq!(NumberFormat::scaled(4.2e9).write(-4_210_000_000.0), "−4.21B");
        assert_eq!(NumberFormat::scaled(4.2e6).write(4_210_000.0), "4.21M");
        assert_eq!(NumberFormat::scaled(4.2e3).write(4_210.0), "4.21K");
        assert_eq!(NumberFormat::scaled(42.0).write(42.0), "42.00");
        assert_eq!(NumberFormat::scaled(4e6).for_step(2e6).write(0.0), "0");
    }

    #[test]
    fn ticks_show_no_more_decimals_than_they_need() {
        assert_eq!(NumberFormat::scaled(2e9).for_step(5e8).write(1.5e9), "1.5B");
        assert_eq!(NumberFormat::plain(600.0).for_step(50.0).write(550.0), "550");
        assert_eq!(NumberFormat::plain(6.0).for_step(0.25).write(5.25), "5.25");
    }
}

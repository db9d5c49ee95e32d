use rust_decimal::{Decimal, RoundingStrategy};

/// An amount to the cent, halves away from zero. The one place where money is rounded for a record
/// or a card; what is computed further is never rounded in between.
pub fn round_to_cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        for (amount, expected) in [("1.005", "1.01"), ("-1.005", "-1.01"), ("1.0049", "1.00")] {
            let rounded = round_to_cents(amount.parse().unwrap());
            assert_eq!(rounded, expected.parse().unwrap(), "{amount}");
        }
    }
}

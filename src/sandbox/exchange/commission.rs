use rust_decimal::{Decimal, RoundingStrategy};

/// 0.005 USD a share.
const PER_SHARE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
/// At least 1.00 USD an order.
const MINIMUM: Decimal = Decimal::from_parts(100, 0, 0, false, 2);
/// At most 1 % of the trade's value, which goes before the minimum.
const MAXIMUM_SHARE_OF_VALUE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// IBKR's fixed commission for US stocks on one order, in USD, rounded to the cent, for all of its
/// executions together (IBKR, *Commissions: Stocks, Fixed*).
pub(super) fn commission(shares: i64, value: Decimal) -> Decimal {
    if shares == 0 {
        return Decimal::ZERO;
    }
    (Decimal::from(shares) * PER_SHARE)
        .max(MINIMUM)
        .min(value * MAXIMUM_SHARE_OF_VALUE)
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_schedule() {
        for (shares, price, expected) in [
            (1, "100.00", "1.00"),
            (1, "25.00", "0.25"),
            (100, "25.00", "1.00"),
            (200, "25.00", "1.00"),
            (201, "25.00", "1.01"),
            (1_000, "25.00", "5.00"),
            (1_000, "0.25", "2.50"),
            (0, "25.00", "0"),
        ] {
            let value = price.parse::<Decimal>().unwrap() * Decimal::from(shares);
            assert_eq!(commission(shares, value), expected.parse().unwrap(), "{shares} at {price}");
        }
    }
}

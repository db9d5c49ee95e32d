use rust_decimal::{Decimal, RoundingStrategy};

/// IBKR's fixed commission for US stocks, in USD: 0.005 a share, at least 1.00, at most 1 % of the
/// trade's value; rounded to the cent. For estimates before an order; what was really charged
/// comes with each fill.
pub fn fixed_commission(quantity: Decimal, price: Decimal) -> Decimal {
    let by_share = quantity * Decimal::new(5, 3);
    let cap = quantity * price / Decimal::ONE_HUNDRED;
    by_share
        .max(Decimal::ONE)
        .min(cap)
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_and_the_cap_hold() {
        let cases = [(100, "567.40", "1.00"), (400, "567.40", "2.00"), (10, "5.00", "0.50")];
        for (quantity, price, expected) in cases {
            let commission = fixed_commission(Decimal::from(quantity), price.parse().unwrap());
            assert_eq!(commission, expected.parse().unwrap(), "{quantity} at {price}");
        }
    }
}

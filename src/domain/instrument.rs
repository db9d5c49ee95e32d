use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Conid;

/// A tradable contract, as the broker describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Instrument {
    /// IBKR's contract id: what an order names. A symbol alone is never enough.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Name of the company, as the broker writes it.
    pub company_name: String,
    /// Listing exchange, such as `NASDAQ`.
    pub exchange: String,
    /// ISO code of the currency that prices are in.
    pub currency: String,
    /// Smallest price step, in `currency`.
    #[ts(type = "string")]
    pub tick_size: Decimal,
}

impl Instrument {
    /// Rounds a price to the nearest tick, halves away from zero. The one place where it is done.
    pub fn round_to_tick(&self, price: Decimal) -> Decimal {
        if self.tick_size <= Decimal::ZERO {
            return price;
        }
        let ticks = (price / self.tick_size)
            .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        (ticks * self.tick_size).normalize().max(Decimal::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instrument(tick_size: &str) -> Instrument {
        Instrument {
            conid: Conid(265_598),
            symbol: "AAPL".into(),
            company_name: "APPLE INC".into(),
            exchange: "NASDAQ".into(),
            currency: "USD".into(),
            tick_size: tick_size.parse().unwrap(),
        }
    }

    #[test]
    fn a_price_is_rounded_to_the_tick() {
        let cases =
            [("0.01", "567.40499", "567.4"), ("0.01", "567.405", "567.41"), ("0.05", "1.02", "1")];
        for (tick, price, expected) in cases {
            let rounded = instrument(tick).round_to_tick(price.parse().unwrap());
            assert_eq!(rounded.to_string(), expected, "{price} at tick {tick}");
        }
    }
}

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Conid;

/// A tradable contract, as the broker describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
    #[schemars(with = "String")]
    pub tick_size: Decimal,
    /// Price bands with ticks of their own, as IBKR's `incrementRules` give them; empty if one tick
    /// holds at every price.
    #[serde(default)]
    pub tick_bands: Vec<TickBand>,
}

/// The tick from one price upwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct TickBand {
    /// Lowest price of the band.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub lower_edge: Decimal,
    /// Smallest price step in it.
    #[ts(type = "string")]
    #[schemars(with = "String")]
    pub tick_size: Decimal,
}

impl Instrument {
    /// Smallest price step at a price: that of the band which the price is in.
    pub fn tick_size_at(&self, price: Decimal) -> Decimal {
        self.tick_bands
            .iter()
            .filter(|band| band.tick_size > Decimal::ZERO && band.lower_edge <= price)
            .max_by_key(|band| band.lower_edge)
            .map_or(self.tick_size, |band| band.tick_size)
    }

    /// Rounds a price to the nearest tick, halves away from zero. The one place where it is done.
    pub fn round_to_tick(&self, price: Decimal) -> Decimal {
        let tick_size = self.tick_size_at(price);
        if tick_size <= Decimal::ZERO {
            return price;
        }
        let ticks = (price / tick_size)
            .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        (ticks * tick_size).normalize().max(Decimal::ZERO)
    }

    /// Whether a price is a multiple of the tick that holds at it.
    pub fn is_on_tick(&self, price: Decimal) -> bool {
        let tick_size = self.tick_size_at(price);
        tick_size <= Decimal::ZERO || (price % tick_size).is_zero()
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
            tick_bands: Vec::new(),
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

    #[test]
    fn the_tick_follows_the_band_of_the_price() {
        let band = |lower_edge: &str, tick_size: &str| TickBand {
            lower_edge: lower_edge.parse().unwrap(),
            tick_size: tick_size.parse().unwrap(),
        };
        let mut banded = instrument("0.01");
        banded.tick_bands = vec![band("1", "0.01"), band("0", "0.0001"), band("100", "0.05")];
        for (price, tick, rounded) in
            [("0.12345", "0.0001", "0.1235"), ("1", "0.01", "1"), ("100.02", "0.05", "100")]
        {
            let price: Decimal = price.parse().unwrap();
            assert_eq!(banded.tick_size_at(price).to_string(), tick);
            assert_eq!(banded.round_to_tick(price).to_string(), rounded);
            assert!(banded.is_on_tick(banded.round_to_tick(price)));
        }
        assert!(!banded.is_on_tick("100.02".parse().unwrap()));
    }

    #[test]
    fn an_instrument_of_an_earlier_record_has_no_bands() {
        let mut value = serde_json::to_value(instrument("0.01")).unwrap();
        value.as_object_mut().unwrap().remove("tick_bands");
        let read: Instrument = serde_json::from_value(value).unwrap();
        assert_eq!(read, instrument("0.01"));
    }
}

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};

use super::path::{Day, DayPath, Print};
use crate::calendar::Calendar;
use crate::sandbox::data::PriceSeries;

/// Symbol, contract id at IBKR, name and listing exchange of the bundled series.
const KNOWN: [(&str, i64, &str, &str); 5] = [
    ("AAPL", 265_598, "APPLE INC", "NASDAQ"),
    ("FB", 107_113_386, "FACEBOOK INC-A", "NASDAQ"),
    ("GOOG", 208_813_719, "GOOGLE INC-CL A", "NASDAQ"),
    ("IBM", 8_314, "INTL BUSINESS MACHINES CORP", "NYSE"),
    ("MSFT", 272_093, "MICROSOFT CORP", "NASDAQ"),
];

/// Contract ids from here on are those of imported symbols.
const FIRST_IMPORTED_CONID: i64 = 900_000_000;

/// Why the instruments cannot be put on one exchange.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A day of the series is no trading day.
    #[error("the prices of {symbol} have a row for {date}, on which there was no session")]
    NoSession {
        /// Which series.
        symbol: String,
        /// The day.
        date: jiff::civil::Date,
    },
    /// A price that is too large to count in cents, or too small.
    #[error("the prices of {symbol} on {date} cannot be counted in cents")]
    NotInCents {
        /// Which series.
        symbol: String,
        /// The day.
        date: jiff::civil::Date,
    },
    /// Two symbols with the same made-up contract id.
    #[error(
        "the symbols {first} and {second} get the same contract id; import one of them under another symbol"
    )]
    SameConid {
        /// One symbol.
        first: String,
        /// The other.
        second: String,
    },
    /// A series without days.
    #[error("there are no prices of {symbol}")]
    Empty {
        /// Which series.
        symbol: String,
    },
}

/// An instrument with its daily prices in cents.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Listing {
    pub(in crate::sandbox) symbol: String,
    pub(in crate::sandbox) conid: i64,
    pub(in crate::sandbox) company_name: String,
    pub(in crate::sandbox) exchange: String,
    /// Never empty, oldest first.
    pub(in crate::sandbox) days: Vec<Day>,
    /// A hash of all prices, by which a journal knows that they are still the same.
    pub(in crate::sandbox) fingerprint: String,
}

impl Listing {
    /// Counts a series in cents.
    ///
    /// `adjusted` multiplies all four prices by adjusted close ÷ close, where the series has an
    /// adjusted close, and rounds to the tick. Volume stays as it was traded: the series does not
    /// tell splits, which change volume, from dividends, which do not.
    pub(in crate::sandbox) fn new(
        series: &PriceSeries,
        adjusted: bool,
        calendar: &Calendar,
    ) -> Result<Self, BuildError> {
        let symbol = &series.symbol;
        let mut days = Vec::with_capacity(series.days.len());
        let mut hasher = blake3::Hasher::new();
        for price in &series.days {
            let session = calendar.session_on(price.date).ok_or_else(|| BuildError::NoSession {
                symbol: symbol.clone(),
                date: price.date,
            })?;
            let factor = match price.adjusted_close {
                Some(adjusted_close) if adjusted => adjusted_close / price.close,
                _ => Decimal::ONE,
            };
            let not_in_cents =
                || BuildError::NotInCents { symbol: symbol.clone(), date: price.date };
            // Rounding is monotone, so low ≤ open, close ≤ high survives it.
            let cents = |amount: Decimal| {
                let scaled = (amount * factor * Decimal::ONE_HUNDRED)
                    .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
                let cents = i64::try_from(scaled).ok();
                cents.filter(|cents| (1..=1_000_000_000).contains(cents)).ok_or_else(not_in_cents)
            };
            let day = Day {
                session,
                open: cents(price.open)?,
                high: cents(price.high)?,
                low: cents(price.low)?,
                close: cents(price.close)?,
                volume: i64::try_from(price.volume).map_err(|_| not_in_cents())?,
            };
            for number in [day.open, day.high, day.low, day.close, day.volume] {
                hasher.update(&number.to_le_bytes());
            }
            hasher.update(&session.close.as_second().to_le_bytes());
            days.push(day);
        }
        if days.is_empty() {
            return Err(BuildError::Empty { symbol: symbol.clone() });
        }
        let known = KNOWN.iter().find(|(name, ..)| name == symbol);
        let (conid, company_name, exchange) = match known {
            Some((_, conid, name, exchange)) => (*conid, (*name).to_owned(), *exchange),
            None => (imported_conid(symbol), format!("{symbol} (IMPORTED PRICES)"), "SANDBOX"),
        };
        Ok(Self {
            symbol: symbol.clone(),
            conid,
            company_name,
            exchange: exchange.to_owned(),
            days,
            fingerprint: hasher.finalize().to_hex()[..16].to_owned(),
        })
    }

    /// Puts series on one exchange, in the order of their symbols. A later series of a symbol
    /// stands in for an earlier one.
    pub(in crate::sandbox) fn build(
        series: &[PriceSeries],
        adjusted: bool,
    ) -> Result<Vec<Self>, BuildError> {
        let calendar = Calendar::nyse();
        let mut listings: Vec<Self> = Vec::new();
        for one in series {
            let listing = Self::new(one, adjusted, &calendar)?;
            match listings.iter().position(|other| other.conid == listing.conid) {
                Some(place) if listings[place].symbol == listing.symbol => {
                    listings[place] = listing;
                }
                Some(place) => {
                    return Err(BuildError::SameConid {
                        first: listings[place].symbol.clone(),
                        second: listing.symbol,
                    });
                }
                None => listings.push(listing),
            }
        }
        listings.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        Ok(listings)
    }

    /// The way of the price through a day.
    pub(super) fn path(&self, seed: u64, position: usize) -> DayPath<'_> {
        DayPath::new(seed, &self.symbol, &self.days[position])
    }

    /// The last print at or before an instant.
    pub(in crate::sandbox) fn last_print(&self, seed: u64, at: Timestamp) -> Option<Print> {
        let begun = self.days.partition_point(|day| day.session.open <= at);
        let position = begun.checked_sub(1)?;
        let path = self.path(seed, position);
        let minutes = (at.as_second() - self.days[position].session.open.as_second()) / 60;
        Some(path.print(position, minutes.min(path.last_minute())))
    }

    /// The bar of a day as far as it has come by the minute of `print`.
    pub(in crate::sandbox) fn day_until(&self, seed: u64, print: &Print) -> Day {
        let day = &self.days[print.day];
        let path = self.path(seed, print.day);
        if print.minute == path.last_minute() {
            return day.clone();
        }
        let prices = || (0..=print.minute).map(|minute| path.cents_at(minute));
        Day {
            session: day.session,
            open: day.open,
            high: prices().max().unwrap_or(day.open),
            low: prices().min().unwrap_or(day.open),
            close: print.cents,
            volume: (0..=print.minute).map(|minute| path.volume_at(minute)).sum(),
        }
    }
}

/// A contract id that depends on nothing but the symbol.
fn imported_conid(symbol: &str) -> i64 {
    let digest = blake3::hash(symbol.as_bytes());
    let bytes = digest.as_bytes();
    let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    FIRST_IMPORTED_CONID + i64::from(number % 99_999_999)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::bundled_series;

    #[test]
    fn adjusting_keeps_each_bar_in_order_and_takes_splits_out() {
        let series = bundled_series().unwrap();
        let largest_jump = |adjusted| {
            let listings = Listing::build(&series, adjusted).unwrap();
            let mut largest = 0;
            for listing in &listings {
                for pair in listing.days.windows(2) {
                    let day = &pair[1];
                    assert!(day.low <= day.open && day.open <= day.high, "{day:?}");
                    assert!(day.low <= day.close && day.close <= day.high, "{day:?}");
                    largest = largest.max(pair[0].close * 100 / pair[1].open);
                }
            }
            largest
        };
        assert!(largest_jump(false) > 190, "the splits show in the prices as traded");
        // What is left are real falls over night: Apple opened at little more than half of its
        // close on 2000-09-29.
        let largest = largest_jump(true);
        assert!((150..=190).contains(&largest), "{largest} %");
    }

    #[test]
    fn an_imported_symbol_keeps_its_conid() {
        assert_eq!(imported_conid("SPY"), imported_conid("SPY"));
        assert_ne!(imported_conid("SPY"), imported_conid("QQQ"));
        assert!((900_000_000..1_000_000_000).contains(&imported_conid("SPY")));
    }
}

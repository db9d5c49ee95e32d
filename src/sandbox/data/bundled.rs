use super::{ImportError, PriceSeries, import};

/// What must be said wherever the bundled prices are shown.
pub const ATTRIBUTION: &str =
    "Quandl WIKI Prices. Archived copy supplied by marketneutral on Kaggle.";

const FILES: [(&str, &[u8]); 5] = [
    ("AAPL", include_bytes!("prices/AAPL.csv")),
    ("FB", include_bytes!("prices/FB.csv")),
    ("GOOG", include_bytes!("prices/GOOG.csv")),
    ("IBM", include_bytes!("prices/IBM.csv")),
    ("MSFT", include_bytes!("prices/MSFT.csv")),
];

/// The five series that come with the program: AAPL, FB, GOOG, IBM and MSFT, daily, to 2013-03-01.
///
/// They pass the same checks as an import, so that a damaged file could not go unnoticed.
pub fn bundled_series() -> Result<Vec<PriceSeries>, ImportError> {
    FILES.iter().map(|(symbol, bytes)| import::parse_csv(*bytes, symbol)).collect()
}

/// Whether the program brings prices of `symbol` along.
pub(super) fn is_bundled(symbol: &str) -> bool {
    FILES.iter().any(|(name, _)| *name == symbol)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::calendar::Calendar;

    #[test]
    fn every_bundled_day_is_a_session_and_every_session_is_there() {
        let calendar = Calendar::nyse();
        let series = bundled_series().unwrap();
        assert_eq!(series.iter().map(|one| one.days.len()).sum::<usize>(), 12_154);
        for one in series {
            let last = one.days.last().unwrap().date;
            let mut day = one.days[0].date;
            let mut rows = one.days.iter();
            while day <= last {
                if calendar.session_on(day).is_some() {
                    assert_eq!(rows.next().unwrap().date, day, "{}", one.symbol);
                }
                day = day.checked_add(1.day()).unwrap();
            }
            assert!(rows.next().is_none(), "{} has a day that is no session", one.symbol);
        }
    }
}

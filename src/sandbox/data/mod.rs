//! Daily prices: the five series that come with the program, and what users import.

mod bundled;
mod fault;
pub mod import;
mod library;

use jiff::civil::Date;
use rust_decimal::Decimal;

pub use bundled::{ATTRIBUTION, bundled_series};
pub use fault::{ImportError, ValueFault};
pub use library::{LibraryError, load_all, load_series, prices_directory, save_series};

/// One day of one symbol, as traded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyPrice {
    /// A trading day of the New York Stock Exchange.
    pub date: Date,
    /// First price, in USD.
    pub open: Decimal,
    /// Highest price, in USD.
    pub high: Decimal,
    /// Lowest price, in USD.
    pub low: Decimal,
    /// Last price, in USD.
    pub close: Decimal,
    /// Shares traded.
    pub volume: u64,
    /// The close adjusted for later splits and dividends, in USD, where the source has it.
    pub adjusted_close: Option<Decimal>,
}

/// Daily prices of one symbol, oldest first, without doubled days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSeries {
    /// Ticker symbol.
    pub symbol: String,
    /// At least one day.
    pub days: Vec<DailyPrice>,
}

/// A text that is no ticker symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{shown}\" is not usable as a symbol: use 1 to 12 capital letters, digits and dots, such as BRK.B"
)]
pub struct SymbolError {
    /// The first 40 characters of what was given.
    pub shown: String,
}

/// Checks a ticker symbol: 1 to 12 of A–Z, 0–9 and the dot, with at least one letter or digit.
pub fn check_symbol(symbol: &str) -> Result<(), SymbolError> {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.';
    // A name of dots alone would also be a path in the directory of imports.
    let has_substance = symbol.chars().any(|c| c != '.');
    if (1..=12).contains(&symbol.len()) && symbol.chars().all(allowed) && has_substance {
        Ok(())
    } else {
        Err(SymbolError { shown: symbol.chars().take(40).collect() })
    }
}

use std::path::PathBuf;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::SymbolError;
use super::import::{MAX_FILE_BYTES, MAX_ROWS};

/// Why a file was refused. Nothing of it was taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The symbol cannot be used.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The file could not be opened or read.
    #[error("{} could not be read: {source}; nothing was imported", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Reading broke off.
    #[error("reading broke off ({source}); nothing was imported")]
    Read {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// More bytes than are read.
    #[error(
        "the file is larger than {} MB; a century of daily prices needs less than 2 MB, so this is \
         not one symbol's daily prices; nothing was imported", MAX_FILE_BYTES / 1024 / 1024
    )]
    TooLarge,
    /// More rows than a series may have.
    #[error(
        "line {line}: the file has more than {MAX_ROWS} rows, which is more than 79 years of \
         trading days; nothing was imported"
    )]
    TooManyRows {
        /// The first row too many.
        line: u64,
    },
    /// No rows.
    #[error("the file holds no prices; nothing was imported")]
    Empty,
    /// A column is not there.
    #[error(
        "line 1: there is no column \"{column}\"; the first line must name date, open, high, low, \
         close and volume (found: {found}); nothing was imported"
    )]
    MissingColumn {
        /// Which column.
        column: &'static str,
        /// The names that were found.
        found: String,
    },
    /// A column is there twice.
    #[error("line 1: the column \"{column}\" appears twice; nothing was imported")]
    DoubledColumn {
        /// Which column.
        column: &'static str,
    },
    /// Bytes that are no UTF-8.
    #[error("line {line}: the text is not UTF-8; save the file as UTF-8; nothing was imported")]
    NotUtf8 {
        /// Where.
        line: u64,
    },
    /// A row that ends before a column.
    #[error("line {line}, column {column}: the value is missing; nothing was imported")]
    MissingValue {
        /// Where.
        line: u64,
        /// Which column.
        column: &'static str,
    },
    /// A value that cannot be.
    #[error("line {line}, column {column}: \"{value}\" {fault}; nothing was imported")]
    Value {
        /// Where.
        line: u64,
        /// Which column.
        column: &'static str,
        /// The first 40 characters of the value.
        value: String,
        /// What is wrong with it.
        fault: ValueFault,
    },
    /// Prices of one day that contradict each other.
    #[error(
        "line {line}, column {column}: {value} lies outside the day's range from low {low} to high \
         {high}; nothing was imported"
    )]
    OutsideRange {
        /// Where.
        line: u64,
        /// `open`, `high` or `close`.
        column: &'static str,
        /// The price.
        value: Decimal,
        /// The day's low.
        low: Decimal,
        /// The day's high.
        high: Decimal,
    },
    /// A day that does not come after the one before it.
    #[error(
        "line {line}, column date: {date} does not come after {previous} on the line before; sort \
         the file oldest first, each day once; nothing was imported"
    )]
    NotAfter {
        /// Where.
        line: u64,
        /// The day.
        date: Date,
        /// The day before it in the file.
        previous: Date,
    },
    /// A day without a session.
    #[error(
        "line {line}, column date: the New York Stock Exchange was closed on {date} ({reason}); \
         only its trading days can be imported; nothing was imported"
    )]
    NoSession {
        /// Where.
        line: u64,
        /// The day.
        date: Date,
        /// Why the exchange was closed.
        reason: String,
    },
}

/// What is wrong with a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// Letters, or a number written with thousands separators or an exponent.
    #[error("is not a number")]
    NotANumber,
    /// Zero or below.
    #[error("is not above zero")]
    NotPositive,
    /// A price below one tick.
    #[error("is below the tick of 0.01 USD")]
    BelowTick,
    /// Higher than is believed.
    #[error("is larger than any price or volume can be")]
    TooLarge,
    /// A volume below zero or in fractions.
    #[error("is not a whole number of shares")]
    NotShares,
    /// Not an ISO date.
    #[error("is not a date written as YYYY-MM-DD")]
    NotADate,
}

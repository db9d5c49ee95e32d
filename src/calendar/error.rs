use jiff::civil::Date;

use super::Exchange;

/// Why a calendar has no answer. A day without an answer is never taken for a trading day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No exchange of that name.
    #[error(
        "\"{name}\" is no exchange whose days are known: use NYSE, NASDAQ, LSE, TSE, TSX, HKEX, \
         XETRA or EURONEXT"
    )]
    UnknownExchange {
        /// As given, cut to 40 characters.
        name: String,
    },
    /// The day lies outside the years for which trading days are known.
    #[error(
        "whether {exchange} trades on {date} is not known: its trading days are known from {first} \
         to {last}; a newer version of the program knows more"
    )]
    OutsideYears {
        /// Which exchange.
        exchange: Exchange,
        /// Which day.
        date: Date,
        /// First year.
        first: i16,
        /// Last year.
        last: i16,
    },
    /// A row of the shipped table does not read.
    #[error("row {row} of the table of trading days is damaged; install the program again")]
    DamagedTable {
        /// Counted from 1, the heading included.
        row: usize,
    },
}

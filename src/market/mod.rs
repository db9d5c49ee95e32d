//! The market data port.

mod contracts;
mod hours;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::broker::BrokerError;
use crate::domain::{Availability, Bar, Conid, Instrument, Timeframe};

pub use contracts::{ContractBook, ContractDetails, LastPrice, MOST_PRICES};
pub use hours::{OpenHours, TradingDay, TradingHours, TradingSchedule};

/// Instruments, history and quotes.
#[async_trait]
pub trait MarketData: Send + Sync {
    /// The one US-listed stock of that symbol, with its rules. An ambiguous match is an error,
    /// never a guess.
    async fn find_stock(&self, symbol: &str) -> Result<Instrument, MarketError>;

    /// The stock of one contract id, with its rules.
    async fn stock_by_conid(&self, conid: Conid) -> Result<Instrument, MarketError>;

    /// Every US listing of a symbol, for a person to choose from; empty if there is none.
    async fn search(&self, symbol: &str) -> Result<Vec<StockListing>, MarketError>;

    /// Bars up to now, oldest first. `period` is in IBKR's words, such as `1y` or `2y`.
    async fn history(
        &self,
        conid: Conid,
        timeframe: Timeframe,
        period: &str,
    ) -> Result<Vec<Bar>, MarketError>;

    /// The last price, after as many polls as the broker's pre-flight needs.
    async fn quote(&self, conid: Conid) -> Result<Quote, MarketError>;
}

/// A listing of a stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockListing {
    /// IBKR's contract id, by which it is chosen.
    pub conid: Conid,
    /// Ticker symbol.
    pub symbol: String,
    /// Name of the company.
    pub company_name: String,
    /// Listing exchange.
    pub exchange: String,
    /// ISO code of the currency; nothing if IBKR did not say.
    pub currency: Option<String>,
}

impl fmt::Display for StockListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} on {}", self.conid, self.company_name, self.exchange)?;
        match &self.currency {
            Some(currency) => write!(f, " in {currency})"),
            None => f.write_str(")"),
        }
    }
}

/// A last price with where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Last traded price.
    pub last: Decimal,
    /// Best bid, if the broker gave one.
    pub bid: Option<Decimal>,
    /// Best ask, if the broker gave one.
    pub ask: Option<Decimal>,
    /// Who said so, such as `IBKR snapshot`.
    pub source: &'static str,
    /// When the broker last updated it.
    pub as_of: Timestamp,
    /// How current it is.
    pub availability: Availability,
    /// The price is the previous close, since nothing has traded today.
    pub is_previous_close: bool,
    /// Trading in the instrument is halted.
    pub is_halted: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// No such symbol.
    #[error("IBKR lists no US stock with the symbol {symbol}; check the spelling")]
    UnknownSymbol {
        /// As it was asked for.
        symbol: String,
    },
    /// Several listings.
    #[error(
        "IBKR lists several US stocks with the symbol {symbol}; choose one by its conid: {}",
        shown(candidates)
    )]
    AmbiguousSymbol {
        /// As it was asked for.
        symbol: String,
        /// All of them.
        candidates: Vec<StockListing>,
    },
    /// The broker has no data for the question.
    #[error("there are no {what} for conid {conid}")]
    NoData {
        /// Such as `daily bars` or `prices`.
        what: String,
        /// Which contract.
        conid: Conid,
    },
    /// The broker did not answer.
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

fn shown(candidates: &[StockListing]) -> String {
    candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

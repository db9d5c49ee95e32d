//! What a contract is and allows, and the last prices of several contracts at once.

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::MarketError;
use crate::domain::{Availability, Conid, Instrument};

/// What a broker tells of contracts to a person who looks at them.
#[async_trait]
pub trait ContractBook: Send + Sync {
    /// What a contract is and what orders it takes.
    ///
    /// # Errors
    ///
    /// If the broker does not answer, knows no such contract, or answers about another one.
    async fn contract(&self, conid: Conid) -> Result<ContractDetails, MarketError>;

    /// The last prices of several contracts, by one request. A contract whose prices the broker has
    /// not loaded yet is not among them; it is when it is asked for again.
    ///
    /// # Errors
    ///
    /// If the broker does not answer.
    async fn last_prices(&self, conids: &[Conid]) -> Result<Vec<LastPrice>, MarketError>;
}

/// Most contracts whose last prices are asked for at once (IBKR, "Live Market Data Snapshot").
pub const MOST_PRICES: usize = 100;

/// What a contract is and what orders it takes, in the broker's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractDetails {
    /// The contract with its ticks.
    pub instrument: Instrument,
    /// Such as `STK`.
    pub asset_type: String,
    /// Units of the underlying in one contract; nothing for a stock.
    pub multiplier: Option<Decimal>,
    /// The day on which it expires, as `YYYYMMDD`; nothing for a stock.
    pub expiry: Option<String>,
    /// The name under which it is traded.
    pub trading_class: Option<String>,
    /// Exchanges to which orders can go.
    pub valid_exchanges: Vec<String>,
    /// Such as `limit` and `market`.
    pub order_types: Vec<String>,
    /// Smallest step of a quantity.
    pub size_increment: Option<Decimal>,
    /// Industry of the company.
    pub industry: Option<String>,
}

/// The last price of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPrice {
    /// Which contract.
    pub conid: Conid,
    /// Last traded price, in the instrument's currency.
    pub last: Decimal,
    /// Since the close before, in the instrument's currency; nothing if the broker did not say.
    pub change: Option<Decimal>,
    /// When the broker last updated it.
    pub as_of: Timestamp,
    /// How current it is.
    pub availability: Availability,
    /// The price is the previous close, since nothing has traded today.
    pub is_previous_close: bool,
    /// Trading in the instrument is halted.
    pub is_halted: bool,
}

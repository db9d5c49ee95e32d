//! The analyst port: somebody who reads the charts and proposes what to do. A proposal is words and
//! numbers; it becomes a signal only through the checks of `parse_signal`.
//!
//! [`model`] is the port to language models, [`providers`] are its adapters, and [`desk`] is the one way
//! to them. [`language_model`] is the analyst that asks one and [`rules`] the one that needs none.

pub mod desk;
pub mod language_model;
pub mod model;
pub mod prompts;
pub mod providers;
pub mod reply;
pub mod rules;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::domain::records::{
    AnalysisCall, AnalystRecord, BlobRef, IndicatorTable, LoadStrategyOutput, QuoteRecord,
    SignalProposal,
};
use crate::domain::{ExecutionId, Instrument, StrategyId, Timeframe};
use crate::prompt::TimeframeFacts;

/// Whoever analyses.
#[async_trait]
pub trait Analyst: Send + Sync {
    /// Who it is, for the record.
    fn describe(&self) -> AnalystRecord;

    /// Reads what it is given and proposes.
    async fn analyse(&self, request: &AnalysisRequest<'_>) -> Result<Analysis, AnalystError>;
}

/// What an analyst is given.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisRequest<'a> {
    /// The execution that asks.
    pub execution_id: &'a ExecutionId,
    /// The strategy that asks.
    pub strategy_id: &'a StrategyId,
    /// Ticker symbol.
    pub symbol: &'a str,
    /// The contract.
    pub instrument: &'a Instrument,
    /// The last quote, with source and age.
    pub quote: &'a QuoteRecord,
    /// Last price, in the instrument's currency.
    pub last_price: Decimal,
    /// Bars by timeframe, daily first.
    pub timeframes: &'a [TimeframeFacts<'a>],
    /// Indicators by timeframe, daily first.
    pub tables: &'a [IndicatorTable],
    /// The very images that the card shows.
    pub charts: &'a [ChartSeen],
    /// The frozen strategy.
    pub strategy: &'a LoadStrategyOutput,
    /// Shares that the strategy holds of the symbol.
    pub held_quantity: Decimal,
    /// Distance of the stop, in multiples of ATR(14).
    pub stop_atr_multiple: Decimal,
    /// Engine time of the run.
    pub as_of: Timestamp,
}

/// One chart, as the card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartSeen {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Under which hash it is recorded.
    pub image: BlobRef,
    /// The image, PNG.
    pub png: Arc<[u8]>,
}

/// What an analyst answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Daily, weekly, consolidation.
    pub calls: Vec<AnalysisCall>,
    /// What is proposed.
    pub proposal: SignalProposal,
    /// Why there is no usable answer, so that the proposal is HOLD.
    pub failure: Option<String>,
    /// Texts that the calls refer to by their hash.
    pub texts: Vec<String>,
}

/// Why there is no analysis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalystError {
    /// What it needs was not computed.
    #[error("the analysis needs {what} of {symbol}, and it is not there")]
    MissingInput {
        /// Such as `the daily indicators`.
        what: &'static str,
        /// Ticker symbol.
        symbol: String,
    },
}

//! The analyst port: somebody who reads the charts and proposes what to do. A proposal is words and
//! numbers; it becomes a signal only through the checks of `parse_signal`.
//!
//! [`model`] is the port to language models, [`providers`] are its adapters, and [`desk`] is the one way
//! to them.

pub mod desk;
pub mod model;
pub mod providers;
pub mod reply;
pub mod rules;

use async_trait::async_trait;
use rust_decimal::Decimal;

use crate::domain::records::{AnalysisCall, AnalystRecord, IndicatorTable, SignalProposal};

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
    /// Ticker symbol.
    pub symbol: &'a str,
    /// Last price, in the instrument's currency.
    pub last_price: Decimal,
    /// Indicators by timeframe, daily first.
    pub tables: &'a [IndicatorTable],
    /// Distance of the stop, in multiples of ATR(14).
    pub stop_atr_multiple: Decimal,
}

/// What an analyst answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Daily, weekly, consolidation.
    pub calls: Vec<AnalysisCall>,
    /// What is proposed.
    pub proposal: SignalProposal,
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

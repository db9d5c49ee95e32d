//! Technical indicators: what can be computed, with which parameters, and what a value says.
//!
//! The arithmetic is that of [TA-Lib](https://ta-lib.org) by the crate `ta-lib`, and the committed
//! rows of `tests/data/talib` hold it to the C library. This module puts our own types around it,
//! so that no other part of the engine knows the crate. `f64` is used here and in
//! [`chart`](crate::chart) alone.

mod bars;
mod compute;
mod entries;
mod entry;
mod error;
mod kind;
mod one_bar;
mod parameter;
mod reading;
mod spec;

#[cfg(test)]
mod further_reference_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod reference_tests;

pub use bars::{BarColumns, IndicatorOutput, IndicatorSeries, PriceColumn};
pub use compute::compute;
pub use error::IndicatorError;
pub use kind::{IndicatorGroup, IndicatorKind, IndicatorPanel};
pub use parameter::{ParameterRule, ParameterSpec};
pub use reading::reading;
pub use spec::IndicatorSpec;

//! One file a step. Each takes what earlier steps made and gives what later ones need.

mod analyse;
mod calculate_indicators;
mod check_risk;
mod fetch_market_data;
mod generate_charts;
mod load_strategy;
mod parse_signal;

pub(super) use analyse::Analyse;
pub(crate) use calculate_indicators::table as indicator_table;
pub(super) use calculate_indicators::{CalculateIndicators, Calculated};
pub use calculate_indicators::{chart_series, columns};
pub(super) use check_risk::{CheckRisk, Checked, exit_protection, movable};
pub(super) use fetch_market_data::{FetchMarketData, Fetched};
pub(crate) use fetch_market_data::{RecordedBarsError, dated, read_bars};
pub(super) use generate_charts::GenerateCharts;
pub use load_strategy::indicator_labels;
pub(crate) use load_strategy::resolve_indicators;
pub(super) use load_strategy::{LoadStrategy, Loaded, LoadedAnalyst};
pub(super) use parse_signal::ParseSignal;

//! Strategies: their text, their limits, and the rule by which four indicators confirm a trade.
//!
//! A strategy is a TOML text that reads well in version control. Whatever parses here is complete:
//! every limit has a value, every name is checked. Indicator parameters are checked against the
//! indicators themselves where a strategy is taken in, since that is another module of this level.

mod analyst_choice;
mod confirmation;
mod definition;
mod error;
mod form;
mod form_check;
mod form_text;
mod protection_text;
mod risk_text;
pub mod samples;
mod sanity;
mod schedule_text;

pub use analyst_choice::{AnalystChoice, ModelChoice};
pub use confirmation::confirm;
pub use definition::{Autonomy, StrategyDefinition, TimeframeDefinition};
pub use error::StrategyError;
pub use form::{
    AnalystForm, FormProblem, IndicatorForm, ProtectionForm, ScheduleForm, StrategyForm,
    usual_risk_parameters,
};
pub use risk_text::{MINIMUM_RETURN_OF_MODELS, default_risk_parameters};
pub use sanity::{CheckedPrices, MarketView, check_proposal};

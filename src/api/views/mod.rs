//! What a person looks at, made from what the store holds. The same views serve the window, beside
//! a running engine, and the terminal, which may read without one.

mod account;
mod approvals;
mod background;
mod backups;
mod charts;
mod connection;
mod executions;
mod faults;
mod health;
mod indicator_preview;
mod indicators;
mod lineage;
mod models;
mod notifications;
mod orders;
mod playground;
mod pnl;
mod prompts;
mod proof;
mod questions;
mod readiness;
mod recorded;
mod risk;
mod schedules;
mod signals;
mod snapshots;
mod statistics;
mod strategies;
mod strategy_forms;
mod symbols;
mod truth;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar::Calendar;

pub use account::{balances, order, orders, portfolio};
pub use approvals::{approval, approvals, arming, flattened};
pub use background::{background, set_when_closed};
pub use backups::{backup_made, backup_manifest, backups, restore_outcome};
pub use charts::{chart_data, charts};
pub use connection::connection;
pub use executions::{found_execution, found_executions};
pub use faults::faults;
pub use health::health;
pub use indicator_preview::{indicator_preview, indicator_sets};
pub use indicators::{indicator_check, indicator_kinds};
pub use lineage::{blob, execution, executions, lineage, lineage_step, recent_executions, verify};
pub use models::{
    ModelsPage, model, model_call, model_calls, model_prices, model_trial, models, spending,
};
pub use notifications::{notification_settings, notifications, webhook_test};
pub use orders::{external_activity, order_story};
pub use playground::{experiment, playground, playground_estimate, playground_replies};
pub use pnl::{pnl, pnl_lots};
pub use prompts::{
    prompt, prompt_diff, prompt_export, prompt_preview, prompt_reference, prompt_validation,
    prompts, resolved_prompts,
};
pub use proof::{evidence, evidence_verification, replayed, replays};
pub use questions::questions;
pub use readiness::readiness;
pub use risk::risk;
pub use schedules::{schedule_preview, schedules, strategy_export, strategy_validation};
pub use signals::{comparison, performance, ranking, signal, signals};
pub use snapshots::{portfolio_statistics, snapshots};
pub use statistics::step_statistics;
pub use strategies::{strategies, strategy};
pub use strategy_forms::{
    strategy_diff, strategy_form, strategy_form_check, strategy_form_read, strategy_versions,
};
pub use symbols::{saved_symbols, symbol_details, symbols_search, watchlist_quotes, watchlists};
pub use truth::truth;

/// The day of an instant at the exchange, as `YYYY-MM-DD`.
fn exchange_date(at: Timestamp) -> String {
    Calendar::nyse().date_at(at).to_string()
}

/// An instant on the exchange's clock, such as `2012-06-15 16:00 EDT`.
pub fn exchange_time(at: Timestamp) -> String {
    match TimeZone::get("America/New_York") {
        Ok(zone) => at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string(),
        Err(_) => at.to_string(),
    }
}

//! What a person looks at, made from what the store holds. The same views serve the window, beside
//! a running engine, and the terminal, which may read without one.

mod account;
mod approvals;
mod backups;
mod charts;
mod connection;
mod executions;
mod faults;
mod health;
mod lineage;
mod models;
mod orders;
mod playground;
mod prompts;
mod questions;
mod recorded;
mod schedules;
mod signals;
mod strategies;
mod truth;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use account::{order, orders, portfolio};
pub use approvals::{approval, approvals, arming, flattened};
pub use backups::{backup_made, backup_manifest, backups, restore_outcome};
pub use charts::{chart_data, charts};
pub use connection::connection;
pub use executions::{found_execution, found_executions};
pub use faults::faults;
pub use health::health;
pub use lineage::{blob, execution, executions, lineage, verify};
pub use models::{
    ModelsPage, model, model_call, model_calls, model_prices, model_trial, models, spending,
};
pub use orders::{external_activity, order_story};
pub use playground::{experiment, playground, playground_estimate, playground_replies};
pub use prompts::{
    prompt, prompt_diff, prompt_export, prompt_preview, prompt_reference, prompt_validation,
    prompts, resolved_prompts,
};
pub use questions::questions;
pub use schedules::{schedule_preview, schedules, strategy_export, strategy_validation};
pub use signals::{comparison, performance, ranking, signal, signals};
pub use strategies::{strategies, strategy};
pub use truth::truth;

/// An instant on the exchange's clock, such as `2012-06-15 16:00 EDT`.
pub fn exchange_time(at: Timestamp) -> String {
    match TimeZone::get("America/New_York") {
        Ok(zone) => at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string(),
        Err(_) => at.to_string(),
    }
}

//! The store: everything that outlives the process, in one database file in the data directory.
//!
//! This is the only module that speaks SQL. All changes go through [`Store::commit`], on one
//! connection, as one transaction, in the order given; reads have connections of their own, which
//! cannot write. One engine to a data directory: [`Store::open`] takes a lock and keeps it.
//!
//! The lineage (`workflow_lineage`) is append-only and chained by hash: see [`chain`].

mod backup;
mod blob;
pub mod chain;
mod commit;
mod convert;
mod error;
mod open;
mod read_broker;
mod read_executions;
mod read_ledger;
mod read_lineage;
mod read_models;
mod read_prompts;
mod read_runs;
mod read_schedule;
mod read_signals;
mod rows;
mod rows_broker;
mod rows_executions;
mod rows_models;
mod rows_prompts;
mod rows_schedule;
mod rows_signals;
mod statements;
mod statements_broker;
mod statements_models;
mod statements_prompts;
mod statements_schedule;
mod statements_signals;

/// The strategy under which orders are recorded that were placed elsewhere. No strategy of a person
/// has this id, and lists of strategies do not show it.
pub const EXTERNAL_STRATEGY: &str = "external";

pub use blob::BlobBytes;
pub use commit::{Change, Committed, Durability, LineageLink};
pub use error::StoreError;
pub use open::{DATABASE_FILE, DirectoryLock, Store};
pub use rows::{
    Counts, ExecutionRow, ExecutionStatus, FillRow, LineageRow, NewLineageRow, OrderEventRow,
    OrderRow, SnapshotRow, StoredPayload, StoredStep, StrategyRow, StrategyVersionRow,
};
pub use rows_broker::{
    ApprovalRow, ApprovalState, BlindStretchRow, CorrectionRow, MandateRow, OrderEvidenceRow,
};
pub use rows_executions::{DatabaseSize, ExecutionFilter};
pub use rows_models::{
    BudgetScope, ModelCallFilter, ModelCallRow, ModelCallStatus, ModelPriceRow, ModelRow,
    ModelSpending,
};
pub use rows_prompts::{NewPromptRow, PromptChange, PromptRow, PromptVersionRow};
pub use rows_schedule::{
    PausedBy, ScheduleChange, ScheduleClaimRow, ScheduleGapRow, SchedulePauseRow, ScheduleRetry,
};
pub use rows_signals::{ChartFilter, Page, PastSignal, SignalFilter};

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
mod read_notifications;
mod read_prompts;
mod read_risk;
mod read_runs;
mod read_schedule;
mod read_signals;
mod read_statistics;
mod read_symbols;
mod rows;
mod rows_broker;
mod rows_executions;
mod rows_models;
mod rows_notifications;
mod rows_prompts;
mod rows_risk;
mod rows_schedule;
mod rows_signals;
mod rows_symbols;
mod statements;
mod statements_broker;
mod statements_models;
mod statements_notifications;
mod statements_prompts;
mod statements_risk;
mod statements_schedule;
mod statements_signals;
mod statements_symbols;

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
    StrategyVersionUse,
};
pub use rows_broker::{
    ApprovalRow, ApprovalState, BlindStretchRow, CorrectionRow, MandateRow, OrderEvidenceRow,
};
pub use rows_executions::{DatabaseSize, ExecutionFilter, StepFailure, StepFigures};
pub use rows_models::{
    BudgetScope, ModelCallFilter, ModelCallRow, ModelCallStatus, ModelPriceRow, ModelRow,
    ModelSpending,
};
pub use rows_notifications::{
    DeliveryStatus, NOTIFICATIONS_KEPT, NotificationDeliveryRow, NotificationRow,
};
pub use rows_prompts::{NewPromptRow, PromptChange, PromptRow, PromptVersionRow};
pub use rows_risk::{
    EntryLockRow, LockRelease, RiskChange, RiskLimitsRow, StrategyDayRow, WatchEventRow,
    WatchTrigger, WatchVerdict,
};
pub use rows_schedule::{
    PausedBy, ScheduleChange, ScheduleClaimRow, ScheduleGapRow, SchedulePauseRow, ScheduleRetry,
};
pub use rows_signals::{ChartFilter, Page, PastSignal, SignalFilter};
pub use rows_symbols::{
    IndicatorSetRow, ListingRow, MOST_BARS, MOST_SEARCHES, SymbolBarsRow, SymbolChange, SymbolRow,
    SymbolSearchRow, WatchlistRow,
};

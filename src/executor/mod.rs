//! The executor: runs the steps of an execution and records each of them.
//!
//! Steps 1 to 8 are made here, in one go. Steps 9 to 12 follow when the order has come to its end,
//! perhaps days later, and are made by `orders::driver` under the same execution id. What recovery
//! does with a step after a crash hangs on its [`Effect`] alone.

pub(crate) mod account;
mod again;
mod approval;
mod arming;
mod cancel;
mod close;
mod decision;
mod error;
mod events;
mod facts;
mod flattening;
mod freshness;
mod gate;
mod halt;
mod locks;
pub(crate) mod moved_target;
pub(crate) mod place;
mod preview;
mod run;
mod signal;
mod start;
mod step;
mod steps;
mod watched_exit;

use std::sync::Arc;

use crate::analyst::Analyst;
use crate::analyst::desk::ModelDesk;
use crate::broker::Broker;
use crate::clock::Clock;
pub use crate::domain::records;
use crate::lineage::Recorder;
use crate::market::MarketData;
use crate::store::Store;

pub use account::{AccountBook, Opening};
pub(crate) use again::{RecordedRun, Remade, closing_risk, end_of};
pub use approval::{ApprovalError, ProposedOrder, proposed};
pub use arming::{ArmingError, NOT_ARMED, arm, disarm, settle_arming, standing_mandate};
pub use cancel::Cancellations;
pub use close::{Totals, close_execution, complete_row};
pub use error::ExecutorError;
pub use events::{Changed, Changes, Speech};
pub(crate) use facts::{NoDailyTable, RunFacts};
pub use flattening::PositionToClose;
pub(crate) use freshness::is_current;
pub use gate::{Closure, ClosureCause, TradingGate};
pub use halt::{Halt, HaltSwitch};
pub(crate) use locks::{Guarded, account_limits, all_losses, settle_locks};
pub use run::{Executor, skipped_row, success_row};
pub use signal::fill_past_signals;
pub(crate) use start::running_row;
pub use start::{NewExecution, begin_execution, begin_retry};
pub use step::{Effect, Made, Step, StepError};
pub(crate) use steps::{RecordedBarsError, dated, indicator_table, read_bars, resolve_indicators};
pub use steps::{chart_series, columns, indicator_labels};
pub(crate) use watched_exit::WatchedSale;

/// What the executor and the drivers around it work with.
#[derive(Clone)]
pub struct Parts {
    /// What outlives the process.
    pub store: Arc<Store>,
    /// The only way into the lineage.
    pub recorder: Arc<Recorder>,
    /// Orders and money.
    pub broker: Arc<dyn Broker>,
    /// Prices.
    pub market: Arc<dyn MarketData>,
    /// Whoever reads the charts.
    pub analyst: Arc<dyn Analyst>,
    /// Whoever says beside a language model what the rule alone would do.
    pub baseline: Arc<dyn Analyst>,
    /// The one way to a language model.
    pub models: Arc<ModelDesk>,
    /// Engine time.
    pub clock: Arc<dyn Clock>,
    /// Our own ledger of the account.
    pub account: Arc<AccountBook>,
    /// The kill switch.
    pub halt: HaltSwitch,
    /// What keeps entries closed.
    pub gate: TradingGate,
    /// Who wants to know what changed.
    pub changes: Changes,
    /// What is to be said about the prices.
    pub price_notes: PriceNotes,
}

/// What is to be said about the prices on every card that shows them.
#[derive(Debug, Clone, Default)]
pub struct PriceNotes {
    /// They come from the simulated exchange.
    pub simulated: bool,
    /// What was done to them.
    pub adjustment: Option<String>,
    /// Who published them.
    pub attribution: Option<String>,
    /// The seed of the way that the simulated price takes inside each day.
    pub seed: Option<u64>,
}

use crate::domain::{ExecutionId, IdError};
use crate::lineage::LineageError;
use crate::store::StoreError;

/// Why an execution could not be carried on. What a step itself could not do is no such error: it
/// is in the lineage, and the execution is failed.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lineage could not be written.
    #[error(transparent)]
    Lineage(#[from] LineageError),
    /// An id could not be made.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A record could not be written as JSON.
    #[error("the record of execution {execution} could not be written: {source}")]
    Record {
        /// Which execution.
        execution: ExecutionId,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// What the broker told of trading days could not be written as JSON.
    #[error("the broker's trading days could not be written down: {source}")]
    TradingDays {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Nobody was ever logged in here, so that there is no account to trade in.
    #[error("no account is known yet: log in at the gateway once, then run it again")]
    NoAccount,
    /// What a flattening writes down could not be written.
    #[error("the flattening could not be written down: {detail}")]
    Flattening {
        /// Why.
        detail: String,
    },
    /// The strategy text of an execution does not parse any more.
    #[error("execution {execution} cannot be resumed: {detail}")]
    Unresumable {
        /// Which execution.
        execution: ExecutionId,
        /// Why.
        detail: String,
    },
}

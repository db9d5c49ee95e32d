//! Prices as an execution recorded them.

use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::api::{ApiError, ErrorCode};
use crate::domain::records::{BarsRecord, FetchMarketDataOutput, StepName};
use crate::domain::{Bar, ExecutionId};
use crate::executor::read_bars;
use crate::store::Store;

/// What an execution read of the market; nothing if it did not come so far.
pub(super) async fn market_data(
    store: &Store,
    execution: &ExecutionId,
) -> Result<Option<FetchMarketDataOutput>, ApiError> {
    output(store, execution, StepName::FetchMarketData).await
}

/// The output of a step of an execution; nothing if it did not come so far.
pub(super) async fn output<T: DeserializeOwned>(
    store: &Store,
    execution: &ExecutionId,
    step: StepName,
) -> Result<Option<T>, ApiError> {
    let Some(row) = store.last_success(execution, step).await? else { return Ok(None) };
    serde_json::from_str(&row.row.output).map(Some).map_err(|error| {
        unreadable(format!("the {} of {execution} cannot be read: {error}", step.as_str()))
    })
}

/// The bars of a timeframe with their dates on the exchange's calendar, oldest first.
pub(super) async fn days(store: &Store, record: &BarsRecord) -> Result<Vec<(Date, Bar)>, ApiError> {
    let hash = &record.bars.blob;
    let Some((_, bytes)) = store.blob(hash).await? else {
        return Err(ApiError::new(ErrorCode::NotFound, format!("there is no blob {hash}")));
    };
    read_bars(&bytes)
        .map_err(|error| unreadable(format!("the bars in {hash} cannot be read: {error}")))
}

pub(super) fn unreadable(message: String) -> ApiError {
    ApiError::new(ErrorCode::Storage, message)
}

use super::{Answered, Call, yes};
use crate::api::dto::{
    ChartDataGetRequest, ChartsListRequest, LeaderboardGetRequest, PerformanceCompareRequest,
    PerformanceGetRequest, SignalRequest, SignalsListRequest, TruthCardGetRequest,
};
use crate::api::{ApiError, ErrorCode, views};
use crate::app::Engine;

/// Signals, how they did, and recorded charts.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let store = engine.store();
    match call.name {
        "signals_list" => {
            let request: SignalsListRequest = call.read()?;
            yes(views::signals(store, request).await?)
        }
        "signal_get" => {
            let request: SignalRequest = call.read()?;
            yes(views::signal(store, &request.execution_id).await?)
        }
        "signal_cancel" => {
            let request: SignalRequest = call.read()?;
            cancel(engine, &request.execution_id).await?;
            yes(views::signal(store, &request.execution_id).await?)
        }
        "performance_get" => {
            let request: PerformanceGetRequest = call.read()?;
            yes(views::performance(store, request).await?)
        }
        "performance_compare" => {
            let request: PerformanceCompareRequest = call.read()?;
            yes(views::comparison(store, request).await?)
        }
        "leaderboard_get" => {
            let request: LeaderboardGetRequest = call.read()?;
            yes(views::ranking(store, request).await?)
        }
        "truth_card_get" => {
            let request: TruthCardGetRequest = call.read()?;
            yes(views::truth(store, &request.strategy_id).await?)
        }
        "charts_list" => {
            let request: ChartsListRequest = call.read()?;
            yes(views::charts(store, request).await?)
        }
        "chart_data_get" => {
            let request: ChartDataGetRequest = call.read()?;
            yes(views::chart_data(store, request).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

/// Cancels the entry that works for a signal; the signal is over when the broker has taken it back.
async fn cancel(engine: &Engine, execution_id: &str) -> Result<(), ApiError> {
    let found = views::signal(engine.store(), execution_id).await?;
    let Some(order) = found.working_entry else {
        return Err(ApiError::new(
            ErrorCode::NotNow,
            format!("no entry works for the signal of {}", found.signal.execution_id),
        )
        .with_hint("only a signal whose entry waits at the broker can be cancelled"));
    };
    engine.cancel_order(&order).await?;
    Ok(())
}

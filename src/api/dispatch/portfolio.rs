use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{
    PnlGetRequest, PnlLotsRequest, PortfolioStatisticsRequest, SnapshotsListRequest,
};
use crate::api::{ApiError, views};

/// The account's money: what it is, where it came from, how it moved.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let (store, account) = (engine.store(), &engine.parts().account);
    match call.name {
        "portfolio_get" => {
            call.read::<Empty>()?;
            yes(views::portfolio(store, account, engine.now()).await?)
        }
        "balances_get" => {
            call.read::<Empty>()?;
            yes(views::balances(engine).await?)
        }
        "pnl_get" => {
            let request: PnlGetRequest = call.read()?;
            yes(views::pnl(store, account, request).await?)
        }
        "pnl_lots" => {
            let request: PnlLotsRequest = call.read()?;
            yes(views::pnl_lots(store, account, request).await?)
        }
        "portfolio_statistics_get" => {
            let request: PortfolioStatisticsRequest = call.read()?;
            yes(views::portfolio_statistics(store, account, request).await?)
        }
        "snapshots_list" => {
            let request: SnapshotsListRequest = call.read()?;
            yes(views::snapshots(store, request).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

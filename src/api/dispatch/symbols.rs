use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{
    SymbolRequest, SymbolSaveRequest, SymbolsSearchRequest, WatchlistQuotesRequest,
    WatchlistRequest, WatchlistSaveRequest,
};
use crate::api::{ApiError, views};

/// Symbols: looked for at the broker, saved, and watched.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "symbols_search" => {
            let request: SymbolsSearchRequest = call.read()?;
            yes(views::symbols_search(engine, &request.query).await?)
        }
        "symbol_get" => {
            let request: SymbolRequest = call.read()?;
            yes(views::symbol_details(engine, request.conid).await?)
        }
        "symbols_saved" => {
            call.read::<Empty>()?;
            yes(views::saved_symbols(engine).await?)
        }
        "symbol_save" => {
            let request: SymbolSaveRequest = call.read()?;
            engine.save_symbol(request.conid, request.saved).await?;
            yes(views::saved_symbols(engine).await?)
        }
        "watchlists_list" => {
            call.read::<Empty>()?;
            yes(views::watchlists(engine).await?)
        }
        "watchlist_save" => {
            let request: WatchlistSaveRequest = call.read()?;
            engine.save_watchlist(request.watchlist_id, &request.name, request.conids).await?;
            yes(views::watchlists(engine).await?)
        }
        "watchlist_delete" => {
            let request: WatchlistRequest = call.read()?;
            engine.remove_watchlist(request.watchlist_id).await?;
            yes(views::watchlists(engine).await?)
        }
        "watchlist_quotes" => {
            let request: WatchlistQuotesRequest = call.read()?;
            yes(views::watchlist_quotes(engine, request.watchlist_id).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

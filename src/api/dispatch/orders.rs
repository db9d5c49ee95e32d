use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::{ApiError, views};

/// Orders, and what was done elsewhere.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "orders_list" => {
            call.read::<Empty>()?;
            yes(views::orders(engine.store()).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

use super::{Answered, Call, yes};
use crate::api::commands::{Empty, OrderModifyRequest, OrderRequest};
use crate::api::{ApiError, views};

/// Orders, and what was done elsewhere.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "orders_list" => {
            call.read::<Empty>()?;
            yes(views::orders(engine.store()).await?)
        }
        "order_get" => {
            let request: OrderRequest = call.read()?;
            yes(views::order_story(engine.store(), &request.client_order_id).await?)
        }
        "order_cancel" => {
            let request: OrderRequest = call.read()?;
            yes(views::order(engine.cancel_order(&request.client_order_id).await?))
        }
        "order_modify" => {
            let request: OrderModifyRequest = call.read()?;
            let OrderModifyRequest { client_order_id, price, quantity } = request;
            let (price, quantity) = (price.as_deref(), quantity.as_deref());
            yes(views::order(engine.modify_order(&client_order_id, price, quantity).await?))
        }
        "external_activity_list" => {
            call.read::<Empty>()?;
            yes(views::external_activity(engine.store()).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

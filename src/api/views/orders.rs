use crate::api::dto::{ExternalActivityDto, OrderStoryDto, OrderStoryEventDto};
use crate::api::views::account::order as order_dto;
use crate::api::{ApiError, ErrorCode};
use crate::domain::records::{FillRecord, PlaceOrderOutput, QuestionRecord, StepName};
use crate::domain::{ClientOrderId, ExecutionId, Leg};
use crate::store::{FillRow, Store};

/// An order with everything that is known of it.
pub async fn order_story(store: &Store, id: &str) -> Result<OrderStoryDto, ApiError> {
    let shown: String = id.chars().take(64).collect();
    let missing = || ApiError::new(ErrorCode::NotFound, format!("there is no order \"{shown}\""));
    let id = ClientOrderId::new(id).map_err(|_| missing())?;
    let order = store.order(&id).await?.ok_or_else(missing)?;
    let group = store.orders_of(&order.execution_id).await?;
    let group = group.into_iter().filter(|other| other.client_order_id != id);
    let mut fills = store.fills_of(&order.execution_id).await?;
    fills.retain(|fill| fill.client_order_id == id);
    let events = store.order_events(std::slice::from_ref(&id)).await?;
    let mut questions = questions(store, &order.execution_id).await?;
    if order.decided_by != order.execution_id {
        questions.extend(self::questions(store, &order.decided_by).await?);
    }
    let evidence = store.order_evidence(&id).await?;
    Ok(OrderStoryDto {
        group: group.map(order_dto).collect(),
        events: events
            .into_iter()
            .map(|event| OrderStoryEventDto {
                at: event.at.to_string(),
                status: event.status,
                filled_quantity: event.filled_quantity.to_string(),
                remaining_quantity: event.remaining_quantity.to_string(),
                words: event.words,
            })
            .collect(),
        fills: fills.into_iter().map(fill_record).collect(),
        questions,
        evidence: evidence
            .into_iter()
            .map(|look| format!("{} {}", super::exchange_time(look.at), look.sentence))
            .collect(),
        order: order_dto(order),
    })
}

/// What happened at the broker without us.
pub async fn external_activity(store: &Store) -> Result<ExternalActivityDto, ApiError> {
    let orders = store.orders().await?.into_iter().filter(|order| order.leg == Leg::External);
    let fills = store.fills().await?.into_iter().rev().filter(|fill| fill.leg == Leg::External);
    Ok(ExternalActivityDto {
        orders: orders.map(order_dto).collect(),
        fills: fills.map(fill_record).collect(),
    })
}

/// The questions that the broker asked about the orders of an execution, as the lineage has them.
async fn questions(
    store: &Store,
    execution: &ExecutionId,
) -> Result<Vec<QuestionRecord>, ApiError> {
    let rows = store.lineage_of(execution).await?;
    let placed = rows.iter().filter(|row| row.row.step == StepName::PlaceOrder);
    Ok(placed
        .filter_map(|row| serde_json::from_str::<PlaceOrderOutput>(&row.row.output).ok())
        .flat_map(|output| output.questions)
        .collect())
}

fn fill_record(row: FillRow) -> FillRecord {
    FillRecord {
        fill_id: row.fill.fill_id,
        client_order_id: row.client_order_id,
        leg: row.leg,
        side: row.fill.side,
        quantity: row.fill.quantity,
        price: row.fill.price,
        commission: row.fill.commission,
        at: row.fill.at,
    }
}

//! While trading is halted, no entry goes on working at the broker.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::broker::CancelOutcome;
use crate::domain::{BrokerOrderId, Leg, OrderStatus};
use crate::executor::place::event_row;
use crate::executor::{Changed, ExecutorError, Parts};
use crate::orders::{OrderEvent, next_status};
use crate::store::{Change, Durability, OrderRow};

/// An order that still works after this long is asked to be cancelled again, which does no harm.
pub(super) const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// Cancels every entry that works, and leaves protection alone. Says when to look again; nothing
/// once no entry is left.
pub(super) async fn cancel_working(
    parts: &Parts,
    asked: &mut BTreeMap<BrokerOrderId, Timestamp>,
) -> Result<Option<Timestamp>, ExecutorError> {
    let working = parts.store.working_orders().await?;
    let entries: Vec<OrderRow> =
        working.into_iter().filter(|order| order.leg == Leg::Entry).collect();
    let now = parts.clock.now();
    for order in &entries {
        // One of unknown fate has no broker's id yet; it is cancelled once it is found.
        let Some(id) = &order.broker_order_id else { continue };
        if asked.get(id).is_some_and(|at| now.duration_since(*at) < ASK_AGAIN) {
            continue;
        }
        asked.insert(id.clone(), now);
        cancel(parts, order, id).await?;
    }
    Ok((!entries.is_empty()).then(|| now.checked_add(ASK_AGAIN).unwrap_or(now)))
}

/// Asks the broker to cancel an order of ours, written down first. What comes of it shows in the
/// broker's lists, and the order may still fill until then.
pub(super) async fn cancel(
    parts: &Parts,
    order: &OrderRow,
    id: &BrokerOrderId,
) -> Result<CancelOutcome, ExecutorError> {
    let event = OrderEvent::Reported(OrderStatus::PendingCancel);
    match next_status(&order.client_order_id, order.status, event) {
        Ok(status) if status != order.status => {
            let asked = OrderRow { status, updated_at: parts.clock.now(), ..order.clone() };
            let changes = vec![Change::OrderEvent(event_row(&asked)), Change::Order(asked)];
            parts.recorder.commit(changes, Durability::Full).await?;
            parts.changes.tell(Changed::Orders);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "a cancellation could not be noted in its order"),
    }
    let outcome = parts.broker.cancel(id).await;
    if let CancelOutcome::Refused { reason } | CancelOutcome::Unknown { reason } = &outcome {
        tracing::warn!(order = %order.client_order_id, reason, "a cancellation was not confirmed");
    }
    Ok(outcome)
}

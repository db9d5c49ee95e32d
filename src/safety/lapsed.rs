//! A signal has a lifetime. When it ends, the signal is over, and an entry that still works for it
//! is cancelled, so that nothing is bought on yesterday's reasons.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::entries::cancel;
use crate::domain::{BrokerOrderId, Leg};
use crate::executor::{Changed, ExecutorError, Parts};
use crate::orders::driver::OrdersDriver;
use crate::store::{Change, Durability, OrderRow};

/// An entry that still works after this long is asked to be cancelled again, which does no harm.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// Ends what has lapsed, and says when to look again.
pub(super) async fn end_lifetimes(
    parts: &Parts,
    orders: &mut OrdersDriver,
    asked: &mut BTreeMap<BrokerOrderId, Timestamp>,
) -> Result<Option<Timestamp>, ExecutorError> {
    let now = parts.clock.now();
    if parts.store.next_signal_expiry().await?.is_some_and(|at| at <= now) {
        // What filled or ended until now is looked at first: a trade outweighs a lifetime, and a
        // day's order ends by itself at the close.
        if !entries(parts).await?.is_empty() {
            orders.tick().await?;
        }
        let changes = vec![Change::SignalsExpired(now)];
        parts.recorder.commit(changes, Durability::Ordinary).await?;
        parts.changes.tell(Changed::Signals);
    }
    let mut next = parts.store.next_signal_expiry().await?;
    let mut sooner = |at: Timestamp| next = Some(next.map_or(at, |other| other.min(at)));
    let working = entries(parts).await?;
    asked.retain(|id, _| {
        working.iter().any(|(order, _)| order.broker_order_id.as_ref() == Some(id))
    });
    for (order, expires_at) in working {
        if expires_at > now {
            sooner(expires_at);
            continue;
        }
        sooner(now.checked_add(ASK_AGAIN).unwrap_or(now));
        // One of unknown fate has no broker's id yet; it is cancelled once it is found.
        let Some(id) = &order.broker_order_id else { continue };
        if asked.get(id).is_some_and(|at| now.duration_since(*at) < ASK_AGAIN) {
            continue;
        }
        asked.insert(id.clone(), now);
        tracing::info!(order = %order.client_order_id, "the signal of a working entry has expired");
        cancel(parts, &order, id).await?;
        orders.wake();
    }
    Ok(next)
}

/// Entries that work, with the end of their signal's lifetime.
async fn entries(parts: &Parts) -> Result<Vec<(OrderRow, Timestamp)>, ExecutorError> {
    let mut found = Vec::new();
    for order in parts.store.working_orders().await? {
        if order.leg == Leg::Entry
            && let Some(signal) = parts.store.signal(&order.execution_id).await?
        {
            found.push((order, signal.expires_at));
        }
    }
    Ok(found)
}

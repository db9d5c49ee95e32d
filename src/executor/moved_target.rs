//! Whether a target was moved, when the answer to that was lost: its price at the broker shows it.

use jiff::SignedDuration;

use super::records::{Outcome, PlaceOrderInput, PlaceOrderOutput, SubmitResult};
use super::{ExecutorError, Parts};
use crate::broker::BrokerOrder;
use crate::domain::{ClientOrderId, ExecutionId};
use crate::store::OrderRow;

/// How often the broker's list is asked for before it is given up.
const ATTEMPTS: usize = 6;

/// Pause before each question for it: live orders may be read once in five seconds (ibkr.md §4).
const PAUSE: SignedDuration = SignedDuration::from_secs(6);

/// What the look-up came to.
pub(crate) struct MovedTarget {
    pub(crate) output: PlaceOrderOutput,
    pub(crate) outcome: Outcome,
    pub(crate) sentence: String,
    /// The order as it now stands, if it was moved.
    pub(crate) order: Option<OrderRow>,
}

/// Looks the target up; it is not moved again, whatever shows.
pub(crate) async fn look_up(
    parts: &Parts,
    execution: &ExecutionId,
    input: &PlaceOrderInput,
) -> Result<MovedTarget, ExecutorError> {
    let symbol = &input.symbol;
    let wanted = input.legs.first();
    let listed = match wanted {
        Some(wanted) => listed(parts, &wanted.client_order_id).await,
        None => None,
    };
    let mut order = None;
    let (result, outcome, sentence) = match (wanted, listed) {
        (Some(wanted), Some(listed)) if listed.price == wanted.price => {
            order = parts.store.order(&wanted.client_order_id).await?.map(|order| OrderRow {
                price: wanted.price,
                decided_by: execution.clone(),
                updated_at: parts.clock.now(),
                ..order
            });
            let sentence = format!("SELL {symbol}: the target was found moved at the broker.");
            (SubmitResult::Accepted, Outcome::Exiting, sentence)
        }
        (Some(_), Some(_)) => {
            let sentence = format!(
                "SELL {symbol}: the target was not moved, and was not asked for again; stop and \
                 target work as before."
            );
            (SubmitResult::Unknown, Outcome::NotSent, sentence)
        }
        _ => {
            let sentence = format!(
                "SELL {symbol}: nobody knows whether the target was moved, since the broker does \
                 not list it; it was not asked for again."
            );
            (SubmitResult::Unknown, Outcome::Unknown, sentence)
        }
    };
    let output = PlaceOrderOutput {
        result,
        legs: input.legs.clone(),
        questions: Vec::new(),
        reason: Some(sentence.clone()),
        reconciled: true,
    };
    Ok(MovedTarget { output, outcome, sentence, order })
}

async fn listed(parts: &Parts, id: &ClientOrderId) -> Option<BrokerOrder> {
    for _ in 0..ATTEMPTS {
        parts.clock.sleep(PAUSE).await;
        match parts.broker.live_orders().await {
            Ok(Some(orders)) => {
                return orders.into_iter().find(|o| o.client_order_id.as_ref() == Some(id));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the broker's orders could not be read"),
        }
    }
    None
}

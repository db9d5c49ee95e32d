//! An order of unknown fate closes entries in its contract until it is resolved: a second one would
//! perhaps be a second position.

use std::collections::BTreeMap;

use crate::domain::{Conid, OrderStatus};
use crate::executor::{ClosureCause, ExecutorError, Parts};

/// Closes entries where an order is unknown, and opens them where none is any more.
pub(super) async fn unknown_orders(parts: &Parts) -> Result<(), ExecutorError> {
    let mut unknown: BTreeMap<Conid, String> = BTreeMap::new();
    for order in parts.store.working_orders().await? {
        if order.status == OrderStatus::Unknown {
            let sentence = format!(
                "Nobody knows yet whether IBKR has the order {} for {}; entries in {} are closed \
                 until it is found or proven absent.",
                order.client_order_id, order.symbol, order.symbol
            );
            unknown.insert(order.conid, sentence);
        }
    }
    for closure in parts.gate.closures() {
        let is_over = closure.conid.is_none_or(|conid| !unknown.contains_key(&conid));
        if closure.cause == ClosureCause::UnknownOrder && is_over {
            parts.gate.open(ClosureCause::UnknownOrder, closure.conid);
        }
    }
    for (conid, sentence) in unknown {
        parts.gate.close(ClosureCause::UnknownOrder, Some(conid), sentence);
    }
    Ok(())
}

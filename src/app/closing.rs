//! The end of an engine: what goes on without it, and how it stops without leaving half of anything.

use std::time::Duration;

use super::Engine;
use super::engine::EXECUTIONS_AT_ONCE;
use crate::api::ApiError;

/// How long the writing of what is queued may take once everything rests.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// How an engine ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing was under way any more.
    AtRest,
    /// Something was, and did not end in time. What was recorded of it is taken up at the next start.
    CutOff,
}

impl Engine {
    /// What stays at the broker while the engine is not running, one sentence each: working orders,
    /// then open positions. An order of the sandbox in this process waits with its clock instead.
    pub async fn stays_live(&self) -> Result<Vec<String>, ApiError> {
        let mut sentences = Vec::new();
        for order in self.parts.store.working_orders().await? {
            let price = order.price.map(|price| format!(" at {price}")).unwrap_or_default();
            sentences.push(format!(
                "{} {} {}{price} ({}, {}) stays at the broker",
                order.side,
                order.quantity,
                order.symbol,
                order.leg.as_str(),
                order.client_order_id
            ));
        }
        for position in self.parts.account.positions() {
            sentences.push(format!(
                "{} {} stay open with the stop at {}",
                position.quantity, position.symbol, position.stop_price
            ));
        }
        Ok(sentences)
    }

    /// Whether it still takes commands that keep the account safe, and reads its database. Waits for
    /// ever where it does neither, so that whoever asks must bound it.
    pub async fn answers(&self) {
        drop(self.safety.lock().await);
        // A database that refuses has answered; its light says why.
        let _ = self.parts.store.setting("environment").await;
    }

    /// Waits until nothing is under way, at most for `patience`, lets nothing more begin, and closes.
    /// Orders stay as they are. What is cut off is recovered by the next start like after a crash.
    pub async fn close_within(&self, patience: Duration) -> Result<Ending, ApiError> {
        let places = u32::try_from(EXECUTIONS_AT_ONCE).unwrap_or(u32::MAX);
        // In the order in which a tick takes them. Runs beside the drivers hold a place each.
        let rest = tokio::time::timeout(patience, async {
            let drivers = self.drivers.lock().await;
            let ended = self.places.acquire_many(places).await;
            let safety = self.safety.lock().await;
            let orders = self.orders.lock().await;
            (drivers, ended, safety, orders)
        })
        .await;
        let ending = if rest.is_ok() { Ending::AtRest } else { Ending::CutOff };
        let closed = tokio::time::timeout(LAST_WRITES, self.close()).await;
        drop(rest);
        match closed {
            Ok(closed) => closed.map(|()| ending),
            Err(_) => Ok(Ending::CutOff),
        }
    }
}

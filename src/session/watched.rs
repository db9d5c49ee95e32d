use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::watch;

use super::pulse::Pulse;
use crate::broker::{
    AccountSummary, Broker, BrokerError, BrokerOrder, BrokerPosition, CancelOutcome,
    CurrencyBalance, GatewayLook, LimiterState, OrderPreview, Region, SessionState, SubmitOutcome,
    SubmitReport, Tickle, maintenance_window,
};
use crate::clock::Clock;
use crate::domain::{BrokerOrderId, Fill, OrderIntent};
use crate::risk::RiskApproved;

/// How often an order that waits looks whether the window is over.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(10);

/// The broker as everybody but the keeper sees it: each call passes through, and what it shows of
/// the session is noted. An order that comes to a reset window waits here until the window is over.
pub struct WatchedBroker {
    inner: Arc<dyn Broker>,
    pulse: Arc<Pulse>,
    clock: Arc<dyn Clock>,
    resets: Option<Region>,
}

impl WatchedBroker {
    /// A watch over `inner`. With `resets`, orders wait out the windows of that region.
    pub fn new(
        inner: Arc<dyn Broker>,
        pulse: Arc<Pulse>,
        clock: Arc<dyn Clock>,
        resets: Option<Region>,
    ) -> Self {
        Self { inner, pulse, clock, resets }
    }

    fn noted<T>(&self, result: Result<T, BrokerError>) -> Result<T, BrokerError> {
        self.pulse.note(self.clock.now(), &result);
        result
    }

    /// Entries are refused in the window before they come here. An exit is never refused, and is
    /// not sent into a reset either: its fate would be unknown.
    async fn wait_out_the_window(&self) {
        let mut has_waited = false;
        while self.resets.is_some_and(|region| maintenance_window(self.clock.now(), region).is_now)
        {
            if !has_waited {
                tracing::info!("an order waits for the end of the reset window");
            }
            has_waited = true;
            self.clock.sleep(BETWEEN_LOOKS).await;
        }
    }
}

#[async_trait]
impl Broker for WatchedBroker {
    async fn connect(&self) -> Result<SessionState, BrokerError> {
        let result = self.inner.connect().await;
        if let Err(error) = &result {
            self.pulse.failed(self.clock.now(), &error.to_string());
        }
        result
    }

    async fn submit(&self, intent: &RiskApproved<OrderIntent>) -> SubmitReport {
        self.wait_out_the_window().await;
        let report = self.inner.submit(intent).await;
        match &report.outcome {
            SubmitOutcome::Accepted(_) => self.pulse.answered(self.clock.now()),
            SubmitOutcome::Unknown { reason } => self.pulse.failed(self.clock.now(), reason),
            SubmitOutcome::Rejected { .. } => {}
        }
        report
    }

    async fn live_orders(&self) -> Result<Option<Vec<BrokerOrder>>, BrokerError> {
        self.noted(self.inner.live_orders().await)
    }

    async fn fills(&self) -> Result<Option<Vec<Fill>>, BrokerError> {
        self.noted(self.inner.fills().await)
    }

    async fn positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        // Positions and money are answered without a brokerage session: an answer proves none.
        self.noted_failure(self.inner.positions().await)
    }

    async fn fresh_positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        self.noted_failure(self.inner.fresh_positions().await)
    }

    async fn account_summary(&self) -> Result<AccountSummary, BrokerError> {
        self.noted_failure(self.inner.account_summary().await)
    }

    async fn balances(&self) -> Result<Vec<CurrencyBalance>, BrokerError> {
        self.noted_failure(self.inner.balances().await)
    }

    async fn look(&self) -> GatewayLook {
        self.inner.look().await
    }

    async fn tickle(&self) -> Result<Tickle, BrokerError> {
        self.inner.tickle().await
    }

    async fn take_over(&self) -> Result<SessionState, BrokerError> {
        self.inner.take_over().await
    }

    async fn cancel(&self, order: &BrokerOrderId) -> CancelOutcome {
        let outcome = self.inner.cancel(order).await;
        match &outcome {
            CancelOutcome::Requested => self.pulse.answered(self.clock.now()),
            CancelOutcome::Unknown { reason } => self.pulse.failed(self.clock.now(), reason),
            CancelOutcome::Refused { .. } => {}
        }
        outcome
    }

    async fn order(&self, order: &BrokerOrderId) -> Result<Option<BrokerOrder>, BrokerError> {
        self.noted(self.inner.order(order).await)
    }

    async fn preview(&self, intent: &OrderIntent) -> Result<OrderPreview, BrokerError> {
        self.noted_failure(self.inner.preview(intent).await)
    }

    async fn limiter(&self) -> LimiterState {
        self.inner.limiter().await
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.inner.order_hints()
    }
}

impl WatchedBroker {
    fn noted_failure<T>(&self, result: Result<T, BrokerError>) -> Result<T, BrokerError> {
        if result.is_err() { self.noted(result) } else { result }
    }
}

//! The IBKR Client Portal adapter: the only module that knows the wire format of Interactive
//! Brokers.
//!
//! It reaches the Client Portal Gateway through [`GatewayTransport`], so that the same code talks
//! to the real gateway and to the sandbox's emulator. REST answers are the truth; the push channel
//! only hints that it is worth asking again.
//!
//! What is read from the wire is hostile until judged: status, content type and first byte come
//! before any parsing, texts are cut, lists are capped, and ids are checked before they are put
//! into a path.

mod account;
mod client;
mod contracts;
#[doc(hidden)]
pub mod decode;
mod ledger;
mod market;
mod models;
mod orders;
mod pacing;
mod parse;
mod questions;
mod replies;
mod rules;
mod schedule;
mod session;
mod transport;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::sync::watch;

pub use questions::{AllowedQuestion, QuestionPolicy};
pub use transport::{
    AddressError, CertificatePin, Fingerprint, FingerprintError, GatewayAddress, GatewayTransport,
    InProcessTransport, PushChannel, PushState, QuoteBook, StreamedQuote, TlsOptions, TlsTransport,
    TooManyQuotes, TransportError,
};

use crate::broker::{
    AccountSummary, Broker, BrokerError, BrokerOrder, BrokerPosition, CancelOutcome,
    CurrencyBalance, GatewayLook, LimiterState, OrderPreview, QuestionDesk, SessionState,
    SubmitReport, Tickle,
};
use crate::clock::Clock;
use crate::domain::{BrokerOrderId, Environment, Fill, OrderIntent};
use crate::risk::RiskApproved;
use client::RawClient;
use rules::RulesCache;
use session::{SessionCache, SessionWatch};

/// The broker and market-data ports over one gateway login.
pub struct IbkrClient {
    raw: RawClient,
    clock: Arc<dyn Clock>,
    policy: QuestionPolicy,
    desk: Arc<QuestionDesk>,
    /// What the contracts let the account do. Locked for moments only.
    rules: Mutex<RulesCache>,
    expected: Environment,
    /// What was learnt since the brokerage session began. Locked for moments only, never across
    /// an await.
    session: Mutex<SessionCache>,
    watch: SessionWatch,
}

impl IbkrClient {
    /// An adapter that has not spoken yet; [`Broker::connect`] opens the session.
    ///
    /// `expected` is the environment that this client may trade in: an account whose signs say
    /// otherwise is refused with [`BrokerError::EnvironmentMismatch`].
    pub fn new(
        transport: Arc<dyn GatewayTransport>,
        clock: Arc<dyn Clock>,
        policy: QuestionPolicy,
        expected: Environment,
    ) -> Self {
        // Without a desk nobody is asked: what is not on the list is answered with no.
        let desk = Arc::new(QuestionDesk::new(Arc::clone(&clock), SignedDuration::ZERO));
        Self {
            raw: RawClient::new(transport, Arc::clone(&clock)),
            clock,
            policy,
            desk,
            rules: Mutex::new(RulesCache::default()),
            expected,
            session: Mutex::new(SessionCache::default()),
            watch: SessionWatch::new(),
        }
    }

    /// The same with a desk at which the questions that are not on the list wait for a person.
    #[must_use]
    pub fn with_question_desk(self, desk: Arc<QuestionDesk>) -> Self {
        Self { desk, ..self }
    }

    /// The same, going on with IBKR's limits where the last process ended that kept `file`, so that
    /// a program which is started again within seconds is not shut out. To be said before anything
    /// is sent; the clock must be the one that the file was written by.
    #[must_use]
    pub fn with_pacing_kept_in(self, file: PathBuf) -> Self {
        self.raw.limiter().go_on_from(file);
        self
    }

    fn rules(&self) -> MutexGuard<'_, RulesCache> {
        // Entries are put in whole.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> MutexGuard<'_, SessionCache> {
        // The cache holds no invariant that a panic elsewhere could break half-way.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for IbkrClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbkrClient").field("expected", &self.expected).finish_non_exhaustive()
    }
}

#[async_trait]
impl Broker for IbkrClient {
    async fn connect(&self) -> Result<SessionState, BrokerError> {
        session::connect(self).await
    }

    async fn submit(&self, intent: &RiskApproved<OrderIntent>) -> SubmitReport {
        orders::submit(self, intent.get()).await
    }

    async fn live_orders(&self) -> Result<Option<Vec<BrokerOrder>>, BrokerError> {
        account::live_orders(self).await
    }

    async fn fills(&self) -> Result<Option<Vec<Fill>>, BrokerError> {
        account::fills(self).await
    }

    async fn positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        account::positions(self).await
    }

    async fn fresh_positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        account::fresh_positions(self).await
    }

    async fn account_summary(&self) -> Result<AccountSummary, BrokerError> {
        account::summary(self).await
    }

    async fn balances(&self) -> Result<Vec<CurrencyBalance>, BrokerError> {
        ledger::balances(self).await
    }

    async fn look(&self) -> GatewayLook {
        session::look(self).await
    }

    async fn tickle(&self) -> Result<Tickle, BrokerError> {
        session::tickle(self).await
    }

    async fn take_over(&self) -> Result<SessionState, BrokerError> {
        session::take_over(self).await
    }

    async fn cancel(&self, order: &BrokerOrderId) -> CancelOutcome {
        orders::cancel(self, order).await
    }

    async fn order(&self, order: &BrokerOrderId) -> Result<Option<BrokerOrder>, BrokerError> {
        orders::order(self, order).await
    }

    async fn preview(&self, intent: &OrderIntent) -> Result<OrderPreview, BrokerError> {
        orders::preview(self, intent).await
    }

    async fn limiter(&self) -> LimiterState {
        self.raw.limiter().state()
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.raw.order_hints()
    }
}

/// A stock for unit tests, with ticks of one cent.
#[cfg(test)]
fn sample_instrument() -> crate::domain::Instrument {
    crate::domain::Instrument {
        conid: crate::domain::Conid(204_511),
        symbol: "ORCH".into(),
        company_name: "ORCHARD INC".into(),
        exchange: "NASDAQ".into(),
        currency: "USD".into(),
        tick_size: rust_decimal::Decimal::new(1, 2),
        tick_bands: Vec::new(),
    }
}

//! The broker port: what the engine asks of a broker, in the engine's own words.

pub mod ibkr;
mod maintenance;
mod questions_desk;
mod session_words;

pub use questions_desk::{DeskAnswer, OpenQuestion, QuestionDesk};

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio::sync::watch;

use crate::domain::{
    AccountId, BrokerOrderId, ClientOrderId, Conid, Environment, Fill, GatewayState, OrderIntent,
    OrderSide, OrderStatus, OrderType,
};
use crate::risk::RiskApproved;

pub use maintenance::{
    MaintenanceWindow, Region, is_maintenance_anywhere, maintenance_window, maintenance_windows,
    next_reset,
};

/// A broker. All answers are the broker's present view; nothing is cached here.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Makes sure that there is a brokerage session and an account: asks for the state, opens the
    /// session once if it is not open, queries the accounts. Never takes over a competing session.
    async fn connect(&self) -> Result<SessionState, BrokerError>;

    /// Sends an approved order once, answers the broker's questions from the allow-list, and says
    /// what came of it. Never sends twice: whatever is not a positive answer is `Unknown`.
    async fn submit(&self, intent: &RiskApproved<OrderIntent>) -> SubmitReport;

    /// Orders that are working or were active today. `Ok(None)` while the broker has not loaded
    /// them yet: empty is not none.
    async fn live_orders(&self) -> Result<Option<Vec<BrokerOrder>>, BrokerError>;

    /// Fills of the last seven days. `Ok(None)` while the broker has not loaded them yet.
    async fn fills(&self) -> Result<Option<Vec<Fill>>, BrokerError>;

    /// Positions of the account, all pages.
    async fn positions(&self) -> Result<Vec<BrokerPosition>, BrokerError>;

    /// Positions of the account past every cache between here and the broker's books.
    async fn fresh_positions(&self) -> Result<Vec<BrokerPosition>, BrokerError> {
        self.positions().await
    }

    /// Money of the account.
    async fn account_summary(&self) -> Result<AccountSummary, BrokerError>;

    /// Cash by currency.
    async fn balances(&self) -> Result<Vec<CurrencyBalance>, BrokerError>;

    /// Looks at the session once, from the outside in: address, certificate, login, brokerage
    /// session, accounts. Opens nothing and takes nothing over.
    async fn look(&self) -> GatewayLook;

    /// Keeps the session alive.
    async fn tickle(&self) -> Result<Tickle, BrokerError>;

    /// Opens the brokerage session and ends the one that competes with it. Only on a person's word.
    async fn take_over(&self) -> Result<SessionState, BrokerError>;

    /// Asks once for the cancellation of an order. What comes of it shows in the lists.
    async fn cancel(&self, order: &BrokerOrderId) -> CancelOutcome;

    /// One order by the broker's id; nothing if the broker does not hold it.
    async fn order(&self, order: &BrokerOrderId) -> Result<Option<BrokerOrder>, BrokerError>;

    /// What an order would cost and bind, without sending it.
    async fn preview(&self, intent: &OrderIntent) -> Result<OrderPreview, BrokerError>;

    /// Requests against their limits.
    async fn limiter(&self) -> LimiterState;

    /// Counts up whenever the broker's push channel says that an order changed. A hint only: the
    /// truth is read with [`Broker::live_orders`] and [`Broker::fills`].
    fn order_hints(&self) -> watch::Receiver<u64>;
}

/// State of the session after [`Broker::connect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// The login is valid.
    pub authenticated: bool,
    /// The gateway reaches the broker.
    pub connected: bool,
    /// Another session uses the same login.
    pub competing: bool,
    /// Name and build of the server that answered, such as `JifC11113 Build 10.44.1d`.
    pub server: Option<String>,
    /// The account that is selected.
    pub account_id: AccountId,
    /// Paper by the broker's own sign and by the account's prefix; both must agree.
    pub environment: Environment,
}

/// What one look at the gateway showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayLook {
    /// Where the way to the broker stands.
    pub state: GatewayState,
    /// What showed it: the request and the answer, in one sentence.
    pub evidence: String,
    /// The certificate that was shown; nothing without TLS.
    pub certificate: Option<ShownCertificate>,
    /// Name and build of the server that answered.
    pub server: Option<String>,
    /// Accounts of the login, as far as it got.
    pub accounts: Vec<AccountId>,
    /// The account that is selected.
    pub selected_account: Option<AccountId>,
    /// The signs of paper and live, as far as it got.
    pub signs: Vec<EnvironmentSign>,
    /// When the penalty for too many requests ends.
    pub penalty_ends: Option<Timestamp>,
}

/// A certificate that a gateway showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    /// SHA-256 of the leaf, as pairs of hexadecimal digits with colons.
    pub fingerprint: String,
    /// The fingerprint that was accepted before.
    pub pinned: Option<String>,
}

/// One sign of paper or live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSign {
    /// Such as `isPaper`.
    pub name: &'static str,
    /// What was answered, or `absent`.
    pub value: String,
    /// What it says; nothing if it says neither.
    pub says: Option<Environment>,
}

/// The answer to a tickle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tickle {
    /// Id of the session; a new one means that every subscription is dead.
    pub session_id: Option<String>,
    /// Milliseconds that the login has left.
    pub expires_in_millis: Option<i64>,
    /// The brokerage session is open.
    pub is_authenticated: bool,
    /// Another session uses the login.
    pub is_competing: bool,
}

/// What came of [`Broker::cancel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The broker took the request. The order may still fill.
    Requested,
    /// The broker does not hold the order as one that can be cancelled; its words.
    Refused {
        /// The broker's words.
        reason: String,
    },
    /// The request may or may not have arrived.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// What an order would do to the account, by the broker's own estimate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPreview {
    /// Commission, in `currency`; nothing if the broker gave none.
    pub commission: Option<Decimal>,
    /// Price of the shares and commission together.
    pub total: Option<Decimal>,
    /// Initial margin before and after.
    pub initial_margin: MarginChange,
    /// Maintenance margin before and after.
    pub maintenance_margin: MarginChange,
    /// Equity with loan value before and after.
    pub equity: MarginChange,
    /// ISO code, if the answer names one.
    pub currency: Option<String>,
    /// The broker's warning in its own words.
    pub warning: Option<String>,
}

/// A number before and after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarginChange {
    /// Before.
    pub current: Option<Decimal>,
    /// After.
    pub after: Option<Decimal>,
}

/// Requests against their limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimiterState {
    /// Requests that left in the last second.
    pub last_second: u32,
    /// Requests that left in the last minute.
    pub last_minute: u32,
    /// Most in a second.
    pub limit_per_second: u32,
    /// Requests that wait for their turn.
    pub waiting: u32,
    /// End of the penalty after status 429.
    pub penalty_ends: Option<Timestamp>,
}

/// What came of [`Broker::submit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitReport {
    /// Accepted, rejected or unknown.
    pub outcome: SubmitOutcome,
    /// Questions that the broker asked, in order, with the answers given.
    pub questions: Vec<AnsweredQuestion>,
}

/// Accepted and rejected need the broker's positive word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// The broker has the order or orders.
    Accepted(Vec<AcceptedOrder>),
    /// The broker said no, or a question was answered with no.
    Rejected {
        /// The broker's words.
        reason: String,
    },
    /// It may or may not have arrived.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// One order that the broker accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedOrder {
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// The broker's id.
    pub broker_order_id: BrokerOrderId,
    /// First status.
    pub status: OrderStatus,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredQuestion {
    /// Ids such as `o163`; empty if the broker gave none.
    pub message_ids: Vec<String>,
    /// The broker's words.
    pub text: String,
    /// Yes or no.
    pub confirmed: bool,
    /// Which entry of the allow-list covers it, or that none does.
    pub because: String,
}

/// An order as the broker lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerOrder {
    /// The broker's id.
    pub broker_order_id: BrokerOrderId,
    /// Our id (`order_ref`), if it is one of ours.
    pub client_order_id: Option<ClientOrderId>,
    /// What is traded.
    pub conid: Conid,
    /// Which way.
    pub side: OrderSide,
    /// How the price is found; nothing if the broker's word for it is not known here.
    pub order_type: Option<OrderType>,
    /// What became of it.
    pub status: OrderStatus,
    /// The broker's own word for the status.
    pub status_text: String,
    /// Shares ordered.
    pub quantity: Decimal,
    /// Shares filled.
    pub filled_quantity: Decimal,
    /// Shares to go.
    pub remaining_quantity: Decimal,
    /// Limit price or stop price.
    pub price: Option<Decimal>,
    /// Average price of the fills.
    pub average_price: Option<Decimal>,
}

/// A position as the broker lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerPosition {
    /// What is held.
    pub conid: Conid,
    /// Ticker symbol or description.
    pub description: String,
    /// Shares; negative when short.
    pub quantity: Decimal,
    /// Average cost per share.
    pub average_cost: Decimal,
    /// Last price.
    pub market_price: Option<Decimal>,
}

/// Money of an account, in its base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSummary {
    /// Cash plus positions.
    pub net_liquidation: Decimal,
    /// Cash.
    pub total_cash: Decimal,
    /// Cash and credit not bound by positions.
    pub available_funds: Decimal,
    /// Value of the positions.
    pub gross_position_value: Decimal,
    /// ISO code of the base currency.
    pub currency: String,
    /// When the broker computed it.
    pub as_of: Timestamp,
}

/// Cash of an account in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyBalance {
    /// ISO code.
    pub currency: String,
    /// Cash, in that currency.
    pub cash: Decimal,
    /// Of it, what is settled; nothing if the broker did not say.
    pub settled_cash: Option<Decimal>,
    /// Interest that is due and not paid yet, in that currency; negative if it is owed.
    pub accrued_interest: Option<Decimal>,
    /// Dividends that are due and not paid yet, in that currency.
    pub accrued_dividends: Option<Decimal>,
    /// What one unit is worth in the account's base currency.
    pub exchange_rate: Decimal,
    /// When the broker computed it.
    pub as_of: Timestamp,
}

/// Why the broker did not answer a question of fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// No answer, or no connection.
    #[error("the IBKR gateway did not answer {request}: {cause}")]
    Unreachable {
        /// Method and path.
        request: String,
        /// What the transport said.
        cause: String,
    },
    /// Nobody is logged in, or the brokerage session is missing.
    #[error("there is no brokerage session ({evidence}); log in at the gateway")]
    NoSession {
        /// What showed it.
        evidence: String,
    },
    /// Another session uses the login.
    #[error("another session is using this IBKR login; end it there, or take over in Connection")]
    Competing,
    /// The broker said no, in its own words.
    #[error("IBKR refused {request} with status {status}: {text}")]
    Refused {
        /// Method and path.
        request: String,
        /// HTTP status.
        status: u16,
        /// The broker's words, cut to 500 characters.
        text: String,
    },
    /// The answer is not what the protocol says.
    #[error("IBKR's answer to {request} could not be read: {cause}")]
    Protocol {
        /// Method and path.
        request: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Signs of paper and live contradict each other.
    #[error("account {account} shows signs of both paper and live ({evidence}); trading stays off")]
    EnvironmentMismatch {
        /// Which account.
        account: String,
        /// The signs.
        evidence: String,
    },
}

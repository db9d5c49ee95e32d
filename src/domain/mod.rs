//! Values: what the system is about, without any behaviour that needs the outside world.
//!
//! Amounts, prices and quantities are [`rust_decimal::Decimal`]; instants are UTC
//! [`jiff::Timestamp`]s. `f64` stays inside `indicators` and `chart`.

mod answer;
mod bar;
mod causes;
mod environment;
mod fill;
mod gateway;
mod ids;
mod instrument;
mod model;
mod money;
mod notification;
mod order;
mod position;
mod prompt;
mod protection;
pub mod records;
mod signal;

pub use answer::{LateAnswer, NoAnswer};
pub use bar::{Availability, Bar, Timeframe};
pub use causes::with_causes;
pub use environment::Environment;
pub use fill::Fill;
pub use gateway::GatewayState;
pub use ids::{
    AccountId, BrokerOrderId, ClientOrderId, Conid, ExecutionId, FillId, IdError, PromptId,
    StrategyId,
};
pub use instrument::{Instrument, TickBand};
pub use model::{InvalidModelName, ModelKind, ModelName, StopReason};
pub use money::round_to_cents;
pub use notification::{
    LONGEST_NOTIFICATION, NewNotification, NotificationChannel, NotificationKind, Severity,
};
pub use order::{
    BracketIntent, ExitIntent, Leg, ModifyIntent, MoveTargetIntent, OrderIntent, OrderSide,
    OrderStatus, OrderTerms, OrderType, SingleOrderIntent, TimeInForce, Trail,
};
pub use position::{ClosedTrade, ExitCause, Position};
pub use prompt::{Language, PromptType, UnknownLanguage, UnknownPromptType};
pub use protection::{Protection, ProtectionRule, Reach, UnknownReach};
pub use signal::{Signal, SignalAction, SignalOutcome, SignalStatus, Trend};

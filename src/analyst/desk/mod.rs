//! The desk: the one way to a model. It looks the model up, answers from the record what was asked
//! before, reserves what the call may cost against the budgets, writes the call down, asks, tries again
//! where that is safe, and writes down what became of it.
//!
//! Its clock is the computer's own, also in the sandbox: a provider is paid and waited for in real time.

mod allowance;
mod ask;
mod breaker;
mod budget;
mod foresee;
mod input;
mod registry;
mod trial;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;
use tokio::sync::watch;

pub use allowance::{Allowance, AllowanceRefusal};
pub use breaker::{BreakerPhase, BreakerView};
pub use budget::{BudgetRefusal, Spending};
pub use foresee::{ForeseenCost, RecordedReply, cost_of_tokens};
pub use input::text_tokens;
pub use registry::{ModelDraft, RegistryError, key_name};
pub use trial::{ModelTrial, TRIAL_PURPOSE};

use super::model::{ModelConnector, ModelError, ModelImage};
use crate::clock::Clock;
use crate::domain::{ExecutionId, ModelKind, ModelName, StopReason, StrategyId};
use crate::secrets::{SecretStore, SecretStoreError};
use crate::store::{Change, Durability, ModelCallRow, ModelCallStatus, Store, StoreError};
use breaker::Breaker;
use budget::Ledger;

/// The one way to a model.
pub struct ModelDesk {
    store: Arc<Store>,
    secrets: Arc<dyn SecretStore>,
    connector: Arc<dyn ModelConnector>,
    clock: Arc<dyn Clock>,
    on_change: OnChange,
    /// Held while a reservation is made or settled, so that parallel calls see each other's.
    ledger: tokio::sync::Mutex<Ledger>,
    /// By the provider's address.
    breakers: Mutex<HashMap<String, Breaker>>,
    /// How to end the calls that are under way.
    under_way: Mutex<HashMap<i64, UnderWay>>,
    /// Inputs that are being asked about: who asks the same waits for the first answer.
    asking: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

struct UnderWay {
    execution_id: Option<ExecutionId>,
    cancel: watch::Sender<bool>,
}

/// One question to a configured model.
#[derive(Debug, Clone)]
pub struct ModelCall<'a> {
    /// Name of the configured model.
    pub model: &'a str,
    /// For which strategy; its budget of the day holds.
    pub strategy_id: Option<&'a StrategyId>,
    /// For which execution.
    pub execution_id: Option<&'a ExecutionId>,
    /// What it is for, such as `daily`; for the record.
    pub purpose: &'a str,
    /// What the model is told about its task.
    pub system: &'a str,
    /// The question.
    pub prompt: &'a str,
    /// In the order in which the prompt speaks of them.
    pub images: &'a [ModelImage],
    /// JSON schema that the reply is to follow. Whether it does is for the caller to check.
    pub schema: &'a Arc<Value>,
    /// Name of the schema: letters, digits, `_` and `-`.
    pub schema_name: &'a str,
    /// Whether a recorded reply to the same input will do.
    pub reuse: Reuse,
}

/// Whether a recorded reply will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// The newest reply to the same images, texts, model and parameters is used, at no cost.
    FromRecord,
    /// The model is asked in any case.
    Never,
}

/// What a model answered, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAnswer {
    /// All that it said.
    pub text: String,
    /// As the provider named what answered, or as it was asked for where it does not say.
    pub model: String,
    /// By which protocol.
    pub provider: ModelKind,
    /// Tokens of the input, if the provider reported them.
    pub input_tokens: Option<u64>,
    /// Tokens of the reply, if the provider reported them.
    pub output_tokens: Option<u64>,
    /// USD; 0 if a recorded reply was used.
    pub cost: Decimal,
    /// The provider reported no tokens, and the cost is what was reserved.
    pub is_cost_estimated: bool,
    /// Microseconds of real time.
    pub latency_us: u64,
    /// It is the recorded reply to the same input.
    pub is_reused: bool,
    /// Number of the call in the record.
    pub call_id: i64,
    /// How often the provider was asked; 0 if a recorded reply was used.
    pub attempts: u32,
    /// Why the model stopped.
    pub stop_reason: StopReason,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelCallError {
    /// No such model.
    #[error("there is no model \"{shown}\"{known}; add it, or name one that there is")]
    NotConfigured {
        /// What was asked for, cut short.
        shown: String,
        /// Such as `; there are: gpt, local`.
        known: String,
    },
    /// Nobody knows what it costs.
    #[error(
        "the model {name} has no price, so that what it costs could not be counted; enter what a \
         million tokens cost, 0 if they cost nothing"
    )]
    NoPrice {
        /// Which model.
        name: ModelName,
    },
    /// The provider answers nobody without a key.
    #[error("there is no key for the model {name}; enter the one of {}", kind.provider())]
    NoKey {
        /// Which model.
        name: ModelName,
        /// Its protocol.
        kind: ModelKind,
    },
    /// The key could not be read.
    #[error("the key of the model {name} could not be read")]
    Secrets {
        /// Which model.
        name: ModelName,
        /// Why.
        #[source]
        source: SecretStoreError,
    },
    /// It would cost more than may be spent.
    #[error(transparent)]
    Budget(#[from] BudgetRefusal),
    /// It would cost more than was accepted for the calls that it belongs to.
    #[error(transparent)]
    Allowance(#[from] AllowanceRefusal),
    /// The provider has failed too often and is left alone.
    #[error(
        "{provider} at {url} has failed {failures} times in a row and is not asked before {until}"
    )]
    ProviderRests {
        /// The provider's name.
        provider: &'static str,
        /// Its address.
        url: String,
        /// Failures in a row.
        failures: u32,
        /// When it is tried again.
        until: Timestamp,
    },
    /// What is to be asked is larger than any provider takes.
    #[error("the question has {bytes} bytes, and {limit} is the most that is sent")]
    TooLarge {
        /// Size of texts and images.
        bytes: usize,
        /// The most.
        limit: usize,
    },
    /// It was asked, and there is no usable reply.
    #[error("the model {name} gave no usable reply{}", times(*attempts))]
    Model {
        /// Which model.
        name: ModelName,
        /// Number of the call in the record; nothing if it was not begun.
        call_id: Option<i64>,
        /// How often the provider was asked.
        attempts: u32,
        /// Why.
        #[source]
        source: ModelError,
    },
    /// The record could not be read or written.
    #[error("the record of model calls failed")]
    Store(#[from] StoreError),
    /// The picture of a test could not be drawn.
    #[error("the picture for the test could not be drawn")]
    Picture(#[source] png::EncodingError),
    /// The program is coming to its end.
    #[error("the call was not finished, since the engine is stopping")]
    Stopped(#[source] tokio::task::JoinError),
}

fn times(attempts: u32) -> String {
    if attempts > 1 { format!(" in {attempts} attempts") } else { String::new() }
}

/// Tells that something changed. It must not wait.
pub type OnChange = Box<dyn Fn() + Send + Sync>;

/// What the desk works with.
pub struct DeskParts {
    /// Models, prices, calls, budgets.
    pub store: Arc<Store>,
    /// Keys.
    pub secrets: Arc<dyn SecretStore>,
    /// The adapters.
    pub connector: Arc<dyn ModelConnector>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Called whenever models, keys, prices, calls or budgets have changed.
    pub on_change: OnChange,
}

impl ModelDesk {
    /// Opens the desk on what was recorded. A call that was under way when the process ended counts as
    /// spent with what was reserved for it, since nobody knows.
    pub async fn load(parts: DeskParts) -> Result<Self, StoreError> {
        let DeskParts { store, secrets, connector, clock, on_change } = parts;
        let lost = store.started_model_calls().await?.into_iter().map(|row| {
            let lost = ModelCallRow {
                status: ModelCallStatus::Unknown,
                ended_at: Some(clock.wall_now()),
                cost: row.reserved,
                is_cost_estimated: true,
                error: Some(
                    "The program ended while the call was under way. What it cost is not known: what \
                     was reserved counts as spent."
                        .to_owned(),
                ),
                ..row
            };
            Change::ModelCall(Box::new(lost))
        });
        let lost: Vec<Change> = lost.collect();
        if !lost.is_empty() {
            store.commit(lost, Durability::Ordinary).await?;
        }
        let ledger = Ledger::load(&store).await?;
        Ok(Self {
            store,
            secrets,
            connector,
            clock,
            on_change,
            ledger: tokio::sync::Mutex::new(ledger),
            breakers: Mutex::default(),
            under_way: Mutex::default(),
            asking: Mutex::default(),
        })
    }

    /// Ends the calls of an execution that are under way; their rows say so.
    pub fn cancel_execution(&self, execution_id: &ExecutionId) {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        for call in under_way.values() {
            if call.execution_id.as_ref() == Some(execution_id) {
                // An error means that it has just ended.
                let _ = call.cancel.send(true);
            }
        }
    }

    /// Where the breaker of an address stands.
    pub fn breaker(&self, url: &str) -> BreakerView {
        let breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.get(url).map_or_else(BreakerView::default, |it| it.view(self.clock.wall_now()))
    }

    /// What was spent, with what is reserved for calls under way.
    pub async fn spending(&self) -> Spending {
        self.ledger.lock().await.spending(self.today())
    }

    fn today(&self) -> Date {
        day_of(self.clock.wall_now())
    }

    fn told(&self) {
        (self.on_change)();
    }
}

/// The day that a cost counts towards: UTC, since that is what providers bill by.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn not_begun(name: &ModelName, source: ModelError) -> ModelCallError {
    ModelCallError::Model { name: name.clone(), call_id: None, attempts: 0, source }
}

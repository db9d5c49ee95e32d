//! The adapters to language models: `OpenAI`'s chat completions (for `OpenAI`, Ollama and whatever else
//! speaks them), Anthropic's messages, Google's Gemini. Each knows one documented protocol; what they
//! share (the way there, bounds, time-outs, the meaning of a status) stands in `transport`.
//!
//! They are our own, although the crate `genai` speaks these protocols and more, because of what its
//! version 0.7.2 does with a reply that is not as it should be: an event that does not end is gathered
//! without a bound, and copied as a whole for every packet, so that 20 MB on one line take all of a
//! processor; and the body of an error is read without a bound. Beside that it turns on
//! `serde_json/preserve_order` and `tokio/test-util` for the whole program, which changes the bytes of
//! records, and leaves Ollama without the schema.
//!
//! A key is sent in a header, to the address that it was entered for and nowhere else: no redirect is
//! followed, and plain HTTP goes to this computer only.

mod address;
mod anthropic;
mod events;
mod google;
mod openai;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use crate::analyst::model::{Detail, ModelConnector, ModelError, ModelTarget, VisionModel};
use crate::clock::Clock;
use crate::domain::ModelKind;
use crate::secrets::Secret;
use address::ProviderAddress;
use transport::{HttpModel, Protocol};

/// Longest key, in bytes.
const LONGEST_KEY: usize = 512;

/// How long a provider may be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer begins. A model that reads an image first is silent for a while.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(90),
            idle: Duration::from_secs(45),
        }
    }
}

/// Makes models that are asked over HTTP.
pub struct Providers {
    /// For this computer: no proxy stands in between.
    local: reqwest::Client,
    /// For everything else.
    remote: reqwest::Client,
    patience: Patience,
    clock: Arc<dyn Clock>,
}

impl Providers {
    /// Connections with the usual patience. The clock reads a `Retry-After` that is a date.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, ModelError> {
        Self::with_patience(clock, Patience::default())
    }

    /// Connections with another patience.
    pub fn with_patience(clock: Arc<dyn Clock>, patience: Patience) -> Result<Self, ModelError> {
        // One provider of cryptography for the process; an error says that it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(patience.connect)
                .referer(false)
                .user_agent(concat!("throughline/", env!("CARGO_PKG_VERSION")))
        };
        let built = |client: reqwest::Result<reqwest::Client>| {
            client.map_err(|error| ModelError::Unreachable(Detail::new(&error.to_string(), None)))
        };
        let local = built(address::only_this_computer(builder()).no_proxy().build())?;
        let remote = built(builder().https_only(true).build())?;
        Ok(Self { local, remote, patience, clock })
    }
}

impl ModelConnector for Providers {
    fn check_address(&self, url: &str) -> Result<String, ModelError> {
        ProviderAddress::parse(url).map(|address| address.to_string())
    }

    fn connect(
        &self,
        target: &ModelTarget,
        key: Option<Secret<String>>,
    ) -> Result<Box<dyn VisionModel>, ModelError> {
        let address = ProviderAddress::parse(&target.url)?;
        check_model(&target.model)?;
        let is_plain = |key: &str| {
            key.len() <= LONGEST_KEY && !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic())
        };
        if key.as_ref().is_some_and(|key| !is_plain(key.expose())) {
            return Err(ModelError::KeyText);
        }
        let protocol: Box<dyn Protocol> = match target.kind {
            ModelKind::Openai => Box::new(openai::ChatCompletions { is_openai: true }),
            ModelKind::Ollama | ModelKind::OpenaiCompatible => {
                Box::new(openai::ChatCompletions { is_openai: false })
            }
            ModelKind::Anthropic => Box::new(anthropic::Messages),
            ModelKind::Google => Box::new(google::Gemini),
        };
        let client = if address.is_this_computer() { &self.local } else { &self.remote };
        Ok(Box::new(HttpModel {
            client: client.clone(),
            address,
            model: target.model.clone(),
            key,
            protocol,
            patience: self.patience,
            clock: Arc::clone(&self.clock),
        }))
    }
}

/// A model's name goes into a path at one provider, so that it must not be able to choose another.
fn check_model(model: &str) -> Result<(), ModelError> {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/' | '@' | '+');
    let is_plain = !model.is_empty()
        && model.len() <= 120
        && model.chars().all(allowed)
        && model.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if is_plain {
        return Ok(());
    }
    Err(ModelError::ModelText { shown: model.chars().take(60).collect() })
}

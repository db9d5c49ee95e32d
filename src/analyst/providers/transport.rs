//! What the protocols share: the way there, time-outs, bounds, the meaning of a status.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use tokio::time::timeout;

use super::Patience;
use super::address::ProviderAddress;
use super::stream::{Events, error_body, whole_body};
use crate::analyst::model::{Detail, ModelError, ModelReply, ModelRequest, TextSink, VisionModel};
use crate::clock::Clock;
use crate::domain::StopReason;
use crate::secrets::Secret;

/// Most bytes of text that a reply may have.
pub(super) const MOST_TEXT: usize = 1_000_000;

/// Longest wait that a provider may ask for and is taken at its word; beyond it the call has failed
/// anyway.
const LONGEST_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// One documented protocol.
pub(super) trait Protocol: Send + Sync {
    /// Where the question goes.
    fn url(&self, address: &ProviderAddress, model: &str) -> reqwest::Url;

    /// The header that carries the key, with what stands before the key in it.
    fn key_header(&self) -> (HeaderName, &'static str);

    /// Headers beside it.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The question as JSON.
    fn body(&self, model: &str, request: &ModelRequest) -> Value;

    /// Reads the answer.
    fn reader(&self) -> Box<dyn Reader>;

    /// The events in which a stream would have brought an answer that came as a whole: some servers
    /// pass over the wish for a stream.
    fn events_of(&self, whole: Value) -> Vec<Value>;

    /// What a failure says, out of its body.
    fn failure(&self, body: &Value) -> Failure;
}

/// Reads the events of one answer.
pub(super) trait Reader: Send {
    /// Takes one event.
    fn event(&mut self, data: &str) -> Result<Heard, ReadError>;

    /// What was heard beside the text.
    fn heard(&self) -> &Summary;
}

/// What an event brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The next piece of text.
    pub(super) text: String,
    /// Nothing follows.
    pub(super) is_end: bool,
}

/// Why an event cannot be used.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It is not what the protocol documents.
    Shape(String),
    /// It reports a failure in the middle of the answer.
    Failure(Failure),
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(error.to_string())
    }
}

/// What is known of an answer beside its text.
#[derive(Debug, Default, Clone)]
pub(super) struct Summary {
    pub(super) stop_reason: Option<StopReason>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) model: Option<String>,
}

/// What a provider says of a failure.
#[derive(Debug, Default, Clone)]
pub(super) struct Failure {
    /// Its own status, where it reports one in the body.
    pub(super) status: Option<u16>,
    /// Its own words.
    pub(super) message: String,
    /// Its own names for the kind of failure, joined.
    pub(super) kind: String,
    /// How long to wait.
    pub(super) retry_after: Option<SignedDuration>,
}

/// A model that is asked over HTTP.
pub(super) struct HttpModel {
    pub(super) client: reqwest::Client,
    pub(super) address: ProviderAddress,
    pub(super) model: String,
    pub(super) key: Option<Secret<String>>,
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) patience: Patience,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl VisionModel for HttpModel {
    async fn complete(
        &self,
        request: &ModelRequest,
        sink: &dyn TextSink,
    ) -> Result<ModelReply, ModelError> {
        let deadline = Duration::try_from(request.deadline).unwrap_or_default();
        match timeout(deadline, self.ask(request, sink, deadline)).await {
            Ok(result) => result,
            Err(_) => Err(ModelError::TimedOut {
                what: "come to its end",
                seconds: request.deadline.as_secs().max(1),
            }),
        }
    }
}

impl HttpModel {
    async fn ask(
        &self,
        request: &ModelRequest,
        sink: &dyn TextSink,
        deadline: Duration,
    ) -> Result<ModelReply, ModelError> {
        let url = self.protocol.url(&self.address, &self.model);
        let body = serde_json::to_vec(&self.protocol.body(&self.model, request))
            .map_err(|error| self.unreadable(&error.to_string()))?;
        let sent = self.client.post(url).headers(self.headers()?).body(body).send();
        let first_byte = self.patience.first_byte.min(deadline);
        let response = match timeout(first_byte, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.not_answered(&error)),
            Err(_) => {
                let seconds = i64::try_from(first_byte.as_secs().max(1)).unwrap_or(i64::MAX);
                return Err(ModelError::TimedOut { what: "begin to answer", seconds });
            }
        };
        let status = response.status();
        if status.is_redirection() {
            return Err(ModelError::Redirected);
        }
        if !status.is_success() {
            let retry_after = self.retry_after(response.headers());
            let body = error_body(response, self.patience.idle).await;
            let failure = self.failure_of(&body, retry_after);
            return Err(self.error(status.as_u16(), &failure));
        }
        let is_stream = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().starts_with("text/event-stream"));
        if is_stream {
            return self.read(Events::new(response, self.patience.idle), sink).await;
        }
        let body = whole_body(response, self.patience.idle).await?;
        let Ok(whole) = serde_json::from_str::<Value>(&body) else {
            return Err(self.unreadable("it is neither a stream of events nor JSON"));
        };
        let failure = self.protocol.failure(&whole);
        if let Some(status) = failure.status.filter(|status| *status >= 400) {
            return Err(self.error(status, &failure));
        }
        let events = self.protocol.events_of(whole).into_iter().map(|event| event.to_string());
        match self.read(Events::of_whole(events), sink).await {
            // Nothing was cut: it does not say how it ended.
            Err(ModelError::StreamCut) => Err(self.unreadable("it does not say how it ended")),
            other => other,
        }
    }

    async fn read(
        &self,
        mut events: Events,
        sink: &dyn TextSink,
    ) -> Result<ModelReply, ModelError> {
        let mut reader = self.protocol.reader();
        let mut text = String::new();
        while let Some(data) = events.next().await? {
            let heard = match reader.event(&data) {
                Ok(heard) => heard,
                Err(ReadError::Shape(detail)) => return Err(self.unreadable(&detail)),
                Err(ReadError::Failure(failure)) => {
                    let status = failure.status.unwrap_or(200);
                    return Err(self.error(status, &failure));
                }
            };
            if !heard.text.is_empty() {
                if text.len() + heard.text.len() > MOST_TEXT {
                    return Err(ModelError::ReplyTooLarge { limit: MOST_TEXT });
                }
                sink.text(&heard.text);
                text.push_str(&heard.text);
            }
            if heard.is_end {
                break;
            }
        }
        let Summary { stop_reason, input_tokens, output_tokens, model } = reader.heard().clone();
        let Some(stop_reason) = stop_reason else { return Err(ModelError::StreamCut) };
        if text.is_empty() && stop_reason == StopReason::Finished {
            return Err(ModelError::Empty);
        }
        let model = model.map(|model| Detail::new(&model, self.key.as_ref()).as_str().to_owned());
        Ok(ModelReply { text, stop_reason, input_tokens, output_tokens, model })
    }

    fn headers(&self) -> Result<HeaderMap, ModelError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in self.protocol.headers() {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(key) = &self.key {
            let (name, before) = self.protocol.key_header();
            let text = zeroize::Zeroizing::new(format!("{before}{}", key.expose()));
            let mut value = HeaderValue::from_str(&text).map_err(|_| ModelError::KeyText)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn not_answered(&self, error: &reqwest::Error) -> ModelError {
        let mut words = String::new();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(source) = cause {
            words = source.to_string();
            cause = source.source();
        }
        let detail = self.detail(&words);
        if error.is_connect() { ModelError::Unreachable(detail) } else { ModelError::Lost(detail) }
    }

    fn failure_of(&self, body: &str, retry_after: Option<SignedDuration>) -> Failure {
        let mut failure = match serde_json::from_str::<Value>(body) {
            Ok(body) => self.protocol.failure(&body),
            Err(_) => Failure { message: body.to_owned(), ..Failure::default() },
        };
        failure.retry_after = retry_after.or(failure.retry_after);
        failure
    }

    /// What a status means. What a provider calls the failure refines it.
    fn error(&self, status: u16, failure: &Failure) -> ModelError {
        let detail = self.detail(&failure.message);
        let kind = failure.kind.to_ascii_lowercase();
        let says = |words: &[&str]| {
            let message = failure.message.to_ascii_lowercase();
            words.iter().any(|word| kind.contains(word) || message.contains(word))
        };
        let retry_after =
            failure.retry_after.map(|wait| wait.clamp(SignedDuration::ZERO, LONGEST_RETRY_AFTER));
        match status {
            401 => ModelError::Unauthorized(detail),
            // Google answers a wrong key with 400.
            400 if says(&["api_key_invalid", "api key not valid"]) => {
                ModelError::Unauthorized(detail)
            }
            403 => ModelError::Forbidden(detail),
            404 => ModelError::UnknownModel(detail),
            402 => ModelError::NoCredit(detail),
            413 => ModelError::TooLarge(detail),
            400 if says(&["context_length", "context_size", "prompt is too long", "too large"]) => {
                ModelError::TooLarge(detail)
            }
            400 | 429 if says(&["insufficient_quota", "credit balance is too low"]) => {
                ModelError::NoCredit(detail)
            }
            429 => ModelError::RateLimited { retry_after, detail },
            503 | 529 => ModelError::Overloaded { retry_after, detail },
            // A failure in the middle of an answer has no status of its own.
            200 if says(&["overloaded"]) => ModelError::Overloaded { retry_after, detail },
            200 if says(&["rate_limit"]) => ModelError::RateLimited { retry_after, detail },
            200 | 500.. => ModelError::ServerError { status, detail },
            _ => ModelError::BadRequest { status, detail },
        }
    }

    /// Seconds, a date (RFC 9110 §10.2.3), or milliseconds in a header that `OpenAI` adds.
    fn retry_after(&self, headers: &HeaderMap) -> Option<SignedDuration> {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(milliseconds) = text(&HeaderName::from_static("retry-after-ms"))
            .and_then(|text| text.trim().parse::<u32>().ok())
        {
            return Some(SignedDuration::from_millis(i64::from(milliseconds)));
        }
        let text = text(&RETRY_AFTER)?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(SignedDuration::from_secs(i64::from(seconds)));
        }
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(at.duration_since(self.clock.wall_now()).max(SignedDuration::ZERO))
    }

    fn detail(&self, said: &str) -> Detail {
        Detail::new(said, self.key.as_ref())
    }

    fn unreadable(&self, said: &str) -> ModelError {
        ModelError::Unreadable(self.detail(said))
    }
}

/// The images of a question as base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A temperature as a JSON number.
pub(super) fn number(value: rust_decimal::Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}

/// A text in a JSON value, or nothing.
pub(super) fn text_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

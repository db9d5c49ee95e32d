//! The bytes of an answer, bounded and not waited for without end, as events.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;

use super::events::EventBytes;
use crate::analyst::model::ModelError;

/// Most bytes of one answer, with everything that stands around its text.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Most bytes of one event: the largest text, escaped. One that does not end is not gathered.
const LARGEST_EVENT: usize = 2 * 1024 * 1024;

/// Most bytes of an error's body that are read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// The events of an answer.
pub(super) struct Events {
    /// What is still to be read; nothing where the answer came as a whole.
    response: Option<reqwest::Response>,
    idle: Duration,
    bytes: EventBytes,
    ready: VecDeque<String>,
    total: usize,
}

impl Events {
    pub(super) fn new(response: reqwest::Response, idle: Duration) -> Self {
        let (bytes, ready) = (EventBytes::default(), VecDeque::new());
        Self { response: Some(response), idle, bytes, ready, total: 0 }
    }

    /// An answer that came as a whole, as the events that a stream would have brought.
    pub(super) fn of_whole(events: impl IntoIterator<Item = String>) -> Self {
        let (bytes, ready) = (EventBytes::default(), events.into_iter().collect());
        Self { response: None, idle: Duration::ZERO, bytes, ready, total: 0 }
    }

    /// The data of the next event; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<String>, ModelError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let Some(response) = &mut self.response else { return Ok(None) };
            let Some(bytes) = next_bytes(response, self.idle).await? else { return Ok(None) };
            self.total = self.total.saturating_add(bytes.len());
            self.ready.extend(self.bytes.take(&bytes)?);
            let sizes = [(self.total, MOST_BYTES), (self.bytes.held(), LARGEST_EVENT)];
            if let Some((_, limit)) = sizes.into_iter().find(|(size, limit)| size > limit) {
                return Err(ModelError::ReplyTooLarge { limit });
            }
        }
    }
}

/// The next bytes of a body; nothing at its end.
async fn next_bytes(
    response: &mut reqwest::Response,
    idle: Duration,
) -> Result<Option<bytes::Bytes>, ModelError> {
    let Ok(read) = timeout(idle, response.chunk()).await else {
        let seconds = i64::try_from(idle.as_secs().max(1)).unwrap_or(i64::MAX);
        return Err(ModelError::TimedOut { what: "say anything more", seconds });
    };
    // The other end went away in the middle of its answer.
    read.map_err(|_| ModelError::StreamCut)
}

/// A body that is no stream, which some servers send whatever was asked for.
pub(super) async fn whole_body(
    mut response: reqwest::Response,
    idle: Duration,
) -> Result<String, ModelError> {
    let mut body = Vec::new();
    while let Some(bytes) = next_bytes(&mut response, idle).await? {
        body.extend_from_slice(&bytes);
        if body.len() > MOST_BYTES {
            return Err(ModelError::ReplyTooLarge { limit: MOST_BYTES });
        }
    }
    String::from_utf8(body).map_err(|_| ModelError::InvalidUtf8)
}

/// The begin of an error's body, whatever its length and encoding. That it cannot be read changes
/// nothing: the status says what counts.
pub(super) async fn error_body(mut response: reqwest::Response, idle: Duration) -> String {
    let mut body = Vec::new();
    while body.len() < MOST_OF_AN_ERROR {
        match timeout(idle, response.chunk()).await {
            Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes),
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    body.truncate(MOST_OF_AN_ERROR);
    String::from_utf8_lossy(&body).into_owned()
}

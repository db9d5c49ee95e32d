//! The bytes of an answer, bounded and not waited for without end, as events.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::{Event, EventStream, EventStreamError, Eventsource as _};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::time::timeout;

use crate::analyst::model::{Detail, ModelError};

/// Most bytes of one answer, with everything that stands around its text.
pub(super) const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Most bytes of one line: the largest text, escaped. A line that does not end is not gathered.
pub(super) const LONGEST_LINE: usize = 2 * 1024 * 1024;

/// Most bytes of an error's body that are read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// The events of an answer.
pub(super) struct Events {
    inner: EventStream<Pin<Box<dyn Stream<Item = Result<Bytes, ModelError>> + Send>>>,
}

impl Events {
    pub(super) fn new(response: reqwest::Response, idle: Duration) -> Self {
        let state = Reading { response, idle, total: 0, line: 0 };
        let bytes = stream::unfold(Some(state), |state| async move {
            let mut state = state?;
            match state.next().await {
                Ok(Some(bytes)) => Some((Ok(bytes), Some(state))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        let bytes: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(bytes);
        Self { inner: bytes.eventsource() }
    }

    /// The next event; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, ModelError> {
        match self.inner.next().await {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(EventStreamError::Transport(error))) => Err(error),
            Some(Err(EventStreamError::Utf8(_))) => Err(ModelError::InvalidUtf8),
            Some(Err(EventStreamError::Parser(_))) => {
                Err(ModelError::Unreadable(Detail::new("it is no stream of events", None)))
            }
        }
    }
}

struct Reading {
    response: reqwest::Response,
    idle: Duration,
    total: usize,
    /// Bytes since the last end of a line.
    line: usize,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, ModelError> {
        let Ok(read) = timeout(self.idle, self.response.chunk()).await else {
            return Err(silent(self.idle));
        };
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            // The other end went away in the middle of its answer.
            Err(_) => return Err(ModelError::StreamCut),
        };
        self.total = self.total.saturating_add(bytes.len());
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        self.line = match bytes.iter().rposition(ends) {
            Some(at) => bytes.len() - at,
            None => self.line.saturating_add(bytes.len()),
        };
        for (size, limit) in [(self.total, MOST_BYTES), (self.line, LONGEST_LINE)] {
            if size > limit {
                return Err(ModelError::ReplyTooLarge { limit });
            }
        }
        Ok(Some(bytes))
    }
}

pub(super) fn silent(patience: Duration) -> ModelError {
    let seconds = i64::try_from(patience.as_secs().max(1)).unwrap_or(i64::MAX);
    ModelError::TimedOut { what: "say anything more", seconds }
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

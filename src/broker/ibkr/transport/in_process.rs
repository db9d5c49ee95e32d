//! A gateway in this process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use jiff::SignedDuration;
use tokio::sync::watch;
use tower::ServiceExt;

use super::{GatewayTransport, LONG_ANSWER_TIMEOUT, MAX_ANSWER_BYTES, TransportError};
use crate::clock::Clock;
use crate::domain::{LateAnswer, NoAnswer};

/// A transport that calls a router in this process, without a socket: how the sandbox's gateway is
/// reached.
#[derive(Clone)]
pub struct InProcessTransport {
    router: Router,
    order_hints: watch::Receiver<u64>,
    answer_timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
}

impl InProcessTransport {
    /// A transport to `router`, whose push channel is `order_hints`.
    pub fn new(router: Router, order_hints: watch::Receiver<u64>) -> Self {
        Self { router, order_hints, answer_timeout: LONG_ANSWER_TIMEOUT, clock: None }
    }

    /// The same with another limit on how long an answer may take, in real time.
    #[must_use]
    pub fn with_answer_timeout(self, answer_timeout: Duration) -> Self {
        Self { answer_timeout, ..self }
    }

    /// The same with a clock on which answers are late, or waited for in vain. Without one the time
    /// of such an answer passes unnoticed.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Lets engine time pass.
    async fn pass(&self, duration: SignedDuration) {
        if let Some(clock) = &self.clock {
            clock.sleep(duration).await;
        }
    }

    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let response = match self.router.clone().oneshot(request.map(Body::from)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.extensions().get::<NoAnswer>().is_some() {
            self.pass(SignedDuration::try_from(self.answer_timeout).unwrap_or_default()).await;
            return Err(TransportError::TimedOut { seconds: self.answer_timeout.as_secs() });
        }
        if let Some(LateAnswer(delay)) = response.extensions().get().copied() {
            self.pass(delay).await;
        }
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, MAX_ANSWER_BYTES).await.map_err(|error| {
            let too_large = std::error::Error::source(&error)
                .is_some_and(|cause| cause.to_string().contains("length limit exceeded"));
            if too_large {
                TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES }
            } else {
                TransportError::Broken { cause: error.to_string() }
            }
        })?;
        Ok(http::Response::from_parts(parts, bytes))
    }
}

impl fmt::Debug for InProcessTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessTransport").finish_non_exhaustive()
    }
}

#[async_trait]
impl GatewayTransport for InProcessTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        // A handler that never answers is one of the faults that a gateway has.
        tokio::time::timeout(self.answer_timeout, self.call(request))
            .await
            .unwrap_or(Err(TransportError::TimedOut { seconds: self.answer_timeout.as_secs() }))
    }

    fn order_hints(&self) -> watch::Receiver<u64> {
        self.order_hints.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;

    fn request() -> http::Request<Bytes> {
        http::Request::get("/v1/api/x").body(Bytes::new()).unwrap()
    }

    fn transport(router: Router) -> InProcessTransport {
        InProcessTransport::new(router, watch::channel(0).1)
    }

    #[tokio::test]
    async fn an_answer_above_the_limit_is_not_read() {
        let router =
            Router::new().route("/v1/api/x", get(|| async { "9".repeat(MAX_ANSWER_BYTES + 1) }));
        let answer = transport(router).send(request()).await;
        assert_eq!(answer.unwrap_err(), TransportError::TooLarge { limit_bytes: MAX_ANSWER_BYTES });
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_never_answers_times_out() {
        let router = Router::new().route(
            "/v1/api/x",
            get(|| async {
                std::future::pending::<()>().await;
                "never"
            }),
        );
        let answer = transport(router).send(request()).await;
        assert_eq!(answer.unwrap_err(), TransportError::TimedOut { seconds: 30 });
    }
}

//! `GET /health` on the loopback: the lights of the engine, for a monitor on this computer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use throughline::api::dto::{HealthLevel, HealthLightDto};
use throughline::api::views;
use throughline::app::Engine;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long an answer may take before the engine counts as unwell.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// How long answers under way are given at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// What is answered. Paths of files are left out: every user of the computer can ask.
#[derive(Debug, Serialize)]
struct Answer {
    /// No light says that something does not work.
    healthy: bool,
    /// Engine time; nothing if the engine did not say.
    at: Option<String>,
    lights: Vec<HealthLightDto>,
    /// Why there are no lights.
    error: Option<String>,
}

/// Answers until it is stopped.
pub(super) struct HealthServer {
    url: Option<String>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl HealthServer {
    pub(super) fn start(listener: TcpListener, engine: Arc<Engine>) -> Self {
        let url = listener.local_addr().ok().map(|address| format!("http://{address}/health"));
        let router = Router::new()
            .route("/health", get(health))
            .with_state(engine)
            .layer(from_fn(for_this_computer));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let ended = async move {
                // Dropped means stopped as well.
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(ended).await {
                tracing::error!(%error, "health is no longer answered");
            }
        });
        Self { url, stop, serving }
    }

    /// Where it answers.
    pub(super) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or("unknown")
    }

    /// Answers what is under way, and ends.
    pub(super) async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(LAST_ANSWERS, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

async fn health(State(engine): State<Arc<Engine>>) -> Response {
    let answer = match tokio::time::timeout(LONGEST_ANSWER, views::health(&engine)).await {
        Ok(Ok(found)) => Answer {
            healthy: found.lights.iter().all(|light| light.level != HealthLevel::Unwell),
            at: Some(found.at),
            lights: found.lights,
            error: None,
        },
        Ok(Err(error)) => unanswered(error.message),
        Err(_) => unanswered(format!("the engine did not answer within {LONGEST_ANSWER:?}")),
    };
    let status = if answer.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn unanswered(error: String) -> Answer {
    Answer { healthy: false, at: None, lights: Vec::new(), error: Some(error) }
}

/// A page of the web that a browser on this computer shows could otherwise read the answer under a
/// name of its own that leads here (DNS rebinding).
async fn for_this_computer(request: Request, next: Next) -> Response {
    if names_this_computer(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "health is answered under 127.0.0.1 and localhost only\n")
            .into_response()
    }
}

fn names_this_computer(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, _)) => inside,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_names_of_this_computer_are_answered() {
        let answered = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
            names_this_computer(&headers)
        };
        for host in ["127.0.0.1:8377", "localhost:8377", "LOCALHOST", "[::1]:8377", "127.0.0.1"] {
            assert!(answered(host), "{host}");
        }
        for host in ["evil.example:8377", "localhost.evil.example", "10.0.0.1:8377", "", "[::2]:1"]
        {
            assert!(!answered(host), "{host}");
        }
        assert!(!names_this_computer(&HeaderMap::new()));
        let mut twice = HeaderMap::new();
        twice.append(header::HOST, HeaderValue::from_static("localhost"));
        twice.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!names_this_computer(&twice));
    }
}

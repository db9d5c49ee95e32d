use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::answer::Refusal;
use super::guard::{Shared, known_caller, own_address};
use super::interface::WebInterface;
use super::rpc::{Allowed, rpc};
use super::token::{ApiToken, TokenError};
use super::{document, events, lineage, login};
use crate::api::commands::CommandClass;
use crate::api::{ApiError, ErrorCode};
use crate::app::{Engine, system_random};
use crate::domain::Environment;

/// How long answers under way are given at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// What the API is served with.
#[derive(Default)]
pub struct HttpOptions {
    /// What may be done beside reading.
    pub allowed: Allowed,
    /// The web interface, if there is one.
    pub interface: Option<WebInterface>,
}

/// The API of an engine, served until it is stopped.
pub struct HttpServer {
    url: String,
    ending: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl HttpServer {
    /// Serves on a listener of [`bind_loopback`](super::bind_loopback). A token is made if there is
    /// none; where none can be kept, nothing is served.
    pub async fn start(
        listener: TcpListener,
        engine: Arc<Engine>,
        options: HttpOptions,
    ) -> Result<Self, ApiError> {
        let random = system_random();
        ApiToken::kept_or_new(engine.vault(), &*random).await?;
        let address = listener.local_addr().map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("the API has no address: {error}"))
        })?;
        let document = serde_json::to_vec(&document::open_api()).map_err(|error| {
            ApiError::new(ErrorCode::Internal, format!("the API has no description: {error}"))
        })?;
        let (ending, ends) = watch::channel(false);
        let served = (options.allowed, options.interface);
        let described = (Bytes::from(document), ends.clone());
        let shared = Arc::new(Shared::new(engine, random, served, address, described));
        let router = router(&shared);
        let serving = tokio::spawn(async move {
            let mut ends = ends;
            let ended = async move {
                // Dropped means ended as well.
                let _ = ends.wait_for(|ends| *ends).await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(ended).await {
                tracing::error!(%error, "the API is no longer answered");
            }
        });
        Ok(Self { url: format!("http://{address}"), ending, serving })
    }

    /// Where it answers, such as `http://127.0.0.1:8377`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers what is under way, and ends.
    pub async fn stop(mut self) {
        self.ending.send_replace(true);
        if tokio::time::timeout(LAST_ANSWERS, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::new(ErrorCode::NotNow, error.to_string()).with_hint(
            "unlock the keychain, or give the passphrase of a vault in THROUGHLINE_PASSPHRASE",
        )
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let api = Router::new()
        .route("/api/session", get(session))
        .route("/api/openapi.json", get(description))
        .route("/api/rpc/{command}", post(rpc))
        .route("/api/events", get(events::events))
        .route("/api/lineage/execution/{execution_id}", get(lineage::execution))
        .route("/api/lineage/execution/{execution_id}/step/{step_name}", get(lineage::step))
        .route("/api/lineage/strategy/{strategy_id}/recent", get(lineage::recent))
        .route("/api/lineage/step/{step_name}/statistics", get(lineage::statistics))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(shared), known_caller));
    Router::new()
        .route("/", get(login::front))
        .route(
            "/login",
            get(login::show).post(login::log_in).layer(DefaultBodyLimit::max(login::LONGEST_FORM)),
        )
        .route("/logout", post(login::log_out))
        .route("/try", get(login::trial))
        .route("/try.js", get(login::trial_script))
        .route("/page.css", get(login::style))
        .fallback(file)
        .method_not_allowed_fallback(wrong_method)
        .merge(api)
        .layer(from_fn_with_state(Arc::clone(shared), own_address))
        .with_state(Arc::clone(shared))
}

/// What a caller may do here.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(super) struct Session {
    /// Version of the program.
    pub(super) version: String,
    /// Where orders go.
    pub(super) environment: Environment,
    /// Classes of commands that are taken.
    pub(super) allowed: Vec<CommandClass>,
}

/// `GET /api/session`.
fn session(State(shared): State<Arc<Shared>>) -> Ready<Json<Session>> {
    ready(Json(Session {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: shared.engine.gateway().environment(),
        allowed: shared.allowed.classes(),
    }))
}

/// `GET /api/openapi.json`.
fn description(State(shared): State<Arc<Shared>>) -> Ready<Response> {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    ready((headers, shared.document.clone()).into_response())
}

/// A file of the interface, which holds no secret, or nothing.
#[expect(clippy::needless_pass_by_value, reason = "axum hands it over by value")]
fn file(State(shared): State<Arc<Shared>>, request: Request) -> Ready<Result<Response, Refusal>> {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let named = path.strip_prefix('/').unwrap_or(path);
    let found = shared
        .interface
        .as_ref()
        .filter(|_| is_read && named != "index.html")
        .and_then(|interface| interface.file(named));
    ready(found.ok_or_else(|| Refusal::not_found(path)))
}

#[expect(clippy::needless_pass_by_value, reason = "axum hands it over by value")]
fn wrong_method(request: Request) -> Ready<Refusal> {
    let message = format!("{} is not what this address takes", request.method());
    let status = StatusCode::METHOD_NOT_ALLOWED;
    ready(Refusal::new(status, ErrorCode::InvalidRequest, message))
}

//! The emulator of the Client Portal Gateway: paths, field names, types and quirks are those that
//! were documented by IBKR or observed on real gateways.
//!
//! What it deliberately has of the real one: the first snapshots and the first lists are empty;
//! orders, snapshots and lists of orders need `/iserver/accounts` before; nothing but the answer
//! may be sent while a question is open; numbers are sometimes text. What it has not: a login
//! page, nor bid and ask: the simulated exchange knows trades only, and a spread would be made up.

mod contracts;
mod faults;
mod history;
mod holdings;
mod listing;
mod market;
mod orders;
mod outage;
mod performance;
mod portfolio;
mod preview;
mod questions;
mod routes;
mod schedule;
mod session;
mod ticket;
mod websocket;
mod wire;
mod wording;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;

pub use faults::{
    FAULTS, FaultDescription, FaultError, FaultPlan, FaultSpecError, FaultWindow, Faults,
    PlannedFault, Switch,
};
pub(in crate::sandbox) use session::Session;

use super::facade::{Inner, Sandbox};
use crate::domain::{LateAnswer, NoAnswer};
use wire::Answer;

/// Where the API is on a gateway.
const BASE_PATH: &str = "/v1/api/";
/// Where the gateway sends paths that it does not know (observed).
const REMOTE: &str = "https://api.ibkr.com";
/// The page on which a person logs in.
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Sandbox login</title></head><body>\
    <h1>Throughline sandbox</h1><form method=\"post\" action=\"/sso/Login\">\
    <button type=\"submit\">Log in</button></form></body></html>";
/// What a browser shows in the end (IBKR, *Client Portal Gateway*).
const LOGIN_SUCCEEDED: &str = "<!DOCTYPE html><html><body>Client login succeeds</body></html>";
/// Largest body of a request, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Marks a response, in its extensions, as one whose connection broke: its body ends in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLost;

/// One request, taken apart.
struct Call<'a> {
    method: &'a Method,
    /// The path below the base.
    segments: Vec<&'a str>,
    query: Vec<(String, String)>,
    body: Value,
}

impl Call<'_> {
    /// A parameter of the query, decoded.
    fn parameter(&self, name: &str) -> Option<String> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

/// All paths of the emulated gateway.
pub(super) fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/", get(async || respond(Answer::Redirect(outage::LOGIN.to_owned()))))
        .route("/sso/Login", get(async || respond(Answer::Page(200, LOGIN_PAGE))).post(log_in))
        .route("/v1/api/ws", get(websocket::open))
        .fallback(serve)
        .with_state(sandbox)
}

/// What stands for the login page of IBKR: nobody can log in to a sandbox with a name of their own.
async fn log_in(State(sandbox): State<Arc<Sandbox>>) -> Response {
    sandbox.log_in();
    respond(Answer::Page(200, LOGIN_SUCCEEDED))
}

async fn serve(State(sandbox): State<Arc<Sandbox>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        let mut response = text(StatusCode::NO_CONTENT, "");
        let anybody = HeaderValue::from_static("*");
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
        return response;
    }
    let Some(path) = parts.uri.path().strip_prefix(BASE_PATH) else {
        return respond(Answer::Redirect(format!("{REMOTE}{}", parts.uri.path())));
    };
    let Ok(bytes) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let has_length = parts.headers.contains_key(CONTENT_LENGTH);
    if parts.method == Method::POST && bytes.is_empty() && !has_length {
        return text(StatusCode::LENGTH_REQUIRED, "Length Required");
    }
    let Ok(body) = parse_body(&bytes) else {
        return respond(Answer::error(
            400,
            "Failed to parse body as JSON. Content Type: application/json; charset=utf-8",
        ));
    };
    let call = Call {
        method: &parts.method,
        segments: path.split('/').filter(|segment| !segment.is_empty()).collect(),
        query: Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).unwrap_or_default(),
        body,
    };
    let answer = {
        let mut inner = sandbox.lock();
        outage::befall(&sandbox, &mut inner);
        let answer = outage::in_place_of_all(&sandbox, &mut inner, &call.segments)
            .or_else(|| admit(&sandbox, &mut inner, &call))
            .or_else(|| outage::in_place_of(&sandbox, &mut inner, &call))
            .unwrap_or_else(|| route(&sandbox, &mut inner, &call));
        let answer = outage::alter(&sandbox, &inner, &call, answer);
        sandbox.hint(&inner);
        answer
    };
    outage::leap(&sandbox);
    let mut response = respond(answer);
    if sandbox.faults().delay.is_on() {
        response.extensions_mut().insert(LateAnswer(outage::DELAY));
    }
    response
}

fn parse_body(bytes: &Bytes) -> Result<Value, serde_json::Error> {
    if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) }
}

/// What stands before every path: the limits, the open question, the brokerage session, and the
/// calls that must come first. Gives the answer if the request does not get past it.
fn admit(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Option<Answer> {
    let now = sandbox.clock_now();
    let faults = sandbox.faults();
    let segments = call.segments.as_slice();
    let slow = match segments {
        ["iserver", "account", "orders"] => Some("orders"),
        ["iserver", "account", "trades"] => Some("trades"),
        ["portfolio", "accounts"] => Some("portfolio accounts"),
        _ => None,
    };
    if sandbox.enforces_pacing() && inner.session.is_too_fast(now, slow, faults) {
        return Some(Answer::error(429, "Too many requests"));
    }
    if inner.session.is_logged_out {
        return Some(session::logged_out(segments));
    }
    let is_reply = matches!(segments, ["iserver", "reply", _]);
    if inner.session.has_open_question(now) && !is_reply {
        return Some(Answer::error(503, "Service Unavailable"));
    }
    let has_no_bridge =
        faults.brokerage_session_missing.is_on() || faults.competing_session.is_on();
    match segments {
        ["iserver", "auth", ..]
        | ["iserver", "reauthenticate"]
        | ["portfolio", "accounts" | "subaccounts" | "subaccounts2"] => None,
        ["iserver", ..] if has_no_bridge => Some(Answer::error(400, "Bad Request: no bridge")),
        ["iserver", "account", ..] | ["iserver", "marketdata", "snapshot"]
            if !inner.session.knows_accounts =>
        {
            Some(Answer::error(400, "Please query /accounts first"))
        }
        ["portfolio" | "portfolio2", ..] if !inner.session.knows_portfolio_accounts => {
            Some(Answer::error(400, "Please query /portfolio/accounts first"))
        }
        _ => None,
    }
}

fn route(sandbox: &Sandbox, inner: &mut Inner, call: &Call<'_>) -> Answer {
    let faults = sandbox.faults();
    let now = inner.exchange.now();
    let is_get = call.method == Method::GET;
    let is_post = call.method == Method::POST;
    let is_delete = call.method == Method::DELETE;
    match call.segments.as_slice() {
        ["iserver", "auth", "status"] if is_get || is_post => session::auth_status(faults),
        ["iserver", "auth", "ssodh", "init"] if is_post => {
            session::open_brokerage_session(&call.body, faults)
        }
        ["tickle"] if is_get || is_post => {
            session::tickle(now, inner.exchange.seed(), inner.session.rollovers, faults)
        }
        ["iserver", "accounts"] if is_get => session::accounts(&mut inner.session),
        ["iserver", "secdef", "search"] if is_get || is_post => {
            contracts::search(&inner.exchange, call)
        }
        ["trsrv", "stocks"] if is_get => contracts::stocks(&inner.exchange, call),
        ["iserver", "contract", "rules"] if is_post => contracts::rules(&inner.exchange, call),
        ["iserver", "contract", conid, "info"] if is_get => contracts::info(&inner.exchange, conid),
        ["iserver", "contract", conid, "info-and-rules"] if is_get => {
            contracts::info_and_rules(&inner.exchange, conid)
        }
        ["iserver", "marketdata", "snapshot"] if is_get => market::snapshot(inner, call),
        ["iserver", "marketdata", "history"] if is_get => history::history(&inner.exchange, call),
        ["iserver", "questions", "suppress"] if is_post => questions::suppress(inner, call),
        ["iserver", "reply", id] if is_post => orders::reply(sandbox, inner, id, call),
        ["iserver", "account", "orders"] if is_get => listing::live_orders(sandbox, inner, call),
        ["iserver", "account", "trades"] if is_get => listing::trades(sandbox, inner, call),
        ["iserver", "account", "order", "status", id] if is_get => {
            listing::order_status(&inner.exchange, id)
        }
        ["iserver", "account", account, "orders"] if is_post => {
            orders::place(sandbox, inner, account, call)
        }
        ["iserver", "account", account, "order", id] if is_post => {
            orders::modify(sandbox, inner, account, id, call)
        }
        ["iserver", "account", account, "order", id] if is_delete => {
            orders::cancel(inner, account, id)
        }
        ["portfolio", "accounts"] if is_get => portfolio::accounts(&mut inner.session),
        ["portfolio", _, "positions", "invalidate"] if is_post => {
            Answer::ok(serde_json::json!({ "message": "success" }))
        }
        ["portfolio", account, "positions", page] if is_get => {
            portfolio::positions(&inner.exchange, account, page)
        }
        ["portfolio", account, "summary"] if is_get => portfolio::summary(&inner.exchange, account),
        ["portfolio", account, "ledger"] if is_get => portfolio::ledger(&inner.exchange, account),
        _ => routes::route(sandbox, inner, call),
    }
}

fn respond(answer: Answer) -> Response {
    match answer {
        Answer::Json(status, body) => {
            let mut response = Response::new(Body::from(body.to_string()));
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Answer::Text(status, body) => {
            text(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
        }
        Answer::Page(status, page) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = text(status, page);
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html);
            response
        }
        Answer::Redirect(place) => {
            let mut response = text(StatusCode::FOUND, "");
            if let Ok(place) = HeaderValue::try_from(place) {
                response.headers_mut().insert(LOCATION, place);
            }
            response
        }
        Answer::Never => {
            let mut response = text(StatusCode::GATEWAY_TIMEOUT, "");
            response.extensions_mut().insert(NoAnswer);
            response
        }
        Answer::Lost => {
            let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let stream = futures_util::stream::once(std::future::ready(Err::<Bytes, _>(broken)));
            let mut response = Response::new(Body::from_stream(stream));
            response.extensions_mut().insert(ConnectionLost);
            response
        }
    }
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}

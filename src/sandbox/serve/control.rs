//! The sandbox's own paths, which no gateway of IBKR has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{FaultRequest, FaultRow};
use crate::domain::OrderSide;
use crate::sandbox::facade::Sandbox;
use crate::sandbox::gateway::FaultError;

/// What `GET /sandbox/v1/info` answers.
#[derive(Debug, Serialize)]
struct Info {
    seed: u64,
    /// In USD, as text.
    starting_cash: String,
    adjusted: bool,
    attribution: &'static str,
    data_from: Timestamp,
    data_to: Timestamp,
    now: Timestamp,
    last_journal_time: Option<Timestamp>,
    client_order_ids: Vec<String>,
}

/// What `POST /sandbox/v1/elsewhere` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    symbol: String,
    side: OrderSide,
    quantity: i64,
}

/// What `POST /sandbox/v1/liquidate` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Liquidation {
    symbol: String,
}

pub(super) fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/sandbox/v1/info", get(info))
        .route("/sandbox/v1/next-event", get(next_event))
        .route("/sandbox/v1/faults", get(faults).put(change_fault))
        .route("/sandbox/v1/elsewhere", post(elsewhere))
        .route("/sandbox/v1/liquidate", post(liquidate))
        .with_state(sandbox)
}

async fn info(State(sandbox): State<Arc<Sandbox>>) -> Json<Info> {
    let (data_from, data_to) = sandbox.data_range();
    Json(Info {
        seed: sandbox.seed(),
        starting_cash: sandbox.starting_cash().to_string(),
        adjusted: sandbox.is_adjusted(),
        attribution: sandbox.attribution(),
        data_from,
        data_to,
        now: sandbox.clock_now(),
        last_journal_time: sandbox.last_journal_time(),
        client_order_ids: sandbox.client_order_ids(),
    })
}

async fn next_event(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    Json(json!({ "at": sandbox.next_event_at() }))
}

async fn faults(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<FaultRow>> {
    Json(rows(&sandbox))
}

async fn change_fault(
    State(sandbox): State<Arc<Sandbox>>,
    Json(change): Json<FaultRequest>,
) -> Response {
    match sandbox.change_fault(&change.name, change.is_on, change.from, change.until) {
        Ok(()) => Json(rows(&sandbox)).into_response(),
        Err(error) => refusal(&error),
    }
}

async fn elsewhere(State(sandbox): State<Arc<Sandbox>>, Json(order): Json<Elsewhere>) -> Response {
    let Some(conid) = sandbox.conid_of(&order.symbol) else { return no_symbol(&order.symbol) };
    match sandbox.place_elsewhere(conid, order.side, order.quantity) {
        Ok(order_id) => Json(json!({ "order_id": order_id })).into_response(),
        Err(error) => sentence(StatusCode::CONFLICT, &error.to_string()),
    }
}

async fn liquidate(
    State(sandbox): State<Arc<Sandbox>>,
    Json(position): Json<Liquidation>,
) -> Response {
    let Some(conid) = sandbox.conid_of(&position.symbol) else {
        return no_symbol(&position.symbol);
    };
    match sandbox.liquidate(conid) {
        Ok(()) => Json(json!({})).into_response(),
        Err(error) => sentence(StatusCode::CONFLICT, &error.to_string()),
    }
}

fn no_symbol(symbol: &str) -> Response {
    let symbol: String = symbol.chars().take(20).collect();
    sentence(StatusCode::NOT_FOUND, &format!("the sandbox has no prices of \"{symbol}\""))
}

fn sentence(status: StatusCode, sentence: &str) -> Response {
    (status, Json(json!({ "error": sentence }))).into_response()
}

fn rows(sandbox: &Sandbox) -> Vec<FaultRow> {
    let faults = sandbox.faults().all().map(|(fault, switch)| {
        let window = switch.window();
        FaultRow {
            name: fault.name.to_owned(),
            title: fault.title.to_owned(),
            words: fault.words.to_owned(),
            acts_once: fault.acts_once,
            is_on: switch.is_on(),
            from: window.map(|window| window.from),
            until: window.and_then(|window| window.until),
        }
    });
    faults.collect()
}

fn refusal(error: &FaultError) -> Response {
    let status = match error {
        FaultError::Unknown { .. } => StatusCode::NOT_FOUND,
        FaultError::EndsBeforeItBegins { .. } => StatusCode::BAD_REQUEST,
    };
    sentence(status, &error.to_string())
}

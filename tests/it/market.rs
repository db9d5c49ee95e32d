//! Symbols that are looked for, saved and watched, and indicators on their bars.

mod indicators;
mod symbols;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throughline::api::{ErrorCode, dispatch};
use throughline::app::{Engine, EngineOptions};

use crate::runs::audit::instant;

/// Noon of a trading day.
const FROM: &str = "2012-06-01T12:00:00-04:00";

async fn opened(directory: &tempfile::TempDir) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.path().to_path_buf(),
        start_at: Some(instant(FROM)),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

async fn ask<T: DeserializeOwned>(engine: &Arc<Engine>, name: &str, request: Value) -> T {
    match dispatch(engine, name, request).await {
        Ok(answer) => serde_json::from_value(answer).unwrap(),
        Err(error) => panic!("{name}: {error}"),
    }
}

async fn refused(engine: &Arc<Engine>, name: &str, request: Value) -> (ErrorCode, String) {
    match dispatch(engine, name, request).await {
        Ok(answer) => panic!("{name} was not refused: {answer}"),
        Err(error) => (error.code, error.message),
    }
}

/// The conid of a listed symbol.
async fn conid(engine: &Arc<Engine>, symbol: &str) -> i64 {
    let found: Value = ask(engine, "symbols_search", json!({ "query": symbol })).await;
    found["rows"][0]["conid"].as_i64().unwrap()
}

async fn cut_the_line(engine: &Arc<Engine>, is_cut: bool) {
    let request = json!({ "name": "cut_line", "is_on": is_cut, "from": null, "until": null });
    let _: Value = ask(engine, "fault_set", request).await;
}

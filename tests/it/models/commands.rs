//! The commands of the page *Models*, as a host gives them.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline::api::{ErrorCode, dispatch};
use throughline::app::{Engine, EngineOptions};
use throughline::domain::ModelKind;

use super::desk::FakeSecrets;
use super::script::{Ending, KEY, stream};
use super::server::{Answer, Server};

/// A sandbox whose keychain is a fake in memory.
async fn engine(directory: &std::path::Path) -> Arc<Engine> {
    let options = EngineOptions {
        data_dir: directory.to_path_buf(),
        keychain: Some(Arc::new(FakeSecrets::default())),
        ..EngineOptions::default()
    };
    Engine::open(options).await.unwrap()
}

async fn good(engine: &Arc<Engine>, name: &str, request: Value) -> Value {
    dispatch(engine, name, request).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn a_model_is_added_keyed_priced_tested_listed_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine(directory.path()).await;
    // The first test shows a red picture.
    let said = stream(ModelKind::Anthropic, &["{\"colour\": ", "\"red\"}"], Ending::Finished);
    let server = Server::start(vec![Answer::events(said)]).await;

    let request = json!({"name": "claude", "kind": "anthropic", "model": "asked-model",
        "url": format!("{}/v1/", server.url), "temperature": "0.10", "deadline_seconds": 30});
    let saved = good(&engine, "model_save", request).await;
    assert_eq!(saved["url"], format!("{}/v1", server.url));
    assert_eq!(
        (&saved["key"], &saved["needs_key"], &saved["price"], &saved["temperature"]),
        (&json!("absent"), &json!(true), &Value::Null, &json!("0.1"))
    );
    let tested = good(&engine, "model_test", json!({"name": "claude"})).await;
    assert_eq!((&tested["succeeded"], &tested["call"]), (&json!(false), &Value::Null));
    assert!(tested["sentence"].as_str().unwrap().contains("no price"), "{tested}");

    let price = json!({"name": "claude", "input_per_million": "3", "output_per_million": "15.0"});
    let prices = good(&engine, "model_price_set", price).await;
    assert_eq!(prices[0]["output_per_million"], "15");
    assert_eq!(good(&engine, "model_prices", json!({"name": "claude"})).await, prices);
    let keyed = good(&engine, "model_key_set", json!({"name": "claude", "key": KEY})).await;
    assert_eq!(keyed["key"], "present");
    assert!(!keyed.to_string().contains(KEY), "the key came out again");

    let tested = good(&engine, "model_test", json!({"name": "claude"})).await;
    assert_eq!(tested["succeeded"], true, "{tested}");
    assert_eq!((&tested["follows_schema"], &tested["sees_image"]), (&json!(true), &json!(true)));
    assert_eq!(tested["reply"], "{\"colour\": \"red\"}");
    let call = &tested["call"];
    assert_eq!((&call["input_tokens"], &call["output_tokens"]), (&json!(321), &json!(45)));
    assert_eq!(call["cost"], "0.001638");
    assert_eq!((&call["status"], &call["purpose"]), (&json!("answered"), &json!("test")));
    let image = &server.seen()[0].body["messages"][0]["content"][0]["source"];
    assert_eq!(image["media_type"], "image/png");

    let listed = good(&engine, "models_list", json!({})).await;
    let model = &listed["models"][0];
    assert_eq!((&model["spent_today"], &model["calls_today"]), (&json!("0.001638"), &json!(1)));
    assert_eq!(model["breaker"]["state"], "closed");
    assert_eq!(listed["vault"]["state"], "keychain");
    assert_eq!(listed["budgets"]["spent_total"], "0.001638");
    let calls = good(&engine, "model_calls_list", json!({"name": "claude", "limit": 10})).await;
    assert_eq!(calls.as_array().unwrap().len(), 1);

    let left = good(&engine, "model_remove", json!({"name": "claude"})).await;
    assert_eq!(left["models"], json!([]));
    engine.close().await.unwrap();
}

#[tokio::test]
async fn budgets_are_set_shown_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let first = engine(directory.path()).await;
    let shown = good(&first, "budgets_get", json!({})).await;
    assert_eq!((&shown["day"], &shown["strategy_day"]), (&json!("5"), &json!("2")));
    let set = good(&first, "budgets_set", json!({"day": "1.50", "total": "20"})).await;
    assert_eq!(
        (&set["day"], &set["strategy_day"], &set["total"]),
        (&json!("1.5"), &Value::Null, &json!("20"))
    );
    for wrong in ["-1", "many", ""] {
        let error = dispatch(&first, "budgets_set", json!({"day": wrong})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{wrong}: {error}");
    }
    first.close().await.unwrap();
    let second = engine(directory.path()).await;
    assert_eq!(good(&second, "budgets_get", json!({})).await, set);
    second.close().await.unwrap();
}

#[tokio::test]
async fn a_refused_request_never_repeats_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let engine = engine(directory.path()).await;
    let save = json!({"name": "gpt", "kind": "openai", "model": "m"});
    good(&engine, "model_save", save).await;
    for request in [
        json!({"name": KEY, "key": KEY}),
        json!({"name": "gpt", "key": {"nested": KEY}}),
        json!({"name": "gpt", "key": [KEY]}),
        json!({"name": "gpt", "key": format!("{KEY}\nand more")}),
        json!({"name": [KEY], "key": "x"}),
        json!({"name": "gpt", KEY: "x"}),
        json!(KEY),
    ] {
        let error = dispatch(&engine, "model_key_set", request.clone()).await.unwrap_err();
        // A name that is no name is shown as it was typed: it is not in the place of a key.
        if request["name"] != KEY {
            assert!(!format!("{error:?}").contains(KEY), "{error:?}");
        }
    }
    let url = json!({"name": "gpt", "kind": "openai", "model": "m",
        "url": format!("https://user:{KEY}@host/v1")});
    let error = dispatch(&engine, "model_save", url).await.unwrap_err();
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
    engine.close().await.unwrap();
}

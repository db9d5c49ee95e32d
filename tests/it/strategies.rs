//! Strategies as a person makes them in the window: filled in, checked, saved, changed, put away.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline::api::{ErrorCode, dispatch};
use throughline::app::{Engine, EngineOptions};

async fn engine() -> (tempfile::TempDir, Arc<Engine>) {
    let directory = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { data_dir: directory.path().to_path_buf(), ..EngineOptions::default() };
    (directory, Engine::open(options).await.unwrap())
}

async fn good(engine: &Arc<Engine>, name: &str, request: Value) -> Value {
    match dispatch(engine, name, request).await {
        Ok(value) => value,
        Err(error) => panic!("{name}: {error}"),
    }
}

async fn refused(engine: &Arc<Engine>, name: &str, request: Value) -> (ErrorCode, String) {
    match dispatch(engine, name, request).await {
        Ok(value) => panic!("{name} was not refused: {value}"),
        Err(error) => (error.code, error.message),
    }
}

/// Runs a strategy at the sandbox's present, until its order has come to its end.
async fn run(engine: &Arc<Engine>, id: &str) {
    let begun = engine.begin_run(id, None, None, None).await.unwrap();
    engine.finish_run(begun, |_| {}).await.unwrap();
}

/// A new strategy, filled in.
async fn filled_in(engine: &Arc<Engine>, name: &str, symbols: &[&str]) -> Value {
    let new = json!({ "strategy_id": null, "version": null });
    let mut form = good(engine, "strategy_form_get", new).await["form"].take();
    form["name"] = json!(name);
    form["symbols"] = json!(symbols);
    form
}

async fn check(engine: &Arc<Engine>, form: &Value) -> Value {
    let request = json!({ "strategy_id": null, "form": form });
    good(engine, "strategy_form_check", request).await
}

fn fields(checked: &Value, which: &str) -> Vec<String> {
    let list = checked[which].as_array().unwrap().iter();
    list.map(|problem| problem["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a5_1_a_strategy_that_is_filled_in_is_checked_saved_and_scheduled() {
    let (_directory, engine) = engine().await;
    let form = filled_in(&engine, "First of mine", &["AAPL", "IBM"]).await;
    let checked = check(&engine, &form).await;
    assert_eq!(checked["problems"], json!([]));
    assert_eq!(checked["warnings"], json!([]));
    assert_eq!(checked["schedule_words"], "At 16:00, Monday to Friday");
    assert_eq!(checked["indicators"][0], "SuperTrend(10, 3)");
    let toml = checked["toml"].as_str().unwrap();
    let save = json!({ "strategy_id": "first-of-mine", "toml": toml, "based_on_version": 0 });
    let saved = good(&engine, "strategy_save", save.clone()).await;
    assert_eq!((&saved["version"], &saved["active"]), (&json!(1), &json!(false)));
    let (code, message) = refused(&engine, "strategy_save", save).await;
    assert_eq!(code, ErrorCode::NotNow);
    assert!(message.contains("already"), "{message}");

    let on = json!({ "strategy_id": "first-of-mine", "active": true });
    let scheduled = good(&engine, "strategy_set_active", on).await;
    assert!(scheduled["next_run"].is_string(), "{scheduled}");
    let again = json!({ "strategy_id": "first-of-mine", "version": null });
    let shown = good(&engine, "strategy_form_get", again).await;
    assert_eq!((&shown["form"], &shown["version"]), (&form, &json!(1)));
    let read = good(&engine, "strategy_form_read", json!({ "toml": toml })).await;
    assert_eq!(read["form"], form);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a5_2_each_failure_is_told_beside_its_field_before_anything_is_saved() {
    let (_directory, engine) = engine().await;
    let mut form = filled_in(&engine, "", &["NOSUCH", "AAPL"]).await;
    form["indicators"][0]["parameters"]["period"] = json!("1000");
    form["schedule"]["rule"] = json!("0 99 * * *");
    form["risk"]["risk_per_trade_percent"] = json!("7");
    form["analyst"] = json!({
        "kind": "model", "model": "nobody", "language": "en", "instructions": "",
        "prompts": { "daily": "gone" },
    });
    let checked = check(&engine, &form).await;
    assert_eq!(
        fields(&checked, "problems"),
        ["name", "schedule.rule", "risk.risk_per_trade_percent", "indicators.0.period"],
        "{checked}"
    );
    assert_eq!(
        fields(&checked, "warnings"),
        ["symbols.0", "analyst.model", "analyst.prompts.daily"],
        "{checked}"
    );
    let said = checked.to_string();
    for words in ["NOSUCH", "up to 5", "use 0 to 23", "There is no model nobody", "no prompt gone"]
    {
        assert!(said.contains(words), "nothing about {words}: {said}");
    }
    let save = json!({ "strategy_id": "bad", "toml": checked["toml"], "based_on_version": 0 });
    let (code, _) = refused(&engine, "strategy_save", save).await;
    assert_eq!(code, ErrorCode::InvalidRequest);
    let (code, _) = refused(&engine, "strategy_export", json!({ "strategy_id": "bad" })).await;
    assert_eq!(code, ErrorCode::NotFound, "something was saved");

    let mut bare = filled_in(&engine, "Bare", &["AAPL"]).await;
    bare["indicators"] = json!([{ "kind": "OBV", "parameters": {} }]);
    let checked = check(&engine, &bare).await;
    assert_eq!(fields(&checked, "problems"), Vec::<String>::new());
    assert_eq!(fields(&checked, "warnings"), ["indicators"]);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_hostile_file_is_refused_in_a_sentence() {
    let (_directory, engine) = engine().await;
    let long = format!("name = \"{}\"", "x".repeat(100_000));
    let deep = format!("name = {}1{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in [long.as_str(), deep.as_str(), "\u{0}", "name = 'x", "symbols = 5", ""] {
        let read = good(&engine, "strategy_form_read", json!({ "toml": text })).await;
        assert_eq!(read["form"], Value::Null);
        assert!(read["problems"][0]["message"].as_str().unwrap().len() > 10, "{read}");
    }
    let mut form = filled_in(&engine, "Many", &["AAPL"]).await;
    form["indicators"] = json!(vec![json!({ "kind": "x", "parameters": {} }); 2000]);
    let told = check(&engine, &form).await["problems"].as_array().unwrap().len();
    assert!((1..=101).contains(&told), "{told} problems are told");
    form["indicators"] = json!(vec![json!({ "kind": "x", "parameters": {} }); 9000]);
    let request = json!({ "strategy_id": null, "form": form });
    let (_, message) = refused(&engine, "strategy_form_check", request).await;
    assert!(message.contains("at most 65536"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn versions_are_kept_compared_and_never_overwritten_unseen() {
    let (_directory, engine) = engine().await;
    let sample = json!({ "strategy_id": "sample" });
    let mut shown =
        good(&engine, "strategy_form_get", json!({ "strategy_id": "sample", "version": null }))
            .await;
    run(&engine, "sample").await;
    let mut form = shown["form"].take();
    form["risk"]["risk_per_trade_percent"] = json!("0.5");
    let toml = check(&engine, &form).await["toml"].take();
    let save = json!({ "strategy_id": "sample", "toml": toml, "based_on_version": 1 });
    let saved = good(&engine, "strategy_save", save).await;
    assert_eq!(saved["version"], 2);

    let versions = good(&engine, "strategy_versions", sample).await;
    assert_eq!((&versions[0]["version"], &versions[0]["executions"]), (&json!(2), &json!(0)));
    assert_eq!((&versions[1]["version"], &versions[1]["executions"]), (&json!(1), &json!(1)));
    assert_ne!(versions[0]["hash"], versions[1]["hash"]);
    let request = json!({ "strategy_id": "sample", "from": 1, "to": 2 });
    let difference = good(&engine, "strategy_diff", request).await;
    let changed = difference["lines"].to_string();
    assert!(difference["added"].as_u64().unwrap() >= 1 && changed.contains("0.5"), "{changed}");

    let stale = json!({
        "strategy_id": "sample", "toml": toml.as_str().unwrap().replace("0.5", "2"),
        "based_on_version": 1,
    });
    let (code, message) = refused(&engine, "strategy_save", stale).await;
    assert_eq!(code, ErrorCode::NotNow);
    assert!(message.contains("version 2 of sample was saved in the meantime"), "{message}");
    let none = json!({ "strategy_id": "sample", "from": 1, "to": 9 });
    assert_eq!(refused(&engine, "strategy_diff", none).await.0, ErrorCode::NotFound);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_strategy_that_is_put_away_keeps_what_it_did_and_runs_no_more() {
    let (_directory, engine) = engine().await;
    let sample = json!({ "strategy_id": "sample" });
    run(&engine, "sample").await;
    let before = good(&engine, "executions_list", json!({ "strategy_id": "sample", "limit": 10 }))
        .await
        .as_array()
        .unwrap()
        .len();
    assert_eq!(before, 1);
    let away = good(&engine, "strategy_archive", sample.clone()).await;
    assert_eq!((&away["archived"], &away["active"]), (&json!(true), &json!(false)));
    assert_eq!(away["next_run"], Value::Null);

    let on = json!({ "strategy_id": "sample", "active": true });
    assert_eq!(refused(&engine, "strategy_set_active", on.clone()).await.0, ErrorCode::NotNow);
    assert_eq!(refused(&engine, "strategy_run", sample.clone()).await.0, ErrorCode::NotNow);
    good(&engine, "schedules_set_active", json!({ "active": true })).await;
    let listed = good(&engine, "strategies_list", json!({})).await;
    let of_it = listed.as_array().unwrap().iter().find(|each| each["id"] == "sample").unwrap();
    assert_eq!(of_it["active"], false, "all were resumed, and the one put away with them");
    good(&engine, "sandbox_advance", json!({ "to": "2012-07-12T17:00:00-04:00" })).await;
    let after = good(&engine, "executions_list", json!({ "strategy_id": "sample", "limit": 10 }))
        .await
        .as_array()
        .unwrap()
        .len();
    assert_eq!(after, before);

    let back = good(&engine, "strategy_unarchive", sample).await;
    assert_eq!((&back["archived"], &back["active"]), (&json!(false), &json!(false)));
    good(&engine, "strategy_set_active", on).await;
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_copy_has_a_name_of_its_own_and_is_switched_off() {
    let (_directory, engine) = engine().await;
    let copy = json!({ "strategy_id": "sample", "new_id": "sample-2", "name": "Another" });
    let made = good(&engine, "strategy_duplicate", copy.clone()).await;
    assert_eq!((&made["id"], &made["name"]), (&json!("sample-2"), &json!("Another")));
    assert_eq!((&made["version"], &made["active"]), (&json!(1), &json!(false)));
    assert_eq!(refused(&engine, "strategy_duplicate", copy).await.0, ErrorCode::NotNow);
    let nameless = json!({ "strategy_id": "sample", "new_id": "sample-3", "name": " " });
    let (code, message) = refused(&engine, "strategy_duplicate", nameless).await;
    assert_eq!(code, ErrorCode::InvalidRequest);
    assert!(message.contains("1 to 80"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn the_thirteen_stages_follow_the_facts() {
    let (_directory, engine) = engine().await;
    let states = |readiness: &Value| -> Vec<(String, String)> {
        let stages = readiness["stages"].as_array().unwrap().iter();
        stages
            .map(|stage| {
                let text = |name: &str| stage[name].as_str().unwrap().to_owned();
                assert!(text("sentence").ends_with('.'), "{stage}");
                (text("stage"), text("state"))
            })
            .collect()
    };
    let sample = json!({ "strategy_id": "sample" });
    let before = states(&good(&engine, "readiness_get", sample.clone()).await);
    let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "connected",
            "symbol",
            "indicators",
            "prompt",
            "strategy",
            "schedule",
            "chart",
            "signal",
            "order",
            "position",
            "tracking",
            "portfolio",
            "lineage",
        ]
    );
    for (name, state) in &before {
        let expected = if names.iter().position(|known| known == name).unwrap() < 6 {
            "ready"
        } else {
            "not_yet"
        };
        assert_eq!(state, expected, "{name}");
    }
    // At this close the sample buys, and time moves until the order is filled.
    run(&engine, "sample").await;
    let off = json!({ "strategy_id": "sample", "active": false });
    good(&engine, "strategy_set_active", off).await;
    let after = good(&engine, "readiness_get", sample).await;
    let found = states(&after);
    let state = |name: &str| &found.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(state("schedule"), "missing");
    assert_eq!(state("chart"), "ready");
    assert_eq!(state("signal"), "ready");
    let chart = &after["stages"][6];
    assert_eq!(chart["step"], "generate_charts");
    assert!(chart["execution_id"].as_str().unwrap().starts_with("sample"), "{chart}");
    engine.close().await.unwrap();
}

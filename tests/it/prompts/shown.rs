use serde_json::json;

use super::kept::{engine, good};
use crate::runs::terminal::Terminal;

#[tokio::test]
async fn a_prompt_is_shown_with_a_recorded_execution_and_with_the_sandboxs_prices() {
    let (_directory, engine) = engine().await;
    let begun = engine.begin_run("sample", Some("AAPL"), None, None).await.unwrap();
    let id = begun[0].id.to_string();
    engine.finish_run(begun, |_| {}).await.unwrap();
    for (source, data) in [
        (json!({ "execution_id": id }), id.as_str()),
        (json!({ "symbol": "IBM", "date": "2012-06-16" }), "IBM at the close of 2012-06-15"),
    ] {
        for (prompt, prompt_type, timeframe) in [
            ("shipped-daily-en", "daily", "1d"),
            ("shipped-weekly-en", "weekly", "1w"),
            ("shipped-consolidation-en", "consolidation", "1d"),
        ] {
            let mut request = source.clone();
            request["prompt"] = json!({ "prompt_id": prompt });
            request["prompt_type"] = json!(prompt_type);
            request["language"] = json!("en");
            let shown = good(&engine, "prompt_preview", request).await;
            let text = shown["rendered"].as_str().unwrap_or_else(|| panic!("{shown}"));
            assert!(text.contains("# Task") && !text.contains("{{"), "{text}");
            assert!(shown["data"].as_str().unwrap().contains(data), "{}", shown["data"]);
            assert_eq!(shown["timeframe"], timeframe);
            assert!(!shown["notes"].as_array().unwrap().is_empty(), "no model read these charts");
            let values = shown["values"].as_array().unwrap();
            assert!(values.iter().any(|value| value["name"] == "symbol"), "{values:?}");
        }
    }
    // The last quote of a run stands in its prompt, digit by digit.
    let recorded = good(&engine, "lineage_get", json!({ "execution_id": id })).await;
    let fetched = recorded["steps"].as_array().unwrap();
    let fetched = fetched.iter().find(|step| step["step_name"] == "fetch_market_data").unwrap();
    let last = fetched["output"]["quote"]["last"].as_str().unwrap();
    let request = json!({
        "execution_id": id, "prompt": { "text": "{{ current_price }}" },
        "prompt_type": "daily", "language": "en",
    });
    assert_eq!(good(&engine, "prompt_preview", request).await["rendered"], last);

    let request = json!({
        "symbol": "AAPL", "prompt": { "text": "a\n{{ analysis_daily }}" },
        "prompt_type": "consolidation", "language": "en",
    });
    let shown = good(&engine, "prompt_preview", request).await;
    assert!(shown["rendered"].is_null());
    assert_eq!(shown["validation"]["findings"][0]["line"], 2, "{shown}");
    for bad in [
        json!({ "symbol": "NOSUCH" }),
        json!({ "symbol": "AAPL", "date": "1990-01-02" }),
        json!({ "symbol": "AAPL", "date": "soon" }),
        json!({ "execution_id": "no-such" }),
        json!({}),
    ] {
        let mut request = bad.clone();
        request["prompt"] = json!({ "text": "a" });
        request["prompt_type"] = json!("daily");
        request["language"] = json!("en");
        let refused = throughline::api::dispatch(&engine, "prompt_preview", request).await;
        assert!(refused.is_err(), "{bad} was shown");
    }
    let reference = good(&engine, "prompt_reference", json!({})).await;
    assert!(reference["variables"].as_array().unwrap().len() > 30);
    engine.close().await.unwrap();
}

#[tokio::test]
async fn what_the_reference_names_can_be_used() {
    let (_directory, engine) = engine().await;
    let reference = good(&engine, "prompt_reference", json!({})).await;
    for part in ["variables", "filters", "statements"] {
        for entry in reference[part].as_array().unwrap() {
            let request = json!({ "text": entry["example"], "prompt_type": "consolidation" });
            let checked = good(&engine, "prompt_validate", request).await;
            assert_eq!(checked["is_valid"], true, "{entry}: {checked}");
        }
    }
    engine.close().await.unwrap();
}

#[tokio::test]
async fn the_terminal_lists_shows_compares_renders_exports_and_imports() {
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-15T16:00:00-04:00");
    let listed = terminal.json("prompt list --json");
    assert_eq!(listed.as_array().unwrap().len(), 12);
    assert_eq!(
        terminal.json("prompt list --type daily --language zh --json")[0]["id"],
        "shipped-daily-zh"
    );
    let shown = terminal.json("prompt show shipped-weekly-en --json");
    assert_eq!(shown["validation"]["is_valid"], true);
    let difference = terminal.json("prompt diff shipped-daily-en shipped-weekly-en --json");
    assert!(difference["added"].as_u64().unwrap() > 0);
    let rendered =
        terminal.json("prompt render shipped-daily-zh --symbol MSFT --date 2012-06-15 --json");
    assert!(rendered["rendered"].as_str().unwrap().contains("MSFT"), "{rendered}");
    let file = terminal.data_dir().join("mine.toml");
    let path = file.to_str().unwrap();
    terminal.good(&format!("prompt export shipped-daily-en --output {path}"));
    let imported = terminal.json(&format!("prompt import {path} --json"));
    assert_eq!(imported["prompt_ids"][0], "daily-reading");
    assert!(terminal.good("prompt list").contains("daily-reading"));
    for (words, sentence) in [
        ("prompt show nothing", "there is no prompt"),
        ("prompt show daily-reading --version 7", "there is no version 7"),
        ("prompt diff daily-reading@x", "names no version"),
        ("prompt import /no/such/file", "cannot be read"),
        ("prompt list --type sideways", "no type of prompt"),
    ] {
        terminal.refused(words.split_whitespace(), sentence);
    }
    let again = format!("prompt export shipped-daily-en --output {path}");
    terminal.refused(again.split_whitespace(), "cannot be written");
}

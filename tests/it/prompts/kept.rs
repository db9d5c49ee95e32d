use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline::analyst::prompts::resolve;
use throughline::api::{ErrorCode, dispatch};
use throughline::app::{Engine, EngineOptions};
use throughline::domain::{Language, PromptId, PromptType};
use throughline::store::{
    Change, Durability, NewPromptRow, PromptChange, PromptVersionRow, Store, StoreError,
};

pub(super) async fn engine() -> (tempfile::TempDir, Arc<Engine>) {
    let directory = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { data_dir: directory.path().to_path_buf(), ..EngineOptions::default() };
    (directory, Engine::open(options).await.unwrap())
}

pub(super) async fn good(engine: &Arc<Engine>, name: &str, request: Value) -> Value {
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

fn draft(name: &str, text: &str) -> Value {
    json!({
        "name": name, "description": "For a test.", "prompt_type": "daily", "language": "en",
        "tags": ["test"], "text": text, "note": "first",
    })
}

fn edit(id: &str, base: u32, text: &str) -> Value {
    let mut request = draft("Mine", text);
    request["prompt_id"] = json!(id);
    request["based_on_version"] = json!(base);
    request["note"] = json!("changed");
    request
}

#[tokio::test]
async fn every_edit_is_a_version_and_the_old_text_is_kept() {
    let (_directory, engine) = engine().await;
    let made = good(&engine, "prompt_save", draft("Mine", "One {{ symbol }}")).await;
    let id = made["prompt"]["id"].as_str().unwrap().to_owned();
    assert_eq!((id.as_str(), made["version"].as_u64()), ("mine", Some(1)));
    let edited = good(&engine, "prompt_save", edit(&id, 1, "Two {{ symbol }}")).await;
    assert_eq!(edited["version"], 2);
    assert_eq!(edited["versions"].as_array().unwrap().len(), 2);
    let described = good(&engine, "prompt_save", edit(&id, 2, "Two {{ symbol }}")).await;
    assert_eq!(described["version"], 2, "the same text is no new version");
    let first = good(&engine, "prompt_get", json!({ "prompt_id": id, "version": 1 })).await;
    assert_eq!(first["text"], "One {{ symbol }}");
    let difference = good(
        &engine,
        "prompt_diff",
        json!({ "old": { "prompt_id": id, "version": 1 }, "new": { "prompt_id": id } }),
    )
    .await;
    assert_eq!((&difference["added"], &difference["removed"]), (&json!(1), &json!(1)));

    // Two editors began with version 2: the second is told, and nothing of it is written.
    good(&engine, "prompt_save", edit(&id, 2, "Three")).await;
    let (code, message) = refused(&engine, "prompt_save", edit(&id, 2, "Other")).await;
    assert_eq!(code, ErrorCode::NotNow);
    assert!(message.contains("was changed in the meantime"), "{message}");
    let now = good(&engine, "prompt_get", json!({ "prompt_id": id })).await;
    assert_eq!((now["text"].as_str(), now["version"].as_u64()), (Some("Three"), Some(3)));

    let mut other_kind = edit(&id, 3, "Four");
    other_kind["language"] = json!("zh");
    let (_, message) = refused(&engine, "prompt_save", other_kind).await;
    assert!(message.contains("stay as they were made"), "{message}");
    let (_, message) = refused(&engine, "prompt_save", edit(&id, 3, "{{ curent_price }}")).await;
    assert!(message.contains("line 1, column 4"), "{message}");
    let shipped = edit("shipped-daily-en", 1, "Five");
    let (_, message) = refused(&engine, "prompt_save", shipped).await;
    assert!(message.contains("comes with the program"), "{message}");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn c07_a_prompt_that_is_changed_while_a_run_is_under_way_changes_nothing_in_it() {
    let (_directory, engine) = engine().await;
    let made = good(&engine, "prompt_save", draft("Mine", "Before")).await;
    let id = made["prompt"]["id"].as_str().unwrap().to_owned();
    let of_all = json!({ "prompt_id": id, "is_default": true });
    good(&engine, "prompt_set_default", of_all).await;
    let none = BTreeMap::new();
    let english = Language::English;
    let frozen = resolve(engine.store(), None, english, &none).await.unwrap();
    good(&engine, "prompt_save", edit(&id, 1, "After")).await;
    let daily = frozen.get(PromptType::Daily).unwrap();
    assert_eq!((daily.text.as_str(), daily.record.version), ("Before", 1));
    let later = resolve(engine.store(), None, english, &none).await.unwrap();
    assert_eq!(later.get(PromptType::Daily).unwrap().record.version, 2);
    assert_eq!(frozen.records().len(), PromptType::ALL.len());
    engine.close().await.unwrap();
}

#[tokio::test]
async fn the_look_up_takes_the_strategys_then_the_default_then_the_shipped_one() {
    let (_directory, engine) = engine().await;
    let found = |strategy: Option<&'static str>, language: &'static str| {
        let engine = Arc::clone(&engine);
        async move {
            let request = json!({ "strategy_id": strategy, "language": language });
            let resolved = good(&engine, "prompts_resolve", request).await;
            let prompts = resolved["prompts"].as_array().unwrap().clone();
            let daily = prompts.iter().find(|one| one["prompt_type"] == "daily").unwrap();
            daily["prompt_id"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(found(Some("sample"), "en").await, "shipped-daily-en");
    assert_eq!(found(Some("sample"), "zh").await, "shipped-daily-zh");
    good(&engine, "prompt_save", draft("Of all", "a")).await;
    assert_eq!(found(Some("sample"), "en").await, "shipped-daily-en", "it is no default yet");
    good(&engine, "prompt_set_default", json!({ "prompt_id": "of-all", "is_default": true })).await;
    assert_eq!(found(Some("sample"), "en").await, "of-all");
    let mut own = draft("Of the sample", "b");
    own["strategy_id"] = json!("sample");
    good(&engine, "prompt_save", own).await;
    assert_eq!(found(Some("sample"), "en").await, "of-the-sample");
    assert_eq!(found(Some("sample-ibm"), "en").await, "of-all");
    let off = json!({ "prompt_id": "of-the-sample", "is_active": false });
    good(&engine, "prompt_set_active", off).await;
    assert_eq!(found(Some("sample"), "en").await, "of-all");
    good(&engine, "prompt_delete", json!({ "prompt_id": "of-all" })).await;
    assert_eq!(found(Some("sample"), "en").await, "shipped-daily-en");
    let restored = good(&engine, "prompt_restore", json!({ "prompt_id": "of-all" })).await;
    assert_eq!((&restored["is_active"], &restored["is_deleted"]), (&json!(false), &json!(false)));

    // A prompt that is named bypasses the look-up, also when it is switched off.
    let named = |id: &str| BTreeMap::from([(PromptType::Daily, id.to_owned())]);
    let resolved =
        resolve(engine.store(), None, Language::English, &named("of-all")).await.unwrap();
    assert_eq!(resolved.get(PromptType::Daily).unwrap().record.prompt_id, "of-all");
    for wrong in ["no-such-prompt", "shipped-weekly-en", "../../etc/passwd"] {
        let error = resolve(engine.store(), None, Language::English, &named(wrong)).await;
        assert!(error.is_err(), "{wrong} was taken");
    }
    engine.close().await.unwrap();
}

#[tokio::test]
async fn prompts_are_cloned_exported_and_taken_in_again_switched_off() {
    let (_directory, engine) = engine().await;
    let request = json!({ "prompt_id": "shipped-daily-zh", "name": "我的日線" });
    let clone = good(&engine, "prompt_clone", request).await;
    assert_eq!(clone["prompt"]["id"], "prompt");
    assert_eq!(clone["prompt"]["language"], "zh");
    let shipped = good(&engine, "prompt_get", json!({ "prompt_id": "shipped-daily-zh" })).await;
    assert_eq!(clone["text"], shipped["text"]);
    let file = good(&engine, "prompt_export", json!({ "prompt_ids": [] })).await;
    assert_eq!(file["count"], 1);
    let request = json!({ "text": file["text"] });
    let imported = good(&engine, "prompt_import", request).await;
    let only = &imported["prompts"][0];
    assert_eq!((&only["name"], &only["is_active"]), (&json!("我的日線 (2)"), &json!(false)));
    assert!(imported["warnings"][0].as_str().unwrap().contains("already"), "{imported}");
    let taken = good(&engine, "prompt_get", json!({ "prompt_id": only["id"] })).await;
    assert_eq!(taken["text"], shipped["text"]);
    let before = good(&engine, "prompts_list", json!({ "include_deleted": true })).await;
    for bad in [
        "",
        "throughline_prompts = 1",
        "<html>",
        "throughline_prompts = 1\n[[prompt]]\nname = \"x\"\ntype = \"daily\"\nlanguage = \"en\"\ntext = \"{% include '/etc/passwd' %}\"",
    ] {
        let (code, _) = refused(&engine, "prompt_import", json!({ "text": bad })).await;
        assert_eq!(code, ErrorCode::InvalidRequest, "{bad}");
    }
    let after = good(&engine, "prompts_list", json!({ "include_deleted": true })).await;
    assert_eq!(before, after, "a file that is refused leaves nothing behind");
    engine.close().await.unwrap();
}

#[tokio::test]
async fn versions_are_append_only_in_the_database_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    let id = PromptId::new("mine").unwrap();
    let at = "2026-11-22T13:00:00Z".parse().unwrap();
    let make = || {
        Change::Prompt(PromptChange::Make(NewPromptRow {
            id: id.clone(),
            name: "Mine".into(),
            description: String::new(),
            prompt_type: PromptType::WeeklySystem,
            language: Language::TraditionalChinese,
            strategy_id: None,
            tags: vec!["a, b".into(), "日".into()],
            created_at: at,
        }))
    };
    let version = |version: u32, text: &str| {
        Change::Prompt(PromptChange::Version(PromptVersionRow {
            prompt_id: id.clone(),
            version,
            text: text.into(),
            hash: "aa".into(),
            note: String::new(),
            created_at: at,
        }))
    };
    let commit = |changes| store.commit(changes, Durability::Ordinary);
    commit(vec![make(), version(1, "one")]).await.unwrap();
    let row = store.prompt(&id).await.unwrap().unwrap();
    assert_eq!((row.version, row.tags), (1, vec!["a, b".to_owned(), "日".to_owned()]));
    let again = commit(vec![make()]).await;
    assert!(matches!(again, Err(StoreError::PromptTaken { .. })), "{again:?}");
    for wrong in [1, 3] {
        let refused = commit(vec![version(wrong, "other")]).await;
        assert!(matches!(refused, Err(StoreError::PromptChanged { .. })), "{refused:?}");
    }
    let unknown = PromptId::new("unknown").unwrap();
    let delete = PromptChange::Delete { id: unknown, is_deleted: true, at };
    let refused = commit(vec![Change::Prompt(delete)]).await;
    assert!(matches!(refused, Err(StoreError::NoPrompt { .. })), "{refused:?}");
    store.close().await;

    let mut connection = sqlx::sqlite::SqliteConnectOptions::new();
    connection = connection.filename(directory.path().join("throughline.db"));
    let mut connection = sqlx::ConnectOptions::connect(&connection).await.unwrap();
    for statement in [
        "UPDATE prompt_version SET text = 'x'",
        "DELETE FROM prompt_version",
        "DELETE FROM prompt",
        "UPDATE prompt SET language = 'en'",
        "UPDATE prompt SET prompt_type = 'daily'",
        "UPDATE prompt SET strategy_id = 'sample'",
    ] {
        let done = sqlx::query(statement).execute(&mut connection).await;
        assert!(done.is_err(), "{statement} went through");
    }
}

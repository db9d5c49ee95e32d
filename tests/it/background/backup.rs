//! Backups of an engine at work, and the way back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use throughline::api::dispatch;
use throughline::app::backup::{self, BackupError, Manifest, Restored};
use throughline::app::{Engine, EngineOptions, parse_instant};
use throughline::clock::{Clock, SystemClock};
use throughline::domain::Environment;
use throughline::executor::HaltSwitch;
use throughline::lineage::verify;
use throughline::store::Store;

use super::serve::Service;
use crate::runs::audit::Audit;
use crate::runs::terminal::{Terminal, content};

const SANDBOX: Environment = Environment::Sandbox;

async fn open(data_dir: &Path) -> Arc<Engine> {
    let options = EngineOptions { data_dir: data_dir.to_path_buf(), ..EngineOptions::default() };
    Engine::open(options).await.unwrap()
}

async fn restore(file: &Path, data_dir: &Path, confirmed: bool) -> Result<Restored, BackupError> {
    let now = SystemClock.wall_now();
    backup::restore(file, data_dir, SANDBOX, confirmed, now, silent()).await
}

fn silent() -> backup::BackupReport {
    Arc::new(|_| {})
}

fn halted_by(data_dir: &Path) -> Option<(String, String)> {
    HaltSwitch::in_directory(data_dir).state().map(|halt| (halt.by, halt.reason))
}

async fn check_restored(data_dir: &Path, manifest: &Manifest) {
    let store = Store::open_read_only(data_dir).await.unwrap();
    let verified = verify(&store).await.unwrap();
    assert_eq!(verified.first_fault, None);
    assert_eq!(verified.rows, manifest.counts.lineage_rows);
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (counts.executions, counts.orders, counts.fills, counts.blobs),
        (
            manifest.counts.executions,
            manifest.counts.orders,
            manifest.counts.fills,
            manifest.counts.blobs
        )
    );
    let head = store.chain_head().await.unwrap();
    assert_eq!(head.map(|head| head.hash), manifest.chain_head);
    store.close().await;
}

/// Five strategies trade through seven weeks while one backup after the other is made, by the engine
/// itself and by a process beside it in turn. Each is a state that the engine was in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_restores_to_records_that_hold_and_go_on() {
    let home = tempfile::tempdir().unwrap();
    let data_dir = home.path().join("data");
    let engine = open(&data_dir).await;
    let done = Arc::new(AtomicBool::new(false));
    let work = {
        let (engine, done) = (Arc::clone(&engine), Arc::clone(&done));
        tokio::spawn(async move {
            let to = parse_instant("2012-07-31T16:30:00-04:00").unwrap();
            let advanced = engine.advance_to(to, |_| {}).await;
            done.store(true, Ordering::SeqCst);
            advanced.unwrap();
        })
    };
    let mut files: Vec<PathBuf> = Vec::new();
    while !done.load(Ordering::SeqCst) {
        let file = home.path().join(format!("{}.throughline-backup", files.len()));
        let (now, report) = (SystemClock.wall_now(), silent());
        if files.len().is_multiple_of(2) {
            backup::create(engine.store(), &data_dir, &file, now, report).await.unwrap();
        } else {
            let beside = Store::open_read_only(&data_dir).await.unwrap();
            backup::create(&beside, &data_dir, &file, now, report).await.unwrap();
            beside.close().await;
        }
        files.push(file);
    }
    work.await.unwrap();
    let all = engine.store().counts().await.unwrap().executions;
    engine.close().await.unwrap();
    assert!(files.len() >= 4, "only {} backups were made in that time", files.len());

    let mut seen = Vec::new();
    for index in [0, 1, files.len() / 2, files.len() - 2, files.len() - 1] {
        let restored_dir = home.path().join(format!("restored-{index}"));
        let restored = restore(&files[index], &restored_dir, false).await.unwrap();
        assert_eq!(restored.set_aside, None, "there was nothing to set aside");
        check_restored(&restored_dir, &restored.manifest).await;
        let (by, reason) = halted_by(&restored_dir).unwrap();
        assert!(by == "restore" && reason.contains("was restored"), "{by}: {reason}");
        seen.push(restored.manifest.counts.executions);

        // It goes on from there, through the same engine, to records without a contradiction.
        fs::remove_file(restored_dir.join("HALT")).unwrap();
        let engine = open(&restored_dir).await;
        assert!(engine.require_session().await.is_ok());
        let to = parse_instant("2012-08-02T16:30:00-04:00").unwrap();
        engine.advance_to(to, |_| {}).await.unwrap();
        engine.close().await.unwrap();
        Audit::of(&restored_dir).await.check().await;
    }
    println!("{} backups, executions in five of them: {seen:?} of {all}", files.len());
    assert!(seen[1..].iter().any(|count| *count > 0 && *count < all), "none was made under load");
}

#[test]
fn a_backup_is_made_beside_a_running_engine_and_restored_when_it_has_ended() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    fs::write(terminal.data_dir().join("vault"), "sealed keys of models").unwrap();
    let file = terminal.data_dir().with_file_name("one.throughline-backup");
    let name = file.to_str().unwrap();
    let service = Service::start(terminal.data_dir(), "--paused");
    let made = terminal.json(&format!("backup {name} --json"));
    assert_eq!(made["bytes"], json!(fs::metadata(&file).unwrap().len()));
    terminal.refused(["backup", name], "is there already and was left as it is");
    terminal.refused(["restore", name, "--yes"], "is in use by another engine (process ");
    assert_eq!(service.end("-TERM").0, Some(0));

    let inspected = terminal.json(&format!("restore {name} --inspect --json"));
    assert_eq!(inspected["environment"], "sandbox");
    assert_eq!(inspected["executions"], 1);

    // The day after is lost by the restore, and kept aside.
    terminal.good("sandbox advance --to 2012-06-19T16:30:00-04:00");
    let before = content(terminal.data_dir());
    terminal.refused(["restore", name], "holds data, which a restore sets aside");
    assert_eq!(content(terminal.data_dir()), before, "a refused restore changed something");
    let outcome = terminal.json(&format!("restore {name} --yes --json"));
    assert_eq!(outcome["succeeded"], true, "{outcome}");
    let aside = fs::read_dir(terminal.data_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("before-restore-"))
        .unwrap();
    for part in ["throughline.db", "sandbox/journal.jsonl"] {
        let hash = blake3::hash(&fs::read(aside.join(part)).unwrap()).to_hex().to_string();
        assert_eq!(Some(&hash), before.get(&terminal.data_dir().join(part)), "{part}");
    }
    let kept = fs::read_to_string(terminal.data_dir().join("vault")).unwrap();
    assert_eq!(kept, "sealed keys of models", "keys stay with the computer");
    let packed = fs::read(&file).unwrap();
    let unpacked = zstd::stream::decode_all(packed.as_slice()).unwrap();
    let has = |text: &str| unpacked.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has("SQLite format 3") && !has("sealed keys of models"), "no secret is in it");

    assert!(halted_by(terminal.data_dir()).is_some());
    assert_eq!(terminal.json("lineage verify --json")["first_fault"], Value::Null);
    assert_eq!(terminal.json("lineage list --json").as_array().unwrap().len(), 1);
    terminal.good("resume");
    terminal.good("sandbox advance --to 2012-06-19T16:30:00-04:00");
    terminal.good("doctor");
}

#[test]
fn a_backup_that_cannot_be_used_is_refused_and_changes_nothing() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    let home = terminal.data_dir().parent().unwrap();
    let good = home.join("good.throughline-backup");
    terminal.good(&format!("backup {}", good.display()));
    let bytes = fs::read(&good).unwrap();
    let short = home.join("short.throughline-backup");
    fs::write(&short, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let changed = home.join("changed.throughline-backup");
    let mut other = bytes;
    let middle = other.len() / 2;
    other[middle] ^= 1;
    fs::write(&changed, other).unwrap();
    let text = home.join("text.throughline-backup");
    fs::write(&text, "a text").unwrap();
    let before = content(terminal.data_dir());
    for (file, words) in [
        (&short, "is damaged"),
        (&changed, "is damaged"),
        (&text, "is no backup of Throughline"),
        (&home.join("none"), "there is no backup"),
        (&home.to_path_buf(), "it is no file"),
    ] {
        terminal.refused([Path::new("restore"), file, Path::new("--yes")], words);
    }
    let paper = [
        Path::new("--environment"),
        Path::new("paper"),
        Path::new("restore"),
        &good,
        Path::new("--yes"),
    ];
    terminal.refused(paper, "is a backup of sandbox, and this data directory is for paper");
    assert_eq!(content(terminal.data_dir()), before);
    let nowhere = home.join("no such directory").join("x.throughline-backup");
    terminal.refused([Path::new("backup"), &nowhere], "could not be used");
    assert!(halted_by(terminal.data_dir()).is_none(), "a refused restore halts nothing");
}

/// A database whose chain was cut into is no backup to make, and none to restore.
#[tokio::test]
async fn records_that_do_not_hold_are_neither_backed_up_nor_restored() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    let database = terminal.data_dir().join("throughline.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for statement in [
        "DROP TRIGGER workflow_lineage_is_not_updated",
        "UPDATE workflow_lineage SET duration_us = duration_us + 1 WHERE sequence = 5",
    ] {
        if let Err(error) = sqlx::query(statement).execute(&mut connection).await {
            panic!("{statement}: {error}");
        }
    }
    sqlx::Connection::close(connection).await.unwrap();
    let file = terminal.data_dir().with_file_name("x.throughline-backup");
    terminal
        .refused([Path::new("backup"), &file], "the chain of hashes of the records does not hold");
    assert!(!file.exists());
    let left: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "work was left behind: {left:?}");
}

async fn ask(engine: &Arc<Engine>, command: &str, request: Value) -> Result<Value, String> {
    dispatch(engine, command, request).await.map_err(|error| error.message)
}

async fn backed_up(engine: &Arc<Engine>) -> Value {
    ask(engine, "backup_create", json!({})).await.unwrap();
    for _ in 0..600 {
        let found = ask(engine, "backups_get", json!({})).await.unwrap();
        if found["under_way"].is_null() {
            return found;
        }
        SystemClock.sleep(jiff::SignedDuration::from_millis(100)).await;
    }
    panic!("no end of the backup");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_window_backs_up_now_and_restores_at_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let data_dir = home.path().join("data");
    let engine = open(&data_dir).await;
    assert_eq!(ask(&engine, "backups_get", json!({})).await.unwrap()["last"], Value::Null);
    let found = backed_up(&engine).await;
    assert_eq!(found["failure"], Value::Null);
    let name = found["files"][0]["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("throughline-sandbox-"), "{name}");
    assert!(found["last"]["file"].as_str().unwrap().ends_with(&name));
    let manifest = ask(&engine, "backup_inspect", json!({ "name": name })).await.unwrap();
    assert_eq!(manifest["executions"], 0);

    let to = parse_instant("2012-06-18T16:30:00-04:00").unwrap();
    engine.advance_to(to, |_| {}).await.unwrap();
    let prepare = |typed: &str, name: &str| {
        let request = json!({ "name": name, "typed": typed });
        let engine = Arc::clone(&engine);
        async move { ask(&engine, "restore_prepare", request).await }
    };
    assert!(prepare("restore", &name).await.unwrap_err().contains("is not the word RESTORE"));
    assert!(prepare("RESTORE", "../x").await.unwrap_err().contains("there is no backup"));
    prepare("RESTORE", &name).await.unwrap();
    let withdrawn = ask(&engine, "restore_withdraw", json!({})).await.unwrap();
    assert_eq!(withdrawn["restore"], Value::Null);
    let asked = prepare("RESTORE", &name).await.unwrap();
    assert!(asked["restore"]["file"].as_str().unwrap().ends_with(&name));
    engine.close().await.unwrap();
    drop(engine);

    let engine = open(&data_dir).await;
    let found = ask(&engine, "backups_get", json!({})).await.unwrap();
    assert_eq!(found["restored"]["succeeded"], true, "{found}");
    assert_eq!(found["restore"], Value::Null, "once is enough");
    assert_eq!(engine.store().counts().await.unwrap().executions, 0);
    let status = ask(&engine, "status_get", json!({})).await.unwrap();
    assert_eq!(status["halt"]["by"], "restore");

    // One that has gone bad in between leaves everything as it was, and the start goes on.
    prepare_again(&engine, &name).await;
    engine.close().await.unwrap();
    drop(engine);
    fs::write(backup::backups_directory(&data_dir).join(&name), "gone bad").unwrap();
    let engine = open(&data_dir).await;
    let found = ask(&engine, "backups_get", json!({})).await.unwrap();
    assert_eq!(found["restored"]["succeeded"], false, "{found}");
    let sentence = found["restored"]["sentence"].as_str().unwrap();
    assert!(sentence.contains("nothing was changed"), "{sentence}");
    assert_eq!(found["restore"], Value::Null);
    engine.close().await.unwrap();
}

async fn prepare_again(engine: &Arc<Engine>, name: &str) {
    ask(engine, "restore_prepare", json!({ "name": name, "typed": "RESTORE" })).await.unwrap();
}

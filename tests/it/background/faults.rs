//! What the machine can do to the engine: each ends in a sentence, and nothing is lost.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sqlx::{ConnectOptions as _, Connection as _};
use throughline::api::{ErrorCode, dispatch};
use throughline::app::{Engine, EngineOptions};
use throughline::domain::records::{Outcome, StepName};
use throughline::lineage::verify;
use throughline::store::ExecutionStatus;

use super::serve::Service;
use crate::runs::audit::Audit;
use crate::runs::terminal::{Terminal, assert_refused, command, content, everything_said};
use crate::store::disks::Mount;

async fn open(data_dir: &Path) -> Arc<Engine> {
    let options = EngineOptions { data_dir: data_dir.to_path_buf(), ..EngineOptions::default() };
    Engine::open(options).await.unwrap()
}

/// Every command that would begin an engine, refused with the same words, and with nothing changed.
fn every_way_is_refused(data_dir: &Path, words: &str) {
    let before = content(data_dir);
    for arguments in
        ["run sample", "serve", "sandbox advance --to 2012-06-19T16:30:00-04:00", "pause sample"]
    {
        let output = command(data_dir).args(arguments.split(' ')).output().unwrap();
        assert_refused(&output, words);
    }
    assert_eq!(content(data_dir), before, "a refused command changed something");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_a_sentence_and_left_alone() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    let path = terminal.data_dir().join("throughline.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = options.connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, \
                 checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    every_way_is_refused(terminal.data_dir(), "is from a newer version of this program");
    terminal.refused(["portfolio"], "is from a newer version of this program");
    let options =
        EngineOptions { data_dir: terminal.data_dir().to_path_buf(), ..EngineOptions::default() };
    let refused = Engine::open(options).await.err().unwrap();
    assert!(refused.message.contains("update the program"), "{refused}");
}

#[test]
fn a_second_instance_is_a_sentence_and_the_first_goes_on() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    let service = Service::start(terminal.data_dir(), "--paused");
    for words in ["serve", "sandbox advance --to 2012-06-19T16:30:00-04:00", "reconcile"] {
        terminal.refused(words.split(' '), "is in use by another engine (process ");
    }
    assert_eq!(terminal.json("lineage list --json").as_array().unwrap().len(), 1);
    assert_eq!(service.end("-TERM").0, Some(0));
}

#[test]
fn a_read_only_directory_is_a_sentence_and_can_be_read() {
    let Some(mount) = Mount::new("16m") else { return };
    let data_dir = mount.path().join("data");
    let good = |words: &str| {
        let output = command(&data_dir).args(words.split(' ')).output().unwrap();
        assert!(output.status.success(), "{}", everything_said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    good("run sample");
    mount.make_read_only();
    every_way_is_refused(&data_dir, "is read-only");
    let read: Value = serde_json::from_str(&good("lineage list --json")).unwrap();
    assert_eq!(read.as_array().unwrap().len(), 1);
    let verified: Value = serde_json::from_str(&good("lineage verify --json")).unwrap();
    assert_eq!(verified["first_fault"], Value::Null);
}

#[test]
fn a_full_disk_at_the_start_is_a_sentence() {
    let Some(mount) = Mount::new("16m") else { return };
    let data_dir = mount.path().join("data");
    mount.fill();
    let output = command(&data_dir).args(["run", "sample"]).output().unwrap();
    assert_refused(&output, "is full");
}

/// Before the disk is full, entries are closed, and the room that is left is for everything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_little_room_entries_are_closed_and_exits_go_on() {
    let Some(mount) = Mount::new("120m") else { return };
    let data_dir = mount.path().join("data");
    let engine = open(&data_dir).await;
    let run = async || {
        let begun = engine.begin_run("sample", None, None, None).await.unwrap();
        let id = begun[0].id.clone();
        engine.finish_run(begun, |_| {}).await.unwrap();
        engine.store().execution(&id).await.unwrap().unwrap()
    };
    let ballast = mount.path().join("ballast");
    fs::write(&ballast, vec![1; 80_000_000]).unwrap();
    let refused = run().await;
    assert_eq!(refused.outcome, Some(Outcome::Refused), "{refused:?}");
    let words = "MB are free on the disk of the data directory";
    assert!(refused.sentence.as_deref().unwrap_or_default().contains(words), "{refused:?}");
    let connection = dispatch(&engine, "connection_get", Value::Null).await.unwrap();
    assert!(connection["closures"].to_string().contains(words), "{connection}");

    // With room again the same strategy buys; the entry fills at the next opening.
    fs::remove_file(&ballast).unwrap();
    let bought = run().await;
    assert_eq!(bought.outcome, Some(Outcome::Bought), "{bought:?}");
    fs::write(&ballast, vec![1; 80_000_000]).unwrap();

    // Everything that closes a position goes on and is written down.
    let report = engine.flatten("DU1000001", "test").await.unwrap();
    assert!(report.closing_orders > 0, "{report:?}");
    let to = throughline::app::parse_instant("2012-06-20T16:30:00-04:00").unwrap();
    engine.advance_to(to, |_| {}).await.unwrap();
    assert_eq!(engine.store().counts().await.unwrap().positions, 0, "the position is closed");

    fs::remove_file(&ballast).unwrap();
    engine.resume().unwrap();
    run().await;
    let connection = dispatch(&engine, "connection_get", Value::Null).await.unwrap();
    assert!(!connection["closures"].to_string().contains("MB are free"), "{connection}");
    engine.close().await.unwrap();
    Audit::of(&data_dir).await.check().await;
}

/// A disk that fills up to the last byte in the middle of the work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_sent_unrecorded_and_the_next_start_goes_on() {
    let Some(mount) = Mount::new("120m") else { return };
    let data_dir = mount.path().join("data");
    let engine = open(&data_dir).await;
    let before = engine.store().counts().await.unwrap();
    let journal = data_dir.join("sandbox/journal.jsonl");
    let begun = engine.begin_run("sample", None, None, None).await.unwrap();
    let interrupted = begun[0].id.clone();
    // It was written down that it begins; then the disk is full.
    let ballast = mount.fill();
    let run = engine.finish_run(begun, |_| {}).await;
    let error = run.err().map(|error| (error.code, error.message));
    if let Some((code, message)) = &error {
        assert_eq!(*code, ErrorCode::Storage, "{message}");
        assert!(message.contains("is full"), "{message}");
    }
    assert_eq!(fs::metadata(&journal).map_or(0, |found| found.len()), 0, "an order was sent");
    let refused = engine.begin_run("sample", None, None, None).await.unwrap_err();
    assert!(refused.message.contains("is full"), "{refused}");
    let health = dispatch(&engine, "health_get", Value::Null).await.unwrap();
    assert!(health["lights"].to_string().contains("unwell"), "{health}");
    let closed = engine.close().await;
    assert!(closed.is_err(), "what is queued cannot have been written");
    drop(engine);

    fs::remove_file(ballast).unwrap();
    let engine = open(&data_dir).await;
    let after = engine.store().counts().await.unwrap();
    assert_eq!(after.executions, before.executions + 1);
    let to = throughline::app::parse_instant("2012-06-18T16:30:00-04:00").unwrap();
    engine.advance_to(to, |_| {}).await.unwrap();
    let execution = engine.store().execution(&interrupted).await.unwrap().unwrap();
    assert_eq!(execution.status, ExecutionStatus::Completed, "{execution:?}");
    let steps = engine.store().lineage_of(&interrupted).await.unwrap();
    assert!(steps.iter().any(|step| step.row.step == StepName::Complete), "{execution:?}");
    assert_eq!(verify(engine.store()).await.unwrap().first_fault, None);
    engine.close().await.unwrap();
    Audit::of(&data_dir).await.check().await;
}

#[test]
fn a_full_disk_makes_no_backup_and_says_so() {
    let Some(mount) = Mount::new("16m") else { return };
    let terminal = Terminal::new();
    terminal.good("run sample");
    let ballast = mount.fill();
    let file = mount.path().join("x.throughline-backup");
    let output = terminal.run([Path::new("backup"), &file]);
    assert_refused(&output, "is full");
    let left: Vec<_> =
        fs::read_dir(mount.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [ballast], "half a backup was left");
}

#[test]
fn a_restore_without_room_is_a_sentence_and_changes_nothing() {
    let Some(mount) = Mount::new("32m") else { return };
    let terminal = Terminal::new();
    terminal.good("run sample");
    let file = terminal.data_dir().with_file_name("x.throughline-backup");
    terminal.good(&format!("backup {}", file.display()));
    let data_dir = mount.path().join("data");
    let output = command(&data_dir).arg("restore").arg(&file).output().unwrap();
    assert_refused(&output, "there is no room to unpack");
    let left: Vec<_> = fs::read_dir(&data_dir).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["engine.lock"]);
}

/// Without a bus there is no keychain. The engine starts, says what it cannot do, and works.
#[test]
fn a_missing_keychain_is_a_sentence_and_the_engine_works() {
    let terminal = Terminal::new();
    let without = |words: &[&str], key: Option<&str>| {
        let mut command = command(terminal.data_dir());
        command.args(words).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        command.env_remove("THROUGHLINE_PASSPHRASE").env("KEEP_TEST_KEY", "sk-test-key");
        key.map(|passphrase| command.env("THROUGHLINE_PASSPHRASE", passphrase));
        command.output().unwrap()
    };
    let add = [
        "model",
        "add",
        "main",
        "--kind",
        "openai",
        "--model",
        "gpt-5",
        "--key-env",
        "KEEP_TEST_KEY",
        "--input-price",
        "1",
        "--output-price",
        "1",
    ];
    let output = without(&add, None);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{}", everything_said(&output));
    assert!(said.contains("THROUGHLINE_PASSPHRASE") || said.contains("passphrase"), "{said}");
    let output = without(&add, Some("a passphrase of some length"));
    assert!(output.status.success(), "{}", everything_said(&output));
    let output = without(&["run", "sample"], None);
    assert!(output.status.success(), "{}", everything_said(&output));

    let environment = [
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
        ("THROUGHLINE_PASSPHRASE", ""),
    ];
    let service = Service::start_with(terminal.data_dir(), "--paused", &environment);
    let warned = |line: &&Value| line["message"] == "keys of models cannot be read";
    let warning = service.earlier.iter().find(warned).cloned().expect("a warning of the vault");
    assert!(warning["hint"].to_string().contains("THROUGHLINE_PASSPHRASE"), "{warning}");
    assert_eq!(service.end("-TERM").0, Some(0));
}

//! Evidence as a person gives it away and another one checks it.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::runs::replay::plant;
use crate::runs::terminal::{Terminal, command, everything_said};

/// On a computer without a keychain, the key of the installation is in a vault with a passphrase.
fn with_passphrase(data_dir: &Path, words: &str) -> Output {
    command(data_dir)
        .env("THROUGHLINE_PASSPHRASE", "a passphrase of a test")
        // No Secret Service is spoken to, whatever the computer has.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .args(words.split_whitespace())
        .output()
        .unwrap()
}

fn json(data_dir: &Path, words: &str) -> Value {
    let output = with_passphrase(data_dir, words);
    assert!(output.status.success(), "{words}: {}", everything_said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn c6_2_a_bundle_is_exported_and_verified_where_there_is_no_data() {
    let terminal = Terminal::new();
    let data_dir = terminal.data_dir();
    let run = json(data_dir, "run sample --at 2012-06-15T16:00:00-04:00 --json");
    let id = run["execution"]["id"].as_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("evidence.zip");
    let (shown, nowhere) = (file.display(), elsewhere.path().join("nothing"));
    let words = format!("evidence export --execution {id} --out {shown} --json");
    let exported = json(data_dir, &words);
    assert_eq!(
        exported["rows_with_content"].as_u64(),
        Some(run["steps"].as_array().unwrap().len() as u64)
    );
    let fingerprint = exported["fingerprint"].as_str().unwrap();
    assert_eq!(json(data_dir, "evidence key --json")["fingerprint"], fingerprint);
    let again = with_passphrase(data_dir, &words);
    assert_eq!(again.status.code(), Some(2), "a file that is there is not written over");

    let verified = json(&nowhere, &format!("evidence verify {shown} --key {fingerprint} --json"));
    assert_eq!(verified["holds"], true, "{verified}");
    assert_eq!(verified["subject"], format!("execution {id}"));
    assert!(!nowhere.exists(), "a verification makes no data directory");
    let other = "0".repeat(64);
    let by_other = with_passphrase(&nowhere, &format!("evidence verify {shown} --key {other}"));
    assert_eq!(by_other.status.code(), Some(1), "{}", everything_said(&by_other));

    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let changed = with_passphrase(&nowhere, &format!("evidence verify {shown}"));
    assert_eq!(changed.status.code(), Some(1), "{}", everything_said(&changed));
    assert!(String::from_utf8_lossy(&changed.stdout).contains("does not hold: "));

    let day = elsewhere.path().join("day.zip");
    let words = format!("evidence export --day 2012-06-15 --out {} --json", day.display());
    assert_eq!(json(data_dir, &words)["rows_with_content"], exported["rows_with_content"]);
    let orders = json(data_dir, "orders --json");
    if let Some(order) = orders.as_array().unwrap().first() {
        let order = order["client_order_id"].as_str().unwrap();
        let file = elsewhere.path().join("order.zip");
        let words = format!("evidence export --order {order} --out {} --json", file.display());
        json(data_dir, &words);
        json(&nowhere, &format!("evidence verify {} --json", file.display()));
    }
    terminal.refused(["evidence", "export", "--out", "x"], "");
    let missing = ["evidence", "export", "--execution", "nobody", "--out", "x"];
    let output = command(data_dir)
        .env("THROUGHLINE_PASSPHRASE", "a passphrase of a test")
        .args(missing)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", everything_said(&output));
}

#[tokio::test]
async fn each_day_is_anchored_and_a_cut_end_of_the_chain_is_found() {
    let terminal = Terminal::new();
    terminal.good("run sample --at 2012-06-13T16:00:00-04:00");
    terminal.good("sandbox advance --to 2012-06-18T16:30:00-04:00");
    let verified = terminal.json("lineage verify --json");
    assert_eq!(verified["intact"], true, "{verified}");
    let anchors = &verified["anchors"];
    // The days with records: a Wednesday to a Friday. On the weekend nothing is recorded.
    assert_eq!(anchors["last_day"], "2012-06-15", "{anchors}");
    assert_eq!(anchors["count"], 3, "{anchors}");
    // No vault was opened, so that no key was asked for.
    assert_eq!(anchors["signed"], 0, "{anchors}");

    let sql = "DELETE FROM workflow_lineage WHERE sequence > 3";
    plant(terminal.data_dir(), sql).await;
    let output = terminal.run(["lineage", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fault = verified["first_fault"].as_str().unwrap();
    assert!(fault.contains("is not in the database any more"), "{fault}");
}

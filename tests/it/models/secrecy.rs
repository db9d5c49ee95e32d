//! Point 6 of the issue: a key goes through everything, and its bytes are found nowhere.

use std::path::Path;
use std::process::Output;

use base64::Engine as _;
use serde_json::json;
use throughline::domain::ModelKind;

use super::script::{Ending, KEY, failure, stream};
use super::server::{Answer, Server};

const PASSPHRASE: &str = "a passphrase that nobody else has";

/// The binary with its log at its fullest, on a computer without a keychain.
async fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_throughline"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .args(arguments)
        .env("THROUGHLINE_PASSPHRASE", PASSPHRASE)
        .env("THROUGHLINE_LOG", "trace")
        .env("A_PROVIDERS_KEY", KEY)
        // No Secret Service is to be found, so that nothing is written into that of a person.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    command.output().await.unwrap()
}

/// The key as it might be written: plain, as base64, as hexadecimal digits, as a list of numbers.
fn disguises(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.concat();
    let numbers: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    vec![
        ("plain", secret.as_bytes().to_vec()),
        ("base64", base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret).into_bytes()),
        ("hexadecimal", hex.into_bytes()),
        ("numbers", numbers.join(", ").into_bytes()),
    ]
}

fn assert_absent(place: &str, bytes: &[u8], secret: &str) {
    for (disguise, pattern) in disguises(secret) {
        let found = bytes.windows(pattern.len()).any(|window| window == pattern);
        assert!(!found, "a secret stands in {place}, {disguise}");
    }
}

fn assert_nowhere(data_dir: &Path, outputs: &[Output]) {
    let mut files = 0;
    for secret in [KEY, PASSPHRASE] {
        for entry in walkdir::WalkDir::new(data_dir) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                files += 1;
                let bytes = std::fs::read(entry.path()).unwrap();
                assert_absent(&entry.path().display().to_string(), &bytes, secret);
            }
        }
        for (number, output) in outputs.iter().enumerate() {
            assert_absent(&format!("standard output {number}"), &output.stdout, secret);
            assert_absent(&format!("standard error {number}"), &output.stderr, secret);
        }
    }
    assert!(files >= 4, "only {files} files were searched");
}

#[tokio::test]
async fn the_bytes_of_a_key_are_found_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    for kind in [ModelKind::Openai, ModelKind::Anthropic, ModelKind::Google] {
        let name = kind.as_str();
        // A provider that repeats the key in its refusal, in a header, and as the name of its model.
        let echo = failure(kind, 401, "authentication_error", &format!("no such key: {KEY}!"));
        let echo = Answer::status(401, echo).header("x-echo", KEY);
        let reply = stream(kind, &["{\"colour\": \"red\"}"], Ending::Finished);
        let reply = String::from_utf8(reply).unwrap().replace("answering-model", KEY);
        let server = Server::start(vec![Answer::events(reply), echo]).await;
        let url = format!("{}/v1", server.url);
        let mut outputs = Vec::new();
        let add = [
            "model",
            "add",
            name,
            "--kind",
            name,
            "--model",
            "m",
            "--url",
            &url,
            "--key-env",
            "A_PROVIDERS_KEY",
            "--input-price",
            "1",
            "--output-price",
            "2",
            "--json",
        ];
        outputs.push(run(&data_dir, &add).await);
        outputs.push(run(&data_dir, &["model", "test", name, "--json"]).await);
        outputs.push(run(&data_dir, &["model", "test", name]).await);
        outputs.push(run(&data_dir, &["model", "list"]).await);
        outputs.push(run(&data_dir, &["model", "list", "--json"]).await);
        let codes: Vec<_> = outputs.iter().map(|output| output.status.code()).collect();
        let said = String::from_utf8_lossy(&outputs[0].stderr).into_owned();
        assert_eq!(codes, [Some(0), Some(0), Some(1), Some(0), Some(0)], "{name}: {said}");

        let seen = server.seen();
        assert_eq!(seen.len(), 2);
        let sent = seen.iter().all(|seen| seen.headers.values().any(|it| it.contains(KEY)));
        assert!(sent, "the key did reach the provider");
        let refused = String::from_utf8_lossy(&outputs[2].stdout).into_owned();
        assert!(refused.contains("no such key: [key]!"), "{refused}");
        assert!(outputs[1].stderr.len() > 1_000, "the log was not at its fullest");
        assert_nowhere(&data_dir, &outputs);
    }
}

#[tokio::test]
async fn the_terminal_says_what_is_wrong_with_a_model() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let kind = ["--kind", "openai-compatible", "--model", "m"];
    for (arguments, words) in [
        (&["--url", "http://example.com/v1"][..], "plain http goes to this computer only"),
        (&[], "needs its address"),
        (&["--url", "https://host/v1", "--key-env", "NO_SUCH_VARIABLE_HERE"], "holds no key"),
        (&["--url", "https://host/v1", "--temperature", "7"], "must lie between 0 and 2"),
    ] {
        let output = run(&data_dir, &[&["model", "add", "x"], &kind[..], arguments].concat()).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{words}: {said}");
    }
    let add = ["model", "add", "local", "--kind", "ollama", "--model", "qwen2.5vl:7b", "--json"];
    let output = run(&data_dir, &add).await;
    let added: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(added["url"], "http://127.0.0.1:11434/v1");
    assert_eq!(added["price"]["input_per_million"], "0", "a model on this computer bills nobody");
    assert_eq!(added["needs_key"], json!(false));
    let output = run(&data_dir, &["model", "remove", "local"]).await;
    assert_eq!(output.status.code(), Some(0));
    let output = run(&data_dir, &["model", "remove", "local"]).await;
    assert_eq!(output.status.code(), Some(2), "there is no such model any more");
}

//! Commands of the terminal while an engine runs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use super::serve::Service;
use crate::runs::terminal::Terminal;

/// What the engine answers to whatever is said to it.
fn said(data_dir: &Path, bytes: &[u8]) -> Value {
    let mut stream = UnixStream::connect(data_dir.join("engine.socket")).unwrap();
    // The engine may answer, and hang up, before it has heard all.
    let _ = stream.write_all(bytes);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    serde_json::from_str(&answer).unwrap_or(Value::Null)
}

#[test]
fn a_running_engine_does_what_the_terminal_asks() {
    let terminal = Terminal::new();
    let service = Service::start(terminal.data_dir(), "--paused");
    let active = |id: &str| {
        let listed = terminal.json("strategy list --json");
        let found = listed.as_array().unwrap().iter().find(|each| each["id"] == id).cloned();
        found.map(|strategy| strategy["active"] == true)
    };
    assert_eq!(active("sample"), Some(true));
    assert!(terminal.good("pause sample").contains("sample is paused."));
    assert_eq!(active("sample"), Some(false));
    let paused = terminal.good("pause");
    assert!(paused.lines().count() > 1 && !paused.contains("sample is paused"), "{paused}");
    assert_eq!(terminal.good("pause"), "No schedule is on.\n");
    assert!(terminal.good("resume --all").contains("sample goes on."));
    assert_eq!(active("sample"), Some(true));

    let file = terminal.data_dir().with_file_name("mine.toml");
    terminal.good(&format!("strategy export sample {}", file.display()));
    let created = terminal.json(&format!("strategy create {} --json", file.display()));
    assert_eq!((&created["id"], &created["version"]), (&json!("mine"), &json!(1)));
    assert_eq!(active("mine"), Some(false));
    fs::write(&file, "no strategy").unwrap();
    let refused = terminal.run([Path::new("strategy"), Path::new("create"), &file]);
    assert_eq!(refused.status.code(), Some(2), "the engine's own refusal comes back");

    terminal.refused(["run", "nobody"], "there is no strategy \"nobody\"");
    let document = terminal.json("run sample --json");
    assert_eq!(document["execution"]["strategy_id"], "sample");
    assert!(document["steps"].as_array().unwrap().len() >= 8, "{document}");
    // What needs the directory for itself is refused as before.
    terminal
        .refused(["run", "sample", "--at", "2012-06-18T16:00:00-04:00"], "is in use by another");
    assert_eq!(service.end("-TERM").0, Some(0));
    assert!(!terminal.data_dir().join("engine.socket").exists(), "the socket stayed");
    assert_eq!(terminal.json("lineage verify --json")["first_fault"], Value::Null);
}

#[test]
fn what_is_hostile_on_the_socket_is_answered_in_a_sentence() {
    let terminal = Terminal::new();
    let service = Service::start(terminal.data_dir(), "--paused");
    let data_dir = terminal.data_dir();
    // The engine begins to listen a moment after it says that it serves.
    for _ in 0..200 {
        if data_dir.join("engine.socket").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let mode = fs::metadata(data_dir.join("engine.socket")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let failed = |bytes: &[u8]| {
        let answer = said(data_dir, bytes);
        answer["failed"]["message"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    for bytes in [&b"\n"[..], b"{}\n", b"[]\n", b"not JSON\n", b"\xff\xfe\n", b"{\"command\":1}\n"]
    {
        assert!(failed(bytes).contains("is one line of JSON"), "{bytes:?}");
    }
    let line = |command: &str, request: Value| {
        format!("{}\n", json!({ "command": command, "request": request })).into_bytes()
    };
    assert!(failed(&line("no_such", json!({}))).contains("there is no command \"no_such\""));
    let words = json!({ "passphrase": "a passphrase of mine" });
    for (command, request) in [("vault_open", words), ("model_key_set", json!({}))] {
        let message = failed(&line(command, request));
        assert!(message.contains("it touches a secret"), "{message}");
        assert!(!message.contains("a passphrase of mine"), "{message}");
    }
    // Far too long: it is cut off, and the engine goes on.
    let mut long = vec![b' '; 3 * 1024 * 1024];
    long.push(b'\n');
    let _ = said(data_dir, &long);
    assert_eq!(said(data_dir, &line("status_get", json!({})))["done"]["environment"], "sandbox");
    assert_eq!(service.end("-TERM").0, Some(0));
}

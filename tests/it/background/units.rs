//! The units that are shipped, read by what reads them on each system as far as it is here.

use std::fs;
use std::process::Command;

use crate::tidy::repository;

fn shipped(path: &str) -> String {
    fs::read_to_string(repository().join("packaging").join(path)).unwrap()
}

/// `systemd-analyze verify` knows every setting and says which it does not.
#[test]
fn systemd_understands_the_unit() {
    let unit = shipped("systemd/throughline.service");
    assert!(unit.contains("Type=notify") && unit.contains("NoNewPrivileges=yes"));
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("NOT RUN: systemd-analyze is not on this machine");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_throughline");
    let verified = |unit: &str| {
        let path = directory.path().join("throughline.service");
        fs::write(&path, unit).unwrap();
        let output = Command::new("systemd-analyze")
            .args(["--user", "verify"])
            .arg(&path)
            .env("XDG_RUNTIME_DIR", directory.path())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let unit = unit.replace("/usr/bin/throughline", binary);
    let (is_good, said) = verified(&unit);
    assert!(is_good && !said.contains("throughline.service"), "{said}");
    // The check can fail: a setting that is none is named.
    let (_, said) = verified(&unit.replace("ProtectSystem=strict", "ProtectSistem=strict"));
    assert!(said.contains("ProtectSistem"), "{said}");
}

/// What `serve` is told there is what it takes.
#[test]
fn the_commands_of_all_units_are_understood() {
    let words = ["serve", "--health", "127.0.0.1:8377"];
    let line = words.join(" ");
    assert!(shipped("systemd/throughline.service").contains(&format!("throughline {line}\n")));
    assert!(shipped("launchd/app.throughline.engine.plist").contains(&line));
    assert!(shipped("windows/throughline-task.xml").contains(&format!("<Arguments>{line}<")));
    // clap reads all of the words before it finds that help is wanted.
    let help =
        Command::new(env!("CARGO_BIN_EXE_throughline")).args(words).arg("--help").output().unwrap();
    assert!(help.status.success(), "{}", String::from_utf8_lossy(&help.stderr));
}

#[test]
fn launchd_reads_the_agent() {
    let text = shipped("launchd/app.throughline.engine.plist");
    let agent = plist::Value::from_reader_xml(text.as_bytes()).unwrap();
    let agent = agent.as_dictionary().unwrap();
    assert_eq!(agent["Label"].as_string(), Some("app.throughline.engine"));
    let arguments = agent["ProgramArguments"].as_array().unwrap();
    assert_eq!(arguments.len(), 3);
    let command = arguments[2].as_string().unwrap();
    assert!(command.starts_with("exec /usr/local/bin/throughline serve "), "{command}");
    assert!(command.ends_with("2>>\"$HOME/Library/Logs/Throughline.log\""), "{command}");
    let keep = agent["KeepAlive"].as_dictionary().unwrap();
    assert_eq!(keep["SuccessfulExit"].as_boolean(), Some(false));
    assert_eq!(agent["Umask"].as_unsigned_integer(), Some(0o077));
}

#[test]
fn the_task_of_windows_is_well_formed() {
    let text = shipped("windows/throughline-task.xml");
    assert!(text.is_ascii(), "it has no encoding of its own to say otherwise");
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut open = Vec::new();
    let mut seen = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                let name = AsRef::<str>::as_ref(&tag.name()).to_owned();
                seen.push(name.clone());
                open.push(name);
            }
            quick_xml::events::Event::End(tag) => {
                let name = open.pop().unwrap();
                assert_eq!(name, AsRef::<str>::as_ref(&tag.name()));
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} stand open");
    for needed in ["LogonTrigger", "RestartOnFailure", "ExecutionTimeLimit", "Exec"] {
        assert!(seen.iter().any(|name| name == needed), "{needed} is missing");
    }
    // Without this a task is ended after three days.
    assert!(text.contains("<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>"));
}

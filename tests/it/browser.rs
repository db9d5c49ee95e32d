//! The web interface over HTTP in a real Chromium. `cargo xtask test` runs it where it has put a
//! browser and has built the interface, and says so by `THROUGHLINE_TEST_BROWSER=1`.

use std::path::PathBuf;
use std::process::Command;

use crate::api::served::Served;

/// Set by whoever has prepared a browser and the interface.
const PREPARED: &str = "THROUGHLINE_TEST_BROWSER";

/// What Chromium is called on the systems that have it.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn browser() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|program| program.is_file())
        .expect("the one who says that a browser is there has put one on the PATH")
}

#[test]
fn c6_6_the_interface_works_in_a_browser_and_another_page_gets_nothing() {
    if std::env::var_os(PREPARED).is_none_or(|value| value != "1") {
        eprintln!("NOT RUN: the browser test needs {PREPARED}=1, as `cargo xtask test` sets it.");
        return;
    }
    let ui = crate::tidy::repository().join("ui");
    let served = Served::new(&format!("--allow trade --ui {}", ui.join("dist").display()));
    let mut command = Command::new("node");
    command.current_dir(&ui).arg("journeys/served.mjs").arg(&served.url).arg(browser());
    if let Some(pictures) = std::env::var_os("THROUGHLINE_PICTURES") {
        command.arg(pictures);
    }
    let output = command.env("THROUGHLINE_TOKEN", &served.token).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.lines().any(|line| line == "ok everything"), "{said}\n{errors}");
    served.end();
}

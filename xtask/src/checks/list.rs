//! The checks that need no display.
//!
//! The user interface is built before anything that compiles `src-tauri`, which embeds it. All
//! builds name the whole workspace and all targets, so that every dependency has one set of
//! features and is compiled once.

use std::process::Command;

use super::{Check, tools};
use crate::error::XtaskError;
use crate::{process, ui, workspace};

pub(super) const CHECKS: &[Check] = &[
    Check { name: "Rust: format", work: || cargo(&["fmt", "--all", "--check"]) },
    Check { name: "Rust: licences, bans and sources of dependencies", work: deny },
    Check { name: "UI: packages", work: ui::install },
    Check { name: "UI: types", work: || npm("typecheck") },
    Check { name: "UI: lints", work: || npm("lint") },
    Check { name: "UI: format", work: || npm("format:check") },
    Check { name: "UI: tests", work: || npm("test") },
    Check { name: "UI: build", work: || npm("build") },
    Check { name: "Rust: lints", work: clippy },
    Check { name: "Rust: documentation", work: documentation },
    Check { name: "Rust: build", work: build },
    Check { name: "Rust: unit, integration and documentation tests", work: tests },
];

/// A cargo command at the top of the repository.
pub(super) fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.current_dir(workspace::root()).args(arguments);
    command
}

pub(super) fn cargo(arguments: &[&str]) -> Result<(), XtaskError> {
    process::run(&mut cargo_command(arguments))
}

fn npm(script: &str) -> Result<(), XtaskError> {
    process::run(&mut ui::npm(&["run", script]))
}

/// Advisories are not checked here: their database changes without a commit, so that a check of
/// them would make a good commit fail on another day.
fn deny() -> Result<(), XtaskError> {
    // cargo-deny reads the crates of all systems, and a build fetches those of this one only.
    cargo(&["fetch", "--locked"])?;
    let mut command = Command::new(tools::cargo_deny()?);
    command.current_dir(workspace::root());
    command.args(["--workspace", "--offline", "check", "licenses", "bans", "sources"]);
    process::run(&mut command)
}

fn clippy() -> Result<(), XtaskError> {
    cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])
}

fn documentation() -> Result<(), XtaskError> {
    let mut command = cargo_command(&["doc", "--workspace", "--no-deps"]);
    process::run(command.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Builds what the tests use, and the window's binary, which `cargo test` by itself would not.
/// This program is left out: Windows cannot replace one that runs.
fn build() -> Result<(), XtaskError> {
    cargo(&["build", "--workspace", "--all-targets", "--exclude", "xtask"])
}

fn tests() -> Result<(), XtaskError> {
    let mut command = cargo_command(&["test", "--workspace"]);
    let name = process::shown(&command);
    process::run_tests(&mut command, &name)
}

//! The window of Throughline: it hosts the UI and passes its commands to the engine.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod failure;
mod host;

fn main() -> std::process::ExitCode {
    host::run()
}

//! The window and the tray of Throughline: they host the UI and pass its commands to the engine.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod desktop;
mod failure;
mod host;
mod notices;
mod tray;
mod windows;

fn main() -> std::process::ExitCode {
    host::run()
}

//! The terminal of Throughline.

mod account;
mod act;
mod arguments;
mod backup;
mod cards;
mod commands;
mod connection;
mod doctor;
mod evidence;
mod lineage;
mod model;
mod output;
mod place;
mod playground;
mod pnl;
mod prompt;
mod replay;
mod risk;
mod safety;
mod sandbox;
mod schedule;
mod serve;
mod signals;
mod strategy;
mod token;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    if matches!(arguments.command, arguments::Command::Serve(_)) {
        throughline::telemetry::start_for_service();
    } else {
        throughline::telemetry::start_for_terminal();
    }
    output::runtime().map_or_else(
        |error| output::fail(&error),
        |runtime| match runtime.block_on(commands::execute(arguments)) {
            Ok(code) => code,
            Err(error) => output::fail(&error),
        },
    )
}

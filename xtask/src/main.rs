//! The two commands of the README, `cargo xtask run` and `cargo xtask test`, and beside them
//! `cargo xtask package` and `cargo xtask measure`.

mod checks;
mod display;
mod error;
mod measure;
mod package;
mod process;
mod report;
mod run;
mod system;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, opens and tests Throughline.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is missing, build, and open the application on the sandbox.
    ///
    /// Without a display the sample strategy runs once in the terminal instead.
    Run(run::RunOptions),
    /// Install what the tests need and run all of them.
    Test(checks::TestOptions),
    /// Build optimised and make what people install.
    Package(package::PackageOptions),
    /// Build optimised and measure the whole application: start, memory, rest, size.
    Measure(measure::MeasureOptions),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Run(options) => run::run(&options),
        Task::Test(options) => checks::run(&options),
        Task::Package(options) => package::run(&options),
        Task::Measure(options) => measure::run(&options),
    };
    outcome.unwrap_or_else(|error| {
        report::failure(&error);
        ExitCode::FAILURE
    })
}

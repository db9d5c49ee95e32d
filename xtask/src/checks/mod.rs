//! `cargo xtask test`: every check, in an order in which each finds what it needs.

mod desktop;
mod list;
mod tools;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::error::XtaskError;
use crate::report::{self, Line, Timer, Verdict};
use crate::system::{self, Consent};

/// What `cargo xtask test` takes.
#[derive(Debug, Args)]
pub(crate) struct TestOptions {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
    /// Leave out the real window and the real keychain.
    #[arg(long)]
    no_window: bool,
    /// Go on after a check has failed.
    #[arg(long)]
    keep_going: bool,
}

/// One check: a name for the table, and what it does.
pub(crate) struct Check {
    name: &'static str,
    work: fn() -> Result<(), XtaskError>,
}

/// Prepares, runs the checks, and ends with a table and the totals.
pub(crate) fn run(options: &TestOptions) -> Result<ExitCode, XtaskError> {
    report::phase("Looking for what the tests need", || prepare(options))?;

    let with_window = !options.no_window && cfg!(target_os = "linux");
    if !options.no_window && !with_window {
        report::say("The window and the keychain are tested on Linux only.");
    }
    let mut lines = Vec::new();
    let mut stopped = false;
    for check in list::CHECKS {
        lines.push(if stopped { not_run(check) } else { perform(check) });
        stopped |= !options.keep_going && lines.last().is_some_and(Line::failed);
    }
    for check in desktop::CHECKS {
        lines.push(if stopped || !with_window { not_run(check) } else { perform(check) });
        stopped |= !options.keep_going && lines.last().is_some_and(Line::failed);
    }

    report::summary(&lines);
    let failed = lines.iter().any(Line::failed);
    if stopped {
        report::say("Stopped at the first failure; `--keep-going` runs the rest as well.");
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn prepare(options: &TestOptions) -> Result<(), XtaskError> {
    system::check_platform()?;
    let mut needs: Vec<_> = system::DESKTOP.iter().collect();
    if !options.no_window {
        needs.extend(system::TESTS);
    }
    system::ensure(&needs, Consent::of_this_process(options.yes))?;
    tools::check_rust_components()?;
    tools::cargo_deny()?;
    if !options.no_window && cfg!(target_os = "linux") {
        tools::tauri_driver()?;
    }
    Ok(())
}

fn perform(check: &Check) -> Line {
    let timer = Timer::start();
    let verdict = match report::phase(check.name, check.work) {
        Ok(()) => Verdict::Passed,
        Err(error) => {
            report::failure(&error);
            Verdict::Failed
        }
    };
    Line { name: check.name, verdict, took: timer.elapsed() }
}

fn not_run(check: &Check) -> Line {
    Line { name: check.name, verdict: Verdict::NotRun, took: Duration::ZERO }
}

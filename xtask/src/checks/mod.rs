//! `cargo xtask test`: every check, in an order in which each finds what it needs.

mod desktop;
mod list;
pub(crate) mod tools;

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
    /// Run only the checks whose name contains this, in upper or lower case: `--only window`.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// One check: a name for the table, and what it does.
pub(crate) struct Check {
    name: &'static str,
    work: fn() -> Result<(), XtaskError>,
}

impl Check {
    fn is_wanted(&self, only: Option<&str>) -> bool {
        only.is_none_or(|text| self.name.to_lowercase().contains(&text.to_lowercase()))
    }
}

/// Prepares, runs the checks, and ends with a table and the totals.
pub(crate) fn run(options: &TestOptions) -> Result<ExitCode, XtaskError> {
    let with_window = !options.no_window && cfg!(target_os = "linux");
    if !options.no_window && !with_window {
        report::say("The window and the keychain are tested on Linux only.");
    }
    let only = options.only.as_deref();
    let desktop = desktop::CHECKS.iter().map(|check| (check, with_window));
    let checks: Vec<(&Check, bool)> = list::CHECKS
        .iter()
        .map(|check| (check, true))
        .chain(desktop)
        .map(|(check, possible)| (check, possible && check.is_wanted(only)))
        .collect();
    if !checks.iter().any(|(_, wanted)| *wanted) {
        let names = checks.iter().map(|(check, _)| check.name).collect::<Vec<_>>().join("\n    ");
        return Err(XtaskError::NothingToDo { names });
    }
    report::phase("Looking for what the tests need", || prepare(options, with_window))?;

    let mut lines = Vec::new();
    let mut stopped = false;
    for (check, wanted) in checks {
        lines.push(if wanted && !stopped { perform(check) } else { not_run(check) });
        stopped |= !options.keep_going && lines.last().is_some_and(Line::failed);
    }

    if stopped {
        report::say("Stopped at the first failure; `--keep-going` runs the rest as well.");
    }
    report::summary(&lines);
    let failed = lines.iter().any(Line::failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn prepare(options: &TestOptions, with_window: bool) -> Result<(), XtaskError> {
    system::check_platform()?;
    let mut needs: Vec<_> = system::DESKTOP.iter().collect();
    if with_window {
        needs.extend(system::TESTS);
    }
    system::ensure(&needs, Consent::of_this_process(options.yes))?;
    tools::check_rust_components()?;
    tools::cargo_deny()?;
    if with_window {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_chosen_by_a_part_of_their_name_in_any_case() {
        let check = Check { name: "Desktop: the real window", work: || Ok(()) };
        assert!(check.is_wanted(None) && check.is_wanted(Some("WINDOW")));
        assert!(!check.is_wanted(Some("keychain")));
    }

    #[test]
    fn the_interface_is_built_before_anything_embeds_it() {
        let position = |name: &str| list::CHECKS.iter().position(|check| check.name == name);
        let built = position("UI: build").expect("the interface is built");
        for compiling in ["Rust: lints", "Rust: documentation", "Rust: build"] {
            assert!(position(compiling).is_some_and(|it| it > built), "{compiling}");
        }
    }
}

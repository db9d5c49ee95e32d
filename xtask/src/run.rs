//! `cargo xtask run`.

use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use clap::Args;

use crate::error::XtaskError;
use crate::system::{self, Consent};
use crate::{display, process, report, ui, workspace};

/// What `cargo xtask run` takes.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
    /// Build optimised: a faster program after a longer build.
    #[arg(long, conflicts_with = "dev")]
    release: bool,
    /// Build for development, which is the default: a shorter build.
    #[arg(long)]
    dev: bool,
    /// Keep all data in this folder instead of the application's own.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Installs, builds and opens; the exit status is that of what was opened.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode, XtaskError> {
    if display::is_available() { open_window(options) } else { run_in_terminal(options) }
}

fn open_window(options: &RunOptions) -> Result<ExitCode, XtaskError> {
    report::phase("Looking for what the window needs", || {
        system::check_platform()?;
        let needs: Vec<_> = system::DESKTOP.iter().collect();
        system::ensure(&needs, Consent::of_this_process(options.yes))
    })?;
    ui::build()?;
    build_and_run(options, "throughline-desktop", &[], "Opening Throughline on the sandbox")
}

fn run_in_terminal(options: &RunOptions) -> Result<ExitCode, XtaskError> {
    report::say(
        "There is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so no window can be \
         opened.\nThe sample strategy runs once on the sandbox in this terminal instead.",
    );
    build_and_run(options, "throughline", &["run", "sample"], "Running the sample strategy")
}

fn build_and_run(
    options: &RunOptions,
    package: &str,
    arguments: &[&str],
    what: &str,
) -> Result<ExitCode, XtaskError> {
    report::phase(&format!("Building {package} (the first build takes some minutes)"), || {
        process::run(&mut cargo(options, "build", package))
    })?;
    report::say(&format!("==> {what}"));
    let mut command = cargo(options, "run", package);
    command.args(["--quiet", "--"]);
    if let Some(folder) = &options.data_dir {
        command.arg("--data-dir").arg(folder);
    }
    process::status(command.args(arguments)).map(exit_code)
}

fn cargo(options: &RunOptions, subcommand: &str, package: &str) -> Command {
    let mut command = process::cargo();
    command.current_dir(workspace::root()).args([subcommand, "--package", package]);
    command.args(["--bin", package]);
    if options.release {
        command.arg("--release");
    }
    command
}

/// Passes the status on; a signal becomes 128 and its number, as in a shell.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or_else(|| signal.map(|number| 128 + number)).unwrap_or(1);
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

//! Running other programs and saying what became of them.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::XtaskError;
use crate::report;

/// The cargo that runs this task, so that nested builds use the same toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs to the end with the terminal passed through; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<(), XtaskError> {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(failed(command, status)) }
}

/// Runs to the end with the terminal passed through.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, XtaskError> {
    command.status().map_err(|source| not_started(command, source))
}

/// Whether it runs and succeeds; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What it prints, without the line end, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// Runs a `cargo test`, echoes it, and fails as well when not a single test ran. `name` is the
/// command as the person knows it, without what it is wrapped in.
pub(crate) fn run_tests(command: &mut Command, name: &str) -> Result<(), XtaskError> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|source| not_started(command, source))?;
    let mut passed = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            passed += tests_passed(&line).unwrap_or(0);
            report::echo(&line);
        }
    }
    let status = child.wait().map_err(|source| not_started(command, source))?;
    if !status.success() {
        let command = name.to_owned();
        return Err(XtaskError::CommandFailed { command, status: status.to_string() });
    }
    if passed == 0 {
        return Err(XtaskError::NoTestRan { command: name.to_owned() });
    }
    Ok(())
}

/// N of libtest's closing line "test result: ok. N passed; …".
fn tests_passed(line: &str) -> Option<u64> {
    let (count, _) = line.strip_prefix("test result: ok. ")?.split_once(" passed")?;
    count.parse().ok()
}

/// The full path of a program on the PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file_name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&file_name)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

fn not_started(command: &Command, source: std::io::Error) -> XtaskError {
    XtaskError::NotStarted { program: command.get_program().display().to_string(), source }
}

fn failed(command: &Command, status: ExitStatus) -> XtaskError {
    XtaskError::CommandFailed { command: shown(command), status: status.to_string() }
}

/// A command as one would type it; the program by its name alone.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| if word.contains([' ', '"']) { format!("'{word}'") } else { word.into_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_tests_only_from_a_good_closing_line() {
        let good = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 9 filtered out";
        assert_eq!(tests_passed(good), Some(3));
        assert_eq!(tests_passed("test result: FAILED. 3 passed; 1 failed"), None);
        assert_eq!(tests_passed("test window::opens ... ok"), None);
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--", "two words"]);
        assert_eq!(shown(&command), "cargo test -- 'two words'");
    }

    #[test]
    fn a_program_that_does_not_exist_is_reported_by_name() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("`no-such-program-here` could not be started"));
    }

    #[cfg(unix)]
    #[test]
    fn finds_programs_on_the_path_only() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program-here").is_none());
    }
}

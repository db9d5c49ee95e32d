//! What a task says while it works. The only module here that prints.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};

use crate::error::XtaskError;

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const QUIET: Style = Style::new().dimmed();

/// Measures real time for the reports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timer(Instant);

impl Timer {
    /// Starts measuring.
    #[expect(
        clippy::disallowed_methods,
        reason = "a build tool reports real time and is no part of the engine, whose clock is a value"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Says what comes next, does it, and says how long it took.
pub(crate) fn phase<T>(
    what: &str,
    work: impl FnOnce() -> Result<T, XtaskError>,
) -> Result<T, XtaskError> {
    eprintln!("{HEADING}==> {what}{HEADING:#}");
    let timer = Timer::start();
    let outcome = work();
    let took = seconds(timer.elapsed());
    match &outcome {
        Ok(_) => eprintln!("{QUIET}    {what}: done in {took}{QUIET:#}"),
        Err(_) => eprintln!("{BAD}    {what}: failed after {took}{BAD:#}"),
    }
    outcome
}

/// One line of information.
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Echoes a line of a child's standard output.
pub(crate) fn echo(line: &str) {
    println!("{line}");
}

/// The sentence that a task ends with when it cannot go on.
pub(crate) fn failure(error: &XtaskError) {
    eprintln!("{BAD}error:{BAD:#} {error}");
}

/// Asks a question that `y` or `yes` affirms, and an empty answer too.
pub(crate) fn ask(question: &str) -> bool {
    let mut stderr = anstream::stderr();
    // A prompt that cannot be shown is answered with no below, since nothing could be read either.
    let _ = write!(stderr, "{question} [Y/n] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(0) | Err(_) => false,
        Ok(_) => is_yes(&answer),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    /// Left out on request, or not reached since an earlier one failed.
    NotRun,
}

/// One line of the closing table.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
}

impl Line {
    /// Whether the check was run and failed.
    pub(crate) fn failed(&self) -> bool {
        self.verdict == Verdict::Failed
    }
}

/// The closing table, and under it the totals alone on the last line.
pub(crate) fn summary(lines: &[Line]) {
    let width = lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    println!();
    for Line { name, verdict, took } in lines {
        let (style, word) = match verdict {
            Verdict::Passed => (GOOD, "passed"),
            Verdict::Failed => (BAD, "FAILED"),
            Verdict::NotRun => (QUIET, "not run"),
        };
        let took = match verdict {
            Verdict::NotRun => String::new(),
            Verdict::Passed | Verdict::Failed => seconds(*took),
        };
        println!("  {name:<width$}  {style}{word:<7}{style:#}  {took:>9}");
    }
    println!();
    println!("{}", totals(lines));
}

/// "12 passed, 0 failed", with the checks that were not run as skipped.
fn totals(lines: &[Line]) -> String {
    let count = |verdict| lines.iter().filter(|line| line.verdict == verdict).count();
    let (passed, failed) = (count(Verdict::Passed), count(Verdict::Failed));
    match count(Verdict::NotRun) {
        0 => format!("{passed} passed, {failed} failed"),
        skipped => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    }
}

fn seconds(duration: Duration) -> String {
    let total = duration.as_secs();
    if total < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", total / 60, total % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(verdict: Verdict) -> Line {
        Line { name: "x", verdict, took: Duration::ZERO }
    }

    #[test]
    fn totals_stand_alone_in_the_form_that_ci_reads() {
        let mut lines = vec![line(Verdict::Passed), line(Verdict::Passed)];
        assert_eq!(totals(&lines), "2 passed, 0 failed");
        lines.push(line(Verdict::Failed));
        lines.push(line(Verdict::NotRun));
        assert_eq!(totals(&lines), "2 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn an_empty_answer_affirms_and_anything_unknown_does_not() {
        assert!(is_yes("\n") && is_yes("Y\n") && is_yes("yes"));
        assert!(!is_yes("no\n") && !is_yes("later"));
    }

    #[test]
    fn durations_change_to_minutes_after_a_minute() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(366)), "6 min 06 s");
    }
}

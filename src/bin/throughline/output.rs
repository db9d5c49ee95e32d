use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use throughline::api::{ApiError, ErrorCode};
use throughline::app::Progress;

/// Status for bad input and for everything that could not be begun.
const BAD_INPUT: u8 = 2;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const MUTED: Style = AnsiColor::BrightBlack.on_default();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const ACCENT: Style = AnsiColor::Cyan.on_default();

/// Text in a style; the stream drops the style where nobody sees colour.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints one line. A reader that went away, such as `head`, is no error.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Prints one line beside what was asked for, which a program does not read.
pub(crate) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints one JSON document.
pub(crate) fn json(value: &impl Serialize) -> Result<(), ApiError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    Ok(())
}

/// Prints the error as a sentence and gives the status.
pub(crate) fn fail(error: &ApiError) -> ExitCode {
    let mut stream = anstream::stderr().lock();
    let _ = writeln!(stream, "{} {}", styled(BAD, "error:"), printable(&error.message));
    if let Some(hint) = &error.hint {
        let _ = writeln!(stream, "{} {}", styled(ACCENT, " hint:"), printable(hint));
    }
    ExitCode::from(BAD_INPUT)
}

/// Text from outside without the control characters that would command a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, ApiError> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(
        |error| {
            ApiError::new(ErrorCode::Internal, format!("threads could not be started: {error}"))
        },
    )
}

/// A line on standard error while a longer work goes on, if somebody is there to see it.
pub(crate) struct StepBar {
    bar: Option<ProgressBar>,
}

impl StepBar {
    pub(crate) fn new() -> Self {
        Self { bar: std::io::stderr().is_terminal().then(|| ProgressBar::new(1)) }
    }

    /// What it is at, with the bytes that are done where they are counted.
    pub(crate) fn show(&self, words: &'static str, done: u64, total: u64) {
        let Some(bar) = &self.bar else { return };
        let template =
            if total == 0 { "{spinner} {msg}" } else { "{bar:40} {percent:>3} %  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_length(total.max(1));
        bar.set_position(done);
        bar.set_message(words);
        bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A bar on standard error while the sandbox clock moves, if somebody is there to see it.
pub(crate) struct ClockBar {
    bar: Option<ProgressBar>,
}

impl ClockBar {
    pub(crate) fn new() -> Self {
        Self { bar: std::io::stderr().is_terminal().then(|| ProgressBar::new(1)) }
    }

    pub(crate) fn show(&self, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        let whole = progress.to.duration_since(progress.from).as_secs().max(1);
        let done = progress.now.duration_since(progress.from).as_secs().clamp(0, whole);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {elapsed}")
        {
            bar.set_style(style);
        }
        bar.set_length(whole.unsigned_abs());
        bar.set_position(done.unsigned_abs());
        bar.set_message(throughline::api::views::exchange_time(progress.now));
        bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

//! `cargo xtask measure`: what the whole application costs, measured from outside on a display of its
//! own. Linux only: it reads `/proc` and the memory of a virtual screen.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use clap::Args;

use crate::checks::tools;
use crate::display::DesktopSession;
use crate::error::XtaskError;
use crate::report::Timer;
use crate::{package, process, report, workspace};

/// How often the screen is looked at during a start.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// After so long a start is over, and its last picture is what it came to.
const LONGEST_START: Duration = Duration::from_secs(12);
/// A picture with this share of the colours of the last one is useful: text is there, not only areas.
const USEFUL_SHARE: f64 = 0.8;
/// How long the application rests before its memory is read.
const SETTLING: Duration = Duration::from_secs(30);
/// The kernel counts processor time in hundredths of a second for programs (`proc(5)`, `USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

/// The example that stands in for the tray of a desktop.
const TRAY: &str = "fake-tray";

/// What `cargo xtask measure` takes.
#[derive(Debug, Args)]
pub(crate) struct MeasureOptions {
    /// How many starts are measured.
    #[arg(long, default_value_t = 5)]
    starts: u32,
    /// How many seconds of rest are measured.
    #[arg(long, default_value_t = 600)]
    idle: u64,
    /// Measure what was built before.
    #[arg(long)]
    no_build: bool,
}

/// Builds, starts, looks, and prints a table.
pub(crate) fn run(options: &MeasureOptions) -> Result<ExitCode, XtaskError> {
    if !cfg!(target_os = "linux") {
        return Err(XtaskError::Platform("measuring needs /proc, which only Linux has"));
    }
    if !options.no_build {
        package::build()?;
        package::bundle(&["deb".to_owned()])?;
        process::run(process::cargo().current_dir(workspace::root()).args([
            "build",
            "--release",
            "--package",
            "throughline",
            "--example",
            "fake-tray",
        ]))?;
    }
    // As `/proc` will name it, which knows no links.
    let folder = workspace::release_folder()?;
    let folder = fs::canonicalize(&folder).map_err(|source| XtaskError::File {
        path: folder,
        action: "found",
        source,
    })?;
    let binary = folder.join("throughline-desktop");
    report::say(&format!("binary: {:.1} MB", megabytes(size(&binary)?)));
    package_size()?;
    starts(options.starts, true, &binary)?;
    starts(options.starts, false, &binary)?;
    crowd(&binary)?;
    at_rest(Duration::from_secs(options.idle), &binary)?;
    Ok(ExitCode::SUCCESS)
}

fn size(path: &Path) -> Result<u64, XtaskError> {
    let found = fs::metadata(path).map_err(|source| XtaskError::File {
        path: path.to_path_buf(),
        action: "read",
        source,
    })?;
    Ok(found.len())
}

fn package_size() -> Result<(), XtaskError> {
    let folder = package::folder()?.join("deb");
    let packages = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut found = packages
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "deb"));
    match found.next() {
        Some(package) => report::say(&format!(
            "{}: {:.1} MB",
            package.file_name().unwrap_or_default().display(),
            megabytes(size(&package)?)
        )),
        None => {
            report::say("no Debian package was built; `cargo xtask package` makes one");
        }
    }
    Ok(())
}

/// The application on a display of its own, in a data directory of its own.
struct Application {
    session: DesktopSession,
    _data: tempfile::TempDir,
    child: Child,
}

impl Application {
    fn start(binary: &Path) -> Result<Self, XtaskError> {
        let session = DesktopSession::open()?;
        let data = tempfile::tempdir().map_err(|source| XtaskError::File {
            path: std::env::temp_dir(),
            action: "written",
            source,
        })?;
        // On a display of its own there is no desktop that would have a tray. It has to be there when
        // the application looks for one.
        let tray = binary.with_file_name("examples").join("fake-tray");
        let mut program = Command::new("sh");
        program.args(["-c", r#""$0" & sleep 1; exec "$@""#]).arg(tray).arg(binary);
        program.arg("--data-dir").arg(data.path());
        let mut command = session.command(&program);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.map_err(|source| XtaskError::NotStarted {
            program: process::shown(&command),
            source,
        })?;
        Ok(Self { session, _data: data, child })
    }

    /// The process of the application itself, below the shell and the bus that it is started in.
    fn process(&self, binary: &Path) -> Option<u32> {
        tree(self.child.id())
            .into_iter()
            .find(|id| fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == binary))
    }

    /// Waits for it, at most as long as a start may take.
    fn wait_for_process(&self, binary: &Path) -> Result<u32, XtaskError> {
        let watch = Timer::start();
        loop {
            if let Some(id) = self.process(binary) {
                return Ok(id);
            }
            if watch.elapsed() > LONGEST_START {
                return Err(XtaskError::Platform(
                    "the application did not start; run it by hand to see why",
                ));
            }
            sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        for id in tree(self.child.id()) {
            let _ = Command::new("kill").arg(id.to_string()).stderr(Stdio::null()).status();
        }
        let _ = self.child.wait();
    }
}

/// From the start of the process to a window with its text, each in an empty data directory. For a
/// cold start the system is told to forget the files before, so that they come from the disk.
fn starts(count: u32, from_disk: bool, binary: &Path) -> Result<(), XtaskError> {
    let mut times = Vec::new();
    let mut is_cold = from_disk;
    for _ in 0..count {
        is_cold = is_cold
            && process::succeeds(Command::new("sync").arg("-f").arg(binary))
            && fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
        let application = Application::start(binary)?;
        application.wait_for_process(binary)?;
        let watch = Timer::start();
        let mut pictures = Vec::new();
        while watch.elapsed() < LONGEST_START {
            if let Some(colours) = colours(&application.session.screen_file()) {
                pictures.push((watch.elapsed(), colours));
            }
            sleep(BETWEEN_LOOKS);
        }
        let last = pictures.last().map_or(0, |(_, colours)| *colours);
        let useful =
            pictures.iter().find(|(_, colours)| *colours as f64 >= last as f64 * USEFUL_SHARE);
        if let Some((at, _)) = useful.filter(|_| last > 16) {
            times.push(*at);
        }
    }
    times.sort_unstable();
    let kind = match (from_disk, is_cold) {
        (true, true) => "cold (files from the disk)",
        (true, false) => "meant cold, but dropping files from memory was refused",
        (false, _) => "warm (files from memory)",
    };
    match times.as_slice() {
        [] => report::say("no start showed a window"),
        all => report::say(&format!(
            "start to first useful paint, {kind}, {} starts: median {:.2} s, best {:.2} s, worst {:.2} s",
            all.len(),
            all[all.len() / 2].as_secs_f64(),
            all[0].as_secs_f64(),
            all[all.len() - 1].as_secs_f64()
        )),
    }
    Ok(())
}

/// The window while 200 strategies run, by a benchmark that drives it.
fn crowd(binary: &Path) -> Result<(), XtaskError> {
    // Not optimised: what it drives is.
    let benchmark = ["bench", "--profile", "dev", "--package", "throughline", "--bench", "window"];
    process::run(process::cargo().current_dir(workspace::root()).args(benchmark).arg("--no-run"))?;
    let driver = tools::tauri_driver()?;
    let session = DesktopSession::open()?;
    let mut command = process::cargo();
    command.current_dir(workspace::root()).args(benchmark);
    command.env("TAURI_DRIVER", driver).env("THROUGHLINE_DESKTOP_BINARY", binary);
    process::run(&mut session.command(&command))
}

/// Memory and processor time, with the window and then without it.
fn at_rest(idle: Duration, binary: &Path) -> Result<(), XtaskError> {
    let application = Application::start(binary)?;
    let id = application.wait_for_process(binary)?;
    sleep(SETTLING);
    tell_memory("with the window", id);
    tell_idle("with the window", id, idle);
    if !close_window(application.session.display()) {
        report::say(
            "the window could not be closed (is xdotool installed?), so the tray was not measured",
        );
        return Ok(());
    }
    sleep(SETTLING);
    if !windows(application.session.display()).is_empty() {
        report::say("the window did not close, so the tray was not measured");
        return Ok(());
    }
    if Path::new(&format!("/proc/{id}")).exists() {
        tell_memory("in the tray", id);
        tell_idle("in the tray", id, idle);
    } else {
        report::say("the application ended with its window, so there is no tray to measure here");
    }
    Ok(())
}

/// The windows of the application that can be seen on a display.
fn windows(display: &str) -> Vec<String> {
    let visible = ["search", "--onlyvisible", "--name", "^Throughline$"];
    let mut search = Command::new("xdotool");
    search.args(visible).env("DISPLAY", display);
    process::output(&mut search).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// By Alt+F4, with which the window manager of the display asks a window to close. The key goes to
/// the window manager only if it is not sent to a window by name.
fn close_window(display: &str) -> bool {
    let Some(window) = windows(display).into_iter().next() else { return false };
    let mut close = Command::new("xdotool");
    close.args(["windowactivate", "--sync", &window, "key", "--clearmodifiers", "alt+F4"]);
    process::succeeds(close.env("DISPLAY", display))
}

fn tell_memory(state: &str, id: u32) {
    let parts: Vec<(String, u64)> = application_and_helpers(id)
        .filter_map(|id| {
            let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
            Some((name.trim().to_owned(), proportional_memory(id)?))
        })
        .collect();
    let sum: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let each: Vec<String> =
        parts.iter().map(|(name, bytes)| format!("{name} {:.1}", megabytes(*bytes))).collect();
    report::say(&format!("memory {state} (PSS): {:.1} MB: {}", megabytes(sum), each.join(", ")));
}

fn tell_idle(state: &str, id: u32, idle: Duration) {
    let before: f64 = application_and_helpers(id).filter_map(processor_seconds).sum();
    sleep(idle);
    let after: f64 = application_and_helpers(id).filter_map(processor_seconds).sum();
    report::say(&format!(
        "processor {state}, {} s at rest: {:.2} s, {:.2} % of one core",
        idle.as_secs(),
        after - before,
        (after - before) / idle.as_secs_f64() * 100.0
    ));
}

/// The application with what it has started, without the tray that stands beside it: the shell that
/// started the tray has become the application.
fn application_and_helpers(id: u32) -> impl Iterator<Item = u32> {
    tree(id).into_iter().filter(|id| {
        fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() != TRAY)
    })
}

/// A process and everything that it has started, by the parents that `/proc` names.
fn tree(root: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, stat(id)?.first()?.parse().ok()?)))
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(all.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        at += 1;
    }
    found
}

/// The fields of `/proc/ID/stat` from the parent on (`proc(5)`, field 4). The name before them may
/// hold anything, and ends with the last parenthesis.
fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().skip(1).map(str::to_owned).collect())
}

/// Time in the program and for it in the kernel: fields 14 and 15.
fn processor_seconds(id: u32) -> Option<f64> {
    let fields = stat(id)?;
    let ticks: f64 = fields.get(10)?.parse::<f64>().ok()? + fields.get(11)?.parse::<f64>().ok()?;
    Some(ticks / TICKS_A_SECOND)
}

/// What of the memory is its own, with its part of what it shares, in bytes.
fn proportional_memory(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// How many different colours the screen shows. Xvfb keeps it in a file in the format of `xwd`: the
/// first number is the length of the header, the twentieth counts the entries of a palette.
fn colours(screen: &Path) -> Option<usize> {
    let bytes = fs::read(screen).ok()?;
    let number = |index: usize| {
        let field = bytes.get(index * 4..index * 4 + 4)?;
        usize::try_from(u32::from_be_bytes(field.try_into().ok()?)).ok()
    };
    let begin = number(0)?.checked_add(number(19)?.checked_mul(12)?)?;
    let pixels = bytes.get(begin..)?;
    let unique: HashSet<&[u8]> = pixels.chunks_exact(4).collect();
    Some(unique.len())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_screen_is_counted_behind_its_header() {
        let directory = tempfile::tempdir().unwrap();
        let mut bytes = vec![0; 100];
        bytes[3] = 100;
        bytes[79] = 1;
        bytes.extend([9; 12]);
        bytes.extend([1, 2, 3, 0, 1, 2, 3, 0, 4, 5, 6, 0]);
        let path = directory.path().join("screen");
        fs::write(&path, &bytes).unwrap();
        assert_eq!(colours(&path), Some(2));
        fs::write(&path, [0; 8]).unwrap();
        assert_eq!(colours(&path), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_found_below_its_parent_with_its_memory() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let own = std::process::id();
        assert!(tree(own).contains(&child.id()));
        assert!(proportional_memory(own).unwrap() > 100_000);
        assert!(processor_seconds(own).unwrap() >= 0.0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!tree(own).contains(&child.id()));
    }
}

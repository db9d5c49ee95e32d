//! One whole execution, and the year 2012 of all sample strategies, on a real disk under the
//! target directory.
//!
//! These are whole runs rather than inner loops, so they are timed as such: a table of medians and
//! percentiles instead of a fitted mean. Memory is the peak that Linux reports for the process.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use throughline::app::{Engine, EngineOptions};
use throughline::store::{ExecutionStatus, Store};
use tokio::runtime::Runtime;

const BINARY: &str = env!("CARGO_BIN_EXE_throughline");
const EXECUTIONS: usize = 60;
const PROCESSES: usize = 15;

fn main() {
    let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    in_process(&parent);
    whole_process(&parent);
    year(&parent);
}

/// All twelve steps, from the intention to the portfolio, in an engine that is open.
fn in_process(parent: &Path) {
    let runtime = Runtime::new().unwrap();
    let mut times = Vec::new();
    for _ in 0..EXECUTIONS {
        let directory = tempfile::tempdir_in(parent).unwrap();
        let options =
            EngineOptions { data_dir: directory.path().to_path_buf(), ..EngineOptions::default() };
        let time = runtime.block_on(async {
            let engine = Engine::open(options).await.unwrap();
            let started = Instant::now();
            let begun = engine.begin_run("sample", None, None, None).await.unwrap();
            let id = begun[0].id.clone();
            engine.finish_run(begun, |_| {}).await.unwrap();
            let time = started.elapsed();
            let done = engine.store().execution(&id).await.unwrap().unwrap();
            assert_eq!(done.status, ExecutionStatus::Completed, "the run did not come to its end");
            engine.close().await.unwrap();
            time
        });
        times.push(time);
    }
    report("one execution, twelve steps, engine open", &mut times);
}

/// `throughline run sample` in an empty directory, from the start of the process to its end.
fn whole_process(parent: &Path) {
    let mut times = Vec::new();
    let mut peak_kilobytes = 0;
    for _ in 0..PROCESSES {
        let directory = tempfile::tempdir_in(parent).unwrap();
        let started = Instant::now();
        let mut child = command(directory.path(), &["run", "sample", "--json"]).spawn().unwrap();
        let status = loop {
            peak_kilobytes = peak_kilobytes.max(peak_of(child.id()));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        times.push(started.elapsed());
        assert!(status.success(), "throughline run sample ended with {status}");
    }
    report("throughline run sample, whole process", &mut times);
    println!("{:<44} {:>8.1} MB", "  its peak of memory", f64::from(peak_kilobytes) / 1024.0);
}

fn year(parent: &Path) {
    let directory = tempfile::tempdir_in(parent).unwrap();
    let at = "2011-12-30T16:00:00-05:00";
    assert!(command(directory.path(), &["run", "sample", "--at", at]).status().unwrap().success());
    let before = executions(directory.path());
    let started = Instant::now();
    let to = "2012-12-31T16:00:00-05:00";
    let mut child = command(directory.path(), &["sandbox", "advance", "--to", to]).spawn().unwrap();
    let mut peak_kilobytes = 0;
    let status = loop {
        peak_kilobytes = peak_kilobytes.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let time = started.elapsed();
    assert!(status.success(), "the year ended with {status}");
    let count = executions(directory.path()) - before;
    #[expect(clippy::cast_precision_loss, reason = "a year has some thousand executions")]
    let rate = count as f64 / time.as_secs_f64();
    println!(
        "{:<44} {count} executions in {:.1} s: {rate:.1} a second, peak {:.1} MB",
        "the year 2012, five symbols",
        time.as_secs_f64(),
        f64::from(peak_kilobytes) / 1024.0
    );
}

fn executions(data_dir: &Path) -> u64 {
    Runtime::new().unwrap().block_on(async {
        let store = Store::open_read_only(data_dir).await.unwrap();
        store.counts().await.unwrap().executions
    })
}

fn command(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("--data-dir").arg(data_dir).args(arguments).stdout(Stdio::null());
    command
}

/// Peak of resident memory in kilobytes, as Linux counts it; zero elsewhere.
fn peak_of(process: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{what:<44} median {:>7.1} ms  p90 {:>7.1}  worst {:>7.1}  ({} runs)",
        at(50),
        at(90),
        at(100),
        times.len()
    );
}

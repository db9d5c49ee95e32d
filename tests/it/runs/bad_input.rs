//! Bad input is answered in a sentence with status 2, and nothing is lost.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use throughline::clock::{Stopwatch, SystemClock};

use super::terminal::{Terminal, assert_refused, command, everything_said};

const RUN: &str = "run sample --at 2012-06-15T16:00:00-04:00";
const NEXT: &str = "sandbox advance --to 2012-07-02T16:00:00-04:00";

/// A directory in which something has happened already.
fn used() -> Terminal {
    let terminal = Terminal::new();
    terminal.good(RUN);
    terminal
}

/// Each of these is refused with the given words, leaves every file as it was, and a good command
/// works afterwards.
fn refused_and_nothing_lost(cases: &[(&[&str], &str)]) {
    let terminal = used();
    let before = terminal.json("lineage list --json");
    for (arguments, words) in cases {
        let content = terminal.content();
        terminal.refused(*arguments, words);
        let listed = terminal.json("lineage list --json");
        assert_eq!(listed, before, "{arguments:?}");
        let names = |content: &std::collections::BTreeMap<_, _>| -> Vec<std::path::PathBuf> {
            content.keys().cloned().collect()
        };
        assert_eq!(names(&terminal.content()), names(&content), "{arguments:?}");
    }
    terminal.good(NEXT);
    assert_eq!(terminal.json("lineage verify --json")["intact"], true);
}

#[test]
fn a_strategy_that_is_not_there() {
    refused_and_nothing_lost(&[
        (&["run", "nosuch"], "there is no strategy \"nosuch\""),
        (&["run", ""], "there is no strategy \"\""),
        (&["run", "sample'; DROP TABLE fill; --"], "there is no strategy"),
        (&["strategy", "show", "nosuch"], "there is no strategy"),
        (&["lineage", "list", "--strategy", "nosuch"], "there is no strategy"),
        (&["lineage", "show", "nosuch"], "nosuch"),
    ]);
}

#[test]
fn a_time_outside_the_data_before_the_clock_or_none_at_all() {
    refused_and_nothing_lost(&[
        (&["run", "sample", "--at", "2013-06-15T16:00:00-04:00"], "outside the prices"),
        (&["run", "sample", "--at", "1999-06-15T16:00:00-04:00"], "never runs backwards"),
        (&["run", "sample", "--at", "2012-06-01T16:00:00-04:00"], "never runs backwards"),
        (&["run", "sample", "--at", "yesterday"], "\"yesterday\" is not an instant"),
        (&["run", "sample", "--at", "2012-06-31T16:00:00-04:00"], "is not an instant"),
        (&["run", "sample", "--at", "2012-06-18"], "is not an instant"),
        (&["run", "sample", "--at", ""], "is not an instant"),
        (&["sandbox", "advance", "--to", "2012-06-01T16:00:00-04:00"], "never runs backwards"),
        (&["sandbox", "advance", "--to", "9999-12-30T00:00:00Z"], "outside the prices"),
        (&["sandbox", "advance", "--to", "soon"], "\"soon\" is not an instant"),
        (&["--seed", "8", "run", "sample"], "was opened with seed 1"),
    ]);
}

#[test]
fn a_refused_first_command_leaves_the_choice_of_seed_and_time_open() {
    for arguments in [
        &["run", "nosuch"][..],
        &["run", "sample", "--at", "1990-01-01T00:00:00Z"],
        &["run", "sample", "--at", "2030-01-01T00:00:00Z"],
        &["sandbox", "advance", "--to", "2030-01-01T00:00:00Z"],
        &["sandbox", "advance", "--to", "2001-01-01T00:00:00Z"],
    ] {
        let terminal = Terminal::new();
        assert_eq!(terminal.run(arguments).status.code(), Some(2), "{arguments:?}");
        let document =
            terminal.json("--seed 7 run sample-ibm --at 2012-03-01T16:00:00-05:00 --json");
        assert_eq!(document["execution"]["as_of"], "2012-03-01T21:00:00Z", "{arguments:?}");
        terminal.refused(["--seed", "8", "run", "sample"], "was opened with seed 7");
    }
}

#[test]
fn reading_where_nothing_was_written_says_so() {
    for words in ["lineage list", "orders", "positions --json", "portfolio", "strategy list"] {
        let terminal = Terminal::new();
        terminal.refused(words.split_whitespace(), "there is no database");
        assert!(!terminal.data_dir().exists(), "{words} made the directory that it was to read");
    }
}

#[test]
fn prices_that_cannot_be_prices() {
    let terminal = used();
    let directory = tempfile::tempdir().unwrap();
    let head = "date,open,high,low,close,volume\n";
    let days = "2012-06-14,10,11,9,10.5,1000\n2012-06-15,10.5,11,10,10.6,1000\n";
    let cases = [
        (
            "missing column",
            "date,open,high,low,volume\n2012-06-14,10,11,9,1000\n".to_owned(),
            "no column \"close\"",
        ),
        (
            "unsorted",
            format!("{head}2012-06-15,10,11,9,10,5\n2012-06-14,10,11,9,10,5\n"),
            "does not come after",
        ),
        (
            "doubled",
            format!("{head}2012-06-15,10,11,9,10,5\n2012-06-15,10,11,9,10,5\n"),
            "does not come after",
        ),
        ("negative", format!("{head}2012-06-15,10,11,-9,10,5\n"), "is not above zero"),
        ("high below low", format!("{head}2012-06-15,10,8,9,10,5\n"), "outside the day's range"),
        ("text", format!("{head}2012-06-15,10,11,nine,10,5\n"), "\"nine\" is not a number"),
        ("nothing", String::new(), "nothing was imported"),
        ("no rows", head.to_owned(), "nothing was imported"),
        ("cut short", format!("{head}2012-06-15,10,11,9\n"), "nothing was imported"),
    ];
    for (name, text, words) in cases {
        let file = directory.path().join(format!("{name}.csv"));
        fs::write(&file, text).unwrap();
        let content = terminal.content();
        let file = file.to_str().unwrap();
        terminal.refused(["import", "prices", file, "--symbol", "NEW"], words);
        assert_eq!(terminal.content(), content, "{name}");
    }
    for (symbol, text) in [
        ("BOM", format!("\u{feff}{head}{days}")),
        ("SEMI", format!("{head}{days}").replace(',', ";").replace('.', ",")),
        ("PLAIN", format!("{head}{days}")),
    ] {
        let file = directory.path().join(format!("{symbol}.csv"));
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let output = terminal.run(["import", "prices", file, "--symbol", symbol]);
        assert!(output.status.success(), "{symbol}: {}", everything_said(&output));
        // Again, without asking to replace it, is refused.
        let content = terminal.content();
        terminal.refused(["import", "prices", file, "--symbol", symbol], "--replace");
        assert_eq!(terminal.content(), content, "{symbol}");
    }
    // The same prices, however they were written down.
    let prices = |symbol: &str| {
        let found = terminal.content().into_iter().find(|(path, _)| {
            path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(symbol))
        });
        found.unwrap_or_else(|| panic!("{symbol} was not kept")).1
    };
    assert_eq!(prices("BOM"), prices("PLAIN"));
    assert_eq!(prices("SEMI"), prices("PLAIN"));
    let bad = directory.path().join("PLAIN.csv");
    terminal.refused(
        ["import", "prices", bad.to_str().unwrap(), "--symbol", "../../etc/passwd"],
        "passwd",
    );
    terminal.refused(["import", "prices", "/nonexistent.csv", "--symbol", "NEW"], "nonexistent");
    terminal.refused(["import", "prices", "/tmp", "--symbol", "NEW"], "nothing was imported");
    terminal.good(NEXT);
}

#[test]
fn two_hundred_megabytes_are_refused_at_once() {
    let terminal = Terminal::new();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.csv");
    fs::File::create(&path).unwrap().set_len(200 * 1024 * 1024).unwrap();
    let watch = Stopwatch::start(&SystemClock);
    terminal.refused(
        ["import", "prices", path.to_str().unwrap(), "--symbol", "NEW"],
        "larger than 50 MB",
    );
    let micros = watch.elapsed_micros(&SystemClock);
    assert!(micros < 2_000_000, "{micros} µs");
    // A pipe has no size that could be looked at before.
    let endless = Command::new("sh")
        .args(["-c", "yes 2012-06-15,10,11,9,10,5 | \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_throughline"))
        .arg("--data-dir")
        .arg(terminal.data_dir())
        .args(["import", "prices", "/dev/stdin", "--symbol", "NEW"])
        .output()
        .unwrap();
    assert_refused(&endless, "nothing was imported");
}

#[test]
fn a_data_directory_that_is_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "mine").unwrap();
    for words in [RUN, NEXT, "lineage list", "portfolio --json", "halt"] {
        let output = command(&file).args(words.split_whitespace()).output().unwrap();
        assert_refused(&output, "file");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine", "{words}");
    }
    let inside = file.join("deeper");
    assert_refused(&command(&inside).args(RUN.split(' ')).output().unwrap(), "deeper");
}

#[test]
fn a_data_directory_that_is_in_use() {
    let terminal = used();
    let mut first = terminal.start("sandbox advance --to 2012-12-31T16:00:00-05:00");
    let lock = terminal.data_dir().join("engine.lock");
    let holder = first.id().to_string();
    while fs::read_to_string(&lock).is_ok_and(|text| text.trim() != holder) {
        assert!(first.try_wait().unwrap().is_none(), "the first engine ended");
        std::thread::yield_now();
    }
    let words = format!("in use by another engine (process {holder})");
    terminal.refused(["run", "sample"], &words);
    terminal.refused(NEXT.split(' '), &words);
    // Reading works beside it.
    assert!(!terminal.json("lineage list --json").as_array().unwrap().is_empty());
    assert!(first.try_wait().unwrap().is_none(), "the first engine was disturbed");
    first.kill().unwrap();
    first.wait().unwrap();
    terminal.good(RUN.split(" --").next().unwrap());
    assert_eq!(terminal.json("lineage verify --json")["intact"], true);
}

#[tokio::test]
async fn a_database_from_a_newer_version() {
    let terminal = used();
    let path = terminal.data_dir().join("throughline.db");
    let mut connection = connect(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99991231000000, 'of a later program', 1, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let content = terminal.content();
    for words in [RUN, NEXT, "lineage list", "portfolio --json", "lineage verify"] {
        terminal.refused(words.split(' '), "from a newer version");
    }
    assert_eq!(terminal.content(), content);
    let mut connection = connect(&path).await;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 99991231000000")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    terminal.good(NEXT);
}

async fn connect(path: &Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::ConnectOptions::connect(&options).await.unwrap()
}

#[test]
fn a_database_that_was_cut_short_or_is_none() {
    let terminal = used();
    let path = terminal.data_dir().join("throughline.db");
    let whole = fs::read(&path).unwrap();
    let journal = fs::read(terminal.journal()).unwrap();
    for (what, bytes) in [
        ("half", &whole[..whole.len() / 2]),
        ("half a page", &whole[..whole.len() / 2 + 1_234]),
        ("one page", &whole[..4_096]),
        ("text", &b"This is no database, and it is longer than the sixteen bytes of a header."[..]),
    ] {
        fs::write(&path, bytes).unwrap();
        terminal.refused(NEXT.split(' '), "damaged or cut short");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{what}: it was not left as it was");
        assert_eq!(fs::read(terminal.journal()).unwrap(), journal, "{what}");
    }
    fs::write(&path, whole).unwrap();
    terminal.good(NEXT);
    assert_eq!(terminal.json("lineage verify --json")["intact"], true);
}

#[test]
fn a_database_that_is_gone_while_the_exchange_remembers() {
    let terminal = used();
    let path = terminal.data_dir().join("throughline.db");
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let journal = fs::read(terminal.journal()).unwrap();
    // Orders stand at the exchange that no record explains: nothing is traded on top of them.
    terminal.refused(NEXT.split(' '), "sandbox");
    assert_eq!(fs::read(terminal.journal()).unwrap(), journal);
    fs::write(&path, whole).unwrap();
    for side in ["throughline.db-wal", "throughline.db-shm"] {
        let _ = fs::remove_file(terminal.data_dir().join(side));
    }
    terminal.good(NEXT);
}

#[test]
fn a_journal_of_the_exchange_that_was_changed() {
    let terminal = used();
    let whole = fs::read_to_string(terminal.journal()).unwrap();
    fs::write(terminal.journal(), whole.replace("\"quantity\":2", "\"quantity\":3")).unwrap();
    terminal.refused(NEXT.split(' '), "is damaged at line");
    fs::write(terminal.journal(), &whole).unwrap();
    terminal.good(NEXT);
}

/// A small file system of its own, which is unmounted at the end.
struct Mount(tempfile::TempDir);

impl Mount {
    /// Nothing, said aloud, where this process may not mount.
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(directory));
        }
        let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        assert!(!(root && std::env::var_os("CI").is_some()), "mounting failed: {mounted:?}");
        eprintln!("NOT RUN: this test needs the right to mount a file system: {mounted:?}");
        None
    }

    fn remount(&self, option: &str) {
        let options = format!("remount,{option}");
        let done = Command::new("mount").args(["-o", &options]).arg(self.0.path()).status();
        assert!(done.unwrap().success(), "remounting failed");
    }

    fn run(&self, words: &str) -> std::process::Output {
        command(&self.0.path().join("data")).args(words.split_whitespace()).output().unwrap()
    }

    fn good(&self, words: &str) {
        let output = self.run(words);
        assert!(output.status.success(), "{words}: {}", everything_said(&output));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_read_only_data_directory() {
    let Some(mount) = Mount::new("300m") else { return };
    mount.good(RUN);
    let data_dir = mount.0.path().join("data");
    let content = super::terminal::content(&data_dir);
    mount.remount("ro");
    for words in [RUN, NEXT] {
        assert_refused(&mount.run(words), "read-only");
    }
    assert_eq!(super::terminal::content(&data_dir), content);
    for words in ["lineage list --json", "portfolio --json", "lineage verify --json"] {
        mount.good(words);
    }
    let fresh = command(&mount.0.path().join("fresh")).args(RUN.split(' ')).output().unwrap();
    assert_refused(&fresh, "read-only");
    mount.remount("rw");
    mount.good(NEXT);
}

#[test]
fn a_full_data_directory() {
    let Some(mount) = Mount::new("64m") else { return };
    mount.good(RUN);
    let ballast = mount.0.path().join("ballast");
    let mut file = fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4_096]).is_ok() {}
    drop(file);
    assert_refused(&mount.run(NEXT), "full");
    let fresh = command(&mount.0.path().join("fresh")).args(RUN.split(' ')).output().unwrap();
    assert_refused(&fresh, "full");
    fs::remove_file(&ballast).unwrap();
    mount.good("sandbox advance --to 2012-06-20T16:00:00-04:00");
    mount.good("lineage verify");
}

#[tokio::test]
async fn a_disk_that_fills_up_on_the_way_loses_nothing() {
    let Some(mount) = Mount::new("24m") else { return };
    mount.good(RUN);
    let output = mount.run(NEXT);
    assert_refused(&output, "full");
    mount.remount("size=300m");
    mount.good(NEXT);
    super::audit::Audit::of(&mount.0.path().join("data")).await.check().await;
}

#[test]
fn a_failed_execution_ends_with_one_and_its_lineage_is_written() {
    let terminal = Terminal::new();
    let output = terminal.run("run sample-fb --at 2012-06-15T16:00:00-04:00 --json".split(' '));
    assert_eq!(output.status.code(), Some(1), "{}", everything_said(&output));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["execution"]["status"], "failed");
    assert_eq!(document["has_errors"], true);
    let id = document["execution"]["id"].as_str().unwrap();
    let shown = terminal.json(&format!("lineage show {id} --json"));
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 12);
    let failed = steps.iter().position(|step| step["status"] == "error").unwrap();
    assert!(steps[failed]["error"].as_str().is_some_and(|error| !error.is_empty()));
    assert!(steps[..failed].iter().all(|step| step["status"] == "success"));
    assert!(steps[failed + 1..].iter().all(|step| step["status"] == "not_run"));
    assert_eq!(terminal.json("lineage verify --json")["intact"], true);
    assert_eq!(terminal.json("orders --json").as_array().unwrap().len(), 0);
}

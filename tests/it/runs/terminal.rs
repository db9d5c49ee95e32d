//! The binary as a person calls it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use walkdir::WalkDir;

/// A data directory that is deleted at the end, and the binary on it.
pub(crate) struct Terminal {
    _directory: tempfile::TempDir,
    data_dir: PathBuf,
}

impl Terminal {
    /// Nothing is there yet, not even the directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("data");
        Self { _directory: directory, data_dir }
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.data_dir.join("sandbox").join("journal.jsonl")
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        command(&self.data_dir).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn good(&self, words: &str) -> String {
        let output = self.run(words.split_whitespace());
        assert!(output.status.success(), "{words}: {}", everything_said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must succeed and print one JSON document, and gives that.
    pub(crate) fn json(&self, words: &str) -> Value {
        let text = self.good(words);
        // Fails if anything follows the document.
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words}: {error}: {text}"))
    }

    /// Runs a command that must be refused: status 2, a sentence on standard error that contains
    /// `words`, and nothing on standard output.
    pub(crate) fn refused<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        words: &str,
    ) {
        assert_refused(&self.run(arguments), words);
    }

    pub(crate) fn start(&self, words: &str) -> Child {
        start(&self.data_dir, words)
    }

    /// Every file of the data directory with the hash of its content. What a refused command may
    /// touch is left out: the lock file names the last process, and the database's side files come
    /// and go with each opening.
    pub(crate) fn content(&self) -> BTreeMap<PathBuf, String> {
        content(&self.data_dir)
    }
}

/// The binary at work on a data directory, heard on standard error alone.
pub(crate) fn start(data_dir: &Path, words: &str) -> Child {
    command(data_dir)
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The binary on a data directory, without whatever the environment would have it do.
pub(crate) fn command(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1").arg("--data-dir").arg(data_dir);
    command
}

pub(crate) fn content(directory: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in WalkDir::new(directory) {
        let entry = entry.unwrap();
        let passing = ["engine.lock", "throughline.db-shm", "throughline.db-wal"];
        let stays = !passing.iter().any(|name| entry.file_name() == *name);
        if entry.file_type().is_file() && stays {
            let bytes = std::fs::read(entry.path()).unwrap();
            found.insert(entry.path().to_path_buf(), blake3::hash(&bytes).to_hex().to_string());
        }
    }
    found
}

pub(crate) fn assert_refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{}", everything_said(output));
    assert!(output.stdout.is_empty(), "{}", everything_said(output));
    let sentences = said.lines().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(sentences, 1, "{said}");
    assert!(said.contains(words), "\"{words}\" is not in: {said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
}

pub(crate) fn everything_said(output: &Output) -> String {
    format!(
        "{}\nstandard output:\n{}\nstandard error:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

//! Every way in which a data directory can be unusable, tried on a real one.

use std::error::Error;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use throughline::domain::records::StepName;
use throughline::lineage::{LineageError, Recorder, verify};
use throughline::store::{BlobBytes, Change, Durability, Store, StoreError};

use super::{execution, open_with_execution, step, version};

/// What a person reads: the error and all its causes.
fn sentence(error: &dyn Error) -> String {
    let mut shown = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        shown = format!("{shown}: {error}");
        cause = error.source();
    }
    shown
}

async fn refusal(directory: &Path) -> StoreError {
    match Store::open(directory).await {
        Ok(_) => panic!("{} was opened", directory.display()),
        Err(error) => {
            let shown = sentence(&error);
            assert!(shown.contains(&*directory.to_string_lossy()), "{shown} names no path");
            error
        }
    }
}

#[tokio::test]
async fn a_file_in_place_of_the_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("data");
    fs::write(&file, "not a directory").unwrap();
    assert!(matches!(refusal(&file).await, StoreError::NotADirectory { .. }));
    assert!(matches!(refusal(&file.join("below")).await, StoreError::NotADirectory { .. }));
    let reading = Store::open_read_only(&file).await.unwrap_err();
    assert!(matches!(reading, StoreError::NotADirectory { .. }), "{reading}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a directory");
}

#[tokio::test]
async fn a_directory_in_use_is_refused_and_the_process_is_named() {
    let (directory, store) = open_with_execution("e1").await;
    let refused = refusal(directory.path()).await;
    let own = std::process::id();
    assert!(
        matches!(refused, StoreError::InUse { process: Some(process), .. } if process == own),
        "{refused}"
    );
    assert!(refused.to_string().contains(&format!("process {own}")), "{refused}");
    store.close().await;
    Store::open(directory.path()).await.unwrap();
}

#[tokio::test]
async fn reading_needs_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Store::open_read_only(directory.path()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NoDatabase { .. }), "{missing}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "reading made a file");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (directory, store) = open_with_execution("e1").await;
    store.close().await;
    let database = directory.path().join("throughline.db");
    let mut connection = SqliteConnectOptions::new().filename(&database).connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, \
                 checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    connection.execute(newer).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(&database).unwrap();
    let refused = refusal(directory.path()).await;
    assert!(matches!(refused, StoreError::Newer { found: 9999, known: 1, .. }), "{refused}");
    let reading = Store::open_read_only(directory.path()).await.unwrap_err();
    assert!(matches!(reading, StoreError::Newer { found: 9999, .. }), "{reading}");
    assert!(fs::read(&database).unwrap() == before, "the database was changed");
}

#[tokio::test]
async fn a_database_cut_short_or_overwritten_is_refused_and_left_alone() {
    let (directory, store) = open_with_execution("e1").await;
    let mut large = step("e1", StepName::FetchMarketData, 1);
    large.output = "7".repeat(15_000);
    for attempt in 1..=20 {
        large.attempt = attempt;
        store.commit(vec![Change::Lineage(large.clone())], Durability::Full).await.unwrap();
    }
    store.close().await;
    let whole = fs::read(directory.path().join("throughline.db")).unwrap();

    let half = whole[..whole.len() / 2].to_vec();
    let uneven = whole[..whole.len() - 1_000].to_vec();
    let header_only = whole[..100].to_vec();
    let mut scribbled = whole.clone();
    scribbled[4_096..12_288].fill(0x5a);
    let cases = [half, uneven, header_only, scribbled, b"price,date\n1,2\n".repeat(400)];
    for (number, damaged) in cases.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("throughline.db");
        fs::write(&database, &damaged).unwrap();
        let refused = refusal(directory.path()).await;
        assert!(matches!(refused, StoreError::Damaged { .. }), "case {number}: {refused}");
        assert!(fs::read(&database).unwrap() == damaged, "case {number} was changed");
    }
}

/// A small file system of its own, which is unmounted at the end.
struct Mount {
    directory: tempfile::TempDir,
}

impl Mount {
    /// Nothing, said aloud, where this process may not mount; on CI as root that is a failure.
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self { directory });
        }
        let root = fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        assert!(!(root && std::env::var_os("CI").is_some()), "mounting failed: {mounted:?}");
        eprintln!("NOT RUN: this test needs the right to mount a file system: {mounted:?}");
        None
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn make_read_only(&self) {
        let done =
            Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().unwrap();
        assert!(done.success(), "remounting failed");
    }

    /// Takes all the space that is left.
    fn fill(&self) -> std::path::PathBuf {
        let ballast = self.path().join("ballast");
        let file = fs::File::create(&ballast).unwrap();
        let mut length = 0;
        while file.write_all_at(&[0; 4_096], length).is_ok() {
            length += 4_096;
        }
        ballast
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, since a connection may still be closing in its thread.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[tokio::test]
async fn a_read_only_directory_is_refused_for_the_engine_and_read_without_it() {
    let Some(mount) = Mount::new("8m") else { return };
    let fresh = mount.path().join("fresh");
    let used = mount.path().join("used");
    let store = Store::open(&used).await.unwrap();
    let changes = vec![Change::StrategyVersion(version()), Change::Execution(execution("e1"))];
    store.commit(changes, Durability::Full).await.unwrap();
    store.close().await;
    mount.make_read_only();
    for directory in [&fresh, &used] {
        let refused = refusal(directory).await;
        assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused}");
    }
    let reader = Store::open_read_only(&used).await.unwrap();
    assert_eq!(reader.counts().await.unwrap().executions, 1);
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_lost_and_writing_goes_on_when_there_is_room() {
    let Some(mount) = Mount::new("4m") else { return };
    let store = Arc::new(Store::open(&mount.path().join("data")).await.unwrap());
    let recorder = Recorder::start(Arc::clone(&store));
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    recorder.flush(Durability::Full).await.unwrap();

    let ballast = mount.fill();
    // Not compressible, so that it cannot fit into what the last page left.
    let image = BlobBytes { media_type: "image/png".into(), bytes: vec![1; 500_000] };
    recorder.record(step("e1", StepName::GenerateCharts, 1), vec![image]);
    let refused = recorder.flush(Durability::Full).await.unwrap_err();
    let LineageError::Store(error) = &refused else { panic!("{refused:?}") };
    assert!(matches!(error, StoreError::DiskFull { .. }), "{}", sentence(error));
    assert!(recorder.failures() >= 1);
    assert_eq!(recorder.dropped(), 0);
    assert_eq!(store.counts().await.unwrap().lineage_rows, 1);

    fs::remove_file(ballast).unwrap();
    recorder.flush(Durability::Full).await.unwrap();
    assert_eq!(store.counts().await.unwrap().lineage_rows, 2);
    assert_eq!(verify(&store).await.unwrap().first_fault, None);

    mount.fill();
    let refused = refusal(&mount.path().join("new")).await;
    assert!(matches!(refused, StoreError::DiskFull { .. }), "{}", sentence(&refused));
    store.close().await;
}

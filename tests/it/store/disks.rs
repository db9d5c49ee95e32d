//! A read-only and a full disk: real ones, mounted for the test.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use throughline::domain::records::StepName;
use throughline::lineage::{LineageError, Recorder, verify};
use throughline::store::{BlobBytes, Change, Durability, Store, StoreError};

use super::errors::{refusal, sentence};
use super::{execution, step, version};

/// A small file system of its own, which is unmounted at the end.
pub(crate) struct Mount {
    directory: tempfile::TempDir,
}

impl Mount {
    /// Nothing, said aloud, where this process may not mount; on CI as root that is a failure.
    pub(crate) fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self { directory });
        }
        let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        assert!(!(root && std::env::var_os("CI").is_some()), "mounting failed: {mounted:?}");
        eprintln!("NOT RUN: this test needs the right to mount a file system: {mounted:?}");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn make_read_only(&self) {
        let done =
            Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().unwrap();
        assert!(done.success(), "remounting failed");
    }

    /// Takes all the space that is left.
    pub(crate) fn fill(&self) -> std::path::PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4_096]).is_ok() {}
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

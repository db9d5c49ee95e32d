//! Recording one step of an execution with 5 KB in and 5 KB out, each step waited for: written
//! (ordinary), and on the disk (full sync).
//!
//! Criterion follows the mean from run to run; the aims are set on median and 99th percentile,
//! which are printed first. The database is under the target directory, on a real disk, since a
//! temporary directory is often in memory.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints it, and stops where something fails"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use throughline::domain::ExecutionId;
use throughline::domain::records::{StepName, StepStatus};
use throughline::lineage::{Recorder, verify};
use throughline::store::{Durability, NewLineageRow, Store};
use tokio::runtime::Runtime;

const KILOBYTES: usize = 5;
const SAMPLES: usize = 3_000;

struct Bench {
    directory: tempfile::TempDir,
    store: Arc<Store>,
    recorder: Recorder,
    recorded: u32,
}

impl Bench {
    async fn new(parent: &Path) -> Self {
        let directory = tempfile::tempdir_in(parent).unwrap();
        let store = Arc::new(Store::open(directory.path()).await.unwrap());
        let recorder = Recorder::start(Arc::clone(&store));
        Self { directory, store, recorder, recorded: 0 }
    }

    /// The next of the twelve steps of the next execution.
    fn next_row(&mut self) -> NewLineageRow {
        let number = self.recorded as usize;
        self.recorded += 1;
        let step = StepName::ALL[number % StepName::ALL.len()];
        let payload = |kind: &str| {
            let mut text = format!("{{\"{kind}\":\"");
            for place in 0..KILOBYTES * 1024 / 16 {
                write!(text, "{:015},", place * 7919 + number).unwrap();
            }
            text + "\"}"
        };
        NewLineageRow {
            execution_id: ExecutionId::new(format!("bench_{}", number / 12)).unwrap(),
            step,
            attempt: 1,
            status: StepStatus::Success,
            input: payload("input"),
            output: payload("output"),
            metadata: "{\"version\":\"0.1.0\"}".into(),
            error: None,
            duration_us: 1_234,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    async fn record(&self, row: NewLineageRow, durability: Durability) -> Duration {
        let started = Instant::now();
        self.recorder.record(row, Vec::new());
        self.recorder.flush(durability).await.unwrap();
        started.elapsed()
    }
}

fn real_disk() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    std::fs::create_dir_all(&target).unwrap();
    target
}

fn recording(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let parent = real_disk();
    println!("database under {}", parent.display());
    for (name, durability) in [("ordinary", Durability::Ordinary), ("synced", Durability::Full)] {
        let mut bench = runtime.block_on(Bench::new(&parent));
        let mut times: Vec<Duration> = (0..SAMPLES)
            .map(|_| {
                let row = bench.next_row();
                runtime.block_on(bench.record(row, durability))
            })
            .collect();
        times.sort();
        println!(
            "lineage_step/{name}: median {:?}, p99 {:?}, worst {:?} of {SAMPLES}",
            times[SAMPLES / 2],
            times[SAMPLES * 99 / 100],
            times[SAMPLES - 1]
        );
        criterion.bench_function(&format!("lineage_step/{name}"), |bencher| {
            bencher.iter_custom(|iterations| {
                (0..iterations)
                    .map(|_| {
                        let row = bench.next_row();
                        runtime.block_on(bench.record(row, durability))
                    })
                    .sum()
            });
        });
        let started = Instant::now();
        let found = runtime.block_on(verify(&bench.store)).unwrap();
        assert_eq!(found.first_fault, None);
        assert_eq!(found.rows, u64::from(bench.recorded));
        println!("verification of {} rows: {:?}", found.rows, started.elapsed());
        runtime.block_on(async {
            bench.recorder.close().await.unwrap();
            bench.store.close().await;
        });
        drop(bench.directory);
    }
}

criterion_group!(benches, recording);
criterion_main!(benches);

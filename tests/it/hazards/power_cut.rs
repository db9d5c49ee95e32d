//! H27: the power goes during the audit write. What had been acknowledged is there, the chain
//! verifies or the loss is named, and no order is sent a second time.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use throughline::app::{Engine, EngineOptions};
use throughline::domain::records::StepName;
use throughline::lineage::{Recorder, verify};
use throughline::store::{Change, Durability, Store};

use super::{open, run_sample};
use crate::runs::audit::{Audit, instant, placed_orders};
use crate::store::{execution, step, version};

const DATABASE: &str = "throughline.db";
const LOG: &str = "throughline.db-wal";

/// What a disk can hold of a file's end when the power goes.
#[derive(Debug, Clone, Copy)]
enum Tail {
    /// The file ends there.
    Missing,
    /// Its length was written and its content was not.
    Zeros,
    /// Old content of the disk.
    Noise,
}

const TAILS: [Tail; 3] = [Tail::Missing, Tail::Zeros, Tail::Noise];

impl Tail {
    fn after(self, whole: &[u8], cut: usize) -> Vec<u8> {
        let mut bytes = whole[..cut].to_vec();
        let lost = whole.len() - cut;
        match self {
            Self::Missing => {}
            Self::Zeros => bytes.resize(whole.len(), 0),
            Self::Noise => {
                let mut noise = vec![0; lost];
                blake3::Hasher::new().update(&cut.to_le_bytes()).finalize_xof().fill(&mut noise);
                bytes.extend(noise);
            }
        }
        bytes
    }
}

/// A data directory at rest, as files.
struct Image {
    database: Vec<u8>,
    log: Vec<u8>,
    journal: Vec<u8>,
}

impl Image {
    fn of(directory: &Path) -> Self {
        Self {
            database: fs::read(directory.join(DATABASE)).unwrap(),
            log: fs::read(directory.join(LOG)).unwrap(),
            journal: fs::read(journal_of(directory)).unwrap_or_default(),
        }
    }

    fn put_back(&self, log: &[u8], journal: &[u8]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(DATABASE), &self.database).unwrap();
        fs::write(directory.path().join(LOG), log).unwrap();
        let path = journal_of(directory.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, journal).unwrap();
        directory
    }
}

fn journal_of(directory: &Path) -> PathBuf {
    directory.join("sandbox").join("journal.jsonl")
}

/// Places spread over a file, the same ones at each run.
fn places(length: usize, count: u32) -> Vec<usize> {
    (0..count)
        .map(|number| {
            let digest = blake3::hash(&number.to_le_bytes());
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&digest.as_bytes()[..8]);
            usize::try_from(u64::from_le_bytes(bytes) % (length as u64 + 1)).unwrap()
        })
        .collect()
}

#[tokio::test]
async fn h27_every_acknowledged_row_outlives_a_torn_write_at_any_place() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(directory.path()).await.unwrap());
    let changes = vec![Change::StrategyVersion(version()), Change::Execution(execution("e1"))];
    store.commit(changes, Durability::Full).await.unwrap();
    let length = || fs::metadata(directory.path().join(LOG)).unwrap().len();
    let recorder = Recorder::start(Arc::clone(&store));
    // How long the log was when each row had been acknowledged.
    let mut acknowledged = vec![usize::try_from(length()).unwrap()];
    for attempt in 1..=12 {
        recorder.record(step("e1", StepName::LoadStrategy, attempt), vec![]);
        recorder.flush(Durability::Full).await.unwrap();
        acknowledged.push(usize::try_from(length()).unwrap());
    }
    let image = Image::of(directory.path());
    store.close().await;
    let begin = acknowledged[0];
    let mut cuts: Vec<usize> =
        places(image.log.len() - begin, 40).into_iter().map(|place| begin + place).collect();
    // The hardest places are the ends of commits and the bytes around them.
    cuts.extend(
        acknowledged.iter().flat_map(|end| [end - 1, *end, (end + 1).min(image.log.len())]),
    );
    cuts.retain(|cut| *cut >= begin);
    for (number, cut) in cuts.into_iter().enumerate() {
        let tail = TAILS[number % TAILS.len()];
        let torn = image.put_back(&tail.after(&image.log, cut), &[]);
        let store = Store::open(torn.path()).await.unwrap();
        let verified = verify(&store).await.unwrap();
        assert_eq!(verified.first_fault, None, "{tail:?} from {cut}");
        let due = acknowledged[1..].iter().filter(|end| **end <= cut).count();
        let found = usize::try_from(verified.rows).unwrap();
        assert!(found >= due, "{tail:?} from {cut}: {found} rows of {due} acknowledged ones");
        assert!(found <= due + 1, "{tail:?} from {cut}: a row came out of nowhere");
        store.close().await;
    }
}

/// An engine that has bought, seen its fills and gone on for two days, and its files at that time.
async fn traded() -> Image {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path()).await;
    run_sample(&engine).await;
    engine.advance_to(instant("2012-06-19T12:00:00-04:00"), |_| {}).await.unwrap();
    let image = Image::of(directory.path());
    assert!(placed_orders(directory.path()).len() >= 3);
    engine.close().await.unwrap();
    image
}

/// What became of a data directory after the power came back.
enum After {
    WentOn,
    /// The sentence that names the loss.
    Refused(String),
}

/// Opens, goes on for a day, and checks that no id was placed twice.
async fn go_on(directory: &Path) -> After {
    let before = whole_lines(directory);
    let options = EngineOptions { data_dir: directory.to_path_buf(), ..EngineOptions::default() };
    match Engine::open(options).await {
        Err(refused) => {
            assert_eq!(whole_lines(directory), before, "a refused opening sent something");
            After::Refused(refused.message)
        }
        Ok(engine) => {
            engine.advance_to(instant("2012-06-20T16:30:00-04:00"), |_| {}).await.unwrap();
            assert_eq!(verify(engine.store()).await.unwrap().first_fault, None);
            engine.close().await.unwrap();
            let placed = placed_orders(directory);
            let distinct: BTreeSet<&String> = placed.iter().collect();
            assert_eq!(distinct.len(), placed.len(), "sent twice: {placed:?}");
            After::WentOn
        }
    }
}

/// The journal's lines that are whole.
fn whole_lines(directory: &Path) -> usize {
    let bytes = fs::read(journal_of(directory)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).matches('\n').count()
}

#[tokio::test]
async fn h27_after_a_torn_log_the_engine_goes_on_or_names_the_loss_and_doubles_no_order() {
    let image = traded().await;
    let (mut went_on, mut refused) = (0, 0);
    let mut cuts = places(image.log.len(), 9);
    cuts.extend([image.log.len(), image.log.len() - 1, image.log.len() - 5_000]);
    for (number, cut) in cuts.into_iter().enumerate() {
        let tail = TAILS[number % TAILS.len()];
        let torn = image.put_back(&tail.after(&image.log, cut), &image.journal);
        match go_on(torn.path()).await {
            After::WentOn => {
                went_on += 1;
                Audit::of(torn.path()).await.check().await;
            }
            After::Refused(said) => {
                refused += 1;
                let is_named = said.contains("which this database does not know")
                    || said.contains("damaged or cut short");
                assert!(is_named, "{tail:?} from {cut}: {said}");
            }
        }
    }
    assert!(went_on >= 3 && refused >= 3, "{went_on} went on, {refused} were refused");
}

/// The exchange's own journal is torn, which stands for a broker that forgot: the engine never
/// sends again what it had sent.
#[tokio::test]
async fn h27_after_a_torn_journal_nothing_that_was_sent_is_sent_again() {
    let image = traded().await;
    let known: BTreeSet<String> = {
        let whole = image.put_back(&image.log, &image.journal);
        placed_orders(whole.path()).into_iter().collect()
    };
    let mut cuts = places(image.journal.len(), 6);
    cuts.push(image.journal.len() - 1);
    for cut in cuts {
        let torn = image.put_back(&image.log, &image.journal[..cut]);
        let left: Vec<String> = {
            let whole = image.journal[..cut].iter().rposition(|byte| *byte == b'\n');
            let shown = image.put_back(&image.log, &image.journal[..whole.map_or(0, |at| at + 1)]);
            placed_orders(shown.path())
        };
        if let After::WentOn = go_on(torn.path()).await {
            let placed = placed_orders(torn.path());
            let again: Vec<&String> =
                placed[left.len()..].iter().filter(|id| known.contains(*id)).collect();
            assert_eq!(again, Vec::<&String>::new(), "cut at {cut}");
        }
    }
}

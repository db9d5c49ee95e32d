use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::domain::Signal;
use crate::store::{BlobBytes, Change, Committed, Durability, NewLineageRow, Store, StoreError};

/// Records that may wait for the disk. A whole execution makes about twenty.
const CAPACITY: usize = 10_000;

/// Records written in one transaction.
const BATCH: usize = 256;

/// Why records are not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// The store did not take them. What was queued stays queued.
    #[error("the lineage could not be written")]
    Store(#[from] StoreError),
    /// The program is coming to its end.
    #[error("the lineage was not written, since the engine is stopping")]
    Stopped(#[source] tokio::task::JoinError),
}

/// Takes records without ever making the caller wait or fail, and writes them in order.
///
/// A task writes what is queued as soon as it can, so that a run can be watched. Before an act that
/// cannot be undone, [`Recorder::flush`] or [`Recorder::commit`] waits for the disk.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<Store>,
    queue: Mutex<VecDeque<Change>>,
    /// Held while records leave the queue for the store, so that they keep their order.
    writing: tokio::sync::Mutex<()>,
    waiting: Notify,
    closing: AtomicBool,
    dropped: AtomicU64,
    failures: AtomicU64,
}

impl Recorder {
    /// Starts the task that writes. Must be called within a Tokio runtime.
    pub fn start(store: Arc<Store>) -> Self {
        let shared = Arc::new(Shared {
            store,
            queue: Mutex::new(VecDeque::new()),
            writing: tokio::sync::Mutex::new(()),
            waiting: Notify::new(),
            closing: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        let writer = tokio::spawn(write_as_it_comes(Arc::clone(&shared)));
        Self { shared, writer: Mutex::new(Some(writer)) }
    }

    /// Queues one record with the blobs that it refers to. Never waits and never fails: when the
    /// queue is full the record is counted in [`Recorder::dropped`] and lost.
    pub fn record(&self, row: NewLineageRow, blobs: Vec<BlobBytes>) {
        let mut queue = self.shared.queue();
        if queue.len() + blobs.len() + 1 > CAPACITY {
            drop(queue);
            self.shared.drop_record(&row, "the queue is full");
            return;
        }
        queue.extend(blobs.into_iter().map(Change::Blob));
        queue.push_back(Change::Lineage(row));
        drop(queue);
        self.shared.waiting.notify_one();
    }

    /// Queues the signal of an execution, after the records that were queued before it. It is written
    /// with them, at the latest before the next act that cannot be undone.
    pub fn record_signal(&self, signal: Signal) {
        self.shared.queue().push_back(Change::Signal(Box::new(signal)));
        self.shared.waiting.notify_one();
    }

    /// Writes what is queued. On failure it stays queued for the next time.
    pub async fn flush(&self, durability: Durability) -> Result<(), LineageError> {
        self.commit(Vec::new(), durability).await.map(drop)
    }

    /// Writes what is queued, then makes the changes, all of them or none. They may contain
    /// records, which come after the queued ones. With [`Durability::Full`] whatever was written
    /// before is on the disk as well when the call returns.
    pub async fn commit(
        &self,
        changes: Vec<Change>,
        durability: Durability,
    ) -> Result<Committed, LineageError> {
        // A task of its own, so that a caller who goes away does not leave the queue and the store
        // with different ideas of what was written.
        match tokio::spawn(Arc::clone(&self.shared).commit(changes, durability)).await {
            Ok(committed) => Ok(committed?),
            Err(error) => Err(LineageError::Stopped(error)),
        }
    }

    /// Records lost since the start: the queue was full, or they contradicted the store.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Attempts to write queued records that failed since the start.
    pub fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Stops the task and writes what is queued, to the disk. The store stays open.
    pub async fn close(&self) -> Result<(), LineageError> {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.waiting.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the task that writes the lineage ended by itself");
        }
        self.flush(Durability::Full).await
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.waiting.notify_one();
    }
}

async fn write_as_it_comes(shared: Arc<Shared>) {
    while !shared.closing.load(Ordering::Acquire) {
        shared.waiting.notified().await;
        let _turn = shared.writing.lock().await;
        // A failure was counted and logged, and what is queued is tried again with the next record.
        let _ = shared.write_queue().await;
    }
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Change>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_record(&self, row: &NewLineageRow, reason: &str) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            execution = %row.execution_id,
            step = row.step.as_str(),
            attempt = row.attempt,
            reason,
            "a record of the lineage was lost"
        );
    }

    async fn commit(
        self: Arc<Self>,
        changes: Vec<Change>,
        durability: Durability,
    ) -> Result<Committed, StoreError> {
        let _turn = self.writing.lock().await;
        // The common case is one transaction for all.
        let queued = self.copy_batch();
        if !queued.is_empty() && queued.len() < BATCH {
            let written = queued.len();
            let records =
                queued.iter().filter(|change| matches!(change, Change::Lineage(_))).count();
            let all = queued.into_iter().chain(changes.iter().cloned()).collect();
            match self.store.commit(all, durability).await {
                Ok(mut committed) => {
                    self.queue().drain(..written);
                    committed.lineage.drain(..records);
                    return Ok(committed);
                }
                // Either a queued record or the changes: told apart below.
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        self.write_queue().await?;
        self.store.commit(changes, durability).await
    }

    /// Only with `writing` held.
    async fn write_queue(&self) -> Result<(), StoreError> {
        loop {
            let batch = self.copy_batch();
            if batch.is_empty() {
                return Ok(());
            }
            let written = batch.len();
            match self.store.commit(batch, Durability::Ordinary).await {
                Ok(_) => drop(self.queue().drain(..written)),
                Err(error) if error.is_conflict() => self.write_singly(written).await?,
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// The oldest of the queue. They leave it when they are written, and not before.
    fn copy_batch(&self) -> Vec<Change> {
        self.queue().iter().take(BATCH).cloned().collect()
    }

    /// Finds the records that contradict the store, such as an attempt that is recorded already:
    /// trying them again would hold up all that come after.
    async fn write_singly(&self, count: usize) -> Result<(), StoreError> {
        for _ in 0..count {
            let Some(change) = self.queue().front().cloned() else { return Ok(()) };
            match self.store.commit(vec![change.clone()], Durability::Ordinary).await {
                Ok(_) => {}
                Err(error) if error.is_conflict() => {
                    if let Change::Lineage(row) = &change {
                        self.drop_record(row, &reason(&error));
                    }
                }
                Err(error) => return Err(self.failed(error)),
            }
            self.queue().pop_front();
        }
        Ok(())
    }

    fn failed(&self, error: StoreError) -> StoreError {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let queued = self.queue().len();
        tracing::error!(error = %reason(&error), queued, "writing the lineage failed");
        error
    }
}

/// An error with all its causes.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

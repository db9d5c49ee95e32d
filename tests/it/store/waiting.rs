//! The recorder: the queue before the store.

use std::sync::Arc;

use throughline::domain::records::StepName;
use throughline::lineage::{LineageError, Recorder, verify};
use throughline::store::{BlobBytes, Change, Durability, StoreError};

use super::{execution_id, open_with_execution, step};

#[tokio::test]
async fn queued_records_come_before_the_changes_of_a_commit() {
    let (_directory, store) = open_with_execution("e1").await;
    let store = Arc::new(store);
    let recorder = Recorder::start(Arc::clone(&store));
    let chart = BlobBytes { media_type: "image/png".into(), bytes: vec![9; 100] };
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    recorder.record(step("e1", StepName::GenerateCharts, 1), vec![chart.clone()]);
    let started = vec![Change::Lineage(step("e1", StepName::PlaceOrder, 1))];
    let committed = recorder.commit(started, Durability::Full).await.unwrap();
    assert_eq!(committed.lineage.len(), 1);
    assert_eq!(committed.lineage[0].sequence, 3);
    let steps: Vec<_> = store
        .lineage_of(&execution_id("e1"))
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.row.step)
        .collect();
    assert_eq!(steps, [StepName::LoadStrategy, StepName::GenerateCharts, StepName::PlaceOrder]);
    assert!(store.blob(&chart.reference().blob).await.unwrap().is_some());
}

#[tokio::test]
async fn records_are_written_without_being_asked_for() {
    let (_directory, store) = open_with_execution("e1").await;
    let store = Arc::new(store);
    let recorder = Recorder::start(Arc::clone(&store));
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    for _ in 0..500 {
        if store.counts().await.unwrap().lineage_rows == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the record was not written within five seconds");
}

#[tokio::test]
async fn a_full_queue_drops_and_counts_and_never_waits() {
    let (_directory, store) = open_with_execution("e1").await;
    let store = Arc::new(store);
    let recorder = Recorder::start(Arc::clone(&store));
    // On this single thread the task cannot run before the first await.
    for attempt in 1..=10_003 {
        recorder.record(step("e1", StepName::TrackOrder, attempt), vec![]);
    }
    assert_eq!(recorder.dropped(), 3);
    recorder.flush(Durability::Ordinary).await.unwrap();
    assert_eq!(store.counts().await.unwrap().lineage_rows, 10_000);
    assert_eq!(verify(&store).await.unwrap().first_fault, None);
}

#[tokio::test]
async fn a_record_that_contradicts_the_store_does_not_hold_up_the_others() {
    let (_directory, store) = open_with_execution("e1").await;
    let store = Arc::new(store);
    let recorder = Recorder::start(Arc::clone(&store));
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    recorder.record(step("e1", StepName::FetchMarketData, 1), vec![]);
    let committed = recorder
        .commit(vec![Change::Lineage(step("e1", StepName::PlaceOrder, 1))], Durability::Full)
        .await
        .unwrap();
    assert_eq!(committed.lineage[0].sequence, 3);
    assert_eq!(recorder.dropped(), 1);

    let twice = vec![Change::Lineage(step("e1", StepName::PlaceOrder, 1))];
    recorder.record(step("e1", StepName::CheckRisk, 1), vec![]);
    let refused = recorder.commit(twice, Durability::Full).await;
    assert!(
        matches!(refused, Err(LineageError::Store(StoreError::Conflict { .. }))),
        "{refused:?}"
    );
    // The queued record was right, and is there.
    assert_eq!(store.counts().await.unwrap().lineage_rows, 4);
    assert_eq!(recorder.dropped(), 1);
}

#[tokio::test]
async fn closing_writes_what_is_queued() {
    let (_directory, store) = open_with_execution("e1").await;
    let store = Arc::new(store);
    let recorder = Recorder::start(Arc::clone(&store));
    recorder.record(step("e1", StepName::LoadStrategy, 1), vec![]);
    recorder.close().await.unwrap();
    recorder.record(step("e1", StepName::FetchMarketData, 1), vec![]);
    recorder.close().await.unwrap();
    assert_eq!(store.counts().await.unwrap().lineage_rows, 2);
    store.close().await;
    recorder.record(step("e1", StepName::CheckRisk, 1), vec![]);
    let refused = recorder.flush(Durability::Full).await;
    assert!(
        matches!(refused, Err(LineageError::Store(StoreError::NotOpenForWriting { .. }))),
        "{refused:?}"
    );
    assert_eq!((recorder.failures(), recorder.dropped()), (1, 0));
}

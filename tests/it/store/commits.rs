//! Transactions and the lineage that they append to.

use std::task::{Context, Poll, Waker};

use throughline::domain::Leg;
use throughline::domain::records::{StepName, StepStatus};
use throughline::lineage::verify;
use throughline::store::chain::GENESIS;
use throughline::store::{BlobBytes, Change, Counts, Durability, Store, StoreError};

use super::{execution, execution_id, fill, open_with_execution, order, step, version};

#[tokio::test]
async fn lineage_rows_are_chained_and_read_back_whole() {
    let (_directory, store) = open_with_execution("e1").await;
    let mut large = step("e1", StepName::FetchMarketData, 1);
    large.output = format!("{{\"bars\":\"{}\"}}", "7".repeat(40_000));
    let mut failed = step("e2", StepName::LoadStrategy, 1);
    failed.status = StepStatus::Error;
    failed.error = Some("the strategy is unknown: no row of that id".into());
    let rows = [step("e1", StepName::LoadStrategy, 1), failed, large];
    let changes = rows.iter().cloned().map(Change::Lineage).collect();
    let committed = store.commit(changes, Durability::Full).await.unwrap();

    let read = store.lineage_after(0, 100).await.unwrap();
    assert_eq!(read.iter().map(|row| row.row.clone()).collect::<Vec<_>>(), rows);
    assert_eq!(read.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let parents: Vec<_> = read.iter().map(|row| row.parent_sequence).collect();
    assert_eq!(parents, [None, None, Some(1)]);
    assert_eq!(read[0].previous_hash, GENESIS);
    for (row, link) in read.iter().zip(&committed.lineage) {
        assert_eq!((row.sequence, &row.hash), (link.sequence, &link.hash));
    }
    assert_eq!(read[2].previous_hash, read[1].hash);
    let of_one = store.lineage_of(&execution_id("e1")).await.unwrap();
    assert_eq!(of_one, [read[0].clone(), read[2].clone()]);
    assert_eq!(store.lineage_after(2, 100).await.unwrap(), read[2..]);

    let counts = store.counts().await.unwrap();
    assert_eq!((counts.lineage_rows, counts.blobs), (3, 1));
    assert!(counts.blob_bytes < 1_000, "text is kept compressed, not in {} B", counts.blob_bytes);
    let found = verify(&store).await.unwrap();
    assert_eq!((found.rows, found.blobs, found.first_fault), (3, 1, None));
}

#[tokio::test]
async fn the_chain_goes_on_after_a_reopening_and_after_a_failed_commit() {
    let (directory, store) = open_with_execution("e1").await;
    let first = Change::Lineage(step("e1", StepName::LoadStrategy, 1));
    store.commit(vec![first.clone()], Durability::Ordinary).await.unwrap();
    let second = Change::Lineage(step("e1", StepName::FetchMarketData, 1));
    let twice = store.commit(vec![second.clone(), first], Durability::Ordinary).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
    store.commit(vec![second], Durability::Ordinary).await.unwrap();
    store.close().await;

    let store = Store::open(directory.path()).await.unwrap();
    let third = Change::Lineage(step("e1", StepName::CalculateIndicators, 1));
    store.commit(vec![third], Durability::Ordinary).await.unwrap();
    let read = store.lineage_of(&execution_id("e1")).await.unwrap();
    assert_eq!(read.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(read[2].parent_sequence, Some(2));
    assert_eq!(verify(&store).await.unwrap().first_fault, None);
}

#[tokio::test]
async fn a_commit_is_made_whole_or_not_at_all() {
    let (_directory, store) = open_with_execution("e1").await;
    let before = store.counts().await.unwrap();
    // The fill's order is not there, which shows at the very end of the transaction.
    let orphan = fill(&order("e1", Leg::Entry), "f1");
    let changes = vec![
        Change::Lineage(step("e1", StepName::LoadStrategy, 1)),
        Change::Blob(BlobBytes { media_type: "image/png".into(), bytes: vec![1, 2, 3] }),
        Change::Fill(orphan.clone()),
    ];
    let refused = store.commit(changes.clone(), Durability::Full).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.counts().await.unwrap(), before);

    // The order of the changes inside one commit is free.
    let with_order = changes.into_iter().chain([Change::Order(order("e1", Leg::Entry))]).collect();
    store.commit(with_order, Durability::Full).await.unwrap();
    let after = store.counts().await.unwrap();
    let expected = Counts { orders: 1, fills: 1, lineage_rows: 1, blobs: 1, ..before };
    assert_eq!(after, Counts { blob_bytes: 3, ..expected });
}

#[tokio::test]
async fn an_abandoned_commit_leaves_nothing_behind() {
    let (_directory, store) = open_with_execution("e1").await;
    // Every await of the commit is one place at which its caller may go away.
    for polls in 1..12 {
        let row = step(&format!("abandoned{polls}"), StepName::LoadStrategy, 1);
        let mut commit = Box::pin(store.commit(vec![Change::Lineage(row)], Durability::Full));
        for _ in 0..polls {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(done) = commit.as_mut().poll(&mut context) {
                done.unwrap();
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        drop(commit);
        let row = step(&format!("kept{polls}"), StepName::LoadStrategy, 1);
        store.commit(vec![Change::Lineage(row.clone())], Durability::Full).await.unwrap();
        let kept = store.lineage_of(&row.execution_id).await.unwrap();
        assert_eq!(kept.len(), 1, "after {polls} polls");
    }
    assert_eq!(verify(&store).await.unwrap().first_fault, None);
}

#[tokio::test]
async fn a_reader_beside_the_engine_sees_its_commits_and_changes_nothing() {
    let (directory, store) = open_with_execution("e1").await;
    let reader = Store::open_read_only(directory.path()).await.unwrap();
    store.commit(vec![Change::Execution(execution("e2"))], Durability::Ordinary).await.unwrap();
    assert_eq!(reader.counts().await.unwrap().executions, 2);
    let refused = reader.commit(vec![Change::Execution(execution("e3"))], Durability::Full).await;
    assert!(matches!(refused, Err(StoreError::NotOpenForWriting { .. })), "{refused:?}");
    store.close().await;
    assert_eq!(reader.counts().await.unwrap().executions, 2);
    let closed = store.commit(vec![Change::StrategyVersion(version())], Durability::Full).await;
    assert!(matches!(closed, Err(StoreError::NotOpenForWriting { .. })), "{closed:?}");
}

#[tokio::test]
async fn a_blob_is_kept_once_under_its_hash() {
    let (_directory, store) = open_with_execution("e1").await;
    let image = BlobBytes { media_type: "image/png".into(), bytes: (0..=255).collect() };
    let text = BlobBytes { media_type: "application/json".into(), bytes: b"{\"a\":1}".to_vec() };
    let blobs = [image.clone(), image.clone(), text.clone()];
    let changes = blobs.into_iter().map(Change::Blob).collect();
    store.commit(changes, Durability::Ordinary).await.unwrap();
    assert_eq!(store.counts().await.unwrap().blobs, 2);
    for blob in [image, text] {
        let found = store.blob(&blob.reference().blob).await.unwrap();
        assert_eq!(found, Some((blob.media_type, blob.bytes)));
    }
    assert_eq!(store.blob(GENESIS).await.unwrap(), None);
}

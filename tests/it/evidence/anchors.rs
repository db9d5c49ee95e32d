//! What the anchors show and the chain alone cannot: that its end was cut off, and that it was
//! computed anew.

use throughline::evidence::{check_anchors, read_anchors};
use throughline::lineage::verify;
use throughline::store::Store;

use super::{key, recorded};
use crate::runs::replay::plant;

#[tokio::test]
async fn anchors_hold_against_the_chain_that_they_were_made_of() {
    let (directory, store) = recorded().await;
    let anchors = read_anchors(directory.path()).unwrap();
    let found = check_anchors(&store, &anchors).await.unwrap();
    assert_eq!((found.anchors, found.signed, found.first_fault), (2, 2, None));
    assert_eq!(found.fingerprints, [key().public().fingerprint()]);
    assert_eq!(found.last_day.unwrap().to_string(), "2012-06-15");
}

#[tokio::test]
async fn rows_that_were_cut_off_the_end_show_in_the_anchor_alone() {
    let (directory, store) = recorded().await;
    store.close().await;
    plant(directory.path(), "DELETE FROM workflow_lineage WHERE sequence > 4").await;
    let store = Store::open_read_only(directory.path()).await.unwrap();
    assert_eq!(verify(&store).await.unwrap().first_fault, None, "the chain itself still holds");
    let anchors = read_anchors(directory.path()).unwrap();
    let fault = check_anchors(&store, &anchors).await.unwrap().first_fault.unwrap();
    assert_eq!(
        fault.to_string(),
        "anchor 2: row 6, the last of 2012-06-15, is not in the database any more"
    );
}

#[tokio::test]
async fn a_chain_that_was_computed_anew_shows_in_the_first_anchor_after_the_change() {
    let (directory, store) = recorded().await;
    store.close().await;
    // Whoever computes a hash anew has one that is another; which one does not matter here.
    let sql = "UPDATE workflow_lineage SET hash = previous_hash WHERE sequence = 2";
    plant(directory.path(), sql).await;
    let store = Store::open_read_only(directory.path()).await.unwrap();
    let anchors = read_anchors(directory.path()).unwrap();
    let fault = check_anchors(&store, &anchors).await.unwrap().first_fault.unwrap();
    assert_eq!(
        fault.to_string(),
        "anchor 1: row 2 is another than it was at the end of 2012-06-14"
    );
}

//! The kill switch while something is under way.

use std::sync::Arc;
use std::time::Duration;

use throughline::domain::records::Outcome;
use throughline::domain::{Leg, OrderStatus};

use super::setting::{HOLDS, Setting};

/// An entry that works over the weekend: approved at a Friday's close.
async fn working_entry(setting: &Setting) -> throughline::domain::ExecutionId {
    let asked = setting.run("proposals").await;
    setting.engine.decide_approval(asked.id.as_str(), true, "window").await.unwrap();
    let entry = setting.orders_of(&asked.id).await.into_iter().find(|o| o.leg == Leg::Entry);
    assert!(!entry.unwrap().status.is_terminal());
    asked.id
}

#[tokio::test]
async fn a_halt_file_that_appears_cancels_working_entries_and_nothing_is_bought() {
    let setting = Setting::new().await;
    let id = working_entry(&setting).await;
    std::fs::write(setting.data_dir().join("HALT"), "").unwrap();
    setting.advance("2012-06-18T16:30:00-04:00").await;
    let execution = setting.execution(&id).await;
    assert_eq!(execution.outcome, Some(Outcome::NotFilled), "{execution:?}");
    let orders = setting.orders_of(&id).await;
    let entry = orders.iter().find(|order| order.leg == Leg::Entry).unwrap();
    assert_eq!(entry.status, OrderStatus::Cancelled, "{entry:?}");
    let ids = [entry.client_order_id.clone()];
    let events = setting.engine.store().order_events(&ids).await.unwrap();
    let asked = events.iter().any(|event| event.status == OrderStatus::PendingCancel);
    assert!(asked, "the cancellation was not written down: {events:?}");
    let (held, open) = setting.exchange().await;
    assert!(held.is_empty() && open == 0, "{held:?}, {open} orders");
}

#[tokio::test]
async fn a_halt_leaves_protection_in_place() {
    let setting = Setting::new().await;
    let bought = setting.run("sample").await;
    assert_eq!(bought.outcome, Some(Outcome::Bought), "{bought:?}");
    setting.advance(HOLDS).await;
    let protection = || async {
        let orders = setting.orders_of(&bought.id).await;
        let working = orders.into_iter().filter(|order| !order.status.is_terminal());
        working.map(|order| order.leg).collect::<Vec<_>>()
    };
    assert_eq!(protection().await, [Leg::Stop, Leg::Target]);
    setting.engine.halt("window", "a test").unwrap();
    setting.advance("2012-06-19T15:00:00-04:00").await;
    assert_eq!(protection().await, [Leg::Stop, Leg::Target]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_halt_file_is_seen_within_a_second_while_time_stands() {
    let setting = Setting::new().await;
    let id = working_entry(&setting).await;
    let running = Arc::clone(&setting.engine);
    let running = tokio::spawn(async move { running.run_until_closed().await });
    std::fs::write(setting.data_dir().join("HALT"), "by hand").unwrap();
    let mut cancelled = false;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let orders = setting.orders_of(&id).await;
        let entry = orders.into_iter().find(|order| order.leg == Leg::Entry).unwrap();
        cancelled = matches!(entry.status, OrderStatus::PendingCancel | OrderStatus::Cancelled);
        if cancelled {
            break;
        }
    }
    running.abort();
    assert!(cancelled, "five seconds passed, and the entry works on");
}

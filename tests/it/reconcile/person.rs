//! What a person asks of a working order.

use throughline::broker::{CancelOutcome, SubmitOutcome};
use throughline::domain::{Leg, OrderSide, OrderStatus};
use throughline::orders::driver::{CancelPurpose, OrderActError};

use super::fake::{AAPL, Desk, decimal, fill, id, listed};

fn reason<T: std::fmt::Debug>(result: Result<T, OrderActError>) -> String {
    match result {
        Err(OrderActError::Refused { reason }) => reason,
        other => panic!("it should be refused in a sentence, and is {other:?}"),
    }
}

#[tokio::test]
async fn a_cancelling_is_asked_for_once_and_the_list_says_what_came_of_it() {
    let mut desk = Desk::with_position().await;
    let asked = desk.orders.cancel(&id(Leg::Target), CancelPurpose::Person).await.unwrap();
    assert_eq!(asked.status, OrderStatus::PendingCancel, "the list is older than the request");
    let again = reason(desk.orders.cancel(&id(Leg::Target), CancelPurpose::Person).await);
    assert!(again.contains("already"), "{again}");
    assert_eq!(desk.broker.lists().cancelled.len(), 1);
    {
        let mut lists = desk.broker.lists();
        let target = &mut lists.live.as_mut().unwrap()[1];
        (target.status, target.status_text) = (OrderStatus::Cancelled, "Cancelled".into());
    }
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Target).await.status, OrderStatus::Cancelled);
    let events = desk.parts.store.order_events(&[id(Leg::Target)]).await.unwrap();
    let words: Vec<_> = events.iter().filter_map(|event| event.words.as_deref()).collect();
    assert_eq!(words, ["a person asked to cancel it", "Cancelled"]);
}

#[tokio::test]
async fn h04_a_cancelling_that_is_refused_because_it_filled_ends_at_once_as_filled() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        lists.cancel_outcome = CancelOutcome::Refused { reason: "order not cancellable".into() };
        lists.live.as_mut().unwrap().clear();
        lists.lookups = vec![listed("73", OrderSide::Sell, "120", OrderStatus::Filled)];
        lists.fills.as_mut().unwrap().push(fill("a.b.9.01", Some("73"), OrderSide::Sell, "120"));
        lists.positions.clear();
    }
    let order = desk.orders.cancel(&id(Leg::Target), CancelPurpose::Person).await.unwrap();
    assert_eq!(order.status, OrderStatus::Filled);
    assert_eq!(desk.parts.account.positions(), []);
    assert_eq!(desk.broker.lists().cancelled.len(), 1);
}

#[tokio::test]
async fn h04_a_cancelling_that_is_refused_because_it_was_gone_ends_at_once_as_cancelled() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        lists.cancel_outcome = CancelOutcome::Refused { reason: "no such order".into() };
        lists.live.as_mut().unwrap().pop();
        lists.lookups = vec![listed("73", OrderSide::Sell, "120", OrderStatus::Cancelled)];
    }
    let order = desk.orders.cancel(&id(Leg::Target), CancelPurpose::Person).await.unwrap();
    assert_eq!(order.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn an_order_fills_while_it_is_being_cancelled_and_after_it_was() {
    let mut desk = Desk::with_orders().await;
    desk.orders.cancel(&id(Leg::Entry), CancelPurpose::Person).await.unwrap();
    {
        let mut lists = desk.broker.lists();
        let mut part = fill("a.b.1.01", Some("71"), OrderSide::Buy, "99");
        part.quantity = decimal("4");
        lists.fills = Some(vec![part]);
        lists.positions.insert(AAPL, decimal("4"));
    }
    desk.orders.tick().await.unwrap();
    let entry = desk.order(Leg::Entry).await;
    assert_eq!((entry.status, entry.filled_quantity), (OrderStatus::PendingCancel, decimal("4")));
    desk.broker.lists().live.as_mut().unwrap()[0].status = OrderStatus::Cancelled;
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Entry).await.status, OrderStatus::Cancelled);
    let mut late = fill("a.b.2.01", Some("71"), OrderSide::Buy, "99");
    late.quantity = decimal("6");
    desk.broker.lists().fills.as_mut().unwrap().push(late);
    desk.orders.tick().await.unwrap();
    let entry = desk.order(Leg::Entry).await;
    assert_eq!((entry.status, entry.filled_quantity), (OrderStatus::Filled, decimal("10")));
    assert_eq!(desk.parts.account.positions()[0].quantity, decimal("10"));
}

#[tokio::test]
async fn the_stop_of_an_open_position_is_cancelled_to_flatten_only() {
    let mut desk = Desk::with_position().await;
    let refused = reason(desk.orders.cancel(&id(Leg::Stop), CancelPurpose::Person).await);
    assert!(refused.contains("unprotected"), "{refused}");
    assert!(desk.broker.lists().cancelled.is_empty());
    desk.orders.cancel(&id(Leg::Stop), CancelPurpose::Flatten).await.unwrap();
    assert_eq!(desk.broker.lists().cancelled.len(), 1);
}

#[tokio::test]
async fn a_change_passes_the_risk_gate_is_sent_once_and_never_adds_risk() {
    let mut desk = Desk::with_position().await;
    let stop = id(Leg::Stop);
    let lower = reason(desk.orders.modify(&stop, Some(decimal("89.99")), None).await);
    assert!(lower.contains("risk more"), "{lower}");
    let more = desk.orders.modify(&id(Leg::Target), None, Some(decimal("11"))).await;
    assert!(reason(more).contains("approved"));
    assert_eq!(desk.broker.lists().submitted, 0);

    desk.broker.lists().live.as_mut().unwrap()[0].price = Some(decimal("95"));
    let moved = desk.orders.modify(&stop, Some(decimal("95")), None).await.unwrap();
    assert_eq!(moved.price, Some(decimal("95")));
    assert_eq!(desk.broker.lists().submitted, 1);
}

#[tokio::test]
async fn a_change_without_an_answer_is_not_sent_again_and_shows_in_the_list() {
    let mut desk = Desk::with_position().await;
    desk.broker.lists().submit_outcome =
        Some(SubmitOutcome::Unknown { reason: "the connection broke".into() });
    let stop = id(Leg::Stop);
    let still = desk.orders.modify(&stop, Some(decimal("95")), None).await.unwrap();
    assert_eq!(still.price, Some(decimal("90")), "our records show the broker's price");
    desk.broker.lists().live.as_mut().unwrap()[0].price = Some(decimal("95"));
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Stop).await.price, Some(decimal("95")));
    assert_eq!(desk.broker.lists().submitted, 1);
}

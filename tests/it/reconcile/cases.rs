use rust_decimal::Decimal;
use throughline::domain::records::{Outcome, Trigger};
use throughline::domain::{ExitCause, Leg, OrderSide, OrderStatus};
use throughline::orders::driver::Reconciler;
use throughline::store::{Change, Durability};

use super::fake::{AAPL, Desk, at, broker_id, decimal, fill, id, listed};

#[tokio::test]
async fn h01_fills_of_a_time_without_connection_are_booked_once_by_id() {
    let mut desk = Desk::with_orders().await;
    desk.fill_entry();
    let report = desk.reconciler.run_now().await.unwrap();
    assert!(report.succeeded && report.booked == 1 && report.standing == 0, "{report:?}");
    let report = desk.reconciler.run_now().await.unwrap();
    assert_eq!(report.booked, 0);
    assert_eq!(desk.kinds().await, ["missing_fill"]);
    let correction = &desk.corrections().await[0];
    assert!(correction.evidence.contains("a.b.1.01"), "{correction:?}");
    assert_eq!(desk.parts.store.fills().await.unwrap().len(), 1);
    assert_eq!(desk.parts.account.ledger().cash(), decimal("9009"));
    assert_eq!(desk.order(Leg::Entry).await.status, OrderStatus::Filled);
    assert_eq!(desk.closures(), [""; 0]);
}

#[tokio::test]
async fn h12_an_order_that_left_the_list_because_it_filled_is_filled_and_not_cancelled() {
    let mut desk = Desk::with_orders().await;
    desk.orders.tick().await.unwrap();
    desk.fill_entry();
    for _ in 0..3 {
        desk.pass(10);
        desk.orders.tick().await.unwrap();
    }
    let entry = desk.order(Leg::Entry).await;
    assert_eq!((entry.status, entry.filled_quantity), (OrderStatus::Filled, Decimal::TEN));
}

#[tokio::test]
async fn h15_lists_that_have_not_loaded_are_not_empty_and_entries_wait_for_them() {
    let mut desk = Desk::with_orders().await;
    assert_eq!(desk.closures(), ["not_reconciled"]);
    desk.broker.lists().live = None;
    assert!(!desk.reconciler.run_now().await.unwrap().succeeded);
    assert_eq!(desk.closures(), ["not_reconciled"]);
    assert_eq!(desk.order(Leg::Stop).await.status, OrderStatus::Submitted);

    let mut desk = Desk::with_position().await;
    desk.broker.lists().positions.clear();
    assert!(!desk.reconciler.run_now().await.unwrap().succeeded, "it has to be said twice");
    assert_eq!(desk.closures(), ["not_reconciled"]);
    desk.broker.lists().positions.insert(AAPL, Decimal::TEN);
    let report = desk.reconciler.run_now().await.unwrap();
    assert_eq!((report.succeeded, report.standing), (true, 0));
    assert_eq!(desk.closures(), [""; 0]);
    assert_eq!(desk.kinds().await, [""; 0]);
}

#[tokio::test]
async fn h18_a_position_closed_by_hand_is_closed_here_and_the_left_over_stop_is_an_alarm() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        let sale = fill("a.b.2.01", Some("900"), OrderSide::Sell, "110");
        lists.fills.as_mut().unwrap().push(sale);
        lists.positions.clear();
        lists.cash = decimal("10108");
    }
    desk.reconciler.run_now().await.unwrap();
    let report = desk.reconciler.run_now().await.unwrap();
    assert!(report.succeeded, "{report:?}");
    assert_eq!(desk.parts.account.positions(), []);
    assert_eq!(desk.parts.account.ledger().cash(), decimal("10108"));
    let trade = &desk.parts.store.trades().await.unwrap()[0];
    assert_eq!((trade.exit_cause, trade.strategy_id.as_str()), (ExitCause::External, "sample"));
    assert_eq!(trade.realized_pnl, decimal("108"));
    assert_eq!(desk.kinds().await, ["external_fill", "stop_without_position"]);
    assert_eq!(desk.closures(), ["unprotected"]);

    let external = desk.parts.store.order_by_broker_id(&broker_id("900")).await.unwrap().unwrap();
    assert_eq!((external.leg, external.status), (Leg::External, OrderStatus::Filled));
    let card = desk.parts.store.execution(&external.execution_id).await.unwrap().unwrap();
    assert_eq!((card.trigger, card.outcome), (Trigger::External, Some(Outcome::External)));
    let strategies = desk.parts.store.strategies().await.unwrap();
    assert!(strategies.iter().all(|row| row.version.strategy_id.as_str() == "sample"));
}

#[tokio::test]
async fn an_order_placed_elsewhere_is_adopted_once_and_followed_to_its_end() {
    let mut desk = Desk::with_position().await;
    let foreign = listed("900", OrderSide::Buy, "80", OrderStatus::Submitted);
    desk.broker.lists().live.as_mut().unwrap().push(foreign);
    desk.orders.tick().await.unwrap();
    assert!(desk.orders.take_difference() && !desk.orders.take_difference());
    for _ in 0..2 {
        desk.reconciler.run_now().await.unwrap();
    }
    assert_eq!(desk.kinds().await, ["external_order"]);
    {
        let mut lists = desk.broker.lists();
        lists.live.as_mut().unwrap().pop();
        lists.fills.as_mut().unwrap().push(fill("a.b.3.01", Some("900"), OrderSide::Buy, "80"));
        lists.positions.insert(AAPL, Decimal::from(20));
        lists.cash = decimal("8208");
    }
    desk.orders.tick().await.unwrap();
    let report = desk.reconciler.run_now().await.unwrap();
    assert_eq!((report.booked, report.standing), (0, 0), "{report:?}");
    let external = desk.parts.store.order_by_broker_id(&broker_id("900")).await.unwrap().unwrap();
    assert_eq!(external.status, OrderStatus::Filled);
    let of_whom: Vec<String> =
        desk.parts.account.positions().iter().map(|held| held.strategy_id.to_string()).collect();
    assert_eq!(of_whom, ["external", "sample"]);
}

#[tokio::test]
async fn h20_a_missing_stop_is_one_alarm_however_often_it_is_looked_at_or_started() {
    let mut desk = Desk::with_position().await;
    desk.broker.lists().live.as_mut().unwrap().remove(0);
    for _ in 0..3 {
        desk.orders.tick().await.unwrap();
        desk.pass(10);
    }
    assert!(desk.orders.take_difference(), "a stop that ends alone asks for a comparison");
    for _ in 0..3 {
        assert_eq!(desk.reconciler.run_now().await.unwrap().standing, 1);
    }
    let mut again = Reconciler::new(desk.parts.clone(), None);
    assert_eq!(again.run_now().await.unwrap().standing, 1);
    assert_eq!(desk.kinds().await, ["stop_missing"]);
    assert!(desk.corrections().await[0].is_alarm);
    assert_eq!(desk.closures(), ["unprotected"]);
    let mut stop = desk.order(Leg::Stop).await;
    stop.status = OrderStatus::Submitted;
    desk.parts.store.commit(vec![Change::Order(stop)], Durability::Full).await.unwrap();
    again.run_now().await.unwrap();
    assert_eq!(desk.closures(), [""; 0]);
    assert_eq!(desk.kinds().await, ["stop_missing", "stop_missing_resolved"]);
}

#[tokio::test]
async fn h06_a_forced_liquidation_has_a_card_an_alarm_and_closes_entries_in_the_contract() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        let mut forced = fill("a.b.4.01", None, OrderSide::Sell, "50");
        forced.is_liquidation = true;
        lists.fills.as_mut().unwrap().push(forced);
        lists.live.as_mut().unwrap().clear();
        lists.positions.clear();
        lists.cash = decimal("9508");
    }
    desk.reconciler.run_now().await.unwrap();
    desk.reconciler.run_now().await.unwrap();
    let trade = &desk.parts.store.trades().await.unwrap()[0];
    assert_eq!(trade.exit_cause, ExitCause::Liquidation);
    let liquidation = desk.parts.store.last_correction("liquidation", Some(AAPL)).await.unwrap();
    assert!(liquidation.is_some_and(|correction| correction.is_alarm));
    assert!(desk.closures().contains(&"liquidation"), "{:?}", desk.closures());
    assert_eq!(desk.parts.gate.sentences_for(throughline::domain::Conid(1)), [""; 0]);
}

#[tokio::test]
async fn h03_an_order_of_unknown_fate_closes_its_contract_until_it_is_proven_absent() {
    let mut desk = Desk::with_orders().await;
    let mut entry = desk.order(Leg::Entry).await;
    (entry.status, entry.broker_order_id) = (OrderStatus::Unknown, None);
    desk.parts.store.commit(vec![Change::Order(entry)], Durability::Full).await.unwrap();
    desk.broker.lists().live.as_mut().unwrap().remove(0);
    desk.reconciler.run_now().await.unwrap();
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.closures(), ["unknown_order"]);
    assert_eq!(desk.order(Leg::Entry).await.status, OrderStatus::Unknown);
    desk.pass(10);
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Entry).await.status, OrderStatus::Cancelled);
    assert_eq!(desk.closures(), [""; 0]);
    let evidence = desk.parts.store.order_evidence(&id(Leg::Entry)).await.unwrap();
    assert_eq!(evidence.len(), 2, "{evidence:?}");
    assert!(evidence[0].sentence.contains("2 open orders"), "{evidence:?}");
    assert_eq!(desk.broker.lists().submitted, 0, "h21: nothing is sent again");
}

#[tokio::test]
async fn h11_an_unknown_order_is_found_by_its_execution_alone() {
    let mut desk = Desk::with_orders().await;
    let mut entry = desk.order(Leg::Entry).await;
    (entry.status, entry.broker_order_id) = (OrderStatus::Unknown, None);
    desk.parts.store.commit(vec![Change::Order(entry)], Durability::Full).await.unwrap();
    desk.fill_entry();
    desk.broker.lists().fills.as_mut().unwrap()[0].client_order_id = Some(id(Leg::Entry));
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Entry).await.status, OrderStatus::Filled);
    let evidence = desk.parts.store.order_evidence(&id(Leg::Entry)).await.unwrap();
    assert!(evidence[0].sentence.contains("a.b.1.01"), "{evidence:?}");
}

#[tokio::test]
async fn h22_what_is_changed_elsewhere_shows_as_the_broker_has_it() {
    let mut desk = Desk::with_position().await;
    desk.broker.lists().live.as_mut().unwrap()[0].price = Some(decimal("85"));
    desk.orders.tick().await.unwrap();
    assert_eq!(desk.order(Leg::Stop).await.price, Some(decimal("85")));
}

#[tokio::test]
async fn a_status_that_was_never_seen_before_is_kept_as_a_word_and_told_once() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        let stop = &mut lists.live.as_mut().unwrap()[0];
        (stop.status, stop.status_text) = (OrderStatus::Unknown, "Ruminating".into());
    }
    for _ in 0..3 {
        desk.orders.tick().await.unwrap();
    }
    assert_eq!(desk.order(Leg::Stop).await.status, OrderStatus::Submitted);
    let events = desk.parts.store.order_events(&[id(Leg::Stop)]).await.unwrap();
    let told = events.iter().filter(|event| event.words.as_deref() == Some("Ruminating"));
    assert_eq!(told.count(), 1, "{events:?}");
}

#[tokio::test]
async fn a_corrected_fill_replaces_the_earlier_one_in_ledger_order_and_position() {
    let mut desk = Desk::with_position().await;
    {
        let mut lists = desk.broker.lists();
        lists.fills = Some(vec![fill("a.b.1.02", Some("71"), OrderSide::Buy, "98.50")]);
        lists.cash = decimal("9014");
    }
    for _ in 0..2 {
        let report = desk.reconciler.run_now().await.unwrap();
        assert_eq!(report.standing, 0, "{report:?}");
    }
    assert_eq!(desk.kinds().await, ["fill_corrected"]);
    assert_eq!(desk.parts.account.ledger().cash(), decimal("9014"));
    assert_eq!(desk.order(Leg::Entry).await.average_price, Some(decimal("98.50")));
    assert_eq!(desk.parts.store.positions().await.unwrap()[0].average_cost, decimal("98.50"));
    let fills = desk.parts.store.fills().await.unwrap();
    assert_eq!(fills.len(), 1);
    assert_eq!(fills[0].corrects.as_ref().unwrap().as_str(), "a.b.1.01");
}

#[tokio::test]
async fn a_commission_is_unknown_until_it_is_reported() {
    let mut desk = Desk::with_orders().await;
    desk.fill_entry();
    {
        let mut lists = desk.broker.lists();
        let entry = &mut lists.fills.as_mut().unwrap()[0];
        (entry.commission, entry.is_commission_known) = (Decimal::ZERO, false);
    }
    desk.orders.tick().await.unwrap();
    let report = desk.reconciler.run_now().await.unwrap();
    assert_eq!(report.standing, 0, "cash waits for the commission: {report:?}");
    {
        let mut lists = desk.broker.lists();
        let entry = &mut lists.fills.as_mut().unwrap()[0];
        (entry.commission, entry.is_commission_known) = (Decimal::ONE, true);
    }
    let report = desk.reconciler.run_now().await.unwrap();
    assert_eq!((report.booked, report.standing), (1, 0), "{report:?}");
    assert_eq!(desk.parts.account.ledger().cash(), decimal("9009"));
    let booked = &desk.parts.store.fills().await.unwrap()[0].fill;
    assert!(booked.is_commission_known && booked.commission == Decimal::ONE, "{booked:?}");
    assert_eq!(desk.order(Leg::Entry).await.commission, Decimal::ONE);
}

#[tokio::test]
async fn cash_that_no_fill_explains_is_told_once() {
    let mut desk = Desk::with_position().await;
    desk.broker.lists().cash = decimal("9019");
    for _ in 0..2 {
        assert_eq!(desk.reconciler.run_now().await.unwrap().standing, 1);
    }
    assert_eq!(desk.kinds().await, ["cash_differs"]);
    assert_eq!(desk.closures(), [""; 0]);
    assert_eq!(desk.reconciler.due_at().map(|due| due > at(300)), Some(true));
}

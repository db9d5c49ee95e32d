//! The watch over stops and targets, beside the bracket at the broker (workflow.md B3.3, B3.4).

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rust_decimal::Decimal;
use throughline::domain::records::{Outcome, Trigger};
use throughline::domain::{
    Availability, Bar, Conid, Instrument, Leg, OrderIntent, OrderSide, OrderStatus, Timeframe,
};
use throughline::executor::ClosureCause;
use throughline::market::{MarketData, MarketError, Quote, StockListing};
use throughline::orders::driver::{WatchDriver, WatchPace};
use throughline::store::{WatchEventRow, WatchTrigger, WatchVerdict};

use super::fake::{Desk, apple, decimal, listed};

/// A market for tests: it shows the price that the test sets.
struct Priced(Mutex<Quote>);

#[async_trait]
impl MarketData for Priced {
    async fn find_stock(&self, symbol: &str) -> Result<Instrument, MarketError> {
        Ok(apple(symbol))
    }

    async fn stock_by_conid(&self, _: Conid) -> Result<Instrument, MarketError> {
        Ok(apple("AAPL"))
    }

    async fn search(&self, _: &str) -> Result<Vec<StockListing>, MarketError> {
        Ok(Vec::new())
    }

    async fn history(&self, _: Conid, _: Timeframe, _: &str) -> Result<Vec<Bar>, MarketError> {
        Ok(Vec::new())
    }

    async fn quote(&self, _: Conid) -> Result<Quote, MarketError> {
        Ok(self.0.lock().unwrap().clone())
    }
}

/// Ten shares bought at 99, stop 90, target 120, and a watch that looks every minute.
struct Watched {
    desk: Desk,
    market: Arc<Priced>,
    watch: WatchDriver,
}

impl Watched {
    async fn new() -> Self {
        let mut desk = Desk::with_position().await;
        let quote = Quote {
            last: Decimal::ONE_HUNDRED,
            bid: None,
            ask: None,
            source: "a test",
            as_of: desk.parts.clock.now(),
            availability: Availability::RealTime,
            is_previous_close: false,
            is_halted: false,
        };
        let market = Arc::new(Priced(Mutex::new(quote)));
        desk.parts.market = Arc::clone(&market) as Arc<dyn MarketData>;
        let watch = WatchDriver::new(desk.parts.clone(), "test".into(), WatchPace::EveryMinute);
        Self { desk, market, watch }
    }

    /// A minute passes, the price is `price`, of this moment, and the watch looks.
    async fn look(&mut self, price: &str) {
        self.desk.pass(60);
        {
            let mut quote = self.market.0.lock().unwrap();
            quote.last = decimal(price);
            quote.as_of = self.desk.parts.clock.now();
        }
        self.tick().await;
    }

    async fn tick(&mut self) {
        let due = self.watch.due_at().expect("it looks every minute");
        assert!(due <= self.desk.parts.clock.now(), "it is not due before {due}");
        self.watch.tick().await.unwrap();
    }

    /// These orders are cancelled at the broker, and our records have followed.
    async fn cancelled_elsewhere(&mut self, ids: &[(&str, &str)]) {
        {
            let mut lists = self.desk.broker.lists();
            let live = lists.live.as_mut().unwrap();
            for (id, price) in ids {
                live.retain(|order| order.broker_order_id.as_str() != *id);
                live.push(listed(id, OrderSide::Sell, price, OrderStatus::Cancelled));
            }
        }
        self.desk.orders.tick().await.unwrap();
    }

    fn sent(&self) -> Vec<OrderIntent> {
        self.desk.broker.lists().sent.clone()
    }

    /// What the watch wrote down, oldest first.
    async fn seen(&self) -> Vec<WatchEventRow> {
        let mut events = self.desk.parts.store.watch_events(100).await.unwrap();
        events.reverse();
        events
    }

    async fn verdicts(&self) -> Vec<WatchVerdict> {
        self.seen().await.iter().map(|event| event.verdict).collect()
    }
}

#[tokio::test]
async fn b3_3_a_stop_that_works_is_not_sold_beside_and_a_person_is_told_once() {
    let mut watched = Watched::new().await;
    watched.look("95").await;
    assert_eq!(watched.verdicts().await, []);
    watched.look("89.50").await;
    assert_eq!(watched.verdicts().await, [], "the broker has the time of one look");
    watched.look("89.40").await;
    watched.look("89.30").await;
    assert_eq!(watched.verdicts().await, [WatchVerdict::Alarm], "told once");
    assert!(watched.sent().is_empty(), "nothing is sold a second time");
    let seen = watched.seen().await.remove(0);
    assert_eq!((seen.trigger, seen.level), (WatchTrigger::Stop, decimal("90")));
    assert_eq!(
        (seen.price, seen.price_source),
        (Some(decimal("89.40")), Some(Availability::RealTime))
    );
    assert!(seen.price_at.is_some() && seen.execution_id.is_none(), "{seen:?}");
    // The price came back and went through again: that is told anew.
    watched.look("91").await;
    watched.look("89").await;
    watched.look("89").await;
    assert_eq!(watched.verdicts().await, [WatchVerdict::Alarm, WatchVerdict::Alarm]);
}

#[tokio::test]
async fn b3_3_where_the_stop_is_missing_the_target_is_moved_to_the_price() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("72", "90")]).await;
    watched.look("91").await;
    assert!(watched.sent().is_empty());
    watched.look("89").await;
    let sent = watched.sent();
    let [OrderIntent::MoveTarget(moved)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((moved.quantity, moved.limit_price), (Decimal::TEN, decimal("88.11")));
    let seen = watched.seen().await.remove(0);
    assert_eq!(seen.verdict, WatchVerdict::Sell);
    let execution = watched.desk.parts.store.execution(&seen.execution_id.unwrap()).await;
    let execution = execution.unwrap().unwrap();
    assert_eq!(
        (execution.trigger, execution.outcome),
        (Trigger::StopWatch, Some(Outcome::Exiting))
    );
    assert_eq!(watched.desk.order(Leg::Target).await.price, Some(decimal("88.11")));
    for price in ["89", "89.20", "88.90"] {
        watched.look(price).await;
    }
    assert_eq!(watched.sent().len(), 1, "the target sells at that price already");
}

#[tokio::test]
async fn b3_3_where_both_are_missing_the_shares_are_sold_once() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("72", "90"), ("73", "120")]).await;
    watched.look("89").await;
    let sent = watched.sent();
    let [OrderIntent::Exit(exit)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((exit.quantity, exit.limit_price), (Decimal::TEN, decimal("88.11")));
    let execution = watched.seen().await[0].execution_id.clone().unwrap();
    let orders = watched.desk.parts.store.orders_of(&execution).await.unwrap();
    assert_eq!((orders.len(), orders[0].leg, orders[0].side), (1, Leg::Exit, OrderSide::Sell));
    // Its order works, and after a crash another watch looks: the shares are not sold again.
    watched.look("88").await;
    let parts = watched.desk.parts.clone();
    watched.watch = WatchDriver::new(parts, "test".into(), WatchPace::EveryMinute);
    watched.look("87").await;
    watched.look("86").await;
    assert_eq!(watched.sent().len(), 1);
    assert!(watched.desk.parts.halt.state().is_none());
}

#[tokio::test]
async fn b3_4_a_missing_target_is_sold_only_while_no_stop_would_sell_the_same_shares() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("73", "120")]).await;
    watched.look("121").await;
    watched.look("121").await;
    assert!(watched.sent().is_empty(), "the stop works for the same shares");
    assert_eq!(watched.verdicts().await, [WatchVerdict::Alarm]);
    watched.cancelled_elsewhere(&[("72", "90")]).await;
    watched.look("122").await;
    let sent = watched.sent();
    let [OrderIntent::Exit(exit)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(exit.limit_price, decimal("120.78"));
    let last = watched.seen().await.pop().unwrap();
    assert_eq!((last.trigger, last.verdict), (WatchTrigger::Target, WatchVerdict::Sell));
    let execution = watched.desk.parts.store.execution(&last.execution_id.unwrap()).await;
    assert_eq!(execution.unwrap().unwrap().trigger, Trigger::TargetWatch);
}

#[tokio::test]
async fn h10_nothing_is_sold_on_a_price_that_is_old_or_delayed_and_that_is_said() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("72", "90"), ("73", "120")]).await;
    watched.look("95").await;
    watched.market.0.lock().unwrap().last = decimal("89");
    watched.desk.pass(16 * 60);
    watched.tick().await;
    watched.market.0.lock().unwrap().availability = Availability::Delayed;
    watched.look("88").await;
    assert!(watched.sent().is_empty());
    assert_eq!(watched.verdicts().await, [WatchVerdict::Nothing], "said once");
    assert!(watched.seen().await[0].sentence.contains("nothing is sold on it"));
    watched.market.0.lock().unwrap().availability = Availability::RealTime;
    watched.look("88").await;
    assert_eq!(watched.sent().len(), 1, "on a price of this moment it is sold");
}

#[tokio::test]
async fn h15_where_the_brokers_lists_do_not_say_that_the_stop_is_missing_nothing_is_sold() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("72", "90"), ("73", "120")]).await;
    let gate = watched.desk.parts.gate.clone();
    gate.close(ClosureCause::NotReconciled, None, "Not compared.");
    watched.look("89").await;
    watched.look("89").await;
    assert_eq!(watched.verdicts().await, [WatchVerdict::Alarm]);
    gate.open(ClosureCause::NotReconciled, None);
    watched.desk.broker.lists().live = None;
    watched.look("89").await;
    assert!(watched.sent().is_empty(), "lists that are not loaded say nothing");
    // Somebody sells the shares in another program.
    let other = listed("99", OrderSide::Sell, "89", OrderStatus::Submitted);
    watched.desk.broker.lists().live = Some(vec![other]);
    watched.look("89").await;
    assert!(watched.sent().is_empty(), "their order sells the shares");
    watched.desk.broker.lists().live = Some(Vec::new());
    watched.look("89").await;
    assert_eq!(watched.sent().len(), 1);
}

#[tokio::test]
async fn while_the_exchange_is_closed_it_rests_until_the_next_opening() {
    let mut watched = Watched::new().await;
    watched.cancelled_elsewhere(&[("72", "90"), ("73", "120")]).await;
    // From Friday 10:20 to 16:30 in New York.
    watched.desk.pass(6 * 3_600);
    watched.market.0.lock().unwrap().last = decimal("80");
    watched.watch.tick().await.unwrap();
    assert!(watched.sent().is_empty());
    let opens: jiff::Timestamp = "2012-06-18T13:31:00Z".parse().unwrap();
    assert_eq!(watched.watch.due_at(), Some(opens));
}

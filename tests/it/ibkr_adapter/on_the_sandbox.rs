//! The same adapter against the sandbox's gateway: what it says, the other understands.

use std::sync::Arc;

use crate::ibkr_adapter::only_cash;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use throughline::broker::ibkr::{IbkrClient, InProcessTransport, QuestionPolicy};
use throughline::broker::{Broker, BrokerOrder, SubmitOutcome};
use throughline::clock::{Clock, SimulatedClock};
use throughline::domain::{
    AccountId, Availability, BrokerOrderId, ClientOrderId, Environment, ExecutionId, Instrument,
    MoveTargetIntent, OrderIntent, OrderStatus, Timeframe,
};
use throughline::market::{MarketData, MarketError};
use throughline::risk::{EntryRequest, ExitRequest, RiskApproved, approve_exit, check_entry};
use throughline::sandbox::{Sandbox, SandboxOptions};
use throughline::strategy::default_risk_parameters;

struct Setting {
    sandbox: Arc<Sandbox>,
    clock: Arc<SimulatedClock>,
    client: IbkrClient,
    account: AccountId,
    instrument: Instrument,
    last: Decimal,
}

/// Connected, an hour into a trading day, with the last price of one stock.
async fn trading() -> Setting {
    let start: Timestamp = "2012-06-15T14:30:00Z".parse().unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(start));
    let sandbox = Sandbox::open(SandboxOptions::default(), Arc::clone(&clock)).unwrap();
    let transport = InProcessTransport::new(sandbox.router(), sandbox.order_hints());
    let client = IbkrClient::new(
        Arc::new(transport),
        Arc::clone(&clock) as Arc<dyn Clock>,
        QuestionPolicy::default(),
        Environment::Sandbox,
    );
    let state = client.connect().await.unwrap();
    assert_eq!(state.environment, Environment::Sandbox);
    let instrument = client.find_stock("AAPL").await.unwrap();
    let last = client.quote(instrument.conid).await.unwrap().last;
    Setting { sandbox, clock, client, account: state.account_id, instrument, last }
}

impl Setting {
    /// A bracket at the last price, whose stop is 2 % and whose target 2.5 % away: above 3 % the
    /// broker asks about the price.
    fn bracket(&self, execution: &str) -> RiskApproved<OrderIntent> {
        self.bracket_at(execution, self.last, "1.025")
    }

    fn bracket_at(
        &self,
        execution: &str,
        entry: Decimal,
        target: &str,
    ) -> RiskApproved<OrderIntent> {
        let times = |factor: &str| {
            self.instrument.round_to_tick(entry * factor.parse::<Decimal>().unwrap())
        };
        let request = EntryRequest {
            execution_id: ExecutionId::new(execution).unwrap(),
            account_id: self.account.clone(),
            instrument: self.instrument.clone(),
            entry_price: entry,
            stop_price: times("0.98"),
            target_price: times(target),
        };
        let mut risk = default_risk_parameters();
        risk.minimum_r = Decimal::ONE;
        let decision = check_entry(request, &risk, &only_cash());
        decision.approved.unwrap_or_else(|| panic!("{}", decision.output.sentence))
    }

    /// The list, once it is loaded.
    async fn orders(&self) -> Vec<BrokerOrder> {
        for _ in 0..3 {
            if let Some(orders) = self.client.live_orders().await.unwrap() {
                return orders;
            }
        }
        panic!("the list of orders is never loaded")
    }

    async fn order(&self, client_order_id: &str) -> BrokerOrder {
        let orders = self.orders().await;
        let is_it = |order: &BrokerOrder| {
            order.client_order_id.as_ref().is_some_and(|id| id.as_str() == client_order_id)
        };
        orders.iter().find(|order| is_it(order)).cloned().unwrap_or_else(|| panic!("{orders:?}"))
    }
}

#[tokio::test]
async fn instruments_history_and_quotes_are_read() {
    let setting = trading().await;
    assert_eq!(setting.instrument.symbol, "AAPL");
    assert_eq!(setting.instrument.currency, "USD");
    assert_eq!(setting.instrument.tick_size, Decimal::new(1, 2));
    let quote = setting.client.quote(setting.instrument.conid).await.unwrap();
    assert_eq!(quote.availability, Availability::RealTime);
    assert!(!quote.is_previous_close);
    let conid = setting.instrument.conid;
    let days = setting.client.history(conid, Timeframe::Daily, "1y").await.unwrap();
    assert!((240..=260).contains(&days.len()), "{} daily bars", days.len());
    assert!(days.iter().all(|bar| bar.at <= setting.clock.now()));
    let weeks = setting.client.history(conid, Timeframe::Weekly, "2y").await.unwrap();
    assert!((100..=110).contains(&weeks.len()), "{} weekly bars", weeks.len());
    let unknown = setting.client.find_stock("NOSUCH").await;
    assert!(matches!(unknown, Err(MarketError::UnknownSymbol { .. })), "{unknown:?}");
}

#[tokio::test]
async fn h15_an_account_without_orders_is_empty_and_has_its_cash() {
    let setting = trading().await;
    assert_eq!(setting.client.live_orders().await, Ok(None));
    assert_eq!(setting.client.live_orders().await, Ok(Some(vec![])));
    assert_eq!(setting.client.fills().await, Ok(None));
    assert_eq!(setting.client.fills().await, Ok(Some(vec![])));
    assert_eq!(setting.client.positions().await, Ok(vec![]));
    let summary = setting.client.account_summary().await.unwrap();
    assert_eq!(summary.net_liquidation, Decimal::from(100_000));
    assert_eq!(summary.total_cash, Decimal::from(100_000));
    assert_eq!(summary.currency, "USD");
}

#[tokio::test]
async fn a_bracket_is_placed_filled_and_closed_through_its_target() {
    let setting = trading().await;
    let report = setting.client.submit(&setting.bracket("sample_1")).await;
    let SubmitOutcome::Accepted(accepted) = &report.outcome else { panic!("{report:?}") };
    let ids: Vec<&str> = accepted.iter().map(|order| order.client_order_id.as_str()).collect();
    assert_eq!(ids, ["sample_1-entry", "sample_1-stop", "sample_1-target"]);
    assert!(report.questions.iter().all(|question| question.confirmed), "{report:?}");

    let entry = setting.order("sample_1-entry").await;
    assert_eq!(entry.broker_order_id, accepted[0].broker_order_id);
    let mut waited = 0;
    while setting.order("sample_1-entry").await.status != OrderStatus::Filled && waited < 60 {
        setting.clock.sleep(SignedDuration::from_mins(5)).await;
        waited += 1;
    }
    assert_eq!(setting.client.fills().await, Ok(None), "the first list is never believed");
    let fills = setting.client.fills().await.unwrap().unwrap();
    let bought: Decimal = fills.iter().map(|fill| fill.quantity).sum();
    assert_eq!(bought, entry.quantity);
    assert!(fills.iter().all(|fill| fill.price <= setting.last && fill.commission > Decimal::ZERO));
    let positions = setting.client.positions().await.unwrap();
    assert_eq!(positions[0].conid, setting.instrument.conid);
    assert_eq!(positions[0].quantity, entry.quantity);

    let limit_price = setting.client.quote(setting.instrument.conid).await.unwrap().last;
    let change = MoveTargetIntent {
        execution_id: ExecutionId::new("sample_2").unwrap(),
        account_id: setting.account.clone(),
        instrument: setting.instrument.clone(),
        client_order_id: ClientOrderId::new("sample_1-target").unwrap(),
        broker_order_id: BrokerOrderId::new(accepted[2].broker_order_id.as_str()).unwrap(),
        quantity: entry.quantity,
        limit_price,
    };
    let approved =
        approve_exit(ExitRequest::MoveTarget(change), entry.quantity, true, &[]).approved.unwrap();
    let report = setting.client.submit(&approved).await;
    assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "{report:?}");
    assert_eq!(setting.order("sample_1-target").await.price, Some(limit_price));
}

#[tokio::test]
async fn h02_a_lost_answer_is_unknown_and_the_order_is_found_by_its_id() {
    let setting = trading().await;
    setting.sandbox.faults().lose_next_order_answer.set(true);
    let report = setting.client.submit(&setting.bracket("sample_1")).await;
    assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "{report:?}");
    for leg in ["entry", "stop", "target"] {
        assert_eq!(setting.order(&format!("sample_1-{leg}")).await.conid, setting.instrument.conid);
    }
    let again = setting.client.submit(&setting.bracket("sample_1")).await;
    assert!(matches!(again.outcome, SubmitOutcome::Unknown { .. }), "{again:?}");
    assert_eq!(setting.orders().await.len(), 3, "the broker refuses a second order of one id");
}

#[tokio::test]
async fn h02_a_lost_request_is_unknown_and_there_is_no_order() {
    let setting = trading().await;
    setting.sandbox.faults().lose_next_order_request.set(true);
    let report = setting.client.submit(&setting.bracket("sample_1")).await;
    assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "{report:?}");
    assert_eq!(setting.orders().await, []);
}

#[tokio::test]
async fn h05_a_refused_order_is_rejected_in_the_brokers_words() {
    let setting = trading().await;
    setting.sandbox.faults().refuse_next_order.set(true);
    let report = setting.client.submit(&setting.bracket("sample_1")).await;
    let SubmitOutcome::Rejected { reason } = &report.outcome else { panic!("{report:?}") };
    assert!(reason.starts_with("We cannot accept this order"), "{reason}");
}

#[tokio::test]
async fn h14_an_entry_far_from_the_market_is_asked_about_and_given_up() {
    let setting = trading().await;
    let far = setting.instrument.round_to_tick(setting.last * Decimal::new(9, 1));
    let report = setting.client.submit(&setting.bracket_at("sample_1", far, "1.05")).await;
    assert!(matches!(report.outcome, SubmitOutcome::Rejected { .. }), "{report:?}");
    assert_eq!(report.questions[0].message_ids, ["o163"]);
    assert_eq!(setting.orders().await, []);
}

#[tokio::test]
async fn h16_a_missing_brokerage_session_is_opened() {
    let setting = trading().await;
    setting.sandbox.faults().brokerage_session_missing.set(true);
    assert!(setting.client.live_orders().await.is_err());
    assert!(setting.client.connect().await.unwrap().authenticated);
    assert_eq!(setting.orders().await, []);
}

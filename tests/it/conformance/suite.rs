//! The cases. They run in order on one account, each from what the one before left.

use crate::ibkr_adapter::only_cash;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use throughline::broker::ibkr::IbkrClient;
use throughline::broker::{
    Broker, BrokerError, BrokerOrder, CancelOutcome, SubmitOutcome, SubmitReport,
};
use throughline::domain::{
    AccountId, Availability, BrokerOrderId, ClientOrderId, Environment, ExecutionId, ExitIntent,
    Instrument, MoveTargetIntent, OrderIntent, OrderStatus, OrderType, Timeframe,
};
use throughline::market::{MarketData, MarketError};
use throughline::risk::{EntryRequest, ExitRequest, RiskApproved, approve_exit, check_entry};
use throughline::strategy::default_risk_parameters;

use super::control::{Fault, SandboxControl};

pub(super) struct Suite<'a> {
    pub(super) client: &'a IbkrClient,
    pub(super) control: &'a dyn SandboxControl,
    pub(super) account: AccountId,
    pub(super) stock: Instrument,
}

/// Runs every case and prints its number.
pub(super) async fn suite(client: &IbkrClient, control: &dyn SandboxControl) {
    let suite = Suite::begin(client, control).await;
    suite.c02_a_competing_session_is_not_taken_over().await;
    suite.c03_a_missing_brokerage_session_is_opened_once().await;
    suite.c04_instruments_by_symbol_and_by_conid().await;
    suite.c05_a_symbol_that_does_not_exist().await;
    suite.c06_a_quote_says_its_source_time_and_availability().await;
    suite.c07_history_within_its_window().await;
    suite.c08_empty_lists_are_not_none_at_first().await;
    suite.c09_an_empty_account_has_its_cash().await;
    suite.c10_an_order_that_does_not_exist().await;
    suite.c11_a_refusal_in_words().await;
    suite.c12_a_lost_request_leaves_no_order().await;
    suite.c13_an_unlisted_question_is_answered_with_no().await;
    suite.c14_a_person_may_say_yes().await;
    suite.c15_an_order_is_looked_up_and_cancelled().await;
    suite.c16_a_lost_answer_is_found_by_its_id().await;
    suite.c17_one_id_is_one_order().await;
    let quantity = suite.c18_a_bracket_fills().await;
    suite.c19_fills_are_counted_once().await;
    suite.c20_positions_and_money_agree(quantity).await;
    suite.c21_an_order_list_that_is_not_loaded().await;
    suite.c22_a_target_is_moved().await;
    suite.c23_a_closing_order_is_checked_before_it_leaves(quantity).await;
    suite.c24_a_preview_sends_nothing().await;
}

async fn c01_the_session_and_its_account(client: &IbkrClient) -> AccountId {
    let state = client.connect().await.unwrap();
    assert!(state.authenticated && state.connected && !state.competing, "C01 {state:?}");
    assert_eq!(state.environment, Environment::Sandbox, "C01");
    state.account_id
}

impl<'a> Suite<'a> {
    /// Opens the session and finds the stock that the cases trade.
    pub(super) async fn begin(client: &'a IbkrClient, control: &'a dyn SandboxControl) -> Self {
        let account = c01_the_session_and_its_account(client).await;
        let stock = client.find_stock("AAPL").await.unwrap();
        Self { client, control, account, stock }
    }
}

impl Suite<'_> {
    /// A bracket a little above the market, which fills at the next print.
    pub(super) async fn submit_near(&self, execution: &str) -> SubmitReport {
        let entry = self.stock.round_to_tick(self.last().await * Decimal::new(1005, 3));
        self.client.submit(&self.approved_bracket(execution, entry)).await
    }

    pub(super) fn approved_bracket(
        &self,
        execution: &str,
        entry: Decimal,
    ) -> RiskApproved<OrderIntent> {
        let times = |percent: i64| self.stock.round_to_tick(entry * Decimal::new(percent, 3));
        let request = EntryRequest {
            execution_id: ExecutionId::new(execution).unwrap(),
            account_id: self.account.clone(),
            instrument: self.stock.clone(),
            entry_price: entry,
            stop_price: times(980),
            target_price: times(1025),
        };
        let decision = check_entry(request, &default_risk_parameters(), &only_cash());
        decision.approved.unwrap_or_else(|| panic!("{}", decision.output.sentence))
    }

    pub(super) async fn last(&self) -> Decimal {
        self.client.quote(self.stock.conid).await.unwrap().last
    }

    /// At a limit within the 3 % that raise no question, and below the market.
    pub(super) async fn resting_bracket(&self, execution: &str) -> RiskApproved<OrderIntent> {
        let entry = self.stock.round_to_tick(self.last().await * Decimal::new(975, 3));
        self.approved_bracket(execution, entry)
    }

    pub(super) async fn orders(&self) -> Vec<BrokerOrder> {
        for _ in 0..4 {
            if let Some(orders) = self.client.live_orders().await.unwrap() {
                return orders;
            }
        }
        panic!("the list of orders is never loaded")
    }

    pub(super) async fn order(&self, id: &str) -> Option<BrokerOrder> {
        let is_it =
            |order: &BrokerOrder| order.client_order_id.as_ref().is_some_and(|o| o.as_str() == id);
        self.orders().await.into_iter().find(is_it)
    }

    async fn c02_a_competing_session_is_not_taken_over(&self) {
        self.control.set(Fault::CompetingSession, true);
        assert_eq!(self.client.connect().await, Err(BrokerError::Competing), "C02");
        self.control.set(Fault::CompetingSession, false);
        self.client.connect().await.unwrap();
    }

    async fn c03_a_missing_brokerage_session_is_opened_once(&self) {
        self.control.set(Fault::BrokerageSessionMissing, true);
        let refused = self.client.live_orders().await;
        assert!(matches!(refused, Err(BrokerError::NoSession { .. })), "C03 {refused:?}");
        assert!(self.client.connect().await.unwrap().authenticated, "C03");
    }

    async fn c04_instruments_by_symbol_and_by_conid(&self) {
        let by_conid = self.client.stock_by_conid(self.stock.conid).await.unwrap();
        assert_eq!((by_conid.symbol.as_str(), by_conid.currency.as_str()), ("AAPL", "USD"), "C04");
        assert_eq!(by_conid.tick_size_at(Decimal::ONE_HUNDRED), Decimal::new(1, 2), "C04");
        let listings = self.client.search("aapl").await.unwrap();
        assert_eq!(listings.len(), 1, "C04 {listings:?}");
        assert_eq!(listings[0].conid, self.stock.conid, "C04");
        assert_eq!(listings[0].currency.as_deref(), Some("USD"), "C04");
    }

    async fn c05_a_symbol_that_does_not_exist(&self) {
        let unknown = self.client.find_stock("NOSUCH").await.unwrap_err();
        assert!(unknown.to_string().contains("check the spelling"), "C05 {unknown}");
        assert_eq!(self.client.search("NOSUCH").await, Ok(vec![]), "C05");
        let bad = self.client.find_stock("A&B=C").await;
        assert!(matches!(bad, Err(MarketError::UnknownSymbol { .. })), "C05 {bad:?}");
    }

    async fn c06_a_quote_says_its_source_time_and_availability(&self) {
        let quote = self.client.quote(self.stock.conid).await.unwrap();
        assert_eq!(quote.availability, Availability::RealTime, "C06");
        assert_eq!(quote.source, "IBKR snapshot", "C06");
        let age = self.control.clock_now().duration_since(quote.as_of);
        assert!(age < SignedDuration::from_hours(1), "C06 {age:?}");
        if let (Some(bid), Some(ask)) = (quote.bid, quote.ask) {
            assert!(bid <= ask, "C06 {quote:?}");
        }
    }

    async fn c07_history_within_its_window(&self) {
        let days = self.client.history(self.stock.conid, Timeframe::Daily, "1y").await.unwrap();
        assert!((240..=260).contains(&days.len()), "C07 {} bars", days.len());
        assert!(days.windows(2).all(|pair| pair[0].at < pair[1].at), "C07");
        let bad = self.client.history(self.stock.conid, Timeframe::Daily, "6M").await;
        assert!(bad.unwrap_err().to_string().contains("no period"), "C07");
    }

    async fn c08_empty_lists_are_not_none_at_first(&self) {
        assert_eq!(self.client.fills().await, Ok(None), "C08");
        assert_eq!(self.client.fills().await, Ok(Some(vec![])), "C08");
        assert_eq!(self.orders().await, [], "C08");
    }

    async fn c09_an_empty_account_has_its_cash(&self) {
        assert_eq!(self.client.positions().await, Ok(vec![]), "C09");
        let summary = self.client.account_summary().await.unwrap();
        assert_eq!(summary.total_cash, Decimal::from(100_000), "C09");
        assert_eq!(summary.currency, "USD", "C09");
    }

    async fn c10_an_order_that_does_not_exist(&self) {
        let nobodys = BrokerOrderId::new("1").unwrap();
        assert_eq!(self.client.order(&nobodys).await, Ok(None), "C10");
        let refused = self.client.cancel(&nobodys).await;
        assert!(matches!(refused, CancelOutcome::Refused { .. }), "C10 {refused:?}");
        let all = self.client.cancel(&BrokerOrderId::new("-1").unwrap()).await;
        assert!(matches!(all, CancelOutcome::Refused { .. }), "C10 {all:?}");
    }

    async fn c11_a_refusal_in_words(&self) {
        self.control.set(Fault::RefuseNextOrder, true);
        let report = self.client.submit(&self.resting_bracket("c11").await).await;
        let SubmitOutcome::Rejected { reason } = &report.outcome else { panic!("C11 {report:?}") };
        assert!(reason.starts_with("We cannot accept this order"), "C11 {reason}");
    }

    async fn c12_a_lost_request_leaves_no_order(&self) {
        self.control.set(Fault::LoseNextOrderRequest, true);
        let report = self.client.submit(&self.resting_bracket("c12").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "C12 {report:?}");
        assert_eq!(self.order("c12-entry").await, None, "C12");
    }

    pub(super) async fn far_bracket(&self, execution: &str) -> RiskApproved<OrderIntent> {
        let entry = self.stock.round_to_tick(self.last().await * Decimal::new(9, 1));
        self.approved_bracket(execution, entry)
    }

    async fn c13_an_unlisted_question_is_answered_with_no(&self) {
        let report = self.client.submit(&self.far_bracket("c13").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Rejected { .. }), "C13 {report:?}");
        assert_eq!(report.questions[0].message_ids, ["o163"], "C13");
        assert_eq!(self.order("c13-entry").await, None, "C13");
    }

    async fn c14_a_person_may_say_yes(&self) {
        let desk = self.control.desk();
        desk.set_patience(SignedDuration::from_mins(1));
        let mut changes = desk.changes();
        let person = async {
            changes.changed().await.unwrap();
            let open = desk.open();
            assert!(open[0].order.starts_with("BUY"), "C14 {open:?}");
            assert!(desk.answer(&open[0].question_id, true), "C14");
        };
        let bracket = self.far_bracket("c14").await;
        let (report, ()) = tokio::join!(self.client.submit(&bracket), person);
        desk.set_patience(SignedDuration::ZERO);
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C14 {report:?}");
        assert_eq!(report.questions[0].because, "Answered with yes by a person.", "C14");
    }

    async fn c15_an_order_is_looked_up_and_cancelled(&self) {
        let entry = self.order("c14-entry").await.unwrap();
        let found = self.client.order(&entry.broker_order_id).await.unwrap().unwrap();
        assert_eq!((found.side, found.quantity), (entry.side, entry.quantity), "C15");
        assert_eq!(found.order_type, Some(OrderType::Limit), "C15");
        assert_eq!(found.price, entry.price, "C15");
        let outcome = self.client.cancel(&entry.broker_order_id).await;
        assert_eq!(outcome, CancelOutcome::Requested, "C15");
        self.control.pass(SignedDuration::from_mins(1));
        assert_eq!(self.order("c14-entry").await.unwrap().status, OrderStatus::Cancelled, "C15");
    }

    async fn c16_a_lost_answer_is_found_by_its_id(&self) {
        self.control.set(Fault::LoseNextOrderAnswer, true);
        let report = self.client.submit(&self.resting_bracket("c16").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "C16 {report:?}");
        for leg in ["entry", "stop", "target"] {
            assert!(self.order(&format!("c16-{leg}")).await.is_some(), "C16 {leg}");
        }
    }

    async fn c17_one_id_is_one_order(&self) {
        let before = self.orders().await.len();
        let again = self.client.submit(&self.resting_bracket("c16").await).await;
        assert!(matches!(again.outcome, SubmitOutcome::Unknown { .. }), "C17 {again:?}");
        assert_eq!(self.orders().await.len(), before, "C17");
        let entry = self.order("c16-entry").await.unwrap();
        self.client.cancel(&entry.broker_order_id).await;
        self.control.pass(SignedDuration::from_mins(1));
    }

    async fn c18_a_bracket_fills(&self) -> Decimal {
        let report = self.submit_near("c18").await;
        let SubmitOutcome::Accepted(accepted) = &report.outcome else { panic!("C18 {report:?}") };
        let ids: Vec<&str> = accepted.iter().map(|o| o.client_order_id.as_str()).collect();
        assert_eq!(ids, ["c18-entry", "c18-stop", "c18-target"], "C18");
        for _ in 0..30 {
            let entry = self.order("c18-entry").await.unwrap();
            if entry.status == OrderStatus::Filled {
                return entry.quantity;
            }
            self.control.pass(SignedDuration::from_mins(1));
        }
        panic!("C18: an entry above the market does not fill")
    }

    async fn c19_fills_are_counted_once(&self) {
        let once = self.client.fills().await.unwrap().unwrap();
        self.control.set(Fault::DuplicateFills, true);
        let twice = self.client.fills().await.unwrap().unwrap();
        self.control.set(Fault::DuplicateFills, false);
        assert_eq!(once, twice, "C19");
        assert!(!once.is_empty(), "C19");
    }

    async fn c20_positions_and_money_agree(&self, quantity: Decimal) {
        let positions = self.client.positions().await.unwrap();
        assert_eq!(positions.len(), 1, "C20 {positions:?}");
        assert_eq!(positions[0].quantity, quantity, "C20");
        let fills = self.client.fills().await.unwrap().unwrap();
        let paid: Decimal = fills.iter().map(|f| f.quantity * f.price + f.commission).sum();
        let summary = self.client.account_summary().await.unwrap();
        let difference = (summary.total_cash - (Decimal::from(100_000) - paid)).abs();
        assert!(difference < Decimal::new(1, 2), "C20 {difference}");
    }

    async fn c21_an_order_list_that_is_not_loaded(&self) {
        self.control.set(Fault::EmptyLiveOrdersOnce, true);
        assert_eq!(self.client.live_orders().await, Ok(None), "C21");
        assert!(self.order("c18-stop").await.is_some(), "C21");
    }

    async fn c22_a_target_is_moved(&self) {
        let target = self.order("c18-target").await.unwrap();
        let price = self.stock.round_to_tick(target.price.unwrap() * Decimal::new(101, 2));
        let change = MoveTargetIntent {
            execution_id: ExecutionId::new("c22").unwrap(),
            account_id: self.account.clone(),
            instrument: self.stock.clone(),
            client_order_id: ClientOrderId::new("c18-target").unwrap(),
            broker_order_id: target.broker_order_id,
            quantity: target.quantity,
            limit_price: price,
        };
        let decision = approve_exit(ExitRequest::MoveTarget(change), target.quantity, true, &[]);
        let report = self.client.submit(&decision.approved.unwrap()).await;
        match report.outcome {
            SubmitOutcome::Accepted(_) => {
                let moved = self.order("c18-target").await.unwrap();
                assert_eq!(moved.price, Some(price), "C22");
            }
            // A limit more than 3 % from the market raises a question that nobody here confirms.
            SubmitOutcome::Rejected { .. } => {
                assert!(report.questions.iter().any(|q| !q.confirmed), "C22");
            }
            SubmitOutcome::Unknown { reason } => panic!("C22 {reason}"),
        }
    }

    async fn c23_a_closing_order_is_checked_before_it_leaves(&self, quantity: Decimal) {
        let off_tick = self.last().await.round_dp(2) + Decimal::new(3, 3);
        let intent = ExitIntent {
            execution_id: ExecutionId::new("c23").unwrap(),
            account_id: self.account.clone(),
            instrument: self.stock.clone(),
            quantity,
            limit_price: off_tick,
        };
        let decision = approve_exit(ExitRequest::Order(intent), quantity, false, &[]);
        let report = self.client.submit(&decision.approved.unwrap()).await;
        let SubmitOutcome::Rejected { reason } = &report.outcome else { panic!("C23 {report:?}") };
        assert!(reason.starts_with("The order was not sent"), "C23 {reason}");
        assert!(reason.contains("tick 0.01; use"), "C23 {reason}");
        assert_eq!(self.order("c23-exit").await, None, "C23");
    }

    async fn c24_a_preview_sends_nothing(&self) {
        let before = self.orders().await.len();
        let approved = self.resting_bracket("c24").await;
        match self.client.preview(approved.get()).await {
            Ok(preview) => {
                assert!(preview.commission.is_some_and(|c| c > Decimal::ZERO), "C24 {preview:?}");
                assert!(preview.equity.current.is_some(), "C24 {preview:?}");
            }
            Err(error) => panic!("C24 {error}"),
        }
        assert_eq!(self.orders().await.len(), before, "C24");
    }
}

//! The cases of what real gateways do beside the plain way: further reply shapes, questions in
//! chains, wrong answers, and lists that lag behind. They run in order on an account of their own.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use throughline::broker::ibkr::IbkrClient;
use throughline::broker::{
    Broker, BrokerError, BrokerPosition, CancelOutcome, SubmitOutcome, SubmitReport,
};
use throughline::domain::{AccountId, Availability, Conid, GatewayState, OrderIntent, OrderStatus};
use throughline::market::{MarketData, TradingSchedule};
use throughline::risk::RiskApproved;

use super::control::SandboxControl;
use super::suite::Suite;

/// Runs every case.
pub(super) async fn suite(client: &IbkrClient, control: &dyn SandboxControl) {
    let suite = Suite::begin(client, control).await;
    suite.c45_a_session_is_taken_over_on_a_persons_word().await;
    suite.c46_a_tickle_names_the_session().await;
    suite.c47_a_look_shows_account_and_signs().await;
    suite.c48_an_account_is_chosen_among_those_of_the_login().await;
    suite.c49_one_odd_answer_about_the_session_is_not_believed().await;
    suite.c50_a_prompt_is_answered_by_its_own_call().await;
    suite.c51_an_answer_without_its_list_is_read().await;
    suite.c52_rows_in_any_order_are_matched_by_id().await;
    suite.c53_questions_come_in_chains().await;
    suite.c54_a_question_that_nobody_knows_is_put_to_a_person().await;
    suite.c55_an_order_called_a_duplicate_of_itself_is_looked_up().await;
    suite.c56_a_quote_that_comes_in_pieces_is_put_together().await;
    suite.c57_a_delayed_quote_says_so().await;
    suite.c58_a_status_that_nobody_knows_ends_no_order().await;
    suite.c59_an_order_can_be_filled_before_its_fills_are_listed().await;
    suite.c60_positions_are_read_past_the_gateways_cache().await;
    suite.c61_an_order_can_fill_after_its_cancellation_was_taken().await;
    suite.c62_each_wrong_answer_is_told_from_the_others().await;
    suite.c63_a_trade_made_elsewhere_has_no_id_of_ours().await;
    suite.c65_the_trading_schedule_knows_holidays_and_short_days().await;
    suite.c64_in_the_penalty_box_nothing_leaves().await;
}

impl Suite<'_> {
    fn fault(&self, name: &str, is_on: bool) {
        self.control.fault(name, is_on);
    }

    /// Cancels an entry, which takes its children along.
    async fn cancel_bracket(&self, execution: &str) {
        let entry = self.order(&format!("{execution}-entry")).await.unwrap();
        assert_eq!(self.client.cancel(&entry.broker_order_id).await, CancelOutcome::Requested);
        self.control.pass(SignedDuration::from_mins(1));
    }

    /// Sends an order while a person says yes to whatever is asked.
    async fn submit_with_yes(&self, bracket: &RiskApproved<OrderIntent>) -> SubmitReport {
        let desk = self.control.desk();
        desk.set_patience(SignedDuration::from_mins(1));
        let mut changes = desk.changes();
        let person = async {
            loop {
                changes.changed().await.unwrap();
                for question in desk.open() {
                    desk.answer(&question.question_id, true);
                }
            }
        };
        let report = tokio::select! {
            report = self.client.submit(bracket) => report,
            () = person => unreachable!("a person does not leave"),
        };
        desk.set_patience(SignedDuration::ZERO);
        report
    }

    async fn c45_a_session_is_taken_over_on_a_persons_word(&self) {
        self.fault("competing_session", true);
        assert_eq!(self.client.connect().await, Err(BrokerError::Competing), "C45");
        let taken = self.client.take_over().await.unwrap();
        assert!(taken.authenticated && !taken.competing, "C45 {taken:?}");
        assert_eq!(taken.account_id, self.account, "C45");
        self.client.connect().await.unwrap();
    }

    async fn c46_a_tickle_names_the_session(&self) {
        let tickle = self.client.tickle().await.unwrap();
        assert!(tickle.is_authenticated && !tickle.is_competing, "C46 {tickle:?}");
        assert!(tickle.session_id.is_some(), "C46 {tickle:?}");
        let again = self.client.tickle().await.unwrap();
        assert_eq!(again.session_id, tickle.session_id, "C46");
        assert_eq!(*self.client.session_ids().borrow(), tickle.session_id, "C46");
        self.fault("session_rollover", true);
        let other = self.client.tickle().await.unwrap();
        assert_ne!(other.session_id, tickle.session_id, "C46");
    }

    async fn c47_a_look_shows_account_and_signs(&self) {
        let look = self.client.look().await;
        assert_eq!(look.state, GatewayState::Ready, "C47 {look:?}");
        assert_eq!(look.accounts, std::slice::from_ref(&self.account), "C47");
        assert_eq!(look.selected_account.as_ref(), Some(&self.account), "C47");
        assert_eq!(look.signs.len(), 4, "C47 {:?}", look.signs);
        assert!(look.server.is_some(), "C47 {look:?}");
    }

    async fn c48_an_account_is_chosen_among_those_of_the_login(&self) {
        let chosen = self.client.select_account(&self.account).await.unwrap();
        assert_eq!(chosen.account_id, self.account, "C48");
        let foreign = AccountId::new("DU9999999").unwrap();
        let refused = self.client.select_account(&foreign).await.unwrap_err().to_string();
        assert!(refused.contains("DU9999999"), "C48 {refused}");
        assert!(self.client.account_summary().await.is_ok(), "C48: the account in use stays");
    }

    async fn c49_one_odd_answer_about_the_session_is_not_believed(&self) {
        self.fault("not_authenticated_once", true);
        let look = self.client.look().await;
        assert_eq!(look.state, GatewayState::Ready, "C49 {look:?}");
    }

    async fn c50_a_prompt_is_answered_by_its_own_call(&self) {
        self.fault("prompt_reply", true);
        let report = self.client.submit(&self.resting_bracket("c50a").await).await;
        let SubmitOutcome::Rejected { reason } = &report.outcome else { panic!("C50 {report:?}") };
        assert!(reason.contains("look at this order once more"), "C50 {reason}");
        assert_eq!(self.order("c50a-entry").await, None, "C50");
        self.fault("prompt_reply", true);
        let report = self.submit_with_yes(&self.resting_bracket("c50b").await).await;
        // IBKR answers `Success`, which is no word about the order: it is looked up.
        assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "C50 {report:?}");
        assert!(report.questions.last().unwrap().confirmed, "C50");
        self.cancel_bracket("c50b").await;
    }

    async fn c51_an_answer_without_its_list_is_read(&self) {
        self.fault("bare_object_reply", true);
        // The questions of a far order come bare, one by one.
        let report = self.client.submit(&self.far_bracket("c51").await).await;
        self.fault("bare_object_reply", false);
        assert!(matches!(report.outcome, SubmitOutcome::Rejected { .. }), "C51 {report:?}");
        assert_eq!(report.questions[0].message_ids, ["o163"], "C51");
        assert_eq!(self.order("c51-entry").await, None, "C51");
    }

    async fn c52_rows_in_any_order_are_matched_by_id(&self) {
        for (execution, is_reversed) in [("c52a", true), ("c52b", false)] {
            self.fault("bracket_rows_reversed", is_reversed);
            let report = self.client.submit(&self.resting_bracket(execution).await).await;
            let SubmitOutcome::Accepted(accepted) = &report.outcome else {
                panic!("C52 {report:?}")
            };
            assert_eq!(accepted.len(), 3, "C52");
            for order in accepted {
                let listed = self.order(order.client_order_id.as_str()).await.unwrap();
                assert_eq!(listed.broker_order_id, order.broker_order_id, "C52");
            }
            self.cancel_bracket(execution).await;
        }
    }

    async fn c53_questions_come_in_chains(&self) {
        self.fault("question_chain", true);
        let report = self.client.submit(&self.resting_bracket("c53a").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Rejected { .. }), "C53 {report:?}");
        let last = report.questions.last().unwrap();
        assert!(!last.confirmed && last.message_ids == ["o163"], "C53 {report:?}");
        let report = self.submit_with_yes(&self.resting_bracket("c53b").await).await;
        self.fault("question_chain", false);
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C53 {report:?}");
        let ids: Vec<&str> =
            report.questions.iter().flat_map(|q| &q.message_ids).map(String::as_str).collect();
        assert!(ids.ends_with(&["o354", "o163", "o10153"]), "C53 {ids:?}");
        self.cancel_bracket("c53b").await;
    }

    async fn c54_a_question_that_nobody_knows_is_put_to_a_person(&self) {
        self.fault("unknown_question", true);
        let report = self.client.submit(&self.resting_bracket("c54a").await).await;
        let SubmitOutcome::Rejected { reason } = &report.outcome else { panic!("C54 {report:?}") };
        assert!(reason.contains("came into force today"), "C54 {reason}");
        let report = self.submit_with_yes(&self.resting_bracket("c54b").await).await;
        self.fault("unknown_question", false);
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C54 {report:?}");
        self.cancel_bracket("c54b").await;
    }

    async fn c55_an_order_called_a_duplicate_of_itself_is_looked_up(&self) {
        self.fault("duplicate_order_id", true);
        let report = self.client.submit(&self.resting_bracket("c55").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Unknown { .. }), "C55 {report:?}");
        self.cancel_bracket("c55").await;
    }

    async fn c56_a_quote_that_comes_in_pieces_is_put_together(&self) {
        self.fault("slow_snapshots", true);
        let stock = self.client.find_stock("IBM").await.unwrap();
        let quote = self.client.quote(stock.conid).await.unwrap();
        self.fault("slow_snapshots", false);
        assert!(quote.last > Decimal::ZERO, "C56 {quote:?}");
        // A price is not taken for real time before the field that says so has come.
        let availability = [Availability::RealTime, Availability::Missing];
        assert!(availability.contains(&quote.availability), "C56 {quote:?}");
    }

    async fn c57_a_delayed_quote_says_so(&self) {
        self.fault("delayed_quotes", true);
        let quote = self.client.quote(self.stock.conid).await.unwrap();
        self.fault("delayed_quotes", false);
        assert_eq!(quote.availability, Availability::Delayed, "C57");
    }

    async fn c58_a_status_that_nobody_knows_ends_no_order(&self) {
        let report = self.client.submit(&self.resting_bracket("c58").await).await;
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C58 {report:?}");
        self.fault("unknown_status_word", true);
        let entry = self.order("c58-entry").await.unwrap();
        let by_id = self.client.order(&entry.broker_order_id).await.unwrap().unwrap();
        self.fault("unknown_status_word", false);
        for order in [entry, by_id] {
            assert_eq!(order.status, OrderStatus::Unknown, "C58");
            assert_eq!(order.status_text, "HeldForReview", "C58");
            assert!(!order.status.is_terminal(), "C58");
        }
        self.cancel_bracket("c58").await;
    }

    async fn c59_an_order_can_be_filled_before_its_fills_are_listed(&self) {
        self.fault("lose_fills", true);
        let report = self.submit_near("c59").await;
        assert!(matches!(report.outcome, SubmitOutcome::Accepted(_)), "C59 {report:?}");
        self.control.pass(SignedDuration::from_mins(5));
        let entry = self.order("c59-entry").await.unwrap();
        assert_eq!(entry.status, OrderStatus::Filled, "C59");
        let of_it = |fills: Option<Vec<throughline::domain::Fill>>| {
            let fills = fills.unwrap_or_default().into_iter();
            let mine = fills.filter(|fill| fill.client_order_id == entry.client_order_id);
            mine.map(|fill| fill.quantity).sum::<Decimal>()
        };
        for _ in 0..3 {
            assert_eq!(of_it(self.client.fills().await.unwrap()), Decimal::ZERO, "C59");
        }
        self.fault("lose_fills", false);
        assert_eq!(of_it(self.client.fills().await.unwrap()), entry.quantity, "C59");
    }

    async fn c60_positions_are_read_past_the_gateways_cache(&self) {
        let held = |positions: Vec<BrokerPosition>| -> Vec<(Conid, Decimal)> {
            positions.iter().map(|position| (position.conid, position.quantity)).collect()
        };
        let listed = held(self.client.positions().await.unwrap());
        let fresh = held(self.client.fresh_positions().await.unwrap());
        assert_eq!(listed, fresh, "C60");
        let entry = self.order("c59-entry").await.unwrap();
        assert_eq!(fresh, [(self.stock.conid, entry.quantity)], "C60");
    }

    async fn c61_an_order_can_fill_after_its_cancellation_was_taken(&self) {
        let target = self.order("c59-target").await.unwrap();
        self.fault("fill_after_cancel", true);
        assert_eq!(
            self.client.cancel(&target.broker_order_id).await,
            CancelOutcome::Requested,
            "C61"
        );
        self.control.pass(SignedDuration::from_mins(1));
        let ended = self.order("c59-target").await.unwrap();
        assert_eq!(
            (ended.status, ended.filled_quantity),
            (OrderStatus::Filled, target.quantity),
            "C61"
        );
    }

    async fn c62_each_wrong_answer_is_told_from_the_others(&self) {
        let cases = [
            ("ip_not_allowed", GatewayState::IpNotAllowed),
            ("forbidden_html_403", GatewayState::GatewayStuck),
            ("redirect_to_login", GatewayState::LoginNeeded),
            ("html_with_200", GatewayState::LoginNeeded),
            ("unavailable_503", GatewayState::Maintenance),
            ("login_lost", GatewayState::LoginNeeded),
        ];
        for (fault, state) in cases {
            self.fault(fault, true);
            let read = self.client.account_summary().await;
            assert!(read.is_err(), "C62 {fault}: {read:?}");
            let needs_login = matches!(read, Err(BrokerError::NoSession { .. }));
            assert_eq!(needs_login, state == GatewayState::LoginNeeded, "C62 {fault}: {read:?}");
            let look = self.client.look().await;
            assert_eq!(look.state, state, "C62 {fault}: {}", look.evidence);
            assert!(look.state.action().is_some(), "C62 {fault}: nothing is said to do");
            self.fault(fault, false);
            self.client.connect().await.unwrap();
            assert_eq!(self.client.look().await.state, GatewayState::Ready, "C62 after {fault}");
        }
        self.fault("cut_line", true);
        let read = self.client.account_summary().await;
        assert!(matches!(read, Err(BrokerError::Unreachable { .. })), "C62 {read:?}");
        self.fault("cut_line", false);
    }

    async fn c63_a_trade_made_elsewhere_has_no_id_of_ours(&self) {
        self.fault("manual_trade_elsewhere", true);
        // It happens at the next request, and fills at the next print.
        self.client.tickle().await.unwrap();
        self.control.pass(SignedDuration::from_mins(2));
        let fills = loop {
            if let Some(fills) = self.client.fills().await.unwrap() {
                break fills;
            }
        };
        let foreign: Vec<_> = fills.iter().filter(|fill| fill.client_order_id.is_none()).collect();
        assert_eq!(foreign.len(), 1, "C63 {fills:?}");
        assert_eq!(foreign[0].quantity, Decimal::TEN, "C63");
    }

    async fn c65_the_trading_schedule_knows_holidays_and_short_days(&self) {
        let conid = self.stock.conid;
        let now = self.control.clock_now();
        let hours = self.client.trading_hours(conid).await.unwrap();
        assert_eq!(hours.time_zone.as_deref(), Some("US/Eastern"), "C65");
        assert_eq!(hours.is_open(now), Some(true), "C65 {hours:?}");
        assert_eq!(
            hours.is_open(now + SignedDuration::from_hours(24)),
            Some(false),
            "C65: Saturday"
        );
        let nobodys = self.client.trading_hours(Conid(1)).await;
        assert!(nobodys.is_err(), "C65 {nobodys:?}");
        // The week of Independence Day 2012: a short Tuesday, and a Wednesday without trading.
        let monday: Timestamp = "2012-07-02T10:00:00-04:00".parse().unwrap();
        self.control.pass(monday.duration_since(now));
        let week = self.client.trading_hours(conid).await.unwrap();
        let days: Vec<String> = week.days.iter().map(|day| day.date.to_string()).collect();
        assert_eq!(days, ["2012-07-02", "2012-07-03", "2012-07-05", "2012-07-06"], "C65");
        let at = |text: &str| week.is_open(text.parse().unwrap());
        assert_eq!(at("2012-07-03T12:59:00-04:00"), Some(true), "C65");
        assert_eq!(at("2012-07-03T13:00:00-04:00"), Some(false), "C65");
        assert_eq!(at("2012-07-04T12:00:00-04:00"), Some(false), "C65");
    }

    async fn c64_in_the_penalty_box_nothing_leaves(&self) {
        self.fault("penalty_once", true);
        assert!(self.client.account_summary().await.is_err(), "C64");
        let ends = self.client.limiter().await.penalty_ends.expect("C64: a penalty");
        let left = ends.duration_since(self.control.clock_now());
        assert!(left > SignedDuration::from_mins(14), "C64 {left:?}");
        let said = self.client.account_summary().await.unwrap_err().to_string();
        assert!(said.contains("too many requests"), "C64 {said}");
        assert_eq!(self.client.look().await.state, GatewayState::Penalised, "C64");
        self.control.pass(SignedDuration::from_mins(16));
        assert!(self.client.account_summary().await.is_ok(), "C64");
    }
}

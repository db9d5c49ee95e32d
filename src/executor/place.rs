use serde_json::json;

use super::moved_target::look_up;
use super::preview::Preview;
use super::records::{
    ApprovedTerms, OrderLegRecord, Outcome, PlaceOrderInput, PlaceOrderOutput, QuestionRecord,
    StepName, StepStatus, SubmitResult, Trigger,
};
use super::run::{Run, Stopped, skipped_row, success_row};
use super::{ExecutorError, Parts};
use crate::broker::{SubmitOutcome, SubmitReport};
use crate::clock::Stopwatch;
use crate::domain::{Leg, OrderIntent, OrderSide, OrderStatus, OrderType, StrategyId, TimeInForce};
use crate::orders::{OrderEvent, next_status};
use crate::risk::RiskApproved;
use crate::store::{
    Change, Durability, ExecutionRow, ExecutionStatus, NewLineageRow, OrderEventRow, OrderRow,
};

/// The words by which recovery tells the three kinds of order apart.
pub(crate) const KIND_BRACKET: &str = "bracket";
pub(crate) const KIND_MOVE_TARGET: &str = "modify_target";
pub(crate) const KIND_EXIT: &str = "exit";

impl Run<'_> {
    /// Step 8. The intent is on the disk, with a full sync, before anything is sent; if it cannot
    /// be written, nothing is sent. What the broker answered is written in one transaction.
    pub(super) async fn place(
        &mut self,
        approved: RiskApproved<OrderIntent>,
        protection: Vec<OrderRow>,
        person: Option<ApprovedTerms>,
    ) -> Result<(), Stopped> {
        // A halt may have come since the gate was asked: it is looked at before every entry.
        if matches!(approved.get(), OrderIntent::Bracket(_))
            && let Some(halt) = self.parts.halt.state()
        {
            let sentence =
                format!("Trading was halted before the order was sent: {}.", halt.reason);
            return self
                .finish_without_order(Outcome::Refused, sentence, StepName::PlaceOrder)
                .await;
        }
        let preview = match self.preview_of_first(approved.get()).await? {
            Preview::NotAsked => None,
            Preview::Recorded(record) => Some(record),
            Preview::CannotBeHad(sentence) => {
                return self
                    .finish_without_order(Outcome::Refused, sentence, StepName::PlaceOrder)
                    .await;
            }
        };
        let now = self.parts.clock.now();
        let mut orders = self.intended_orders(approved.get(), &protection);
        let input = input_record(&self.execution, approved.get(), &orders, person);
        let input = PlaceOrderInput { preview, ..input };
        let started_attempt = self.next_attempt(StepName::PlaceOrder);
        let mut changes: Vec<Change> = std::mem::take(&mut self.first_changes);
        if !matches!(approved.get(), OrderIntent::MoveTarget(_)) {
            changes.extend(orders.iter().cloned().map(Change::Order));
        }
        changes.push(Change::Lineage(started_row(
            self.parts,
            &self.execution,
            &input,
            started_attempt,
            WRITTEN_DOWN,
        )?));
        changes.push(Change::Execution(self.execution.clone()));
        self.parts.recorder.commit(changes, Durability::Full).await?;

        let watch = Stopwatch::start(self.parts.clock.as_ref());
        let report = self.parts.broker.submit(&approved).await;
        let duration_us = watch.elapsed_micros(self.parts.clock.as_ref());
        self.execution.duration_us += duration_us;

        apply_report(&mut orders, &report, approved.get(), now);
        let output = output(&orders, &report);
        let mut changes: Vec<Change> = Vec::new();
        // A target that was not moved stays as it was in our records.
        let accepted = matches!(report.outcome, SubmitOutcome::Accepted(_));
        if accepted || !matches!(approved.get(), OrderIntent::MoveTarget(_)) {
            for order in &orders {
                changes.push(Change::Order(order.clone()));
                changes.push(Change::OrderEvent(event_row(order)));
            }
        }
        changes.push(Change::Lineage(success_row(
            self.parts,
            &self.execution,
            StepName::PlaceOrder,
            started_attempt + 1,
            &input,
            &output,
            duration_us,
        )?));
        self.succeeded += 1;
        match report.outcome {
            SubmitOutcome::Rejected { reason } => {
                let words: Vec<&str> = reason.split_whitespace().collect();
                let sentence = format!("IBKR refused the order: {}", words.join(" "));
                self.skip_after_order(&mut changes, &sentence);
                self.complete(Outcome::Rejected, sentence, changes).await
            }
            SubmitOutcome::Accepted(_) if matches!(approved.get(), OrderIntent::MoveTarget(_)) => {
                let sentence = self.exit_sentence(&orders);
                self.skip_after_order(
                    &mut changes,
                    "The exit works at the broker; its fill follows.",
                );
                self.complete(Outcome::Exiting, sentence, changes).await
            }
            SubmitOutcome::Unknown { .. }
                if matches!(approved.get(), OrderIntent::MoveTarget(_)) =>
            {
                self.settle_unanswered_move(&input, started_attempt + 2, changes).await
            }
            SubmitOutcome::Unknown { .. } | SubmitOutcome::Accepted(_) => {
                self.execution.status = ExecutionStatus::Tracking;
                changes.push(Change::Execution(self.execution.clone()));
                self.parts.recorder.commit(changes, Durability::Ordinary).await?;
                self.parts.changes.tell(super::Changed::Orders);
                Ok(())
            }
        }
    }

    /// No order of this execution's own would ever come to an end and close it, so that a target
    /// whose move was not answered is looked up at once. Until that is written down, the last row
    /// of the step is the intent, from which a crash here recovers.
    async fn settle_unanswered_move(
        &mut self,
        input: &PlaceOrderInput,
        attempt: u32,
        mut changes: Vec<Change>,
    ) -> Result<(), Stopped> {
        let found = look_up(self.parts, &self.execution.id, input).await?;
        if let Some(order) = found.order {
            changes.push(Change::OrderEvent(event_row(&order)));
            changes.push(Change::Order(order));
        }
        changes.push(Change::Lineage(success_row(
            self.parts,
            &self.execution,
            StepName::PlaceOrder,
            attempt,
            input,
            &found.output,
            0,
        )?));
        self.skip_after_order(&mut changes, &found.sentence);
        self.complete(found.outcome, found.sentence, changes).await
    }

    fn skip_after_order(&mut self, changes: &mut Vec<Change>, reason: &str) {
        for step in [StepName::TrackOrder, StepName::UpdatePosition, StepName::UpdatePortfolio] {
            let attempt = self.next_attempt(step);
            let row = skipped_row(self.parts, &self.execution, step, attempt, reason);
            changes.push(Change::Lineage(row));
            self.skipped += 1;
        }
    }

    fn exit_sentence(&self, orders: &[OrderRow]) -> String {
        let target = orders.first();
        let price = target.and_then(|order| order.price).unwrap_or_default();
        let quantity = target.map(|order| order.quantity).unwrap_or_default();
        let stop = match self.execution.trigger {
            Trigger::StopWatch => "no stop works at the broker",
            _ => "the stop still protects them",
        };
        format!(
            "SELL {}: the target for {quantity} shares was moved to {price}; {stop}.",
            self.execution.symbol
        )
    }

    pub(super) fn intended_orders(
        &self,
        intent: &OrderIntent,
        protection: &[OrderRow],
    ) -> Vec<OrderRow> {
        let execution = &self.execution.id;
        let base =
            |leg: Leg, side, order_type, quantity, price, time_in_force, conid, symbol: &str| {
                let now = self.parts.clock.now();
                OrderRow {
                    client_order_id: leg.client_order_id(execution),
                    broker_order_id: None,
                    execution_id: execution.clone(),
                    decided_by: execution.clone(),
                    strategy_id: self.strategy_id(),
                    account_id: self.execution.account_id.clone(),
                    conid,
                    symbol: symbol.to_owned(),
                    leg,
                    side,
                    order_type,
                    quantity,
                    price,
                    aux_price: None,
                    time_in_force,
                    good_till: None,
                    status: OrderStatus::Intended,
                    filled_quantity: rust_decimal::Decimal::ZERO,
                    average_price: None,
                    commission: rust_decimal::Decimal::ZERO,
                    reason: None,
                    created_at: now,
                    updated_at: now,
                }
            };
        match intent {
            OrderIntent::Bracket(bracket) => {
                let (conid, symbol) = (bracket.instrument.conid, &bracket.instrument.symbol);
                let quantity = bracket.quantity;
                let (buy, sell) = (OrderSide::Buy, OrderSide::Sell);
                let (limit, stop) = (OrderType::Limit, OrderType::Stop);
                let (day, gtc) = (TimeInForce::Day, TimeInForce::Gtc);
                let (entry, protection, target) = (
                    Some(bracket.limit_price),
                    Some(bracket.stop_price),
                    Some(bracket.target_price),
                );
                vec![
                    base(Leg::Entry, buy, limit, quantity, entry, day, conid, symbol),
                    base(Leg::Stop, sell, stop, quantity, protection, gtc, conid, symbol),
                    base(Leg::Target, sell, limit, quantity, target, gtc, conid, symbol),
                ]
            }
            OrderIntent::Exit(exit) => vec![base(
                Leg::Exit,
                OrderSide::Sell,
                OrderType::Limit,
                exit.quantity,
                Some(exit.limit_price),
                TimeInForce::Day,
                exit.instrument.conid,
                &exit.instrument.symbol,
            )],
            OrderIntent::MoveTarget(intent) => protection
                .iter()
                .filter(|order| order.client_order_id == intent.client_order_id)
                .map(|order| OrderRow {
                    price: Some(intent.limit_price),
                    decided_by: execution.clone(),
                    updated_at: self.parts.clock.now(),
                    ..order.clone()
                })
                .collect(),
            // One order by itself is what a flattening sends.
            OrderIntent::Single(single) => vec![base(
                Leg::Flatten,
                single.side,
                single.terms.order_type(),
                single.quantity,
                None,
                single.time_in_force,
                single.instrument.conid,
                &single.instrument.symbol,
            )],
            // The executor changes no order but a target.
            OrderIntent::Modify(_) => Vec::new(),
        }
    }

    fn strategy_id(&self) -> StrategyId {
        self.execution.strategy_id.clone()
    }
}

/// What an intent says of itself before it is sent.
pub(crate) const WRITTEN_DOWN: &str = "Written down before it is sent.";

/// The input of step 8.
pub(crate) fn input_record(
    execution: &ExecutionRow,
    intent: &OrderIntent,
    orders: &[OrderRow],
    approved: Option<ApprovedTerms>,
) -> PlaceOrderInput {
    PlaceOrderInput {
        account_id: execution.account_id.clone(),
        symbol: execution.symbol.clone(),
        conid: instrument_conid(intent),
        kind: kind(intent).to_owned(),
        legs: orders.iter().map(leg_record).collect(),
        approved,
        preview: None,
    }
}

/// The row of step 8 that is written before the order is sent, or while it waits for a person.
pub(crate) fn started_row(
    parts: &Parts,
    execution: &ExecutionRow,
    input: &PlaceOrderInput,
    attempt: u32,
    reason: &str,
) -> Result<NewLineageRow, ExecutorError> {
    let output = json!({ "reason": reason });
    let row = success_row(parts, execution, StepName::PlaceOrder, attempt, input, &output, 0)?;
    Ok(NewLineageRow { status: StepStatus::Started, ..row })
}

fn kind(intent: &OrderIntent) -> &'static str {
    match intent {
        OrderIntent::Bracket(_) => KIND_BRACKET,
        OrderIntent::MoveTarget(_) | OrderIntent::Modify(_) => KIND_MOVE_TARGET,
        OrderIntent::Exit(_) | OrderIntent::Single(_) => KIND_EXIT,
    }
}

fn instrument_conid(intent: &OrderIntent) -> crate::domain::Conid {
    match intent {
        OrderIntent::Bracket(bracket) => bracket.instrument.conid,
        OrderIntent::MoveTarget(target) => target.instrument.conid,
        OrderIntent::Exit(exit) => exit.instrument.conid,
        OrderIntent::Single(single) => single.instrument.conid,
        OrderIntent::Modify(change) => change.instrument.conid,
    }
}

/// Brings the broker's answer into the order rows, each by its own id.
fn apply_report(
    orders: &mut [OrderRow],
    report: &SubmitReport,
    intent: &OrderIntent,
    now: jiff::Timestamp,
) {
    if matches!(intent, OrderIntent::MoveTarget(_)) {
        // The order lives on with its status; only the price and the decision changed.
        return;
    }
    for order in orders {
        let event = match &report.outcome {
            SubmitOutcome::Accepted(accepted) => {
                match accepted.iter().find(|a| a.client_order_id == order.client_order_id) {
                    Some(accepted) => {
                        order.broker_order_id = Some(accepted.broker_order_id.clone());
                        OrderEvent::Accepted(accepted.status)
                    }
                    // The broker has the group and did not name this leg: it is looked up.
                    None => OrderEvent::AnswerLost,
                }
            }
            SubmitOutcome::Rejected { reason } => {
                order.reason = Some(reason.clone());
                OrderEvent::Rejected
            }
            SubmitOutcome::Unknown { reason } => {
                order.reason = Some(reason.clone());
                OrderEvent::AnswerLost
            }
        };
        match next_status(&order.client_order_id, order.status, event) {
            Ok(status) => order.status = status,
            Err(error) => {
                tracing::error!(%error, "an order's answer contradicts its record");
                order.status = OrderStatus::Unknown;
                order.reason = Some(error.to_string());
            }
        }
        order.updated_at = now;
    }
}

fn output(orders: &[OrderRow], report: &SubmitReport) -> PlaceOrderOutput {
    let (result, reason) = match &report.outcome {
        SubmitOutcome::Accepted(_) => (SubmitResult::Accepted, None),
        SubmitOutcome::Rejected { reason } => (SubmitResult::Rejected, Some(reason.clone())),
        SubmitOutcome::Unknown { reason } => (SubmitResult::Unknown, Some(reason.clone())),
    };
    PlaceOrderOutput {
        result,
        legs: orders.iter().map(leg_record).collect(),
        questions: report
            .questions
            .iter()
            .map(|question| QuestionRecord {
                message_ids: question.message_ids.clone(),
                text: question.text.clone(),
                confirmed: question.confirmed,
                because: question.because.clone(),
            })
            .collect(),
        reason,
        reconciled: false,
    }
}

/// An order as the card shows it.
pub(crate) fn leg_record(order: &OrderRow) -> OrderLegRecord {
    OrderLegRecord {
        leg: order.leg,
        client_order_id: order.client_order_id.clone(),
        broker_order_id: order.broker_order_id.clone(),
        side: order.side,
        order_type: order.order_type,
        quantity: order.quantity,
        price: order.price,
        time_in_force: order.time_in_force,
        status: order.status,
    }
}

/// The event that an order's present state is.
pub(crate) fn event_row(order: &OrderRow) -> OrderEventRow {
    OrderEventRow {
        client_order_id: order.client_order_id.clone(),
        at: order.updated_at,
        status: order.status,
        filled_quantity: order.filled_quantity,
        remaining_quantity: order.quantity - order.filled_quantity,
        words: None,
    }
}

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Serialize;

use super::batch::{Batch, Group};
use crate::clock::Stopwatch;
use crate::domain::records::{
    FillRecord, LlmAnalysisOutput, OrderEventRecord, Outcome, PlaceOrderInput, PlaceOrderOutput,
    StepName, StepStatus, SubmitResult, TrackOrderInput, TrackOrderOutput, UpdatePortfolioInput,
    UpdatePortfolioOutput, UpdatePositionInput, UpdatePositionOutput,
};
use crate::domain::{ExecutionId, Leg, OrderSide, OrderStatus, StrategyId};
use crate::executor::place::leg_record;
use crate::executor::{ExecutorError, Parts, Totals, close_execution, skipped_row, success_row};
use crate::portfolio::{AttributedFill, Ledger};
use crate::store::{Change, ExecutionRow, ExecutionStatus, LineageRow, OrderRow};

/// Notes the broker's last prices, so that the portfolio is valued at them.
pub(super) async fn note_market_prices(parts: &Parts) {
    match parts.broker.positions().await {
        Ok(positions) => parts.account.note_prices(
            parts.clock.now(),
            positions
                .into_iter()
                .filter_map(|position| Some((position.conid, position.market_price?))),
        ),
        Err(error) => tracing::warn!(%error, "positions could not be valued at last prices"),
    }
}

/// Makes steps 9 to 12 of the executions whose entry has come to its end, and steps 9 to 11 again,
/// as a later attempt, for each exit that filled.
pub(super) async fn finish(
    parts: &Parts,
    batch: &Batch<'_>,
    groups: &[Group],
    changes: &mut Vec<Change>,
    executions: &mut BTreeSet<ExecutionId>,
) -> Result<(), ExecutorError> {
    let final_cash = groups.last().map(|group| group.ledger_after.cash());
    let broker_cash = match final_cash {
        Some(_) => parts.broker.account_summary().await.ok().map(|summary| summary.total_cash),
        None => None,
    };
    let cash = Cash { ours: final_cash, brokers: broker_cash };
    for order in batch.orders.values() {
        let resolved = batch.resolved.contains(&order.client_order_id);
        let opens = matches!(order.leg, Leg::Entry | Leg::Exit | Leg::Flatten);
        if opens && (batch.ended(order) || resolved) {
            let Some(mut chapter) = Chapter::open(parts, &order.execution_id).await? else {
                continue;
            };
            if resolved {
                chapter.record_resolution(batch, changes)?;
            }
            if batch.ended(order) && chapter.execution.status == ExecutionStatus::Tracking {
                chapter.finish_order(batch, order, groups, &cash, changes).await?;
            }
            executions.insert(order.execution_id.clone());
        }
    }
    for group in groups.iter().filter(|group| group.is_exit(batch)) {
        let Some(order) = group.order(batch) else { continue };
        if matches!(order.leg, Leg::Exit | Leg::Flatten) && batch.ended(order) {
            continue;
        }
        let Some(mut chapter) = Chapter::open(parts, &order.decided_by).await? else { continue };
        chapter.append_exit(batch, order, group, &cash, changes)?;
        executions.insert(order.decided_by.clone());
    }
    Ok(())
}

/// Cash after everything that is known of, by our ledger and by the broker.
struct Cash {
    ours: Option<Decimal>,
    brokers: Option<Decimal>,
}

/// An execution to which rows are added.
struct Chapter<'a> {
    parts: &'a Parts,
    execution: ExecutionRow,
    rows: Vec<LineageRow>,
    /// Rows added in this tick, so that attempts go on counting.
    added: Vec<StepName>,
    /// Those of them that did not apply.
    skipped: Vec<StepName>,
}

impl<'a> Chapter<'a> {
    async fn open(parts: &'a Parts, id: &ExecutionId) -> Result<Option<Self>, ExecutorError> {
        let Some(execution) = parts.store.execution(id).await? else { return Ok(None) };
        let rows = parts.store.lineage_of(id).await?;
        Ok(Some(Self { parts, execution, rows, added: Vec::new(), skipped: Vec::new() }))
    }

    fn attempt(&mut self, step: StepName) -> u32 {
        let recorded = self.rows.iter().filter(|row| row.row.step == step);
        let last = recorded.map(|row| row.row.attempt).max().unwrap_or(0);
        let added = self.added.iter().filter(|added| **added == step).count();
        self.added.push(step);
        last + u32::try_from(added).unwrap_or(u32::MAX) + 1
    }

    /// Adds a row to the changes.
    fn record(
        &mut self,
        step: StepName,
        input: &impl Serialize,
        output: &impl Serialize,
        duration_us: u64,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let attempt = self.attempt(step);
        let execution = &self.execution;
        let row = success_row(self.parts, execution, step, attempt, input, output, duration_us)?;
        changes.push(Change::Lineage(row));
        Ok(())
    }

    /// An order of unknown fate was found at the broker.
    fn record_resolution(
        &mut self,
        batch: &Batch<'_>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let input = self
            .rows
            .iter()
            .rev()
            .filter(|row| row.row.step == StepName::PlaceOrder)
            .find_map(|row| serde_json::from_str::<PlaceOrderInput>(&row.row.input).ok());
        let Some(input) = input else { return Ok(()) };
        let legs = batch
            .orders
            .values()
            .filter(|order| order.execution_id == self.execution.id)
            .map(leg_record)
            .collect();
        let output = PlaceOrderOutput {
            result: SubmitResult::Accepted,
            legs,
            questions: Vec::new(),
            reason: Some("found at the broker by its client order id".to_owned()),
            reconciled: true,
        };
        self.record(StepName::PlaceOrder, &input, &output, 0, changes)
    }

    /// The order that the execution waited for has come to its end.
    async fn finish_order(
        &mut self,
        batch: &Batch<'_>,
        order: &OrderRow,
        groups: &[Group],
        cash: &Cash,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let watch = Stopwatch::start(self.parts.clock.as_ref());
        let earlier: Vec<FillRecord> = self
            .parts
            .store
            .fills_of(&self.execution.id)
            .await?
            .into_iter()
            .filter(|row| row.client_order_id == order.client_order_id)
            .map(|row| fill_record(&row.fill, &row.client_order_id, row.leg))
            .collect();
        let group = groups.iter().find(|group| group.client_order_id == order.client_order_id);
        let new = group.map(|group| group.fills.as_slice()).unwrap_or_default();
        let mut fills = earlier.clone();
        fills.extend(new.iter().map(attributed_record));
        self.track(batch, order, fills.clone(), changes, &watch).await?;
        let before = match group {
            Some(group) if earlier.is_empty() => group.ledger_before.clone(),
            _ => {
                let ids: Vec<_> = earlier.iter().map(|fill| fill.fill_id.clone()).collect();
                self.parts.account.ledger_without(&ids)
            }
        };
        let after = group.map_or_else(|| self.parts.account.ledger(), |g| g.ledger_after.clone());
        let (outcome, sentence) = outcome(order, batch);
        if fills.is_empty() {
            for step in [StepName::UpdatePosition, StepName::UpdatePortfolio] {
                let attempt = self.attempt(step);
                self.skipped.push(step);
                let row = skipped_row(self.parts, &self.execution, step, attempt, &sentence);
                changes.push(Change::Lineage(row));
            }
        } else {
            self.book(order, fills, &before, &after, cash, changes)?;
        }
        self.execution.duration_us += watch.elapsed_micros(self.parts.clock.as_ref());
        self.close(outcome, sentence, changes)
    }

    /// An exit filled after its execution was over.
    fn append_exit(
        &mut self,
        batch: &Batch<'_>,
        order: &OrderRow,
        group: &Group,
        cash: &Cash,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let fills: Vec<FillRecord> = group.fills.iter().map(attributed_record).collect();
        let events = batch.events.iter().filter(|event| {
            batch.orders.get(&event.client_order_id).is_some_and(|other| {
                other.execution_id == order.execution_id && other.leg != Leg::Entry
            })
        });
        let output = TrackOrderOutput {
            events: events.filter_map(|event| event_record(batch, event)).collect(),
            fills: fills.clone(),
            final_status: order.status,
            waited_seconds: order.updated_at.duration_since(order.created_at).as_secs().max(0),
        };
        let input = TrackOrderInput { client_order_ids: vec![order.client_order_id.clone()] };
        self.record(StepName::TrackOrder, &input, &output, 0, changes)?;
        self.book(order, fills, &group.ledger_before, &group.ledger_after, cash, changes)?;
        if order.decided_by != order.execution_id
            && self.execution.outcome == Some(Outcome::Exiting)
        {
            self.execution.outcome = Some(Outcome::Sold);
            self.execution.sentence = Some(format!(
                "Sold {} {} at {} on the signal.",
                group.quantity(),
                order.symbol,
                price(order)
            ));
            changes.push(Change::Execution(self.execution.clone()));
        }
        Ok(())
    }

    async fn track(
        &mut self,
        batch: &Batch<'_>,
        order: &OrderRow,
        fills: Vec<FillRecord>,
        changes: &mut Vec<Change>,
        watch: &Stopwatch,
    ) -> Result<(), ExecutorError> {
        let legs: Vec<&OrderRow> = batch
            .orders
            .values()
            .filter(|other| other.execution_id == order.execution_id)
            .collect();
        let ids: Vec<_> = legs.iter().map(|leg| leg.client_order_id.clone()).collect();
        let mut events = self.parts.store.order_events(&ids).await?;
        events.extend(batch.events.iter().filter(|e| ids.contains(&e.client_order_id)).cloned());
        let output = TrackOrderOutput {
            events: events.iter().filter_map(|event| event_record(batch, event)).collect(),
            fills,
            final_status: order.status,
            waited_seconds: order.updated_at.duration_since(order.created_at).as_secs().max(0),
        };
        let input = TrackOrderInput { client_order_ids: ids };
        let duration_us = watch.elapsed_micros(self.parts.clock.as_ref());
        self.record(StepName::TrackOrder, &input, &output, duration_us, changes)
    }

    /// Steps 10 and 11.
    fn book(
        &mut self,
        order: &OrderRow,
        fills: Vec<FillRecord>,
        before: &Ledger,
        after: &Ledger,
        cash: &Cash,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let watch = Stopwatch::start(self.parts.clock.as_ref());
        let holder = holder(order, before);
        let closed = changes.iter().find_map(|change| match change {
            Change::Trade(trade)
                if trade.strategy_id == holder
                    && trade.conid == order.conid
                    && order.leg != Leg::Entry =>
            {
                Some(trade.clone())
            }
            _ => None,
        });
        let position = UpdatePositionOutput {
            before: before.position(&holder, order.conid).cloned(),
            after: after.position(&holder, order.conid).cloned(),
            closed_trade: closed,
        };
        let input = UpdatePositionInput { fills };
        let duration_us = watch.elapsed_micros(self.parts.clock.as_ref());
        self.record(StepName::UpdatePosition, &input, &position, duration_us, changes)?;
        let watch = Stopwatch::start(self.parts.clock.as_ref());
        let now = self.parts.clock.now();
        let prices = self.parts.account.last_prices();
        let ours = cash.ours.unwrap_or_else(|| after.cash());
        let difference = cash.brokers.map(|brokers| ours - brokers);
        if let Some(difference) = difference.filter(|difference| !difference.is_zero()) {
            tracing::error!(%ours, %difference, "our cash and the broker's differ");
        }
        let portfolio = UpdatePortfolioOutput {
            before: before.state(now, &prices),
            after: after.state(now, &prices),
            broker_cash: cash.brokers,
            cash_difference: difference,
        };
        let input = UpdatePortfolioInput { account_id: self.execution.account_id.clone() };
        let duration_us = watch.elapsed_micros(self.parts.clock.as_ref());
        self.record(StepName::UpdatePortfolio, &input, &portfolio, duration_us, changes)
    }

    fn close(
        &mut self,
        outcome: Outcome,
        sentence: String,
        changes: &mut Vec<Change>,
    ) -> Result<(), ExecutorError> {
        let totals = self.totals();
        let attempt = self.attempt(StepName::Complete);
        let execution = &mut self.execution;
        close_execution(self.parts, execution, attempt, outcome, sentence, &totals, changes)
    }

    fn totals(&self) -> Totals {
        let succeeded: BTreeSet<StepName> = self
            .rows
            .iter()
            .filter(|row| row.row.status == StepStatus::Success)
            .map(|row| row.row.step)
            .chain(self.added.iter().copied().filter(|step| !self.skipped.contains(step)))
            .collect();
        let analysis = self
            .rows
            .iter()
            .filter(|row| row.row.step == StepName::LlmAnalysis)
            .find_map(|row| serde_json::from_str::<LlmAnalysisOutput>(&row.row.output).ok());
        let skipped = StepName::ALL.len() - succeeded.len().min(StepName::ALL.len());
        Totals {
            succeeded: u32::try_from(succeeded.len() + 1).unwrap_or(u32::MAX),
            skipped: u32::try_from(skipped.saturating_sub(1)).unwrap_or(u32::MAX),
            tokens: analysis.as_ref().map_or(0, |analysis| analysis.total_tokens),
            cost: analysis.map_or(Decimal::ZERO, |analysis| analysis.total_cost),
        }
    }
}

/// Whose position an order changes: its strategy's, or, of a sale made elsewhere, whoever holds.
fn holder(order: &OrderRow, before: &Ledger) -> StrategyId {
    let held = before.positions().find(|position| position.conid == order.conid);
    match held {
        Some(position) if order.leg == Leg::External && order.side == OrderSide::Sell => {
            position.strategy_id.clone()
        }
        _ => order.strategy_id.clone(),
    }
}

fn outcome(order: &OrderRow, batch: &Batch<'_>) -> (Outcome, String) {
    let symbol = &order.symbol;
    let leg_price = |leg: Leg| {
        batch
            .orders
            .values()
            .find(|other| other.execution_id == order.execution_id && other.leg == leg)
            .and_then(|other| other.price)
            .map_or_else(|| "–".to_owned(), |price| price.to_string())
    };
    if order.filled_quantity > Decimal::ZERO && order.leg == Leg::Flatten {
        let done = if order.side == OrderSide::Sell { "Sold" } else { "Bought" };
        return (
            Outcome::Flattened,
            format!(
                "{done} {} {symbol} at {} to flatten the account.",
                order.filled_quantity,
                price(order)
            ),
        );
    }
    if order.filled_quantity > Decimal::ZERO && order.leg == Leg::Exit {
        return (
            Outcome::Sold,
            format!("Sold {} {symbol} at {}.", order.filled_quantity, price(order)),
        );
    }
    if order.filled_quantity > Decimal::ZERO {
        let partly = if order.filled_quantity < order.quantity {
            format!(" of {} ordered", order.quantity)
        } else {
            String::new()
        };
        return (
            Outcome::Bought,
            format!(
                "Bought {}{partly} {symbol} at {}, stop {}, target {}.",
                order.filled_quantity,
                price(order),
                leg_price(Leg::Stop),
                leg_price(Leg::Target)
            ),
        );
    }
    let limit = order.price.map_or_else(|| "–".to_owned(), |price| price.to_string());
    if batch.never_arrived.contains(&order.client_order_id) {
        return (
            Outcome::NotSent,
            format!(
                "The order for {} {symbol} never reached the broker, and was not sent again.",
                order.quantity
            ),
        );
    }
    match order.status {
        OrderStatus::Rejected => (
            Outcome::Rejected,
            format!(
                "IBKR refused the order: {}",
                order.reason.as_deref().unwrap_or("no reason given")
            ),
        ),
        _ => (
            Outcome::NotFilled,
            format!("The order for {} {symbol} at {limit} ended without a fill.", order.quantity),
        ),
    }
}

fn price(order: &OrderRow) -> String {
    order
        .average_price
        .map_or_else(|| "–".to_owned(), |price| price.round_dp(4).normalize().to_string())
}

fn event_record(
    batch: &Batch<'_>,
    event: &crate::store::OrderEventRow,
) -> Option<OrderEventRecord> {
    let order = batch.orders.get(&event.client_order_id)?;
    Some(OrderEventRecord {
        at: event.at,
        client_order_id: event.client_order_id.clone(),
        leg: order.leg,
        status: event.status,
        filled_quantity: event.filled_quantity,
        remaining_quantity: event.remaining_quantity,
    })
}

fn attributed_record(fill: &AttributedFill) -> FillRecord {
    let id = fill
        .fill
        .client_order_id
        .clone()
        .unwrap_or_else(|| fill.leg.client_order_id(&fill.execution_id));
    fill_record(&fill.fill, &id, fill.leg)
}

fn fill_record(
    fill: &crate::domain::Fill,
    client_order_id: &crate::domain::ClientOrderId,
    leg: Leg,
) -> FillRecord {
    FillRecord {
        fill_id: fill.fill_id.clone(),
        client_order_id: client_order_id.clone(),
        leg,
        side: fill.side,
        quantity: fill.quantity,
        price: fill.price,
        commission: fill.commission,
        at: fill.at,
    }
}

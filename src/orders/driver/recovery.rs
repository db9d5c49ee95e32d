use super::OrdersDriver;
use crate::domain::records::{
    PlaceOrderInput, PlaceOrderOutput, StepName, StepStatus, SubmitResult,
};
use crate::domain::{OrderStatus, records};
use crate::executor::moved_target::look_up;
use crate::executor::place::{KIND_MOVE_TARGET, event_row, leg_record};
use crate::executor::{ExecutorError, Parts, Totals, close_execution, skipped_row, success_row};
use crate::orders::{OrderEvent, next_status};
use crate::store::{Change, Durability, ExecutionRow, ExecutionStatus, LineageRow};

impl OrdersDriver {
    /// Takes up an execution that was interrupted while its order was being sent. The order is not
    /// sent again, whatever happened: its fate is unknown until the broker's own lists show it.
    /// Returns false if nothing had been written down to be sent, so that the execution may simply
    /// be run again.
    pub async fn recover(&mut self, execution: &ExecutionRow) -> Result<bool, ExecutorError> {
        let rows = self.parts.store.lineage_of(&execution.id).await?;
        let last = rows
            .iter()
            .filter(|row| row.row.step == StepName::PlaceOrder)
            .max_by_key(|row| row.row.attempt);
        let Some(started) = last.filter(|row| row.row.status == StepStatus::Started) else {
            return Ok(false);
        };
        let input: PlaceOrderInput = serde_json::from_str(&started.row.input).map_err(|error| {
            ExecutorError::Unresumable {
                execution: execution.id.clone(),
                detail: format!("the intent of its order cannot be read: {error}"),
            }
        })?;
        if input.kind == KIND_MOVE_TARGET {
            self.recover_moved_target(execution, started, &input).await?;
        } else {
            self.mark_unknown(execution, started, &input).await?;
            self.wake();
        }
        Ok(true)
    }

    /// The orders become unknown and the execution waits for what the broker's lists say.
    async fn mark_unknown(
        &self,
        execution: &ExecutionRow,
        started: &LineageRow,
        input: &PlaceOrderInput,
    ) -> Result<(), ExecutorError> {
        let reason = "the program stopped before the broker's answer was written down";
        let now = self.parts.clock.now();
        let mut orders = self.parts.store.orders_of(&execution.id).await?;
        let mut changes = Vec::new();
        for order in orders.iter_mut().filter(|order| order.status == OrderStatus::Intended) {
            let id = &order.client_order_id;
            order.status = next_status(id, order.status, OrderEvent::AnswerLost)
                .unwrap_or(OrderStatus::Unknown);
            order.reason = Some(reason.to_owned());
            order.updated_at = now;
            changes.push(Change::Order(order.clone()));
            changes.push(Change::OrderEvent(event_row(order)));
        }
        let output = PlaceOrderOutput {
            result: SubmitResult::Unknown,
            legs: orders.iter().map(leg_record).collect(),
            questions: Vec::new(),
            reason: Some(reason.to_owned()),
            reconciled: false,
        };
        let mut execution = execution.clone();
        execution.status = ExecutionStatus::Tracking;
        let attempt = started.row.attempt + 1;
        let step = StepName::PlaceOrder;
        let row = success_row(&self.parts, &execution, step, attempt, input, &output, 0)?;
        changes.push(Change::Lineage(row));
        changes.push(Change::Execution(execution));
        self.parts.recorder.commit(changes, Durability::Full).await?;
        Ok(())
    }

    /// Whether the target was moved shows in its price at the broker.
    async fn recover_moved_target(
        &self,
        execution: &ExecutionRow,
        started: &LineageRow,
        input: &PlaceOrderInput,
    ) -> Result<(), ExecutorError> {
        let parts = &self.parts;
        let found = look_up(parts, &execution.id, input).await?;
        let mut changes: Vec<Change> = found.order.map(Change::Order).into_iter().collect();
        let attempt = started.row.attempt + 1;
        let step = StepName::PlaceOrder;
        let row = success_row(parts, execution, step, attempt, input, &found.output, 0)?;
        changes.push(Change::Lineage(row));
        close(parts, execution, found.outcome, &found.sentence, changes).await
    }
}

async fn close(
    parts: &Parts,
    execution: &ExecutionRow,
    outcome: records::Outcome,
    sentence: &str,
    mut changes: Vec<Change>,
) -> Result<(), ExecutorError> {
    for step in [StepName::TrackOrder, StepName::UpdatePosition, StepName::UpdatePortfolio] {
        changes.push(Change::Lineage(skipped_row(parts, execution, step, 1, sentence)));
    }
    let rows = parts.store.lineage_of(&execution.id).await?;
    let recorded = Totals::of_rows(&rows);
    // The order's own row and the three that do not apply are written with the end.
    let totals =
        Totals { succeeded: recorded.succeeded + 1, skipped: recorded.skipped + 3, ..recorded };
    let mut execution = execution.clone();
    let sentence = sentence.to_owned();
    close_execution(parts, &mut execution, 1, outcome, sentence, &totals, &mut changes)?;
    parts.recorder.commit(changes, Durability::Full).await?;
    Ok(())
}

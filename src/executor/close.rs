//! The end of an execution: the one place where it is written.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::records::{
    CompleteInput, CompleteOutput, LlmAnalysisOutput, Outcome, StepName, StepStatus,
};
use super::run::success_row;
use super::{ExecutorError, Parts};
use crate::domain::ExecutionId;
use crate::store::{Change, ExecutionRow, ExecutionStatus, LineageRow, NewLineageRow};

/// What an execution adds up to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Steps that succeeded.
    pub succeeded: u32,
    /// Steps skipped.
    pub skipped: u32,
    /// Tokens in all.
    pub tokens: u64,
    /// In USD.
    pub cost: Decimal,
}

impl Totals {
    /// What the rows of an execution add up to that were recorded before its end, with the end.
    pub(crate) fn of_rows(rows: &[LineageRow]) -> Self {
        let with = |status: StepStatus| -> BTreeSet<StepName> {
            let rows = rows.iter().filter(|row| row.row.status == status);
            rows.map(|row| row.row.step).collect()
        };
        let succeeded = with(StepStatus::Success);
        let skipped = with(StepStatus::Skipped).difference(&succeeded).count();
        let analysis = rows
            .iter()
            .rfind(|row| row.row.step == StepName::LlmAnalysis)
            .and_then(|row| serde_json::from_str::<LlmAnalysisOutput>(&row.row.output).ok());
        Self {
            succeeded: u32::try_from(succeeded.len() + 1).unwrap_or(u32::MAX),
            skipped: u32::try_from(skipped).unwrap_or(u32::MAX),
            tokens: analysis.as_ref().map_or(0, |analysis| analysis.total_tokens),
            cost: analysis.map_or(Decimal::ZERO, |analysis| analysis.total_cost),
        }
    }
}

/// Closes an execution as completed: step 12 is recorded and the execution gets its outcome, both
/// added to `changes`, so that they are committed with whatever brought the end about.
pub fn close_execution(
    parts: &Parts,
    execution: &mut ExecutionRow,
    attempt: u32,
    outcome: Outcome,
    sentence: String,
    totals: &Totals,
    changes: &mut Vec<Change>,
) -> Result<(), ExecutorError> {
    let row = complete_row(parts, execution, attempt, outcome, &sentence, totals)?;
    changes.push(Change::Lineage(row));
    execution.status = ExecutionStatus::Completed;
    execution.outcome = Some(outcome);
    execution.sentence = Some(sentence);
    execution.finished_at = Some(parts.clock.wall_now());
    changes.push(Change::Execution(execution.clone()));
    Ok(())
}

/// The record of step 12.
pub fn complete_row(
    parts: &Parts,
    execution: &ExecutionRow,
    attempt: u32,
    outcome: Outcome,
    sentence: &str,
    totals: &Totals,
) -> Result<NewLineageRow, ExecutorError> {
    let (input, output) = complete_records(&execution.id, outcome, sentence, totals);
    success_row(parts, execution, StepName::Complete, attempt, &input, &output, 0)
}

/// What step 12 takes and gives.
pub(super) fn complete_records(
    execution_id: &ExecutionId,
    outcome: Outcome,
    sentence: &str,
    totals: &Totals,
) -> (CompleteInput, CompleteOutput) {
    let output = CompleteOutput {
        outcome,
        sentence: sentence.to_owned(),
        steps_succeeded: totals.succeeded,
        steps_skipped: totals.skipped,
        total_tokens: totals.tokens,
        total_cost: totals.cost,
    };
    (CompleteInput { execution_id: execution_id.clone() }, output)
}

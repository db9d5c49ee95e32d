//! The end of an execution: the one place where it is written.

use super::run::complete_row;
use super::{ExecutorError, Parts, Totals, records::Outcome};
use crate::store::{Change, ExecutionRow, ExecutionStatus};

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

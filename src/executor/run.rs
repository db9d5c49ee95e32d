use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::decision::Decision;
use super::records::{
    LlmAnalysisOutput, LoadStrategyOutput, Outcome, ParseSignalOutput, PromptRecord, SkippedRecord,
    StepName, StepStatus,
};
use super::signal::signal_of;
use super::steps::{
    Analyse, CalculateIndicators, FetchMarketData, Fetched, GenerateCharts, LoadStrategy, Loaded,
    ParseSignal,
};
use super::{
    Cancellations, Changed, Effect, ExecutorError, Parts, Step, StepError, Totals, close_execution,
};
use crate::clock::Stopwatch;
use crate::store::{
    BlobBytes, Change, Durability, ExecutionRow, ExecutionStatus, LineageRow, NewLineageRow,
};

/// Makes steps 1 to 8 of an execution.
#[derive(Clone)]
pub struct Executor {
    pub(super) parts: Parts,
    cancellations: Cancellations,
}

/// Why a run does not go on to the next step.
pub(super) enum Stopped {
    /// The step failed; it is in the lineage.
    Failed { step: StepName, sentence: String },
    /// The record itself cannot be kept.
    Broken(ExecutorError),
}

impl<E: Into<ExecutorError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// One execution under way.
pub(super) struct Run<'a> {
    pub(super) parts: &'a Parts,
    pub(super) execution: ExecutionRow,
    /// What an interrupted run had recorded already.
    pub(super) recorded: BTreeMap<StepName, Vec<LineageRow>>,
    pub(super) succeeded: u32,
    pub(super) skipped: u32,
    pub(super) tokens: u64,
    pub(super) cost: Decimal,
    /// Written down with the intent of an order, before it is sent.
    pub(super) first_changes: Vec<Change>,
}

impl Executor {
    /// An executor over its parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts, cancellations: Cancellations::default() }
    }

    /// Ends runs of this executor, and of its clones, before their order.
    pub fn cancellations(&self) -> &Cancellations {
        &self.cancellations
    }

    /// Runs an execution that the store already has as `running`, from its first step to the order,
    /// or to its end if there is no order. After a crash it goes through the pure and reading steps
    /// again; what they had recorded stays, and what comes out the same is not recorded twice.
    pub async fn run(&self, execution: ExecutionRow) -> Result<ExecutionRow, ExecutorError> {
        let mut run = Run::take_up(&self.parts, execution).await?;
        let id = run.execution.id.clone();
        self.cancellations.begin(&id);
        let result = run.decide_and_place(&self.cancellations).await;
        self.cancellations.pass(&id);
        run.ended(result).await
    }
}

impl<'a> Run<'a> {
    /// An execution with what was recorded of it before.
    pub(super) async fn take_up(
        parts: &'a Parts,
        execution: ExecutionRow,
    ) -> Result<Self, ExecutorError> {
        let mut recorded: BTreeMap<StepName, Vec<LineageRow>> = BTreeMap::new();
        for row in parts.store.lineage_of(&execution.id).await? {
            recorded.entry(row.row.step).or_default().push(row);
        }
        let (succeeded, skipped, tokens, cost) = (0, 0, 0, Decimal::ZERO);
        let first_changes = Vec::new();
        Ok(Self { parts, execution, recorded, succeeded, skipped, tokens, cost, first_changes })
    }

    /// Closes what a step cut off, and tells that the execution has changed.
    pub(super) async fn ended(
        mut self,
        result: Result<(), Stopped>,
    ) -> Result<ExecutionRow, ExecutorError> {
        match result {
            Ok(()) => {}
            Err(Stopped::Failed { step, sentence }) => self.fail(step, sentence).await?,
            Err(Stopped::Broken(error)) => return Err(error),
        }
        let Self { parts, execution, .. } = self;
        parts.changes.tell(Changed::Execution(execution.id.clone()));
        parts.changes.tell(Changed::Signals);
        Ok(execution)
    }
}

impl Run<'_> {
    async fn decide_and_place(&mut self, cancellations: &Cancellations) -> Result<(), Stopped> {
        let (loaded, fetched, signal) = self.decide().await?;
        let parts = self.parts;
        let _alone = parts.account.order_lane.lock().await;
        if let Some(reason) = cancellations.pass(&self.execution.id) {
            return self.finish_without_order(Outcome::NotSent, reason, StepName::CheckRisk).await;
        }
        match self.gate(&loaded, &fetched, &signal).await? {
            Decision::Nothing { outcome, sentence, first_skipped } => {
                self.finish_without_order(outcome, sentence, first_skipped).await
            }
            Decision::Order { approved, protection } => {
                self.place(*approved, protection, None).await
            }
            Decision::Ask { proposed, approved, protection, expires_after } => {
                self.ask(*proposed, *approved, &protection, expires_after).await
            }
        }
    }

    /// Steps 1 to 6.
    async fn decide(&mut self) -> Result<(Loaded, Fetched, ParseSignalOutput), Stopped> {
        let execution = self.execution.clone();
        let frozen = self.frozen_prompts();
        let loaded = self.step(LoadStrategy { execution: &execution, frozen }).await?;
        let fetched = self.step(FetchMarketData { loaded: &loaded }).await?;
        let calculated =
            self.step(CalculateIndicators { loaded: &loaded, fetched: &fetched }).await?;
        let charts = self
            .step(GenerateCharts { loaded: &loaded, fetched: &fetched, calculated: &calculated })
            .await?;
        let held =
            self.parts.account.position(&loaded.strategy_id, fetched.record.instrument.conid);
        let analyse = Analyse {
            loaded: &loaded,
            fetched: &fetched,
            calculated: &calculated,
            charts: &charts,
            held_quantity: held.map_or(Decimal::ZERO, |position| position.quantity),
        };
        let analysis: LlmAnalysisOutput = Box::pin(self.step(analyse)).await?;
        self.tokens += analysis.total_tokens;
        self.cost += analysis.total_cost;
        let signal: ParseSignalOutput = self
            .step(ParseSignal {
                loaded: &loaded,
                fetched: &fetched,
                calculated: &calculated,
                analysis: &analysis,
            })
            .await?;
        let last_price = fetched.record.quote.last;
        if let Some(made) = signal_of(&self.execution, last_price, &analysis, &signal) {
            self.parts.recorder.record_signal(made);
            self.parts.changes.tell(Changed::Signals);
        }
        Ok((loaded, fetched, signal))
    }

    /// The prompts that this execution began with, if it was interrupted: what was edited since then
    /// changes nothing in it.
    fn frozen_prompts(&self) -> Vec<PromptRecord> {
        let rows = self.recorded.get(&StepName::LoadStrategy);
        let first = rows.into_iter().flatten().find(|row| row.row.status == StepStatus::Success);
        first
            .and_then(|row| serde_json::from_str::<LoadStrategyOutput>(&row.row.output).ok())
            .map(|record| record.analyst.prompts)
            .unwrap_or_default()
    }

    /// Makes one step and queues its record.
    pub(super) async fn step<S: Step>(&mut self, step: S) -> Result<S::Output, Stopped> {
        let input = self.json(&step.input())?;
        if let Some(output) = self.paid_before::<S>(&input) {
            self.succeeded += 1;
            return Ok(output);
        }
        let watch = Stopwatch::start(self.parts.clock.as_ref());
        let result = step.run(self.parts).await;
        let duration_us = watch.elapsed_micros(self.parts.clock.as_ref());
        self.execution.duration_us += duration_us;
        match result {
            Ok(made) => {
                let output = self.json(&made.record)?;
                self.record(
                    S::NAME,
                    StepStatus::Success,
                    input,
                    output,
                    None,
                    duration_us,
                    made.blobs,
                );
                self.succeeded += 1;
                Ok(made.output)
            }
            Err(error) => Err(self.step_failed(S::NAME, input, &error, duration_us)),
        }
    }

    /// What was paid for before an interruption, on the same input, is not paid for again.
    fn paid_before<S: Step>(&self, input: &str) -> Option<S::Output> {
        if S::EFFECT != Effect::Paid {
            return None;
        }
        let rows = self.recorded.get(&S::NAME)?;
        let paid = rows
            .iter()
            .find(|row| row.row.status == StepStatus::Success && row.row.input == input)?;
        S::recorded(&paid.row.output)
    }

    /// A failure on the way to a step, recorded as that step's.
    pub(super) fn failed_before(&mut self, step: StepName, error: &StepError) -> Stopped {
        self.step_failed(step, "{}".to_owned(), error, 0)
    }

    fn step_failed(
        &mut self,
        step: StepName,
        input: String,
        error: &StepError,
        duration_us: u64,
    ) -> Stopped {
        let chain = error.chain();
        let sentence = format!("{} failed: {}", step.as_str(), chain.lines().next().unwrap_or(""));
        let output = error.partial_output.to_string();
        self.record(step, StepStatus::Error, input, output, Some(chain), duration_us, Vec::new());
        Stopped::Failed { step, sentence }
    }

    #[expect(clippy::too_many_arguments, reason = "these are the columns of one row")]
    fn record(
        &mut self,
        step: StepName,
        status: StepStatus,
        input: String,
        output: String,
        error: Option<String>,
        duration_us: u64,
        blobs: Vec<BlobBytes>,
    ) {
        let earlier = self.recorded.get(&step);
        let same = |row: &LineageRow| {
            row.row.status == status && row.row.output == output && row.row.input == input
        };
        if status == StepStatus::Success && earlier.is_some_and(|rows| rows.iter().any(same)) {
            return;
        }
        let row = NewLineageRow {
            execution_id: self.execution.id.clone(),
            step,
            attempt: self.next_attempt(step),
            status,
            input,
            output,
            metadata: self.metadata(),
            error,
            duration_us,
            recorded_at: self.parts.clock.wall_now(),
        };
        self.parts.recorder.record(row, blobs);
        self.parts.changes.tell(Changed::Execution(self.execution.id.clone()));
    }

    pub(super) fn next_attempt(&self, step: StepName) -> u32 {
        let last =
            self.recorded.get(&step).and_then(|rows| rows.iter().map(|row| row.row.attempt).max());
        last.unwrap_or(0) + 1
    }

    pub(super) fn metadata(&self) -> String {
        metadata(self.parts, &self.execution)
    }

    pub(super) fn json<T: Serialize>(&self, value: &T) -> Result<String, ExecutorError> {
        serde_json::to_string(value).map_err(|source| ExecutorError::Record {
            execution: self.execution.id.clone(),
            source,
        })
    }

    /// Records what does not apply as skipped, and the outcome, in one transaction with the
    /// execution's end.
    pub(super) async fn finish_without_order(
        &mut self,
        outcome: Outcome,
        sentence: String,
        first_skipped: StepName,
    ) -> Result<(), Stopped> {
        let mut changes = Vec::new();
        self.skip_from(first_skipped, &sentence, &mut changes);
        self.complete(outcome, sentence, changes).await
    }

    /// Records every step from `first` on, except the last, as skipped.
    pub(super) fn skip_from(&mut self, first: StepName, reason: &str, changes: &mut Vec<Change>) {
        for step in StepName::ALL {
            if step >= first && step != StepName::Complete {
                let attempt = self.next_attempt(step);
                let row = skipped_row(self.parts, &self.execution, step, attempt, reason);
                changes.push(Change::Lineage(row));
                self.skipped += 1;
            }
        }
    }

    /// Ends the execution: `complete` is recorded and the execution closed.
    pub(super) async fn complete(
        &mut self,
        outcome: Outcome,
        sentence: String,
        mut changes: Vec<Change>,
    ) -> Result<(), Stopped> {
        let attempt = self.next_attempt(StepName::Complete);
        let totals = Totals {
            succeeded: self.succeeded + 1,
            skipped: self.skipped,
            tokens: self.tokens,
            cost: self.cost,
        };
        close_execution(
            self.parts,
            &mut self.execution,
            attempt,
            outcome,
            sentence,
            &totals,
            &mut changes,
        )?;
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }

    /// Records every later step as not run and closes the execution as failed.
    async fn fail(&mut self, failed: StepName, sentence: String) -> Result<(), ExecutorError> {
        let mut changes = Vec::new();
        for step in StepName::ALL.into_iter().filter(|step| *step > failed) {
            let mut row = skipped_row(
                self.parts,
                &self.execution,
                step,
                self.next_attempt(step),
                &format!("{} failed before it.", failed.as_str()),
            );
            row.status = StepStatus::NotRun;
            changes.push(Change::Lineage(row));
        }
        self.execution.status = ExecutionStatus::Failed;
        self.execution.outcome = Some(Outcome::Failed);
        self.execution.sentence = Some(sentence);
        self.execution.finished_at = Some(self.parts.clock.wall_now());
        changes.push(Change::Execution(self.execution.clone()));
        self.parts.recorder.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }
}

/// Facts that stand on every row of an execution.
fn metadata(parts: &Parts, execution: &ExecutionRow) -> String {
    json!({
        "strategy_id": execution.strategy_id,
        "strategy_version": execution.strategy_version,
        "symbol": execution.symbol,
        "environment": execution.environment,
        "account_id": execution.account_id,
        "program_version": env!("CARGO_PKG_VERSION"),
        "exchange_seed": parts.price_notes.seed,
    })
    .to_string()
}

/// The record of a step that does not apply.
pub fn skipped_row(
    parts: &Parts,
    execution: &ExecutionRow,
    step: StepName,
    attempt: u32,
    reason: &str,
) -> NewLineageRow {
    let output = serde_json::to_string(&SkippedRecord { reason: reason.to_owned() });
    NewLineageRow {
        execution_id: execution.id.clone(),
        step,
        attempt,
        status: StepStatus::Skipped,
        input: "{}".to_owned(),
        output: output.unwrap_or_else(|_| Value::Null.to_string()),
        metadata: metadata(parts, execution),
        error: None,
        duration_us: 0,
        recorded_at: parts.clock.wall_now(),
    }
}

/// The record of a step that a driver made for an execution.
pub fn success_row(
    parts: &Parts,
    execution: &ExecutionRow,
    step: StepName,
    attempt: u32,
    input: &impl Serialize,
    output: &impl Serialize,
    duration_us: u64,
) -> Result<NewLineageRow, ExecutorError> {
    let text = |source| ExecutorError::Record { execution: execution.id.clone(), source };
    Ok(NewLineageRow {
        execution_id: execution.id.clone(),
        step,
        attempt,
        status: StepStatus::Success,
        input: serde_json::to_string(input).map_err(text)?,
        output: serde_json::to_string(output).map_err(text)?,
        metadata: metadata(parts, execution),
        error: None,
        duration_us,
        recorded_at: parts.clock.wall_now(),
    })
}

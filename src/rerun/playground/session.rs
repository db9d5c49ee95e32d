use std::sync::{Arc, PoisonError};

use futures_util::future::join_all;
use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::estimate::Estimate;
use super::plan::{Arm, Experiment, Plan};
use super::{Playground, PlaygroundError};
use crate::analyst::ChartSeen;
use crate::analyst::desk::Allowance;
use crate::analyst::language_model::Errand;
use crate::domain::records::{AnalysisCall, ParseSignalOutput};
use crate::domain::{Signal, SignalAction, with_causes};
use crate::rerun::{Alternative, FrozenInputs};
use crate::store::ExecutionRow;

/// Where an experiment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Under way.
    Running,
    /// Every execution was decided on.
    Done,
    /// A person ended it.
    Cancelled,
    /// It ended by itself before its end, for this reason.
    Stopped(String),
}

/// What one side decided on one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmResult {
    /// The signal, by the checks of a run.
    pub signal: ParseSignalOutput,
    /// What was asked and answered.
    pub calls: Vec<AnalysisCall>,
    /// Why there is no usable answer, so that the signal is HOLD.
    pub failure: Option<String>,
}

impl ArmResult {
    /// What its calls cost, in USD.
    pub fn cost(&self) -> Decimal {
        self.calls.iter().map(|call| call.cost).sum::<Decimal>().normalize()
    }

    /// Calls that the model answered now.
    pub fn asked(&self) -> u32 {
        self.count(|call| !call.is_reused && call.provider.is_some())
    }

    /// Calls that were answered from the record.
    pub fn recorded(&self) -> u32 {
        self.count(|call| call.is_reused)
    }

    /// Time of the calls that the model answered now, in microseconds.
    pub fn latency_us(&self) -> u64 {
        self.calls.iter().filter(|call| !call.is_reused).map(|call| call.latency_us).sum()
    }

    fn count(&self, of: fn(&AnalysisCall) -> bool) -> u32 {
        let calls = self.calls.iter().filter(|call| of(call));
        u32::try_from(calls.count()).unwrap_or(u32::MAX)
    }
}

/// An execution that was decided on again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The execution.
    pub execution: ExecutionRow,
    /// What the run itself decided, and what became of it.
    pub run: Option<Signal>,
    /// What each side decided, or why it did not.
    pub arms: Vec<Result<Box<ArmResult>, String>>,
}

impl Row {
    /// What a side decided, if it gave a usable answer.
    pub fn usable(&self, arm: usize) -> Option<SignalAction> {
        let result = self.arms.get(arm)?.as_ref().ok()?;
        result.failure.is_none().then_some(result.signal.action)
    }
}

/// An experiment as it stands.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Counts the experiments of the process, from 1.
    pub number: u64,
    /// What it was estimated at.
    pub estimate: Arc<Estimate>,
    /// The highest cost that was accepted, in USD.
    pub accepted: Decimal,
    /// What is spent, with what is reserved for calls under way, in USD.
    pub spent: Decimal,
    /// Where it stands.
    pub phase: Phase,
    /// Symbol and execution that are being decided on.
    pub under_way: Option<ExecutionRow>,
    /// What was decided on, in the order of the executions.
    pub rows: Vec<Arc<Row>>,
    /// Wall time.
    pub started_at: Timestamp,
    /// Wall time.
    pub ended_at: Option<Timestamp>,
}

/// The experiment that is under way, or was the last.
pub(super) struct Session {
    view: SessionView,
    allowance: Arc<Allowance>,
    cancel: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Playground {
    /// Begins an experiment for which a person accepted a highest cost, in USD. It ends by itself
    /// before a call that could pass it.
    pub async fn start(
        self: &Arc<Self>,
        experiment: &Experiment,
        accepted: Decimal,
    ) -> Result<(), PlaygroundError> {
        let _alone = self.beginning.lock().await;
        let before = self.view();
        if before.as_ref().is_some_and(|view| view.phase == Phase::Running) {
            return Err(PlaygroundError::UnderWay);
        }
        if accepted < Decimal::ZERO {
            return Err(PlaygroundError::Accepted { accepted });
        }
        let plan = self.plan(experiment).await?;
        let estimate = self.estimate_plan(&plan).await?;
        if let Some(refusal) = estimate.refusal {
            return Err(PlaygroundError::Refused(refusal));
        }
        let allowance = Arc::new(Allowance::new(accepted));
        let (cancel, cancelled) = watch::channel(false);
        let view = SessionView {
            number: before.map_or(0, |view| view.number) + 1,
            estimate: Arc::new(estimate),
            accepted,
            spent: Decimal::ZERO,
            phase: Phase::Running,
            under_way: None,
            rows: Vec::new(),
            started_at: self.clock.wall_now(),
            ended_at: None,
        };
        let session = Session { view, allowance: Arc::clone(&allowance), cancel, task: None };
        *self.lock() = Some(session);
        let task =
            tokio::spawn(Arc::clone(self).carry_out(plan, Arc::clone(&allowance), cancelled));
        if let Some(session) = self.lock().as_mut() {
            session.task = Some(task);
        }
        self.told();
        Ok(())
    }

    /// The experiment that is under way, or was the last; nothing before the first.
    pub fn view(&self) -> Option<SessionView> {
        let session = self.lock();
        let session = session.as_ref()?;
        Some(SessionView { spent: session.allowance.spent(), ..session.view.clone() })
    }

    /// Ends the experiment that is under way: the call that is being made is ended, and no other
    /// one is begun.
    pub fn cancel(&self) -> Result<(), PlaygroundError> {
        let session = self.lock();
        let running = session.as_ref().filter(|it| it.view.phase == Phase::Running);
        let running = running.ok_or(PlaygroundError::NotUnderWay)?;
        // An error means that it has just ended.
        let _ = running.cancel.send(true);
        Ok(())
    }

    /// Ends whatever is under way and waits for its end.
    pub async fn close(&self) {
        let task = self.lock().as_mut().and_then(|session| {
            let _ = session.cancel.send(true);
            session.task.take()
        });
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "an experiment of the playground did not come to its end");
        }
    }

    async fn carry_out(
        self: Arc<Self>,
        plan: Plan,
        allowance: Arc<Allowance>,
        mut cancelled: watch::Receiver<bool>,
    ) {
        let mut phase = Phase::Done;
        for frozen in &plan.executions {
            self.change(|view| view.under_way = Some(frozen.execution.clone()));
            let decided = tokio::select! {
                biased;
                _ = cancelled.wait_for(|is_cancelled| *is_cancelled) => {
                    phase = Phase::Cancelled;
                    break;
                }
                row = self.row(&plan, frozen, &allowance) => Arc::new(row),
            };
            self.change(|view| view.rows.push(decided));
            if let Some(refusal) = allowance.refusal() {
                phase = Phase::Stopped(refusal.to_string());
                break;
            }
        }
        let now = self.clock.wall_now();
        self.change(|view| {
            view.phase = phase;
            view.under_way = None;
            view.ended_at = Some(now);
        });
    }

    /// Every side side by side: two calls at once are the most.
    async fn row(&self, plan: &Plan, frozen: &FrozenInputs, allowance: &Arc<Allowance>) -> Row {
        let run = self.store.signal(&frozen.execution.id).await;
        let run = run.unwrap_or_else(|error| {
            tracing::warn!(%error, "the signal of a recorded execution could not be read");
            None
        });
        let arms = match frozen.images(&self.store).await {
            Ok(images) => {
                let decided =
                    plan.arms.iter().map(|arm| self.decide(plan, frozen, &images, arm, allowance));
                join_all(decided).await
            }
            Err(error) => plan.arms.iter().map(|_| Err(with_causes(&error))).collect(),
        };
        Row { execution: frozen.execution.clone(), run, arms }
    }

    async fn decide(
        &self,
        plan: &Plan,
        frozen: &FrozenInputs,
        images: &[ChartSeen],
        arm: &Arm,
        allowance: &Arc<Allowance>,
    ) -> Result<Box<ArmResult>, String> {
        let Some(choice) = frozen.model(Some(&plan.model)) else {
            return Err(PlaygroundError::NoModel.to_string());
        };
        let prompts = frozen.prompts(&self.store, &choice).await;
        let prompts = prompts.map_err(|error| with_causes(&error))?.with(arm.prompt.clone());
        let alternative = Alternative {
            desk: &self.desk,
            baseline: self.baseline.as_ref(),
            choice: &choice,
            prompts: &prompts,
            errand: Errand::Playground(Arc::clone(allowance)),
        };
        let decided = alternative.decide(frozen, images).await;
        let decided = decided.map_err(|error| with_causes(&error))?;
        let analysis = decided.analysis;
        // A call that was not made for its cost says nothing about the prompt.
        if let (Some(_), Some(refusal)) = (&analysis.failure, allowance.refusal()) {
            return Err(refusal.to_string());
        }
        Ok(Box::new(ArmResult {
            signal: decided.signal,
            calls: analysis.calls,
            failure: analysis.failure,
        }))
    }

    fn change(&self, act: impl FnOnce(&mut SessionView)) {
        if let Some(session) = self.lock().as_mut() {
            act(&mut session.view);
        }
        self.told();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

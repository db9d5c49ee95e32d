//! Recorded executions once more, on their frozen inputs: what another prompt or another model would
//! have made of them, and whether the same code still makes the same of them.
//!
//! [`replay`] computes every pure step again and holds it against the record, byte for byte.
//! [`FrozenInputs`] reads back what an execution saw, [`Alternative`] decides on it again by the code
//! that decides in a run, and [`Playground`] does so for one or two prompts on several executions.
//! Nothing here makes an order, a step of the lineage or a signal that counts: only the calls of the
//! model are recorded, by the desk, with what they cost.

mod again;
mod frozen;
mod playground;
mod replay;

pub use again::{Alternative, Redecided, RerunError};
pub use frozen::{FrozenError, FrozenInputs};
pub use playground::{
    Arm, ArmChoice, ArmResult, ArmSummary, BudgetLeft, Estimate, ExecutionChoice, Experiment,
    LeftOut, MOST_EXECUTIONS, Phase, Playground, PlaygroundError, Row, SessionView, Share, Summary,
    summarise,
};
pub use replay::{
    Difference, ExecutionReplay, PartOfStep, ReplayError, ReplayPeriod, ReplaySummary,
    ReplayedStep, StepVerdict, replay, replay_all,
};

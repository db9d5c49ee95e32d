//! Recorded executions once more, on their frozen inputs: what another prompt or another model would
//! have made of them.
//!
//! [`FrozenInputs`] reads back what an execution saw, [`Alternative`] decides on it again by the code
//! that decides in a run, and [`Playground`] does so for one or two prompts on several executions.
//! Nothing here makes an order, a step of the lineage or a signal that counts: only the calls of the
//! model are recorded, by the desk, with what they cost.

mod again;
mod frozen;
mod playground;

pub use again::{Alternative, Redecided, RerunError};
pub use frozen::{FrozenError, FrozenInputs};
pub use playground::{
    Arm, ArmChoice, ArmResult, ArmSummary, BudgetLeft, Estimate, ExecutionChoice, Experiment,
    LeftOut, MOST_EXECUTIONS, Phase, Playground, PlaygroundError, Row, SessionView, Share, Summary,
    summarise,
};

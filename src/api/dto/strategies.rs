//! Strategies as forms, their versions, and how ready they are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::domain::records::StepName;
use crate::strategy::{FormProblem, StrategyForm};

/// Asks for a strategy as a form.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyFormGetRequest {
    /// Which strategy; what a new one begins with if absent.
    pub strategy_id: Option<String>,
    /// Which version; the newest if absent.
    pub version: Option<u32>,
}

/// A strategy as a form.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyFormDto {
    /// Which strategy; nothing for a new one.
    pub strategy_id: Option<String>,
    /// The version that it shows; 0 for a new one.
    pub version: u32,
    /// What is filled in.
    pub form: StrategyForm,
    /// Every limit, in the order of the file, with what holds where a strategy names none.
    pub limits: Vec<LimitDto>,
}

/// A limit of the table `[risk]`.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LimitDto {
    /// Its name in the file.
    pub name: String,
    /// What holds where a strategy names none; empty for without limit.
    pub usual: String,
}

/// Asks what is wrong in a form.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyFormCheckRequest {
    /// Which strategy it is to be a version of; a new one if absent.
    pub strategy_id: Option<String>,
    /// What is filled in.
    pub form: StrategyForm,
}

/// What a form comes to.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyFormCheckDto {
    /// The strategy as a file. It is no strategy as long as there are problems.
    pub toml: String,
    /// Everything that is wrong: with any of it, it is not saved.
    pub problems: Vec<FormProblem>,
    /// What a run would stumble over as things are now.
    pub warnings: Vec<FormProblem>,
    /// The schedule in words; nothing while it is wrong, or for by hand only.
    pub schedule_words: Option<String>,
    /// The indicators for people, such as `RSI(14)`, in their order; the kind where one is wrong.
    pub indicators: Vec<String>,
}

/// What a file comes to as a form.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyFormReadDto {
    /// What it fills in; nothing where it cannot be read.
    pub form: Option<StrategyForm>,
    /// Why it cannot be read, or what is wrong in it.
    pub problems: Vec<FormProblem>,
}

/// A version of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyVersionDto {
    /// From 1.
    pub version: u32,
    /// Name that it had then.
    pub name: String,
    /// BLAKE3 of its text.
    pub hash: String,
    /// When it was saved, RFC 3339 UTC.
    pub created_at: String,
    /// Executions that ran it.
    pub executions: u32,
    /// Lines of its text.
    pub lines: u32,
}

/// Asks what two versions of a strategy differ in.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyDiffRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// The earlier version.
    pub from: u32,
    /// The later version.
    pub to: u32,
}

/// Copies a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyDuplicateRequest {
    /// Which strategy.
    pub strategy_id: String,
    /// Id of the copy; there must be none yet.
    pub new_id: String,
    /// Name of the copy.
    pub name: String,
}

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessState {
    /// As it should be.
    Ready,
    /// It works, and somebody should look at it.
    Attention,
    /// Without it nothing runs by itself.
    Missing,
    /// It comes with a run.
    NotYet,
}

/// Where something is mended or looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessPlace {
    /// The connection.
    Connection,
    /// The symbols of the strategy.
    Symbols,
    /// The indicators of the strategy.
    Indicators,
    /// The analyst of the strategy: its model and its prompts.
    Analyst,
    /// The models, their keys and prices.
    Models,
    /// The prompts.
    Prompts,
    /// The strategy itself.
    Strategy,
    /// The schedule of the strategy.
    Schedule,
    /// A run of it.
    Run,
    /// A step of its newest execution.
    Lineage,
    /// The orders.
    Orders,
    /// The portfolio.
    Portfolio,
}

/// One of the thirteen stages of the workflow.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ReadinessStageDto {
    /// `connected`, `symbol`, `indicators`, `prompt`, `strategy`, `schedule`, `chart`, `signal`,
    /// `order`, `position`, `tracking`, `portfolio` or `lineage`.
    pub stage: String,
    /// How far it is.
    pub state: ReadinessState,
    /// Why, as a sentence.
    pub sentence: String,
    /// Where it is mended or looked at.
    pub place: ReadinessPlace,
    /// The execution that shows it.
    pub execution_id: Option<String>,
    /// Its step that shows it.
    pub step: Option<StepName>,
}

/// How ready a strategy is, from the connection to the lineage.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ReadinessDto {
    /// Which strategy.
    pub strategy_id: String,
    /// All thirteen, in the order of the workflow.
    pub stages: Vec<ReadinessStageDto>,
}

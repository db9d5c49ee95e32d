use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::StepDto;

/// Asks how a step did.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepStatisticsRequest {
    /// Such as `parse_signal`.
    pub step_name: String,
    /// What was recorded in the last so many days of wall time, 1 to 3650.
    pub days: u32,
    /// One strategy, or all.
    pub strategy_id: Option<String>,
}

/// How a step did. Durations are microseconds of wall time; nothing where nothing ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StepStatisticsDto {
    /// Which step.
    pub step_name: String,
    /// Its place among the twelve.
    pub step_number: u8,
    /// Over how many days.
    pub days: u32,
    /// Since when, RFC 3339 UTC.
    pub from: String,
    /// Attempts that succeeded or failed.
    pub runs: u32,
    /// Those that succeeded.
    pub successes: u32,
    /// Times that the step did not apply, or was not come to.
    pub skipped: u32,
    /// In percent, with two decimals.
    pub success_rate_percent: Option<String>,
    /// Rounded down.
    #[ts(type = "number | null")]
    pub mean_us: Option<u64>,
    /// The shortest.
    #[ts(type = "number | null")]
    pub minimum_us: Option<u64>,
    /// The longest.
    #[ts(type = "number | null")]
    pub maximum_us: Option<u64>,
    /// Half of the runs took no longer (nearest rank).
    #[ts(type = "number | null")]
    pub p50_us: Option<u64>,
    /// 95 of 100 runs took no longer (nearest rank).
    #[ts(type = "number | null")]
    pub p95_us: Option<u64>,
    /// The commonest causes of failures first, at most ten.
    pub errors: Vec<StepErrorDto>,
}

/// Failures of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StepErrorDto {
    /// The last sentence of the chain of causes; numbers and quoted values are left out, by which one
    /// failure differs from the next.
    pub cause: String,
    /// How often.
    pub count: u32,
    /// The newest one in full.
    pub example: String,
    /// The execution of that one.
    pub execution_id: String,
    /// When that was, wall time, RFC 3339 UTC.
    pub recorded_at: String,
}

/// One step of an execution.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LineageStepDto {
    /// Which execution.
    pub execution_id: String,
    /// Such as `parse_signal`.
    pub step_name: String,
    /// Every attempt, in order.
    pub attempts: Vec<StepDto>,
}

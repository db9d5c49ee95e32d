//! Schedules, planned runs and strategies as text.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for the planned times of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulePreviewRequest {
    /// A cron expression, or words such as `15 minutes before close`.
    pub rule: String,
    /// Such as `NYSE`, which is also meant if it is left out.
    pub exchange: Option<String>,
    /// IANA name; the exchange's zone if left out.
    pub time_zone: Option<String>,
    /// `trading_day`, which is also meant if it is left out, or `trading`.
    pub hours: Option<String>,
    /// RFC 3339; now if left out.
    pub from: Option<String>,
    /// 1 to 500.
    pub count: u32,
}

/// The planned times of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SchedulePreviewDto {
    /// The rule as it is kept.
    pub rule: String,
    /// The rule in words.
    pub words: String,
    /// Such as `NYSE`.
    pub exchange: String,
    /// Such as `New York Stock Exchange`.
    pub exchange_title: String,
    /// IANA name of the zone on whose clock the rule is read.
    pub time_zone: String,
    /// IANA name of the exchange's zone.
    pub exchange_time_zone: String,
    /// Oldest first, those that fall out among them.
    pub runs: Vec<PlannedRunDto>,
    /// Why there are fewer than were asked for.
    pub ends: Option<String>,
}

/// One planned time.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct PlannedRunDto {
    /// RFC 3339 UTC.
    pub utc: String,
    /// On the clock of the schedule's zone, with its distance from UTC.
    pub local: String,
    /// On the exchange's clock, with its distance from UTC.
    pub exchange: String,
    /// Whether it is a run.
    pub runs: bool,
    /// Why it falls out: `holiday`, `outside_hours` or `unknown_day`.
    pub cause: Option<String>,
    /// The same as a sentence.
    pub sentence: Option<String>,
    /// The exchange closes early on that day.
    pub short_day: bool,
    /// What a change of clocks does to it: `clocks_changed`, `time_skipped`, `first_of_two`,
    /// `second_of_two`.
    pub clock: Vec<String>,
}

/// Every schedule, what comes next and what became of what came last.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct SchedulesDto {
    /// By strategy.
    pub schedules: Vec<ScheduleDto>,
    /// The next planned times of all active schedules, at most twenty, oldest first.
    pub next: Vec<NextRunDto>,
    /// The last planned times, made or not, newest first, at most a hundred.
    pub last: Vec<LastRunDto>,
    /// Where the broker's own trading days and the shipped calendar differ, as sentences; the broker's
    /// word holds.
    pub disagreements: Vec<String>,
}

/// The schedule of one strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct ScheduleDto {
    /// Which strategy.
    pub strategy_id: String,
    /// Its name.
    pub strategy_name: String,
    /// Whether it runs by itself.
    pub active: bool,
    /// Since when it is paused, RFC 3339 UTC.
    pub paused_since: Option<String>,
    /// Who paused it, and why.
    pub paused_because: Option<String>,
    /// A cron expression, or a distance from the session.
    pub rule: String,
    /// The rule in words.
    pub words: String,
    /// Such as `NYSE`.
    pub exchange: String,
    /// IANA name.
    pub time_zone: String,
    /// `trading_day` or `trading`.
    pub hours: String,
    /// `skip` or `run_once`.
    pub missed: String,
    /// How late a run may be, in minutes.
    pub grace_minutes: i64,
    /// `skip`, `queue` or `cancel_older`.
    pub overlap: String,
    /// How often a run that failed before its order is tried again.
    pub retries: u8,
    /// After so many failed runs in a row it is paused.
    pub pause_after_failures: Option<u8>,
}

/// A planned time of a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct NextRunDto {
    /// Which strategy.
    pub strategy_id: String,
    /// Its symbols, each a run of its own.
    pub symbols: Vec<String>,
    /// When, and whether it is a run.
    pub planned: PlannedRunDto,
}

/// What became of a planned time.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct LastRunDto {
    /// Which strategy.
    pub strategy_id: String,
    /// On which symbol.
    pub symbol: String,
    /// RFC 3339 UTC.
    pub planned_at: String,
    /// The last of a stretch for which this row stands, RFC 3339 UTC; nothing for a single one.
    pub until: Option<String>,
    /// The execution, if it was made.
    pub execution_id: Option<String>,
    /// Why it was not made, such as `holiday` or `asleep`.
    pub cause: Option<String>,
    /// The same as a sentence.
    pub sentence: Option<String>,
    /// How often it was tried.
    pub attempt: u32,
}

/// A strategy as text.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyTextRequest {
    /// TOML.
    pub toml: String,
}

/// Saves a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategySaveRequest {
    /// Id of a strategy that is there, or of a new one.
    pub strategy_id: String,
    /// TOML.
    pub toml: String,
    /// The version that the text was made from, 0 for a new strategy; it is refused if another one is
    /// the newest. Without it the text becomes the newest version whatever there is.
    #[serde(default)]
    pub based_on_version: Option<u32>,
}

/// Names a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyRequest {
    /// Its id.
    pub strategy_id: String,
}

/// Whether a text is a strategy.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyValidationDto {
    /// Whether it can be saved.
    pub valid: bool,
    /// What is wrong, as a sentence.
    pub error: Option<String>,
    /// The field that is wrong, such as `schedule.cron`, where one is.
    pub field: Option<String>,
    /// Name of the strategy.
    pub name: Option<String>,
    /// Its symbols.
    pub symbols: Vec<String>,
    /// Its schedule in words.
    pub schedule_words: Option<String>,
}

/// A strategy as a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct StrategyExportDto {
    /// Name for the file, such as `sample.toml`.
    pub file_name: String,
    /// Its text.
    pub toml: String,
}

/// Pauses every schedule, or lets all go on that a person paused.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulesSetActiveRequest {
    /// On or paused.
    pub active: bool,
}

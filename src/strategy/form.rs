use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::definition::default_risk_parameters;
use super::{AnalystChoice, StrategyDefinition};
use crate::schedule::{Hours, MissedRun, Overlap};

/// How long an order waits for a person where a strategy does not say, in minutes: a day.
pub(super) const USUAL_APPROVAL_MINUTES: &str = "1440";

/// A strategy as somebody fills it in: every value as it was typed, right or wrong.
///
/// Its TOML text is canonical. For what can be read, form, text and definition say the same, and
/// each can be made of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct StrategyForm {
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Ticker symbols, each an execution of its own.
    pub symbols: Vec<String>,
    /// `observe`, `propose` or `auto`.
    pub autonomy: String,
    /// How long an order waits for a person, in minutes; as usual if empty.
    pub approval_minutes: String,
    /// Whether decisions may rest on delayed prices.
    pub allow_delayed: bool,
    /// Who reads the charts.
    pub analyst: AnalystForm,
    /// When it runs by itself; nothing for by hand only.
    pub schedule: Option<ScheduleForm>,
    /// What is computed, in order.
    pub indicators: Vec<IndicatorForm>,
    /// Limits by their name in the table `[risk]`; one that is empty or left out is as usual.
    pub risk: BTreeMap<String, String>,
}

/// Who reads the charts, as it is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AnalystForm {
    /// `rules` or `model`. For `rules` the other fields are without meaning.
    pub kind: String,
    /// Name of the model.
    pub model: String,
    /// `en` or `zh`; English if empty.
    pub language: String,
    /// What the strategy adds to each prompt.
    pub instructions: String,
    /// Prompts that are chosen and not looked up: the type, such as `daily`, to the id.
    pub prompts: BTreeMap<String, String>,
}

/// A schedule, as it is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ScheduleForm {
    /// A cron expression, or words such as `15 minutes before close`.
    pub rule: String,
    /// Such as `NYSE`.
    pub exchange: String,
    /// IANA name; the exchange's zone if empty.
    pub time_zone: String,
    /// `trading_day` or `trading`.
    pub hours: String,
    /// `skip` or `run_once`.
    pub missed: String,
    /// 1 to 1440.
    pub grace_minutes: String,
    /// `skip`, `queue` or `cancel_older`.
    pub overlap: String,
    /// 0 to 5.
    pub retries: String,
    /// 1 to 100; never if empty.
    pub pause_after_failures: String,
}

/// An indicator, as it is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct IndicatorForm {
    /// Such as `RSI`.
    pub kind: String,
    /// Parameter name to value; those left out have their defaults.
    pub parameters: BTreeMap<String, String>,
}

/// Something that is wrong in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormProblem {
    /// Where: the path of the field, such as `schedule.rule` or `indicators.3.period`; empty for the
    /// whole.
    pub field: String,
    /// What is wrong and what may stand there, as a sentence.
    pub message: String,
}

/// The limits that hold where a strategy names none, by their name in the table `[risk]`, in the
/// order in which they are written. Empty for one that is unlimited.
pub fn usual_risk_parameters() -> Vec<(String, String)> {
    risk_texts(&default_risk_parameters())
}

/// Every limit of the record as the text of a form. The names in the record are those in the file.
fn risk_texts(parameters: &crate::domain::records::RiskParameters) -> Vec<(String, String)> {
    // A record of numbers and decimals is a flat table, one line each.
    let text = toml::to_string(parameters).unwrap_or_default();
    let plain = |value: &str| value.trim_matches('"').to_owned();
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect()
}

impl StrategyForm {
    /// What a new strategy begins with: no name and no symbols yet, the indicators that the rule
    /// analyst needs, after each close, and no order without a person's yes.
    pub fn empty() -> Self {
        let indicator = |kind: &str, parameters: &[(&str, &str)]| IndicatorForm {
            kind: kind.to_owned(),
            parameters: parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        Self {
            name: String::new(),
            description: String::new(),
            symbols: Vec::new(),
            autonomy: "propose".to_owned(),
            approval_minutes: USUAL_APPROVAL_MINUTES.to_owned(),
            allow_delayed: false,
            analyst: AnalystForm {
                kind: "rules".to_owned(),
                language: "en".to_owned(),
                ..AnalystForm::default()
            },
            schedule: Some(ScheduleForm::usual("0 16 * * MON-FRI")),
            indicators: vec![
                indicator("SUPERTREND", &[("period", "10"), ("multiplier", "3")]),
                indicator("SMA", &[("period", "20")]),
                indicator("SMA", &[("period", "50")]),
                indicator(
                    "MACD",
                    &[("fast_period", "12"), ("slow_period", "26"), ("signal_period", "9")],
                ),
                indicator("RSI", &[("period", "14")]),
                indicator("ATR", &[("period", "14")]),
                indicator("VOLUME", &[("period", "20")]),
            ],
            risk: usual_risk_parameters().into_iter().collect(),
        }
    }

    /// The form of a strategy that is there.
    pub fn of(definition: &StrategyDefinition) -> Self {
        Self {
            name: definition.name.clone(),
            description: definition.description.clone(),
            symbols: definition.symbols.clone(),
            autonomy: definition.autonomy.as_str().to_owned(),
            approval_minutes: definition.approval_expires_after.as_mins().to_string(),
            allow_delayed: definition.allow_delayed_data,
            analyst: AnalystForm::of(&definition.analyst),
            schedule: definition.schedule.as_ref().map(ScheduleForm::of),
            indicators: definition
                .indicators
                .iter()
                .map(|indicator| IndicatorForm {
                    kind: indicator.kind.clone(),
                    parameters: indicator.parameters.clone(),
                })
                .collect(),
            risk: risk_texts(&definition.risk).into_iter().collect(),
        }
    }
}

impl AnalystForm {
    fn of(choice: &AnalystChoice) -> Self {
        match choice {
            AnalystChoice::Rules => {
                Self { kind: "rules".to_owned(), language: "en".to_owned(), ..Self::default() }
            }
            AnalystChoice::Model(choice) => Self {
                kind: "model".to_owned(),
                model: choice.name.clone(),
                language: choice.language.as_str().to_owned(),
                instructions: choice.instructions.clone(),
                prompts: choice
                    .prompts
                    .iter()
                    .map(|(prompt_type, id)| (prompt_type.as_str().to_owned(), id.clone()))
                    .collect(),
            },
        }
    }
}

impl ScheduleForm {
    /// A rule at NYSE with the policies that are usual.
    pub fn usual(rule: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            exchange: "NYSE".to_owned(),
            time_zone: String::new(),
            hours: "trading_day".to_owned(),
            missed: "run_once".to_owned(),
            grace_minutes: "15".to_owned(),
            overlap: "skip".to_owned(),
            retries: "0".to_owned(),
            pause_after_failures: String::new(),
        }
    }

    fn of(schedule: &crate::schedule::Schedule) -> Self {
        let zone = schedule.time_zone();
        let policies = &schedule.policies;
        Self {
            rule: schedule.rule.text(),
            exchange: schedule.exchange.to_string(),
            time_zone: if zone == schedule.exchange.zone_name() {
                String::new()
            } else {
                zone.to_owned()
            },
            hours: match schedule.hours {
                Hours::TradingDay => "trading_day".to_owned(),
                Hours::Trading => "trading".to_owned(),
            },
            missed: match policies.missed {
                MissedRun::Skip => "skip".to_owned(),
                MissedRun::RunOnce => "run_once".to_owned(),
            },
            grace_minutes: policies.grace.as_mins().to_string(),
            overlap: match policies.overlap {
                Overlap::Skip => "skip".to_owned(),
                Overlap::Queue => "queue".to_owned(),
                Overlap::CancelOlder => "cancel_older".to_owned(),
            },
            retries: policies.retries.to_string(),
            pause_after_failures: policies
                .pause_after_failures
                .map(|count| count.to_string())
                .unwrap_or_default(),
        }
    }
}

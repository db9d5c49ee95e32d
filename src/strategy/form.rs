use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AnalystChoice, StrategyDefinition, default_risk_parameters};
use crate::domain::records::RiskParameters;
use crate::domain::{Protection, ProtectionRule};
use crate::schedule::{Hours, MissedRun, Overlap};

/// How long an order waits for a person where a strategy does not say, in minutes: a day.
pub(super) const USUAL_APPROVAL_MINUTES: &str = "1440";

/// A strategy as somebody fills it in: every value as it was typed, right or wrong.
///
/// Its TOML text is canonical. For what can be read, form, text and definition say the same, and
/// each can be made of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
    /// What closes its entries for a while after trades went badly.
    pub protections: Vec<ProtectionForm>,
}

/// Who reads the charts, as it is filled in.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
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
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct IndicatorForm {
    /// Such as `RSI`.
    pub kind: String,
    /// Parameter name to value; those left out have their defaults.
    pub parameters: BTreeMap<String, String>,
}

/// A protection, as it is filled in.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ProtectionForm {
    /// `stop_loss_guard`, `cool_down`, `low_profit`, `drawdown` or `straight_losses`.
    pub kind: String,
    /// `symbol`, `strategy` or `account`; as usual for its kind if empty.
    pub reach: String,
    /// Trades that were closed within so many hours count; empty for a cool-down.
    pub look_back_hours: String,
    /// Hours for which entries are locked.
    pub lock_hours: String,
    /// What its kind asks for besides, such as `stops`, by the name in the file.
    pub values: BTreeMap<String, String>,
}

/// Something that is wrong in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, schemars::JsonSchema)]
pub struct FormProblem {
    /// Where: the path of the field, such as `schedule.rule` or `indicators.3.period`; empty for the
    /// whole.
    pub field: String,
    /// What is wrong and what may stand there, as a sentence.
    pub message: String,
}

/// Every limit of the table `[risk]`, in the order in which they are written.
const LIMITS: [&str; 15] = [
    "risk_per_trade_percent",
    "stop_atr_multiple",
    "target_atr_multiple",
    "maximum_position_shares",
    "maximum_position_percent",
    "maximum_exposure_percent",
    "warn_exposure_percent",
    "maximum_open_positions",
    "minimum_r",
    "minimum_return_percent",
    "maximum_concentration_percent",
    "warn_concentration_percent",
    "maximum_daily_loss_percent",
    "maximum_drawdown_percent",
    "warn_straight_losses",
];

/// Every limit with what holds where a strategy of the rule analyst names none, empty for without
/// limit, in the order in which they are written.
pub fn usual_risk_parameters() -> Vec<(String, String)> {
    let mut usual = risk_texts(&default_risk_parameters());
    LIMITS
        .iter()
        .map(|name| ((*name).to_owned(), usual.remove(*name).unwrap_or_default()))
        .collect()
}

/// Every limit of the record that is set, as the text of a form. The names in the record are those
/// in the file.
fn risk_texts(parameters: &RiskParameters) -> BTreeMap<String, String> {
    // A record of numbers and decimals is a flat table, one line each; what is absent has none.
    let text = toml::to_string(parameters).unwrap_or_default();
    let plain = |value: &str| value.trim_matches('"').to_owned();
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect()
}

/// The limits of a strategy. A model has a floor of the return unless it is switched off by zero.
fn risk_of(definition: &StrategyDefinition) -> BTreeMap<String, String> {
    let mut risk = risk_texts(&definition.risk);
    let is_model = matches!(definition.analyst, AnalystChoice::Model(_));
    if is_model && definition.risk.minimum_return_percent.is_none() {
        risk.insert("minimum_return_percent".to_owned(), "0".to_owned());
    }
    risk
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
            risk: risk_texts(&default_risk_parameters()),
            protections: Vec::new(),
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
            risk: risk_of(definition),
            protections: definition.protections.iter().map(ProtectionForm::of).collect(),
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

impl ProtectionForm {
    fn of(protection: &Protection) -> Self {
        let mut values = BTreeMap::new();
        let mut put = |name: &str, value: String| values.insert(name.to_owned(), value);
        match &protection.rule {
            ProtectionRule::CoolDown => {}
            ProtectionRule::StopLossGuard { stops } => {
                put("stops", stops.to_string());
            }
            ProtectionRule::LowProfit { minimum_return_percent, minimum_trades } => {
                put("minimum_return_percent", minimum_return_percent.to_string());
                put("minimum_trades", minimum_trades.to_string());
            }
            ProtectionRule::Drawdown { maximum_percent, minimum_trades } => {
                put("maximum_percent", maximum_percent.to_string());
                put("minimum_trades", minimum_trades.to_string());
            }
            ProtectionRule::StraightLosses { losses } => {
                put("losses", losses.to_string());
            }
        }
        let hours = |hours: u32| hours.to_string();
        Self {
            kind: protection.rule.as_str().to_owned(),
            reach: protection.reach.as_str().to_owned(),
            look_back_hours: protection.look_back_hours.map(hours).unwrap_or_default(),
            lock_hours: hours(protection.lock_hours),
            values,
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

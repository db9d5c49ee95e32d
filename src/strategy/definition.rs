use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;

use super::analyst_choice::ModelText;
use super::protection_text::{ProtectionText, protections};
use super::risk_text::RiskText;
use super::schedule_text::ScheduleText;
use super::{AnalystChoice, StrategyError};
use crate::domain::records::{IndicatorRecord, RiskParameters};
use crate::domain::{Protection, Timeframe};
use crate::schedule::Schedule;

/// A strategy, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyDefinition {
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Ticker symbols; each is an execution of its own.
    pub symbols: Vec<String>,
    /// How far it may go by itself.
    pub autonomy: Autonomy,
    /// Who reads its charts.
    pub analyst: AnalystChoice,
    /// How long an order waits for a person's yes before it lapses.
    pub approval_expires_after: SignedDuration,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// What is fetched and shown, daily first.
    pub timeframes: Vec<TimeframeDefinition>,
    /// What is computed, in order.
    pub indicators: Vec<IndicatorRecord>,
    /// Decisions may rest on delayed prices. Off unless the strategy says `allow_delayed = true`
    /// under `[data]`.
    pub allow_delayed_data: bool,
    /// The limits in force.
    pub risk: RiskParameters,
    /// What closes its entries for a while after trades went badly; nothing unless it is named.
    pub protections: Vec<Protection>,
}

/// How far a strategy may go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Autonomy {
    /// A signal, never an order.
    Observe,
    /// Each order waits for a person's yes, and lapses without one.
    Propose,
    /// Orders inside the limits.
    Auto,
}

impl Autonomy {
    /// The name in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Propose => "propose",
            Self::Auto => "auto",
        }
    }
}

/// Bars of one timeframe: how many are fetched, how many are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeframeDefinition {
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Period in IBKR's words.
    pub period: String,
    /// Bars on the chart.
    pub bars_shown: usize,
}

/// The text as serde sees it, before any check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrategyText {
    name: String,
    #[serde(default)]
    description: String,
    symbols: Vec<String>,
    autonomy: Autonomy,
    analyst: String,
    schedule: Option<ScheduleText>,
    model: Option<ModelText>,
    #[serde(default)]
    approval: ApprovalText,
    #[serde(default)]
    indicators: Vec<BTreeMap<String, toml::Value>>,
    #[serde(default)]
    data: DataText,
    #[serde(default)]
    risk: RiskText,
    #[serde(default)]
    protections: Vec<ProtectionText>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataText {
    #[serde(default)]
    allow_delayed: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalText {
    expires_after_minutes: Option<u32>,
}

impl FromStr for StrategyDefinition {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Self, StrategyError> {
        let text: StrategyText = toml::from_str(text)
            .map_err(|error| StrategyError::Syntax { detail: error.to_string() })?;
        let name = text.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(StrategyError::field(
                "name",
                &text.name,
                "use 1 to 80 printable characters",
            ));
        }
        if text.description.chars().count() > 1000 {
            return Err(StrategyError::field(
                "description",
                &text.description,
                "use at most 1000 characters",
            ));
        }
        let analyst = AnalystChoice::read(&text.analyst, text.model)?;
        let risk = text.risk.read(&analyst)?;
        check_symbols(&text.symbols)?;
        let schedule = text.schedule.as_ref().map(ScheduleText::read).transpose()?;
        Ok(Self {
            name,
            description: text.description,
            symbols: text.symbols,
            autonomy: text.autonomy,
            analyst,
            approval_expires_after: approval_expires_after(&text.approval)?,
            schedule,
            timeframes: default_timeframes(),
            indicators: indicators(&text.indicators)?,
            allow_delayed_data: text.data.allow_delayed,
            risk,
            protections: protections(&text.protections)?,
        })
    }
}

/// Daily leads, weekly confirms (workflow.md §2, step 7).
fn default_timeframes() -> Vec<TimeframeDefinition> {
    vec![
        TimeframeDefinition { timeframe: Timeframe::Daily, period: "1y".into(), bars_shown: 200 },
        TimeframeDefinition { timeframe: Timeframe::Weekly, period: "2y".into(), bars_shown: 52 },
    ]
}

/// A day where the strategy names nothing: a daily signal is as old as that when the next one comes.
fn approval_expires_after(text: &ApprovalText) -> Result<SignedDuration, StrategyError> {
    match text.expires_after_minutes {
        None => Ok(SignedDuration::from_hours(24)),
        Some(minutes @ 1..=10_080) => Ok(SignedDuration::from_mins(minutes.into())),
        Some(minutes) => Err(StrategyError::field(
            "approval.expires_after_minutes",
            minutes,
            "use 1 to 10080 minutes, which is a week",
        )),
    }
}

fn check_symbols(symbols: &[String]) -> Result<(), StrategyError> {
    let rule = "name 1 to 20 different symbols in capitals, such as [\"AAPL\"]";
    if symbols.is_empty() || symbols.len() > 20 {
        return Err(StrategyError::field("symbols", format!("{symbols:?}"), rule));
    }
    for (index, symbol) in symbols.iter().enumerate() {
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.';
        let well_formed = !symbol.is_empty() && symbol.len() <= 12 && symbol.chars().all(allowed);
        if !well_formed || symbols[..index].contains(symbol) {
            return Err(StrategyError::field("symbols", symbol, rule));
        }
    }
    Ok(())
}

fn indicators(
    tables: &[BTreeMap<String, toml::Value>],
) -> Result<Vec<IndicatorRecord>, StrategyError> {
    if tables.is_empty() || tables.len() > 40 {
        return Err(StrategyError::field("indicators", tables.len(), "name 1 to 40 indicators"));
    }
    tables
        .iter()
        .map(|table| {
            let mut kind = None;
            let mut parameters = BTreeMap::new();
            for (key, value) in table {
                let text = match value {
                    toml::Value::String(text) => text.clone(),
                    toml::Value::Integer(number) => number.to_string(),
                    toml::Value::Float(number) => number.to_string(),
                    other => {
                        return Err(StrategyError::field(
                            "indicators",
                            format!("{key} = {other}"),
                            "give each parameter as a number or a text",
                        ));
                    }
                };
                if key == "kind" {
                    kind = Some(text);
                } else {
                    parameters.insert(key.clone(), text);
                }
            }
            let kind = kind.ok_or_else(|| {
                StrategyError::field(
                    "indicators",
                    format!("{table:?}"),
                    "each needs a kind, such as \"RSI\"",
                )
            })?;
            // The id follows from kind and parameters once they are checked against the indicator.
            Ok(IndicatorRecord { id: String::new(), kind, parameters })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::samples;

    #[test]
    fn every_sample_is_a_strategy() {
        for sample in samples::all() {
            let definition: StrategyDefinition = sample.toml.parse().unwrap();
            assert_eq!(definition.symbols.len(), 1, "{}", sample.id);
        }
    }

    #[test]
    fn a5_2_each_bad_field_is_named_with_its_value() {
        let good = samples::all()[0].toml.clone();
        let cases = [
            ("symbols = [\"AAPL\"]", "symbols = [\"a>=b\"]", "symbols is \"a>=b\""),
            ("symbols = [\"AAPL\"]", "symbols = []", "symbols is"),
            (
                "cron = \"0 16 * * MON-FRI\"",
                "cron = \"0 99 * * *\"",
                "schedule.cron is \"0 99 * * *\": the hour is \"99\"",
            ),
            ("America/New_York", "Mars/Olympus", "schedule.time_zone is \"Mars/Olympus\""),
            ("analyst = \"rules\"", "analyst = \"oracle\"", "analyst is \"oracle\""),
            ("analyst = \"rules\"", "analyst = \"model\"", "add a table [model]"),
            ("[schedule]", "[model]\nname = \"m\"\n\n[schedule]", "goes with analyst = \"model\""),
            ("[schedule]", "[approval]\nexpires_after_minutes = 0\n\n[schedule]", "use 1 to 10080"),
            ("risk_per_trade_percent = \"1\"", "risk_per_trade_percent = \"6\"", "up to 5"),
            ("risk_per_trade_percent = \"1\"", "risk_per_trade_percent = \"lots\"", "\"lots\""),
        ];
        for (from, to, expected) in cases {
            assert!(good.contains(from), "the sample lacks {from}");
            let error = good.replace(from, to).parse::<StrategyDefinition>().unwrap_err();
            assert!(error.to_string().contains(expected), "{to}: {error}");
        }
    }

    #[test]
    fn delayed_data_are_allowed_by_name_only() {
        let plain = samples::all()[0].toml.clone();
        let allows = |text: &str| text.parse::<StrategyDefinition>().map(|d| d.allow_delayed_data);
        assert_eq!(allows(&plain), Ok(false));
        assert_eq!(allows(&format!("{plain}\n[data]\nallow_delayed = true\n")), Ok(true));
        assert!(allows(&format!("{plain}\n[data]\nallow_late = true\n")).is_err());
    }
}

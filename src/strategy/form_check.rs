//! What is wrong in a form, all of it.

use super::form::{FormProblem, IndicatorForm, ProtectionForm, ScheduleForm, StrategyForm};
use super::{StrategyDefinition, StrategyError};

/// No number of a strategy is as large: whoever reads it says what may stand there.
const TOO_LARGE: &str = "4294967295";

/// Lists longer than a strategy may have are not looked through.
const MOST_LOOKED_AT: usize = 40;

impl StrategyForm {
    /// The definition, or everything that is wrong, field by field.
    ///
    /// Each field is held against the one reader of strategies, in a form in which everything else is
    /// right, so that there is no second set of rules.
    pub fn read(&self) -> Result<StrategyDefinition, Vec<FormProblem>> {
        let mut checks = Checks { problems: Vec::new() };
        checks.identity(self);
        checks.symbols(self);
        checks.analyst(self);
        if let Some(schedule) = &self.schedule {
            checks.schedule(schedule);
        }
        checks.indicators(self);
        checks.protections(self);
        for (name, value) in &self.risk {
            if !value.trim().is_empty() {
                checks.number(&format!("risk.{name}"), value, |form, value| {
                    form.risk.insert(name.clone(), value.to_owned());
                });
            }
        }
        let whole = self.toml().parse::<StrategyDefinition>();
        match whole {
            Ok(definition) if checks.problems.is_empty() => Ok(definition),
            Ok(_) => Err(checks.problems),
            Err(error) => {
                // What is wrong between two fields shows in the whole only.
                if checks.problems.is_empty() {
                    checks.problems.push(FormProblem::of(&error));
                }
                Err(checks.problems)
            }
        }
    }

    /// A form in which nothing is wrong.
    fn right() -> Self {
        Self {
            name: "Right".to_owned(),
            symbols: vec!["AAPL".to_owned()],
            indicators: vec![IndicatorForm { kind: "ATR".to_owned(), ..IndicatorForm::default() }],
            ..Self::empty()
        }
    }
}

impl FormProblem {
    /// The problem of a file that could not be read.
    pub fn of(error: &StrategyError) -> Self {
        let field = match error {
            StrategyError::Syntax { .. } => String::new(),
            StrategyError::Field { field, .. } => path_of(field).to_owned(),
        };
        Self { field, message: error.to_string() }
    }
}

/// The field of the form that stands for a field of the file.
fn path_of(field: &str) -> &str {
    match field {
        "schedule" | "schedule.cron" | "schedule.at" => "schedule.rule",
        "analyst" => "analyst.kind",
        "model.name" => "analyst.model",
        "model.language" => "analyst.language",
        "model.instructions" => "analyst.instructions",
        "model.prompts" => "analyst.prompts",
        "approval.expires_after_minutes" => "approval_minutes",
        other => other,
    }
}

/// The rule that a value breaks, as a sentence of its own: it stands beside the value.
fn rule_of(error: StrategyError) -> String {
    let rule = match error {
        StrategyError::Syntax { detail } => {
            detail.lines().last().unwrap_or("this could not be read").trim().to_owned()
        }
        StrategyError::Field { rule, .. } => rule,
    };
    sentence(&rule)
}

/// The words with a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    let mut characters = words.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

struct Checks {
    problems: Vec<FormProblem>,
}

impl Checks {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(FormProblem { field: field.to_owned(), message: message.into() });
    }

    /// Holds one value against the reader.
    fn value(&mut self, field: &str, put: impl FnOnce(&mut StrategyForm)) {
        let mut form = StrategyForm::right();
        put(&mut form);
        if let Err(error) = form.toml().parse::<StrategyDefinition>() {
            self.add(field, rule_of(error));
        }
    }

    /// Holds a number against the reader. What is no number breaks the same rule as one that is too
    /// large.
    fn number(&mut self, field: &str, value: &str, put: impl Fn(&mut StrategyForm, &str)) {
        let reads = |text: &str| {
            let mut form = StrategyForm::right();
            put(&mut form, text);
            form.toml().parse::<StrategyDefinition>()
        };
        match reads(value) {
            Ok(_) => {}
            Err(error @ StrategyError::Field { .. }) => self.add(field, rule_of(error)),
            Err(error @ StrategyError::Syntax { .. }) => {
                let error = reads(TOO_LARGE).err().unwrap_or(error);
                self.add(field, rule_of(error));
            }
        }
    }

    fn identity(&mut self, form: &StrategyForm) {
        self.value("name", |right| right.name.clone_from(&form.name));
        self.value("description", |right| right.description.clone_from(&form.description));
        self.value("autonomy", |right| right.autonomy.clone_from(&form.autonomy));
        if !form.approval_minutes.trim().is_empty() {
            self.number("approval_minutes", &form.approval_minutes, |right, value| {
                value.clone_into(&mut right.approval_minutes);
            });
        }
    }

    fn symbols(&mut self, form: &StrategyForm) {
        if form.symbols.is_empty() {
            self.add("symbols", "Choose at least one symbol.");
        } else if form.symbols.len() > 20 {
            self.value("symbols", |right| {
                right.symbols = (0..21).map(|number| format!("A{number}")).collect();
            });
        }
        for (index, symbol) in form.symbols.iter().enumerate().take(MOST_LOOKED_AT) {
            let field = format!("symbols.{index}");
            if form.symbols[..index].contains(symbol) {
                self.add(&field, format!("{symbol} is named twice."));
            } else {
                self.value(&field, |right| right.symbols = vec![symbol.clone()]);
            }
        }
    }

    fn analyst(&mut self, form: &StrategyForm) {
        let analyst = &form.analyst;
        if analyst.kind != "model" {
            self.value("analyst.kind", |right| right.analyst.kind.clone_from(&analyst.kind));
            return;
        }
        let with_model = |right: &mut StrategyForm| {
            "model".clone_into(&mut right.analyst.kind);
            "reader".clone_into(&mut right.analyst.model);
        };
        self.value("analyst.model", |right| {
            with_model(right);
            right.analyst.model.clone_from(&analyst.model);
        });
        self.value("analyst.language", |right| {
            with_model(right);
            right.analyst.language.clone_from(&analyst.language);
        });
        self.value("analyst.instructions", |right| {
            with_model(right);
            right.analyst.instructions.clone_from(&analyst.instructions);
        });
        for (prompt_type, id) in analyst.prompts.iter().take(MOST_LOOKED_AT) {
            self.value(&format!("analyst.prompts.{prompt_type}"), |right| {
                with_model(right);
                right.analyst.prompts.insert(prompt_type.clone(), id.clone());
            });
        }
    }

    fn schedule(&mut self, schedule: &ScheduleForm) {
        let with = |right: &mut StrategyForm, change: &dyn Fn(&mut ScheduleForm)| {
            let mut usual = ScheduleForm::usual("0 16 * * MON-FRI");
            change(&mut usual);
            right.schedule = Some(usual);
        };
        if schedule.rule.trim().is_empty() {
            self.add(
                "schedule.rule",
                "Say when: a cron expression, or a distance from the session.",
            );
        } else {
            self.value("schedule.rule", |right| {
                with(right, &|usual| usual.rule.clone_from(&schedule.rule));
            });
        }
        self.value("schedule.exchange", |right| {
            with(right, &|usual| usual.exchange.clone_from(&schedule.exchange));
        });
        self.value("schedule.time_zone", |right| {
            with(right, &|usual| usual.time_zone.clone_from(&schedule.time_zone));
        });
        self.value("schedule.hours", |right| {
            with(right, &|usual| usual.hours.clone_from(&schedule.hours));
        });
        self.value("schedule.missed", |right| {
            with(right, &|usual| usual.missed.clone_from(&schedule.missed));
        });
        self.value("schedule.overlap", |right| {
            with(right, &|usual| usual.overlap.clone_from(&schedule.overlap));
        });
        self.number("schedule.grace_minutes", &schedule.grace_minutes, |right, value| {
            with(right, &|usual| value.clone_into(&mut usual.grace_minutes));
        });
        self.number("schedule.retries", &schedule.retries, |right, value| {
            with(right, &|usual| value.clone_into(&mut usual.retries));
        });
        let pause = &schedule.pause_after_failures;
        self.number("schedule.pause_after_failures", pause, |right, value| {
            with(right, &|usual| value.clone_into(&mut usual.pause_after_failures));
        });
    }

    /// Each protection by itself; of one, the first thing that is wrong.
    fn protections(&mut self, form: &StrategyForm) {
        let read = |protections: Vec<ProtectionForm>| {
            let form = StrategyForm { protections, ..StrategyForm::right() };
            form.toml().parse::<StrategyDefinition>().err()
        };
        if form.protections.len() > 20 {
            let one = ProtectionForm {
                kind: "cool_down".to_owned(),
                lock_hours: "1".to_owned(),
                ..ProtectionForm::default()
            };
            if let Some(error) = read(vec![one; 21]) {
                self.add("protections", rule_of(error));
            }
        }
        for (index, protection) in form.protections.iter().enumerate().take(MOST_LOOKED_AT) {
            let mut probe = protection.clone();
            let decimals = ["minimum_return_percent", "maximum_percent"];
            let values =
                probe.values.iter_mut().filter(|(name, _)| !decimals.contains(&name.as_str()));
            let whole = values.map(|(_, value)| value);
            for value in whole.chain([&mut probe.look_back_hours, &mut probe.lock_hours]) {
                if !value.trim().is_empty() && value.trim().parse::<u32>().is_err() {
                    TOO_LARGE.clone_into(value);
                }
            }
            if let Some(error) = read(vec![probe]) {
                let field = match &error {
                    StrategyError::Field { field, .. } => field.strip_prefix("protections."),
                    StrategyError::Syntax { .. } => None,
                };
                let field = format!("protections.{index}.{}", field.unwrap_or("kind"));
                self.add(&field, rule_of(error));
            }
        }
    }

    fn indicators(&mut self, form: &StrategyForm) {
        let count = form.indicators.len();
        if count == 0 || count > 40 {
            self.value("indicators", |right| {
                let one = IndicatorForm { kind: "ATR".to_owned(), ..IndicatorForm::default() };
                right.indicators = vec![one; count.min(41)];
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::strategy::samples;

    fn problems(change: impl FnOnce(&mut StrategyForm)) -> Vec<(String, String)> {
        let mut form = StrategyForm::right();
        change(&mut form);
        let problems = form.read().err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.field, problem.message)).collect()
    }

    #[test]
    fn a5_1_what_is_filled_in_becomes_a_strategy() {
        let mut form = StrategyForm::empty();
        form.name = "Momentum daily AAPL".to_owned();
        form.symbols = vec!["AAPL".to_owned()];
        let definition = form.read().unwrap();
        assert_eq!(definition.symbols, ["AAPL"]);
        assert_eq!(definition.indicators.len(), 7);
        assert_eq!(definition.schedule.as_ref().unwrap().rule.text(), "0 16 * * MON-FRI");
        assert_eq!(StrategyForm::of(&definition), form);
        assert_eq!(form.toml().parse::<StrategyDefinition>().unwrap(), definition);
    }

    #[test]
    fn a5_2_everything_that_is_wrong_is_said_at_once_beside_its_field() {
        let found = problems(|form| {
            form.name.clear();
            form.symbols = vec!["aapl".to_owned(), "MSFT".to_owned(), "MSFT".to_owned()];
            form.approval_minutes = "soon".to_owned();
            let mut schedule = ScheduleForm::usual("0 99 * * *");
            schedule.exchange = "MOEX".to_owned();
            schedule.retries = "nine".to_owned();
            form.schedule = Some(schedule);
            form.risk.insert("risk_per_trade_percent".to_owned(), "6".to_owned());
            form.risk.insert("maximum_open_positions".to_owned(), "many".to_owned());
            form.indicators.clear();
        });
        let said = |field: &str| {
            let problem = found.iter().find(|(path, _)| path == field);
            problem.unwrap_or_else(|| panic!("nothing about {field} in {found:?}")).1.clone()
        };
        assert_eq!(said("name"), "Use 1 to 80 printable characters.");
        assert!(said("symbols.0").contains("in capitals"));
        assert_eq!(said("symbols.2"), "MSFT is named twice.");
        assert!(said("approval_minutes").contains("1 to 10080"));
        assert!(said("schedule.rule").contains("he hour is \"99\": use 0 to 23"));
        assert!(said("schedule.exchange").contains("MOEX"));
        assert!(said("schedule.retries").contains("0 to 5"));
        assert!(said("risk.risk_per_trade_percent").contains("up to 5"));
        assert!(said("risk.maximum_open_positions").contains("1 to 100"));
        assert!(said("indicators").contains("1 to 40"));
        assert_eq!(found.len(), 10, "{found:?}");
    }

    #[test]
    fn a5_2_a_model_needs_a_name_and_prompts_of_known_types() {
        let found = problems(|form| {
            form.analyst.kind = "model".to_owned();
            form.analyst.language = "fr".to_owned();
            form.analyst.prompts.insert("hourly".to_owned(), "p-1".to_owned());
            form.analyst.prompts.insert("daily".to_owned(), "../etc".to_owned());
        });
        let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        let expected = [
            "analyst.model",
            "analyst.language",
            "analyst.prompts.daily",
            "analyst.prompts.hourly",
        ];
        assert_eq!(fields, expected, "{found:?}");
    }

    #[test]
    fn a_limit_that_nobody_knows_is_refused_and_an_empty_one_is_as_usual() {
        let found = problems(|form| {
            form.risk.insert("luck".to_owned(), "1".to_owned());
        });
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "risk.luck");
        let mut form = StrategyForm::right();
        form.risk.clear();
        let usual = crate::strategy::default_risk_parameters();
        assert_eq!(form.read().unwrap().risk, usual);
    }

    #[test]
    fn every_limit_of_the_record_has_its_field() {
        let record = serde_json::to_value(crate::strategy::default_risk_parameters()).unwrap();
        let mut named: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
        let usual = crate::strategy::form::usual_risk_parameters();
        let mut offered: Vec<&str> = usual.iter().map(|(name, _)| name.as_str()).collect();
        named.sort_unstable();
        offered.sort_unstable();
        assert_eq!(offered, named);
        for (name, _) in &usual {
            let mut form = StrategyForm::right();
            form.risk.insert(name.clone(), "3".to_owned());
            let definition = form.read().unwrap();
            assert_eq!(StrategyForm::of(&definition).risk[name], "3", "{name}");
        }
    }

    #[test]
    fn a5_2_what_is_wrong_in_a_protection_is_said_beside_its_field() {
        let protection = |kind: &str, values: &[(&str, &str)]| ProtectionForm {
            kind: kind.to_owned(),
            look_back_hours: "24".to_owned(),
            lock_hours: "24".to_owned(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ProtectionForm::default()
        };
        let found = problems(|form| {
            form.protections = vec![
                protection("stop_loss_guard", &[("stops", "3")]),
                protection("stop_loss_guard", &[("stops", "many")]),
                protection("luck", &[]),
                protection("drawdown", &[("maximum_percent", "0")]),
            ];
        });
        let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        let expected =
            ["protections.1.stops", "protections.2.kind", "protections.3.maximum_percent"];
        assert_eq!(fields, expected, "{found:?}");
    }

    #[test]
    fn the_file_of_every_sample_and_its_canonical_text_say_the_same() {
        for sample in samples::all() {
            let definition: StrategyDefinition = sample.toml.parse().unwrap();
            let text = StrategyForm::of(&definition).toml();
            assert_eq!(text.parse::<StrategyDefinition>().unwrap(), definition, "{text}");
        }
    }

    #[test]
    fn the_file_reads_well() {
        let mut form = StrategyForm::empty();
        form.name = "Two \"quoted\" words".to_owned();
        form.description = "First line.\nSecond line.".to_owned();
        form.symbols = vec!["AAPL".to_owned(), "BRK.B".to_owned()];
        form.indicators.truncate(2);
        let expected = r#"name = "Two \"quoted\" words"
description = "First line.\nSecond line."
symbols = ["AAPL", "BRK.B"]
autonomy = "propose"
analyst = "rules"

[schedule]
cron = "0 16 * * MON-FRI"
exchange = "NYSE"
hours = "trading_day"
missed = "run_once"
grace_minutes = 15
overlap = "skip"
retries = 0

[approval]
expires_after_minutes = 1440
"#;
        let text = form.toml();
        assert!(text.starts_with(expected), "{text}");
        let end = "\n[[indicators]]\nkind = \"SUPERTREND\"\nmultiplier = 3\nperiod = 10\n\n\
                   [[indicators]]\nkind = \"SMA\"\nperiod = 20\n";
        assert!(text.ends_with(end), "{text}");
    }

    fn words(most: usize) -> impl Strategy<Value = String> {
        proptest::collection::vec(any::<char>(), 0..most)
            .prop_map(|characters| characters.into_iter().collect())
    }

    prop_compose! {
        fn schedules()(
            rule in prop_oneof![
                Just("0 16 * * MON-FRI"), Just("*/5 9-15 * * *"), Just("15 minutes before close"),
                Just("at open"), Just("0 9 L * *"),
            ],
            exchange in prop_oneof![Just("NYSE"), Just("TSE"), Just("LSE")],
            zone in prop_oneof![Just(""), Just("Europe/Berlin"), Just("Asia/Hong_Kong")],
            hours in prop_oneof![Just("trading_day"), Just("trading")],
            missed in prop_oneof![Just("skip"), Just("run_once")],
            overlap in prop_oneof![Just("skip"), Just("queue"), Just("cancel_older")],
            grace in 1_u32..=1440, retries in 0_u32..=5,
            pause in proptest::option::of(1_u32..=100),
        ) -> ScheduleForm {
            ScheduleForm {
                rule: rule.to_owned(),
                exchange: exchange.to_owned(),
                time_zone: zone.to_owned(),
                hours: hours.to_owned(),
                missed: missed.to_owned(),
                grace_minutes: grace.to_string(),
                overlap: overlap.to_owned(),
                retries: retries.to_string(),
                pause_after_failures: pause.map(|count| count.to_string()).unwrap_or_default(),
            }
        }
    }

    prop_compose! {
        fn protections()(
            which in 0_usize..5, first in 1_u32..=100, second in 1_u32..=100,
            look_back in 1_u32..=8760, lock in 1_u32..=8760,
            reach in prop_oneof![Just("symbol"), Just("strategy"), Just("account")],
        ) -> ProtectionForm {
            let (kind, names): (&str, &[&str]) = [
                ("stop_loss_guard", &["stops"][..]),
                ("cool_down", &[]),
                ("low_profit", &["minimum_return_percent", "minimum_trades"]),
                ("drawdown", &["maximum_percent", "minimum_trades"]),
                ("straight_losses", &["losses"]),
            ][which];
            let values = names.iter().zip([first, second]);
            ProtectionForm {
                kind: kind.to_owned(),
                reach: reach.to_owned(),
                look_back_hours: if kind == "cool_down" {
                    String::new()
                } else {
                    look_back.to_string()
                },
                lock_hours: lock.to_string(),
                values: values.map(|(name, value)| ((*name).to_owned(), value.to_string())).collect(),
            }
        }
    }

    prop_compose! {
        fn forms()(
            name in "[ -~]{0,20}[!-~]", description in words(60), instructions in words(40),
            symbols in proptest::collection::btree_set("[A-Z0-9.]{1,12}", 1..20),
            autonomy in prop_oneof![Just("observe"), Just("propose"), Just("auto")],
            minutes in 1_u32..=10_080, allow_delayed: bool, is_model: bool,
            schedule in proptest::option::of(schedules()),
            parameters in proptest::collection::vec(
                proptest::collection::btree_map("[a-z_]{1,8}", "[!-~]{1,6}", 0..4), 1..6),
            cents in 1_i64..=500, positions in 1_u32..=100,
            protections in proptest::collection::vec(protections(), 0..4),
        ) -> StrategyForm {
            let mut form = StrategyForm::empty();
            // A name is kept without the space around it.
            form.name = name.trim().to_owned();
            form.description = description;
            form.symbols = symbols.into_iter().collect();
            form.autonomy = autonomy.to_owned();
            form.approval_minutes = minutes.to_string();
            form.allow_delayed = allow_delayed;
            form.schedule = schedule;
            if is_model {
                form.analyst.kind = "model".to_owned();
                form.analyst.model = "reader".to_owned();
                form.analyst.language = "zh".to_owned();
                form.analyst.instructions = instructions;
                form.analyst.prompts = BTreeMap::from([("daily".to_owned(), "p-1".to_owned())]);
            }
            form.indicators = parameters
                .into_iter()
                .map(|parameters| IndicatorForm {
                    kind: "RSI".to_owned(),
                    parameters: parameters.into_iter().filter(|(name, _)| name != "kind").collect(),
                })
                .collect();
            let percent = rust_decimal::Decimal::new(cents, 2).to_string();
            form.risk.insert("risk_per_trade_percent".to_owned(), percent);
            form.risk.insert("maximum_open_positions".to_owned(), positions.to_string());
            form.protections = protections;
            if is_model {
                form.risk.insert("minimum_return_percent".to_owned(), "0".to_owned());
            }
            form
        }
    }

    proptest! {
        #[test]
        fn form_text_definition_and_form_again_are_the_same(form in forms()) {
            let text = form.toml();
            let definition: StrategyDefinition = text.parse().map_err(|error| {
                TestCaseError::fail(format!("{error}\n{text}"))
            })?;
            prop_assert_eq!(&StrategyForm::of(&definition), &form, "{}", text);
            prop_assert_eq!(form.read(), Ok(definition));
        }

        #[test]
        fn no_value_breaks_out_of_its_field(value in words(40)) {
            let mut form = StrategyForm::right();
            form.description.clone_from(&value);
            let read = form.toml().parse::<StrategyDefinition>();
            prop_assert_eq!(read.map(|definition| definition.description), Ok(value));
        }
    }
}

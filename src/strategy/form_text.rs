//! The canonical text of a form.

use std::fmt::Write as _;

use super::form::{
    AnalystForm, IndicatorForm, ProtectionForm, ScheduleForm, StrategyForm, USUAL_APPROVAL_MINUTES,
    usual_risk_parameters,
};
use crate::schedule::Rule;

/// Limits that are whole numbers in the file; all others are decimals, which are written as text.
const WHOLE_LIMITS: [&str; 2] = ["maximum_open_positions", "warn_straight_losses"];

/// Values of a protection that are whole numbers in the file.
const WHOLE_VALUES: [&str; 3] = ["stops", "losses", "minimum_trades"];

impl StrategyForm {
    /// The strategy as a file, in the one order and spelling that two equal strategies share. What
    /// was typed wrong stands in it as it was typed.
    pub fn toml(&self) -> String {
        let mut file = String::new();
        line(&mut file, "name", &text(&self.name));
        if !self.description.is_empty() {
            line(&mut file, "description", &text(&self.description));
        }
        let symbols: Vec<String> = self.symbols.iter().map(|symbol| text(symbol)).collect();
        line(&mut file, "symbols", &format!("[{}]", symbols.join(", ")));
        line(&mut file, "autonomy", &text(&self.autonomy));
        line(&mut file, "analyst", &text(&self.analyst.kind));
        if let Some(schedule) = &self.schedule {
            schedule.write(&mut file);
        }
        if self.analyst.kind == "model" {
            self.analyst.write(&mut file);
        }
        let waits = self.approval_minutes.trim();
        if !waits.is_empty() && (self.autonomy == "propose" || waits != USUAL_APPROVAL_MINUTES) {
            file.push_str("\n[approval]\n");
            line(&mut file, "expires_after_minutes", &whole(waits));
        }
        if self.allow_delayed {
            file.push_str("\n[data]\nallow_delayed = true\n");
        }
        self.write_risk(&mut file);
        for protection in &self.protections {
            protection.write(&mut file);
        }
        for indicator in &self.indicators {
            indicator.write(&mut file);
        }
        file
    }

    fn write_risk(&self, file: &mut String) {
        let known = usual_risk_parameters();
        let others = self.risk.keys().filter(|name| known.iter().all(|(known, _)| known != *name));
        let names: Vec<&str> =
            known.iter().map(|(name, _)| name).chain(others).map(String::as_str).collect();
        let mut has_table = false;
        for name in names {
            let value = self.risk.get(name).map_or("", |value| value.trim());
            if value.is_empty() {
                continue;
            }
            if !has_table {
                file.push_str("\n[risk]\n");
                has_table = true;
            }
            let written = if WHOLE_LIMITS.contains(&name) { whole(value) } else { text(value) };
            line(file, &key(name), &written);
        }
    }
}

impl ScheduleForm {
    fn write(&self, file: &mut String) {
        file.push_str("\n[schedule]\n");
        let rule = if Rule::names_session(&self.rule) { "at" } else { "cron" };
        line(file, rule, &text(self.rule.trim()));
        line(file, "exchange", &text(&self.exchange));
        if !self.time_zone.trim().is_empty() {
            line(file, "time_zone", &text(self.time_zone.trim()));
        }
        line(file, "hours", &text(&self.hours));
        line(file, "missed", &text(&self.missed));
        optional_whole(file, "grace_minutes", &self.grace_minutes);
        line(file, "overlap", &text(&self.overlap));
        optional_whole(file, "retries", &self.retries);
        optional_whole(file, "pause_after_failures", &self.pause_after_failures);
    }
}

impl AnalystForm {
    fn write(&self, file: &mut String) {
        file.push_str("\n[model]\n");
        line(file, "name", &text(self.model.trim()));
        if !self.language.is_empty() {
            line(file, "language", &text(&self.language));
        }
        if !self.instructions.is_empty() {
            line(file, "instructions", &text(&self.instructions));
        }
        let chosen: Vec<_> = self.prompts.iter().filter(|(_, id)| !id.is_empty()).collect();
        if chosen.is_empty() {
            return;
        }
        file.push_str("\n[model.prompts]\n");
        for (prompt_type, id) in chosen {
            line(file, &key(prompt_type), &text(id));
        }
    }
}

impl ProtectionForm {
    fn write(&self, file: &mut String) {
        file.push_str("\n[[protections]]\n");
        line(file, "kind", &text(&self.kind));
        if !self.reach.is_empty() {
            line(file, "reach", &text(&self.reach));
        }
        for (name, value) in &self.values {
            let value = value.trim();
            if !value.is_empty() {
                let is_whole = WHOLE_VALUES.contains(&name.as_str());
                line(file, &key(name), &if is_whole { whole(value) } else { text(value) });
            }
        }
        optional_whole(file, "look_back_hours", &self.look_back_hours);
        optional_whole(file, "lock_hours", &self.lock_hours);
    }
}

impl IndicatorForm {
    fn write(&self, file: &mut String) {
        file.push_str("\n[[indicators]]\n");
        line(file, "kind", &text(&self.kind));
        for (name, value) in &self.parameters {
            if !value.trim().is_empty() {
                line(file, &key(name), &number(value.trim()));
            }
        }
    }
}

fn line(file: &mut String, name: &str, value: &str) {
    // Writing into a text cannot fail.
    let _ = writeln!(file, "{name} = {value}");
}

fn optional_whole(file: &mut String, name: &str, value: &str) {
    if !value.trim().is_empty() {
        line(file, name, &whole(value.trim()));
    }
}

/// A text on one line, escaped as TOML asks.
fn text(value: &str) -> String {
    let mut written = String::with_capacity(value.len() + 2);
    written.push('"');
    for character in value.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(written, "\\u{:04X}", u32::from(control));
            }
            plain => written.push(plain),
        }
    }
    written.push('"');
    written
}

/// A name before the equals sign; bare where TOML lets it.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { text(name) }
}

/// A whole number, or the text where it is none.
fn whole(value: &str) -> String {
    match value.parse::<u32>() {
        Ok(number) => number.to_string(),
        Err(_) => text(value),
    }
}

/// A number where the file reads the same text back from it, otherwise the text.
fn number(value: &str) -> String {
    let same = |read: &str| read == value;
    let is_whole = value.parse::<i64>().is_ok_and(|number| same(&number.to_string()));
    let is_plain_fraction = value.contains('.')
        && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && value.parse::<f64>().is_ok_and(|number| same(&number.to_string()));
    if is_whole || is_plain_fraction { value.to_owned() } else { text(value) }
}

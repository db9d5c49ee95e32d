use std::collections::BTreeMap;

use serde::Deserialize;

use super::StrategyError;
use crate::domain::{Language, PromptType};

/// Who reads the charts of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnalystChoice {
    /// The built-in rule analyst.
    Rules,
    /// A language model.
    Model(ModelChoice),
}

/// Which model under which prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelChoice {
    /// The model's name in `throughline model list`.
    pub name: String,
    /// In which language it is asked and answers.
    pub language: Language,
    /// What the strategy adds to each prompt, as data; at most 500 characters.
    pub instructions: String,
    /// Prompts that are named by their id and so not looked up, by type.
    pub prompts: BTreeMap<PromptType, String>,
}

impl AnalystChoice {
    /// The model that analyses: the strategy's own, or the one that is named in its place; nothing
    /// where the rule analyst does.
    pub fn model(&self, named: Option<&str>) -> Option<ModelChoice> {
        match (named, self) {
            (None, Self::Rules) => None,
            (None, Self::Model(choice)) => Some(choice.clone()),
            (Some(name), Self::Model(choice)) => {
                Some(ModelChoice { name: name.to_owned(), ..choice.clone() })
            }
            (Some(name), Self::Rules) => Some(ModelChoice::named(name)),
        }
    }

    /// Checks `analyst` and the table `[model]` of a strategy.
    pub(super) fn read(kind: &str, model: Option<ModelText>) -> Result<Self, StrategyError> {
        match (kind, model) {
            ("rules", None) => Ok(Self::Rules),
            ("model", Some(model)) => Ok(Self::Model(model_choice(model)?)),
            ("rules", Some(_)) => Err(StrategyError::field(
                "analyst",
                kind,
                "the table [model] goes with analyst = \"model\"; write that, or remove the table",
            )),
            ("model", None) => Err(StrategyError::field(
                "analyst",
                kind,
                "add a table [model] with the name of a model, as `throughline model list` shows it",
            )),
            _ => Err(StrategyError::field(
                "analyst",
                kind,
                "use \"rules\", the built-in rule analyst, or \"model\", a language model",
            )),
        }
    }
}

impl ModelChoice {
    /// The model under the prompts that the look-up gives.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            language: Language::English,
            instructions: String::new(),
            prompts: BTreeMap::new(),
        }
    }
}

/// The table `[model]` as serde sees it, before any check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelText {
    name: String,
    language: Option<String>,
    #[serde(default)]
    instructions: String,
    #[serde(default)]
    prompts: BTreeMap<String, String>,
}

fn model_choice(text: ModelText) -> Result<ModelChoice, StrategyError> {
    if !is_plain_name(&text.name) {
        return Err(StrategyError::field(
            "model.name",
            &text.name,
            "use the name of a model, as `throughline model list` shows it",
        ));
    }
    let language = match text.language.as_deref() {
        None => Language::English,
        Some(language) => language.parse().map_err(|_| {
            StrategyError::field(
                "model.language",
                language,
                "use \"en\", or \"zh\" for Traditional Chinese",
            )
        })?,
    };
    if text.instructions.chars().count() > 500 {
        return Err(StrategyError::field(
            "model.instructions",
            &text.instructions,
            "use at most 500 characters",
        ));
    }
    let mut prompts = BTreeMap::new();
    for (prompt_type, id) in text.prompts {
        let known = prompt_type.parse::<PromptType>().map_err(|_| {
            StrategyError::field(
                "model.prompts",
                &prompt_type,
                "use the types that `throughline prompt list` shows, such as daily",
            )
        })?;
        if !is_plain_name(&id) {
            return Err(StrategyError::field(
                "model.prompts",
                &id,
                "use the id of a prompt, as `throughline prompt list` shows it",
            ));
        }
        prompts.insert(known, id);
    }
    Ok(ModelChoice { name: text.name, language, instructions: text.instructions, prompts })
}

/// A name of ours: 1 to 64 letters, digits, dots, hyphens or underscores.
fn is_plain_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.len() <= 64 && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::{StrategyDefinition, samples};

    #[test]
    fn a_strategy_names_its_model_with_language_and_prompts() {
        let with = |table: &str| {
            let rules = &samples::all()[0].toml;
            rules
                .replace("analyst = \"rules\"", "analyst = \"model\"")
                .replace("[schedule]", &format!("[model]\n{table}\n\n[schedule]"))
                .parse::<StrategyDefinition>()
        };
        let definition = with(
            "name = \"local\"\nlanguage = \"zh\"\ninstructions = \"Be brief.\"\n\
             prompts = { daily = \"my-daily\" }",
        );
        let AnalystChoice::Model(choice) = definition.unwrap().analyst else {
            panic!("the strategy names a model")
        };
        assert_eq!(
            (choice.name.as_str(), choice.language),
            ("local", Language::TraditionalChinese)
        );
        assert_eq!(choice.prompts[&PromptType::Daily], "my-daily");
        for (table, expected) in [
            ("name = \"../etc\"", "model.name is"),
            ("name = \"a\"\nlanguage = \"fr\"", "model.language is \"fr\""),
            ("name = \"a\"\nprompts = { hourly = \"x\" }", "model.prompts is \"hourly\""),
        ] {
            let error = with(table).unwrap_err().to_string();
            assert!(error.contains(expected), "{table}: {error}");
        }
        assert!(with(&format!("name = \"a\"\ninstructions = \"{}\"", "x".repeat(501))).is_err());
    }
}

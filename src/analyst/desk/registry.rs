//! What is configured: models, keys, prices, budgets.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ModelDesk;
use crate::analyst::model::{ModelError, ModelTarget};
use crate::domain::{InvalidModelName, ModelKind, ModelName};
use crate::secrets::{InvalidSecretName, Secret, SecretName, SecretStoreError};
use crate::store::{BudgetScope, Change, Durability, ModelPriceRow, ModelRow, StoreError};

/// Longest reply unless another is asked for, in tokens.
const USUAL_OUTPUT_TOKENS: u32 = 4_096;
const MOST_OUTPUT_TOKENS: u32 = 65_536;

/// How long a call may take unless another time is asked for, in seconds.
const USUAL_DEADLINE: u32 = 120;
const SHORTEST_DEADLINE: u32 = 5;
const LONGEST_DEADLINE: u32 = 600;

/// Most USD for a million tokens: some hundred times what the dearest model costs.
const HIGHEST_PRICE: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

/// Most USD of a budget.
const HIGHEST_BUDGET: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// A model as a person configures it. What is absent is the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDraft {
    /// What a strategy will call it.
    pub name: String,
    /// By which protocol it is asked.
    pub kind: ModelKind,
    /// As the provider names it.
    pub model: String,
    /// Address of the provider.
    pub url: Option<String>,
    /// 0 to 2.
    pub temperature: Option<Decimal>,
    /// In tokens, 1 to 65,536.
    pub maximum_output_tokens: Option<u32>,
    /// In seconds, 5 to 600.
    pub deadline_seconds: Option<u32>,
}

/// Why something could not be configured.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The name of the model.
    #[error(transparent)]
    Name(#[from] InvalidModelName),
    /// There is no such model.
    #[error("there is no model \"{0}\"")]
    Unknown(ModelName),
    /// This kind has no usual address.
    #[error("an {} needs its address, such as http://127.0.0.1:8080/v1", .0.provider())]
    NoAddress(ModelKind),
    /// The address, the model's name at the provider, or the key.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A number out of its range.
    #[error("{what} is {value}; it must lie between {least} and {most}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What was given.
        value: Decimal,
        /// The least that is taken.
        least: Decimal,
        /// The most that is taken.
        most: Decimal,
    },
    /// The vault.
    #[error(transparent)]
    Secrets(#[from] SecretStoreError),
    /// The name under which a key would be kept.
    #[error(transparent)]
    KeyName(#[from] InvalidSecretName),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Under which name the key of a model is kept. The address is part of it, so that a key is never sent
/// to another address than the one that it was entered for.
pub fn key_name(row: &ModelRow) -> Result<SecretName, InvalidSecretName> {
    let address = blake3::hash(row.url.as_bytes()).to_hex();
    SecretName::new(&format!("model.{}.{}", row.name, &address[..12]))
}

impl ModelDesk {
    /// A configured model by its name as typed.
    pub async fn model(&self, name: &str) -> Result<ModelRow, RegistryError> {
        let name = ModelName::new(name)?;
        self.store.model(&name).await?.ok_or(RegistryError::Unknown(name))
    }

    /// Adds a model, or changes the one of that name. With another address it needs a key of its own.
    pub async fn save(&self, draft: ModelDraft) -> Result<ModelRow, RegistryError> {
        let name = ModelName::new(draft.name.as_str())?;
        let url = match draft.url.as_deref().or(draft.kind.default_url()) {
            Some(url) => self.connector.check_address(url)?,
            None => return Err(RegistryError::NoAddress(draft.kind)),
        };
        let target = ModelTarget { kind: draft.kind, model: draft.model.trim().to_owned(), url };
        // The adapter knows what it takes.
        self.connector.connect(&target, None)?;
        let temperature = draft.temperature.unwrap_or_default();
        check("the temperature", temperature, Decimal::ZERO, Decimal::TWO)?;
        let maximum_output_tokens = draft.maximum_output_tokens.unwrap_or(USUAL_OUTPUT_TOKENS);
        check(
            "the longest reply",
            maximum_output_tokens.into(),
            Decimal::ONE,
            MOST_OUTPUT_TOKENS.into(),
        )?;
        let deadline_seconds = draft.deadline_seconds.unwrap_or(USUAL_DEADLINE);
        check(
            "the time for a call, in seconds,",
            deadline_seconds.into(),
            SHORTEST_DEADLINE.into(),
            LONGEST_DEADLINE.into(),
        )?;
        let row = ModelRow {
            name,
            kind: draft.kind,
            model: target.model,
            url: target.url,
            temperature: draft.temperature,
            maximum_output_tokens,
            deadline_seconds,
            updated_at: self.clock.wall_now(),
        };
        let before = self.store.model(&row.name).await?;
        let mut changes = vec![Change::Model(row.clone())];
        // Plain HTTP goes to this computer only, and a model that runs here bills nobody.
        if row.kind == ModelKind::Ollama
            && row.url.starts_with("http://")
            && self.store.model_prices(&row.name).await?.is_empty()
        {
            changes.push(Change::ModelPrice(ModelPriceRow {
                name: row.name.clone(),
                from: row.updated_at,
                input_per_million: Decimal::ZERO,
                output_per_million: Decimal::ZERO,
            }));
        }
        self.store.commit(changes, Durability::Full).await?;
        if let Some(before) = before.filter(|before| before.url != row.url) {
            self.forget_key(&before).await;
        }
        self.told();
        Ok(row)
    }

    /// Removes a model and its key. What it has cost stays on record.
    pub async fn remove(&self, name: &str) -> Result<(), RegistryError> {
        let row = self.model(name).await?;
        self.forget_key(&row).await;
        self.store.commit(vec![Change::ModelRemoved(row.name)], Durability::Full).await?;
        self.told();
        Ok(())
    }

    /// A key that cannot be forgotten, since the vault is closed, is not used either: it belongs to a
    /// name and an address that nobody asks for any more.
    async fn forget_key(&self, row: &ModelRow) {
        let Ok(name) = key_name(row) else { return };
        if let Err(error) = self.secrets.delete(&name).await {
            tracing::warn!(%error, model = %row.name, "a key that is no longer used stays in the vault");
        }
    }

    /// Keeps the key of a model, or forgets it.
    pub async fn set_key(
        &self,
        name: &str,
        key: Option<Secret<String>>,
    ) -> Result<ModelRow, RegistryError> {
        let row = self.model(name).await?;
        let place = key_name(&row)?;
        match key {
            Some(key) => {
                let key = Secret::new(key.expose().trim().to_owned());
                let target =
                    ModelTarget { kind: row.kind, model: row.model.clone(), url: row.url.clone() };
                let copy = Secret::new(key.expose().clone());
                self.connector.connect(&target, Some(copy))?;
                self.secrets.set(&place, key).await?;
            }
            None => {
                self.secrets.delete(&place).await?;
            }
        }
        self.told();
        Ok(row)
    }

    /// Sets what a million tokens cost from now on, in USD. Earlier prices stay on record.
    pub async fn set_price(
        &self,
        name: &str,
        input_per_million: Decimal,
        output_per_million: Decimal,
    ) -> Result<ModelRow, RegistryError> {
        let row = self.model(name).await?;
        check("the price of input", input_per_million, Decimal::ZERO, HIGHEST_PRICE)?;
        check("the price of a reply", output_per_million, Decimal::ZERO, HIGHEST_PRICE)?;
        let price = ModelPriceRow {
            name: row.name.clone(),
            from: self.clock.wall_now(),
            input_per_million,
            output_per_million,
        };
        self.store.commit(vec![Change::ModelPrice(price)], Durability::Full).await?;
        self.told();
        Ok(row)
    }

    /// Sets all budgets, in USD. What is missing is without limit.
    pub async fn set_budgets(
        &self,
        budgets: BTreeMap<BudgetScope, Decimal>,
    ) -> Result<(), RegistryError> {
        for amount in budgets.values() {
            check("the budget", *amount, Decimal::ZERO, HIGHEST_BUDGET)?;
        }
        let changes = [BudgetScope::Day, BudgetScope::StrategyDay, BudgetScope::Total]
            .into_iter()
            .map(|scope| Change::ModelBudget { scope, amount: budgets.get(&scope).copied() })
            .collect();
        let mut ledger = self.ledger.lock().await;
        self.store.commit(changes, Durability::Full).await?;
        ledger.set_budgets(budgets);
        drop(ledger);
        self.told();
        Ok(())
    }
}

fn check(
    what: &'static str,
    value: Decimal,
    least: Decimal,
    most: Decimal,
) -> Result<(), RegistryError> {
    if value >= least && value <= most {
        return Ok(());
    }
    Err(RegistryError::OutOfRange { what, value, least, most })
}

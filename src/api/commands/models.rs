//! Requests about models. Those that carry a secret have neither `Debug` nor `Serialize`.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::domain::ModelKind;
use crate::secrets::Secret;

/// Adds a model, or changes the one of that name.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSaveRequest {
    /// 1 to 40 lower-case letters, digits, dots, hyphens, underscores.
    pub name: String,
    /// By which protocol it is asked.
    pub kind: ModelKind,
    /// As the provider names the model.
    pub model: String,
    /// Address of the provider; the usual one if absent. A key that was entered for another address
    /// is forgotten.
    pub url: Option<String>,
    /// `0` to `2`; the provider's own if absent.
    pub temperature: Option<String>,
    /// Longest reply, in tokens, 1 to 65536; 4096 if absent.
    pub maximum_output_tokens: Option<u32>,
    /// How long one call may take with all its attempts, 5 to 600; 120 if absent.
    pub deadline_seconds: Option<u32>,
}

/// Names a model.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelNameRequest {
    /// Which model.
    pub name: String,
}

/// A secret on its way in.
#[derive(TS, schemars::JsonSchema)]
#[ts(type = "string")]
pub struct SecretText(#[schemars(with = "String")] Secret<String>);

impl SecretText {
    /// The secret itself.
    pub fn into_secret(self) -> Secret<String> {
        self.0
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// Keeps the key of a model, or forgets it.
#[derive(Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelKeySetRequest {
    /// Which model.
    pub name: String,
    /// The key; the kept one is forgotten if absent.
    pub key: Option<SecretText>,
}

/// Opens the vault where there is no keychain.
#[derive(Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultOpenRequest {
    /// The passphrase. The first one ever given becomes the vault's.
    pub passphrase: SecretText,
}

/// Sets what a model costs from now on.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelPriceSetRequest {
    /// Which model.
    pub name: String,
    /// USD for a million tokens of input.
    pub input_per_million: String,
    /// USD for a million tokens of reply.
    pub output_per_million: String,
}

/// Sets all budgets, in USD. What is absent is without limit.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetsSetRequest {
    /// Everything on one day (UTC).
    pub day: Option<String>,
    /// Each strategy on one day.
    pub strategy_day: Option<String>,
    /// Everything ever.
    pub total: Option<String>,
}

/// Asks for calls of models.
#[derive(Debug, Clone, Serialize, Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelCallsListRequest {
    /// Of one model, or all.
    pub name: Option<String>,
    /// For one strategy, or all.
    pub strategy_id: Option<String>,
    /// For one execution, or all.
    pub execution_id: Option<String>,
    /// At most this many, 1 to 500, newest first.
    pub limit: u32,
}

//! Requests about notifications that carry a secret, which has neither `Debug` nor `Serialize`.

use serde::Deserialize;
use ts_rs::TS;

use super::SecretText;

/// Keeps the secret that calls of the webhook are signed with, or forgets it.
#[derive(Deserialize, TS, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSecretSetRequest {
    /// At least 16 characters; the kept one is forgotten if absent.
    pub secret: Option<SecretText>,
}

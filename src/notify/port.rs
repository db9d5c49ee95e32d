//! The port to whatever calls an address.

use jiff::Timestamp;

use super::{DeliveryError, WebhookSettings};
use crate::secrets::Secret;

/// One call of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookCall {
    /// The same for every attempt, so that the receiver can tell a repetition.
    pub id: String,
    /// From 1.
    pub attempt: u32,
    /// Wall time of this attempt, which is signed with the body.
    pub at: Timestamp,
    /// JSON.
    pub body: String,
}

/// What a webhook answered that took a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// HTTP status.
    pub status: u16,
    /// The beginning of its answer.
    pub said: String,
}

/// Calls the address of the settings.
#[async_trait::async_trait]
pub trait WebhookSender: Send + Sync {
    /// Makes one call, signed with the secret.
    async fn deliver(
        &self,
        settings: &WebhookSettings,
        secret: &Secret<String>,
        call: &WebhookCall,
    ) -> Result<Delivered, DeliveryError>;
}

//! Rows of notifications and of where they go.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{NewNotification, NotificationChannel};

/// Notifications that are kept; older ones are removed with the next.
pub const NOTIFICATIONS_KEPT: u32 = 200;

/// A notification that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRow {
    /// Counts up; never used again.
    pub notification_id: i64,
    /// What it says.
    pub notification: NewNotification,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is still to be made, or to be made again.
    Pending,
    /// It was made.
    Sent,
    /// It will not be made.
    GivenUp,
}

/// The way of one notification out of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationDeliveryRow {
    /// Which notification.
    pub notification_id: i64,
    /// Which way.
    pub channel: NotificationChannel,
    /// How far it is.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Wall time before which it is not tried.
    pub due_at: Timestamp,
    /// What came of the last attempt, as a sentence.
    pub answer: Option<String>,
}

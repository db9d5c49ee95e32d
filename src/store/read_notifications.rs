//! Reads: notifications and their deliveries.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::convert::{count, instant, parsed, text};
use super::error::{Attempt, StoreError};
use super::rows_notifications::{NOTIFICATIONS_KEPT, NotificationDeliveryRow, NotificationRow};
use crate::domain::{NewNotification, NotificationChannel};

impl Store {
    /// All notifications that are kept, newest first.
    pub async fn notifications(&self) -> Result<Vec<NotificationRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM notification ORDER BY notification_id DESC LIMIT ?")
            .bind(NOTIFICATIONS_KEPT)
            .fetch_all(&self.readers)
            .await;
        self.all(rows, notification)
    }

    /// Notifications that were written down after this one, oldest first.
    pub async fn notifications_after(&self, id: i64) -> Result<Vec<NotificationRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM notification WHERE notification_id > ? ORDER BY notification_id",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await;
        self.all(rows, notification)
    }

    /// The newest notification; 0 before the first.
    pub async fn newest_notification(&self) -> Result<i64, StoreError> {
        let newest =
            sqlx::query_scalar("SELECT coalesce(max(notification_id), 0) FROM notification")
                .fetch_one(&self.readers)
                .await;
        self.locate(newest.map_err(Into::into))
    }

    /// Deliveries of a channel that are to be made by `now`, each with its notification, oldest
    /// first.
    pub async fn due_deliveries(
        &self,
        channel: NotificationChannel,
        now: Timestamp,
    ) -> Result<Vec<(NotificationDeliveryRow, NotificationRow)>, StoreError> {
        let channel = self.locate(text(&channel))?;
        let rows = sqlx::query(
            "SELECT * FROM notification_delivery JOIN notification USING (notification_id) \
             WHERE status = 'pending' AND channel = ? AND due_at <= ? ORDER BY notification_id",
        )
        .bind(channel)
        .bind(now.as_microsecond())
        .fetch_all(&self.readers)
        .await;
        self.all(rows, |row| Ok((delivery(row)?, notification(row)?)))
    }

    /// Deliveries of the webhook, newest notification first.
    pub async fn webhook_deliveries(&self) -> Result<Vec<NotificationDeliveryRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM notification_delivery WHERE channel = 'webhook' \
             ORDER BY notification_id DESC",
        )
        .fetch_all(&self.readers)
        .await;
        self.all(rows, delivery)
    }
}

fn notification(row: &SqliteRow) -> Attempt<NotificationRow> {
    Ok(NotificationRow {
        notification_id: row.try_get("notification_id")?,
        notification: NewNotification {
            key: row.try_get("key")?,
            at: instant(row, "at")?,
            kind: parsed(row, "kind")?,
            severity: parsed(row, "severity")?,
            sentence: row.try_get("sentence")?,
            link: row.try_get("link")?,
        },
    })
}

fn delivery(row: &SqliteRow) -> Attempt<NotificationDeliveryRow> {
    Ok(NotificationDeliveryRow {
        notification_id: row.try_get("notification_id")?,
        channel: parsed(row, "channel")?,
        status: parsed(row, "status")?,
        attempts: count(row, "attempts")?,
        due_at: instant(row, "due_at")?,
        answer: row.try_get("answer")?,
    })
}

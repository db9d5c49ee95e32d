use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::ApiError;
use crate::api::dto::{
    NotificationDto, NotificationSettingsDto, NotificationTestDto, NotificationsDto,
    WebhookDeliveryDto,
};
use crate::domain::NotificationKind;
use crate::notify::driver::Notifier;
use crate::notify::{Delivered, DeliveryError, NotificationSettings};
use crate::store::{DeliveryStatus, NotificationDeliveryRow, Store};

/// What happened, newest first.
pub async fn notifications(
    store: &Store,
    notifier: &Notifier,
) -> Result<NotificationsDto, ApiError> {
    let read_until = notifier.read_until().await?;
    let settings = notifier.settings().await?;
    let mut calls: BTreeMap<i64, NotificationDeliveryRow> = store
        .webhook_deliveries()
        .await?
        .into_iter()
        .map(|delivery| (delivery.notification_id, delivery))
        .collect();
    let listed = store.notifications().await?.into_iter().map(|row| {
        let told = row.notification;
        NotificationDto {
            id: row.notification_id,
            kind: told.kind,
            title: told.kind.title().to_owned(),
            severity: told.severity,
            sentence: told.sentence,
            link: told.link,
            at: told.at.to_string(),
            is_read: row.notification_id <= read_until,
            is_toast: settings.route(told.kind).window,
            webhook: calls.remove(&row.notification_id).map(delivery),
        }
    });
    let notifications: Vec<NotificationDto> = listed.collect();
    let unread = notifications.iter().filter(|each| !each.is_read).count();
    Ok(NotificationsDto { notifications, unread: u32::try_from(unread).unwrap_or(u32::MAX) })
}

fn delivery(row: NotificationDeliveryRow) -> WebhookDeliveryDto {
    let is_pending = row.status == DeliveryStatus::Pending;
    WebhookDeliveryDto {
        is_sent: row.status == DeliveryStatus::Sent,
        is_over: !is_pending,
        attempts: row.attempts,
        answer: row.answer,
        next_at: is_pending.then(|| row.due_at.to_string()),
    }
}

/// What goes where at the wall time `now`, and whether it can.
pub async fn notification_settings(
    notifier: &Notifier,
    now: Timestamp,
) -> Result<NotificationSettingsDto, ApiError> {
    let settings = notifier.settings().await?;
    let quiet_until =
        settings.quiet_hours.as_ref().and_then(|hours| hours.end(now, notifier.zone()));
    Ok(NotificationSettingsDto {
        settings,
        usual: NotificationSettings::default(),
        titles: NotificationKind::ALL.iter().map(|kind| kind.title().to_owned()).collect(),
        has_secret: notifier.has_secret().await?,
        time_zone: notifier.zone().iana_name().unwrap_or("the time of this computer").to_owned(),
        quiet_until: quiet_until.map(|at| at.to_string()),
        desktop_trouble: notifier.desktop_trouble(),
    })
}

/// What came of a test of the webhook.
pub fn webhook_test(result: &Result<Delivered, DeliveryError>) -> NotificationTestDto {
    match result {
        Ok(Delivered { status, said }) => NotificationTestDto {
            is_taken: true,
            sentence: format!("It answered {status}: {said}"),
        },
        Err(error) => NotificationTestDto { is_taken: false, sentence: error.to_string() },
    }
}

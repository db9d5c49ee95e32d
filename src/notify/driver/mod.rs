//! Takes notifications from where the store wrote them down to the desktop and the webhook.
//!
//! It is ticked in wall time, also while the clock of the sandbox stands: whoever is told lives in
//! real time. How far it came is in the store, so that a restart neither repeats nor forgets.

mod body;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use super::{
    Delivered, DeliveryError, NotificationSettings, SettingsFault, WebhookCall, WebhookSender,
};
use crate::domain::{
    Environment, NewNotification, NotificationChannel, NotificationKind, Severity,
};
use crate::executor::Halt;
use crate::secrets::{InvalidSecretName, Secret, SecretName, SecretStore, SecretStoreError};
use crate::store::{
    Change, DeliveryStatus, Durability, NotificationDeliveryRow, NotificationRow, Store, StoreError,
};

/// Shortest secret that a webhook is signed with, in characters.
pub const SHORTEST_WEBHOOK_SECRET: usize = 16;

/// Waits between the attempts at a webhook, in seconds: ten seconds to six hours. After the last the
/// notification stays in the list alone.
const WAITS: [i64; 7] = [10, 30, 120, 600, 1800, 7200, 21_600];

/// Calls of the webhook in one tick, so that a slow one does not keep the desktop waiting.
const CALLS_A_TICK: usize = 5;

/// More than so many at once become one notification of the desktop.
const MOST_AT_ONCE: usize = 3;

/// Notifications of the desktop that are kept for a slow host.
const NATIVE_KEPT: usize = 16;

const SETTINGS: &str = "notifications";
const ROUTED: &str = "notifications_routed";
const READ: &str = "notifications_read";
const HALT: &str = "notifications_halt";
const HAS_SECRET: &str = "webhook_has_secret";
const SECRET: &str = "webhook.secret";

/// Why notifications could not be looked after.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was set cannot hold.
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    /// A value in the database is not what was written there.
    #[error(
        "what the database holds as \"{key}\" is not readable ({detail}); set the notifications anew"
    )]
    Unreadable {
        /// Name of the setting.
        key: &'static str,
        /// Why.
        detail: String,
    },
    /// The vault failed.
    #[error(transparent)]
    Secret(#[from] SecretStoreError),
    /// The name of the secret is refused.
    #[error(transparent)]
    SecretName(#[from] InvalidSecretName),
    /// A secret that could be guessed.
    #[error("the secret has {length} characters; take at least {SHORTEST_WEBHOOK_SECRET}")]
    ShortSecret {
        /// How long it is.
        length: usize,
    },
}

/// What a notifier works with.
pub struct NotifierParts {
    /// Where notifications are written down.
    pub store: Arc<Store>,
    /// Where the secret of the webhook is.
    pub secrets: Arc<dyn SecretStore>,
    /// What calls the webhook.
    pub webhook: Arc<dyn WebhookSender>,
    /// The zone of the quiet hours: that of this computer.
    pub zone: TimeZone,
    /// Part of the id of every call, so that two installations are told apart.
    pub installation_id: String,
    /// Where orders go.
    pub environment: Environment,
}

/// A notification for the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeNotification {
    /// A few words.
    pub title: String,
    /// One sentence.
    pub body: String,
    /// The page of the window that shows the cause.
    pub link: String,
    /// Whether the desktop is to keep it until it is dismissed.
    pub is_critical: bool,
}

/// Takes notifications where they go.
pub struct Notifier {
    parts: NotifierParts,
    native: broadcast::Sender<NativeNotification>,
    /// Why the desktop showed nothing the last time; nothing if it did, or was not asked yet.
    trouble: Mutex<Option<String>>,
    /// What was written down while no program ran is not news for the desktop.
    has_ticked: AtomicBool,
}

impl Notifier {
    /// A notifier that has told nothing yet.
    pub fn new(parts: NotifierParts) -> Self {
        let native = broadcast::Sender::new(NATIVE_KEPT);
        Self { parts, native, trouble: Mutex::new(None), has_ticked: AtomicBool::new(false) }
    }

    /// Notifications for the desktop, for the host that can show them.
    pub fn native(&self) -> broadcast::Receiver<NativeNotification> {
        self.native.subscribe()
    }

    /// The host says whether the desktop showed the last one.
    pub fn note_desktop(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Why the desktop shows nothing, if that is known.
    pub fn desktop_trouble(&self) -> Option<String> {
        if self.native.receiver_count() == 0 {
            return Some("no window or tray runs that could ask the desktop".to_owned());
        }
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The zone of the quiet hours.
    pub fn zone(&self) -> &TimeZone {
        &self.parts.zone
    }

    /// What a person has set; the usual until then.
    pub async fn settings(&self) -> Result<NotificationSettings, NotifyError> {
        let Some(text) = self.parts.store.setting(SETTINGS).await? else {
            return Ok(NotificationSettings::default());
        };
        let settings: NotificationSettings = serde_json::from_str(&text).map_err(|error| {
            NotifyError::Unreadable { key: SETTINGS, detail: error.to_string() }
        })?;
        Ok(settings.complete())
    }

    /// Sets what goes where, from the next notification on.
    pub async fn set(&self, settings: NotificationSettings) -> Result<(), NotifyError> {
        settings.check()?;
        let text = serde_json::to_string(&settings.complete()).map_err(|error| {
            NotifyError::Unreadable { key: SETTINGS, detail: error.to_string() }
        })?;
        self.commit(vec![Change::setting(SETTINGS, text)]).await
    }

    /// Whether there is a secret to sign with, as far as it was noted; the vault is not opened.
    pub async fn has_secret(&self) -> Result<bool, NotifyError> {
        Ok(self.parts.store.setting(HAS_SECRET).await?.as_deref() == Some("true"))
    }

    /// Keeps the secret that calls are signed with, or forgets it.
    pub async fn set_secret(&self, secret: Option<Secret<String>>) -> Result<(), NotifyError> {
        let name = SecretName::new(SECRET)?;
        let is_there = secret.is_some();
        match secret {
            Some(secret) => {
                let length = secret.expose().chars().count();
                if length < SHORTEST_WEBHOOK_SECRET {
                    return Err(NotifyError::ShortSecret { length });
                }
                self.parts.secrets.set(&name, secret).await?;
            }
            None => {
                self.parts.secrets.delete(&name).await?;
            }
        }
        self.commit(vec![Change::setting(HAS_SECRET, is_there.to_string())]).await
    }

    /// The newest notification that was read.
    pub async fn read_until(&self) -> Result<i64, NotifyError> {
        self.number(READ).await
    }

    /// Everything up to this notification was read.
    pub async fn mark_read(&self, until: i64) -> Result<(), NotifyError> {
        let until = until.min(self.parts.store.newest_notification().await?);
        if until <= self.read_until().await? {
            return Ok(());
        }
        self.commit(vec![Change::setting(READ, until.to_string())]).await
    }

    /// What was written down until now goes nowhere but into the list: a fast-forward tells of weeks
    /// in seconds.
    pub async fn keep_to_the_list(&self) -> Result<(), NotifyError> {
        let newest = self.parts.store.newest_notification().await?;
        self.commit(vec![Change::setting(ROUTED, newest.to_string())]).await
    }

    /// Writes down that trading was halted or resumed since the last look, by whatever means: the
    /// kill switch is a file, and no commit tells of it.
    pub async fn look_at_halt(
        &self,
        halt: Option<&Halt>,
        engine_now: Timestamp,
    ) -> Result<(), NotifyError> {
        let seen = halt.map_or_else(String::new, |halt| format!("{} {}", halt.since, halt.by));
        let before = self.parts.store.setting(HALT).await?.unwrap_or_default();
        if seen == before {
            return Ok(());
        }
        let (kind, severity, sentence) = match halt {
            Some(halt) => (
                NotificationKind::Halted,
                Severity::Critical,
                format!(
                    "Trading is halted by the {}: {}. No entry is sent; stops, targets and exits \
                     keep working.",
                    halt.by,
                    halt.reason.trim_end_matches('.')
                ),
            ),
            None => (
                NotificationKind::Resumed,
                Severity::Information,
                "Trading is resumed: entries may be sent again.".to_owned(),
            ),
        };
        let number = self.parts.store.newest_notification().await? + 1;
        let key = format!("halt:{number}:{seen}");
        let new = NewNotification::new(key, engine_now, kind, severity, &sentence, "/dashboard");
        self.commit(vec![Change::Notification(new), Change::setting(HALT, seen)]).await
    }

    /// Sends what is to be sent. Says whether a notification was written down since the last tick.
    pub async fn tick(&self, now: Timestamp, engine_now: Timestamp) -> Result<bool, NotifyError> {
        let settings = self.settings().await?;
        let is_news = self.route(&settings, now).await?;
        self.has_ticked.store(true, Ordering::SeqCst);
        self.show(now).await?;
        let failed = self.call_webhook(&settings, now, engine_now).await?;
        Ok(is_news || failed)
    }

    /// Decides where each new notification goes, and when.
    async fn route(
        &self,
        settings: &NotificationSettings,
        now: Timestamp,
    ) -> Result<bool, NotifyError> {
        let routed = self.number(ROUTED).await?;
        let rows = self.parts.store.notifications_after(routed).await?;
        let Some(newest) = rows.last().map(|row| row.notification_id) else { return Ok(false) };
        let quiet_until =
            settings.quiet_hours.as_ref().and_then(|hours| hours.end(now, &self.parts.zone));
        let may_show = self.has_ticked.load(Ordering::SeqCst);
        let mut changes = Vec::new();
        for row in &rows {
            let route = settings.route(row.notification.kind);
            for channel in [NotificationChannel::Native, NotificationChannel::Webhook] {
                let is_open = match channel {
                    NotificationChannel::Native => may_show,
                    NotificationChannel::Webhook => settings.webhook.is_on,
                };
                if !is_open || !route.goes(channel) {
                    continue;
                }
                let breaks_through = row.notification.severity == Severity::Critical;
                let due_at = quiet_until.filter(|_| !breaks_through).unwrap_or(now);
                changes.push(Change::NotificationDelivery(NotificationDeliveryRow {
                    notification_id: row.notification_id,
                    channel,
                    status: DeliveryStatus::Pending,
                    attempts: 0,
                    due_at,
                    answer: None,
                }));
            }
        }
        changes.push(Change::setting(ROUTED, newest.to_string()));
        self.commit(changes).await?;
        Ok(true)
    }

    /// Hands what is due to the desktop. Written down before: it is shown once or not at all.
    async fn show(&self, now: Timestamp) -> Result<(), NotifyError> {
        let due = self.parts.store.due_deliveries(NotificationChannel::Native, now).await?;
        if due.is_empty() {
            return Ok(());
        }
        let is_heard = self.native.receiver_count() > 0;
        let changes = due.iter().map(|(delivery, _)| {
            let (status, answer) = if is_heard {
                (DeliveryStatus::Sent, None)
            } else {
                (DeliveryStatus::GivenUp, Some("nobody could ask the desktop".to_owned()))
            };
            let attempts = delivery.attempts + 1;
            let delivery = delivery.clone();
            Change::NotificationDelivery(NotificationDeliveryRow {
                status,
                attempts,
                answer,
                ..delivery
            })
        });
        self.commit(changes.collect()).await?;
        let rows: Vec<&NotificationRow> = due.iter().map(|(_, row)| row).collect();
        for native in natives(&rows) {
            // An error only means that the host went away in the meantime.
            let _ = self.native.send(native);
        }
        Ok(())
    }

    /// Calls the webhook for what is due. Says whether one was given up.
    async fn call_webhook(
        &self,
        settings: &NotificationSettings,
        now: Timestamp,
        engine_now: Timestamp,
    ) -> Result<bool, NotifyError> {
        let due = self.parts.store.due_deliveries(NotificationChannel::Webhook, now).await?;
        for (delivery, row) in due.into_iter().take(CALLS_A_TICK) {
            let attempts = delivery.attempts + 1;
            let call = WebhookCall {
                id: format!("{}-{}", self.parts.installation_id, row.notification_id),
                attempt: attempts,
                at: now,
                body: body::of(&row, &self.parts.installation_id, self.parts.environment, now),
            };
            let result = if settings.webhook.is_on {
                self.deliver(settings, &call).await
            } else {
                Err(SettingsFault::NoAddress.into())
            };
            let wait = usize::try_from(attempts).ok().and_then(|made| WAITS.get(made - 1));
            let (status, due_at, answer) = match (&result, wait) {
                (Ok(delivered), _) => {
                    (DeliveryStatus::Sent, now, format!("it answered {}", delivered.status))
                }
                (Err(error), Some(wait)) if error.is_worth_another_attempt() => {
                    let due_at = now + SignedDuration::from_secs(*wait);
                    (DeliveryStatus::Pending, due_at, error.to_string())
                }
                (Err(error), _) => (DeliveryStatus::GivenUp, now, error.to_string()),
            };
            let mut changes = vec![Change::NotificationDelivery(NotificationDeliveryRow {
                status,
                attempts,
                due_at,
                answer: Some(answer),
                ..delivery
            })];
            let is_over = status == DeliveryStatus::GivenUp && settings.webhook.is_on;
            if is_over && let Err(error) = &result {
                changes.push(Change::Notification(given_up(&row, error, now, engine_now)));
            }
            self.commit(changes).await?;
            if is_over {
                return Ok(true);
            }
            // What does not answer for one does not answer for the next: the desktop comes first.
            if result.is_err() {
                break;
            }
        }
        Ok(false)
    }

    async fn deliver(
        &self,
        settings: &NotificationSettings,
        call: &WebhookCall,
    ) -> Result<Delivered, DeliveryError> {
        let name = SecretName::new(SECRET)
            .map_err(|error| SecretStoreError::Unavailable { source: error.into() })?;
        let Some(secret) = self.parts.secrets.get(&name).await? else {
            return Err(DeliveryError::NoSecret);
        };
        self.parts.webhook.deliver(&settings.webhook, &secret, call).await
    }

    /// Calls the webhook once, now, with a call that says that it is a test.
    pub async fn try_webhook(
        &self,
        now: Timestamp,
    ) -> Result<Result<Delivered, DeliveryError>, NotifyError> {
        let settings = self.settings().await?;
        let call = WebhookCall {
            id: format!("{}-test-{}", self.parts.installation_id, now.as_millisecond()),
            attempt: 1,
            at: now,
            body: body::of_test(&self.parts.installation_id, self.parts.environment, now),
        };
        Ok(self.deliver(&settings, &call).await)
    }

    /// Shows a test on the desktop; says whether anybody took it.
    pub fn try_desktop(&self) -> bool {
        let test = NativeNotification {
            title: "Throughline".to_owned(),
            body: "This is how a notification looks.".to_owned(),
            link: "/notifications".to_owned(),
            is_critical: false,
        };
        self.native.send(test).is_ok()
    }

    async fn number(&self, key: &'static str) -> Result<i64, NotifyError> {
        let Some(text) = self.parts.store.setting(key).await? else { return Ok(0) };
        text.parse().map_err(|_| NotifyError::Unreadable {
            key,
            detail: format!("\"{}\" is no number", text.chars().take(20).collect::<String>()),
        })
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), NotifyError> {
        self.parts.store.commit(changes, Durability::Ordinary).await?;
        Ok(())
    }
}

/// That a webhook was given up, at most once an hour.
fn given_up(
    row: &NotificationRow,
    error: &DeliveryError,
    now: Timestamp,
    engine_now: Timestamp,
) -> NewNotification {
    let told = row.notification.kind.title();
    NewNotification::new(
        format!("webhook_failed:{}", now.as_second() / 3600),
        engine_now,
        NotificationKind::WebhookFailed,
        Severity::Warning,
        &format!("The webhook was not told \"{told}\": {error}."),
        "/settings",
    )
}

/// What the desktop shows of a number of notifications, oldest first.
fn natives(rows: &[&NotificationRow]) -> Vec<NativeNotification> {
    let worst = rows.iter().map(|row| &row.notification).max_by_key(|new| new.severity);
    let Some(worst) = worst.filter(|_| rows.len() > MOST_AT_ONCE) else {
        return rows
            .iter()
            .map(|row| NativeNotification {
                title: row.notification.kind.title().to_owned(),
                body: row.notification.sentence.clone(),
                link: row.notification.link.clone(),
                is_critical: row.notification.severity == Severity::Critical,
            })
            .collect();
    };
    vec![NativeNotification {
        title: format!("{} things happened", rows.len()),
        body: format!("{}: {}", worst.kind.title(), worst.sentence),
        link: "/notifications".to_owned(),
        is_critical: worst.severity == Severity::Critical,
    }]
}

#[cfg(test)]
mod tests;

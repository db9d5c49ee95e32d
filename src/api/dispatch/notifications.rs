use super::{Answered, Call, yes};
use crate::api::commands::{Empty, SecretText, WebhookSecretSetRequest};
use crate::api::dto::{
    BackgroundSetRequest, NotificationTestDto, NotificationTestRequest, NotificationsReadRequest,
};
use crate::api::{ApiError, views};
use crate::domain::NotificationChannel;
use crate::executor::Changed;
use crate::notify::NotificationSettings;

/// Notifications, what goes where, and what runs on in the background.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let (store, notifier) = (engine.store(), engine.notifier());
    let now = engine.parts().clock.wall_now();
    match call.name {
        "notifications_list" => {
            call.read::<Empty>()?;
            yes(views::notifications(store, notifier).await?)
        }
        "notifications_read" => {
            let request: NotificationsReadRequest = call.read()?;
            notifier.mark_read(request.until).await?;
            engine.parts().changes.tell(Changed::Notifications);
            yes(views::notifications(store, notifier).await?)
        }
        "notification_settings_get" => {
            call.read::<Empty>()?;
            yes(views::notification_settings(notifier, now).await?)
        }
        "notification_settings_set" => {
            let settings: NotificationSettings = call.read()?;
            notifier.set(settings).await?;
            yes(views::notification_settings(notifier, now).await?)
        }
        "webhook_secret_set" => {
            let request: WebhookSecretSetRequest = call.read()?;
            notifier.set_secret(request.secret.map(SecretText::into_secret)).await?;
            yes(views::notification_settings(notifier, now).await?)
        }
        "notification_test" => {
            let request: NotificationTestRequest = call.read()?;
            match request.channel {
                NotificationChannel::Webhook => {
                    yes(views::webhook_test(&notifier.try_webhook(now).await?))
                }
                NotificationChannel::Native => {
                    let is_taken = notifier.try_desktop();
                    let sentence = if is_taken {
                        "The desktop was asked to show it."
                    } else {
                        "No window or tray runs that could ask the desktop."
                    };
                    yes(NotificationTestDto { is_taken, sentence: sentence.to_owned() })
                }
            }
        }
        "background_get" => {
            call.read::<Empty>()?;
            yes(views::background(engine).await?)
        }
        "background_set" => {
            let request: BackgroundSetRequest = call.read()?;
            views::set_when_closed(engine, request.when_closed).await?;
            yes(views::background(engine).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}

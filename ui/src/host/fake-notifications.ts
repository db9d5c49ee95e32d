import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  BackgroundDto,
  EventTopic,
  NotificationsDto,
  NotificationSettingsDto,
} from "@/gen/types";

/** What the notifications and the background show, kept as files. */
export interface NotificationRecording {
  notifications: NotificationsDto;
  notificationSettings: NotificationSettingsDto;
  background: BackgroundDto;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type NotificationCommand =
  | "notifications_list"
  | "notifications_read"
  | "notification_settings_get"
  | "notification_settings_set"
  | "webhook_secret_set"
  | "notification_test"
  | "background_get"
  | "background_set";

/** Answers about notifications. Nothing is sent anywhere, and a secret is only counted. */
export function notificationAnswers(
  recording: () => NotificationRecording,
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in NotificationCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  return {
    notifications_list: () => recording().notifications,
    notifications_read: ({ until }) => {
      const { notifications: list } = recording();
      for (const each of list.notifications) each.is_read ||= each.id <= until;
      list.unread = list.notifications.filter(({ is_read: isRead }) => !isRead).length;
      emit("notifications");
      return list;
    },
    notification_settings_get: () => recording().notificationSettings,
    notification_settings_set: (settings) => {
      const { webhook } = settings;
      if (webhook.url !== null && !webhook.url.startsWith("https://"))
        fail(
          "invalid_request",
          `"${webhook.url}" is no address of a webhook: it must begin with https`,
        );
      recording().notificationSettings.settings = settings;
      return recording().notificationSettings;
    },
    webhook_secret_set: ({ secret }) => {
      recording().notificationSettings.has_secret = secret !== null;
      return recording().notificationSettings;
    },
    notification_test: ({ channel }) =>
      channel === "native"
        ? { is_taken: true, sentence: "The desktop was asked to show it." }
        : recording().notificationSettings.has_secret
          ? { is_taken: true, sentence: "It answered 200: ok" }
          : { is_taken: false, sentence: "there is no secret to sign with" },
    background_get: () => recording().background,
    background_set: ({ when_closed }) => {
      recording().background.when_closed = when_closed;
      return recording().background;
    },
  };
}

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import type { EngineError } from "@/api/api";
import { useBackground } from "@/features/settings/background";
import type { Entry, Group } from "@/features/settings/entry";
import { Matrix } from "@/features/settings/matrix";
import { QuietHours } from "@/features/settings/quiet-hours";
import { Webhook } from "@/features/settings/webhook";
import type { NotificationSettings } from "@/gen/types";
import { shortDateTime } from "@/lib/time";
import { Button } from "@/ui/button";

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What a person is told, where, and what runs on without the window. */
export function useNotificationSettings(): {
  groups: readonly Group[];
  faults: readonly EngineError[];
} {
  const { data, error } = useRead("notification_settings_get", {});
  const set = useToldAct("notification_settings_set");
  const test = useToldAct("notification_test");
  const background = useBackground();
  const faults = [...(error ? [error] : []), ...background.faults];
  const groups: Group[] =
    background.entries.length === 0
      ? []
      : [{ id: "background", title: "Background", entries: background.entries }];
  if (data) {
    const { settings, usual } = data;
    const save = (change: Partial<NotificationSettings>) =>
      set.run({ ...settings, ...change }, { failed: "The setting was not kept." });
    const entries: Entry[] = [
      {
        id: "matrix",
        label: "What goes where",
        words:
          "The list of notifications has everything; this is what is said beside it. Critical ones cannot be missed there.",
        also: "toast native desktop webhook events matrix alert",
        control: (
          <Matrix
            routes={settings.routes}
            titles={data.titles}
            onChange={(routes) => save({ routes })}
          />
        ),
        isDefault: same(settings.routes, usual.routes),
        onReset: () => save({ routes: usual.routes }),
      },
      {
        id: "desktop",
        label: "Desktop",
        words:
          data.desktop_trouble === null
            ? "The desktop's own notifications, also while the window is closed."
            : `The desktop shows nothing: ${data.desktop_trouble}.`,
        also: "native notification permission denied",
        control: (
          <Button
            size="small"
            disabled={test.isPending}
            onClick={() =>
              test.run(
                { channel: "native" },
                { done: ({ sentence }) => sentence, failed: "The desktop was not asked." },
              )
            }
          >
            Show a test
          </Button>
        ),
      },
      {
        id: "quiet-hours",
        label: "Quiet hours",
        words:
          data.quiet_until === null
            ? "Desktop and webhook wait for their end. What is critical breaks through: a halt, an order of unknown fate, an alarm."
            : `They hold until ${shortDateTime(data.quiet_until)} ET. What is critical breaks through.`,
        also: "night sleep do not disturb silent",
        control: (
          <QuietHours
            hours={settings.quiet_hours}
            zone={data.time_zone}
            onChange={(quiet_hours) => save({ quiet_hours })}
          />
        ),
        isDefault: settings.quiet_hours === null,
        onReset: () => save({ quiet_hours: null }),
      },
      {
        id: "webhook",
        label: "Webhook",
        words:
          "An address that is called with JSON, signed with HMAC-SHA256 and tried up to eight times. Private addresses are refused unless the host is allowed by name.",
        also: "url http post signature secret hmac",
        control: (
          <Webhook
            webhook={settings.webhook}
            hasSecret={data.has_secret}
            isSaving={set.isPending}
            onSave={(webhook) => save({ webhook })}
          />
        ),
        isDefault: same(settings.webhook, usual.webhook) && !data.has_secret,
      },
    ];
    groups.push({ id: "notifications", title: "Notifications", entries });
  }
  return { groups, faults };
}

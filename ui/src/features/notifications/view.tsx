import { CheckCheck } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import type { NotificationDto, Severity, WebhookDeliveryDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import type { Shape, Tone } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Light } from "@/ui/state";

const SEVERITIES: Record<Severity, { word: string; tone: Tone; shape: Shape }> = {
  information: { word: "Information", tone: "info", shape: "disc" },
  warning: { word: "Warning", tone: "warn", shape: "triangle" },
  critical: { word: "Critical", tone: "error", shape: "square" },
};

const SHOWN = [
  { value: "all", text: "All" },
  { value: "unread", text: "Unread" },
  { value: "urgent", text: "Warnings and critical" },
] as const;
type Shown = (typeof SHOWN)[number]["value"];

const FITS: Record<Shown, (each: NotificationDto) => boolean> = {
  all: () => true,
  unread: ({ is_read: isRead }) => !isRead,
  urgent: ({ severity }) => severity !== "information",
};

function webhookWords({ is_sent, is_over, attempts, answer }: WebhookDeliveryDto): string {
  const said = answer === null ? "" : `: ${answer}`;
  if (is_sent) return `Webhook${said}`;
  if (is_over) return `Webhook given up after ${attempts}${said}`;
  return attempts === 0 ? "Webhook waits" : `Webhook is tried again${said}`;
}

function Row({ each }: { each: NotificationDto }) {
  const { word, tone, shape } = SEVERITIES[each.severity];
  return (
    <li>
      <a
        href={`#${each.link}`}
        data-testid="notification"
        className="flex gap-3 px-4 py-2.5 hover:bg-raised"
      >
        <Light tone={tone} shape={shape} className="mt-1" />
        <span className="sr-only">{word}. </span>
        <span className="min-w-0 flex-1">
          <span className={cn("flex items-baseline gap-2", each.is_read ? "" : "font-semibold")}>
            {each.title}
            {each.is_read ? null : (
              <span className="size-1.5 self-center rounded-full bg-accent">
                <span className="sr-only">unread</span>
              </span>
            )}
            <span className="tabular ml-auto shrink-0 text-12 font-normal text-muted">
              {exchangeDateTime(each.at)} ET
            </span>
          </span>
          <span className="mt-0.5 block break-words">{plain(each.sentence)}</span>
          {each.webhook ? (
            <span
              className={cn(
                "mt-0.5 block text-12",
                each.webhook.is_over && !each.webhook.is_sent ? "text-error" : "text-muted",
              )}
            >
              {plain(webhookWords(each.webhook))}
            </span>
          ) : null}
        </span>
      </a>
    </li>
  );
}

/** What happened, newest first, each with the way to its cause. */
export function NotificationsPage() {
  const { data, error, refetch } = useRead("notifications_list", {});
  const read = useToldAct("notifications_read");
  const [shown, setShown] = useState<Shown>("all");
  const newest = data?.notifications[0]?.id;
  const unread = data?.unread ?? 0;
  const readAll = () => {
    if (newest !== undefined && unread > 0 && !read.isPending)
      read.run({ until: newest }, { failed: "They could not be marked as read." });
  };
  useHotkeys([{ keys: "r", label: "Mark all as read", group: "Notifications", run: readAll }]);
  const listed = data?.notifications.filter(FITS[shown]) ?? [];
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[920px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-3">
          <h1 className="text-18 font-semibold">Notifications</h1>
          <span className="tabular text-muted" role="status">
            {unread === 0 ? "all read" : `${unread} unread`}
          </span>
          <span className="ml-auto" />
          <Segments label="Which are shown" value={shown} options={SHOWN} onChange={setShown} />
          <Button
            onClick={readAll}
            disabled={unread === 0 || read.isPending}
            title="Mark all as read (r)"
          >
            <CheckCheck /> Mark all as read
          </Button>
          <Button asChild>
            <a href="#/settings">What goes where</a>
          </Button>
        </header>
        {error ? (
          <ErrorPanel
            what="The notifications could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : null}
        {data ? (
          <section aria-label="Notifications" className="rounded-card border bg-surface">
            {listed.length === 0 ? (
              <Empty title={data.notifications.length === 0 ? "Nothing happened yet" : "None here"}>
                Fills, refusals, failed and missed runs, lost sessions and halts are told here, on
                the desktop and to a webhook. The newest 200 are kept.
              </Empty>
            ) : (
              <ul className="divide-y">
                {listed.map((each) => (
                  <Row key={each.id} each={each} />
                ))}
              </ul>
            )}
          </section>
        ) : error ? null : (
          <Skeleton className="h-64 rounded-card" />
        )}
      </div>
    </div>
  );
}

import { useEffect, useRef } from "react";

import { useRead } from "@/api/context";
import { plain } from "@/lib/text";
import { useToast } from "@/ui/toast";

/** More than so many new ones at once are said in one sentence. */
const MOST_AT_ONCE = 2;

/** How many notifications are unread. Says the new ones in passing, each with the way to its cause. */
export function useNews(onGo: (link: string) => void): number {
  const toast = useToast();
  const news = useRead("notifications_list", {}).data;
  const newest = useRef<number | null>(null);
  const go = useRef(onGo);
  useEffect(() => {
    go.current = onGo;
  });
  useEffect(() => {
    if (!news) return;
    const before = newest.current;
    newest.current = Math.max(before ?? 0, news.notifications[0]?.id ?? 0);
    // What was there when the window was opened stands in the list.
    if (before === null) return;
    const fresh = news.notifications.filter(
      ({ id, is_toast: isToast, is_read: isRead }) => id > before && isToast && !isRead,
    );
    if (fresh.length > MOST_AT_ONCE) {
      toast({
        title: `${fresh.length} things happened.`,
        detail: plain(fresh[0]?.sentence ?? ""),
        action: { label: "Look", run: () => go.current("/notifications") },
      });
      return;
    }
    for (const each of fresh.toReversed())
      toast({
        title: each.title,
        detail: plain(each.sentence),
        tone: each.severity === "critical" ? "error" : "plain",
        action: { label: "Look", run: () => go.current(each.link) },
      });
  }, [news, toast]);
  return news?.unread ?? 0;
}

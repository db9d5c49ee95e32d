import { useQuery, useQueryClient } from "@tanstack/react-query";

import type { EngineError } from "@/api/api";
import { useApi, useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import type { Entry } from "@/features/settings/entry";
import { toApiError } from "@/lib/errors";
import { Missing } from "@/ui/number";
import { Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Switch } from "@/ui/switch";
import { useToast } from "@/ui/toast";

const AUTOSTART = ["desktop", "starts-at-login"] as const;

/** What becomes of the program without its window. */
export function useBackground(): { entries: readonly Entry[]; faults: readonly EngineError[] } {
  const { desktop } = useApi().host;
  const queries = useQueryClient();
  const toast = useToast();
  const { data, error } = useRead("background_get", {});
  const set = useToldAct("background_set");
  const login = useQuery({
    queryKey: AUTOSTART,
    queryFn: () => desktop?.startsAtLogin() ?? false,
    enabled: desktop !== undefined,
    retry: false,
  });
  const start = (isOn: boolean) =>
    void desktop?.setStartsAtLogin(isOn).then(
      (now) => queries.setQueryData(AUTOSTART, now),
      (thrown: unknown) => {
        const { message, hint } = toApiError(thrown);
        toast({
          title: "The setting was not kept.",
          detail: [message, hint].filter(Boolean).join(" "),
          tone: "error",
        });
      },
    );
  const choose = (when_closed: "keep_running" | "quit") =>
    set.run({ when_closed }, { failed: "The setting was not kept." });
  // Without a desktop around it there is no window to close and no login to start with.
  if (!desktop) return { entries: [], faults: [] };
  const entries: Entry[] = [
    {
      id: "when-closed",
      label: "When the window is closed",
      words:
        "Strategies run on time without the window; open it again from the tray. Where there is no tray you are asked.",
      also: "tray background minimise close quit exit",
      control: data ? (
        <Segments
          label="When the window is closed"
          value={data.when_closed}
          options={[
            { value: "keep_running", text: "Keep running" },
            { value: "quit", text: "Ask to quit" },
          ]}
          onChange={choose}
        />
      ) : (
        <Skeleton className="w-40" />
      ),
      ...(data
        ? { isDefault: data.when_closed === "keep_running", onReset: () => choose("keep_running") }
        : {}),
    },
  ];
  entries.push({
    id: "login",
    label: "Start at login",
    words: "Throughline starts with your desktop, in the tray and without a window.",
    also: "autostart boot startup session",
    control: login.error ? (
      <Missing why={toApiError(login.error).message} />
    ) : login.data === undefined ? (
      <Skeleton className="w-8" />
    ) : (
      <Switch label="Start at login" checked={login.data} onChange={start} />
    ),
    ...(login.data === undefined ? {} : { isDefault: !login.data, onReset: () => start(false) }),
  });
  return { entries, faults: error ? [error] : [] };
}

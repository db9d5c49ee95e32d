import { Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";

import { useApi, useRead } from "@/api/context";
import { HaltDialog } from "@/app/halt-dialog";
import { Help } from "@/app/help";
import { isThere, PAGES } from "@/app/pages";
import { Palette } from "@/app/palette";
import { SideBar } from "@/app/side-bar";
import { StatusStrip } from "@/app/status-strip";
import { QuitDialog } from "@/app/quit-dialog";
import { useEngineActs } from "@/app/use-engine-acts";
import { useNews } from "@/app/use-news";
import { useQuitting } from "@/app/use-quitting";
import { useWaiting } from "@/app/use-waiting";
import { earlier, nextClose } from "@/lib/time";
import { cn } from "@/ui/cn";
import { Confirm } from "@/ui/dialog";
import { type Hotkey, useHotkeyList, useHotkeys } from "@/ui/hotkeys";
import { Guard } from "@/ui/panel";
import { usePreference } from "@/ui/use-preference";

/** The frame round every page. */
export function Shell() {
  const navigate = useNavigate();
  const api = useApi();
  const acts = useEngineActs();
  const [sideBar, setSideBar] = usePreference("side-bar");
  const folded = sideBar === "folded";
  const fold = () => setSideBar(folded ? "open" : "folded");
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState<readonly Hotkey[] | null>(null);
  const [asking, setAsking] = useState<"halt" | "flatten" | "resume" | null>(null);
  const [running, setRunning] = useState(false);
  // Events tell of everything but the passing of time, which only a running clock shows.
  const { data: status, error } = useRead("status_get", {}, { every: running ? 1000 : false });
  // Outside of the sandbox the clock is the world's and always runs.
  const isRunning = status !== undefined && (status.clock_mode ?? "running") === "running";
  if (isRunning !== running) setRunning(isRunning);
  const connection = useRead("connection_get", {}, { every: running ? 10_000 : false });
  const waiting = useWaiting(() => void navigate({ to: "/approvals" }));
  const router = useRouter();
  const unread = useNews((link) => router.history.push(link));
  const quitting = useQuitting();
  const list = useHotkeyList();

  const keys: Hotkey[] = [
    {
      keys: "mod+k",
      label: "Commands",
      group: "Everywhere",
      always: true,
      run: () => setPalette((open) => !open),
    },
    { keys: "?", label: "This help", group: "Everywhere", run: () => setHelp(list()) },
    {
      keys: "mod+b",
      label: "Fold the side bar",
      group: "Everywhere",
      run: fold,
    },
    {
      keys: "mod+shift+h",
      label: status?.halt ? "Resume trading" : "Halt trading",
      group: "Everywhere",
      always: true,
      run: () => setAsking(status?.halt ? "resume" : "halt"),
    },
    {
      keys: "mod+.",
      label: "Sandbox to the next close",
      group: "Everywhere",
      run: () => {
        const to = status?.clock_mode && !acts.advancing ? nextClose(status.now) : null;
        if (to !== null) acts.advanceTo(earlier(to, status?.data_to ?? null));
      },
    },
    ...(quitting.ask
      ? [{ keys: "mod+q", label: "Quit", group: "Everywhere", always: true, run: quitting.ask }]
      : []),
    ...PAGES.filter((page) => isThere(page, status?.environment)).map((page) => ({
      keys: `g ${page.key}`,
      label: page.title,
      group: "Go to",
      run: () => void navigate({ to: page.path }),
    })),
  ];
  useHotkeys(keys);

  return (
    <div
      className={cn(
        "flex h-full flex-col",
        status?.environment === "live" && "border-2 border-live",
      )}
    >
      {api.host.kind === "fake" ? (
        <aside
          aria-label="No engine"
          className="shrink-0 bg-warn px-4 py-0.5 text-center text-12 font-medium text-on-solid"
        >
          Recorded answers for development: no engine is running and nothing here is real.
        </aside>
      ) : null}
      <div className="flex min-h-0 flex-1">
        <SideBar folded={folded} onFold={fold} status={status} waiting={waiting} unread={unread} />
        <div className="flex min-w-0 flex-1 flex-col">
          <StatusStrip
            status={status}
            connection={connection.data}
            waiting={waiting}
            acts={acts}
            trouble={error?.message ?? null}
            onHalt={() => setAsking("halt")}
            onFlatten={() => setAsking("flatten")}
            onResume={() => setAsking("resume")}
          />
          <main className="min-h-0 flex-1" id="page">
            <Guard what="This page could not be shown.">
              <Outlet />
            </Guard>
          </main>
        </div>
      </div>
      <Palette
        open={palette}
        onOpenChange={setPalette}
        status={status}
        acts={acts}
        onHalt={() => setAsking("halt")}
        onFlatten={() => setAsking("flatten")}
        onResume={() => setAsking("resume")}
      />
      <Help keys={help} onClose={() => setHelp(null)} />
      {quitting.asked ? <QuitDialog quitting={quitting} asked={quitting.asked} /> : null}
      {status && (asking === "halt" || asking === "flatten") ? (
        <HaltDialog
          status={status}
          flatten={asking === "flatten"}
          onHalt={acts.halt}
          onClose={() => setAsking(null)}
        />
      ) : null}
      <Confirm
        open={asking === "resume"}
        onOpenChange={() => setAsking(null)}
        title="Resume trading?"
        action="Resume trading"
        onConfirm={acts.resume}
      >
        Entries may be sent again, in {status?.environment ?? "this environment"}, for account{" "}
        {status?.account_id ?? "–"}.
        {status?.halt ? ` It was halted with the words: “${status.halt.reason}”.` : ""}
      </Confirm>
    </div>
  );
}

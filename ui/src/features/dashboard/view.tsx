import { ArrowLeftRight, ChevronDown, Play, SkipForward } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { ClosedEntries } from "@/features/dashboard/closed";
import { FirstSteps } from "@/features/dashboard/first-steps";
import { Health } from "@/features/dashboard/health";
import { LatestExecutions, LatestSignals, NEWEST_EXECUTIONS } from "@/features/dashboard/latest";
import type { DashboardLinks } from "@/features/dashboard/links";
import { NextRuns } from "@/features/dashboard/next-runs";
import { OpenPositions } from "@/features/dashboard/positions";
import { Totals } from "@/features/dashboard/totals";
import { WorkingOrders } from "@/features/dashboard/orders";
import type { StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { useHotkeys } from "@/ui/hotkeys";
import { Menu, MenuItem, MenuLabel } from "@/ui/menu";
import { Guard, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Source } from "@/ui/source";
import { usePreference } from "@/ui/use-preference";

// The chart library is fetched beside the first paint of the page, not before it.
const ValuePanel = lazy(async () => ({
  default: (await import("@/ui/value-panel")).ValuePanel,
}));

export interface DashboardPageProps {
  links: DashboardLinks;
  /** A run is being begun. */
  running: boolean;
  onRun: (strategy: StrategyDto) => void;
  /** Moves the sandbox to the next close; nothing where time is real, or while it moves. */
  onNextClose: (() => void) | null;
}

const SIDE_BY_SIDE =
  "grid grid-cols-[minmax(0,1fr)_372px] items-start gap-4 max-[1180px]:grid-cols-1";

const SPANS = ["30", "90", "365", "all"] as const;

/** Everything at a glance: each panel reads for itself, so that one that fails takes no other along. */
export function DashboardPage({ links, running, onRun, onNextClose }: DashboardPageProps) {
  const status = useRead("status_get", {}).data;
  const strategies = useRead("strategies_list", {}).data;
  const executions = useRead("executions_search", NEWEST_EXECUTIONS).data?.executions ?? [];
  const [selected, setSelected] = useState<string | null>(null);
  const [, setSpan] = usePreference("value-span");
  const reconcile = useToldAct("reconcile");
  const compare = () => {
    if (!reconcile.isPending)
      reconcile.run(
        {},
        {
          done: ({ reconciliation }) => plain(reconciliation.sentence),
          failed: "Our records could not be compared with the broker's.",
        },
      );
  };
  const strategy = strategies?.find(({ active }) => active) ?? strategies?.[0];
  const now = status?.now ?? null;
  const move = (by: number) => {
    const at = executions.findIndex(({ execution }) => execution.id === selected);
    const to = at === -1 ? 0 : Math.min(executions.length - 1, Math.max(0, at + by));
    const next = executions[to];
    if (next) setSelected(next.execution.id);
  };
  const group = "Dashboard";
  useHotkeys([
    {
      keys: "r",
      label: strategy ? `Run ${strategy.name} now` : "Run a strategy now",
      group,
      run: () => {
        if (strategy && !running) onRun(strategy);
      },
    },
    { keys: "j", label: "Next execution", group, run: () => move(1) },
    { keys: "k", label: "Execution before", group, run: () => move(-1) },
    {
      keys: "Enter",
      label: "Lineage of the execution",
      group,
      run: () => {
        if (selected !== null) window.location.assign(links.lineage(selected));
      },
    },
    { keys: "b", label: "Compare our records with the broker's", group, run: compare },
    ...SPANS.map((span, index) => ({
      keys: String(index + 1),
      label: span === "all" ? "All of the value chart" : `${span} days of the value chart`,
      group,
      run: () => setSpan(span),
    })),
  ]);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1600px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex flex-wrap items-center gap-2">
          <h1 className="text-18 font-semibold">Dashboard</h1>
          {status ? (
            <p className="tabular ml-1 text-12 text-muted">{exchangeDateTime(status.now)} ET</p>
          ) : null}
          <div
            role="group"
            aria-label="Quick actions"
            className="ml-auto flex flex-wrap items-center gap-2"
          >
            <Button
              size="large"
              onClick={compare}
              disabled={reconcile.isPending}
              title="Compare our orders, fills, positions and cash with the broker's (b)"
            >
              <ArrowLeftRight /> {reconcile.isPending ? "Comparing…" : "Compare records"}
            </Button>
            {status?.clock_mode != null ? (
              <Button
                size="large"
                disabled={onNextClose === null}
                onClick={() => onNextClose?.()}
                title="Move the sandbox to the next close (Ctrl+.)"
              >
                <SkipForward /> {onNextClose === null ? "Moving…" : "To the next close"}
              </Button>
            ) : null}
            {strategy ? (
              <span className="flex">
                <Button
                  variant="primary"
                  size="large"
                  disabled={running}
                  onClick={() => onRun(strategy)}
                  title={`Run ${plain(strategy.name)} (r)`}
                  className="max-w-72 rounded-r-none"
                >
                  <Play />
                  <span className="truncate">
                    {running ? "Running…" : `Run ${plain(strategy.name)}`}
                  </span>
                </Button>
                <Menu
                  align="end"
                  trigger={
                    <Button
                      variant="primary"
                      size="large"
                      disabled={running}
                      aria-label="Choose what to run"
                      className="rounded-l-none border-l border-on-solid px-2"
                    >
                      <ChevronDown />
                    </Button>
                  }
                >
                  <MenuLabel>Run now</MenuLabel>
                  {strategies?.map((each) => (
                    <MenuItem key={each.id} onSelect={() => onRun(each)}>
                      {plain(each.name)}{" "}
                      <span className="text-12 text-muted">
                        {each.symbols.map(plain).join(", ")}
                      </span>
                    </MenuItem>
                  ))}
                </Menu>
              </span>
            ) : null}
          </div>
        </header>
        <Guard what="What closes entries could not be shown.">
          <ClosedEntries />
        </Guard>
        <Guard what="The first steps could not be shown.">
          <FirstSteps strategy={strategy} />
        </Guard>
        <Guard what="The account could not be shown.">
          <Totals status={status} />
        </Guard>
        <div className={SIDE_BY_SIDE}>
          <Guard what="The value over time could not be drawn.">
            <Value />
          </Guard>
          <Guard what="The health could not be shown.">
            <Health now={now} />
          </Guard>
        </div>
        <Guard what="The positions could not be shown.">
          <OpenPositions now={now} links={links} />
        </Guard>
        <div className={SIDE_BY_SIDE}>
          <Guard what="The orders could not be shown.">
            <WorkingOrders links={links} />
          </Guard>
          <Guard what="The schedule could not be shown.">
            <NextRuns status={status} />
          </Guard>
        </div>
        <div className={SIDE_BY_SIDE}>
          <Guard what="The executions could not be shown.">
            <LatestExecutions selected={selected} links={links} />
          </Guard>
          <Guard what="The signals could not be shown.">
            <LatestSignals />
          </Guard>
        </div>
      </div>
    </div>
  );
}

const WAITING = <Skeleton className="m-4 h-[230px]" />;

function Value() {
  const portfolio = useRead("portfolio_get", {});
  if (portfolio.data) {
    const last = portfolio.data.history.at(-1);
    return (
      <Suspense fallback={<Panel title="Value over time">{WAITING}</Panel>}>
        <ValuePanel
          portfolio={portfolio.data}
          className="h-[196px]"
          note={
            <span className="mr-1">
              <Source of={last ? `our closes to ${last.date}` : "our closes"} />
            </span>
          }
        />
      </Suspense>
    );
  }
  return (
    <Panel title="Value over time">
      <Reading of={portfolio} what="the value over time" skeleton={WAITING}>
        {() => null}
      </Reading>
    </Panel>
  );
}

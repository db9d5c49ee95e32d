import { ChevronDown, Play } from "lucide-react";
import { useState } from "react";

import { useAct, useRead } from "@/api/context";
import { strategyColumns } from "@/features/strategies/columns";
import { StrategyDetails } from "@/features/strategies/details";
import type { StrategyDto } from "@/gen/types";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Menu, MenuItem, MenuLabel } from "@/ui/menu";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { useToast } from "@/ui/toast";

export interface StrategiesPageProps {
  running: boolean;
  onRun: (strategy: StrategyDto, symbol?: string | null, model?: string | null) => void;
  lineageLink: (executionId: string) => string;
}

/** What runs, when, and under which limits. */
export function StrategiesPage({ running, onRun, lineageLink }: StrategiesPageProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const { data, error, refetch } = useRead("strategies_list", {});
  const status = useRead("status_get", {});
  const models = useRead("models_list", {}).data?.models ?? [];
  const setActive = useSetActive();
  const strategy = data?.find(({ id }) => id === chosen) ?? data?.[0] ?? null;

  const move = (by: number) => {
    if (!data || !strategy) return;
    const next = data[Math.min(data.length - 1, Math.max(0, data.indexOf(strategy) + by))];
    if (next) setChosen(next.id);
  };
  useHotkeys([
    { keys: "j", label: "Next strategy", group: "Strategies", run: () => move(1) },
    { keys: "k", label: "Strategy before", group: "Strategies", run: () => move(-1) },
    {
      keys: "r",
      label: strategy ? `Run ${strategy.name} now` : "Run the strategy now",
      group: "Strategies",
      run: () => {
        if (strategy && !running) onRun(strategy);
      },
    },
    {
      keys: "Enter",
      label: "Lineage of its newest execution",
      group: "Strategies",
      run: () => {
        const newest = strategy?.recent[0];
        if (newest) window.location.hash = lineageLink(newest.id);
      },
    },
  ]);

  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-center gap-3">
          <h1 className="text-18 font-semibold">Strategies</h1>
          <span className="ml-auto" />
          {strategy ? (
            <Button
              variant="primary"
              size="large"
              disabled={running}
              data-testid="run-now"
              onClick={() => onRun(strategy)}
              title="Run the selected strategy (r)"
            >
              <Play /> {running ? "Running…" : `Run ${strategy.name} now`}
            </Button>
          ) : null}
          {strategy && models.length > 0 ? (
            <Menu
              align="end"
              trigger={
                <Button
                  size="large"
                  disabled={running}
                  className="-ml-2 px-2"
                  aria-label={`Choose who analyses a run of ${strategy.name}`}
                >
                  <ChevronDown />
                </Button>
              }
            >
              <MenuLabel>This run only, analysed by</MenuLabel>
              <MenuItem onSelect={() => onRun(strategy)}>{strategy.analyst}, as always</MenuItem>
              {models.map((model) => (
                <MenuItem key={model.name} onSelect={() => onRun(strategy, null, model.name)}>
                  {model.name} <span className="text-12 text-muted">{model.provider}</span>
                </MenuItem>
              ))}
            </Menu>
          ) : null}
        </header>
        {data && strategy ? (
          <>
            <DataTable
              name="strategies"
              caption="Strategies"
              title={
                <span className="tabular text-muted">
                  {data.filter((each) => each.active).length} of {data.length} scheduled
                </span>
              }
              columns={strategyColumns({
                now: status.data?.now ?? null,
                lineageLink,
                onActive: (each, active) => setActive(each, active),
              })}
              rows={data}
              rowKey={({ id }) => id}
              empty={null}
              selected={strategy.id}
              onSelect={setChosen}
            />
            <Guard key={strategy.id} what="The strategy could not be shown.">
              <StrategyDetails
                strategy={strategy}
                running={running}
                onRun={onRun}
                lineageLink={lineageLink}
              />
            </Guard>
          </>
        ) : data ? (
          <Empty title="There is no strategy yet" className="mt-[12vh]">
            The sandbox brings its samples along when it is opened for the first time. Strategies
            are edited as files in this version: `throughline strategy list` shows where they are.
          </Empty>
        ) : error ? (
          <ErrorPanel
            what="The strategies could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the strategies" className="space-y-4">
            <Skeleton className="h-56 rounded-card" />
            <Skeleton className="h-72 rounded-card" />
          </div>
        )}
      </div>
    </div>
  );
}

/** Changes it at once, and offers to take it back. */
function useSetActive() {
  const toast = useToast();
  const act = useAct("strategy_set_active");
  const set = (strategy: StrategyDto, active: boolean, undoable = true) =>
    act.mutate(
      { strategy_id: strategy.id, active },
      {
        onSuccess: () =>
          toast({
            title: active
              ? `${strategy.name} follows its schedule.`
              : `${strategy.name} is paused; its schedule is kept.`,
            ...(undoable
              ? { action: { label: "Undo", run: () => set(strategy, !active, false) } }
              : {}),
          }),
        onError: (error) =>
          toast({
            title: `${strategy.name} was not changed.`,
            detail: [error.message, error.hint].filter(Boolean).join(" "),
            tone: "error",
          }),
      },
    );
  return set;
}

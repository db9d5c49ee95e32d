import { Play } from "lucide-react";
import { useRef, useState } from "react";

import { useRead } from "@/api/context";
import { Execution, ExecutionSkeleton } from "@/features/lineage/execution";
import type { ChartLink } from "@/features/lineage/steps/types";
import { ExecutionList, FilterField, StrategyPicker } from "@/features/lineage/picker";
import type { ExecutionDto, StrategyDto } from "@/gen/types";
import { executionWord } from "@/lib/words";
import { Button } from "@/ui/button";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";

export interface LineagePageProps {
  executionId: string | null;
  strategyId: string | null;
  step: string | null;
  attempt: number | null;
  replay: boolean;
  running: boolean;
  onRun: (strategy: StrategyDto) => void;
  onStrategy: (strategyId: string | null) => void;
  onExecution: (executionId: string, replace: boolean) => void;
  onStep: (step: string | null, attempt: number | null) => void;
  chartLink: ChartLink;
}

const LIMIT = 500;

function matches(execution: ExecutionDto, filter: string): boolean {
  const text = `${execution.symbol} ${executionWord(execution).word} ${execution.exchange_time} ${execution.strategy_name} ${execution.sentence ?? ""}`;
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));
}

/** Strategy, execution, and every step of it. */
export function LineagePage(props: LineagePageProps) {
  const { strategyId, running, onRun, onStrategy, onExecution } = props;
  const [filter, setFilter] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const strategies = useRead("strategies_list", {});
  const list = useRead("executions_list", { strategy_id: strategyId, limit: LIMIT });
  const shown = list.data?.filter((execution) => matches(execution, filter)) ?? [];
  // Without a choice the newest is shown, and stays in view as newer ones come.
  const chosen = props.executionId ?? shown[0]?.id ?? null;
  // What can be run: the chosen strategy, or that of the execution in view.
  const wanted = strategyId ?? list.data?.find(({ id }) => id === chosen)?.strategy_id;
  const strategy = strategies.data?.find(({ id }) => id === wanted) ?? strategies.data?.[0] ?? null;

  const move = (by: number) => {
    const at = shown.findIndex((execution) => execution.id === chosen);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) onExecution(next.id, true);
  };
  useHotkeys([
    { keys: "]", label: "Older execution", group: "Lineage", run: () => move(1) },
    { keys: "[", label: "Newer execution", group: "Lineage", run: () => move(-1) },
    {
      keys: ".",
      label: "Newest execution",
      group: "Lineage",
      run: () => {
        if (shown[0]) onExecution(shown[0].id, true);
      },
    },
    { keys: "/", label: "Filter executions", group: "Lineage", run: () => field.current?.focus() },
    {
      keys: "r",
      label: strategy ? `Run ${strategy.name} now` : "Run the strategy now",
      group: "Lineage",
      run: () => {
        if (strategy && !running) onRun(strategy);
      },
    },
  ]);

  const runNow = strategy ? (
    <Button
      variant="primary"
      disabled={running}
      data-testid="run-now"
      onClick={() => onRun(strategy)}
      title={`Run ${strategy.name} now (r)`}
    >
      <Play /> {running ? "Running…" : "Run now"}
    </Button>
  ) : null;

  return (
    <div className="flex h-full">
      <aside
        aria-label="Executions"
        className="flex w-[264px] shrink-0 flex-col border-r max-[1100px]:w-[220px]"
      >
        <div className="space-y-2 p-2">
          <StrategyPicker
            strategies={strategies.data ?? []}
            chosen={strategyId}
            onChoose={onStrategy}
          />
          <FilterField value={filter} onChange={setFilter} field={field} />
        </div>
        {list.error ? (
          <ErrorPanel
            className="m-2"
            what="The executions could not be read."
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        ) : list.isPending ? (
          <div className="space-y-3 px-4 py-2">
            {[0, 1, 2, 3, 4].map((row) => (
              <Skeleton key={row} className="h-9" />
            ))}
          </div>
        ) : shown.length === 0 ? (
          <p className="px-4 py-3 text-muted">
            {list.data.length === 0 ? "No execution yet." : "None matches the filter."}
          </p>
        ) : (
          <ExecutionList
            executions={shown}
            chosen={chosen}
            onChoose={(id) => onExecution(id, false)}
          />
        )}
        {list.data?.length === LIMIT ? (
          <p className="border-t px-4 py-1.5 text-12 text-muted">The newest {LIMIT}.</p>
        ) : null}
      </aside>
      <div className="min-w-0 flex-1">
        {chosen !== null ? (
          <Execution
            key={`${chosen} ${props.replay}`}
            executionId={chosen}
            replay={props.replay}
            step={props.step}
            attempt={props.attempt}
            onStep={props.onStep}
            chartLink={props.chartLink}
            action={runNow}
          />
        ) : list.isPending ? (
          <ExecutionSkeleton />
        ) : (
          <Empty
            className="mt-[16vh]"
            title={list.data?.length ? "No execution matches" : "Nothing has run yet"}
            action={list.data?.length ? undefined : runNow}
          >
            {list.data?.length
              ? "Clear the filter or choose another strategy."
              : strategy
                ? `Press R to run ${strategy.name} on ${strategy.symbols.join(", ")} now. Each step will appear here as a card.`
                : "There is no strategy to run."}
          </Empty>
        )}
      </div>
    </div>
  );
}

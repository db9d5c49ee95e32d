import { ChevronsUpDown, Search } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef } from "react";

import type { ExecutionDto, StrategyDto } from "@/gen/types";
import { formatDuration, shortDateTime } from "@/lib/time";
import { executionWord } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Menu, MenuChoice } from "@/ui/menu";
import { FILL_TONE, TEXT_TONE } from "@/ui/tone";

const ALL = "*";

export function StrategyPicker({
  strategies,
  chosen,
  onChoose,
}: {
  strategies: readonly StrategyDto[];
  chosen: string | null;
  onChoose: (strategyId: string | null) => void;
}) {
  const name = strategies.find((strategy) => strategy.id === chosen)?.name ?? chosen;
  return (
    <Menu
      width="w-[248px]"
      trigger={
        <Button
          className="w-full justify-between"
          data-testid="strategy-picker"
          aria-label={`Strategy: ${name ?? "all"}`}
        >
          <span className="truncate">{name ?? "All strategies"}</span>
          <ChevronsUpDown className="text-muted" />
        </Button>
      }
    >
      <MenuChoice
        label="Strategy"
        value={chosen ?? ALL}
        onChange={(value) => onChoose(value === ALL ? null : value)}
        options={[
          { value: ALL, text: "All strategies" },
          ...strategies.map((strategy) => ({ value: strategy.id, text: strategy.name })),
        ]}
      />
    </Menu>
  );
}

export function FilterField({
  value,
  onChange,
  field,
}: {
  value: string;
  onChange: (value: string) => void;
  field: RefObject<HTMLInputElement | null>;
}) {
  return (
    <div className="relative">
      <Search aria-hidden="true" className="absolute top-1.5 left-2 size-3.5 text-muted" />
      <input
        ref={field}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          onChange("");
          event.currentTarget.blur();
        }}
        aria-label="Filter executions by symbol, outcome or day"
        placeholder="Filter  /"
        className="h-7 w-full rounded-base border border-line-strong bg-surface pr-2 pl-7 placeholder:text-muted"
      />
    </div>
  );
}

interface ListProps {
  executions: readonly ExecutionDto[];
  chosen: string | null;
  onChoose: (executionId: string) => void;
}

/** Newest first; thousands of rows stay quick. */
export function ExecutionList({ executions, chosen, onChoose }: ListProps) {
  // The virtualizer keeps its state outside of React, which the compiler cannot see.
  "use no memo";
  const place = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- this component is not compiled
  const rows = useVirtualizer({
    count: executions.length,
    getScrollElement: () => place.current,
    estimateSize: () => 50,
    overscan: 10,
  });
  const index = executions.findIndex((execution) => execution.id === chosen);
  useEffect(() => {
    if (index >= 0) rows.scrollToIndex(index);
  }, [index, rows]);
  return (
    <div ref={place} className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
      <ul
        aria-label="Executions, newest first"
        className="relative"
        style={{ height: rows.getTotalSize() }}
      >
        {rows.getVirtualItems().map((item) => {
          const execution = executions[item.index];
          if (!execution) return null;
          return (
            <li
              key={execution.id}
              className="absolute inset-x-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <ExecutionRow
                execution={execution}
                chosen={execution.id === chosen}
                onChoose={() => onChoose(execution.id)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function ExecutionRow({
  execution,
  chosen,
  onChoose,
}: {
  execution: ExecutionDto;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { word, tone } = executionWord(execution);
  const live = execution.status === "running" || execution.status === "tracking";
  return (
    <button
      type="button"
      onClick={onChoose}
      aria-current={chosen ? "true" : undefined}
      title={execution.sentence ?? undefined}
      className={cn(
        "relative flex h-12 w-full flex-col justify-center rounded-base px-2.5 text-left hover:bg-raised",
        chosen && "bg-raised",
      )}
    >
      {chosen ? (
        <span aria-hidden="true" className="absolute inset-y-1.5 left-0 w-px bg-accent" />
      ) : null}
      <span className="flex items-center gap-2">
        <span
          aria-hidden="true"
          className={cn("size-1.5 shrink-0 rounded-full", FILL_TONE[tone], live && "animate-pulse")}
        />
        <span className="font-medium">{execution.symbol}</span>
        <span className={cn("truncate", TEXT_TONE[tone])}>{word}</span>
        <span className="tabular ml-auto shrink-0 text-12 text-muted">
          {live ? `${Math.min(execution.steps, 12)} of 12` : formatDuration(execution.duration_us)}
        </span>
      </span>
      <span className="tabular truncate pl-3.5 text-12 text-muted">
        {shortDateTime(execution.as_of)} · {execution.strategy_name}
      </span>
    </button>
  );
}

import { useEffect, useRef, useState } from "react";

import { useRead } from "@/api/context";
import { executionColumns } from "@/features/executions/columns";
import { Comparison } from "@/features/executions/comparison";
import { FilterBar, Letters } from "@/features/executions/filters";
import {
  type ExecutionsSearch,
  isNarrowed,
  marked,
  searchRequest,
} from "@/features/executions/search";
import { without } from "@/lib/without";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Pager } from "@/ui/pager";

export interface ExecutionsPageProps {
  search: ExecutionsSearch;
  onSearch: (search: ExecutionsSearch, replace?: boolean) => void;
  lineageLink: (executionId: string) => string;
}

/** Executions on a page: with 100, what A4.2 allows, a page is long and not slow. */
const PAGE = 100;

/** The history of all runs. */
export function ExecutionsPage({ search, onSearch, lineageLink }: ExecutionsPageProps) {
  const { data, error, refetch } = useRead("executions_search", searchRequest(search, PAGE), {
    keep: true,
  });
  const [selected, setSelected] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const rows = data?.executions ?? [];
  const { first, second } = search;
  const move = (by: number) => {
    const at = rows.findIndex(({ execution }) => execution.id === selected);
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) setSelected(next.execution.id);
  };
  useEffect(() => {
    if (selected !== null)
      document.querySelector("tr[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const mark = (id: string) => onSearch(marked(search, id), true);
  const forgetBoth = () => onSearch(without(search, "first", "second"), true);
  const swap = () => {
    if (first !== undefined && second !== undefined)
      onSearch({ ...search, first: second, second: first }, true);
  };
  const group = "Executions";
  useHotkeys([
    { keys: "j", label: "Next execution", group, run: () => move(1) },
    { keys: "k", label: "Execution before", group, run: () => move(-1) },
    {
      keys: "Enter",
      label: "Lineage of the execution",
      group,
      run: () => {
        if (selected !== null) window.location.assign(lineageLink(selected));
      },
    },
    {
      keys: "c",
      label: "Compare the execution",
      group,
      run: () => {
        if (selected !== null) mark(selected);
      },
    },
    { keys: "/", label: "Search", group, run: () => field.current?.focus() },
    ...(first === undefined
      ? []
      : [
          { keys: "s", label: "Swap the compared two", group, run: swap },
          { keys: "Escape", label: "Compare no more", group, run: forgetBoth },
        ]),
  ]);
  return (
    <div className="relative flex h-full">
      <div className="min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-[1600px] space-y-4 px-6 pt-4 pb-12">
          <header className="flex h-8 items-center gap-3">
            <h1 className="text-18 font-semibold">Executions</h1>
            {first !== undefined && second === undefined ? (
              <p role="status" className="flex items-center gap-2 text-muted">
                One is chosen; choose another to compare it with.
                <Button size="small" variant="ghost" onClick={forgetBoth}>
                  Compare no more
                </Button>
              </p>
            ) : null}
            <Letters search={search} onSearch={onSearch} field={field} />
          </header>
          <FilterBar search={search} onSearch={onSearch} />
          {data ? (
            <>
              {error ? (
                <ErrorPanel
                  what="The executions could not be read again; what follows is from before."
                  error={error}
                  onRetry={() => void refetch()}
                />
              ) : null}
              <DataTable
                name="executions"
                caption="Executions"
                title={
                  <p className="text-muted">
                    <span className="tabular font-semibold text-text">
                      {data.total.toLocaleString("en-US")}
                    </span>{" "}
                    {isNarrowed(search) ? "fit" : data.total === 1 ? "execution" : "executions"},
                    newest first
                  </p>
                }
                columns={executionColumns({ lineageLink, chosen: [first, second], onMark: mark })}
                rows={rows}
                rowKey={({ execution }) => execution.id}
                selected={selected}
                onSelect={setSelected}
                empty={
                  isNarrowed(search) ? (
                    <Empty
                      title="No execution fits"
                      action={<Button onClick={() => onSearch({})}>Show all</Button>}
                    />
                  ) : (
                    <Empty
                      title="Nothing has run yet"
                      action={
                        <Button asChild>
                          <a href="#/strategies">Go to Strategies</a>
                        </Button>
                      }
                    >
                      Run a strategy by hand, or let its schedule come round: every run is listed
                      here with what it came to.
                    </Empty>
                  )
                }
              />
              <Pager
                what="executions"
                offset={data.offset}
                size={PAGE}
                total={data.total}
                onOffset={(offset) => {
                  const rest = without(search, "offset");
                  onSearch(offset === 0 ? rest : { ...rest, offset });
                }}
              />
            </>
          ) : error ? (
            <ErrorPanel
              what="The executions could not be read."
              error={error}
              onRetry={() => void refetch()}
            />
          ) : (
            <div aria-busy="true" aria-label="Loading the executions">
              <Skeleton className="h-[560px] rounded-card" />
            </div>
          )}
        </div>
      </div>
      {first !== undefined && second !== undefined ? (
        <Guard key={`${first} ${second}`} what="The comparison could not be shown.">
          <Comparison
            first={first}
            second={second}
            lineageLink={lineageLink}
            onSwap={swap}
            onClose={forgetBoth}
          />
        </Guard>
      ) : null}
    </div>
  );
}

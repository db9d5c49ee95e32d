import { useRead } from "@/api/context";
import { signalColumns } from "@/features/signals/columns";
import { isNarrowed, listRequest, type SignalsSearch } from "@/features/signals/search";
import { without } from "@/lib/without";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";
import { Pager } from "@/ui/pager";
import type { SignalLinks } from "@/features/signals/view";

interface ListProps {
  search: SignalsSearch;
  onSearch: (search: SignalsSearch, replace?: boolean) => void;
  links: SignalLinks;
}

const PAGE = 50;

/** The signals as a table, page by page. */
export function SignalList({ search, onSearch, links }: ListProps) {
  const { data, error, refetch } = useRead("signals_list", listRequest(search, PAGE));
  const rows = data?.signals ?? [];
  const open = (signal: string) => onSearch({ ...search, signal }, true);
  const move = (by: number) => {
    const at = rows.findIndex(({ signal }) => signal.execution_id === search.signal);
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) open(next.signal.execution_id);
  };
  const turn = (offset: number) => {
    const rest = without(search, "signal", "offset");
    onSearch(offset === 0 ? rest : { ...rest, offset });
  };
  useHotkeys([
    { keys: "j", label: "Next signal", group: "Signals", run: () => move(1) },
    { keys: "k", label: "Signal before", group: "Signals", run: () => move(-1) },
    {
      keys: "Enter",
      label: "Lineage of the signal",
      group: "Signals",
      run: () => {
        if (search.signal !== undefined) window.location.assign(links.lineage(search.signal));
      },
    },
    {
      keys: "c",
      label: "Chart of the signal",
      group: "Signals",
      run: () => {
        if (search.signal !== undefined) window.location.assign(links.chart(search.signal, "1d"));
      },
    },
    ...(search.signal === undefined
      ? []
      : [
          {
            keys: "Escape",
            label: "Close the signal",
            group: "Signals",
            run: () => onSearch(without(search, "signal"), true),
          },
        ]),
  ]);
  if (!data) {
    return error ? (
      <ErrorPanel
        what="The signals could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    ) : (
      <div aria-busy="true" aria-label="Loading the signals">
        <Skeleton className="h-[560px] rounded-card" />
      </div>
    );
  }
  return (
    <>
      {error ? (
        <ErrorPanel
          what="The signals could not be read again; what follows is from before."
          error={error}
          onRetry={() => void refetch()}
        />
      ) : null}
      <DataTable
        name="signals"
        caption="Signals"
        title={
          <p className="text-muted">
            <span className="tabular font-semibold text-text">
              {data.total.toLocaleString("en-US")}
            </span>{" "}
            {isNarrowed(search) ? "fit" : data.total === 1 ? "signal" : "signals"}, newest first
            {data.total > PAGE ? "; the columns sort this page" : ""}
          </p>
        }
        columns={signalColumns}
        rows={rows}
        rowKey={({ signal }) => signal.execution_id}
        selected={search.signal ?? null}
        onSelect={open}
        empty={
          isNarrowed(search) ? (
            <Empty
              title="No signal fits"
              action={<Button onClick={() => onSearch({})}>Show all</Button>}
            />
          ) : (
            <Empty
              title="No signal has been made yet"
              action={
                <Button asChild>
                  <a href="#/strategies">Go to Strategies</a>
                </Button>
              }
            >
              Every run that comes to a decision makes one: BUY, SELL or HOLD.
            </Empty>
          )
        }
      />
      <Pager what="signals" offset={data.offset} size={PAGE} total={data.total} onOffset={turn} />
    </>
  );
}

import { ListPlus } from "lucide-react";
import { useRef, useState } from "react";

import { useRead } from "@/api/context";
import { useToldAct } from "@/api/told-act";
import { SymbolDetails } from "@/features/symbols/details";
import { ListDialog, WatchDialog } from "@/features/symbols/dialogs";
import { Results } from "@/features/symbols/results";
import { type Row, rowKey, rowsOf, watchColumns } from "@/features/symbols/rows";
import { useListActs } from "@/features/symbols/use-list-acts";
import type { SymbolDto, WatchlistDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { Confirm } from "@/ui/dialog";
import { useHotkeys } from "@/ui/hotkeys";
import { Notice } from "@/ui/notice";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { SearchField } from "@/ui/search-field";
import { Segments } from "@/ui/segments";

/** How often prices are asked for: soon while the broker loads them, then now and then. */
const LOADING = 1_000;
const WATCHING = 5_000;

/** Stands for the saved contracts among the lists. */
const SAVED = "saved";

type Open = "watch" | "new" | "rename" | "delete" | null;

/** Contracts looked for at the broker, saved, and watched. */
export function SymbolsPage() {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [query, setQuery] = useState("");
  const [listId, setListId] = useState(SAVED);
  const [conid, setConid] = useState<number | null>(null);
  const [detailed, setDetailed] = useState<SymbolDto | null>(null);
  const [open, setOpen] = useState<Open>(null);
  const [isLoading, setIsLoading] = useState(true);

  const found = useRead("symbols_search", { query }, { enabled: query !== "" });
  const saved = useRead("symbols_saved", {});
  const watchlists = useRead("watchlists_list", {});
  const status = useRead("status_get", {}).data;
  const lists = watchlists.data ?? [];
  const list = lists.find(({ id }) => String(id) === listId) ?? null;
  const quotes = useRead(
    "watchlist_quotes",
    { watchlist_id: list?.id ?? null },
    { every: isLoading ? LOADING : WATCHING },
  );
  if (quotes.data && quotes.data.is_loading !== isLoading) setIsLoading(quotes.data.is_loading);

  const symbols = list ? list.symbols : saved.data;
  const rows = rowsOf(symbols ?? [], quotes.data);
  const shown = query === "" ? rows.map(({ symbol }) => symbol) : (found.data?.rows ?? []);
  const chosen = shown.find((symbol) => symbol.conid === conid) ?? shown[0] ?? null;
  const subject = detailed ?? chosen;

  const acts = useListActs(list, saved.data);
  const remove = useToldAct("watchlist_delete");
  const toggle = () => {
    if (subject) acts.toggle(subject);
  };
  const move = (by: number) => {
    const at = shown.findIndex((symbol) => symbol.conid === chosen?.conid);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (!next) return;
    setConid(next.conid);
    if (detailed) setDetailed(next);
  };
  // Only a list has an order: not what a search found, and not the saved ones.
  const shift = (by: number) => {
    if (!list || !chosen || query !== "") return;
    setConid(chosen.conid);
    acts.shift(chosen, by);
  };
  const takeOut = () => {
    if (list && chosen && query === "") acts.takeOut(chosen);
  };
  const tabs = [
    { value: SAVED, text: "Saved" },
    ...lists.map(({ id, name }) => ({ value: String(id), text: plain(name) })),
  ];
  const turn = (by: number) => {
    const at = tabs.findIndex(({ value }) => value === listId);
    setListId(tabs[(at + by + tabs.length) % tabs.length]?.value ?? SAVED);
  };
  const details = () => setDetailed(chosen);
  const group = "Symbols";
  useHotkeys([
    { keys: "/", label: "Look for a symbol", group, run: () => field.current?.focus() },
    { keys: "ArrowDown", label: "Next", group, run: () => move(1) },
    { keys: "ArrowUp", label: "Before", group, run: () => move(-1) },
    { keys: "j", label: "Next", group, run: () => move(1) },
    { keys: "k", label: "Before", group, run: () => move(-1) },
    { keys: "Enter", label: "Details", group, run: details },
    { keys: "s", label: "Save it, or forget it", group, run: toggle },
    { keys: "w", label: "Add it to a watch-list", group, run: () => subject && setOpen("watch") },
    { keys: "J", label: "Move it down in the list", group, run: () => shift(1) },
    { keys: "K", label: "Move it up in the list", group, run: () => shift(-1) },
    { keys: "x", label: "Take it out of the list", group, run: takeOut },
    { keys: "[", label: "List before", group, run: () => turn(-1) },
    { keys: "]", label: "Next list", group, run: () => turn(1) },
    { keys: "n", label: "New watch-list", group, run: () => setOpen("new") },
    {
      keys: "Escape",
      label: "Close the details, or the search",
      group,
      run: () => {
        if (detailed) setDetailed(null);
        else {
          setQuery("");
          setText("");
        }
      },
    },
  ]);

  return (
    <div className="relative flex h-full">
      <div className="min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
          <header className="flex items-center gap-3">
            <h1 className="text-18 font-semibold">Symbols</h1>
            <form
              role="search"
              className="ml-auto flex gap-2"
              onSubmit={(event) => {
                event.preventDefault();
                const asked = text.trim().toUpperCase();
                setQuery(asked);
                setConid(null);
                if (asked !== "") field.current?.blur();
              }}
            >
              <SearchField
                ref={field}
                value={text}
                onChange={(next) => {
                  setText(next);
                  if (next === "") setQuery("");
                }}
                label="Look for a symbol"
                placeholder="Symbol (/), then Enter"
                className="w-64"
              />
              <Button type="submit" size="large" disabled={text.trim() === ""}>
                Look for it
              </Button>
            </form>
          </header>
          {query === "" ? null : (
            <Results
              query={query}
              data={found.data}
              error={found.error}
              now={status?.now}
              selected={chosen?.conid ?? null}
              onRetry={() => void found.refetch()}
              onSelect={(symbol) => {
                setConid(symbol.conid);
                setDetailed(symbol);
              }}
            />
          )}
          <div className="flex flex-wrap items-center gap-2">
            <Segments
              label="List"
              value={list ? listId : SAVED}
              options={tabs}
              onChange={setListId}
            />
            <Button
              size="small"
              variant="ghost"
              title="New watch-list (n)"
              onClick={() => setOpen("new")}
            >
              <ListPlus /> New list
            </Button>
            {list ? (
              <>
                <Button size="small" variant="ghost" onClick={() => setOpen("rename")}>
                  Rename
                </Button>
                <Button size="small" variant="ghost" onClick={() => setOpen("delete")}>
                  Delete
                </Button>
              </>
            ) : null}
          </div>
          {quotes.data?.message == null ? null : (
            <Notice tone="warn" shape="triangle" title="No prices now" role="status">
              <p>{plain(quotes.data.message)}</p>
            </Notice>
          )}
          <Guard what="The list could not be shown.">
            <List
              list={list}
              rows={symbols ? rows : null}
              error={list ? watchlists.error : saved.error}
              isSimulated={quotes.data?.simulated ?? false}
              isLoading={quotes.data?.is_loading ?? true}
              selected={query === "" ? (chosen?.conid ?? null) : null}
              onRetry={() => void saved.refetch()}
              onSelect={(key) => {
                const row = rows.find((each) => rowKey(each) === key);
                setConid(row?.symbol.conid ?? null);
                setDetailed(row?.symbol ?? null);
              }}
            />
          </Guard>
        </div>
      </div>
      {detailed ? (
        <SymbolDetails
          key={detailed.conid}
          symbol={detailed}
          now={status?.now}
          onSave={toggle}
          onWatch={() => setOpen("watch")}
          onClose={() => setDetailed(null)}
        />
      ) : null}
      {open === "watch" && subject ? (
        <WatchDialog symbol={subject} lists={lists} onClose={() => setOpen(null)} />
      ) : null}
      {open === "new" || (open === "rename" && list) ? (
        <ListDialog
          list={open === "rename" ? list : null}
          onClose={() => setOpen(null)}
          onSaved={(name, made) =>
            setListId(String(made.find((each) => each.name === name)?.id ?? SAVED))
          }
        />
      ) : null}
      {list ? (
        <Confirm
          open={open === "delete"}
          onOpenChange={() => setOpen(null)}
          title={`Delete ${plain(list.name)}?`}
          action={`Delete ${plain(list.name)}`}
          danger
          onConfirm={() =>
            remove.run(
              { watchlist_id: list.id },
              {
                done: `${plain(list.name)} is deleted.`,
                failed: `${plain(list.name)} was not deleted.`,
                then: () => setListId(SAVED),
              },
            )
          }
        >
          What is in it stays saved where it is saved.
        </Confirm>
      ) : null}
    </div>
  );
}

interface ListProps {
  list: WatchlistDto | null;
  rows: readonly Row[] | null;
  error: Error | null;
  isSimulated: boolean;
  isLoading: boolean;
  selected: number | null;
  onRetry: () => void;
  onSelect: (key: string) => void;
}

function List(props: ListProps) {
  const { list, rows, error, isSimulated, isLoading, selected, onRetry, onSelect } = props;
  if (!rows)
    return error ? (
      <ErrorPanel what="The lists could not be read." error={error} onRetry={onRetry} />
    ) : (
      <div aria-busy="true" aria-label="Loading the list">
        <Skeleton className="h-48 rounded-card" />
      </div>
    );
  const name = list ? plain(list.name) : "Saved";
  if (rows.length === 0)
    return (
      <Empty title={list ? `Nothing is in ${name} yet` : "No symbol is saved yet"}>
        Press / and type a symbol, such as AAPL. Enter shows what the broker lists under it,{" "}
        <kbd>s</kbd> saves it, <kbd>w</kbd> adds it to a watch-list.
      </Empty>
    );
  return (
    <DataTable
      name="watchlist"
      caption={name}
      title={
        <span className="tabular text-muted">
          {rows.length} {rows.length === 1 ? "symbol" : "symbols"}
        </span>
      }
      columns={watchColumns(isSimulated, isLoading)}
      rows={rows}
      rowKey={rowKey}
      empty={null}
      selected={selected === null ? null : String(selected)}
      onSelect={onSelect}
    />
  );
}

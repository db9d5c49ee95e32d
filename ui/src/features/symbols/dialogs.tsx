import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { SymbolDto, WatchlistDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

const NARROW = "w-[min(420px,calc(100vw-32px))]";

/** Puts a contract into one of the lists, or into a new one. */
export function WatchDialog({
  symbol,
  lists,
  onClose,
}: {
  symbol: SymbolDto;
  lists: readonly WatchlistDto[];
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const save = useToldAct("watchlist_save");
  const add = (list: WatchlistDto | null, called: string) =>
    save.run(
      {
        watchlist_id: list?.id ?? null,
        name: called,
        conids: [...(list?.symbols.map(({ conid }) => conid) ?? []), symbol.conid],
      },
      {
        done: `${plain(symbol.symbol)} is in ${called}.`,
        failed: `${plain(symbol.symbol)} was not added.`,
        then: onClose,
      },
    );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Add ${plain(symbol.symbol)} to a watch-list`}
      className={NARROW}
    >
      <div className="space-y-4 p-5">
        {lists.length === 0 ? null : (
          <ul aria-label="Watch-lists" className="space-y-1">
            {lists.map((list) => {
              const isIn = list.symbols.some(({ conid }) => conid === symbol.conid);
              return (
                <li key={list.id}>
                  <Button
                    size="large"
                    className="w-full justify-between"
                    disabled={isIn || save.isPending}
                    onClick={() => add(list, list.name)}
                  >
                    {plain(list.name)}
                    <span className="tabular text-12 font-normal text-muted">
                      {isIn ? "it is in it" : list.symbols.length}
                    </span>
                  </Button>
                </li>
              );
            })}
          </ul>
        )}
        <form
          className="flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "") add(null, name.trim());
          }}
        >
          <Field
            label="A new list"
            className="flex-1"
            value={name}
            maxLength={60}
            onChange={setName}
          />
          <Button type="submit" size="large" disabled={name.trim() === "" || save.isPending}>
            Make it
          </Button>
        </form>
      </div>
    </Dialog>
  );
}

/** Gives a list another name, or makes an empty one. */
export function ListDialog({
  list,
  onClose,
  onSaved,
}: {
  list: WatchlistDto | null;
  onClose: () => void;
  onSaved: (name: string, lists: readonly WatchlistDto[]) => void;
}) {
  const [name, setName] = useState(list?.name ?? "");
  const save = useToldAct("watchlist_save");
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={list ? `Rename ${plain(list.name)}` : "A new watch-list"}
      className={NARROW}
    >
      <form
        className="space-y-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          const called = name.trim();
          if (called === "") return;
          save.run(
            {
              watchlist_id: list?.id ?? null,
              name: called,
              conids: list?.symbols.map(({ conid }) => conid) ?? [],
            },
            {
              done: `${called} is saved.`,
              failed: "The list was not saved.",
              then: (lists) => {
                onSaved(called, lists);
                onClose();
              },
            },
          );
        }}
      >
        <Field label="Name" value={name} maxLength={60} onChange={setName} autoFocus />
        <div className="flex justify-end gap-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            size="large"
            variant="primary"
            disabled={name.trim() === "" || save.isPending}
          >
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

import { useToldAct } from "@/api/told-act";
import type { SymbolDto, WatchlistDto } from "@/gen/types";
import { plain } from "@/lib/text";

/** What the keys do to a contract and to the list that it is in. */
export function useListActs(list: WatchlistDto | null, saved: readonly SymbolDto[] | undefined) {
  const save = useToldAct("symbol_save");
  const arrange = useToldAct("watchlist_save");
  const rearrange = (conids: number[], done: string) => {
    if (list)
      arrange.run(
        { watchlist_id: list.id, name: list.name, conids },
        { failed: `${plain(list.name)} was not changed.`, done },
      );
  };
  return {
    /** Saves a contract, or forgets that it was saved. */
    toggle: (symbol: SymbolDto) => {
      const isSaved = saved?.some(({ conid }) => conid === symbol.conid) ?? symbol.saved;
      const name = plain(symbol.symbol);
      save.run(
        { conid: symbol.conid, saved: !isSaved },
        {
          done: isSaved ? `${name} is no longer among the saved ones.` : `${name} is saved.`,
          failed: `${name} was not ${isSaved ? "taken out" : "saved"}.`,
        },
      );
    },
    /** Moves a contract of the list by so many places. */
    shift: (symbol: SymbolDto, by: number) => {
      const conids = list?.symbols.map(({ conid }) => conid) ?? [];
      const at = conids.indexOf(symbol.conid);
      const to = at + by;
      if (!list || at < 0 || to < 0 || to >= conids.length) return;
      rearrange(
        conids.toSpliced(at, 1).toSpliced(to, 0, symbol.conid),
        `${plain(symbol.symbol)} is number ${to + 1} in ${plain(list.name)}.`,
      );
    },
    /** Takes a contract out of the list. */
    takeOut: (symbol: SymbolDto) => {
      if (!list) return;
      rearrange(
        list.symbols.map(({ conid }) => conid).filter((conid) => conid !== symbol.conid),
        `${plain(symbol.symbol)} is out of ${plain(list.name)}.`,
      );
    },
  };
}

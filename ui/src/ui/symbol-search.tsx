import { type RefObject, useState } from "react";

import { EngineError } from "@/api/api";
import { useApi } from "@/api/context";
import type { SymbolDto, SymbolsSearchDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { INPUT } from "@/ui/field";

interface SymbolSearchProps {
  ref?: RefObject<HTMLInputElement | null>;
  label: string;
  onPick: (symbol: SymbolDto) => void;
}

/**
 * A field for a symbol. Enter asks the broker; one listing is taken, of several one is chosen, never
 * guessed.
 */
export function SymbolSearch({ ref, label, onPick }: SymbolSearchProps) {
  const api = useApi();
  const [text, setText] = useState("");
  const [found, setFound] = useState<SymbolsSearchDto | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const clear = () => {
    setFound(null);
    setFailure(null);
  };
  const pick = (symbol: SymbolDto) => {
    clear();
    setText("");
    onPick(symbol);
  };
  const ask = async () => {
    clear();
    try {
      const answer = await api.ask("symbols_search", { query: text });
      const [only, second] = answer.rows;
      if (only && !second) pick(only);
      else setFound(answer);
    } catch (error) {
      setFailure(error instanceof EngineError ? error.message : String(error));
    }
  };
  const said = failure ?? found?.message ?? null;
  return (
    <form
      className="relative w-40"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") void ask();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") clear();
      }}
    >
      <input
        ref={ref}
        aria-label={label}
        placeholder="Another symbol"
        value={text}
        maxLength={40}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => setText(target.value)}
        className={INPUT}
      />
      {found || said !== null ? (
        <div className="absolute top-full left-0 z-20 mt-1 w-80 rounded-card border bg-surface p-2 shadow-float">
          {said === null ? null : (
            <p role="status" className="px-2 py-1">
              {said}
            </p>
          )}
          <ul aria-label="Listings">
            {found?.rows.map((row) => (
              <li key={row.conid}>
                <button
                  type="button"
                  onClick={() => pick(row)}
                  className="flex w-full gap-2 rounded-base px-2 py-1 text-left hover:bg-raised"
                >
                  <span className="font-medium">{plain(row.symbol)}</span>
                  <span className="truncate">{plain(row.name)}</span>
                  <span className="ml-auto shrink-0 text-muted">{plain(row.exchange)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </form>
  );
}

import { Search, X } from "lucide-react";
import { useId, useState } from "react";

import { useRead } from "@/api/context";
import { Fault, Lines, Warning } from "@/features/strategies/parts";
import type { SectionProps } from "@/features/strategies/sections";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Field, INPUT } from "@/ui/field";
import { useSettled } from "@/ui/use-settled";

/** The name, what it is for, and the symbols, each found at the broker. */
export function SymbolsSection({ form, findings, onChange }: SectionProps) {
  const id = useId();
  return (
    <div className="space-y-4">
      <Field
        label="Name"
        value={form.name}
        fault={findings.fault("name")}
        onChange={(name) => onChange({ name })}
        placeholder="such as Momentum daily"
        maxLength={80}
        className="max-w-[480px]"
      />
      <SymbolPicker
        symbols={form.symbols}
        findings={findings}
        onChange={(symbols) => onChange({ symbols })}
      />
      <Lines
        id={`${id}-description`}
        label="What it is for"
        hint="if you want"
        rows={2}
        value={form.description}
        fault={findings.fault("description")}
        onChange={(description) => onChange({ description })}
      />
    </div>
  );
}

function SymbolPicker({
  symbols,
  findings,
  onChange,
}: {
  symbols: readonly string[];
  findings: SectionProps["findings"];
  onChange: (symbols: string[]) => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const query = useSettled(typed.trim().toUpperCase(), 250);
  const isSymbol = /^[A-Z0-9.]{1,12}$/.test(query);
  const search = useRead("symbols_search", { query }, { enabled: isSymbol, keep: true });
  const rows = typed.trim() === "" || !isSymbol ? [] : (search.data?.rows ?? []);
  const add = (symbol: string) => {
    if (symbol !== "" && !symbols.includes(symbol)) onChange([...symbols, symbol]);
    setTyped("");
    setAt(0);
  };
  const isOpen = rows.length > 0;
  const chosen = rows[Math.min(at, rows.length - 1)];
  return (
    <div className="max-w-[640px]">
      <label htmlFor={id} className="mb-1 block text-12 font-medium">
        Symbols <span className="font-normal text-muted">each is an execution of its own</span>
      </label>
      {symbols.length > 0 ? (
        <ul aria-label="Chosen symbols" className="mb-2 flex flex-wrap gap-1.5">
          {symbols.map((symbol, index) => {
            const fault = findings.fault(`symbols.${index}`);
            const warning = findings.warning(`symbols.${index}`);
            return (
              <li
                key={symbol}
                className={cn(
                  "flex h-7 items-center gap-1 rounded-base border bg-raised pr-0.5 pl-2.5 font-medium",
                  fault === null ? warning !== null && "border-warn" : "border-error",
                )}
              >
                {plain(symbol)}
                <Button
                  variant="ghost"
                  size="icon"
                  className="size-6"
                  aria-label={`Leave ${plain(symbol)} out`}
                  onClick={() => onChange(symbols.filter((each) => each !== symbol))}
                >
                  <X />
                </Button>
              </li>
            );
          })}
        </ul>
      ) : null}
      <div className="relative">
        <Search
          aria-hidden="true"
          className="absolute top-2 left-2.5 size-4 text-muted"
          strokeWidth={1.75}
        />
        <input
          id={id}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen ? `${id}-${Math.min(at, rows.length - 1)}` : undefined}
          aria-invalid={findings.fault("symbols") !== null}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          maxLength={40}
          placeholder="Type a symbol, such as AAPL, and press Enter"
          onChange={({ target }) => {
            setTyped(target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" && isOpen) setAt((at + 1) % rows.length);
            else if (event.key === "ArrowUp" && isOpen) setAt((at + rows.length - 1) % rows.length);
            else if (event.key === "Escape" && typed !== "") setTyped("");
            else if (event.key === "Enter" && typed.trim() !== "") {
              const word = typed.trim().toUpperCase();
              // What the list shows may belong to a word before; the typed one counts then.
              add(chosen && query === word ? chosen.symbol : word);
            } else return;
            event.preventDefault();
          }}
          className={cn(INPUT, "pl-8")}
        />
        {isOpen ? (
          <ul
            id={`${id}-list`}
            role="listbox"
            aria-label="Listings"
            className="absolute inset-x-0 top-9 z-10 max-h-64 overflow-y-auto rounded-card border bg-surface p-1 shadow-float"
          >
            {rows.map((row, index) => (
              <li
                key={row.conid}
                id={`${id}-${index}`}
                role="option"
                aria-selected={row === chosen}
                onPointerDown={(event) => {
                  event.preventDefault();
                  add(row.symbol);
                }}
                className="flex h-8 items-center gap-3 rounded-[4px] px-2 aria-selected:bg-raised"
              >
                <span className="w-16 shrink-0 font-medium">{plain(row.symbol)}</span>
                <span className="min-w-0 flex-1 truncate">{plain(row.name)}</span>
                <span className="shrink-0 text-12 text-muted">
                  {plain(row.exchange)}
                  {row.currency === null ? "" : ` ${plain(row.currency)}`}
                  {row.is_us ? "" : ", not traded here"}
                </span>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      {typed.trim() !== "" && search.data && !isOpen && isSymbol ? (
        <p role="status" className="mt-1 text-12 text-muted">
          {plain(search.data.message ?? "The broker knows no listing of that symbol.")}
        </p>
      ) : null}
      {search.data?.stale === true && search.data.message !== null ? (
        <Warning>{search.data.message}</Warning>
      ) : null}
      <Fault>{findings.fault("symbols")}</Fault>
      {symbols.map((symbol, index) => (
        <div key={symbol}>
          <Fault>{findings.fault(`symbols.${index}`)}</Fault>
          <Warning>{findings.warning(`symbols.${index}`)}</Warning>
        </div>
      ))}
      <Warning>{findings.warning("symbols")}</Warning>
    </div>
  );
}

import type { KeyboardEvent, RefObject } from "react";

import { GROUPS } from "@/features/indicators/words";
import type { IndicatorKindDto } from "@/gen/types";
import { cn } from "@/ui/cn";
import { SearchField } from "@/ui/search-field";

interface CatalogueProps {
  kinds: readonly IndicatorKindDto[];
  selected: string | null;
  text: string;
  search: RefObject<HTMLInputElement | null>;
  onText: (text: string) => void;
  onSelect: (kind: string) => void;
}

/** The arrow keys move the focus through the buttons of a list. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons[Math.min(buttons.length - 1, Math.max(0, at + by))]?.focus();
  event.preventDefault();
}

/** Every indicator there is, group by group. */
export function Catalogue({ kinds, selected, text, search, onText, onSelect }: CatalogueProps) {
  return (
    <>
      <div className="border-b p-3">
        <SearchField
          ref={search}
          value={text}
          onChange={onText}
          label="Filter indicators"
          placeholder="Filter (/)"
          className="ml-0 w-full"
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-2" onKeyDown={moveFocus}>
        {GROUPS.map(({ group, word }) => {
          const members = kinds.filter((kind) => kind.group === group);
          return members.length === 0 ? null : (
            <section key={group} className="mb-3">
              <h2 className="px-2 py-1 text-12 font-medium text-muted">
                {word} <span className="tabular font-normal">{members.length}</span>
              </h2>
              <ul aria-label={word}>
                {members.map((kind) => (
                  <li key={kind.kind}>
                    <button
                      type="button"
                      aria-current={kind.kind === selected}
                      onClick={() => onSelect(kind.kind)}
                      className={cn(
                        "flex w-full items-baseline gap-2 rounded-base px-2 py-1 text-left hover:bg-raised",
                        kind.kind === selected && "bg-raised",
                      )}
                    >
                      <span className={cn("truncate", kind.kind === selected && "font-medium")}>
                        {kind.name}
                      </span>
                      <span className="ml-auto shrink-0 text-12 text-muted">{kind.kind}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
        {kinds.length === 0 ? (
          <p className="p-3 text-muted">No indicator matches. Clear the filter.</p>
        ) : null}
      </div>
    </>
  );
}

import type { RefObject } from "react";
import { useEffect, useState } from "react";

import { useRead } from "@/api/context";
import { ACTIONS, type ExecutionsSearch, isNarrowed, TRIGGERS } from "@/features/executions/search";
import type { ExecutionStatus, Outcome, SignalAction, Trigger } from "@/gen/types";
import { without } from "@/lib/without";
import { EXECUTION_STATES, OUTCOMES } from "@/lib/words";
import { Button } from "@/ui/button";
import { Choice } from "@/ui/choice";
import { DaySpan } from "@/ui/day-field";
import { SearchField } from "@/ui/search-field";
import { ALL, ALL_OPTION, orNothing, StrategyChoice } from "@/ui/strategy-choice";
import { useSettled } from "@/ui/use-settled";

interface FilterBarProps {
  search: ExecutionsSearch;
  onSearch: (search: ExecutionsSearch, replace?: boolean) => void;
}

type Change = { [K in keyof ExecutionsSearch]?: ExecutionsSearch[K] | undefined };

const options = <T extends string>(words: Record<T, { word: string } | string>) =>
  (Object.keys(words) as T[]).map((value) => {
    const of: { word: string } | string = words[value];
    return { value, text: typeof of === "string" ? of : of.word };
  });

/** The search with other filters, from its first page. */
function changed(search: ExecutionsSearch, change: Change): ExecutionsSearch {
  const next = Object.entries({ ...without(search, "offset"), ...change });
  return Object.fromEntries(next.filter(([, value]) => value !== undefined));
}

/** What the executions are narrowed to. */
export function FilterBar({ search, onSearch }: FilterBarProps) {
  const strategies = useRead("strategies_list", {});
  const change = (change: Change) => onSearch(changed(search, change));
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <StrategyChoice strategies={strategies.data} search={search} onChange={change} />
      <Choice<Trigger | "">
        label="Trigger"
        nothing={ALL}
        value={search.trigger ?? ALL}
        options={[ALL_OPTION, ...options(TRIGGERS)]}
        onChange={(trigger) => change({ trigger: orNothing(trigger) })}
      />
      <Choice<ExecutionStatus | "">
        label="Status"
        nothing={ALL}
        value={search.status ?? ALL}
        options={[ALL_OPTION, ...options(EXECUTION_STATES)]}
        onChange={(status) => change({ status: orNothing(status) })}
      />
      <Choice<Outcome | "">
        label="Outcome"
        nothing={ALL}
        value={search.outcome ?? ALL}
        options={[ALL_OPTION, ...options(OUTCOMES)]}
        onChange={(outcome) => change({ outcome: orNothing(outcome) })}
      />
      <Choice<SignalAction | "">
        label="Signal"
        nothing={ALL}
        value={search.action ?? ALL}
        options={[ALL_OPTION, ...ACTIONS.map((value) => ({ value, text: value }))]}
        onChange={(action) => change({ action: orNothing(action) })}
      />
      <DaySpan search={search} onChange={change} />
      {isNarrowed(search) ? (
        <Button
          variant="ghost"
          onClick={() =>
            onSearch({
              ...(search.first === undefined ? {} : { first: search.first }),
              ...(search.second === undefined ? {} : { second: search.second }),
            })
          }
        >
          Clear
        </Button>
      ) : null}
    </div>
  );
}

interface LettersProps extends FilterBarProps {
  /** Where they are typed, so that a key can lead there. */
  field: RefObject<HTMLInputElement | null>;
}

/** The letters to look for, which are asked for when the typing pauses. */
export function Letters({ search, onSearch, field }: LettersProps) {
  const value = search.text ?? "";
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    // What was typed meanwhile stays; another address than one's own brings its own letters.
    if (value !== typed.trim()) setTyped(value);
  }
  const settled = useSettled(typed.trim().slice(0, 100));
  useEffect(() => {
    if (settled === typed.trim().slice(0, 100) && settled !== value)
      onSearch(changed(search, { text: settled === "" ? undefined : settled }), true);
  });
  return (
    <SearchField
      ref={field}
      value={typed}
      onChange={setTyped}
      label="Search executions"
      placeholder="Symbol, strategy, words, id  /"
      className="w-72"
    />
  );
}

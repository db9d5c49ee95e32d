import { useRead } from "@/api/context";
import {
  ACTIONS,
  isNarrowed,
  OUTCOMES,
  type SignalsSearch,
  STATUSES,
} from "@/features/signals/search";
import type { SignalAction, SignalOutcome, SignalStatus } from "@/gen/types";
import { plain } from "@/lib/text";
import { SIGNAL_OUTCOMES, SIGNAL_STATES } from "@/lib/words";
import { without } from "@/lib/without";
import { Button } from "@/ui/button";
import { Choice } from "@/ui/choice";
import { DaySpan } from "@/ui/day-field";
import { ALL, ALL_OPTION, orNothing, StrategyChoice } from "@/ui/strategy-choice";

interface FilterBarProps {
  search: SignalsSearch;
  onSearch: (search: SignalsSearch, replace?: boolean) => void;
  /** With what only a list of single signals can be narrowed by. */
  whole: boolean;
}

/** What the signals are narrowed to. */
export function FilterBar({ search, onSearch, whole }: FilterBarProps) {
  const strategies = useRead("strategies_list", {});
  const known = useRead("performance_get", {
    by: ["model", "prompt"],
    of: {
      strategy_id: null,
      symbol: null,
      model: null,
      prompt_id: null,
      prompt_version: null,
      from: null,
      until: null,
    },
  });
  const groups = known.data?.groups.map(({ key }) => key) ?? [];
  const models = [...new Set(groups.flatMap(({ model }) => model ?? []))].sort();
  const prompts = new Map(
    groups.flatMap(({ prompt }) =>
      prompt
        ? [[`${prompt.prompt_id} ${prompt.version}`, `${prompt.name} v${prompt.version}`] as const]
        : [],
    ),
  );
  const change = (change: { [K in keyof SignalsSearch]?: SignalsSearch[K] | undefined }) => {
    const rest = without(search, "offset");
    const next = Object.fromEntries(
      Object.entries({ ...rest, ...change }).filter(([, value]) => value !== undefined),
    );
    onSearch(next);
  };
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <StrategyChoice strategies={strategies.data} search={search} onChange={change} />
      {whole ? (
        <>
          <Choice<SignalAction | "">
            label="Action"
            nothing={ALL}
            value={search.action ?? ALL}
            options={[ALL_OPTION, ...ACTIONS.map((value) => ({ value, text: value }))]}
            onChange={(action) => change({ action: orNothing(action) })}
          />
          <Choice<SignalStatus | "">
            label="Status"
            nothing={ALL}
            value={search.status ?? ALL}
            options={[
              ALL_OPTION,
              ...STATUSES.map((value) => ({ value, text: SIGNAL_STATES[value].word })),
            ]}
            onChange={(status) => change({ status: orNothing(status) })}
          />
          <Choice<SignalOutcome | "">
            label="Outcome"
            nothing={ALL}
            value={search.outcome ?? ALL}
            options={[
              ALL_OPTION,
              ...OUTCOMES.map((value) => ({ value, text: SIGNAL_OUTCOMES[value].word })),
            ]}
            onChange={(outcome) => change({ outcome: orNothing(outcome) })}
          />
        </>
      ) : null}
      <Choice
        label="Model"
        nothing={ALL}
        value={search.model ?? ALL}
        options={[ALL_OPTION, ...models.map((value) => ({ value, text: plain(value) }))]}
        onChange={(model) => change({ model: orNothing(model) })}
      />
      <Choice
        label="Prompt"
        nothing={ALL}
        value={
          search.prompt === undefined ? ALL : `${search.prompt} ${search.version ?? ""}`.trim()
        }
        options={[
          ALL_OPTION,
          ...[...prompts].map(([value, text]) => ({ value, text: plain(text) })),
        ]}
        onChange={(chosen) => {
          const at = chosen.lastIndexOf(" ");
          change(
            at < 0
              ? { prompt: undefined, version: undefined }
              : { prompt: chosen.slice(0, at), version: Number(chosen.slice(at + 1)) },
          );
        }}
      />
      <DaySpan search={search} onChange={change} />
      {isNarrowed(search) ? (
        <Button
          variant="ghost"
          onClick={() => onSearch(search.tab === undefined ? {} : { tab: search.tab })}
        >
          Clear
        </Button>
      ) : null}
    </div>
  );
}

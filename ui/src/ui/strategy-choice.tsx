import type { StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Choice } from "@/ui/choice";

/** Stands for no filter; no value of a filter is empty. */
export const ALL = "" as const;

/** The option that takes a filter away. */
export const ALL_OPTION = { value: ALL, text: "all" } as const;

/** What a choice means for a search: no filter is no value. */
export const orNothing = <T extends string>(value: T | ""): T | undefined =>
  value === ALL ? undefined : value;

interface StrategyChoiceProps {
  /** Nothing until they are read. */
  strategies: StrategyDto[] | undefined;
  search: { strategy?: string; symbol?: string };
  onChange: (change: { strategy?: string | undefined; symbol?: string | undefined }) => void;
}

/** Narrows to a strategy and to one of the symbols that strategies have. */
export function StrategyChoice({ strategies, search, onChange }: StrategyChoiceProps) {
  const symbols = [...new Set(strategies?.flatMap((each) => each.symbols))].sort();
  return (
    <>
      <Choice
        label="Strategy"
        nothing={ALL}
        value={search.strategy ?? ALL}
        options={[
          ALL_OPTION,
          ...(strategies ?? []).map(({ id, name }) => ({ value: id, text: plain(name) })),
        ]}
        onChange={(strategy) => onChange({ strategy: orNothing(strategy) })}
      />
      <Choice
        label="Symbol"
        nothing={ALL}
        value={search.symbol ?? ALL}
        options={[ALL_OPTION, ...symbols.map((value) => ({ value, text: plain(value) }))]}
        onChange={(symbol) => onChange({ symbol: orNothing(symbol) })}
      />
    </>
  );
}

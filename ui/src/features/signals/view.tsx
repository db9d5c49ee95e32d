import { FilterBar } from "@/features/signals/filters";
import { SignalList } from "@/features/signals/list";
import { Performance } from "@/features/signals/performance";
import type { SignalsSearch, SignalsTab } from "@/features/signals/search";
import { SignalStory } from "@/features/signals/story";
import { Truth } from "@/features/signals/truth";
import type { Timeframe } from "@/gen/types";
import { without } from "@/lib/without";
import { useHotkeys } from "@/ui/hotkeys";
import { Guard } from "@/ui/panel";
import { Segments } from "@/ui/segments";

/** The ways from a signal to other pages. */
export interface SignalLinks {
  lineage: (executionId: string) => string;
  chart: (executionId: string, timeframe: Timeframe) => string;
  order: (clientOrderId: string) => string;
}

export interface SignalsPageProps {
  search: SignalsSearch;
  onSearch: (search: SignalsSearch, replace?: boolean) => void;
  links: SignalLinks;
}

const TABS: readonly { value: SignalsTab; text: string }[] = [
  { value: "list", text: "Signals" },
  { value: "performance", text: "Performance" },
  { value: "truth", text: "Truth card" },
];

/** Every signal, how signals did, and whether a strategy is better than chance. */
export function SignalsPage({ search, onSearch, links }: SignalsPageProps) {
  const tab = search.tab ?? "list";
  const show = (next: SignalsTab) => {
    const rest = without(search, "signal", "offset", "tab");
    onSearch(next === "list" ? rest : { ...rest, tab: next });
  };
  useHotkeys([
    ...TABS.map(({ value, text }, index) => ({
      keys: String(index + 1),
      label: text,
      group: "Signals",
      run: () => show(value),
    })),
  ]);
  return (
    <div className="relative flex h-full">
      <div className="min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-[1600px] space-y-4 px-6 pt-4 pb-12">
          <header className="flex flex-wrap items-center gap-3">
            <h1 className="text-18 font-semibold">Signals</h1>
            <Segments label="View" value={tab} options={TABS} onChange={show} />
          </header>
          {tab === "truth" ? null : (
            <FilterBar search={search} onSearch={onSearch} whole={tab === "list"} />
          )}
          <Guard key={tab} what="This part of the page could not be shown.">
            {tab === "list" ? (
              <SignalList search={search} onSearch={onSearch} links={links} />
            ) : tab === "performance" ? (
              <Performance search={search} onSearch={onSearch} />
            ) : (
              <Truth search={search} onSearch={onSearch} />
            )}
          </Guard>
        </div>
      </div>
      {tab === "list" && search.signal !== undefined ? (
        <Guard key={search.signal} what="The signal could not be shown.">
          <SignalStory
            id={search.signal}
            links={links}
            onClose={() => onSearch(without(search, "signal"), true)}
          />
        </Guard>
      ) : null}
    </div>
  );
}

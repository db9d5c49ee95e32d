import { useState } from "react";

import { useRead } from "@/api/context";
import { Picture, PictureDialog } from "@/features/charts/picture";
import { chartsRequest, type ChartsSearch, isNarrowed } from "@/features/charts/search";
import type { ChartImageDto, Timeframe } from "@/gen/types";
import { count } from "@/lib/share";
import { TIMEFRAMES } from "@/lib/words";
import { without } from "@/lib/without";
import { Button } from "@/ui/button";
import { Choice } from "@/ui/choice";
import { DaySpan } from "@/ui/day-field";
import { useHotkeys } from "@/ui/hotkeys";
import { Empty, ErrorPanel, Skeleton } from "@/ui/panel";
import { Pager } from "@/ui/pager";
import { ALL, ALL_OPTION, orNothing, StrategyChoice } from "@/ui/strategy-choice";

/** The ways from a chart to other pages. */
export interface ChartLinks {
  chart: (executionId: string, timeframe: Timeframe) => string;
  lineage: (executionId: string) => string;
}

export interface GalleryProps {
  search: ChartsSearch;
  onSearch: (search: ChartsSearch) => void;
  links: ChartLinks;
}

/** Executions on a page; most draw two images. */
const PAGE = 12;
const keyOf = ({ execution_id: id, timeframe }: ChartImageDto) => `${id} ${timeframe}`;

/** Every image that an analyst has seen. */
export function GalleryPage({ search, onSearch, links }: GalleryProps) {
  const { data, error, refetch } = useRead("charts_list", chartsRequest(search, PAGE));
  const [open, setOpen] = useState<string | null>(null);
  const [chosen, setChosen] = useState(0);
  const charts = data?.charts ?? [];
  const shown = charts.find((chart) => keyOf(chart) === open) ?? null;
  const move = (by: number) => {
    const next = Math.min(charts.length - 1, Math.max(0, chosen + by));
    setChosen(next);
    document.querySelector<HTMLElement>(`[data-chart="${next}"] button`)?.focus();
  };
  useHotkeys([
    { keys: "j", label: "Next image", group: "Charts", run: () => move(1) },
    { keys: "k", label: "Image before", group: "Charts", run: () => move(-1) },
    {
      keys: "c",
      label: "Interactive chart",
      group: "Charts",
      run: () => {
        const chart = charts[chosen];
        if (chart) window.location.assign(links.chart(chart.execution_id, chart.timeframe));
      },
    },
  ]);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1600px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex flex-wrap items-baseline gap-3">
          <h1 className="text-18 font-semibold">Charts</h1>
          {data ? (
            <p className="text-12 text-muted">
              {count(data.total_executions, "execution")} drew charts, newest first. These are the
              very images that were recorded.
            </p>
          ) : null}
        </header>
        <Filters search={search} onSearch={onSearch} />
        {!data ? (
          error ? (
            <ErrorPanel
              what="The charts could not be read."
              error={error}
              onRetry={() => void refetch()}
            />
          ) : (
            <div aria-busy="true" aria-label="Loading the charts" className={GRID}>
              {[0, 1, 2, 3, 4, 5].map((card) => (
                <Skeleton key={card} className="h-72 rounded-card" />
              ))}
            </div>
          )
        ) : charts.length === 0 ? (
          isNarrowed(search) ? (
            <Empty
              title="No chart fits"
              action={<Button onClick={() => onSearch({})}>Show all</Button>}
            />
          ) : (
            <Empty
              title="No chart has been drawn yet"
              action={
                <Button asChild>
                  <a href="#/strategies">Go to Strategies</a>
                </Button>
              }
            >
              Every run draws one for each of its timeframes before it is analysed.
            </Empty>
          )
        ) : (
          <>
            <ul aria-label="Recorded images" className={GRID}>
              {charts.map((chart, index) => (
                <li key={keyOf(chart)} data-chart={index} onFocus={() => setChosen(index)}>
                  <Picture chart={chart} links={links} onOpen={() => setOpen(keyOf(chart))} />
                </li>
              ))}
            </ul>
            <Pager
              what="executions"
              offset={data.offset}
              size={PAGE}
              total={data.total_executions}
              onOffset={(offset) => {
                const rest = without(search, "offset");
                onSearch(offset === 0 ? rest : { ...rest, offset });
              }}
            />
          </>
        )}
      </div>
      {shown ? <PictureDialog chart={shown} onClose={() => setOpen(null)} /> : null}
    </div>
  );
}

const GRID = "grid grid-cols-[repeat(auto-fill,minmax(320px,1fr))] gap-4";

function Filters({
  search,
  onSearch,
}: {
  search: ChartsSearch;
  onSearch: (search: ChartsSearch) => void;
}) {
  const strategies = useRead("strategies_list", {});
  const change = (change: { [K in keyof ChartsSearch]?: ChartsSearch[K] | undefined }) => {
    const rest = without(search, "offset");
    const next = Object.entries({ ...rest, ...change }).filter(([, value]) => value !== undefined);
    onSearch(Object.fromEntries(next));
  };
  return (
    <div role="group" aria-label="Filters" className="flex flex-wrap items-center gap-2">
      <StrategyChoice strategies={strategies.data} search={search} onChange={change} />
      <Choice<Timeframe | "">
        label="Timeframe"
        nothing={ALL}
        value={search.timeframe ?? ALL}
        options={[
          ALL_OPTION,
          { value: "1d", text: TIMEFRAMES["1d"] },
          { value: "1w", text: TIMEFRAMES["1w"] },
        ]}
        onChange={(timeframe) => change({ timeframe: orNothing(timeframe) })}
      />
      <DaySpan search={search} onChange={change} />
      {isNarrowed(search) ? (
        <Button variant="ghost" onClick={() => onSearch({})}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

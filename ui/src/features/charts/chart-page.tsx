import { useEffect, useRef, useState } from "react";

import { useRead } from "@/api/context";
import { barWords, ExecutionChart } from "@/charts/execution-chart";
import type { ChartLinks } from "@/features/charts/gallery";
import { MarkList } from "@/features/charts/mark-list";
import type { ChartDataDto, Timeframe } from "@/gen/types";
import { toCsv } from "@/lib/csv";
import { divide, formatPrice, multiply, subtract } from "@/lib/decimal";
import { count } from "@/lib/share";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { TIMEFRAMES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { useHotkeys } from "@/ui/hotkeys";
import { Change } from "@/ui/number";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Switch } from "@/ui/switch";

export interface ChartPageProps {
  executionId: string;
  timeframe: Timeframe;
  onTimeframe: (timeframe: Timeframe) => void;
  /** The address of the gallery. */
  gallery: string;
  links: ChartLinks;
}

const FRAMES: readonly { value: Timeframe; text: string }[] = [
  { value: "1d", text: TIMEFRAMES["1d"] },
  { value: "1w", text: TIMEFRAMES["1w"] },
];

/** The data of one execution as a chart to move in. */
export function ChartPage(props: ChartPageProps) {
  const { executionId, timeframe, onTimeframe, gallery, links } = props;
  const { data, error, refetch } = useRead("chart_data_get", {
    execution_id: executionId,
    timeframe,
  });
  const [withLater, setWithLater] = useState(false);
  const later = data?.marks.filter((mark) => mark.is_later).length ?? 0;
  useHotkeys([
    {
      keys: "w",
      label: "Daily or weekly",
      group: "Chart",
      run: () => onTimeframe(timeframe === "1d" ? "1w" : "1d"),
    },
    {
      keys: "l",
      label: "What came later",
      group: "Chart",
      run: () => {
        if (later > 0) setWithLater(!withLater);
      },
    },
  ]);
  return (
    <div className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-6 py-2.5">
        <a href={gallery} className="text-accent underline-offset-2 hover:underline">
          Charts
        </a>
        <h1 className="text-18 font-semibold">{data ? plain(data.symbol) : "Chart"}</h1>
        <Segments label="Timeframe" value={timeframe} options={FRAMES} onChange={onTimeframe} />
        {data ? (
          <>
            <span className="tabular text-muted">as of {exchangeDateTime(data.as_of)} ET</span>
            {data.simulated ? (
              <Badge tone="info" title="The prices come from the simulated exchange">
                simulated
              </Badge>
            ) : null}
          </>
        ) : null}
        <span className="ml-auto flex items-center gap-4">
          <span className={later === 0 ? "text-muted" : undefined}>
            <span className="mr-2">
              What came later
              {later > 0 ? <span className="text-muted"> {later}</span> : ", nothing"}
            </span>
            <span className="inline-block align-[-4px]">
              <Switch
                checked={withLater && later > 0}
                disabled={later === 0}
                onChange={setWithLater}
                label="Show what came after the run"
              />
            </span>
          </span>
          <Button asChild>
            <a href={links.lineage(executionId)}>Lineage</a>
          </Button>
        </span>
      </header>
      {data ? (
        data.bars.length === 0 ? (
          <Empty title="No bars were recorded">
            The execution saw no prices of this timeframe.
          </Empty>
        ) : (
          <div className="flex min-h-0 flex-1">
            <Guard what="The chart could not be drawn.">
              <Plot
                key={`${executionId} ${timeframe}`}
                data={data}
                withLater={withLater && later > 0}
              />
            </Guard>
            <MarkList data={data} withLater={withLater && later > 0} links={links} />
          </div>
        )
      ) : error ? (
        <ErrorPanel
          className="m-6"
          what="The data behind this chart could not be read."
          error={error}
          onRetry={() => void refetch()}
        />
      ) : (
        <div aria-busy="true" aria-label="Loading the chart" className="flex-1 p-6">
          <Skeleton className="h-full rounded-card" />
        </div>
      )}
    </div>
  );
}

/** Bars and lines as a spreadsheet takes them. */
function csvOf({ bars, series }: ChartDataDto): string {
  return toCsv([
    ["date", "open", "high", "low", "close", "volume", ...series.map(({ name }) => name)],
    ...bars.map((bar, index) => [
      bar.date,
      bar.open,
      bar.high,
      bar.low,
      bar.close,
      bar.volume,
      ...series.map(({ values }) => values[index]?.toString() ?? null),
    ]),
  ]);
}

function Plot({ data, withLater }: { data: ChartDataDto; withLater: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ExecutionChart>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const made = new ExecutionChart(place.current, setAt);
    chart.current = made;
    return () => {
      chart.current = null;
      made.dispose();
    };
  }, []);
  useEffect(() => chart.current?.show(data, withLater), [data, withLater]);
  const group = "Chart";
  useHotkeys([
    { keys: "ArrowLeft", label: "Bar before", group, run: () => chart.current?.move(-1) },
    { keys: "ArrowRight", label: "Next bar", group, run: () => chart.current?.move(1) },
    { keys: "PageUp", label: "20 bars before", group, run: () => chart.current?.move(-20) },
    { keys: "PageDown", label: "20 bars on", group, run: () => chart.current?.move(20) },
    { keys: "+", label: "Larger", group, run: () => chart.current?.zoom(0.75) },
    { keys: "-", label: "Smaller", group, run: () => chart.current?.zoom(4 / 3) },
    { keys: "0", label: "As on the image", group, run: () => chart.current?.fit() },
    { keys: "9", label: "All recorded bars", group, run: () => chart.current?.fitAll() },
    { keys: "Escape", label: "Take the line away", group, run: () => chart.current?.leave() },
  ]);
  const index = at ?? data.bars.length - 1;
  const bar = data.bars[index];
  const before = data.bars[index - 1];
  const change = bar && before ? subtract(bar.close, before.close) : null;
  return (
    <div className="flex min-w-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-1.5">
        {bar ? (
          <p className="tabular flex flex-wrap gap-x-3" aria-live="polite" data-testid="bar">
            <span className="font-semibold">{plain(bar.date)}</span>
            {(["open", "high", "low", "close"] as const).map((name) => (
              <span key={name}>
                <span className="text-muted">{name}</span> {formatPrice(bar[name])}
              </span>
            ))}
            <Change value={change} why="It is the first bar" />
            <Change
              value={divide(multiply(change, "100"), before?.close, 4)}
              percent
              why="It is the first bar"
            />
          </p>
        ) : null}
        <span className="ml-auto flex items-center gap-1">
          <Button size="small" variant="ghost" onClick={() => chart.current?.fit()}>
            As on the image
          </Button>
          <Button size="small" variant="ghost" onClick={() => chart.current?.fitAll()}>
            All {data.bars.length} bars
          </Button>
          <CopyButton text={() => csvOf(data)} label="Copy the bars and lines as CSV" words="CSV" />
        </span>
      </div>
      <div
        ref={place}
        role="group"
        aria-label={`${plain(data.symbol)}, ${TIMEFRAMES[data.timeframe].toLowerCase()}, ${count(data.bars.length, "bar")}, the last ${bar ? barWords(bar) : "unknown"}. Arrow keys go from bar to bar.`}
        className="min-h-0 flex-1 border-t"
      />
    </div>
  );
}

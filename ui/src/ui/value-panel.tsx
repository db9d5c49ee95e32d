import { type ReactNode, useEffect, useRef, useState } from "react";

import { type ValueAt, ValueChart, type ValueMark } from "@/charts/value-chart";
import type { PortfolioDto } from "@/gen/types";
import { divide, formatMoney, multiply, subtract } from "@/lib/decimal";
import { cn } from "@/ui/cn";
import { Change } from "@/ui/number";
import { Empty, Panel } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { usePreference } from "@/ui/use-preference";

const SPANS = [
  { value: "30", text: "30 days" },
  { value: "90", text: "90 days" },
  { value: "365", text: "1 year" },
  { value: "all", text: "All" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** The newest so many days of a history. */
function within(history: PortfolioDto["history"], span: Span): PortfolioDto["history"] {
  const last = history.at(-1);
  if (span === "all" || !last) return history;
  const from = new Date(Date.parse(last.date) - Number(span) * 86_400_000)
    .toISOString()
    .slice(0, 10);
  return history.filter((point) => point.date >= from);
}

const NO_MARKS: readonly ValueMark[] = [];

interface ValuePanelProps {
  portfolio: Pick<PortfolioDto, "history" | "starting_cash">;
  /** Beside the title, such as where the numbers come from. */
  note?: ReactNode;
  /** Trades to mark on the line. */
  marks?: readonly ValueMark[];
  /** Classes of the chart, such as its height. */
  className?: string;
}

/** The value over time. */
export function ValuePanel({ portfolio, note, marks = NO_MARKS, className }: ValuePanelProps) {
  const [span, setSpan] = usePreference("value-span");
  const [point, setPoint] = useState<ValueAt | null>(null);
  const { history, starting_cash: opening } = portfolio;
  const shown = within(history, span);
  const first = shown[0]?.net_liquidation;
  const value = point?.value ?? shown.at(-1)?.net_liquidation ?? null;
  const change = subtract(value, first);
  const percent = divide(multiply(change, "100"), first, 4);
  return (
    <Panel
      title="Value over time"
      actions={
        <>
          {note}
          <Segments label="Span of the chart" value={span} options={SPANS} onChange={setSpan} />
        </>
      }
    >
      {history.length < 2 ? (
        <Empty title={history.length === 0 ? "No day has closed yet" : "One day has closed"}>
          The line is drawn from two trading days on. Move the sandbox to the next close to add one.
        </Empty>
      ) : (
        <div className="px-4 pt-3 pb-2">
          <p className="tabular flex flex-wrap items-baseline gap-x-3">
            <span className="text-18 font-semibold">{formatMoney(value)}</span>
            <Change value={change} arrow />
            <Change value={percent} percent />
            <span className="text-12 text-muted">
              {shown[0]?.date} to {point?.date ?? shown.at(-1)?.date}
            </span>
          </p>
          <Chart
            history={shown}
            opening={opening}
            marks={marks}
            onPoint={setPoint}
            className={className}
          />
          {marks.length === 0 ? null : (
            <p className="pb-1 text-12 text-muted">
              Arrows from below: trades opened. Circles: closed with a gain. Squares: closed with a
              loss. A number counts several of one day.
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}

function Chart({
  history,
  opening,
  marks,
  onPoint,
  className,
}: {
  history: PortfolioDto["history"];
  opening: string;
  marks: readonly ValueMark[];
  onPoint: (point: ValueAt | null) => void;
  className: string | undefined;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ValueChart>(null);
  useEffect(() => {
    if (!place.current) return;
    const made = new ValueChart(place.current, onPoint);
    chart.current = made;
    return () => {
      chart.current = null;
      made.dispose();
    };
  }, [onPoint]);
  useEffect(() => chart.current?.show(history, opening, marks), [history, opening, marks, onPoint]);
  return (
    <div
      ref={place}
      role="group"
      aria-label={`Value of the account from ${history[0]?.date ?? ""} to ${history.at(-1)?.date ?? ""}`}
      className={cn("mt-2 h-[260px]", className)}
    />
  );
}

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";

import { useRead } from "@/api/context";
import type { RendererProps } from "@/features/lineage/steps/types";
import type { BarsRecord, Timeframe } from "@/gen/types";
import { parseBars } from "@/lib/blobs";
import { formatDecimal, formatPrice } from "@/lib/decimal";
import { exchangeDateTime, formatSeconds } from "@/lib/time";
import { humanise, TIMEFRAMES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Facts } from "@/ui/facts";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";
import { Sparkline } from "@/ui/sparkline";

/** Step 2: the contract, its last price and its bars. */
export function MarketData({ output, full }: RendererProps<"fetch_market_data">) {
  const { instrument, quote } = output;
  const daily = output.timeframes[0];
  return (
    <div>
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div>
          <p className="text-15 font-semibold">
            {instrument.symbol}{" "}
            <span className="font-normal text-muted">{instrument.company_name}</span>
          </p>
          <p className="tabular mt-0.5 text-12 text-muted">
            {instrument.exchange} · conid {instrument.conid} · {instrument.currency} · tick{" "}
            {formatDecimal(instrument.tick_size)}
          </p>
        </div>
        <div className="text-right">
          <p className="tabular text-18 font-semibold">
            {formatPrice(quote.last)}{" "}
            {quote.availability === "delayed" || quote.availability === "frozen_delayed" ? (
              <span title="Delayed" className="text-12 text-warn">
                D
              </span>
            ) : null}
          </p>
          <p className="tabular text-12 text-muted">
            {exchangeDateTime(quote.as_of)} ET, {formatSeconds(quote.age_seconds)} old ·{" "}
            {humanise(quote.availability)}
            {output.simulated ? " · simulated" : ""}
          </p>
        </div>
      </div>
      {daily && !full ? (
        <Sparkline
          area
          values={daily.closes}
          label={`Closes of ${instrument.symbol} to ${daily.last}`}
          className="mt-3 h-12"
        />
      ) : null}
      <ul className="tabular mt-3 flex flex-wrap gap-x-6 gap-y-1 text-12 text-muted">
        {output.timeframes.map((bars) => (
          <li key={bars.timeframe}>
            <span className="text-text">
              {bars.count} {TIMEFRAMES[bars.timeframe].toLowerCase()} bars
            </span>{" "}
            {bars.first} to {bars.last}
          </li>
        ))}
      </ul>
      {full ? (
        <>
          <Facts
            className="mt-4"
            facts={[
              ["Source", quote.source],
              ["Adjustment", output.adjustment ?? "none"],
              ["Published by", output.attribution ?? "the broker"],
            ]}
          />
          <Bars frames={output.timeframes} />
        </>
      ) : output.adjustment ? (
        <p className="mt-1 text-12 text-muted">{output.adjustment}</p>
      ) : null}
      {!full && output.simulated ? (
        <Badge className="sr-only">Prices of the simulated exchange</Badge>
      ) : null}
    </div>
  );
}

function Bars({ frames }: { frames: readonly BarsRecord[] }) {
  const [shown, setShown] = useState<Timeframe>(frames[0]?.timeframe ?? "1d");
  const frame = frames.find((each) => each.timeframe === shown);
  if (!frame) return null;
  return (
    <div className="mt-5">
      <div className="mb-2 flex items-center gap-3">
        <h3 className="font-semibold">Bars</h3>
        <Segments
          label="Timeframe of the bars"
          value={shown}
          options={frames.map(({ timeframe }) => ({
            value: timeframe,
            text: TIMEFRAMES[timeframe],
          }))}
          onChange={setShown}
        />
      </div>
      <BarTable key={shown} frame={frame} />
    </div>
  );
}

function BarTable({ frame }: { frame: BarsRecord }) {
  // The virtualizer keeps its state outside of React, which the compiler cannot see.
  "use no memo";
  const blob = useRead("blob_get", { blob: frame.bars.blob });
  const place = useRef<HTMLDivElement>(null);
  const bars = blob.data ? parseBars(blob.data) : null;
  // eslint-disable-next-line react-hooks/incompatible-library -- this component is not compiled
  const rows = useVirtualizer({
    count: bars?.length ?? 0,
    getScrollElement: () => place.current,
    estimateSize: () => 26,
    overscan: 12,
  });
  if (blob.error) {
    return (
      <ErrorPanel
        what="The bars could not be read."
        error={blob.error}
        onRetry={() => void blob.refetch()}
      />
    );
  }
  if (blob.isPending) return <Skeleton className="h-[300px]" />;
  if (!bars) {
    return <p className="text-error">The bars have a shape that this version does not know.</p>;
  }
  const grid = "grid grid-cols-[1.2fr_repeat(4,1fr)_1.3fr] gap-4 px-3";
  return (
    <div
      role="table"
      aria-label="Bars, newest first"
      aria-rowcount={bars.length}
      className="tabular rounded-base border"
    >
      <div role="row" className={`${grid} border-b py-1 text-12 text-muted`}>
        <span role="columnheader">Date</span>
        {["Open", "High", "Low", "Close", "Volume"].map((name) => (
          <span role="columnheader" key={name} className="text-right">
            {name}
          </span>
        ))}
      </div>
      <div
        ref={place}
        tabIndex={0}
        role="rowgroup"
        aria-label="Bars"
        className="h-[300px] overflow-y-auto"
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((item) => {
            const [date = "", ...values] = bars[bars.length - 1 - item.index] ?? [];
            return (
              <div
                role="row"
                key={item.key}
                className={`${grid} absolute inset-x-0 items-center`}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                <span role="cell">{date}</span>
                {values.map((value, index) => (
                  <span role="cell" key={index} className="text-right">
                    {index === 4 ? formatDecimal(value, { places: 0 }) : formatPrice(value)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

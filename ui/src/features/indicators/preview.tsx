import { useEffect, useRef } from "react";

import { IndicatorChart, placePanels } from "@/charts/indicator-chart";
import type { IndicatorPreviewDto } from "@/gen/types";

/** The chart of a preview, and in words what it has no room for. */
export function Preview({ data }: { data: IndicatorPreviewDto }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const chart = new IndicatorChart(place.current, data);
    return () => chart.dispose();
  }, [data]);
  const { left } = placePanels(data.indicators);
  const short = data.indicators.filter(({ warm_up_bars: needed }) => needed >= data.bars.length);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        ref={place}
        role="img"
        aria-label={`Chart with ${data.indicators.map(({ label }) => label).join(", ")}`}
        className="min-h-0 flex-1"
      />
      {left.length > 0 || short.length > 0 ? (
        <p className="border-t px-4 py-1.5 text-12 text-muted">
          {left.length > 0
            ? `Not drawn, for want of room: ${left.map(({ label }) => label).join(", ")}. `
            : null}
          {short.length > 0
            ? `${short.map(({ label }) => label).join(", ")} needs more bars than the ${data.bars.length} there are.`
            : null}
        </p>
      ) : null}
      <ul
        aria-label="What the indicators say"
        className="flex flex-wrap gap-x-5 border-t px-4 py-1.5"
      >
        {data.indicators.map(({ id, label, reading }) => (
          <li key={id}>
            <span className="text-muted">{label}</span> {reading ?? "says nothing yet"}
          </li>
        ))}
      </ul>
    </div>
  );
}

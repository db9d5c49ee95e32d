import type { FC } from "react";

import { Analysis } from "@/features/lineage/steps/analysis";
import { Charts } from "@/features/lineage/steps/charts";
import { Complete } from "@/features/lineage/steps/complete";
import { Indicators } from "@/features/lineage/steps/indicators";
import { MarketData } from "@/features/lineage/steps/market-data";
import { Order, OrderIntent } from "@/features/lineage/steps/order";
import { Portfolio } from "@/features/lineage/steps/portfolio";
import { PositionChange } from "@/features/lineage/steps/position";
import { Risk } from "@/features/lineage/steps/risk";
import { Signal } from "@/features/lineage/steps/signal";
import { Strategy } from "@/features/lineage/steps/strategy";
import { Tracking } from "@/features/lineage/steps/tracking";
import { hasShapeOf, part } from "@/features/lineage/steps/shape";
import type { RendererProps, StepContext } from "@/features/lineage/steps/types";
import type { StepDto, StepName, StepRecords } from "@/gen/types";
import { skippedReason, splitError } from "@/lib/steps";
import { RecordView } from "@/ui/facts";
import { Guard } from "@/ui/panel";

const RENDERERS: { [K in StepName]: FC<RendererProps<K>> } = {
  load_strategy: Strategy,
  fetch_market_data: MarketData,
  calculate_indicators: Indicators,
  generate_charts: Charts,
  llm_analysis: Analysis,
  parse_signal: Signal,
  check_risk: Risk,
  place_order: Order,
  track_order: Tracking,
  update_position: PositionChange,
  update_portfolio: Portfolio,
  complete: Complete,
};

interface RecordProps {
  name: StepName;
  row: StepDto;
  full: boolean;
  context: StepContext;
}

/** What one attempt of a step came to, by the renderer of its step. */
export function StepRecord({ name, row, full, context }: RecordProps) {
  switch (row.status) {
    case "error":
      return <Failure row={row} />;
    case "skipped":
    case "not_run":
      return <p className="text-muted">{skippedReason(row.output) ?? "No reason was recorded."}</p>;
    case "started":
      return <Started name={name} row={row} />;
    case "success": {
      if (!hasShapeOf(name, row.output)) return <Unfamiliar value={row.output} />;
      // Its fields are the step's; what is strange inside of them is caught below and shown as it is.
      const Renderer = RENDERERS[name] as FC<RendererProps<StepName>>;
      const records = { input: row.input, output: row.output } as unknown as StepRecords[StepName];
      return (
        <Guard
          what="This record has a shape that this version does not know."
          fallback={<Unfamiliar value={row.output} />}
        >
          <Renderer {...records} full={full} context={context} />
        </Guard>
      );
    }
  }
}

/** A record of another shape, such as one of another version: every field by its name. */
function Unfamiliar({ value }: { value: unknown }) {
  return (
    <div>
      <p className="mb-2 text-12 text-muted">
        Not the usual record of this step, so it is shown field by field.
      </p>
      <div className="max-w-[560px]">
        <RecordView value={value} />
      </div>
    </div>
  );
}

function Started({ name, row }: { name: StepName; row: StepDto }) {
  if (name !== "place_order") return <p className="text-muted">Under way.</p>;
  const legs = part(row.input as unknown as StepRecords["place_order"]["input"], "legs");
  if (!Array.isArray(legs)) return <Unfamiliar value={row.input} />;
  return (
    <Guard
      what="What is being sent could not be shown."
      fallback={<Unfamiliar value={row.input} />}
    >
      <OrderIntent legs={legs} />
    </Guard>
  );
}

function Failure({ row }: { row: StepDto }) {
  const { sentence, causes } = splitError(row.error ?? "The step failed without a word.");
  const partial =
    typeof row.output === "object" && row.output !== null && Object.keys(row.output).length > 0;
  return (
    <div>
      <p className="font-medium text-error">{sentence}</p>
      {causes.length > 0 ? (
        <details className="mt-2">
          <summary className="text-12 text-muted">
            {causes.length} {causes.length === 1 ? "cause" : "causes"} behind it
          </summary>
          <ol className="mt-1 space-y-1 border-l pl-3 font-mono text-12 break-words whitespace-pre-wrap">
            {causes.map((cause, index) => (
              <li key={index}>{cause}</li>
            ))}
          </ol>
        </details>
      ) : null}
      {partial ? (
        <details className="mt-2">
          <summary className="text-12 text-muted">What it had produced until then</summary>
          <div className="mt-1 max-w-[560px]">
            <RecordView value={row.output} />
          </div>
        </details>
      ) : null}
    </div>
  );
}

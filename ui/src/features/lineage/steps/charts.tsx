import { Maximize2 } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api/context";
import type { RendererProps, StepContext } from "@/features/lineage/steps/types";
import type { ChartRecord } from "@/gen/types";
import { imageAddress } from "@/lib/blobs";
import { humanise, TIMEFRAMES } from "@/lib/words";
import { ImageDialog } from "@/ui/image-dialog";
import { ErrorPanel, Skeleton } from "@/ui/panel";

/** Step 4: the very images that the analyst saw. */
export function Charts({ output, full, context }: RendererProps<"generate_charts">) {
  return (
    <div className="grid grid-cols-2 gap-4 max-[900px]:grid-cols-1">
      {output.charts.map((chart) => (
        <Chart key={chart.timeframe} chart={chart} context={context} full={full} />
      ))}
    </div>
  );
}

function Chart({
  chart,
  context,
  full,
}: {
  chart: ChartRecord;
  context: StepContext;
  full: boolean;
}) {
  const { symbol, chartLink } = context;
  const [open, setOpen] = useState(false);
  const blob = useRead("blob_get", { blob: chart.image.blob });
  const title = `${symbol} ${TIMEFRAMES[chart.timeframe].toLowerCase()} chart`;
  const address = blob.data ? imageAddress(blob.data) : null;
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1.5 flex items-baseline justify-between gap-2">
        <span className="font-medium">{TIMEFRAMES[chart.timeframe]}</span>
        <span className="tabular truncate text-12 text-muted">
          {chart.bars_shown} bars, {chart.first} to {chart.last}
        </span>
        <a
          href={chartLink(chart.timeframe)}
          onClick={(event) => event.stopPropagation()}
          aria-label={`Interactive ${title}`}
          className="ml-auto text-12 whitespace-nowrap text-accent underline-offset-2 hover:underline"
        >
          interactive
        </a>
      </figcaption>
      {blob.error ? (
        <ErrorPanel
          what="The image could not be read."
          error={blob.error}
          onRetry={() => void blob.refetch()}
        />
      ) : blob.isPending ? (
        <div style={{ aspectRatio: `${chart.width} / ${chart.height}` }}>
          <Skeleton className="h-full" />
        </div>
      ) : address === null ? (
        <p className="text-error">
          What was recorded here is {blob.data.media_type}, not an image that can be shown.
        </p>
      ) : (
        <button
          type="button"
          onClick={() => setOpen(true)}
          aria-label={`${title}, full size`}
          className="group/chart relative block w-full cursor-zoom-in overflow-hidden rounded-base border bg-white"
        >
          <img
            data-testid="chart-image"
            src={address}
            alt={title}
            width={chart.width}
            height={chart.height}
            className="block h-auto w-full"
          />
          <span className="absolute top-2 right-2 rounded-[4px] border bg-surface p-1 opacity-0 group-hover/chart:opacity-100 group-focus-visible/chart:opacity-100">
            <Maximize2 aria-hidden="true" className="size-3.5" />
          </span>
        </button>
      )}
      {full ? (
        <p className="mt-2 text-12 text-muted">
          {chart.width}×{chart.height} pixels, {chart.image.bytes.toLocaleString("en-US")} bytes.
          Panels: {chart.panels.map(humanise).join(", ")}.
          <br />
          <code className="font-mono break-all">{chart.image.blob}</code>
        </p>
      ) : null}
      {address === null ? null : (
        <ImageDialog
          open={open}
          onOpenChange={setOpen}
          title={title}
          address={address}
          width={chart.width}
          height={chart.height}
        />
      )}
    </figure>
  );
}

import { Download, Maximize2 } from "lucide-react";

import { useRead } from "@/api/context";
import type { ChartLinks } from "@/features/charts/gallery";
import type { ChartImageDto } from "@/gen/types";
import { imageAddress } from "@/lib/blobs";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { TIMEFRAMES } from "@/lib/words";
import { Button } from "@/ui/button";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { ImageDialog } from "@/ui/image-dialog";

const KINDS: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
};

/** A name for the file, of nothing but letters and digits: a symbol is text from outside. */
export function fileName({ symbol, timeframe, as_of: asOf, image }: ChartImageDto): string {
  const safe = symbol.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 24) || "chart";
  const when = exchangeDateTime(asOf).replace(/[^0-9]+/g, "-");
  return `${safe}-${TIMEFRAMES[timeframe].toLowerCase()}-${when}.${KINDS[image.media_type] ?? "bin"}`;
}

const titleOf = ({ symbol, timeframe, exchange_time: time }: ChartImageDto) =>
  `${plain(symbol)} ${TIMEFRAMES[timeframe].toLowerCase()} chart, ${plain(time)}`;

interface PictureProps {
  chart: ChartImageDto;
  links: ChartLinks;
  onOpen: () => void;
}

/** A recorded image with where it comes from. */
export function Picture({ chart, links, onOpen }: PictureProps) {
  const blob = useRead("blob_get", { blob: chart.image.blob });
  const address = blob.data ? imageAddress(blob.data) : null;
  const title = titleOf(chart);
  return (
    <figure className="overflow-hidden rounded-card border bg-surface">
      {blob.error ? (
        <ErrorPanel
          className="m-3"
          what="The image could not be read."
          error={blob.error}
          onRetry={() => void blob.refetch()}
        />
      ) : blob.isPending ? (
        <div style={{ aspectRatio: `${chart.width} / ${chart.height}` }}>
          <Skeleton className="h-full" />
        </div>
      ) : address === null ? (
        <p className="p-4 text-error">
          What was recorded here is {plain(blob.data.media_type)}, not an image that can be shown.
        </p>
      ) : (
        <button
          type="button"
          onClick={onOpen}
          aria-label={`${title}, full size`}
          className="group/chart relative block w-full cursor-zoom-in bg-white"
        >
          <img
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
      <figcaption className="border-t px-3 py-2">
        <p className="flex items-baseline gap-2">
          <span className="font-semibold">{plain(chart.symbol)}</span>
          <span className="text-muted">{TIMEFRAMES[chart.timeframe]}</span>
          <span
            className="tabular ml-auto truncate text-12 text-muted"
            title={plain(chart.exchange_time)}
          >
            {exchangeDateTime(chart.as_of)}
          </span>
        </p>
        <p className="tabular truncate text-12 text-muted">
          {plain(chart.strategy_name)} · {chart.bars_shown} bars from {plain(chart.first)}
        </p>
        <p className="mt-1.5 flex items-center gap-3">
          <a
            href={links.chart(chart.execution_id, chart.timeframe)}
            aria-label={`Interactive ${title}`}
            className="text-accent underline-offset-2 hover:underline"
          >
            Interactive
          </a>
          <a
            href={links.lineage(chart.execution_id)}
            aria-label={`Lineage of the ${title}`}
            className="text-accent underline-offset-2 hover:underline"
          >
            Lineage
          </a>
          {address === null ? null : (
            <a
              href={address}
              download={fileName(chart)}
              aria-label={`Download the ${title}`}
              className="ml-auto inline-flex items-center gap-1 text-muted hover:text-text"
            >
              <Download aria-hidden="true" className="size-3.5" /> Download
            </a>
          )}
        </p>
      </figcaption>
    </figure>
  );
}

/** The image as large as it is, or larger. */
export function PictureDialog({ chart, onClose }: { chart: ChartImageDto; onClose: () => void }) {
  const blob = useRead("blob_get", { blob: chart.image.blob });
  const address = blob.data ? imageAddress(blob.data) : null;
  if (address === null) return null;
  return (
    <ImageDialog
      open
      onOpenChange={onClose}
      title={titleOf(chart)}
      address={address}
      width={chart.width}
      height={chart.height}
      actions={
        <Button asChild>
          <a href={address} download={fileName(chart)}>
            <Download aria-hidden="true" /> Download
          </a>
        </Button>
      }
    />
  );
}

import type { ChartLinks } from "@/features/charts/gallery";
import type { ChartDataDto, ChartMarkDto, ChartMarkKind } from "@/gen/types";
import { formatDecimal, formatPrice, trimZeros } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { cn } from "@/ui/cn";
import { sideTone } from "@/ui/tone";

interface MarkListProps {
  data: ChartDataDto;
  withLater: boolean;
  links: ChartLinks;
}

/** How each kind is drawn on the chart, drawn again beside its words. */
function Sign({
  kind,
  action,
  later,
}: {
  kind: ChartMarkKind;
  action: string | null;
  later: boolean;
}) {
  const isBuy = action === "BUY";
  const colour =
    kind === "entry"
      ? "text-text"
      : kind === "stop"
        ? "text-down"
        : kind === "target"
          ? "text-up"
          : isBuy
            ? "text-up"
            : "text-down";
  return (
    <svg
      viewBox="0 0 14 12"
      aria-hidden="true"
      className={cn("mt-1 h-3 w-3.5 shrink-0", colour)}
      stroke="currentColor"
      strokeWidth="1.5"
      fill={later ? "none" : "currentColor"}
    >
      {kind === "fill" ? <path d="M7 1 12 6 7 11 2 6Z" /> : null}
      {kind === "signal" ? <path d={isBuy ? "M7 2 12 10H2Z" : "M7 10 2 2h10Z"} /> : null}
      {kind === "entry" ? <path d="M0 6h14" /> : null}
      {kind === "stop" ? <path d="M0 6h14" strokeDasharray="5 3" /> : null}
      {kind === "target" ? <path d="M0 6h14" strokeDasharray="1.5 3" /> : null}
    </svg>
  );
}

function wordsOf({ kind, action, quantity, leg }: ChartMarkDto): string {
  if (kind === "signal") return `${action ?? ""} signal`;
  if (kind !== "fill") return humanise(kind);
  const bought = action === "BUY" ? "Bought" : "Sold";
  const why = leg === null ? "" : `, ${humanise(leg).toLowerCase()}`;
  return `${bought} ${formatDecimal(trimZeros(quantity))}${plain(why)}`;
}

/** The marks of the chart in words, newest first, each with the way to its decision. */
export function MarkList({ data, withLater, links }: MarkListProps) {
  const marks = data.marks.filter((mark) => withLater || !mark.is_later).toReversed();
  const points = marks.filter(({ kind }) => kind === "signal" || kind === "fill");
  const levels = marks.filter(
    ({ kind, execution_id: id }) =>
      kind !== "signal" && kind !== "fill" && id === data.execution_id,
  );
  return (
    <aside
      aria-label="Marks"
      className="flex w-[268px] shrink-0 flex-col border-l bg-surface max-[1000px]:hidden"
    >
      <div className="min-h-0 flex-1 space-y-5 overflow-y-auto p-4">
        {levels.length > 0 ? (
          <section>
            <h2 className="mb-1.5 font-semibold">This run</h2>
            <ul className="space-y-1">
              {levels.map((mark) => (
                <li key={mark.kind} className="flex gap-2">
                  <Sign kind={mark.kind} action={mark.action} later={false} />
                  <span>{wordsOf(mark)}</span>
                  <span className="tabular ml-auto">{formatPrice(trimZeros(mark.price))}</span>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <section>
          <h2 className="mb-1.5 font-semibold">Signals and fills</h2>
          {points.length === 0 ? (
            <p className="text-muted">
              The strategy had neither signalled nor traded {plain(data.symbol)} by then.
            </p>
          ) : (
            <ul className="space-y-2">
              {points.map((mark, index) => (
                <li
                  key={`${mark.execution_id} ${mark.kind} ${mark.at} ${index}`}
                  className={cn(
                    "flex gap-2",
                    mark.is_later && "border-l border-dashed border-line-strong pl-2",
                  )}
                >
                  <Sign kind={mark.kind} action={mark.action} later={mark.is_later} />
                  <span className="min-w-0 flex-1">
                    <span className="flex gap-2">
                      <span className={cn("font-medium", sideTone(mark.action ?? ""))}>
                        {wordsOf(mark)}
                      </span>
                      <span className="tabular ml-auto">{formatPrice(trimZeros(mark.price))}</span>
                    </span>
                    <span className="tabular flex gap-2 text-12 text-muted">
                      {exchangeDateTime(mark.at)}
                      {mark.is_later ? <span>later</span> : null}
                      {mark.execution_id === data.execution_id ? (
                        <span className="ml-auto">this run</span>
                      ) : (
                        <a
                          href={links.lineage(mark.execution_id)}
                          aria-label={`Why: the lineage of ${wordsOf(mark)}`}
                          className="ml-auto text-accent underline-offset-2 hover:underline"
                        >
                          why
                        </a>
                      )}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
      <footer className="space-y-1 border-t p-4 text-12 text-muted">
        <p>
          Exactly the bars that the run saw; the lines are computed again from them. No later price
          is shown, even with what came later switched on.
        </p>
        {data.adjustment ? <p>Prices {plain(data.adjustment)}.</p> : null}
        {data.attribution ? <p>{plain(data.attribution)}</p> : null}
        <p>
          Drawn with <span className="whitespace-nowrap">TradingView Lightweight Charts™</span>, ©
          TradingView, Inc., www.tradingview.com, Apache 2.0.
        </p>
      </footer>
    </aside>
  );
}

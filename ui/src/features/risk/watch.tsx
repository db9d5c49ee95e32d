import type { WatchEventDto } from "@/gen/types";
import { formatPrice } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { shortDateTime } from "@/lib/time";
import { humanise, type Tone } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Panel } from "@/ui/panel";

const VERDICTS: Readonly<Record<string, { word: string; tone: Tone }>> = {
  alarm: { word: "Alarm", tone: "error" },
  sell: { word: "Sold", tone: "warn" },
  nothing: { word: "Nothing done", tone: "neutral" },
};

/** What the watch over stops and targets saw. */
export function Watch({
  events,
  lineageLink,
}: {
  events: readonly WatchEventDto[];
  lineageLink: (executionId: string) => string;
}) {
  if (events.length === 0) return null;
  return (
    <Panel title="The watch over stops and targets">
      <ul className="divide-y" aria-label="What the watch saw">
        {events.map((event) => {
          const { word, tone } = VERDICTS[event.verdict] ?? {
            word: humanise(event.verdict),
            tone: "neutral" as const,
          };
          return (
            <li
              key={event.at + event.strategy_id + event.symbol + event.trigger}
              className="px-4 py-2.5"
            >
              <p className="flex flex-wrap items-center gap-2">
                <Badge solid tone={tone}>
                  {word}
                </Badge>
                <span className="font-medium">{plain(event.symbol)}</span>
                <span className="tabular text-muted">
                  {event.trigger} {formatPrice(event.level)}, price{" "}
                  {event.price === null ? "not known" : formatPrice(event.price)}
                  {event.price_source === null
                    ? ""
                    : ` (${humanise(event.price_source).toLowerCase()})`}
                </span>
                <span className="tabular ml-auto text-12 text-muted">
                  {shortDateTime(event.at)} ET
                </span>
              </p>
              <p className="mt-1 max-w-[84ch]">
                {plain(event.sentence)}{" "}
                {event.execution_id === null ? null : (
                  <a
                    href={lineageLink(event.execution_id)}
                    className="text-accent underline-offset-2 hover:underline"
                  >
                    View lineage
                  </a>
                )}
              </p>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

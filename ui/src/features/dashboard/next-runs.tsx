import { useRead } from "@/api/context";
import type { StatusDto, StrategyDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { shortDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Countdown } from "@/ui/countdown";
import { Missing } from "@/ui/number";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Light } from "@/ui/state";

/** Strategies on the dashboard; the rest is on Strategies. */
const SHOWN = 6;

/** Those that follow their schedule, the next first. */
const scheduled = (strategies: readonly StrategyDto[]): StrategyDto[] =>
  strategies
    .filter(({ active, schedule }) => active && schedule !== null)
    .toSorted((a, b) => (a.next_run ?? "~").localeCompare(b.next_run ?? "~"));

/** What runs next by itself, and in how long. */
export function NextRuns({ status }: { status: StatusDto | undefined }) {
  const strategies = useRead("strategies_list", {});
  const now = status?.now ?? null;
  return (
    <Panel
      title="Next runs"
      actions={
        <a href="#/schedules" className="text-accent underline-offset-2 hover:underline">
          Schedules
        </a>
      }
    >
      <Reading of={strategies} what="the schedule" skeleton={<Skeleton className="m-4 h-20" />}>
        {(all) => {
          const planned = scheduled(all);
          const paused = all.filter(
            ({ schedule, active, archived }) => schedule !== null && !active && !archived,
          ).length;
          return (
            <>
              {status?.halt ? (
                <p className="flex items-start gap-2 border-b px-4 py-2 text-warn">
                  <Light tone="warn" shape="triangle" className="mt-[3px]" />
                  Trading is halted: runs are made and no entry is sent.
                </p>
              ) : status?.clock_mode === "paused" && planned.length > 0 ? (
                <p className="border-b px-4 py-2 text-12 text-muted">
                  The sandbox clock stands: what follows waits until it is moved.
                </p>
              ) : null}
              {planned.length === 0 ? (
                <p className="px-4 py-3 text-muted">
                  No strategy follows its schedule.{" "}
                  <a href="#/strategies" className="text-accent underline-offset-2 hover:underline">
                    Switch one on
                  </a>
                </p>
              ) : (
                <ul className="divide-y">
                  {planned.slice(0, SHOWN).map((strategy) => (
                    <Run key={strategy.id} strategy={strategy} now={now} />
                  ))}
                </ul>
              )}
              {paused > 0 || planned.length > SHOWN ? (
                <p className="border-t px-4 py-2 text-12 text-muted">
                  {[
                    planned.length > SHOWN ? `${planned.length - SHOWN} more` : null,
                    paused > 0 ? `${paused} paused` : null,
                  ]
                    .filter((words) => words !== null)
                    .join(", ")}
                </p>
              ) : null}
            </>
          );
        }}
      </Reading>
    </Panel>
  );
}

function Run({ strategy, now }: { strategy: StrategyDto; now: string | null }) {
  const { name, symbols, next_run: next, schedule_words: words, autonomy } = strategy;
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 px-4 py-1.5">
      <span className="truncate font-medium" title={plain(name)}>
        {plain(name)}
      </span>
      <span className="text-right font-medium">
        {next === null ? (
          <Missing why="Its schedule names no time to come on a trading day" />
        ) : (
          <Countdown now={now} until={next} label={`Next run of ${plain(name)}`} />
        )}
      </span>
      <span
        className="flex min-w-0 items-center gap-1.5 truncate text-12 text-muted"
        title={words ?? undefined}
      >
        <span className="truncate">{symbols.map(plain).join(", ")}</span>
        {autonomy === "auto" ? null : <Badge>{humanise(autonomy)}</Badge>}
      </span>
      <span className="tabular text-right text-12 whitespace-nowrap text-muted">
        {next === null ? "" : `${shortDateTime(next)} ET`}
      </span>
    </li>
  );
}

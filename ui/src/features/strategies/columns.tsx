import type { StrategyDto } from "@/gen/types";
import { distance, shortDateTime } from "@/lib/time";
import { executionWord, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import type { Column } from "@/ui/data-table";
import { Missing } from "@/ui/number";
import { Switch } from "@/ui/switch";
import { FILL_TONE, TEXT_TONE } from "@/ui/tone";

interface ColumnOptions {
  now: string | null;
  lineageLink: (executionId: string) => string;
  onActive: (strategy: StrategyDto, active: boolean) => void;
}

/** The newest outcomes, oldest of them first, each a way to its lineage. */
function Recent({
  strategy,
  lineageLink,
}: {
  strategy: StrategyDto;
  lineageLink: ColumnOptions["lineageLink"];
}) {
  const [newest] = strategy.recent;
  if (!newest) return <Missing why="It has not run yet" />;
  const { word, tone } = executionWord(newest);
  return (
    <span className="flex items-center gap-2">
      <a
        href={lineageLink(newest.id)}
        onClick={(event) => event.stopPropagation()}
        className={cn("font-medium underline-offset-2 hover:underline", TEXT_TONE[tone])}
      >
        {word}
      </a>
      <span className="tabular text-12 text-muted">{shortDateTime(newest.as_of)}</span>
      <span aria-hidden="true" className="ml-auto flex gap-1">
        {strategy.recent.toReversed().map((execution) => (
          <span
            key={execution.id}
            title={`${shortDateTime(execution.as_of)} ${executionWord(execution).word}`}
            className={cn("size-1.5 rounded-full", FILL_TONE[executionWord(execution).tone])}
          />
        ))}
      </span>
    </span>
  );
}

export const strategyColumns = ({
  now,
  lineageLink,
  onActive,
}: ColumnOptions): Column<StrategyDto>[] => [
  {
    id: "name",
    header: "Name",
    className: "whitespace-nowrap",
    fixed: true,
    text: ({ name }) => name,
    compare: (a, b) => a.name.localeCompare(b.name),
    cell: ({ name, version, archived }) => (
      <>
        <span className="font-semibold">{name}</span>{" "}
        <span className="tabular text-12 text-muted">v{version}</span>
        {archived ? <Badge className="ml-1.5">archived</Badge> : null}
      </>
    ),
  },
  {
    id: "symbols",
    header: "Symbols",
    text: ({ symbols }) => symbols.join(" "),
    cell: ({ symbols }) => symbols.join(", "),
  },
  {
    id: "schedule",
    header: "Schedule",
    className: "whitespace-nowrap",
    text: ({ schedule }) => schedule,
    cell: ({ schedule, schedule_words: words, time_zone: zone }) =>
      schedule === null ? (
        <span className="text-muted">by hand</span>
      ) : (
        <span title={`${schedule} (${zone})`}>{words ?? schedule}</span>
      ),
  },
  {
    id: "next",
    header: "Next run",
    text: ({ next_run }) => next_run,
    compare: (a, b) => (a.next_run ?? "~").localeCompare(b.next_run ?? "~"),
    cell: ({ next_run, active }) =>
      next_run === null ? (
        <span className="text-muted">{active ? "none" : "paused"}</span>
      ) : (
        <span className="tabular whitespace-nowrap">
          {shortDateTime(next_run)}
          {now === null ? null : <span className="text-muted"> in {distance(now, next_run)}</span>}
        </span>
      ),
  },
  {
    id: "autonomy",
    header: "Autonomy",
    text: ({ autonomy }) => autonomy,
    compare: (a, b) => a.autonomy.localeCompare(b.autonomy),
    cell: ({ autonomy }) => <Badge>{humanise(autonomy)}</Badge>,
  },
  {
    id: "analyst",
    header: "Analyst",
    className: "max-[1400px]:hidden",
    text: ({ analyst }) => analyst,
    compare: (a, b) => a.analyst.localeCompare(b.analyst),
    cell: ({ analyst }) => <span className="text-muted">{analyst}</span>,
  },
  {
    id: "recent",
    header: "Recent outcomes",
    className: "whitespace-nowrap",
    text: ({ recent }) => recent.map((execution) => executionWord(execution).word).join(" "),
    cell: (strategy) => <Recent strategy={strategy} lineageLink={lineageLink} />,
  },
  {
    id: "active",
    header: "Scheduled",
    fixed: true,
    text: ({ active }) => (active ? "yes" : "no"),
    compare: (a, b) => Number(a.active) - Number(b.active),
    cell: (strategy) => (
      <Switch
        checked={strategy.active}
        disabled={strategy.archived || strategy.schedule === null}
        onChange={(active) => onActive(strategy, active)}
        label={`Schedule of ${strategy.name}`}
      />
    ),
  },
];

import { TRIGGERS } from "@/features/executions/search";
import type { FoundExecutionDto } from "@/gen/types";
import { formatDecimal, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, formatDuration } from "@/lib/time";
import { ACTIONS, executionWord, SIGNAL_OUTCOMES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { type Column } from "@/ui/data-table";
import { Change, Missing } from "@/ui/number";
import { StateWord } from "@/ui/state";
import { TEXT_TONE } from "@/ui/tone";

/** Who analysed, as far as it is known. */
export const analystOf = ({ model, signal }: FoundExecutionDto): string | null =>
  signal?.model ?? model ?? signal?.analyst_name ?? null;

/** Why an execution has no signal. */
export const NO_SIGNAL = "It did not come to a signal";

/** Why a profit is missing. */
export function whyNoProfit({ signal }: FoundExecutionDto): string {
  if (!signal) return NO_SIGNAL;
  if (signal.action === "HOLD") return "Nothing is traded on a HOLD";
  if (signal.action === "SELL") return "The trade that a SELL closes belongs to its BUY";
  return signal.outcome === "cancelled" ? "It was never traded" : "Its trade is not closed";
}

interface ColumnOptions {
  lineageLink: (executionId: string) => string;
  /** The executions that are compared. */
  chosen: readonly (string | undefined)[];
  onMark: (executionId: string) => void;
}

/** The columns of the history. The engine orders it, so that no column sorts one page of many. */
export const executionColumns = ({
  lineageLink,
  chosen,
  onMark,
}: ColumnOptions): Column<FoundExecutionDto>[] => [
  {
    id: "compare",
    header: "Compare",
    fixed: true,
    text: ({ execution }) => execution.id,
    cell: ({ execution }) => (
      <input
        type="checkbox"
        checked={chosen.includes(execution.id)}
        onClick={(event) => event.stopPropagation()}
        onChange={() => onMark(execution.id)}
        aria-label={`Compare ${execution.symbol} of ${exchangeDateTime(execution.as_of)}`}
        className="block size-3.5 accent-(--accent)"
      />
    ),
  },
  {
    id: "time",
    header: "Run, ET",
    fixed: true,
    className: "tabular whitespace-nowrap",
    text: ({ execution }) => exchangeDateTime(execution.as_of, true),
    cell: ({ execution }) => (
      <span title={plain(execution.exchange_time)}>{exchangeDateTime(execution.as_of)}</span>
    ),
  },
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: ({ execution }) => execution.symbol,
    cell: ({ execution }) => <span className="font-semibold">{plain(execution.symbol)}</span>,
  },
  {
    id: "strategy",
    header: "Strategy",
    className: "max-w-44",
    text: ({ execution }) => execution.strategy_name,
    cell: ({ execution: { strategy_name: name, strategy_version: version } }) => (
      <span className="flex gap-1" title={`${plain(name)} v${version}`}>
        <span className="truncate">{plain(name)}</span>
        <span className="tabular shrink-0 text-muted">v{version}</span>
      </span>
    ),
  },
  {
    id: "trigger",
    header: "Trigger",
    className: "whitespace-nowrap max-[1380px]:hidden",
    text: ({ execution }) => TRIGGERS[execution.trigger],
    cell: ({ execution }) => <span className="text-muted">{TRIGGERS[execution.trigger]}</span>,
  },
  {
    id: "signal",
    header: "Signal",
    text: ({ signal }) => signal?.action ?? null,
    cell: ({ signal }) =>
      signal ? (
        <span className="flex items-center gap-2">
          <Badge tone={ACTIONS[signal.action]} solid className="w-11 justify-center">
            {signal.action}
          </Badge>
          <span className="tabular text-12 text-muted" title="Stated confidence">
            {formatDecimal(multiply(signal.confidence, "100"), { places: 0 })}
            {"\u202f"}%
          </span>
        </span>
      ) : (
        <Missing why={NO_SIGNAL} />
      ),
  },
  {
    id: "outcome",
    header: "Outcome",
    className: "whitespace-nowrap",
    text: ({ execution }) => executionWord(execution).word,
    cell: ({ execution }) => {
      const { word, tone } = executionWord(execution);
      return <span className={cn("font-medium", TEXT_TONE[tone])}>{word}</span>;
    },
  },
  {
    id: "sentence",
    header: "In a sentence",
    className: "w-full max-w-0 min-w-48",
    text: ({ execution }) => execution.sentence,
    cell: ({ execution: { sentence } }) =>
      sentence === null ? (
        <Missing why="It is not over yet" />
      ) : (
        <span className="block truncate text-muted" title={plain(sentence)}>
          {plain(sentence)}
        </span>
      ),
  },
  {
    id: "traded",
    header: "Trade",
    className: "whitespace-nowrap max-[1500px]:hidden",
    text: ({ signal }) => signal?.outcome ?? null,
    cell: (found) =>
      found.signal && found.signal.outcome !== "none" ? (
        <StateWord state={SIGNAL_OUTCOMES[found.signal.outcome]} />
      ) : (
        <Missing why={whyNoProfit(found)} />
      ),
  },
  {
    id: "net",
    header: "Net P&L, USD",
    numeric: true,
    text: ({ signal }) => signal?.net_profit_loss ?? null,
    cell: (found) => <Change value={found.signal?.net_profit_loss} why={whyNoProfit(found)} />,
  },
  {
    id: "analyst",
    header: "Analyst",
    className: "max-w-40 max-[1700px]:hidden",
    text: analystOf,
    cell: (found) => {
      const analyst = analystOf(found);
      return analyst === null ? (
        <Missing why={NO_SIGNAL} />
      ) : (
        <span className="block truncate text-muted" title={plain(analyst)}>
          {plain(analyst)}
        </span>
      );
    },
  },
  {
    id: "duration",
    header: "Took",
    numeric: true,
    className: "max-[1380px]:hidden",
    text: ({ execution }) => String(execution.duration_us),
    cell: ({ execution }) => (
      <span className="text-muted" title={`${execution.steps} records`}>
        {formatDuration(execution.duration_us)}
      </span>
    ),
  },
  {
    id: "lineage",
    header: "Lineage",
    fixed: true,
    className: "whitespace-nowrap",
    text: ({ execution }) => execution.id,
    cell: ({ execution }) => (
      <a
        href={lineageLink(execution.id)}
        onClick={(event) => event.stopPropagation()}
        aria-label={`Lineage of ${execution.symbol}, ${exchangeDateTime(execution.as_of)}`}
        className="text-accent underline-offset-2 hover:underline"
      >
        View
      </a>
    ),
  },
];

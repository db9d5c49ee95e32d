import type { PromptRecord, Signal, SignalDto } from "@/gen/types";
import { compare, formatDecimal, formatPercent, multiply, toPlotNumber } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime } from "@/lib/time";
import { ACTIONS, SIGNAL_OUTCOMES, SIGNAL_STATES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Bar } from "@/ui/bar";
import { type Column } from "@/ui/data-table";
import { Amount, Change, Missing } from "@/ui/number";
import { StateWord } from "@/ui/state";

/** Who analysed: the model, or the analyst that is none. */
export const analystOf = ({ model, analyst_name }: Signal): string => model ?? analyst_name;

/** The prompts of the analyses, without the system messages that go with them. */
export const promptsOf = ({ prompts }: Signal): PromptRecord[] =>
  Object.values(prompts).filter(({ prompt_type: type }) => !type.endsWith("_system"));

const promptWords = (signal: Signal) =>
  promptsOf(signal)
    .map(({ name, version }) => `${name} v${version}`)
    .join(", ");

/** Why an outcome, its R and its profit may be missing. */
export function whyOpen({ action, outcome }: Signal): string {
  if (action === "HOLD") return "Nothing is traded on a HOLD";
  if (action === "SELL") return "The trade that a SELL closes belongs to its BUY";
  return outcome === "cancelled" ? "It was never traded" : "Its trade is not closed";
}

const price = (
  id: string,
  header: string,
  of: (signal: Signal) => string | null,
  className?: string,
): Column<SignalDto> => ({
  id,
  header,
  numeric: true,
  ...(className === undefined ? {} : { className }),
  text: ({ signal }) => of(signal),
  compare: (a, b) => compare(of(a.signal), of(b.signal)),
  cell: ({ signal }) => <Amount value={of(signal)} why={`A ${signal.action} has none`} />,
});

export const signalColumns: readonly Column<SignalDto>[] = [
  {
    id: "action",
    header: "Action",
    fixed: true,
    text: ({ signal }) => signal.action,
    compare: (a, b) => a.signal.action.localeCompare(b.signal.action),
    cell: ({ signal }) => (
      <span className="flex items-center gap-1.5">
        <Badge tone={ACTIONS[signal.action]} solid className="w-11 justify-center">
          {signal.action}
        </Badge>
        {signal.proposed_action === signal.action ? null : (
          <span
            className="text-12 text-warn"
            title={`The analyst proposed ${signal.proposed_action}`}
          >
            was {signal.proposed_action}
          </span>
        )}
      </span>
    ),
  },
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: ({ signal }) => signal.symbol,
    compare: (a, b) => a.signal.symbol.localeCompare(b.signal.symbol),
    cell: ({ signal }) => <span className="font-semibold">{plain(signal.symbol)}</span>,
  },
  {
    id: "time",
    header: "Made, ET",
    className: "tabular whitespace-nowrap",
    text: ({ signal }) => exchangeDateTime(signal.generated_at, true),
    compare: (a, b) => a.signal.generated_at.localeCompare(b.signal.generated_at),
    cell: ({ signal, exchange_time: time }) => (
      <span title={plain(time)}>{exchangeDateTime(signal.generated_at)}</span>
    ),
  },
  {
    id: "strategy",
    header: "Strategy",
    className: "max-w-44 max-[1380px]:hidden",
    text: ({ strategy_name: name }) => name,
    compare: (a, b) => a.strategy_name.localeCompare(b.strategy_name),
    cell: ({ signal, strategy_name: name }) => (
      <span className="block truncate" title={`${plain(name)} v${signal.strategy_version}`}>
        {plain(name)} <span className="text-muted">v{signal.strategy_version}</span>
      </span>
    ),
  },
  {
    id: "confidence",
    header: "Confidence",
    numeric: true,
    text: ({ signal }) => signal.confidence,
    compare: (a, b) => compare(a.signal.confidence, b.signal.confidence),
    cell: ({ signal }) => (
      <span className="flex items-center justify-end gap-2">
        {formatDecimal(multiply(signal.confidence, "100"), { places: 0 })}
        {"\u202f"}%
        <Bar
          className="w-10 max-[1500px]:hidden"
          label="Stated confidence"
          words={formatPercent(multiply(signal.confidence, "100"))}
          value={toPlotNumber(signal.confidence) ?? 0}
          maximum={1}
        />
      </span>
    ),
  },
  price("entry", "Entry", (signal) => signal.entry_price),
  price("stop", "Stop", (signal) => signal.stop_price),
  price("target", "Target", (signal) => signal.target_price),
  price("r", "1:R", (signal) => signal.r_multiple, "max-[1380px]:hidden"),
  {
    id: "status",
    header: "Status",
    text: ({ signal }) => signal.status,
    compare: (a, b) => a.signal.status.localeCompare(b.signal.status),
    cell: ({ signal }) => <StateWord state={SIGNAL_STATES[signal.status]} />,
  },
  {
    id: "outcome",
    header: "Outcome",
    text: ({ signal }) => signal.outcome,
    compare: (a, b) => a.signal.outcome.localeCompare(b.signal.outcome),
    cell: ({ signal }) =>
      signal.outcome === "none" ? (
        <Missing why={whyOpen(signal)} />
      ) : (
        <StateWord state={SIGNAL_OUTCOMES[signal.outcome]} />
      ),
  },
  {
    id: "actual",
    header: "Actual R",
    numeric: true,
    text: ({ signal }) => signal.actual_r_multiple,
    compare: (a, b) => compare(a.signal.actual_r_multiple, b.signal.actual_r_multiple),
    cell: ({ signal }) => <Change value={signal.actual_r_multiple} why={whyOpen(signal)} />,
  },
  {
    id: "net",
    header: "Net P&L, USD",
    numeric: true,
    text: ({ signal }) => signal.net_profit_loss,
    compare: (a, b) => compare(a.signal.net_profit_loss, b.signal.net_profit_loss),
    cell: ({ signal }) => <Change value={signal.net_profit_loss} why={whyOpen(signal)} />,
  },
  {
    id: "model",
    header: "Model",
    className: "max-w-40 max-[1500px]:hidden",
    text: ({ signal }) => analystOf(signal),
    compare: (a, b) => analystOf(a.signal).localeCompare(analystOf(b.signal)),
    cell: ({ signal }) => (
      <span className="block truncate text-muted" title={plain(analystOf(signal))}>
        {plain(analystOf(signal))}
      </span>
    ),
  },
  {
    id: "prompt",
    header: "Prompt",
    className: "max-w-40 max-[1700px]:hidden",
    text: ({ signal }) => promptWords(signal),
    compare: (a, b) => promptWords(a.signal).localeCompare(promptWords(b.signal)),
    cell: ({ signal }) =>
      promptWords(signal) === "" ? (
        <Missing why="No prompt was used" />
      ) : (
        <span className="block truncate text-muted" title={plain(promptWords(signal))}>
          {plain(promptWords(signal))}
        </span>
      ),
  },
];

import { ArrowLeftRight } from "lucide-react";
import type { ReactNode } from "react";

import { useRead } from "@/api/context";
import { analystOf, NO_SIGNAL, whyNoProfit } from "@/features/executions/columns";
import { TRIGGERS } from "@/features/executions/search";
import type { FoundExecutionDto, Signal } from "@/gen/types";
import {
  formatDecimal,
  formatPercent,
  formatPrice,
  multiply,
  signOf,
  subtract,
  trimZeros,
} from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, formatDuration } from "@/lib/time";
import { executionWord, humanise, SIGNAL_OUTCOMES, SIGNAL_STATES } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Missing } from "@/ui/number";
import { SidePanel } from "@/ui/side-panel";
import { Table, Td, Th } from "@/ui/simple-table";

interface ComparisonProps {
  first: string;
  second: string;
  lineageLink: (executionId: string) => string;
  onSwap: () => void;
  onClose: () => void;
}

/** One line of the comparison. */
interface Line {
  label: string;
  /** As it is shown; nothing where there is none. */
  of: (found: FoundExecutionDto) => string | null;
  /** Why there may be none. */
  why?: (found: FoundExecutionDto) => string;
  /** The amount whose difference is told. */
  amount?: (found: FoundExecutionDto) => string | null;
}

const signalled =
  (of: (signal: Signal) => string | null) =>
  ({ signal }: FoundExecutionDto): string | null =>
    signal ? of(signal) : null;
const priced = (label: string, of: (signal: Signal) => string | null): Line => ({
  label,
  of: ({ signal }) => {
    const value = signal ? trimZeros(of(signal)) : null;
    return value === null ? null : formatPrice(value);
  },
  why: ({ signal }) => (signal ? `A ${signal.action} has none` : NO_SIGNAL),
  amount: signalled(of),
});
const earned = (label: string, of: (signal: Signal) => string | null, places = 2): Line => ({
  label,
  of: ({ signal }) => {
    const value = signal ? of(signal) : null;
    return value === null ? null : formatDecimal(value, { places, signed: true });
  },
  why: whyNoProfit,
  amount: signalled(of),
});

const GROUPS: readonly (readonly [title: string, lines: readonly Line[]])[] = [
  [
    "Run",
    [
      { label: "Run, ET", of: ({ execution }) => exchangeDateTime(execution.as_of, true) },
      { label: "Symbol", of: ({ execution }) => plain(execution.symbol) },
      {
        label: "Strategy",
        of: ({ execution }) => `${plain(execution.strategy_name)} v${execution.strategy_version}`,
      },
      { label: "Trigger", of: ({ execution }) => TRIGGERS[execution.trigger] },
      { label: "Environment", of: ({ execution }) => humanise(execution.environment) },
      { label: "Analyst", of: analystOf, why: () => NO_SIGNAL },
      { label: "Took", of: ({ execution }) => formatDuration(execution.duration_us) },
      { label: "Records", of: ({ execution }) => String(execution.steps) },
    ],
  ],
  [
    "Decision",
    [
      { label: "Signal", of: signalled(({ action }) => action), why: () => NO_SIGNAL },
      {
        label: "Proposed",
        of: signalled((signal) => signal.proposed_action),
        why: () => NO_SIGNAL,
      },
      {
        label: "Confidence",
        of: signalled(({ confidence }) => formatPercent(multiply(confidence, "100"))),
        why: () => NO_SIGNAL,
        amount: signalled(({ confidence }) => multiply(confidence, "100")),
      },
      { label: "Trend", of: signalled(({ trend }) => humanise(trend)), why: () => NO_SIGNAL },
      {
        label: "Confirmations",
        of: signalled(
          ({ confirmation: { votes } }) =>
            `${votes.filter(({ vote }) => vote === "bullish").length} up, ${votes.filter(({ vote }) => vote === "bearish").length} down of ${votes.length}`,
        ),
        why: () => NO_SIGNAL,
      },
      priced("Last price", (signal) => signal.last_price),
      priced("Entry", (signal) => signal.entry_price),
      priced("Stop", (signal) => signal.stop_price),
      priced("Target", (signal) => signal.target_price),
      priced("Reward for risk, 1:R", (signal) => signal.r_multiple),
    ],
  ],
  [
    "What became of it",
    [
      { label: "Outcome", of: ({ execution }) => executionWord(execution).word },
      {
        label: "Signal now",
        of: signalled(({ status }) => SIGNAL_STATES[status].word),
        why: () => NO_SIGNAL,
      },
      {
        label: "Trade",
        of: signalled(({ outcome }) => (outcome === "none" ? null : SIGNAL_OUTCOMES[outcome].word)),
        why: whyNoProfit,
      },
      {
        ...priced("Traded at", (signal) => signal.executed_price),
        why: ({ signal }) => (signal ? "Nothing was traded on it" : NO_SIGNAL),
      },
      { ...priced("Closed at", (signal) => signal.exit_price), why: whyNoProfit },
      earned("Actual R", (signal) => signal.actual_r_multiple),
      earned("Net P&L, USD", (signal) => signal.net_profit_loss),
      {
        label: "Model cost, USD",
        of: signalled(({ model_cost }) => trimZeros(model_cost)),
        why: () => NO_SIGNAL,
        amount: signalled(({ model_cost }) => model_cost),
      },
    ],
  ],
];

/** Two executions beside each other: what they came to, and the values that led there. */
export function Comparison({ first, second, lineageLink, onSwap, onClose }: ComparisonProps) {
  const one = useRead("execution_get", { execution_id: first });
  const other = useRead("execution_get", { execution_id: second });
  const both = one.data && other.data ? ([one.data, other.data] as const) : null;
  return (
    <SidePanel
      noun="comparison"
      className="w-[min(640px,100%)] min-[1700px]:shrink-0"
      title="Two executions"
      note={
        <p className="mt-0.5 text-12 text-muted">
          What differs is marked by the line; differences are second less first.
        </p>
      }
      unread="One of the two could not be read."
      error={one.error ?? other.error}
      onRetry={() => {
        void one.refetch();
        void other.refetch();
      }}
      onClose={onClose}
      footer={
        <footer className="flex flex-wrap gap-2 border-t px-5 py-3">
          <Button asChild size="large">
            <a href={lineageLink(first)}>Lineage of the first</a>
          </Button>
          <Button asChild size="large">
            <a href={lineageLink(second)}>Lineage of the second</a>
          </Button>
          <Button size="large" className="ml-auto" onClick={onSwap} title="s">
            <ArrowLeftRight /> Swap
          </Button>
        </footer>
      }
    >
      {both ? <Sides both={both} /> : null}
    </SidePanel>
  );
}

type Both = readonly [FoundExecutionDto, FoundExecutionDto];

function Sides({ both }: { both: Both }) {
  return (
    <div className="space-y-5">
      {GROUPS.map(([title, lines]) => (
        <section key={title} aria-label={title}>
          <h3 className="mb-1 font-semibold">{title}</h3>
          <Table className="table-fixed">
            <thead>
              <tr>
                <Th className="w-[26%]">
                  <span className="sr-only">Value</span>
                </Th>
                <Th>First</Th>
                <Th>Second</Th>
                <Th className="w-[18%] text-right">Difference</Th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <Compared key={line.label} line={line} both={both} />
              ))}
            </tbody>
          </Table>
          {title === "What became of it" ? <Sentences both={both} /> : null}
        </section>
      ))}
    </div>
  );
}

function Compared({ line, both: [first, second] }: { line: Line; both: Both }) {
  const [a, b] = [line.of(first), line.of(second)];
  const differs = a !== b;
  const difference = line.amount ? subtract(line.amount(second), line.amount(first)) : null;
  const shown = (value: string | null, of: FoundExecutionDto): ReactNode =>
    value === null ? <Missing why={line.why?.(of) ?? "Not known"} /> : value;
  const cell = cn("tabular break-words", differs && "font-medium");
  return (
    <tr data-differs={differs}>
      <Td
        className={cn(
          "relative pl-2.5 text-12 leading-[19px] text-muted",
          differs && "shadow-[inset_1px_0_0_var(--accent)]",
        )}
      >
        {line.label}
      </Td>
      <Td className={cell}>{shown(a, first)}</Td>
      <Td className={cell}>{shown(b, second)}</Td>
      <Td className="tabular text-right whitespace-nowrap text-muted">
        {difference === null || signOf(difference) === 0
          ? ""
          : formatDecimal(trimZeros(difference), { minimumPlaces: 2, signed: true })}
      </Td>
    </tr>
  );
}

function Sentences({ both }: { both: Both }) {
  return (
    <dl className="mt-3 space-y-2">
      {both.map(({ execution }, index) => (
        <div key={index}>
          <dt className="text-12 text-muted">{index === 0 ? "First" : "Second"}, in a sentence</dt>
          <dd className="break-words">
            {execution.sentence === null ? (
              <Missing why="It is not over yet" />
            ) : (
              plain(execution.sentence)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

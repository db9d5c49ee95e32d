import type { LlmAnalysisOutput, ParseSignalOutput, SignalProposal } from "@/gen/types";
import { part } from "@/features/lineage/steps/shape";
import { formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { ACTIONS, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import type { ReactNode } from "react";

type Opinion = Pick<
  SignalProposal,
  | "action"
  | "confidence"
  | "trend"
  | "entry_price"
  | "stop_price"
  | "target_conservative"
  | "target_aggressive"
>;

const ROWS: readonly { label: string; of: (opinion: Opinion) => ReactNode }[] = [
  {
    label: "Decision",
    of: ({ action }) => (
      <Badge solid tone={ACTIONS[action]}>
        {action}
      </Badge>
    ),
  },
  { label: "Confidence", of: ({ confidence }) => formatPercent(multiply(confidence, "100")) },
  { label: "Trend", of: ({ trend }) => humanise(trend) },
  { label: "Entry", of: ({ entry_price: price }) => formatPrice(price) },
  { label: "Stop", of: ({ stop_price: price }) => formatPrice(price) },
  { label: "Nearer target", of: ({ target_conservative: price }) => formatPrice(price) },
  { label: "Farther target", of: ({ target_aggressive: price }) => formatPrice(price) },
];

/** What the model said, what code made of it, and what the rule analyst says on the same data. */
export function Comparison({
  analysis,
  signal,
}: {
  analysis: LlmAnalysisOutput;
  signal: ParseSignalOutput | null;
}) {
  const baseline = part(analysis, "baseline") ?? null;
  const failed = signal?.checks.filter((check) => !check.passed) ?? [];
  const opinions = [
    { head: "The model said", opinion: analysis.proposal },
    { head: "Code made of it", opinion: signal },
    { head: "The rule analyst says", opinion: baseline },
  ];
  return (
    <section aria-label="What the model said, and what code made of it">
      <Table>
        <thead>
          <tr>
            <Th>
              <span className="sr-only">Field</span>
            </Th>
            {opinions.map(({ head }) => (
              <Th key={head} className={NUMERIC}>
                {head}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row.label}>
              <Td className="py-1 text-12 text-muted">{row.label}</Td>
              {opinions.map(({ head, opinion }) => (
                <Td key={head} className={`${NUMERIC} py-1`}>
                  {opinion === null ? <span className="text-muted">–</span> : row.of(opinion)}
                </Td>
              ))}
            </tr>
          ))}
          <tr>
            <Td className="border-b-0 py-1 text-12 text-muted">Why</Td>
            {opinions.map(({ head, opinion }) => (
              <Td key={head} className="w-[30%] border-b-0 py-1 text-right text-12 break-words">
                {opinion === null
                  ? head === "Code made of it"
                    ? "The signal has not been computed."
                    : "No baseline was recorded."
                  : plain(opinion.reason)}
              </Td>
            ))}
          </tr>
        </tbody>
      </Table>
      {failed.length > 0 ? (
        <p className="mt-2 text-12 text-warn">
          {failed.length === 1 ? "One check" : `${failed.length} checks`} of the proposal failed:{" "}
          {failed
            .map((check) => `${humanise(check.name).toLowerCase()} (${plain(check.detail)})`)
            .join("; ")}
          .
        </p>
      ) : null}
    </section>
  );
}

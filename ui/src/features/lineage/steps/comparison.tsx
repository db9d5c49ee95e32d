import type { LlmAnalysisOutput, ParseSignalOutput, SignalProposal } from "@/gen/types";
import { part } from "@/features/lineage/steps/shape";
import { formatPercent, formatPrice, multiply } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { ACTIONS, humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

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

const COLUMNS: readonly { label: string; of: (opinion: Opinion) => string; badge?: true }[] = [
  { label: "Decision", of: ({ action }) => action, badge: true },
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
  const { proposal } = analysis;
  const failed = signal?.checks.filter((check) => !check.passed) ?? [];
  const opinions = [
    { who: "The model said", opinion: proposal, missing: "" },
    {
      who: "Code made of it",
      opinion: signal,
      missing: "Step 6 has not computed a signal.",
      marked: true,
    },
    {
      who: "The rule analyst says",
      opinion: part(analysis, "baseline") ?? null,
      missing: "No baseline was recorded.",
    },
  ];
  return (
    <section
      tabIndex={0}
      aria-label="What the model said, and what code made of it"
      className="overflow-x-auto"
    >
      <Table>
        <thead>
          <tr>
            <Th>
              <span className="sr-only">Who</span>
            </Th>
            {COLUMNS.map(({ label, badge }) => (
              <Th key={label} className={cn(!badge && NUMERIC)}>
                {label}
              </Th>
            ))}
          </tr>
        </thead>
        {opinions.map(({ who, opinion, missing, marked }) => (
          <tbody key={who}>
            <tr>
              <th
                scope="row"
                className="pt-2 pr-4 text-left align-top font-medium whitespace-nowrap"
              >
                {who}
              </th>
              {COLUMNS.map(({ label, of, badge }) => {
                if (opinion === null)
                  return (
                    <Td key={label} className={cn("border-b-0 pt-2 text-muted", !badge && NUMERIC)}>
                      –
                    </Td>
                  );
                const differs = marked === true && of(opinion) !== of(proposal);
                return (
                  <Td
                    key={label}
                    className={cn(
                      "border-b-0 pt-2 pb-0.5",
                      !badge && NUMERIC,
                      differs && "font-semibold text-warn",
                    )}
                  >
                    {badge ? (
                      <Badge solid tone={ACTIONS[opinion.action]}>
                        {of(opinion)}
                      </Badge>
                    ) : (
                      of(opinion)
                    )}
                    {differs ? <span className="sr-only">, which differs</span> : null}
                  </Td>
                );
              })}
            </tr>
            <tr>
              <td colSpan={COLUMNS.length + 1} className="border-b pb-2 text-12 text-muted">
                <span className="block max-w-[96ch] break-words">
                  {opinion === null ? missing : plain(opinion.reason)}
                </span>
              </td>
            </tr>
          </tbody>
        ))}
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

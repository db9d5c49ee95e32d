import type { ApprovalDto } from "@/gen/types";
import { compare, formatDecimal } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { exchangeDateTime, shortDateTime } from "@/lib/time";
import { APPROVAL_STATES } from "@/lib/words";
import { cn } from "@/ui/cn";
import { type Column, DataTable } from "@/ui/data-table";
import { Amount } from "@/ui/number";
import { Empty } from "@/ui/panel";
import { StateWord } from "@/ui/state";
import { sideTone } from "@/ui/tone";

const columns = (lineageLink: (executionId: string) => string): Column<ApprovalDto>[] => [
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: ({ symbol }) => symbol,
    compare: (a, b) => a.symbol.localeCompare(b.symbol),
    cell: ({ symbol }) => <span className="font-semibold">{plain(symbol)}</span>,
  },
  {
    id: "status",
    header: "Outcome",
    fixed: true,
    text: ({ status }) => status,
    compare: (a, b) => a.status.localeCompare(b.status),
    cell: ({ status }) => <StateWord state={APPROVAL_STATES[status]} />,
  },
  {
    id: "side",
    header: "Side",
    text: ({ side }) => side,
    cell: ({ side }) => <span className={cn("font-medium", sideTone(side))}>{plain(side)}</span>,
  },
  {
    id: "quantity",
    header: "Shares",
    numeric: true,
    text: ({ quantity }) => quantity,
    compare: (a, b) => compare(a.quantity, b.quantity),
    cell: ({ quantity }) => formatDecimal(quantity),
  },
  {
    id: "limit",
    header: "Limit",
    numeric: true,
    text: ({ limit_price }) => limit_price,
    compare: (a, b) => compare(a.limit_price, b.limit_price),
    cell: ({ limit_price }) => <Amount value={limit_price} />,
  },
  {
    id: "risk",
    header: "At risk",
    numeric: true,
    text: ({ risk_amount }) => risk_amount,
    compare: (a, b) => compare(a.risk_amount, b.risk_amount),
    cell: ({ risk_amount }) => (
      <Amount value={risk_amount} places={2} why="There was no stop to reckon with" />
    ),
  },
  {
    id: "strategy",
    header: "Strategy",
    text: ({ strategy_name }) => strategy_name,
    compare: (a, b) => a.strategy_name.localeCompare(b.strategy_name),
    cell: ({ strategy_name }) => <span className="text-muted">{plain(strategy_name)}</span>,
  },
  {
    id: "asked",
    header: "Asked",
    numeric: true,
    text: ({ asked_at }) => exchangeDateTime(asked_at, true),
    compare: (a, b) => a.asked_at.localeCompare(b.asked_at),
    cell: ({ asked_at }) => shortDateTime(asked_at),
  },
  {
    id: "decided",
    header: "Decided",
    numeric: true,
    text: ({ decided_at }) => (decided_at === null ? null : exchangeDateTime(decided_at, true)),
    compare: (a, b) => (a.decided_at ?? "").localeCompare(b.decided_at ?? ""),
    cell: ({ decided_at }) =>
      decided_at === null ? (
        <span className="text-muted">by nobody</span>
      ) : (
        shortDateTime(decided_at)
      ),
  },
  {
    id: "why",
    header: "Why",
    text: ({ execution_id }) => execution_id,
    cell: ({ execution_id, symbol }) => (
      <a
        href={lineageLink(execution_id)}
        aria-label={`Why: the lineage of ${plain(symbol)}`}
        className="text-accent underline-offset-2 hover:underline"
      >
        why
      </a>
    ),
  },
];

/** What was decided before. */
export function History({
  approvals,
  lineageLink,
}: {
  approvals: readonly ApprovalDto[];
  lineageLink: (executionId: string) => string;
}) {
  return (
    <DataTable
      name="approvals"
      caption="Earlier decisions"
      title={
        <h2 className="font-semibold">
          Earlier decisions{" "}
          <span className="tabular font-normal text-muted">{approvals.length}</span>
        </h2>
      }
      columns={columns(lineageLink)}
      rows={approvals}
      rowKey={({ execution_id }) => execution_id}
      empty={<Empty title="Nothing has been decided yet" />}
    />
  );
}

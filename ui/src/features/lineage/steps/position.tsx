import type { RendererProps } from "@/features/lineage/steps/types";
import type { ClosedTrade, Position } from "@/gen/types";
import { formatDecimal, formatMoney, formatPrice } from "@/lib/decimal";
import { distance, exchangeDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Facts } from "@/ui/facts";
import { Change } from "@/ui/number";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

const ROWS: readonly [label: string, show: (position: Position) => string][] = [
  ["Shares", (position) => formatDecimal(position.quantity)],
  ["Average cost", (position) => formatPrice(position.average_cost)],
  ["Stop in force", (position) => formatPrice(position.stop_price)],
  ["Target in force", (position) => formatPrice(position.target_price)],
  ["Risk a share at entry", (position) => formatPrice(position.initial_risk)],
  ["Commission, USD", (position) => formatMoney(position.commission)],
];

function Trade({ trade }: { trade: ClosedTrade }) {
  return (
    <div className="mb-4 rounded-base border px-3 py-2.5">
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <span className="font-semibold">Closed by the {trade.exit_cause}</span>
        <Change value={trade.realized_pnl} arrow className="text-15 font-semibold" />
        <span className="text-12 text-muted">USD net</span>
        {trade.r_multiple === null ? null : (
          <Badge>{formatDecimal(trade.r_multiple, { signed: true, places: 2 })} R</Badge>
        )}
      </div>
      <Facts
        facts={[
          ["Shares", formatDecimal(trade.quantity)],
          ["In", formatPrice(trade.entry_price)],
          ["Out", formatPrice(trade.exit_price)],
          ["Held", distance(trade.opened_at, trade.closed_at)],
          ["Gross, USD", formatMoney(trade.gross_pnl, true)],
          ["Commission, USD", formatMoney(trade.commission)],
        ]}
      />
    </div>
  );
}

/** Step 10: the position before the fills and after them. */
export function PositionChange({ output, full }: RendererProps<"update_position">) {
  const { before, after, closed_trade: trade } = output;
  const rows = full ? ROWS : ROWS.slice(0, 4);
  return (
    <div>
      {trade ? <Trade trade={trade} /> : null}
      {before === null && after === null ? (
        <p className="text-muted">Nothing was held, and nothing is.</p>
      ) : (
        <Table>
          <thead>
            <tr>
              <Th>{(after ?? before)?.symbol}</Th>
              <Th className={NUMERIC}>Before</Th>
              <Th className={NUMERIC}>After</Th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([label, show]) => (
              <tr key={label}>
                <Td className="text-muted">{label}</Td>
                <Td className={NUMERIC}>
                  {before ? show(before) : <span className="text-muted">not held</span>}
                </Td>
                <Td className={NUMERIC}>
                  {after ? show(after) : <span className="text-muted">not held</span>}
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {full && after ? (
        <p className="tabular mt-3 text-12 text-muted">
          Opened {exchangeDateTime(after.opened_at, true)} ET by {humanise(after.strategy_id)}.
        </p>
      ) : null}
    </div>
  );
}

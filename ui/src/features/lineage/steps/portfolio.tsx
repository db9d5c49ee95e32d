import { TriangleAlert } from "lucide-react";

import type { RendererProps } from "@/features/lineage/steps/types";
import type { PortfolioState } from "@/gen/types";
import { formatMoney, signOf, subtract } from "@/lib/decimal";
import { exchangeDateTime } from "@/lib/time";
import { Change } from "@/ui/number";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

const ROWS: readonly [label: string, key: Exclude<keyof PortfolioState, "at">][] = [
  ["Net liquidation", "net_liquidation"],
  ["Cash", "cash"],
  ["Positions", "positions_value"],
  ["Realised P&L", "realized_pnl"],
  ["Unrealised P&L", "unrealized_pnl"],
  ["Commission", "commission"],
];

/** Step 11: the account's money before and after, checked against the broker's. */
export function Portfolio({ output }: RendererProps<"update_portfolio">) {
  const { before, after } = output;
  const differs = output.broker_cash !== null && signOf(output.cash_difference) !== 0;
  return (
    <div>
      <Table>
        <thead>
          <tr>
            <Th>USD</Th>
            <Th className={NUMERIC}>Before, {exchangeDateTime(before.at)}</Th>
            <Th className={NUMERIC}>After, {exchangeDateTime(after.at)}</Th>
            <Th className={NUMERIC}>Difference</Th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([label, key]) => (
            <tr key={key}>
              <Td className={key === "net_liquidation" ? "font-semibold" : "text-muted"}>
                {label}
              </Td>
              <Td className={NUMERIC}>{formatMoney(before[key])}</Td>
              <Td className={NUMERIC}>{formatMoney(after[key])}</Td>
              <Td className={NUMERIC}>
                {key === "cash" || key === "positions_value" || key === "commission" ? (
                  <span className="text-muted">
                    {formatMoney(subtract(after[key], before[key]), true)}
                  </span>
                ) : (
                  <Change value={subtract(after[key], before[key])} />
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {differs ? (
        <p role="alert" className="mt-3 flex items-center gap-1.5 font-medium text-error">
          <TriangleAlert aria-hidden="true" className="size-4" /> Our cash differs from the
          broker&apos;s {formatMoney(output.broker_cash)} by{" "}
          {formatMoney(output.cash_difference, true)} USD.
        </p>
      ) : output.broker_cash === null ? (
        <p className="mt-2 text-12 text-muted">
          The broker did not answer, so its cash could not be compared.
        </p>
      ) : (
        <p className="mt-2 text-12 text-muted">
          The broker reports the same cash, {formatMoney(output.broker_cash)} USD.
        </p>
      )}
    </div>
  );
}

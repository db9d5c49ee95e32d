import { useState } from "react";

import { useRead } from "@/api/context";
import type { BalanceDto, Environment } from "@/gen/types";
import { exchangeDateTime } from "@/lib/time";
import { Button } from "@/ui/button";
import { Amount } from "@/ui/number";
import { Empty, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

/**
 * Cash by currency, by the broker's word. On the sandbox a question takes simulated time, so that it
 * is asked when a person wants it and not by itself.
 */
export function Balances({ environment }: { environment: Environment }) {
  const [isAsked, setAsked] = useState(environment !== "sandbox");
  const balances = useRead("balances_get", {}, { enabled: isAsked });
  return (
    <Panel
      title="Cash by currency"
      actions={
        <Button
          size="small"
          disabled={balances.isFetching}
          onClick={() => (isAsked ? void balances.refetch() : setAsked(true))}
        >
          Ask IBKR
        </Button>
      }
    >
      {isAsked ? (
        <Reading of={balances} what="the cash" skeleton={<Skeleton className="m-4 h-12" />}>
          {(data) =>
            data.balances.length === 0 ? (
              <Empty title="IBKR names no currency" className="py-6" />
            ) : (
              <div className="overflow-x-auto px-4 py-2">
                <Currencies balances={data.balances} />
              </div>
            )
          }
        </Reading>
      ) : (
        <p className="px-4 py-3 text-muted">
          The broker&apos;s ledger tells cash, what of it is settled, interest and dividends that
          are due, and the exchange rates.
        </p>
      )}
    </Panel>
  );
}

const UNTOLD = "IBKR did not say";

function Currencies({ balances }: { balances: readonly BalanceDto[] }) {
  return (
    <Table>
      <caption className="sr-only">Cash by currency</caption>
      <thead>
        <tr>
          <Th>Currency</Th>
          <Th className={NUMERIC}>Cash</Th>
          <Th className={NUMERIC}>Settled</Th>
          <Th className={NUMERIC}>Interest due</Th>
          <Th className={NUMERIC}>Dividends due</Th>
          <Th className={NUMERIC}>Rate</Th>
          <Th className={NUMERIC}>In base currency</Th>
          <Th className={NUMERIC}>As of</Th>
        </tr>
      </thead>
      <tbody className="[&>tr:last-child>td]:border-b-0">
        {balances.map((balance) => (
          <tr key={balance.currency}>
            <Td className="font-semibold">{balance.currency}</Td>
            <Td className={NUMERIC}>
              <Amount value={balance.cash} places={2} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={balance.settled_cash} places={2} why={UNTOLD} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={balance.accrued_interest} places={2} why={UNTOLD} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={balance.accrued_dividends} places={2} why={UNTOLD} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={balance.exchange_rate} />
            </Td>
            <Td className={NUMERIC}>
              <Amount value={balance.cash_in_base} places={2} />
            </Td>
            <Td className={NUMERIC}>{exchangeDateTime(balance.as_of, true)} ET</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

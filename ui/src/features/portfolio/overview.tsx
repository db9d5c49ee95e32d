import type { ReactNode } from "react";

import { Balances } from "@/features/portfolio/balances";
import { positionColumns, tradeColumns } from "@/features/portfolio/columns";
import { whyLink } from "@/features/portfolio/search";
import type { PortfolioLinks } from "@/features/portfolio/view";
import type { PortfolioDto } from "@/gen/types";
import { add, divide, formatPercent, multiply, subtract } from "@/lib/decimal";
import { dayAfter } from "@/lib/time";
import { DataTable } from "@/ui/data-table";
import { Amount, Change, Missing } from "@/ui/number";
import { Empty, Guard } from "@/ui/panel";
import { Source } from "@/ui/source";
import { ValuePanel } from "@/ui/value-panel";

/** The account now: its value, what it holds, and the trades that are closed. */
export function Overview({ portfolio, links }: { portfolio: PortfolioDto; links: PortfolioLinks }) {
  const { positions, trades, state } = portfolio;
  // The oldest price tells how far the whole can be trusted.
  const oldest = positions
    .flatMap(({ price_as_of: at }) => at ?? [])
    .toSorted()
    .at(0);
  return (
    <>
      <Totals portfolio={portfolio} />
      <DataTable
        name="positions"
        caption="Positions"
        title={
          <>
            <Heading text="Positions" count={positions.length} />
            <Source
              className="ml-3"
              of="our fills, the broker's prices"
              at={oldest}
              now={state.at}
            />
          </>
        }
        columns={positionColumns(links)}
        rows={positions}
        rowKey={({ position }) => `${position.strategy_id} ${position.conid}`}
        empty={
          <Empty title="Nothing is held">
            A position opens when a strategy&apos;s BUY signal passes the risk gate and its order
            fills.
          </Empty>
        }
      />
      <Guard what="The value over time could not be drawn.">
        <ValuePanel portfolio={portfolio} />
      </Guard>
      <Guard what="The cash by currency could not be shown.">
        <Balances environment={portfolio.environment} />
      </Guard>
      <DataTable
        name="trades"
        caption="Closed trades"
        title={<Heading text="Closed trades" count={trades.length} />}
        columns={tradeColumns(links)}
        rows={trades}
        rowKey={(trade) => `${trade.entry_execution_id} ${trade.symbol} ${trade.closed_at}`}
        empty={
          <Empty title="No trade has closed yet">
            A trade closes at its stop, at its target, or on a SELL signal.
          </Empty>
        }
      />
    </>
  );
}

const Heading = ({ text, count }: { text: string; count: number }) => (
  <h2 className="font-semibold">
    {text} <span className="tabular font-normal text-muted">{count}</span>
  </h2>
);

interface Tile {
  label: string;
  /** Where what it consists of is listed. */
  href?: string;
  value: ReactNode;
  below: ReactNode;
}

function Totals({ portfolio }: { portfolio: PortfolioDto }) {
  const { state, day, positions, starting_cash: opening } = portfolio;
  const total = subtract(state.net_liquidation, opening);
  // What was paid for what is still held.
  const paid = positions.reduce<string | null>(
    (sum, { position }) => add(sum, position.commission),
    "0",
  );
  const tiles: Tile[] = [
    {
      label: "Value",
      href: whyLink(),
      value: <Amount value={state.net_liquidation} places={2} />,
      below: (
        <>
          <Change value={total} arrow />{" "}
          <Change value={divide(multiply(total, "100"), opening, 4)} percent />
        </>
      ),
    },
    {
      label: "Cash",
      value: <Amount value={state.cash} places={2} />,
      below: <Share part={state.cash} whole={state.net_liquidation} />,
    },
    {
      label: "Positions",
      value: <Amount value={state.positions_value} places={2} />,
      below: <Share part={state.positions_value} whole={state.net_liquidation} />,
    },
    {
      label: "Today",
      href: whyLink(day.since === null ? undefined : dayAfter(day.since)),
      value: <Change value={day.total} />,
      below: (
        <span
          className="text-muted"
          title="Change of the account's value, of which the trades closed since are realised"
        >
          realised <Change value={day.realized} /> since {day.since ?? "the opening"}
        </span>
      ),
    },
    {
      label: "Realised P&L",
      href: whyLink(),
      value: <Change value={state.realized_pnl} />,
      below: (
        <span className="text-muted">
          gross <Amount value={portfolio.realized_gross} places={2} />, commission{" "}
          <Amount value={subtract(portfolio.realized_gross, state.realized_pnl)} places={2} />
        </span>
      ),
    },
    {
      label: "Unrealised P&L",
      value: <Change value={state.unrealized_pnl} />,
      below: (
        <span className="text-muted">
          after its commission <Change value={subtract(state.unrealized_pnl, paid)} />
        </span>
      ),
    },
  ];
  return (
    <dl className="grid grid-cols-6 divide-x rounded-card border bg-surface max-[1100px]:grid-cols-3 max-[700px]:grid-cols-2">
      {tiles.map((tile) => (
        <div key={tile.label} className="min-w-0 px-4 py-3">
          <dt className="text-12 text-muted">{tile.label}</dt>
          <dd className="mt-0.5 text-18 font-semibold">{tile.value}</dd>
          <dd className="tabular mt-0.5 text-12">
            {tile.below}
            {tile.href === undefined ? null : (
              <a
                href={tile.href}
                aria-label={`Why: what ${tile.label} consists of`}
                className="ml-1.5 text-accent underline-offset-2 hover:underline"
              >
                why
              </a>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Share({ part, whole }: { part: string; whole: string }) {
  const percent = divide(multiply(part, "100"), whole, 4);
  return percent === null ? (
    <Missing why="The account is worth nothing" />
  ) : (
    <span className="text-muted">{formatPercent(percent)} of the value</span>
  );
}

import { useRead } from "@/api/context";
import { positionColumns, tradeColumns } from "@/features/portfolio/columns";
import type { PortfolioDto, StatisticsDto } from "@/gen/types";
import { add, divide, formatPercent, multiply, subtract } from "@/lib/decimal";
import { exchangeDateTime } from "@/lib/time";
import { DataTable } from "@/ui/data-table";
import { Facts } from "@/ui/facts";
import { Amount, Change, Missing } from "@/ui/number";
import { Empty, ErrorPanel, Guard, Panel, Skeleton } from "@/ui/panel";
import { ValuePanel } from "@/ui/value-panel";

type LineageLink = (executionId: string) => string;

/** What the account is worth, what it holds, and what it has earned. */
export function PortfolioPage({ lineageLink }: { lineageLink: LineageLink }) {
  const { data, error, refetch } = useRead("portfolio_get", {});
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[1440px] space-y-4 px-6 pt-4 pb-12">
        <header className="flex items-baseline gap-3">
          <h1 className="text-18 font-semibold">Portfolio</h1>
          {data ? (
            <p className="tabular text-12 text-muted">
              {data.account_id} · {exchangeDateTime(data.state.at)} ET · USD
            </p>
          ) : null}
        </header>
        {data ? (
          <Held portfolio={data} lineageLink={lineageLink} />
        ) : error ? (
          <ErrorPanel
            what="The portfolio could not be read."
            error={error}
            onRetry={() => void refetch()}
          />
        ) : (
          <div aria-busy="true" aria-label="Loading the portfolio" className="space-y-4">
            <Skeleton className="h-[74px] rounded-card" />
            <Skeleton className="h-[340px] rounded-card" />
            <Skeleton className="h-40 rounded-card" />
          </div>
        )}
      </div>
    </div>
  );
}

function Held({ portfolio, lineageLink }: { portfolio: PortfolioDto; lineageLink: LineageLink }) {
  const { positions, trades, statistics } = portfolio;
  return (
    <>
      <Totals portfolio={portfolio} />
      <div className="grid grid-cols-[minmax(0,1fr)_300px] items-start gap-4 max-[1080px]:grid-cols-1">
        <Guard what="The value over time could not be drawn.">
          <ValuePanel portfolio={portfolio} />
        </Guard>
        <Statistics statistics={statistics} />
      </div>
      <DataTable
        name="positions"
        caption="Positions"
        title={<Heading text="Positions" count={positions.length} />}
        columns={positionColumns(lineageLink)}
        rows={positions}
        rowKey={({ position }) => `${position.strategy_id} ${position.conid}`}
        empty={
          <Empty title="Nothing is held">
            A position opens when a strategy&apos;s BUY signal passes the risk gate and its order
            fills.
          </Empty>
        }
      />
      <DataTable
        name="trades"
        caption="Closed trades"
        title={<Heading text="Closed trades" count={trades.length} />}
        columns={tradeColumns(lineageLink)}
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

function Totals({ portfolio }: { portfolio: PortfolioDto }) {
  const { state, starting_cash: opening } = portfolio;
  const total = subtract(state.net_liquidation, opening);
  const tiles = [
    {
      label: "Value",
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
      label: "Realised P&L",
      value: <Change value={state.realized_pnl} />,
      below: (
        <span className="text-muted">
          after commission of <Amount value={state.commission} places={2} />
        </span>
      ),
    },
    {
      label: "Unrealised P&L",
      value: <Change value={state.unrealized_pnl} />,
      below: (
        <span className="text-muted">
          together <Amount value={add(state.realized_pnl, state.unrealized_pnl)} places={2} />
        </span>
      ),
    },
  ];
  return (
    <dl className="grid grid-cols-5 divide-x rounded-card border bg-surface max-[900px]:grid-cols-2">
      {tiles.map((tile) => (
        <div key={tile.label} className="min-w-0 px-4 py-3">
          <dt className="text-12 text-muted">{tile.label}</dt>
          <dd className="mt-0.5 text-18 font-semibold">{tile.value}</dd>
          <dd className="tabular mt-0.5 truncate text-12">{tile.below}</dd>
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

function Statistics({ statistics: s }: { statistics: StatisticsDto }) {
  const none = "No closed trade of that kind";
  return (
    <Panel title="Closed trades in numbers">
      <Facts
        className="grid-cols-2 p-4"
        facts={[
          ["Trades", `${s.total}`],
          [
            "Win rate",
            s.win_rate_percent === null ? (
              <Missing why="No closed trade" key="w" />
            ) : (
              formatPercent(s.win_rate_percent)
            ),
          ],
          ["Wins", `${s.wins}`],
          ["Losses", `${s.losses}`],
          ["Average win", <Change key="aw" value={s.average_win} why={none} />],
          ["Average loss", <Change key="al" value={s.average_loss} why={none} />],
          ["Largest win", <Change key="lw" value={s.largest_win} why={none} />],
          ["Largest loss", <Change key="ll" value={s.largest_loss} why={none} />],
          ["Total realised", <Change key="tr" value={s.total_realized} />],
          [
            "Average R",
            <Change key="r" value={s.average_r} why="No closed trade with a known risk" />,
          ],
        ]}
      />
    </Panel>
  );
}

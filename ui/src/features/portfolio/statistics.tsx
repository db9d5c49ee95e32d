import type { ReactNode } from "react";

import { useRead } from "@/api/context";
import { MEANINGS } from "@/features/portfolio/meanings";
import { type PortfolioSearch, whyLink, withDays } from "@/features/portfolio/search";
import type { PortfolioStatisticsDto, StatisticsDto } from "@/gen/types";
import { formatPercent, MISSING } from "@/lib/decimal";
import { count, formatShare, formatStatistic } from "@/lib/share";
import { without } from "@/lib/without";
import { Choice } from "@/ui/choice";
import { cn } from "@/ui/cn";
import { DaySpan } from "@/ui/day-field";
import { Explain, type Meaning } from "@/ui/explain";
import { Amount, Change, Missing } from "@/ui/number";
import { Empty, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";

interface StatisticsTabProps {
  search: PortfolioSearch;
  onSearch: (search: PortfolioSearch, replace?: boolean) => void;
  trades: StatisticsDto;
}

/** Numbers over closed trades, and over the account's value by day. */
export function StatisticsTab({ search, onSearch, trades }: StatisticsTabProps) {
  const statistics = useRead("portfolio_statistics_get", {
    from: search.from ?? null,
    to: search.until ?? null,
    benchmark: search.benchmark ?? null,
  });
  const compareWith = (symbol: string) =>
    onSearch(symbol === "" ? without(search, "benchmark") : { ...search, benchmark: symbol }, true);
  return (
    <>
      <Reading
        of={statistics}
        what="the statistics"
        skeleton={<Skeleton className="h-80 rounded-card" />}
      >
        {(data) => (
          <>
            <div className="flex flex-wrap items-center justify-end gap-2">
              <Choice
                label="Benchmark"
                value={search.benchmark ?? ""}
                nothing=""
                options={[
                  { value: "", text: "none" },
                  ...data.benchmarks.map((symbol) => ({ value: symbol, text: symbol })),
                ]}
                onChange={compareWith}
              />
              <DaySpan
                search={search}
                onChange={(change) => onSearch(withDays(search, change), true)}
              />
            </div>
            <Returns data={data} />
          </>
        )}
      </Reading>
      <Trades trades={trades} />
    </>
  );
}

interface Number {
  meaning: Meaning;
  value: ReactNode;
  below?: ReactNode;
}

function Numbers({ numbers }: { numbers: readonly Number[] }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(168px,1fr))] gap-x-6 gap-y-4 p-4">
      {numbers.map(({ meaning, value, below }) => (
        <div key={meaning.label} className="min-w-0">
          <dt className="flex items-center gap-1 text-12 text-muted">
            {meaning.label} <Explain meaning={meaning} />
          </dt>
          <dd className="tabular text-15 font-semibold">{value}</dd>
          {below ? <dd className="tabular text-12 text-muted">{below}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

const TOO_FEW = "There are too few days";

function Rate({ value, why = TOO_FEW }: { value: number | null; why?: string }) {
  if (value === null) return <Missing why={why} />;
  const shown = formatShare(value, 2);
  return shown === MISSING ? (
    <Missing why={why} />
  ) : (
    <span className={cn(value > 0 ? "text-up" : value < 0 ? "text-down" : "text-muted")}>
      {value > 0 ? "+" : ""}
      {shown.replace("-", "−")}
    </span>
  );
}

function Ratio({ value, why = TOO_FEW }: { value: number | null; why?: string }) {
  return value === null ? <Missing why={why} /> : <>{formatStatistic(value, { signed: true })}</>;
}

function Returns({ data }: { data: PortfolioStatisticsDto }) {
  const { returns, benchmark } = data;
  const title = "The account's value by day";
  if (returns === null) {
    return (
      <Panel title={title}>
        <Empty title="No day has closed in this time" className="py-10">
          The numbers rest on the value of the account at each close.
        </Empty>
      </Panel>
    );
  }
  const fall = returns.maximum_drawdown;
  const numbers: Number[] = [
    { meaning: MEANINGS.timeWeighted, value: <Rate value={returns.total_return} /> },
    {
      meaning: MEANINGS.moneyWeighted,
      value: <Rate value={data.money_weighted_return} />,
      below: "a year",
    },
    { meaning: MEANINGS.annualReturn, value: <Rate value={returns.annual_return} /> },
    {
      meaning: MEANINGS.volatility,
      value:
        returns.annual_volatility === null ? (
          <Missing why={TOO_FEW} />
        ) : (
          formatShare(returns.annual_volatility, 2)
        ),
    },
    {
      meaning: MEANINGS.sharpe,
      value: <Ratio value={returns.sharpe} why="The value did not move, or on one day alone" />,
    },
    {
      meaning: MEANINGS.sortino,
      value: <Ratio value={returns.sortino} why="The value never fell" />,
    },
    {
      meaning: MEANINGS.drawdown,
      value: fall ? <Rate value={fall.depth} /> : "none",
      below: fall ? (
        <>
          {fall.peak} to {fall.trough},{" "}
          {fall.recovered === null ? "not made up" : `made up ${fall.recovered}`}
        </>
      ) : null,
    },
    {
      meaning: MEANINGS.calmar,
      value: <Ratio value={returns.calmar} why="The value never fell" />,
    },
    { meaning: MEANINGS.exposure, value: formatShare(returns.exposure) },
    { meaning: MEANINGS.invested, value: formatShare(returns.days_invested) },
    {
      meaning: MEANINGS.turnover,
      value:
        data.turnover === null ? (
          <Missing why={TOO_FEW} />
        ) : (
          `${formatStatistic(data.turnover)} times`
        ),
    },
  ];
  const beside: Number[] =
    benchmark === null
      ? []
      : [
          {
            meaning: MEANINGS.benchmarkReturn,
            value: <Rate value={benchmark.total_return} />,
            below: benchmark.symbol,
          },
          { meaning: MEANINGS.excess, value: <Rate value={benchmark.excess_return} /> },
          {
            meaning: MEANINGS.beta,
            value: <Ratio value={benchmark.beta} why="The benchmark did not move" />,
          },
          {
            meaning: MEANINGS.alpha,
            value: <Rate value={benchmark.alpha} why="The benchmark did not move" />,
          },
        ];
  return (
    <Panel
      title={title}
      actions={
        <span className="tabular text-12 text-muted">
          {data.begin ?? "opening"} to {data.end}, {count(returns.days, "day")}
          {data.rebuilt_days > 0 ? `, ${data.rebuilt_days} made good later` : ""}
        </span>
      }
    >
      <Numbers numbers={numbers} />
      {data.no_benchmark === null ? null : (
        <p role="status" className="border-t px-4 py-2.5 text-muted">
          {data.no_benchmark} Choose another symbol, or other days.
        </p>
      )}
      {beside.length === 0 ? null : (
        <div className="border-t">
          <Numbers numbers={beside} />
        </div>
      )}
    </Panel>
  );
}

function Trades({ trades: s }: { trades: StatisticsDto }) {
  const none = "No closed trade of that kind";
  const numbers: Number[] = [
    {
      meaning: MEANINGS.trades,
      value: s.total,
      below: `${s.wins} won, ${s.losses} lost`,
    },
    {
      meaning: MEANINGS.winRate,
      value:
        s.win_rate_percent === null ? (
          <Missing why="No closed trade" />
        ) : (
          formatPercent(s.win_rate_percent)
        ),
    },
    { meaning: MEANINGS.totalRealized, value: <Change value={s.total_realized} /> },
    { meaning: MEANINGS.expectancy, value: <Change value={s.expectancy} why="No closed trade" /> },
    {
      meaning: MEANINGS.profitFactor,
      value: <Amount value={s.profit_factor} places={2} why="No trade has lost" />,
    },
    {
      meaning: MEANINGS.averageR,
      value: <Change value={s.average_r} why="No closed trade with a known risk" />,
    },
    {
      meaning: MEANINGS.averageWin,
      value: <Change value={s.average_win} why={none} />,
      below: <Change value={s.largest_win} why={none} />,
    },
    {
      meaning: MEANINGS.averageLoss,
      value: <Change value={s.average_loss} why={none} />,
      below: <Change value={s.largest_loss} why={none} />,
    },
  ];
  return (
    <Panel
      title="Closed trades"
      actions={
        <span className="text-12 text-muted">
          since the opening, after commission ·{" "}
          <a href={whyLink()} className="text-accent underline-offset-2 hover:underline">
            which trades
          </a>
        </span>
      }
    >
      <Numbers numbers={numbers} />
    </Panel>
  );
}

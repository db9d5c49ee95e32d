import { useMemo } from "react";

import { useRead } from "@/api/context";
import type { ValueMark } from "@/charts/value-chart";
import { type PortfolioSearch, whyLink, withDays } from "@/features/portfolio/search";
import type { ClosedTrade, PortfolioDto, SnapshotDto } from "@/gen/types";
import { add, compare } from "@/lib/decimal";
import { count } from "@/lib/share";
import { exchangeDate, exchangeDateTime } from "@/lib/time";
import { without } from "@/lib/without";
import { Badge } from "@/ui/badge";
import { type Column, DataTable } from "@/ui/data-table";
import { DaySpan } from "@/ui/day-field";
import { Amount, Change } from "@/ui/number";
import { Empty, Guard, Skeleton } from "@/ui/panel";
import { Pager } from "@/ui/pager";
import { Reading } from "@/ui/reading";
import { ValuePanel } from "@/ui/value-panel";

interface HistoryProps {
  portfolio: PortfolioDto;
  search: PortfolioSearch;
  onSearch: (search: PortfolioSearch, replace?: boolean) => void;
}

/** The first day of each trade and its last, with what the day's trades came to together. */
export function marksOf(trades: readonly ClosedTrade[]): ValueMark[] {
  const opened = new Map<string, number>();
  const closed = new Map<string, { net: string; count: number }>();
  for (const trade of trades) {
    const first = exchangeDate(trade.opened_at);
    opened.set(first, (opened.get(first) ?? 0) + 1);
    const last = exchangeDate(trade.closed_at);
    const day = closed.get(last) ?? { net: "0", count: 0 };
    closed.set(last, {
      net: add(day.net, trade.realized_pnl) ?? day.net,
      count: day.count + 1,
    });
  }
  return [
    ...[...opened].map(([date, trades]) => ({ date, kind: "open" as const, trades })),
    ...[...closed].map(([date, day]) => ({
      date,
      kind: compare(day.net, "0") < 0 ? ("loss" as const) : ("gain" as const),
      trades: day.count,
    })),
  ].toSorted((a, b) => a.date.localeCompare(b.date));
}

/** The account at each close, with the value over time. */
export function History({ portfolio, search, onSearch }: HistoryProps) {
  const page = Math.floor((search.offset ?? 0) / 30);
  const snapshots = useRead("snapshots_list", {
    from: search.from ?? null,
    to: search.until ?? null,
    page,
  });
  const turn = (offset: number) => {
    const rest = without(search, "offset");
    onSearch(offset === 0 ? rest : { ...rest, offset }, true);
  };
  const { history, trades } = portfolio;
  const shown = useMemo(
    () =>
      history.filter(
        ({ date }) =>
          (search.from === undefined || date >= search.from) &&
          (search.until === undefined || date <= search.until),
      ),
    [history, search.from, search.until],
  );
  const marks = useMemo(() => marksOf(trades), [trades]);
  return (
    <>
      <div className="flex flex-wrap items-center justify-end gap-2">
        <DaySpan search={search} onChange={(change) => onSearch(withDays(search, change), true)} />
      </div>
      <Guard what="The value over time could not be drawn.">
        <ValuePanel portfolio={{ ...portfolio, history: shown }} marks={marks} />
      </Guard>
      <Reading of={snapshots} what="the days" skeleton={<Skeleton className="h-80 rounded-card" />}>
        {(data) => (
          <>
            <DataTable
              name="snapshots"
              caption="Value at each close"
              title={
                <h2 className="font-semibold">
                  Value at each close{" "}
                  <span className="tabular font-normal text-muted">{data.total}</span>
                </h2>
              }
              columns={COLUMNS}
              rows={data.snapshots}
              rowKey={({ date }) => date}
              empty={
                <Empty title="No day has closed in this time">
                  The account is valued at each close of the exchange. A close that was missed is
                  made good later and marked.
                </Empty>
              }
            />
            <Pager
              what="days"
              offset={data.page * data.page_size}
              size={data.page_size}
              total={data.total}
              onOffset={turn}
            />
          </>
        )}
      </Reading>
    </>
  );
}

const amount = (
  id: string,
  header: string,
  of: (row: SnapshotDto) => string | null,
  change = false,
): Column<SnapshotDto> => ({
  id,
  header,
  numeric: true,
  text: of,
  compare: (a, b) => compare(of(a), of(b)),
  cell: (row) =>
    change ? (
      <Change value={of(row)} why="There is no day before it" />
    ) : (
      <Amount value={of(row)} places={2} />
    ),
});

const COLUMNS: readonly Column<SnapshotDto>[] = [
  {
    id: "date",
    header: "Day",
    fixed: true,
    text: ({ date }) => date,
    compare: (a, b) => a.date.localeCompare(b.date),
    cell: ({ date, at, is_rebuilt: isRebuilt }) => (
      <span className="tabular whitespace-nowrap" title={`${exchangeDateTime(at)} ET`}>
        <a
          href={whyLink(date, date)}
          aria-label={`Why: what changed the account on ${date}`}
          className="text-accent underline-offset-2 hover:underline"
        >
          {date}
        </a>{" "}
        {isRebuilt ? (
          <span title="The close was missed; it was made good from fills and closing prices">
            <Badge tone="warn">rebuilt</Badge>
          </span>
        ) : null}
      </span>
    ),
  },
  amount("value", "Value", (row) => row.net_liquidation),
  amount("change", "Change", (row) => row.change, true),
  amount("cash", "Cash", (row) => row.cash),
  amount("positions", "Positions", (row) => row.positions_value),
  amount("realized", "Realised so far", (row) => row.realized_pnl, true),
  amount("unrealized", "Unrealised", (row) => row.unrealized_pnl, true),
  {
    id: "held",
    header: "Held",
    text: (row) => held(row),
    cell: (row) => (
      <span className="text-muted" title={held(row)}>
        {row.positions.length === 0
          ? "nothing"
          : row.positions.length <= 3
            ? row.positions.map(({ symbol }) => symbol).join(", ")
            : count(row.positions.length, "position")}
      </span>
    ),
  },
];

const held = (row: SnapshotDto): string =>
  row.positions
    .map(
      ({ symbol, quantity, price }) =>
        `${quantity} ${symbol}${price === null ? " without a price" : ` at ${price}`}`,
    )
    .join(", ");

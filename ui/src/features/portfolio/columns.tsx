import { Lots } from "@/features/portfolio/open-lots";
import type { PortfolioLinks } from "@/features/portfolio/view";
import type { ClosedTrade, PositionDto } from "@/gen/types";
import { compare, formatDecimal, formatPercent, protection } from "@/lib/decimal";
import { distance, exchangeDate, exchangeDateTime } from "@/lib/time";
import { humanise } from "@/lib/words";
import type { Column } from "@/ui/data-table";
import { Amount, Change } from "@/ui/number";

const NO_PRICE = "There is no last price for it";

type Decimal = string | null;

function Why({ href, what }: { href: string; what: string }) {
  return (
    <a
      href={href}
      aria-label={`Why: the lineage of ${what}`}
      className="text-accent underline-offset-2 hover:underline"
    >
      why
    </a>
  );
}

/** A column of amounts. */
function amount<Row>(
  id: string,
  header: string,
  of: (row: Row) => Decimal,
  options: { places?: number; change?: boolean; percent?: boolean; why?: string } = {},
): Column<Row> {
  const { places, change = false, percent = false, why = NO_PRICE } = options;
  return {
    id,
    header,
    numeric: true,
    text: of,
    compare: (a, b) => compare(of(a), of(b)),
    cell: (row) =>
      change ? (
        <Change value={of(row)} percent={percent} why={why} />
      ) : (
        <Amount value={of(row)} why={why} {...(places === undefined ? {} : { places })} />
      ),
  };
}

/** A stop or a target, with how far the last price is from it. */
const level = (
  id: "stop" | "target",
  header: string,
  of: (row: PositionDto) => string,
  far: (row: PositionDto) => Decimal,
): Column<PositionDto> => ({
  ...amount<PositionDto>(id, header, (row) => protection(of(row))),
  cell: (row) => (
    <span title={far(row) === null ? undefined : `The last price is ${far(row) ?? ""} % from it`}>
      <Amount value={protection(of(row))} why={`No ${id} works at the broker for it`} />
      {far(row) === null ? null : (
        <span className="block text-12 text-muted">{formatPercent(far(row))} off</span>
      )}
    </span>
  ),
});

export const positionColumns = (links: PortfolioLinks): Column<PositionDto>[] => [
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: ({ position }) => position.symbol,
    compare: (a, b) => a.position.symbol.localeCompare(b.position.symbol),
    cell: ({ position, company_name: name }) => (
      <span title={name ?? undefined}>
        <span className="font-semibold">{position.symbol}</span>
        {name === null ? null : (
          <span className="block max-w-40 truncate text-12 text-muted">{name}</span>
        )}
      </span>
    ),
  },
  {
    id: "strategy",
    header: "Strategy",
    text: ({ position }) => position.strategy_id,
    compare: (a, b) => a.position.strategy_id.localeCompare(b.position.strategy_id),
    cell: ({ position }) => <span className="text-muted">{position.strategy_id}</span>,
  },
  {
    ...amount<PositionDto>("quantity", "Shares", ({ position }) => position.quantity),
    cell: (row) => <Lots held={row} links={links} />,
  },
  amount("cost", "Average cost", ({ position }) => position.average_cost, { places: 2 }),
  {
    ...amount<PositionDto>("last", "Last", (row) => row.last_price),
    cell: (row) => (
      <span title={row.price_as_of ? `${exchangeDateTime(row.price_as_of, true)} ET` : undefined}>
        <Amount value={row.last_price} why={NO_PRICE} />
      </span>
    ),
  },
  amount("basis", "Cost", (row) => row.cost_basis, { places: 2 }),
  amount("value", "Value", (row) => row.market_value, { places: 2 }),
  amount("unrealized", "Unrealised", (row) => row.unrealized_pnl, { change: true }),
  amount("percent", "%", (row) => row.unrealized_percent, { change: true, percent: true }),
  level(
    "stop",
    "Stop",
    (row) => row.position.stop_price,
    (row) => row.stop_distance_percent,
  ),
  level(
    "target",
    "Target",
    (row) => row.position.target_price,
    (row) => row.target_distance_percent,
  ),
  {
    id: "opened",
    header: "Opened",
    text: ({ position }) => position.opened_at,
    compare: (a, b) => a.position.opened_at.localeCompare(b.position.opened_at),
    cell: ({ position }) => (
      <span
        className="tabular whitespace-nowrap text-muted"
        title={`${exchangeDateTime(position.opened_at)} ET`}
      >
        {exchangeDate(position.opened_at)}
      </span>
    ),
  },
  {
    id: "why",
    header: "Lineage",
    fixed: true,
    text: ({ position }) => position.execution_id,
    cell: ({ position }) => (
      <Why
        href={links.lineage(position.execution_id)}
        what={`the position in ${position.symbol}`}
      />
    ),
  },
];

export const tradeColumns = (links: PortfolioLinks): Column<ClosedTrade>[] => [
  {
    id: "closed",
    header: "Closed",
    fixed: true,
    text: (trade) => trade.closed_at,
    compare: (a, b) => a.closed_at.localeCompare(b.closed_at),
    cell: (trade) => (
      <span className="tabular whitespace-nowrap">{exchangeDateTime(trade.closed_at)}</span>
    ),
  },
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: (trade) => trade.symbol,
    compare: (a, b) => a.symbol.localeCompare(b.symbol),
    cell: (trade) => <span className="font-semibold">{trade.symbol}</span>,
  },
  {
    id: "strategy",
    header: "Strategy",
    text: (trade) => trade.strategy_id,
    compare: (a, b) => a.strategy_id.localeCompare(b.strategy_id),
    cell: (trade) => <span className="text-muted">{trade.strategy_id}</span>,
  },
  {
    id: "cause",
    header: "Closed by",
    text: (trade) => trade.exit_cause,
    compare: (a, b) => a.exit_cause.localeCompare(b.exit_cause),
    cell: (trade) => humanise(trade.exit_cause),
  },
  amount("quantity", "Shares", (trade) => trade.quantity, { places: 0 }),
  amount("in", "In", (trade) => trade.entry_price, { places: 2 }),
  amount("out", "Out", (trade) => trade.exit_price, { places: 2 }),
  {
    id: "held",
    header: "Held",
    numeric: true,
    text: (trade) => distance(trade.opened_at, trade.closed_at),
    cell: (trade) => (
      <span className="text-muted">{distance(trade.opened_at, trade.closed_at)}</span>
    ),
  },
  amount("gross", "Gross", (trade) => trade.gross_pnl, { change: true }),
  amount("commission", "Commission", (trade) => trade.commission, { places: 2 }),
  amount("realized", "Net", (trade) => trade.realized_pnl, { change: true }),
  {
    ...amount<ClosedTrade>("r", "R", (trade) => trade.r_multiple),
    cell: (trade) => (
      <span title={trade.r_multiple === null ? "The risk at entry is not known" : undefined}>
        {formatDecimal(trade.r_multiple, { places: 2, signed: true })}
      </span>
    ),
  },
  {
    id: "why",
    header: "Lineage",
    fixed: true,
    text: (trade) => trade.entry_execution_id,
    cell: (trade) => (
      <Why href={links.lineage(trade.entry_execution_id)} what={`the trade in ${trade.symbol}`} />
    ),
  },
];

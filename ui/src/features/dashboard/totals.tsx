import type { ReactNode } from "react";

import { useRead } from "@/api/context";
import { Source } from "@/ui/source";
import type { ConnectionDto, PortfolioDto, StatusDto } from "@/gen/types";
import { divide, formatPercent, multiply, subtract } from "@/lib/decimal";
import { exchangeDate, exchangeDateTime, shortDateTime } from "@/lib/time";
import { ENVIRONMENTS, GATEWAY_STATES } from "@/lib/words";
import { Countdown } from "@/ui/countdown";
import { Amount, Change, Missing } from "@/ui/number";
import { ErrorPanel, Skeleton } from "@/ui/panel";
import { StateWord } from "@/ui/state";

/** The last close before today, from which today's profit is counted. */
export function baseOf({ history, state, starting_cash: opening }: PortfolioDto): {
  value: string;
  date: string | null;
} {
  const today = exchangeDate(state.at);
  const before = history.findLast(({ date }) => date < today);
  return before
    ? { value: before.net_liquidation, date: before.date }
    : { value: opening, date: null };
}

/** The first row: where orders go, what the account is worth, and what comes next. */
export function Totals({ status }: { status: StatusDto | undefined }) {
  const portfolio = useRead("portfolio_get", {});
  const connection = useRead("connection_get", {});
  const wait = <Skeleton className="my-1 h-5 w-24" />;
  const unread = <Missing why="It could not be read" />;
  const of = <T,>(read: { data: T | undefined; error: unknown }, show: (data: T) => ReactNode) =>
    read.data === undefined ? (read.error ? unread : wait) : show(read.data);
  const tiles: readonly (readonly [label: string, value: ReactNode, below: ReactNode])[] = [
    [
      "Session",
      of(connection, (data) => <StateWord state={GATEWAY_STATES[data.state]} />),
      of(connection, (data) => <Place connection={data} status={status} />),
    ],
    [
      "Value, USD",
      of(portfolio, ({ state }) => <Amount value={state.net_liquidation} places={2} />),
      of(portfolio, ({ state, starting_cash: opening }) => (
        <>
          <Change value={percentOf(subtract(state.net_liquidation, opening), opening)} percent />
          <span className="text-muted"> since opening</span>
        </>
      )),
    ],
    [
      "Today's P&L",
      of(portfolio, (data) => (
        <Change value={subtract(data.state.net_liquidation, baseOf(data).value)} />
      )),
      of(portfolio, (data) => <Today portfolio={data} />),
    ],
    [
      "Open P&L",
      of(portfolio, ({ state }) => <Change value={state.unrealized_pnl} />),
      of(portfolio, ({ positions }) => <Priced positions={positions} />),
    ],
    [
      "Cash",
      of(portfolio, ({ state }) => <Amount value={state.cash} places={2} />),
      of(portfolio, ({ state }) => (
        <span className="text-muted">
          {formatPercent(percentOf(state.cash, state.net_liquidation))} of the value
        </span>
      )),
    ],
    [
      "Next run in",
      status ? (
        status.next_run === null ? (
          <Missing why="No strategy follows its schedule" />
        ) : (
          <Countdown now={status.now} until={status.next_run} label="Next run" />
        )
      ) : (
        wait
      ),
      status ? (
        <span className="text-muted">
          {status.next_run === null ? "none is planned" : `${shortDateTime(status.next_run)} ET`}
        </span>
      ) : (
        wait
      ),
    ],
  ];
  return (
    <section aria-label="The account">
      <dl className="grid grid-cols-6 divide-x rounded-card border bg-surface max-[1100px]:grid-cols-3">
        {tiles.map(([label, value, below]) => (
          <div key={label} className="min-w-0 px-4 py-2.5">
            <dt className="text-12 text-muted">{label}</dt>
            <dd className="mt-0.5 truncate text-18 font-semibold">{value}</dd>
            <dd className="tabular truncate text-12">{below}</dd>
          </div>
        ))}
      </dl>
      {portfolio.error ? (
        <ErrorPanel
          className="mt-4"
          what={
            portfolio.data
              ? "The account could not be read again; what is shown is from before."
              : "The account could not be read."
          }
          error={portfolio.error}
          onRetry={() => void portfolio.refetch()}
        />
      ) : null}
      {connection.error ? (
        <ErrorPanel
          className="mt-4"
          what="The session could not be read."
          error={connection.error}
          onRetry={() => void connection.refetch()}
        />
      ) : null}
    </section>
  );
}

const percentOf = (part: string | null, whole: string): string | null =>
  divide(multiply(part, "100"), whole, 4);

function Place({
  connection,
  status,
}: {
  connection: ConnectionDto;
  status: StatusDto | undefined;
}) {
  const { word } = ENVIRONMENTS[connection.environment];
  return <Source of={word} at={connection.last_tickle} now={status?.now} staleAfter={300} />;
}

function Today({ portfolio }: { portfolio: PortfolioDto }) {
  const base = baseOf(portfolio);
  const change = subtract(portfolio.state.net_liquidation, base.value);
  return (
    <span
      title={
        base.date === null
          ? "No earlier day has closed: it is counted from the opening of the account"
          : `Counted from the close of ${base.date}; paying in or out counts as profit or loss`
      }
    >
      <Change value={percentOf(change, base.value)} percent />
      <span className="text-muted">
        {" "}
        since {base.date === null ? "opening" : base.date.slice(5)}
      </span>
    </span>
  );
}

function Priced({ positions }: { positions: PortfolioDto["positions"] }) {
  const without = positions.filter(({ last_price: last }) => last === null).length;
  const oldest = positions
    .flatMap(({ price_as_of: at }) => at ?? [])
    .toSorted()
    .at(0);
  return (
    <span
      className="text-muted"
      title={oldest ? `The oldest price is of ${exchangeDateTime(oldest, true)} ET` : undefined}
    >
      {positions.length} held
      {without > 0 ? <span className="text-warn">, {without} without price</span> : null}
    </span>
  );
}

import { useRead } from "@/api/context";
import type { DashboardLinks } from "@/features/dashboard/links";
import { Track } from "@/features/dashboard/track";
import type { PositionDto } from "@/gen/types";
import { divide, formatPercent, formatPrice, multiply, protection, subtract } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime, secondsBetween } from "@/lib/time";
import { cn } from "@/ui/cn";
import { Amount, Change, Missing } from "@/ui/number";
import { Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";
import { Source } from "@/ui/source";
import { Light } from "@/ui/state";

/** A price that is older than so many seconds is shown as stale. */
const STALE = 15 * 60;

/** Positions on the dashboard; the rest is on Portfolio. */
const SHOWN = 12;

/** What is held, and how far it is from its stop and its target. */
export function OpenPositions({ now, links }: { now: string | null; links: DashboardLinks }) {
  const portfolio = useRead("portfolio_get", {});
  return (
    <Panel
      title={
        <>
          Open positions{" "}
          <span className="tabular font-normal text-muted">
            {portfolio.data?.positions.length ?? ""}
          </span>
        </>
      }
      actions={
        <>
          {portfolio.data ? (
            <Source of="our ledger, the broker's prices" at={portfolio.data.state.at} now={now} />
          ) : null}
          <a href="#/portfolio" className="pl-2 text-accent underline-offset-2 hover:underline">
            Portfolio
          </a>
        </>
      }
    >
      <Reading of={portfolio} what="the positions" skeleton={<Skeleton className="m-4 h-24" />}>
        {({ positions }) =>
          positions.length === 0 ? (
            <p className="px-4 py-3 text-muted">
              Nothing is held. A position opens when a BUY passes the risk gate and its order fills.
            </p>
          ) : (
            <>
              <div className="overflow-x-auto">
                <Held positions={positions.slice(0, SHOWN)} now={now} links={links} />
              </div>
              {positions.length > SHOWN ? (
                <p className="border-t px-4 py-2 text-12 text-muted">
                  {positions.length - SHOWN} more are on Portfolio.
                </p>
              ) : null}
            </>
          )
        }
      </Reading>
    </Panel>
  );
}

const PLAIN = "first:pl-4 last:pr-4";

function Held({
  positions,
  now,
  links,
}: {
  positions: readonly PositionDto[];
  now: string | null;
  links: DashboardLinks;
}) {
  return (
    <Table className="[&_tr:last-child>td]:border-b-0">
      <caption className="sr-only">Open positions</caption>
      <thead>
        <tr>
          <Th className={PLAIN}>Symbol</Th>
          <Th className={NUMERIC}>Shares</Th>
          <Th className={NUMERIC}>Last</Th>
          <Th className={NUMERIC}>Age</Th>
          <Th className={NUMERIC}>Value</Th>
          <Th className={NUMERIC}>Open P&L</Th>
          <Th className={NUMERIC}>To stop</Th>
          <Th className="w-28 px-1 text-center">Stop to target</Th>
          <Th className={NUMERIC}>To target</Th>
          <Th className={PLAIN}>Lineage</Th>
        </tr>
      </thead>
      <tbody>
        {positions.map((row) => (
          <Row
            key={`${row.position.strategy_id} ${row.position.conid}`}
            row={row}
            now={now}
            links={links}
          />
        ))}
      </tbody>
    </Table>
  );
}

const NO_PRICE = "There is no last price for it";

function Row({ row, now, links }: { row: PositionDto; now: string | null; links: DashboardLinks }) {
  const { position, last_price: last, price_as_of: at } = row;
  const age = secondsBetween(at, now);
  const isStale = age !== null && age > STALE;
  const [stop, target] = [protection(position.stop_price), protection(position.target_price)];
  return (
    <tr>
      <Td className={cn(PLAIN, "whitespace-nowrap")}>
        <span className="font-semibold">{plain(position.symbol)}</span>{" "}
        <span className="text-12 text-muted">{plain(position.strategy_id)}</span>
      </Td>
      <Td className={NUMERIC}>
        <Amount value={position.quantity} places={0} />
      </Td>
      <Td className={cn(NUMERIC, isStale && "text-muted")}>
        <Amount value={last} why={NO_PRICE} />
      </Td>
      <Td className={cn(NUMERIC, "text-12", isStale ? "text-warn" : "text-muted")}>
        {last === null || at === null || now === null ? (
          <Missing why={last === null ? NO_PRICE : "When the price was named is not known"} />
        ) : (
          <span title={`The broker named it at ${exchangeDateTime(at, true)} ET`}>
            {age !== null && age <= 0 ? "now" : distance(at, now)}
          </span>
        )}
      </Td>
      <Td className={NUMERIC}>
        <Amount value={row.market_value} places={2} why={NO_PRICE} />
      </Td>
      <Td className={NUMERIC}>
        <Change value={row.unrealized_pnl} why={NO_PRICE} />{" "}
        {row.unrealized_percent === null ? null : (
          <span className="text-12 text-muted">{formatPercent(row.unrealized_percent, true)}</span>
        )}
      </Td>
      <Td className={NUMERIC}>
        {stop === null ? (
          <span className="inline-flex items-center gap-1 font-medium text-warn">
            <Light tone="warn" shape="triangle" /> no stop
          </span>
        ) : (
          <Away to={stop} from={last} />
        )}
      </Td>
      <Td className="px-1 align-middle">
        <Track stop={stop} target={target} entry={position.average_cost} last={last} />
      </Td>
      <Td className={NUMERIC}>
        {target === null ? (
          <Missing why="No target works at the broker for it" />
        ) : (
          <Away to={target} from={last} />
        )}
      </Td>
      <Td className={PLAIN}>
        <a
          href={links.lineage(position.execution_id)}
          aria-label={`Why: the lineage of the position in ${position.symbol}`}
          className="text-accent underline-offset-2 hover:underline"
        >
          why
        </a>
      </Td>
    </tr>
  );
}

/** A price and how far it is from the last one, in percent of that. */
function Away({ to, from }: { to: string; from: string | null }) {
  const percent = divide(multiply(subtract(to, from), "100"), from, 4);
  return (
    <span className="inline-flex items-baseline gap-1.5">
      {formatPrice(to)}
      {percent === null ? (
        <Missing why={NO_PRICE} />
      ) : (
        <span className="text-12 text-muted">{formatPercent(percent, true)}</span>
      )}
    </span>
  );
}

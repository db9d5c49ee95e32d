import { useRead } from "@/api/context";
import type { PortfolioSearch } from "@/features/portfolio/search";
import type { PortfolioLinks } from "@/features/portfolio/view";
import type { PnlDimension, PnlLotDto } from "@/gen/types";
import { compare } from "@/lib/decimal";
import { count } from "@/lib/share";
import { plain } from "@/lib/text";
import { distance, exchangeDateTime } from "@/lib/time";
import { without } from "@/lib/without";
import { humanise } from "@/lib/words";
import { type Column, DataTable } from "@/ui/data-table";
import { Amount, Change } from "@/ui/number";
import { Empty, Skeleton } from "@/ui/panel";
import { Pager } from "@/ui/pager";
import { Reading } from "@/ui/reading";

const PAGE = 50;

interface LotListProps {
  by: PnlDimension;
  /** Nothing for all of them. */
  group: string | null;
  label: string;
  search: PortfolioSearch;
  onSearch: (search: PortfolioSearch, replace?: boolean) => void;
  links: PortfolioLinks;
}

/** The lots of a group, each with the ways to the decisions behind it. */
export function LotList({ by, group, label, search, onSearch, links }: LotListProps) {
  const offset = search.offset ?? 0;
  const lots = useRead("pnl_lots", {
    by,
    key: group,
    from: search.from ?? null,
    to: search.until ?? null,
    offset,
    limit: PAGE,
  });
  const turn = (next: number) => {
    const rest = without(search, "offset");
    onSearch(next === 0 ? rest : { ...rest, offset: next }, true);
  };
  return (
    <Reading of={lots} what="the trades" skeleton={<Skeleton className="h-40 rounded-card" />}>
      {(data) => (
        <>
          <DataTable
            name="pnl-lots"
            caption={group === null ? label : `Lots of ${plain(label)}`}
            title={
              <h2 className="font-semibold">
                {plain(label)}{" "}
                <span className="tabular font-normal text-muted">{count(data.total, "lot")}</span>
              </h2>
            }
            columns={columns(links)}
            rows={data.lots}
            rowKey={(lot) => `${lot.entry_fill_id} ${lot.exit_fill_id}`}
            empty={<Empty title="No lot of this group is closed in this time" />}
          />
          <Pager what="lots" offset={offset} size={PAGE} total={data.total} onOffset={turn} />
        </>
      )}
    </Reading>
  );
}

function Decision({ href, what, of }: { href: string; what: string; of: string }) {
  return (
    <a
      href={href}
      aria-label={`Why: the ${what} of ${of}`}
      className="text-accent underline-offset-2 hover:underline"
    >
      {what}
    </a>
  );
}

const instant = (
  id: string,
  header: string,
  of: (lot: PnlLotDto) => string,
): Column<PnlLotDto> => ({
  id,
  header,
  text: of,
  compare: (a, b) => of(a).localeCompare(of(b)),
  cell: (lot) => <span className="tabular whitespace-nowrap">{exchangeDateTime(of(lot))}</span>,
});

const amount = (
  id: string,
  header: string,
  of: (lot: PnlLotDto) => string,
  places?: number,
): Column<PnlLotDto> => ({
  id,
  header,
  numeric: true,
  text: of,
  compare: (a, b) => compare(of(a), of(b)),
  cell: (lot) =>
    places === undefined ? <Change value={of(lot)} /> : <Amount value={of(lot)} places={places} />,
});

const columns = (links: PortfolioLinks): readonly Column<PnlLotDto>[] => [
  instant("closed", "Closed", (lot) => lot.closed_at),
  {
    id: "symbol",
    header: "Symbol",
    fixed: true,
    text: (lot) => lot.symbol,
    compare: (a, b) => a.symbol.localeCompare(b.symbol),
    cell: (lot) => <span className="font-semibold">{lot.symbol}</span>,
  },
  {
    id: "strategy",
    header: "Strategy",
    text: (lot) => lot.strategy_id,
    compare: (a, b) => a.strategy_id.localeCompare(b.strategy_id),
    cell: (lot) => <span className="text-muted">{lot.strategy_id}</span>,
  },
  amount("shares", "Shares", (lot) => lot.quantity, 0),
  amount("in", "In", (lot) => lot.entry_price, 2),
  amount("out", "Out", (lot) => lot.exit_price, 2),
  {
    id: "held",
    header: "Held",
    numeric: true,
    text: (lot) => distance(lot.opened_at, lot.closed_at),
    cell: (lot) => <span className="text-muted">{distance(lot.opened_at, lot.closed_at)}</span>,
  },
  {
    id: "cause",
    header: "Closed by",
    text: (lot) => lot.exit_cause,
    compare: (a, b) => a.exit_cause.localeCompare(b.exit_cause),
    cell: (lot) => humanise(lot.exit_cause),
  },
  amount("gross", "Gross", (lot) => lot.gross),
  amount("commission", "Commission", (lot) => lot.commission, 2),
  amount("net", "Net", (lot) => lot.net),
  amount("cost", "Model cost", (lot) => lot.model_cost, 4),
  {
    id: "why",
    header: "Why",
    fixed: true,
    text: (lot) => lot.entry_execution_id,
    cell: (lot) => (
      <span className="flex gap-2 whitespace-nowrap">
        <Decision
          what="entry"
          href={links.lineage(lot.entry_execution_id, "place_order")}
          of={`${lot.symbol} at ${exchangeDateTime(lot.opened_at)}`}
        />
        <Decision
          what="exit"
          href={links.lineage(lot.exit_execution_id, "place_order")}
          of={`${lot.symbol} at ${exchangeDateTime(lot.closed_at)}`}
        />
      </span>
    ),
  },
];

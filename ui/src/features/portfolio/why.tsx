import { useRead } from "@/api/context";
import { DivergingBars } from "@/features/portfolio/diverging";
import { LotList } from "@/features/portfolio/lots";
import { MEANINGS } from "@/features/portfolio/meanings";
import { DIMENSIONS, type PortfolioSearch, withDays } from "@/features/portfolio/search";
import type { PortfolioLinks } from "@/features/portfolio/view";
import type { PnlDimension, PnlDto, PnlGroupDto } from "@/gen/types";
import { compare, signOf } from "@/lib/decimal";
import { count } from "@/lib/share";
import { plain } from "@/lib/text";
import { without } from "@/lib/without";
import { type Column, DataTable } from "@/ui/data-table";
import { DaySpan } from "@/ui/day-field";
import { Explain } from "@/ui/explain";
import { Amount, Change } from "@/ui/number";
import { Empty, Guard, Panel, Skeleton } from "@/ui/panel";
import { Reading } from "@/ui/reading";
import { Segments } from "@/ui/segments";

interface WhyProps {
  search: PortfolioSearch;
  onSearch: (search: PortfolioSearch, replace?: boolean) => void;
  links: PortfolioLinks;
}

/** Where the change of the account's value came from. */
export function Why({ search, onSearch, links }: WhyProps) {
  const by = search.by ?? "strategy";
  const pnl = useRead(
    "pnl_get",
    { by, from: search.from ?? null, to: search.until ?? null },
    { keep: true },
  );
  const choose = (next: PnlDimension) =>
    onSearch({ ...without(search, "group", "offset"), by: next }, true);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Segments label="Grouped by" value={by} options={DIMENSIONS} onChange={choose} />
        <span className="ml-auto" />
        <DaySpan search={search} onChange={(change) => onSearch(withDays(search, change), true)} />
      </div>
      <Reading
        of={pnl}
        what="the profit and loss"
        skeleton={<Skeleton className="h-80 rounded-card" />}
      >
        {(data) => (
          <>
            <Origin data={data} search={search} onSearch={onSearch} />
            {data.groups.length === 0 ? null : (
              <>
                <Groups data={data} search={search} onSearch={onSearch} />
                <Guard key={`${by} ${search.group ?? ""}`} what="The trades could not be shown.">
                  <LotList
                    by={by}
                    group={search.group ?? null}
                    label={
                      search.group === undefined
                        ? "All closed lots"
                        : (data.groups.find(({ key }) => key === search.group)?.label ??
                          search.group)
                    }
                    search={search}
                    onSearch={onSearch}
                    links={links}
                  />
                </Guard>
              </>
            )}
          </>
        )}
      </Reading>
    </>
  );
}

type OriginProps = Omit<WhyProps, "links"> & { data: PnlDto };

const toggled = (search: PortfolioSearch, key: string): PortfolioSearch => {
  const rest = without(search, "group", "offset");
  return search.group === key ? rest : { ...rest, group: key };
};

function Origin({ data, search, onSearch }: OriginProps) {
  const remainders = data.remainders.filter(
    ({ amount, kind }) =>
      (amount === null && kind === "not_in_fills") || (signOf(amount) ?? 0) !== 0,
  );
  const bars = [
    ...data.groups.map((group) => ({
      key: group.key,
      label: plain(group.label),
      note: count(group.lots, "lot"),
      value: group.net,
    })),
    ...remainders.map((part) => ({
      key: `remainder ${part.kind}`,
      label: part.label,
      note: "",
      value: part.amount,
      isRemainder: true,
      explanation: part.explanation,
    })),
  ];
  return (
    <Panel
      title={
        <span className="flex items-center gap-1">
          Where the money came from <Explain meaning={MEANINGS.why} />
        </span>
      }
      actions={
        <span className="tabular text-12 text-muted">
          {data.begin ?? "opening"} to {data.end ?? "now"}, USD, after commission
        </span>
      }
    >
      {bars.length === 0 ? (
        <Empty title="Nothing has changed the account in this time" className="py-10">
          A group appears when a trade is closed. What is held appears as unrealised.
        </Empty>
      ) : (
        <>
          <DivergingBars
            label="Profit and loss by group"
            bars={bars}
            selected={search.group ?? null}
            onSelect={(key) => onSearch(toggled(search, key), true)}
          />
          <p className="tabular flex flex-wrap items-baseline gap-x-2 border-t px-4 py-2.5">
            <span className="font-semibold">Change of the account</span>
            <span className="text-muted">
              <Amount value={data.begin_value} places={2} /> to{" "}
              <Amount value={data.end_value} places={2} />
            </span>
            <Change value={data.change} arrow className="ml-auto text-15 font-semibold" />
          </p>
        </>
      )}
    </Panel>
  );
}

const amount = (
  id: string,
  header: string,
  of: (group: PnlGroupDto) => string,
): Column<PnlGroupDto> => ({
  id,
  header,
  numeric: true,
  text: of,
  compare: (a, b) => compare(of(a), of(b)),
  cell: (group) => <Change value={of(group)} />,
});

const columns = (header: string): readonly Column<PnlGroupDto>[] => [
  {
    id: "label",
    header,
    fixed: true,
    text: ({ label }) => label,
    compare: (a, b) => a.label.localeCompare(b.label),
    cell: ({ label }) => <span className="font-medium">{plain(label)}</span>,
  },
  {
    id: "lots",
    header: "Won / lots",
    numeric: true,
    text: ({ wins, lots }) => `${wins}/${lots}`,
    compare: (a, b) => a.lots - b.lots,
    cell: ({ wins, lots }) => (
      <>
        {wins} <span className="text-muted">/ {lots}</span>
      </>
    ),
  },
  amount("gross", "Gross", ({ gross }) => gross),
  {
    ...amount("commission", "Commission", ({ commission }) => commission),
    cell: ({ commission }) => <Amount value={commission} places={2} />,
  },
  amount("net", "Net", ({ net }) => net),
  {
    ...amount("cost", "Model cost", ({ model_cost: cost }) => cost),
    cell: ({ model_cost: cost }) => <Amount value={cost} places={4} />,
  },
  amount("left", "Net of model cost", ({ net_of_model_cost: left }) => left),
];

function Groups({ data, search, onSearch }: OriginProps) {
  const header = DIMENSIONS.find(({ value }) => value === data.by)?.text ?? "";
  return (
    <>
      <DataTable
        key={data.by}
        name={`pnl-${data.by}`}
        caption={`Profit and loss by ${header.toLowerCase()}`}
        title={<h2 className="font-semibold">Closed lots by {header.toLowerCase()}</h2>}
        columns={columns(header)}
        rows={data.groups}
        rowKey={({ key }) => key}
        selected={search.group ?? null}
        onSelect={(key) => onSearch(toggled(search, key), true)}
        empty={null}
      />
      <p className="text-12 text-muted">
        Together {count(data.total.lots, "lot")}, gross{" "}
        <Amount value={data.total.gross} places={2} />, commission{" "}
        <Amount value={data.total.commission} places={2} />, net <Change value={data.total.net} />,
        model cost <Amount value={data.total.model_cost} places={4} />. Analyses that led to no
        trade, or to one that is open, cost <Amount value={data.other_model_cost} places={4} />.
      </p>
    </>
  );
}

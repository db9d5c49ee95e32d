import { useState } from "react";

import { useRead } from "@/api/context";
import { Comparison } from "@/features/signals/comparison";
import { Leaderboard } from "@/features/signals/leaderboard";
import { MEANINGS } from "@/features/signals/meanings";
import { closed, Totals, WinRate } from "@/features/signals/numbers";
import { filterOf, isNarrowed, type SignalsSearch } from "@/features/signals/search";
import type { PerformanceDimension, PerformanceGroupDto } from "@/gen/types";
import { compare } from "@/lib/decimal";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { type Column, DataTable } from "@/ui/data-table";
import { Explain } from "@/ui/explain";
import { Amount, Change } from "@/ui/number";
import { Empty, ErrorPanel, Guard, Skeleton } from "@/ui/panel";
import { Segments } from "@/ui/segments";

const DIMENSIONS: readonly { value: PerformanceDimension; text: string }[] = [
  { value: "prompt", text: "Prompt version" },
  { value: "strategy", text: "Strategy" },
  { value: "model", text: "Model" },
  { value: "day", text: "Day" },
];

const NONE = "No trade of these has closed";

const number = (
  id: string,
  header: string,
  of: (group: PerformanceGroupDto) => number,
): Column<PerformanceGroupDto> => ({
  id,
  header,
  numeric: true,
  text: (group) => String(of(group)),
  compare: (a, b) => of(a) - of(b),
  cell: (group) => of(group).toLocaleString("en-US"),
});

const amount = (
  id: string,
  header: string,
  of: (group: PerformanceGroupDto) => string | null,
  className?: string,
): Column<PerformanceGroupDto> => ({
  id,
  header,
  numeric: true,
  ...(className === undefined ? {} : { className }),
  text: of,
  compare: (a, b) => compare(of(a), of(b)),
  cell: (group) => <Change value={of(group)} why={NONE} />,
});

export const groupColumns = (header: string): readonly Column<PerformanceGroupDto>[] => [
  {
    id: "label",
    header,
    fixed: true,
    text: ({ label }) => label,
    compare: (a, b) => a.label.localeCompare(b.label),
    cell: ({ label }) => <span className="font-medium">{plain(label)}</span>,
  },
  number("signals", "Signals", ({ numbers }) => numbers.signals),
  number("executed", "Executed", ({ numbers }) => numbers.executed),
  {
    ...number("closed", "Won / lost", ({ numbers }) => closed(numbers)),
    text: ({ numbers }) => `${numbers.wins}/${numbers.losses}`,
    cell: ({ numbers }) => (
      <>
        {numbers.wins} <span className="text-muted">/ {numbers.losses}</span>
      </>
    ),
  },
  {
    id: "rate",
    header: "Win rate, 95 % interval",
    numeric: true,
    text: ({ numbers }) => numbers.win_rate?.value.toFixed(4) ?? null,
    compare: (a, b) => (a.numbers.win_rate?.value ?? -1) - (b.numbers.win_rate?.value ?? -1),
    cell: ({ numbers }) => <WinRate numbers={numbers} />,
  },
  amount("average", "Average R", ({ numbers }) => numbers.average_r),
  amount("best", "Best R", ({ numbers }) => numbers.best_r, "max-[1300px]:hidden"),
  amount("worst", "Worst R", ({ numbers }) => numbers.worst_r, "max-[1300px]:hidden"),
  amount("net", "Net, USD", ({ numbers }) => numbers.net_profit_loss),
  {
    ...amount("cost", "Model cost, USD", ({ numbers }) => numbers.model_cost),
    cell: ({ numbers }) => <Amount value={numbers.model_cost} places={4} />,
  },
  amount("left", "Net of cost, USD", ({ numbers }) => numbers.net_of_model_cost),
];

const groupKey = ({ key, label }: PerformanceGroupDto): string => `${JSON.stringify(key)} ${label}`;

interface PerformanceProps {
  search: SignalsSearch;
  onSearch: (search: SignalsSearch) => void;
}

/** How signals did, from closed trades only. */
export function Performance({ search, onSearch }: PerformanceProps) {
  const [by, setBy] = useState<PerformanceDimension>("prompt");
  const of = filterOf(search);
  const { data, error, refetch } = useRead("performance_get", { by: [by], of });
  const header = DIMENSIONS.find(({ value }) => value === by)?.text ?? "";
  if (!data) {
    return error ? (
      <ErrorPanel
        what="How the signals did could not be read."
        error={error}
        onRetry={() => void refetch()}
      />
    ) : (
      <div aria-busy="true" aria-label="Loading the performance" className="space-y-4">
        <Skeleton className="h-[82px] rounded-card" />
        <Skeleton className="h-80 rounded-card" />
      </div>
    );
  }
  if (data.total.signals === 0) {
    return isNarrowed(search) ? (
      <Empty
        title="No signal fits"
        action={<Button onClick={() => onSearch({ tab: "performance" })}>Count all</Button>}
      />
    ) : (
      <Empty title="No signal has been made yet">
        The numbers come from trades that were opened by a signal and are closed.
      </Empty>
    );
  }
  return (
    <>
      <Totals numbers={data.total} />
      <DataTable
        key={by}
        name={`performance-${by}`}
        caption={`Performance by ${header.toLowerCase()}`}
        title={
          <span className="flex items-center gap-2">
            <h2 className="sr-only">Performance by {header.toLowerCase()}</h2>
            <Segments label="Grouped by" value={by} options={DIMENSIONS} onChange={setBy} />
            <Explain meaning={MEANINGS.winRate} />
          </span>
        }
        columns={groupColumns(header)}
        rows={by === "day" ? data.groups.toReversed() : data.groups}
        rowKey={groupKey}
        empty={<Empty title="There is nothing to group" />}
      />
      {by === "prompt" ? (
        <p className="text-12 text-muted">
          A signal counts once for each version of a prompt that was rendered for it, so that the
          groups add up to more than the signals.
        </p>
      ) : null}
      <div className="grid grid-cols-2 items-start gap-4 max-[1100px]:grid-cols-1">
        <Guard what="The comparison could not be shown.">
          <Comparison key={by} what={header} groups={data.groups} of={of} />
        </Guard>
        <Guard what="The leaderboard could not be shown.">
          <Leaderboard by={by} what={header} of={of} />
        </Guard>
      </div>
    </>
  );
}

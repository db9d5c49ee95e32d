import { useState } from "react";

import { useRead } from "@/api/context";
import { MEANINGS } from "@/features/signals/meanings";
import { closed, WinRate } from "@/features/signals/numbers";
import type { PerformanceDimension, PerformanceFilter } from "@/gen/types";
import { count } from "@/lib/share";
import { plain } from "@/lib/text";
import { Choice } from "@/ui/choice";
import { Explain } from "@/ui/explain";
import { Change } from "@/ui/number";
import { Empty, ErrorPanel, Panel, Skeleton } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

const MINIMA = ["1", "5", "10", "20", "50", "100"] as const;

interface LeaderboardProps {
  by: PerformanceDimension;
  /** What the groups are, such as `Prompt version`. */
  what: string;
  of: PerformanceFilter;
}

/** Groups by their average R, without those that have too few closed trades. */
export function Leaderboard({ by, what, of }: LeaderboardProps) {
  const [minimum, setMinimum] = useState<(typeof MINIMA)[number]>("20");
  const { data, error, refetch } = useRead("leaderboard_get", {
    by: [by],
    minimum_outcomes: Number(minimum),
    of,
  });
  return (
    <Panel
      title={
        <span className="flex items-center gap-1">
          Leaderboard <Explain meaning={MEANINGS.leaderboard} />
        </span>
      }
      actions={
        <Choice
          label="At least"
          value={minimum}
          options={MINIMA.map((value) => ({
            value,
            text: count(Number(value), "closed trade"),
          }))}
          onChange={setMinimum}
        />
      }
    >
      {error ? (
        <ErrorPanel
          className="m-4"
          what="The leaderboard could not be read."
          error={error}
          onRetry={() => void refetch()}
        />
      ) : !data ? (
        <div aria-busy="true" aria-label="Loading the leaderboard" className="p-4">
          <Skeleton className="h-40" />
        </div>
      ) : data.ranked.length === 0 ? (
        <Empty title="No group has enough closed trades" className="py-8">
          {count(data.too_few, "group")} by {what.toLowerCase()}{" "}
          {data.too_few === 1 ? "has" : "have"} fewer than {minimum}.
        </Empty>
      ) : (
        <div className="p-4">
          <Table>
            <caption className="sr-only">Leaderboard</caption>
            <thead>
              <tr>
                <Th className={NUMERIC}>#</Th>
                <Th>{what}</Th>
                <Th className={NUMERIC}>Closed</Th>
                <Th className={NUMERIC}>Win rate</Th>
                <Th className={NUMERIC}>Average R</Th>
              </tr>
            </thead>
            <tbody>
              {data.ranked.map(({ label, numbers }, index) => (
                <tr key={label}>
                  <Td className={`${NUMERIC} w-8 text-muted`}>{index + 1}</Td>
                  <Td className="max-w-44 truncate font-medium" title={plain(label)}>
                    {plain(label)}
                  </Td>
                  <Td className={NUMERIC}>{closed(numbers)}</Td>
                  <Td className={NUMERIC}>
                    <WinRate numbers={numbers} />
                  </Td>
                  <Td className={NUMERIC}>
                    <Change value={numbers.average_r} />
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
          {data.too_few > 0 ? (
            <p className="mt-2 text-12 text-muted">
              {count(data.too_few, "group")} with fewer than {minimum} closed trades{" "}
              {data.too_few === 1 ? "is" : "are"} left out.
            </p>
          ) : null}
        </div>
      )}
    </Panel>
  );
}

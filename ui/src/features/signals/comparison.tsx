import { useState } from "react";

import { useRead } from "@/api/context";
import { MEANINGS } from "@/features/signals/meanings";
import { closed, WinRate } from "@/features/signals/numbers";
import type {
  DifferenceDto,
  PerformanceFilter,
  PerformanceGroupDto,
  PerformanceNumbersDto,
} from "@/gen/types";
import { formatShare, formatStatistic } from "@/lib/share";
import { plain } from "@/lib/text";
import { wholeDays } from "@/lib/time";
import { Choice } from "@/ui/choice";
import { Explain } from "@/ui/explain";
import { Interval } from "@/ui/interval";
import { Change, Missing } from "@/ui/number";
import { Empty, ErrorPanel, Panel, Skeleton } from "@/ui/panel";
import { NUMERIC, Table, Td, Th } from "@/ui/simple-table";

interface ComparisonProps {
  /** What the groups are, such as `Prompt version`. */
  what: string;
  groups: readonly PerformanceGroupDto[];
  of: PerformanceFilter;
}

/** Whether a group can be asked for by itself: what used no prompt cannot. */
const isNamed = ({ key }: PerformanceGroupDto): boolean => Object.values(key).some(Boolean);

/** The signals of one group among those that are counted. */
function narrowed(of: PerformanceFilter, { key }: PerformanceGroupDto): PerformanceFilter {
  return {
    ...of,
    ...(key.prompt ? { prompt_id: key.prompt.prompt_id, prompt_version: key.prompt.version } : {}),
    ...(key.strategy_id === null ? {} : { strategy_id: key.strategy_id }),
    ...(key.model === null ? {} : { model: key.model }),
    ...(key.day === null ? {} : wholeDays(key.day, key.day)),
  };
}

/** Two groups beside each other, and what can be said of them. */
export function Comparison({ what, groups, of }: ComparisonProps) {
  const named = groups.filter(isNamed);
  // The two newest, which is what a person who has just changed a prompt asks for.
  const [chosen, setChosen] = useState({ first: named.length - 1, second: named.length - 2 });
  const [first, second] = [named[chosen.first], named[chosen.second]];
  const options = named.map(({ label }, index) => ({ value: String(index), text: plain(label) }));
  return (
    <Panel
      title={
        <span className="flex items-center gap-1">
          Compare two <Explain meaning={MEANINGS.difference} />
        </span>
      }
    >
      {first && second ? (
        <div className="space-y-3 p-4">
          <div className="flex flex-wrap items-center gap-2">
            <Choice
              label="First"
              value={String(chosen.first)}
              options={options}
              onChange={(index) => setChosen({ ...chosen, first: Number(index) })}
            />
            <Choice
              label="Second"
              value={String(chosen.second)}
              options={options}
              onChange={(index) => setChosen({ ...chosen, second: Number(index) })}
            />
          </div>
          <Sides first={first} second={second} of={of} />
        </div>
      ) : (
        <Empty title="There are no two to compare" className="py-8">
          A comparison needs signals of two groups by {what.toLowerCase()}.
        </Empty>
      )}
    </Panel>
  );
}

function Sides({
  first,
  second,
  of,
}: {
  first: PerformanceGroupDto;
  second: PerformanceGroupDto;
  of: PerformanceFilter;
}) {
  const { data, error, refetch } = useRead("performance_compare", {
    first: narrowed(of, first),
    second: narrowed(of, second),
  });
  if (error) {
    return (
      <ErrorPanel
        what="The two could not be compared."
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  if (!data) {
    return (
      <div aria-busy="true" aria-label="Comparing" className="space-y-3">
        <Skeleton className="h-5 w-3/4" />
        <Skeleton className="h-36" />
      </div>
    );
  }
  const row = (label: string, numbers: PerformanceNumbersDto) => (
    <tr>
      <Td className="max-w-40 truncate font-medium" title={plain(label)}>
        {plain(label)}
      </Td>
      <Td className={NUMERIC}>{closed(numbers)}</Td>
      <Td className={NUMERIC}>
        <WinRate numbers={numbers} />
      </Td>
      <Td className={NUMERIC}>
        <Change value={numbers.average_r} why="No trade of these has closed" />
      </Td>
      <Td className={`${NUMERIC} max-[1500px]:hidden`}>
        <Change value={numbers.net_of_model_cost} />
      </Td>
    </tr>
  );
  return (
    <>
      <p className={data.is_enough ? "font-medium" : "text-muted"}>{plain(data.sentence)}</p>
      <Table>
        <thead>
          <tr>
            <Th>Side</Th>
            <Th className={NUMERIC}>Closed</Th>
            <Th className={NUMERIC}>Win rate</Th>
            <Th className={NUMERIC}>Average R</Th>
            <Th className={`${NUMERIC} max-[1500px]:hidden`}>Net of cost</Th>
          </tr>
        </thead>
        <tbody>
          {row(first.label, data.first)}
          {row(second.label, data.second)}
        </tbody>
      </Table>
      <dl className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1">
        <Difference
          label="Win rate, first − second"
          of={data.win_rate}
          reach={1}
          words={(value) => `${value > 0 ? "+" : ""}${formatShare(value)}`.replace("-", "−")}
        />
        <Difference
          label="Average R, first − second"
          of={data.average_r}
          reach={2}
          words={(value) => formatStatistic(value, { signed: true })}
        />
      </dl>
    </>
  );
}

function Difference({
  label,
  of,
  reach,
  words,
}: {
  label: string;
  of: DifferenceDto | null;
  /** How far the scale goes to both sides of zero. */
  reach: number;
  words: (value: number) => string;
}) {
  return (
    <>
      <dt className="text-12 text-muted">{label}</dt>
      <dd className="tabular text-right font-medium">
        {of ? words(of.value) : <Missing why="One side has no closed trade" />}
      </dd>
      <dd className="flex items-center gap-3">
        {of ? (
          <>
            <Interval
              {...of}
              from={-reach}
              to={reach}
              mark={0}
              className="w-32 shrink-0"
              words={`95 % interval ${words(of.low)} to ${words(of.high)}`}
            />
            <span className="tabular text-12 whitespace-nowrap text-muted">
              {words(of.low)} to {words(of.high)}
            </span>
          </>
        ) : null}
      </dd>
    </>
  );
}

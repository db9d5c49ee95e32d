import type { ReactNode } from "react";

import { MEANINGS } from "@/features/signals/meanings";
import type { PerformanceNumbersDto } from "@/gen/types";
import { count, formatShare } from "@/lib/share";
import { Explain, type Meaning } from "@/ui/explain";
import { Interval } from "@/ui/interval";
import { Amount, Change, Missing } from "@/ui/number";

const NONE = "No trade of these has closed";

/** Closed trades. */
export const closed = ({ wins, losses }: PerformanceNumbersDto): number => wins + losses;

/** The win rate with its interval drawn. */
export function WinRate({ numbers }: { numbers: PerformanceNumbersDto }) {
  const { win_rate: rate } = numbers;
  if (!rate) return <Missing why={NONE} />;
  const words = `95 % interval ${formatShare(rate.low)} to ${formatShare(rate.high)} from ${count(closed(numbers), "closed trade")}`;
  return (
    <span className="inline-flex items-center gap-2" title={words}>
      <span className="tabular w-14 text-right">{formatShare(rate.value)}</span>
      <Interval {...rate} from={0} to={1} mark={0.5} words={words} />
    </span>
  );
}

/** A number under its name, with what it means. */
export function Tile({
  meaning,
  children,
  below,
}: {
  meaning: Meaning;
  children: ReactNode;
  below?: ReactNode;
}) {
  return (
    <div className="min-w-0 px-4 py-2.5">
      <dt className="flex items-center gap-1 text-12 whitespace-nowrap text-muted">
        {meaning.label} <Explain meaning={meaning} />
      </dt>
      <dd className="tabular text-18 font-semibold">{children}</dd>
      <dd className="tabular min-h-[18px] text-12 text-muted">{below}</dd>
    </div>
  );
}

/** How signals did, in one row. */
export function Totals({ numbers }: { numbers: PerformanceNumbersDto }) {
  const { win_rate: rate } = numbers;
  return (
    <dl className="grid grid-cols-[repeat(6,minmax(0,1fr))] divide-x rounded-card border bg-surface max-[1100px]:grid-cols-3">
      <Tile
        meaning={MEANINGS.signals}
        below={`${numbers.buys} BUY, ${numbers.sells} SELL, ${numbers.holds} HOLD`}
      >
        {numbers.signals.toLocaleString("en-US")}
      </Tile>
      <Tile meaning={MEANINGS.executed} below={`${numbers.wins} won, ${numbers.losses} lost`}>
        {numbers.executed.toLocaleString("en-US")}
      </Tile>
      <Tile
        meaning={MEANINGS.winRate}
        below={rate ? `${formatShare(rate.low)} to ${formatShare(rate.high)}` : NONE}
      >
        {rate ? formatShare(rate.value) : <Missing why={NONE} />}
      </Tile>
      <Tile
        meaning={MEANINGS.averageR}
        below={
          <>
            <Change value={numbers.worst_r} why={NONE} /> to{" "}
            <Change value={numbers.best_r} why={NONE} />
          </>
        }
      >
        <Change value={numbers.average_r} why={NONE} arrow />
      </Tile>
      <Tile meaning={MEANINGS.net} below="USD, after commissions">
        <Change value={numbers.net_profit_loss} />
      </Tile>
      <Tile
        meaning={MEANINGS.netOfCost}
        below={
          <>
            cost <Amount value={numbers.model_cost} places={2} />
          </>
        }
      >
        <Change value={numbers.net_of_model_cost} />
      </Tile>
    </dl>
  );
}

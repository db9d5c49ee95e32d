import type { ChartsListRequest, Timeframe } from "@/gen/types";
import { wholeDays } from "@/lib/time";
import { without } from "@/lib/without";

/** What stands in the address of the gallery. */
export interface ChartsSearch {
  strategy?: string;
  symbol?: string;
  timeframe?: Timeframe;
  /** `YYYY-MM-DD`, both included, on the exchange's calendar. */
  from?: string;
  until?: string;
  offset?: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const isTimeframe = (value: unknown): value is Timeframe => value === "1d" || value === "1w";

/** The address as far as it makes sense; the rest of it is left out. */
export function chartsSearch(search: Record<string, unknown>): ChartsSearch {
  const { strategy, symbol, timeframe, from, until, offset } = search;
  return {
    ...(typeof strategy === "string" ? { strategy } : {}),
    ...(typeof symbol === "string" ? { symbol } : {}),
    ...(isTimeframe(timeframe) ? { timeframe } : {}),
    ...(typeof from === "string" && DAY.test(from) ? { from } : {}),
    ...(typeof until === "string" && DAY.test(until) ? { until } : {}),
    ...(typeof offset === "number" && Number.isInteger(offset) && offset > 0 ? { offset } : {}),
  };
}

/** What the gallery asks for. */
export const chartsRequest = (search: ChartsSearch, limit: number): ChartsListRequest => ({
  strategy_id: search.strategy ?? null,
  symbol: search.symbol ?? null,
  timeframe: search.timeframe ?? null,
  ...wholeDays(search.from, search.until),
  offset: search.offset ?? 0,
  limit,
});

export const isNarrowed = (search: ChartsSearch): boolean =>
  Object.keys(without(search, "offset")).length > 0;

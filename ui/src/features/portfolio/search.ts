import type { PnlDimension } from "@/gen/types";
import { without } from "@/lib/without";

export type PortfolioTab = "overview" | "why" | "statistics" | "history";

/** What stands in the address of the page, so that any view of it can be linked to. */
export interface PortfolioSearch {
  tab?: PortfolioTab;
  by?: PnlDimension;
  /** The group whose lots are listed. */
  group?: string;
  /** `YYYY-MM-DD`, both included, on the exchange's calendar. */
  from?: string;
  until?: string;
  /** Lots or snapshots before the page. */
  offset?: number;
  benchmark?: string;
}

export const DIMENSIONS: readonly { value: PnlDimension; text: string }[] = [
  { value: "strategy", text: "Strategy" },
  { value: "symbol", text: "Symbol" },
  { value: "prompt", text: "Prompt" },
  { value: "model", text: "Model" },
  { value: "indicator", text: "RSI" },
  { value: "trend", text: "Trend" },
  { value: "hour", text: "Hour" },
  { value: "weekday", text: "Weekday" },
  { value: "holding", text: "Held" },
  { value: "exit_cause", text: "Closed by" },
];

const TABS: readonly string[] = ["why", "statistics", "history"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The address of where the money of a span came from. */
export const whyLink = (from?: string, until?: string): string =>
  `#/portfolio?tab=why${from === undefined ? "" : `&from=${from}`}${until === undefined ? "" : `&until=${until}`}`;

interface Days {
  from?: string | undefined;
  until?: string | undefined;
}

/** The address with other days; what is listed begins anew. */
export function withDays(search: PortfolioSearch, change: Days): PortfolioSearch {
  const { from, until } = { ...search, ...change };
  return {
    ...without(search, "from", "until", "group", "offset"),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

/** The address as far as it makes sense; the rest of it is left out. */
export function portfolioSearch(search: Record<string, unknown>): PortfolioSearch {
  const text = (key: keyof PortfolioSearch) =>
    typeof search[key] === "string" && search[key] !== "" ? { [key]: search[key] } : {};
  const day = (key: keyof PortfolioSearch) => (DAY.test(String(search[key])) ? text(key) : {});
  const one = (key: keyof PortfolioSearch, of: readonly string[]) =>
    of.includes(String(search[key])) ? text(key) : {};
  const { offset } = search;
  return {
    ...one("tab", TABS),
    ...one(
      "by",
      DIMENSIONS.map(({ value }) => value),
    ),
    ...text("group"),
    ...day("from"),
    ...day("until"),
    ...text("benchmark"),
    ...(Number.isInteger(offset) && Number(offset) > 0 ? { offset: Number(offset) } : {}),
  };
}

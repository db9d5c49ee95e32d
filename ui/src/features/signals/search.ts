import type {
  PerformanceFilter,
  SignalAction,
  SignalOutcome,
  SignalsListRequest,
  SignalStatus,
} from "@/gen/types";
import { wholeDays } from "@/lib/time";

export type SignalsTab = "list" | "performance" | "truth";

/** What stands in the address of the page, so that any view of it can be linked to. */
export interface SignalsSearch {
  tab?: SignalsTab;
  /** The execution whose signal is open. */
  signal?: string;
  strategy?: string;
  symbol?: string;
  action?: SignalAction;
  status?: SignalStatus;
  outcome?: SignalOutcome;
  model?: string;
  prompt?: string;
  version?: number;
  /** `YYYY-MM-DD`, both included, on the exchange's calendar. */
  from?: string;
  until?: string;
  offset?: number;
}

const TABS: readonly SignalsTab[] = ["list", "performance", "truth"];
export const ACTIONS: readonly SignalAction[] = ["BUY", "SELL", "HOLD"];
export const STATUSES: readonly SignalStatus[] = ["active", "executed", "expired", "cancelled"];
export const OUTCOMES: readonly SignalOutcome[] = ["win", "loss", "pending", "cancelled", "none"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The address as far as it makes sense; the rest of it is left out. */
export function signalsSearch(search: Record<string, unknown>): SignalsSearch {
  const text = (key: keyof SignalsSearch) =>
    typeof search[key] === "string" && search[key] !== "" ? { [key]: search[key] } : {};
  const day = (key: keyof SignalsSearch) => (DAY.test(String(search[key])) ? text(key) : {});
  const one = (key: keyof SignalsSearch, of: readonly string[]) =>
    of.includes(String(search[key])) ? text(key) : {};
  const whole = (key: keyof SignalsSearch) =>
    Number.isInteger(search[key]) && Number(search[key]) > 0 ? { [key]: search[key] } : {};
  return {
    ...one("tab", TABS),
    ...text("signal"),
    ...text("strategy"),
    ...text("symbol"),
    ...one("action", ACTIONS),
    ...one("status", STATUSES),
    ...one("outcome", OUTCOMES),
    ...text("model"),
    ...text("prompt"),
    ...whole("version"),
    ...day("from"),
    ...day("until"),
    ...whole("offset"),
  };
}

/** Which signals are counted. */
export function filterOf(search: SignalsSearch): PerformanceFilter {
  const { strategy, symbol, model, prompt, version, from, until } = search;
  return {
    strategy_id: strategy ?? null,
    symbol: symbol ?? null,
    model: model ?? null,
    prompt_id: prompt ?? null,
    prompt_version: prompt === undefined ? null : (version ?? null),
    ...wholeDays(from, until),
  };
}

/** Which signals are listed. */
export const listRequest = (search: SignalsSearch, limit: number): SignalsListRequest => ({
  ...filterOf(search),
  action: search.action ?? null,
  status: search.status ?? null,
  outcome: search.outcome ?? null,
  offset: search.offset ?? 0,
  limit,
});

/** Whether the list is narrowed to anything. */
export const isNarrowed = (search: SignalsSearch): boolean =>
  Object.keys(search).some((key) => !["tab", "signal", "offset"].includes(key));

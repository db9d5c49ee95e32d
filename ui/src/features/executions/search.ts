import type {
  ExecutionsSearchRequest,
  ExecutionStatus,
  Outcome,
  SignalAction,
  Trigger,
} from "@/gen/types";
import { wholeDays } from "@/lib/time";
import { without } from "@/lib/without";
import { EXECUTION_STATES, OUTCOMES } from "@/lib/words";

/** What stands in the address of the page, so that any view of it can be linked to. */
export interface ExecutionsSearch {
  strategy?: string;
  symbol?: string;
  trigger?: Trigger;
  status?: ExecutionStatus;
  outcome?: Outcome;
  action?: SignalAction;
  /** Letters to look for. */
  text?: string;
  /** `YYYY-MM-DD`, both included, on the exchange's calendar. */
  from?: string;
  until?: string;
  offset?: number;
  /** The executions that are compared: the first is held against the second. */
  first?: string;
  second?: string;
}

/** What started a run, in words. */
export const TRIGGERS: Record<Trigger, string> = {
  schedule: "Schedule",
  manual: "By hand",
  replay: "Replay",
  flatten: "Flatten",
  external: "Elsewhere",
  stop_watch: "Watch: stop",
  target_watch: "Watch: target",
};

export const ACTIONS: readonly SignalAction[] = ["BUY", "SELL", "HOLD"];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The address as far as it makes sense; the rest of it is left out. */
export function executionsSearch(search: Record<string, unknown>): ExecutionsSearch {
  const text = (key: keyof ExecutionsSearch, most = 100) => {
    const value = search[key];
    // The router reads what looks like a number as one; a search for "2012" is for letters.
    const found = typeof value === "number" ? String(value) : value;
    return typeof found === "string" && found !== "" && found.length <= most
      ? { [key]: found }
      : {};
  };
  const one = (key: keyof ExecutionsSearch, of: readonly string[]) =>
    of.includes(String(search[key])) ? text(key) : {};
  const day = (key: keyof ExecutionsSearch) => (DAY.test(String(search[key])) ? text(key) : {});
  const { offset } = search;
  return {
    ...text("strategy"),
    ...text("symbol"),
    ...one("trigger", Object.keys(TRIGGERS)),
    ...one("status", Object.keys(EXECUTION_STATES)),
    ...one("outcome", Object.keys(OUTCOMES)),
    ...one("action", ACTIONS),
    ...text("text"),
    ...day("from"),
    ...day("until"),
    ...(typeof offset === "number" && Number.isInteger(offset) && offset > 0 ? { offset } : {}),
    ...text("first", 200),
    ...text("second", 200),
  };
}

/** What the page asks for. */
export const searchRequest = (
  search: ExecutionsSearch,
  limit: number,
): ExecutionsSearchRequest => ({
  strategy_id: search.strategy ?? null,
  symbol: search.symbol ?? null,
  trigger: search.trigger ?? null,
  status: search.status ?? null,
  outcome: search.outcome ?? null,
  action: search.action ?? null,
  text: search.text ?? null,
  ...wholeDays(search.from, search.until),
  offset: search.offset ?? 0,
  limit,
});

/** Whether the list is narrowed to anything. */
export const isNarrowed = (search: ExecutionsSearch): boolean =>
  Object.keys(without(search, "offset", "first", "second")).length > 0;

/** The search after an execution was taken into the comparison, or out of it. */
export function marked(search: ExecutionsSearch, id: string): ExecutionsSearch {
  const { first, second } = search;
  const rest = without(search, "first", "second");
  if (id === first) return second === undefined ? rest : { ...rest, first: second };
  if (id === second) return first === undefined ? rest : { ...rest, first };
  if (first === undefined) return { ...rest, first: id };
  // A third one takes the place of the second, so that one can be held against many in turn.
  return { ...rest, first, second: id };
}

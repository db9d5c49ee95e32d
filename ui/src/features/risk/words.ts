import type { AccountLimits, LimitUseDto, LockRecord } from "@/gen/types";
import { formatDecimal, formatPercent } from "@/lib/decimal";
import { humanise, type Tone } from "@/lib/words";

export type LimitName = keyof AccountLimits;

interface LimitField {
  name: LimitName;
  label: string;
  unit: "percent" | "count" | "shares" | "R";
  hint: string;
  most: number;
}

/** Every limit of the account, in the order of the form. */
export const LIMIT_FIELDS: readonly LimitField[] = [
  {
    name: "risk_per_trade_percent",
    label: "Risk per trade",
    unit: "percent",
    hint: "% of the funds, up to 5",
    most: 5,
  },
  {
    name: "maximum_position_shares",
    label: "Most shares in one order",
    unit: "shares",
    hint: "shares",
    most: 1_000_000,
  },
  {
    name: "maximum_position_percent",
    label: "Most in one position",
    unit: "percent",
    hint: "% of the equity",
    most: 100,
  },
  {
    name: "maximum_exposure_percent",
    label: "Most exposure",
    unit: "percent",
    hint: "% of the equity",
    most: 100,
  },
  {
    name: "warn_exposure_percent",
    label: "Warn of exposure above",
    unit: "percent",
    hint: "% of the equity",
    most: 100,
  },
  {
    name: "maximum_open_positions",
    label: "Most open positions",
    unit: "count",
    hint: "1 to 100",
    most: 100,
  },
  {
    name: "maximum_concentration_percent",
    label: "Most in one symbol",
    unit: "percent",
    hint: "% of the equity, all strategies",
    most: 100,
  },
  {
    name: "warn_concentration_percent",
    label: "Warn of one symbol above",
    unit: "percent",
    hint: "% of the equity",
    most: 100,
  },
  {
    name: "minimum_r",
    label: "Least reward for one risk",
    unit: "R",
    hint: "R",
    most: 100,
  },
  {
    name: "minimum_return_percent",
    label: "Least return of the target",
    unit: "percent",
    hint: "% of the entry",
    most: 100,
  },
  {
    name: "maximum_daily_loss_percent",
    label: "Most loss of a day",
    unit: "percent",
    hint: "% of the last close",
    most: 100,
  },
  {
    name: "maximum_drawdown_percent",
    label: "Most drawdown",
    unit: "percent",
    hint: "% below the highest",
    most: 100,
  },
  {
    name: "warn_straight_losses",
    label: "Warn of straight losses above",
    unit: "count",
    hint: "1 to 100",
    most: 100,
  },
];

export const limitLabel = (name: string): string =>
  LIMIT_FIELDS.find((field) => field.name === name)?.label ?? humanise(name);

/** A limit with its unit. */
export function limitText(name: string, value: string | null): string {
  if (value === null) return "no limit";
  const unit = LIMIT_FIELDS.find((field) => field.name === name)?.unit;
  if (unit === "percent") return formatPercent(value);
  if (unit === "R") return `${formatDecimal(value)} R`;
  if (unit === "shares") return `${formatDecimal(value)} shares`;
  return formatDecimal(value);
}

const WHOLE = /^\d{1,3}$/;
const NUMBER = /^\d{1,7}(\.\d{1,4})?$/;

/** What is wrong with what was typed for a limit; an empty field is no limit. */
export function limitFault({ unit, most }: LimitField, text: string): string | null {
  if (text === "") return null;
  if (!(unit === "count" ? WHOLE : NUMBER).test(text))
    return unit === "count" ? "A whole number, such as 5." : "A number, such as 2.5.";
  const value = Number(text);
  if (value <= 0 || value > most) return `Above 0 and up to ${most.toLocaleString("en-US")}.`;
  return null;
}

export const USE_TONE: Record<LimitUseDto["state"], Tone> = {
  below: "accent",
  warned: "warn",
  reached: "error",
};

const LOCK_KINDS: Readonly<Record<string, string>> = {
  stop_loss_guard: "Stop-loss guard",
  cool_down: "Cool-down",
  low_profit: "Low profit",
  drawdown: "Drawdown",
  straight_losses: "Straight losses",
  daily_loss: "Daily loss",
  drawdown_limit: "Drawdown limit",
};

export const lockKind = (kind: string): string => LOCK_KINDS[kind] ?? humanise(kind);

/** Whose entries a lock closes. */
export function lockReach({ reach, strategy_id: strategy, symbol }: LockRecord): string {
  if (reach === "account") return "every strategy";
  return reach === "symbol" ? `${strategy ?? ""} in ${symbol ?? ""}` : (strategy ?? "");
}

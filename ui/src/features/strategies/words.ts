import type { StrategyForm } from "@/gen/types";
import { plain } from "@/lib/text";
import { count } from "@/lib/share";
import { humanise, LANGUAGES } from "@/lib/words";

/** A limit of the table `[risk]` in words. */
export interface LimitWords {
  label: string;
  unit: string;
}

/** Limits that have words of their own; another one is shown by its name. */
const LIMITS: Readonly<Record<string, LimitWords>> = {
  risk_per_trade_percent: { label: "Risk per trade", unit: "% of the capital, at most 5" },
  stop_atr_multiple: { label: "Stop", unit: "× ATR(14) from the entry" },
  target_atr_multiple: { label: "Target", unit: "× ATR(14) from the entry" },
  maximum_position_shares: { label: "Most shares in one order", unit: "shares" },
  maximum_position_percent: { label: "Most in one position", unit: "% of the capital" },
  maximum_exposure_percent: { label: "Most exposure", unit: "% of the capital" },
  warn_exposure_percent: { label: "Exposure to warn from", unit: "% of the capital" },
  maximum_open_positions: { label: "Most open positions", unit: "at once" },
  minimum_r: { label: "Least reward", unit: "for one unit of risk" },
  minimum_return_percent: { label: "Least return", unit: "% from entry to target" },
  maximum_concentration_percent: { label: "Most in one symbol", unit: "% over all strategies" },
  warn_concentration_percent: { label: "Concentration to warn from", unit: "% in one symbol" },
  maximum_daily_loss_percent: { label: "Most loss in a day", unit: "% of the capital" },
  maximum_drawdown_percent: { label: "Most drawdown", unit: "% from the highest" },
  warn_straight_losses: { label: "Straight losses to warn from", unit: "trades" },
};

export const limitWords = (name: string): LimitWords =>
  LIMITS[name] ?? { label: humanise(name), unit: "" };

export const AUTONOMIES = [
  {
    value: "observe",
    title: "Observe",
    words: "Signals only. No order is ever sent; each signal is kept and judged afterwards.",
  },
  {
    value: "propose",
    title: "Propose",
    words: "Each order waits for your yes on the page Approvals, and lapses without one.",
  },
  {
    value: "auto",
    title: "Automatic",
    words: "Orders are sent inside the limits, without asking.",
  },
] as const;

/** Everything that is filled in, as sentences. */
export function sentencesOf(
  form: StrategyForm,
  indicators: readonly string[],
  scheduleWords: string | null,
): string[] {
  const list = (words: readonly string[]) =>
    words.length < 2
      ? (words[0] ?? "")
      : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
  const limit = (name: string) => plain(form.risk[name] ?? "");
  const language = LANGUAGES[form.analyst.language] ?? form.analyst.language;
  return [
    `${plain(form.name) || "It"} looks at ${list(form.symbols.map(plain)) || "no symbol yet"}.`,
    form.schedule === null
      ? "It runs by hand only."
      : `${scheduleWords === null ? "Its schedule is not readable yet" : plain(scheduleWords)}, on the trading days of ${plain(form.schedule.exchange)}, on the clock of ${form.schedule.time_zone === "" ? "the exchange" : plain(form.schedule.time_zone)}.`,
    `It computes ${list(indicators.map(plain)) || "nothing yet"}.`,
    form.analyst.kind === "model"
      ? `The model ${plain(form.analyst.model) || "(none yet)"} reads the charts, in ${language}.`
      : "The built-in rule analyst reads the charts: three of four indicators have to agree.",
    `One trade risks at most ${limit("risk_per_trade_percent")} % of the capital, with the stop ${limit("stop_atr_multiple")} and the target ${limit("target_atr_multiple")} times ATR(14) from the entry.`,
    `At most ${limit("maximum_position_percent")} % of the capital lies in one position, ${limit("maximum_exposure_percent")} % in all, in at most ${count(Number(limit("maximum_open_positions")), "position")} at once.`,
    form.autonomy === "observe"
      ? "It sends no order."
      : form.autonomy === "propose"
        ? `Each order waits for your yes, for ${count(Number(form.approval_minutes || "1440"), "minute")}.`
        : "It sends orders inside these limits without asking.",
    ...(form.protections.length === 0
      ? []
      : [`${count(form.protections.length, "protection")} may close its entries for a while.`]),
    ...(form.allow_delayed ? ["Decisions may rest on delayed prices."] : []),
  ];
}

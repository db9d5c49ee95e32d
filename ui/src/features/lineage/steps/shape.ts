import type { StepName, StepRecords } from "@/gen/types";

type Fields = { [K in StepName]: readonly (keyof StepRecords[K]["output"])[] };

/** Without these a renderer would leave gaps, or say what was never recorded. */
const NEEDED: Fields = {
  load_strategy: ["name", "symbol", "version", "trigger", "as_of", "risk", "session", "analyst"],
  fetch_market_data: ["instrument", "quote", "timeframes"],
  calculate_indicators: ["timeframes"],
  generate_charts: ["charts"],
  llm_analysis: ["analyst", "calls", "proposal"],
  parse_signal: ["action", "confidence", "confirmation", "checks", "reason"],
  check_risk: ["approved", "rules", "sentence"],
  place_order: ["result", "legs", "questions"],
  track_order: ["events", "fills", "final_status"],
  update_position: ["before", "after"],
  update_portfolio: ["before", "after", "broker_cash"],
  complete: ["outcome", "sentence", "total_tokens"],
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether a record has what the renderer of its step needs of it. */
export function hasShapeOf<K extends StepName>(
  name: K,
  output: unknown,
): output is StepRecords[K]["output"] {
  return isObject(output) && NEEDED[name].every((field) => Object.hasOwn(output, field));
}

/** A part of a record that older or smaller records may lack. */
export function part<T extends object, K extends keyof T>(record: T, field: K): T[K] | undefined {
  return isObject(record) && Object.hasOwn(record, field) ? record[field] : undefined;
}

import type { LineageDto, StepDto, StepName, StepRecords } from "@/gen/types";

/** The twelve steps in order, with the words that people read. */
export const STEPS: readonly { name: StepName; number: number; title: string }[] = [
  { name: "load_strategy", number: 1, title: "Load strategy" },
  { name: "fetch_market_data", number: 2, title: "Fetch market data" },
  { name: "calculate_indicators", number: 3, title: "Calculate indicators" },
  { name: "generate_charts", number: 4, title: "Generate charts" },
  { name: "llm_analysis", number: 5, title: "Analysis" },
  { name: "parse_signal", number: 6, title: "Signal" },
  { name: "check_risk", number: 7, title: "Check risk" },
  { name: "place_order", number: 8, title: "Place order" },
  { name: "track_order", number: 9, title: "Track order" },
  { name: "update_position", number: 10, title: "Update position" },
  { name: "update_portfolio", number: 11, title: "Update portfolio" },
  { name: "complete", number: 12, title: "Complete" },
];

export type StepInput<K extends StepName> = StepRecords[K]["input"];
export type StepOutput<K extends StepName> = StepRecords[K]["output"];

/** One step with all of its attempts. */
export interface StepStory {
  name: StepName;
  number: number;
  title: string;
  /** What the card shows; nothing while the step has not been reached. */
  main: StepDto | null;
  /** Later events of the same order, for steps 9 to 11. */
  later: StepDto[];
  /** All attempts, oldest first. */
  attempts: StepDto[];
}

const isLate = (number: number) => number >= 9 && number <= 11;

/** All twelve steps, recorded or not. */
export function tellSteps(lineage: Pick<LineageDto, "steps">): StepStory[] {
  return STEPS.map((step) => {
    const attempts = lineage.steps
      .filter((row) => row.step_number === step.number)
      .sort((a, b) => a.attempt - b.attempt);
    // Of steps 9 to 11 the first record is the run's own; what comes after is told as "later".
    const first = attempts.find((row) => row.status !== "started") ?? attempts[0] ?? null;
    const main = isLate(step.number) ? first : (attempts.at(-1) ?? null);
    const later = isLate(step.number)
      ? attempts.filter((row) => first !== null && row.attempt > first.attempt)
      : [];
    return { ...step, main, later, attempts };
  });
}

/** The reason of a `SkippedRecord`, if the value is one. */
export function skippedReason(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("reason" in value)) return null;
  return typeof value.reason === "string" ? value.reason : null;
}

/** The first line of an error, and the causes behind it. */
export function splitError(error: string): { sentence: string; causes: string[] } {
  const [sentence = "", ...causes] = error.split("\n");
  return { sentence, causes: causes.filter((line) => line.trim() !== "") };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The engine time of what a later attempt of steps 9 to 11 tells of, where its record says. */
export function happenedAt(row: StepDto): string | null {
  if (!isRecord(row.output)) return null;
  const { events, closed_trade: trade, after } = row.output as Record<string, unknown>;
  const last: unknown = Array.isArray(events) ? events.at(-1) : null;
  const candidates = [
    isRecord(last) ? last["at"] : null,
    isRecord(trade) ? trade["closed_at"] : null,
    isRecord(after) ? (after["at"] ?? after["opened_at"]) : null,
  ];
  return candidates.find((each) => typeof each === "string") ?? null;
}

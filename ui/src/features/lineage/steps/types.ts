import type { StepName, StepRecords, Timeframe } from "@/gen/types";

/** The address of the interactive chart of an execution. */
export type ChartLink = (executionId: string, timeframe: Timeframe) => string;

/** What the renderer of a step gets. */
export interface RendererProps<K extends StepName> {
  input: StepRecords[K]["input"];
  output: StepRecords[K]["output"];
  /** Everything, for the dialog; without it what a card has room for. */
  full: boolean;
  /** What the step before it learned, where a card needs it. */
  context: StepContext;
}

/** What cards know of other steps of the same execution. */
export interface StepContext {
  executionId: string;
  symbol: string;
  lastPrice: string | null;
  /** What step 5 came to, if it did. */
  analysis: StepRecords["llm_analysis"]["output"] | null;
  /** What step 6 came to, if it did. */
  signal: StepRecords["parse_signal"]["output"] | null;
  /** The address of the interactive chart of the execution. */
  chartLink: (timeframe: Timeframe) => string;
}

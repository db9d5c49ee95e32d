import type { ExecutionStatus, Outcome, SignalAction, StepStatus } from "@/gen/types";

/** The colour that a state is shown in. */
export type Tone = "neutral" | "up" | "down" | "warn" | "error" | "info" | "accent";

export const OUTCOMES: Record<Outcome, { word: string; tone: Tone }> = {
  bought: { word: "Bought", tone: "up" },
  sold: { word: "Sold", tone: "down" },
  exiting: { word: "Exit working", tone: "info" },
  hold: { word: "Hold", tone: "neutral" },
  refused: { word: "Refused by risk", tone: "warn" },
  nothing_to_sell: { word: "Nothing to sell", tone: "neutral" },
  not_filled: { word: "Not filled", tone: "neutral" },
  rejected: { word: "Rejected", tone: "error" },
  unknown: { word: "Order unknown", tone: "warn" },
  not_sent: { word: "Not sent", tone: "warn" },
  observed: { word: "Observed only", tone: "info" },
  failed: { word: "Failed", tone: "error" },
  declined: { word: "Declined", tone: "neutral" },
  approval_expired: { word: "Approval lapsed", tone: "warn" },
  flattened: { word: "Flattened", tone: "warn" },
  external: { word: "External", tone: "info" },
};

export const EXECUTION_STATES: Record<ExecutionStatus, { word: string; tone: Tone }> = {
  running: { word: "Running", tone: "accent" },
  awaiting_approval: { word: "Waits for approval", tone: "warn" },
  tracking: { word: "Order working", tone: "info" },
  completed: { word: "Completed", tone: "neutral" },
  failed: { word: "Failed", tone: "error" },
};

export const STEP_STATES: Record<StepStatus, { word: string; tone: Tone }> = {
  success: { word: "Done", tone: "accent" },
  error: { word: "Failed", tone: "error" },
  skipped: { word: "Skipped", tone: "neutral" },
  not_run: { word: "Not run", tone: "neutral" },
  started: { word: "Under way", tone: "info" },
};

export const ACTIONS: Record<SignalAction, Tone> = { BUY: "up", SELL: "down", HOLD: "neutral" };

/** What an execution came to, or where it stands. */
export function executionWord(execution: { status: ExecutionStatus; outcome: Outcome | null }): {
  word: string;
  tone: Tone;
} {
  const running = execution.status === "running" || execution.status === "tracking";
  return execution.outcome && !running
    ? OUTCOMES[execution.outcome]
    : EXECUTION_STATES[execution.status];
}

/** `price_vs_sma20` as `Price vs SMA 20`. */
export function humanise(name: string): string {
  const words = name
    .replaceAll("_", " ")
    .replace(/\b(sma|ema|wma)\s?(\d*)/gi, (_, kind: string, period: string) =>
      `${kind.toUpperCase()} ${period}`.trim(),
    )
    .replace(/\b(rsi|macd|atr|obv|adx|cci|id|usd|pnl|us|utc|llm)\b/gi, (word) => word.toUpperCase())
    .replace(/\bPNL\b/g, "P&L")
    .replace(/\br\b/g, "R")
    .replace(/\bsupertrend\b/gi, "SuperTrend");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

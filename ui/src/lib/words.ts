import type {
  ApprovalStatus,
  Environment,
  ExecutionStatus,
  GatewayState,
  OrderStatus,
  Outcome,
  SignalAction,
  SignalOutcome,
  SignalStatus,
  StepStatus,
  Timeframe,
} from "@/gen/types";

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

/** In which prompts are written and models answer, by the name in records. */
export const LANGUAGES: Readonly<Record<string, string>> = {
  en: "English",
  zh: "Traditional Chinese",
};

export const ACTIONS: Record<SignalAction, Tone> = { BUY: "up", SELL: "down", HOLD: "neutral" };

export const TIMEFRAMES: Record<Timeframe, string> = { "1d": "Daily", "1w": "Weekly" };

/** Drawn beside the colour, so that a state is told by its form as well. */
export type Shape = "disc" | "ring" | "half" | "triangle" | "square" | "cross" | "check";

interface StateWord {
  word: string;
  tone: Tone;
  shape: Shape;
}

export const ORDER_STATES: Record<OrderStatus, StateWord> = {
  intended: { word: "Written down", tone: "neutral", shape: "ring" },
  unknown: { word: "Unknown", tone: "warn", shape: "triangle" },
  pre_submitted: { word: "Held at broker", tone: "info", shape: "ring" },
  submitted: { word: "Working", tone: "info", shape: "disc" },
  partially_filled: { word: "Partly filled", tone: "info", shape: "half" },
  filled: { word: "Filled", tone: "up", shape: "check" },
  pending_cancel: { word: "Being cancelled", tone: "warn", shape: "half" },
  cancelled: { word: "Cancelled", tone: "neutral", shape: "cross" },
  rejected: { word: "Rejected", tone: "error", shape: "square" },
  inactive: { word: "Inactive", tone: "neutral", shape: "ring" },
};

/** A status that this window does not know is shown by its own name. */
export function orderState(status: string): StateWord {
  return Object.hasOwn(ORDER_STATES, status)
    ? ORDER_STATES[status as OrderStatus]
    : { word: humanise(status), tone: "warn", shape: "triangle" };
}

const WORKING: readonly string[] = [
  "pre_submitted",
  "submitted",
  "partially_filled",
  "pending_cancel",
] satisfies OrderStatus[];

/** Whether the broker may still fill it. */
export const isWorking = (status: string): boolean => WORKING.includes(status);

export const SIGNAL_STATES: Record<SignalStatus, StateWord> = {
  active: { word: "Active", tone: "info", shape: "ring" },
  executed: { word: "Executed", tone: "accent", shape: "check" },
  expired: { word: "Expired", tone: "neutral", shape: "half" },
  cancelled: { word: "Cancelled", tone: "neutral", shape: "cross" },
};

export const SIGNAL_OUTCOMES: Record<SignalOutcome, StateWord> = {
  win: { word: "Win", tone: "up", shape: "triangle" },
  loss: { word: "Loss", tone: "down", shape: "square" },
  pending: { word: "Pending", tone: "info", shape: "ring" },
  cancelled: { word: "Cancelled", tone: "neutral", shape: "cross" },
  none: { word: "None", tone: "neutral", shape: "ring" },
};

export const GATEWAY_STATES: Record<GatewayState, StateWord> = {
  not_asked: { word: "Not asked yet", tone: "neutral", shape: "ring" },
  gateway_down: { word: "Gateway down", tone: "error", shape: "square" },
  not_a_gateway: { word: "Not a gateway", tone: "error", shape: "square" },
  certificate_unknown: { word: "New certificate", tone: "warn", shape: "triangle" },
  certificate_changed: { word: "Certificate changed", tone: "error", shape: "square" },
  gateway_stuck: { word: "Gateway stuck", tone: "error", shape: "square" },
  ip_not_allowed: { word: "Address refused", tone: "error", shape: "square" },
  login_needed: { word: "Login needed", tone: "warn", shape: "triangle" },
  login_only: { word: "Session opening", tone: "warn", shape: "half" },
  competing: { word: "Other session", tone: "warn", shape: "triangle" },
  wrong_environment: { word: "Wrong environment", tone: "error", shape: "square" },
  penalised: { word: "Shut out", tone: "error", shape: "square" },
  maintenance: { word: "Maintenance", tone: "warn", shape: "half" },
  ready: { word: "Ready", tone: "up", shape: "disc" },
};

export const APPROVAL_STATES: Record<ApprovalStatus, StateWord> = {
  pending: { word: "Waits", tone: "info", shape: "ring" },
  approved: { word: "Approved", tone: "up", shape: "check" },
  declined: { word: "Declined", tone: "neutral", shape: "cross" },
  expired: { word: "Lapsed", tone: "warn", shape: "half" },
};

export const ENVIRONMENTS: Record<Environment, { word: string; what: string; solid: string }> = {
  sandbox: { word: "Sandbox", what: "simulated exchange, recorded prices", solid: "bg-sandbox" },
  paper: { word: "Paper", what: "Interactive Brokers, simulated money", solid: "bg-paper" },
  live: { word: "Live", what: "Interactive Brokers, real money", solid: "bg-live" },
};

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

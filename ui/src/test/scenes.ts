import type { Recording } from "@/host/fake";
import { UNWELL } from "@/test/fixtures/health";
import { RISK } from "@/test/fixtures/risk";
import { ANOTHER, LIVE_CONNECTION, PAPER_CONNECTION, PINNED } from "@/test/fixtures/connections";

/** The recording changed into another situation, to look at the pages in it. */
export const SCENES: Record<string, (recording: Recording) => Recording> = {
  paper: (recording) => ({
    ...recording,
    status: { ...recording.status, environment: "paper", clock_mode: null },
    connection: PAPER_CONNECTION,
  }),
  locks: (recording) => ({ ...recording, risk: RISK }),
  live: (recording) => ({
    ...recording,
    status: {
      ...recording.status,
      environment: "live",
      account_id: "U1000001",
      clock_mode: null,
    },
    connection: LIVE_CONNECTION,
  }),
  next: (recording) => ({
    ...recording,
    status: { ...recording.status, environment: "paper", clock_mode: null },
    connection: {
      ...PAPER_CONNECTION,
      next_start: { environment: "live", address: "https://localhost:5001" },
    },
  }),
  changed: (recording) => ({
    ...recording,
    status: { ...recording.status, environment: "paper", clock_mode: null },
    connection: {
      ...PAPER_CONNECTION,
      state: "certificate_changed",
      words: "The gateway shows another certificate than the accepted one.",
      action: "Find out why before you accept it.",
      certificate: { fingerprint: ANOTHER, pinned: PINNED, is_shipped: false },
    },
  }),
  first: (recording) => ({
    ...recording,
    status: { ...recording.status, environment: "paper", clock_mode: null },
    connection: {
      ...PAPER_CONNECTION,
      state: "certificate_unknown",
      words: "The gateway shows a certificate that nobody has accepted yet.",
      action: "Compare its fingerprint and accept it.",
      certificate: { fingerprint: PINNED, pinned: null, is_shipped: true },
    },
  }),
  penalty: (recording) => ({
    ...recording,
    connection: {
      ...recording.connection,
      state: "penalised",
      words: "Too many requests were sent, and the broker shut this address out.",
      action: "Wait. Nothing can shorten it.",
      limiter: {
        ...recording.connection.limiter,
        waiting: 14,
        last_second: 10,
        penalty_ends: "2012-07-20T20:11:24Z",
      },
    },
  }),
  halted: (recording) => ({
    ...recording,
    status: {
      ...recording.status,
      halt: { since: "2012-07-20T19:58:00Z", by: "window", reason: "Halted in the window" },
    },
  }),
  unwell: (recording) => ({
    ...recording,
    health: UNWELL,
    status: {
      ...recording.status,
      lineage_dropped: 3,
      halt: { since: "2012-07-20T19:58:00Z", by: "window", reason: "Halted in the window" },
    },
  }),
  /** The first minute: nothing has run. */
  newcomer: (recording) => ({
    ...recording,
    lineages: [],
    past: [],
    signals: [],
    orders: [],
    approvals: [],
    questions: { ...recording.questions, open: [] },
    strategies: recording.strategies.map((strategy) => ({ ...strategy, recent: [] })),
    models: { ...recording.models, models: [] },
    prompts: recording.prompts.filter(({ is_shipped: isShipped }) => isShipped),
    portfolio: {
      ...recording.portfolio,
      positions: [],
      trades: [],
      history: [],
      realized_gross: "0.00",
      day: { since: null, realized: "0.00", total: "0.00", total_percent: "0.00" },
      state: {
        ...recording.portfolio.state,
        cash: "100000",
        positions_value: "0",
        net_liquidation: "100000",
        realized_pnl: "0",
        unrealized_pnl: "0",
        commission: "0",
      },
    },
    status: {
      ...recording.status,
      net_liquidation: "100000",
      change_percent: "0",
      running_executions: 0,
      working_orders: 0,
    },
  }),
  bare: (recording) => ({
    ...recording,
    models: { ...recording.models, models: [], vault: { state: "empty", sentence: "" } },
    calls: [],
  }),
  locked: (recording) => ({
    ...recording,
    models: {
      ...recording.models,
      models: recording.models.models.map((model) => ({ ...model, key: "unknown" })),
      vault: {
        state: "closed",
        sentence:
          "This computer has no keychain. Enter the passphrase that the vault was made with.",
      },
    },
  }),
};

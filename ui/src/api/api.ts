import type { QueryClient } from "@tanstack/react-query";

import { COMMANDS, type Rpc } from "@/gen/commands";
import type { EventTopic } from "@/gen/types";
import type { Host } from "@/host/types";
import { toApiError } from "@/lib/errors";
import { SpeechStore } from "@/live/speech";

export type Command = keyof Rpc;
export type Request<K extends Command> = Rpc[K][0];
export type Response<K extends Command> = Rpc[K][1];

/** What an answer is made of: a change of one of these topics makes it old. */
const MADE_OF: Partial<Record<Command, readonly EventTopic[]>> = {
  status_get: ["status", "executions", "orders", "portfolio", "strategies"],
  strategies_list: ["strategies", "executions"],
  strategy_form_get: ["strategies"],
  strategy_form_check: ["models", "prompts", "connection"],
  strategy_versions: ["strategies", "executions"],
  strategy_export: ["strategies"],
  readiness_get: ["strategies", "executions", "models", "prompts", "connection", "status"],
  schedule_preview: ["status"],
  schedules_list: ["strategies", "executions", "status"],
  health_get: ["status", "connection", "models", "strategies"],
  backups_get: ["status"],
  executions_list: ["executions"],
  executions_search: ["executions", "signals"],
  execution_get: ["executions", "signals"],
  lineage_get: ["executions", "orders"],
  lineage_verify: ["executions"],
  step_statistics_get: ["executions"],
  orders_list: ["orders"],
  portfolio_get: ["portfolio"],
  risk_get: ["risk", "portfolio", "orders", "strategies", "status"],
  order_get: ["orders", "approvals"],
  external_activity_list: ["orders"],
  approvals_list: ["approvals"],
  questions_list: ["approvals"],
  connection_get: ["connection", "status"],
  faults_list: ["faults", "status"],
  models_list: ["models", "strategies"],
  model_prices: ["models"],
  model_calls_list: ["models"],
  prompts_list: ["prompts"],
  prompts_resolve: ["prompts", "strategies"],
  prompt_get: ["prompts"],
  playground_get: ["playground"],
  playground_estimate: ["models", "prompts", "executions"],
  playground_replies: ["playground"],
  signals_list: ["signals"],
  signal_get: ["signals", "orders"],
  performance_get: ["signals"],
  performance_compare: ["signals"],
  leaderboard_get: ["signals"],
  truth_card_get: ["signals", "executions"],
  charts_list: ["executions"],
  chart_data_get: ["signals", "orders"],
  indicator_sets_list: ["indicators"],
  symbols_search: ["symbols"],
  symbol_get: ["symbols"],
  symbols_saved: ["symbols"],
  watchlists_list: ["symbols"],
  watchlist_quotes: ["symbols", "status"],
  notifications_list: ["notifications"],
  notification_settings_get: ["notifications"],
  background_get: [
    "notifications",
    "status",
    "strategies",
    "orders",
    "portfolio",
    "approvals",
    "connection",
  ],
};

/** Commands whose answer never changes, because they ask by the hash of the content or for what is built in. */
const FOREVER: readonly Command[] = ["blob_get", "prompt_reference", "indicator_kinds_list"];

/** Everything the window asks of the engine goes through here. */
export class Api {
  readonly host: Host;
  readonly queries: QueryClient;
  /** What models are saying at the moment. */
  readonly speech = new SpeechStore();

  constructor(host: Host, queries: QueryClient) {
    this.host = host;
    this.queries = queries;
  }

  /** A reading command, kept until an event says that it is old. */
  query<K extends Command>(command: K, request: Request<K>) {
    return {
      queryKey: [command, request] as const,
      queryFn: async (): Promise<Response<K>> => {
        try {
          return await this.host.rpc(command, request);
        } catch (error) {
          throw new EngineError(error);
        }
      },
      staleTime: Infinity,
      gcTime: FOREVER.includes(command) ? 10 * 60_000 : 60_000,
    };
  }

  /** Reads once, from what is kept if that is not old. */
  ask<K extends Command>(command: K, request: Request<K>): Promise<Response<K>> {
    return this.queries.query(this.query(command, request));
  }

  /** A command that acts; what it changes is fetched again when it has succeeded. */
  async act<K extends Command>(command: K, request: Request<K>): Promise<Response<K>> {
    let response: Response<K>;
    try {
      response = await this.host.rpc(command, request);
    } catch (error) {
      throw new EngineError(error);
    }
    void this.refresh(COMMANDS[command].invalidates);
    return response;
  }

  /**
   * Fetches again what these topics touch. With ids, only the lineages of those executions are
   * taken as changed.
   */
  async refresh(topics: readonly EventTopic[], executions?: ReadonlySet<string>): Promise<void> {
    await this.queries.invalidateQueries({
      predicate: ({ queryKey: [command, request] }) => {
        if (!MADE_OF[command as Command]?.some((topic) => topics.includes(topic))) return false;
        if (command !== "lineage_get" || !executions) return true;
        return executions.has((request as Request<"lineage_get">).execution_id);
      },
    });
  }

  /** Fetches everything again, after events were lost. */
  async refreshAll(): Promise<void> {
    await this.queries.invalidateQueries({
      predicate: ({ queryKey: [command] }) => !FOREVER.includes(command as Command),
    });
  }
}

/** An error of the engine with the code and the hint that it came with. */
export class EngineError extends Error {
  readonly code;
  readonly hint;

  constructor(thrown: unknown) {
    const error = toApiError(thrown);
    super(error.message, { cause: thrown });
    this.name = "EngineError";
    this.code = error.code;
    this.hint = error.hint;
  }
}

import type { Rpc } from "@/gen/commands";
import type {
  AnalysisCall,
  ApiError,
  EventTopic,
  ExecutionDto,
  ModelsDto,
  ParseSignalOutput,
  PlaygroundArmDto,
  PlaygroundEstimateDto,
  PlaygroundEstimateRequest,
  PlaygroundResultDto,
  PlaygroundRowDto,
  PlaygroundSessionDto,
  PromptDto,
  SignalDto,
} from "@/gen/types";

/** What the playground comes to, kept as files: one answer after the other, by side. */
export interface PlaygroundRecording {
  /** What each side is answered, in turn. */
  playgroundAnswers: readonly (readonly PlaygroundAnswer[])[];
  /** Why no experiment is begun. */
  playgroundRefusal: string | null;
}

/** One answer of a side. */
export interface PlaygroundAnswer {
  signal: ParseSignalOutput;
  failure: string | null;
  calls: AnalysisCall[];
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type PlaygroundCommand =
  | "playground_estimate"
  | "playground_start"
  | "playground_cancel"
  | "playground_get"
  | "playground_replies";

interface Read extends PlaygroundRecording {
  models: ModelsDto;
  prompts: PromptDto[];
  signals: SignalDto[];
  executions: ExecutionDto[];
  status: { now: string };
}

/** Answers from a recording. No model is asked: each run gets the next recorded answer. */
export function playgroundAnswers(
  recording: () => Read,
  fail: Fail,
  emit: (topic: EventTopic) => void,
  pace: () => number,
): { [K in PlaygroundCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  let session: PlaygroundSessionDto | null = null;
  let said: PlaygroundAnswer[][] = [];

  const arm = ({ prompt, prompt_type, language }: PlaygroundEstimateRequest["arms"][number]) => {
    const saved = recording().prompts.find(({ id }) => id === prompt.prompt_id);
    const written = prompt.text !== null;
    const version = prompt.version ?? saved?.version ?? 1;
    return {
      label: `${saved?.name ?? "The text that is being written"}${written ? ", not saved" : `, version ${version}`}`,
      prompt_id: saved?.id ?? null,
      version: written ? null : version,
      prompt_type: saved?.prompt_type ?? prompt_type ?? "daily",
      language: saved?.language ?? language ?? "en",
    } satisfies PlaygroundArmDto;
  };
  const estimate = (request: PlaygroundEstimateRequest): PlaygroundEstimateDto => {
    const { executions, models, playgroundRefusal } = recording();
    const ids =
      request.execution_ids.length > 0
        ? request.execution_ids
        : executions
            .filter(
              ({ trigger, strategy_id, symbol }) =>
                trigger !== "external" &&
                trigger !== "flatten" &&
                (request.strategy_id === null || strategy_id === request.strategy_id) &&
                (request.symbol === null || symbol === request.symbol),
            )
            .slice(0, request.last ?? 0)
            .map(({ id }) => id);
    if (ids.length === 0)
      fail("not_now", "There is no recorded execution to try it on.", "Run a strategy once.");
    const calls = ids.length * request.arms.length * 3;
    const asked = Math.ceil(calls / 2);
    return {
      model: request.model ?? models.models[0]?.name ?? fail("not_now", "No model is configured."),
      arms: request.arms.map(arm),
      execution_ids: ids,
      left_out: [],
      notes: [],
      calls,
      recorded_calls: calls - asked,
      repair_calls: asked,
      input_tokens: asked * 5_120,
      most_output_tokens: asked * 4_096,
      expected_cost: (asked * 0.0171).toFixed(4),
      expected_from: 36,
      highest_cost: (asked * 0.1536).toFixed(4),
      input_per_million: "3",
      output_per_million: "15",
      budgets: [
        {
          scope: "day",
          strategy_id: null,
          limit: "5",
          left: "4.9582",
          needed: (asked * 0.1536).toFixed(4),
        },
      ],
      refusal: playgroundRefusal,
    };
  };
  const result = (answer: PlaygroundAnswer, own: SignalDto | undefined): PlaygroundResultDto => {
    const asked = answer.calls.filter(({ is_reused: reused }) => !reused);
    const sum = (of: (call: AnalysisCall) => number) =>
      answer.calls.reduce((total, call) => total + of(call), 0);
    return {
      signal: answer.signal,
      failure: answer.failure,
      undecided: null,
      differs_from_run:
        answer.failure !== null || !own ? null : answer.signal.action !== own.signal.action,
      asked_calls: asked.length,
      recorded_calls: answer.calls.length - asked.length,
      input_tokens: sum((call) => call.input_tokens),
      output_tokens: sum((call) => call.output_tokens),
      cost: sum((call) => Number(call.cost)).toFixed(4),
      latency_us: asked.reduce((total, call) => total + call.latency_us, 0),
    };
  };
  const row = (id: string, answers: readonly PlaygroundAnswer[]): PlaygroundRowDto => {
    const execution =
      recording().executions.find((each) => each.id === id) ??
      fail("not_found", `There is no execution called "${id}".`);
    const own = recording().signals.find(({ signal }) => signal.execution_id === id);
    const [first, second] = answers;
    return {
      execution_id: id,
      strategy_id: execution.strategy_id,
      symbol: execution.symbol,
      as_of: execution.as_of,
      exchange_time: execution.exchange_time,
      run: own?.signal ?? null,
      arms: answers.map((answer) => result(answer, own)),
      arms_differ:
        first && second && first.failure === null && second.failure === null
          ? first.signal.action !== second.signal.action
          : null,
    };
  };
  const count = (found: PlaygroundSessionDto): void => {
    found.done = found.rows.length;
    found.summary = found.estimate.arms.map((_, at) => {
      const results = found.rows.flatMap(({ arms }) => arms[at] ?? []);
      const usable = results.filter(({ failure }) => failure === null);
      const of = (action: string) =>
        usable.filter(({ signal }) => signal?.action === action).length;
      const judged = usable.filter(({ differs_from_run: differs }) => differs !== null);
      const asked = results.reduce((sum, each) => sum + each.asked_calls, 0);
      const time = results.reduce((sum, each) => sum + each.latency_us, 0);
      return {
        buys: of("BUY"),
        sells: of("SELL"),
        holds: of("HOLD"),
        unusable: results.length - usable.length,
        undecided: 0,
        agrees_with_run: {
          count: judged.filter(({ differs_from_run: differs }) => differs === false).length,
          of: judged.length,
        },
        cost: results.reduce((sum, { cost }) => sum + Number(cost), 0).toFixed(4),
        asked_calls: asked,
        recorded_calls: results.reduce((sum, each) => sum + each.recorded_calls, 0),
        mean_latency_us: asked === 0 ? null : Math.round(time / asked),
      };
    });
    const both = found.rows.filter(({ arms_differ: differ }) => differ !== null);
    found.agreement =
      found.estimate.arms.length === 2
        ? { count: both.filter(({ arms_differ: differ }) => !differ).length, of: both.length }
        : null;
    found.spent = found.summary.reduce((sum, { cost }) => sum + Number(cost), 0).toFixed(4);
  };
  const end = (found: PlaygroundSessionDto, phase: PlaygroundSessionDto["phase"]): void => {
    Object.assign(found, { phase, under_way: null, ended_at: recording().status.now });
    emit("playground");
  };
  const next = (found: PlaygroundSessionDto): void => {
    if (found.phase !== "running") return;
    const id = found.estimate.execution_ids[found.done];
    if (id === undefined) {
      end(found, "done");
      return;
    }
    const { playgroundAnswers: sides } = recording();
    const answers = found.estimate.arms.flatMap((_, at) => {
      const side = sides[at % sides.length] ?? [];
      return side[found.done % side.length] ?? [];
    });
    said.push(answers);
    found.rows.push(row(id, answers));
    count(found);
    found.under_way = found.estimate.execution_ids[found.done] ?? null;
    emit("playground");
    setTimeout(next, pace() * 3, found);
  };
  return {
    playground_estimate: estimate,
    playground_start: ({ experiment, accepted_cost }) => {
      if (session?.phase === "running") fail("not_now", "An experiment is under way.");
      const found = estimate(experiment);
      if (found.refusal !== null) fail("not_now", found.refusal);
      said = [];
      session = {
        number: (session?.number ?? 0) + 1,
        estimate: found,
        accepted_cost,
        spent: "0",
        phase: "running",
        reason: null,
        under_way: found.execution_ids[0] ?? null,
        done: 0,
        total: found.execution_ids.length,
        rows: [],
        summary: [],
        agreement: null,
        started_at: recording().status.now,
        ended_at: null,
      };
      count(session);
      setTimeout(next, pace() * 3, session);
      return { session };
    },
    playground_cancel: () => {
      if (session?.phase !== "running") return fail("not_now", "No experiment is under way.");
      end(session, "cancelled");
      return { session };
    },
    playground_get: () => ({ session }),
    playground_replies: ({ execution_id: id }) => {
      const at = session?.rows.findIndex((each) => each.execution_id === id) ?? -1;
      const found =
        session?.rows[at] ?? fail("not_found", `The playground has no answers on "${id}".`);
      return {
        row: found,
        replies: (said[at] ?? []).map((answer, side) => ({
          label: session?.estimate.arms[side]?.label ?? "",
          action: answer.signal.action,
          calls: answer.calls,
        })),
      };
    },
  };
}

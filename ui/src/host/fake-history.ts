import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  ExecutionsSearchRequest,
  FoundExecutionDto,
  HealthDto,
  LineageDto,
  SignalDto,
  StepStatisticsDto,
  StepStatisticsRequest,
} from "@/gen/types";

/** What the pages *Dashboard*, *Executions* and *Settings* read beside what others show. */
export interface HistoryRecording {
  /** Newest first. */
  lineages: LineageDto[];
  signals: SignalDto[];
  /** Older runs of which no lineage was recorded. */
  past: FoundExecutionDto[];
  health: HealthDto;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type HistoryCommand = "executions_search" | "execution_get" | "health_get" | "step_statistics_get";

const fits = <T>(wanted: T | null, value: T | undefined): boolean =>
  wanted === null || wanted === value;

function isOf({ execution, signal }: FoundExecutionDto, of: ExecutionsSearchRequest): boolean {
  const text = [execution.id, execution.symbol, execution.strategy_name, execution.sentence];
  return (
    fits(of.strategy_id, execution.strategy_id) &&
    fits(of.symbol, execution.symbol) &&
    fits(of.trigger, execution.trigger) &&
    fits(of.status, execution.status) &&
    (of.outcome === null || of.outcome === execution.outcome) &&
    fits(of.action, signal?.action) &&
    (of.text === null || text.join(" ").toLowerCase().includes(of.text.toLowerCase())) &&
    (of.from === null || execution.as_of >= of.from) &&
    (of.until === null || execution.as_of < of.until)
  );
}

/** Counted over the recorded runs, whenever they were; why they failed is not told. */
function statisticsOf(
  lineages: readonly LineageDto[],
  { step_name: name, days, strategy_id: strategy }: StepStatisticsRequest,
): StepStatisticsDto {
  const steps = lineages
    .filter(({ execution }) => fits(strategy, execution.strategy_id))
    .flatMap((lineage) => lineage.steps.filter((step) => step.step_name === name));
  const ran = steps.filter(({ status }) => status === "success" || status === "error");
  const durations = ran.map((step) => step.duration_us).toSorted((a, b) => a - b);
  const rank = (percent: number) =>
    durations[Math.ceil((durations.length * percent) / 100) - 1] ?? null;
  const successes = ran.filter(({ status }) => status === "success").length;
  const sum = durations.reduce((all, each) => all + each, 0);
  return {
    step_name: name,
    step_number: steps[0]?.step_number ?? 0,
    days,
    from: steps[0]?.recorded_at ?? "",
    runs: ran.length,
    successes,
    skipped: steps.filter(({ status }) => status === "skipped" || status === "not_run").length,
    success_rate_percent: ran.length === 0 ? null : ((100 * successes) / ran.length).toFixed(2),
    mean_us: ran.length === 0 ? null : Math.floor(sum / ran.length),
    minimum_us: durations[0] ?? null,
    maximum_us: durations.at(-1) ?? null,
    p50_us: rank(50),
    p95_us: rank(95),
    errors: [],
  };
}

/** Answers out of the recording. */
export function historyAnswers(
  recording: () => HistoryRecording,
  fail: Fail,
): { [K in HistoryCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const all = (): FoundExecutionDto[] => {
    const signals = new Map(
      recording().signals.map(({ signal }) => [signal.execution_id, signal] as const),
    );
    const told = recording().lineages.map(({ execution }) => {
      const signal = signals.get(execution.id) ?? null;
      return { execution, model: signal?.model ?? null, signal };
    });
    return [...told, ...recording().past].toSorted((a, b) =>
      b.execution.as_of.localeCompare(a.execution.as_of),
    );
  };
  return {
    executions_search: (request) => {
      const found = all().filter((each) => isOf(each, request));
      const { offset, limit } = request;
      return { executions: found.slice(offset, offset + limit), total: found.length, offset };
    },
    execution_get: ({ execution_id: id }) =>
      all().find(({ execution }) => execution.id === id) ??
      fail("not_found", `There is no execution "${id}".`),
    health_get: () => recording().health,
    step_statistics_get: (request) => statisticsOf(recording().lineages, request),
  };
}

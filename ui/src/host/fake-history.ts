import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  ExecutionsSearchRequest,
  FoundExecutionDto,
  HealthDto,
  LineageDto,
  SignalDto,
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
type HistoryCommand = "executions_search" | "execution_get" | "health_get";

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
  };
}

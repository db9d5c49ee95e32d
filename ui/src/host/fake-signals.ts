import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  BlobRef,
  ChartDataDto,
  ChartImageDto,
  LineageDto,
  PerformanceDimension,
  PerformanceFilter,
  PerformanceGroupDto,
  PerformanceNumbersDto,
  ProportionDto,
  PromptRecord,
  SignalDto,
  TruthCardDto,
} from "@/gen/types";
import { add, subtract } from "@/lib/decimal";

/** What the pages *Signals* and *Charts* show, kept as files. */
export interface SignalRecording {
  /** Newest first. */
  signals: SignalDto[];
  /** By strategy. */
  truth: Record<string, TruthCardDto>;
  charts: ChartDataDto[];
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type SignalCommand =
  | "signals_list"
  | "signal_get"
  | "signal_cancel"
  | "performance_get"
  | "performance_compare"
  | "leaderboard_get"
  | "truth_card_get"
  | "charts_list"
  | "chart_data_get";

const fits = <T>(wanted: T | null, value: T): boolean => wanted === null || wanted === value;

function isOf({ signal }: SignalDto, of: PerformanceFilter): boolean {
  const prompts = Object.values(signal.prompts);
  return (
    fits(of.strategy_id, signal.strategy_id) &&
    fits(of.symbol, signal.symbol) &&
    (of.model === null || of.model === (signal.model ?? signal.analyst_name)) &&
    (of.prompt_id === null ||
      prompts.some(
        (each) => each.prompt_id === of.prompt_id && fits(of.prompt_version, each.version),
      )) &&
    (of.from === null || signal.generated_at >= of.from) &&
    (of.until === null || signal.generated_at < of.until)
  );
}

/** Wilson's interval, as docs/signals.md gives it. */
function share(part: number, whole: number): ProportionDto | null {
  if (whole === 0) return null;
  const [p, z] = [part / whole, 1.96];
  const scale = 1 + (z * z) / whole;
  const centre = (p + (z * z) / (2 * whole)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / whole + (z * z) / (4 * whole * whole));
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

const multiples = (signals: readonly SignalDto[]): number[] =>
  signals.flatMap(({ signal }) =>
    signal.actual_r_multiple === null ? [] : [Number(signal.actual_r_multiple)],
  );
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function numbersOf(signals: readonly SignalDto[]): PerformanceNumbersDto {
  const of = (test: (each: SignalDto) => boolean) => signals.filter(test).length;
  const sum = (value: (each: SignalDto["signal"]) => string | null) =>
    signals.reduce((total, { signal }) => add(total, value(signal) ?? "0") ?? total, "0.00");
  const wins = of(({ signal }) => signal.outcome === "win");
  const losses = of(({ signal }) => signal.outcome === "loss");
  const r = multiples(signals);
  const stated = signals.filter(({ signal }) => signal.action !== "HOLD");
  const net = sum((signal) => signal.net_profit_loss);
  const cost = sum((signal) => signal.model_cost);
  return {
    signals: signals.length,
    buys: of(({ signal }) => signal.action === "BUY"),
    sells: of(({ signal }) => signal.action === "SELL"),
    holds: of(({ signal }) => signal.action === "HOLD"),
    executed: of(({ signal }) => signal.status === "executed"),
    wins,
    losses,
    win_rate: share(wins, wins + losses),
    average_r: r.length === 0 ? null : mean(r).toFixed(2),
    best_r: r.length === 0 ? null : Math.max(...r).toFixed(2),
    worst_r: r.length === 0 ? null : Math.min(...r).toFixed(2),
    gross_profit_loss: sum((signal) => signal.gross_profit_loss),
    net_profit_loss: net,
    model_cost: cost,
    net_of_model_cost: subtract(net, cost) ?? net,
    average_confidence:
      stated.length === 0 ? null : mean(stated.map(({ signal }) => Number(signal.confidence))),
  };
}

function groupsOf(
  signals: readonly SignalDto[],
  by: readonly PerformanceDimension[],
): PerformanceGroupDto[] {
  const groups = new Map<string, { group: PerformanceGroupDto["key"]; of: SignalDto[] }>();
  const put = (each: SignalDto, prompt: PromptRecord | null) => {
    const { signal } = each;
    const group = {
      prompt: by.includes("prompt") ? prompt : null,
      strategy_id: by.includes("strategy") ? signal.strategy_id : null,
      model: by.includes("model") ? (signal.model ?? signal.analyst_name) : null,
      day: by.includes("day") ? signal.generated_at.slice(0, 10) : null,
    };
    const key = JSON.stringify(group);
    const known = groups.get(key);
    if (known) known.of.push(each);
    else groups.set(key, { group, of: [each] });
  };
  for (const each of signals) {
    const prompts = Object.values(each.signal.prompts);
    if (by.includes("prompt") && prompts.length > 0)
      for (const prompt of prompts) put(each, prompt);
    else put(each, null);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, { group, of }]) => ({
      key: group,
      label: by
        .map((dimension) =>
          dimension === "prompt"
            ? group.prompt
              ? `${group.prompt.name} v${group.prompt.version}`
              : "No prompt"
            : dimension === "strategy"
              ? (of[0]?.strategy_name ?? "")
              : dimension === "model"
                ? (group.model ?? "")
                : (group.day ?? ""),
        )
        .join(" · "),
      numbers: numbersOf(of),
    }));
}

/** Newcombe's interval for the difference of two shares, from Wilson's of each. */
function apart(a: ProportionDto | null, b: ProportionDto | null) {
  if (!a || !b) return null;
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}

/** Answers from a recording, with its sums. Nothing is decided here. */
export function signalAnswers(
  recording: () => SignalRecording & { lineages: LineageDto[] },
  fail: Fail,
): { [K in SignalCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const signal = (id: string): SignalDto =>
    recording().signals.find((each) => each.signal.execution_id === id) ??
    fail("not_found", `Execution "${id}" made no signal.`, "Choose one from the list.");
  const closed = (numbers: PerformanceNumbersDto) => numbers.wins + numbers.losses;
  return {
    signals_list: ({ action, status, outcome, offset, limit, ...of }) => {
      const found = recording().signals.filter(
        (each) =>
          isOf(each, of) &&
          fits(action, each.signal.action) &&
          fits(status, each.signal.status) &&
          fits(outcome, each.signal.outcome),
      );
      return { signals: found.slice(offset, offset + limit), total: found.length, offset };
    },
    signal_get: ({ execution_id }) => signal(execution_id),
    signal_cancel: ({ execution_id }) => {
      const found = signal(execution_id);
      Object.assign(found.signal, { status: "cancelled", outcome: "cancelled" });
      found.working_entry = null;
      return found;
    },
    performance_get: ({ by, of }) => {
      const found = recording().signals.filter((each) => isOf(each, of));
      return {
        by,
        groups: by.length === 0 ? [] : groupsOf(found, by),
        total: numbersOf(found),
      };
    },
    performance_compare: ({ first, second }) => {
      const [a, b] = [first, second].map((of) =>
        recording().signals.filter((each) => isOf(each, of)),
      ) as [SignalDto[], SignalDto[]];
      const [left, right] = [numbersOf(a), numbersOf(b)];
      const isEnough = Math.min(closed(left), closed(right)) >= 20;
      const [x, y] = [multiples(a), multiples(b)];
      const value = x.length > 0 && y.length > 0 ? mean(x) - mean(y) : null;
      return {
        first: left,
        second: right,
        win_rate: apart(left.win_rate, right.win_rate),
        average_r:
          value === null
            ? null
            : {
                value,
                low: value - 3 / Math.sqrt(x.length),
                high: value + 3 / Math.sqrt(y.length),
              },
        is_enough: isEnough,
        sentence: isEnough
          ? "No difference can be told: the interval of the average R holds zero."
          : `Not enough outcomes to tell: ${closed(left)} and ${closed(right)} closed trades, 20 are needed on each side.`,
      };
    },
    leaderboard_get: ({ by, minimum_outcomes: minimum, of }) => {
      const groups = groupsOf(
        recording().signals.filter((each) => isOf(each, of)),
        by,
      );
      const ranked = groups.filter(({ numbers }) => closed(numbers) >= minimum);
      return {
        ranked: ranked.sort(
          (a, b) => Number(b.numbers.average_r ?? 0) - Number(a.numbers.average_r ?? 0),
        ),
        minimum_outcomes: minimum,
        too_few: groups.length - ranked.length,
      };
    },
    truth_card_get: ({ strategy_id }) =>
      recording().truth[strategy_id] ??
      fail("not_found", `There is no strategy called "${strategy_id}".`),
    charts_list: ({ strategy_id, symbol, timeframe, from, until, offset, limit }) => {
      const drawn = recording().lineages.filter(
        ({ execution, steps }) =>
          fits(strategy_id, execution.strategy_id) &&
          fits(symbol, execution.symbol) &&
          (from === null || execution.as_of >= from) &&
          (until === null || execution.as_of < until) &&
          steps.some((row) => row.step_name === "generate_charts" && row.status === "success"),
      );
      const images = drawn.slice(offset, offset + limit).flatMap(({ execution, steps }) => {
        const row = steps.find((each) => each.step_name === "generate_charts");
        const { charts } = row?.output as unknown as {
          charts: (Omit<ChartImageDto, "execution_id"> & { image: BlobRef })[];
        };
        return charts
          .filter((chart) => fits(timeframe, chart.timeframe))
          .map((chart) => ({
            ...chart,
            execution_id: execution.id,
            strategy_id: execution.strategy_id,
            strategy_name: execution.strategy_name,
            symbol: execution.symbol,
            as_of: execution.as_of,
            exchange_time: execution.exchange_time,
          }));
      });
      return { charts: images, total_executions: drawn.length, offset };
    },
    chart_data_get: ({ execution_id: id, timeframe }) =>
      recording().charts.find((each) => each.execution_id === id && each.timeframe === timeframe) ??
      fail("not_found", `Execution "${id}" recorded no such bars.`, "Choose another run."),
  };
}

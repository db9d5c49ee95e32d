import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  EventTopic,
  ExecutionDto,
  FormProblem,
  ReadinessStageDto,
  StrategyDto,
  StrategyForm,
} from "@/gen/types";
import { compareLines } from "@/host/fake-prompts";

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type StrategyCommand =
  | "strategy_form_get"
  | "strategy_form_check"
  | "strategy_form_read"
  | "strategy_versions"
  | "strategy_diff"
  | "strategy_duplicate"
  | "strategy_archive"
  | "strategy_unarchive"
  | "strategy_export"
  | "strategy_save"
  | "strategy_validate"
  | "readiness_get";

/** What the fake knows of limits; the engine tells its own. */
const LIMITS: readonly (readonly [string, string])[] = [
  ["risk_per_trade_percent", "1"],
  ["stop_atr_multiple", "2"],
  ["target_atr_multiple", "4"],
  ["maximum_position_shares", "1000"],
  ["maximum_position_percent", "20"],
  ["maximum_exposure_percent", "90"],
  ["warn_exposure_percent", "75"],
  ["maximum_open_positions", "10"],
  ["minimum_r", "1"],
  ["minimum_return_percent", ""],
  ["maximum_daily_loss_percent", ""],
];

const EMPTY: StrategyForm = {
  name: "",
  description: "",
  symbols: [],
  autonomy: "propose",
  approval_minutes: "1440",
  allow_delayed: false,
  analyst: { kind: "rules", model: "", language: "en", instructions: "", prompts: {} },
  schedule: {
    rule: "0 16 * * MON-FRI",
    exchange: "NYSE",
    time_zone: "",
    hours: "trading_day",
    missed: "run_once",
    grace_minutes: "15",
    overlap: "skip",
    retries: "0",
    pause_after_failures: "",
  },
  indicators: [
    { kind: "SUPERTREND", parameters: { period: "10", multiplier: "3" } },
    { kind: "SMA", parameters: { period: "20" } },
    { kind: "MACD", parameters: { fast_period: "12", slow_period: "26", signal_period: "9" } },
    { kind: "RSI", parameters: { period: "14" } },
    { kind: "ATR", parameters: { period: "14" } },
  ],
  risk: Object.fromEntries(LIMITS.filter(([, usual]) => usual !== "")),
  protections: [],
};

const label = ({ kind, parameters }: StrategyForm["indicators"][number]) => {
  const values = Object.values(parameters).join(", ");
  return values === "" ? kind : `${kind}(${values})`;
};

/** A text in the manner of the engine's, for looking at. */
function written(form: StrategyForm): string {
  const { schedule } = form;
  return [
    `name = ${JSON.stringify(form.name)}`,
    ...(form.description === "" ? [] : [`description = ${JSON.stringify(form.description)}`]),
    `symbols = [${form.symbols.map((symbol) => JSON.stringify(symbol)).join(", ")}]`,
    `autonomy = "${form.autonomy}"`,
    `analyst = "${form.analyst.kind}"`,
    ...(schedule
      ? [
          "",
          "[schedule]",
          `${/(open|close)$/.test(schedule.rule) ? "at" : "cron"} = "${schedule.rule}"`,
          `exchange = "${schedule.exchange}"`,
        ]
      : []),
    "",
    "[risk]",
    ...Object.entries(form.risk).map(([name, value]) => `${name} = "${value}"`),
    ...form.indicators.flatMap(({ kind, parameters }) => [
      "",
      "[[indicators]]",
      `kind = "${kind}"`,
      ...Object.entries(parameters).map(([name, value]) => `${name} = ${value}`),
    ]),
    "",
  ].join("\n");
}

/** Few of the engine's rules, so that pages have something to show. */
function problemsOf(form: StrategyForm): FormProblem[] {
  const problems: FormProblem[] = [];
  const add = (field: string, message: string) => problems.push({ field, message });
  if (form.name.trim() === "") add("name", "Use 1 to 80 printable characters.");
  if (form.symbols.length === 0) add("symbols", "Choose at least one symbol.");
  form.indicators.forEach(({ parameters }, index) => {
    for (const [name, value] of Object.entries(parameters))
      if (!(Number(value) >= 1 && Number(value) <= 500))
        add(`indicators.${index}.${name}`, "Give a whole number from 1 to 500.");
  });
  if (form.analyst.kind === "model" && form.analyst.model === "")
    add("analyst.model", "Use the name of a model, as `throughline model list` shows it.");
  if (form.schedule && !/^(\S+ ){4,5}\S+$|(open|close)$/.test(form.schedule.rule))
    add("schedule.rule", "Write five fields: minute, hour, day of month, month, day of week.");
  const risk = Number(form.risk["risk_per_trade_percent"] ?? "1");
  if (!(risk > 0 && risk <= 5))
    add("risk.risk_per_trade_percent", "Use a number above 0 and up to 5.");
  return problems;
}

/** Answers about strategies as forms. No engine is here: few rules are known, and no file is read. */
export function strategyAnswers(
  recording: () => { strategies: StrategyDto[]; lineages: { execution: ExecutionDto }[] },
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in StrategyCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const forms = new Map<string, StrategyForm>();
  const texts = new Map<string, string[]>();
  const find = (id: string): StrategyDto =>
    recording().strategies.find((strategy) => strategy.id === id) ??
    fail("not_found", `There is no strategy called "${id}".`);
  const formOf = (strategy: StrategyDto): StrategyForm =>
    forms.get(strategy.id) ?? {
      ...EMPTY,
      name: strategy.name,
      description: strategy.description,
      symbols: strategy.symbols,
      autonomy: strategy.autonomy,
      schedule:
        strategy.schedule === null || EMPTY.schedule === null
          ? null
          : { ...EMPTY.schedule, rule: strategy.schedule },
      risk: Object.fromEntries(
        Object.entries(strategy.risk).flatMap(([name, value]) =>
          value === null ? [] : [[name, String(value)] as const],
        ),
      ),
    };
  const versionsOf = (strategy: StrategyDto): string[] => {
    const known = texts.get(strategy.id);
    if (known) return known;
    // Earlier versions are made up from the newest, so that there is something to compare.
    const made = Array.from({ length: strategy.version }, (_, index) =>
      index === strategy.version - 1
        ? strategy.toml
        : strategy.toml.replace("stop_atr_multiple", `stop_atr_multiple_${index + 1}`),
    );
    texts.set(strategy.id, made);
    return made;
  };
  const check = (form: StrategyForm) => ({
    toml: written(form),
    problems: problemsOf(form),
    warnings: form.symbols.flatMap((symbol, index) =>
      symbol.startsWith("X")
        ? [
            {
              field: `symbols.${index}`,
              message: `IBKR lists no US stock with the symbol ${symbol}; check the spelling.`,
            },
          ]
        : [],
    ),
    schedule_words: form.schedule?.rule ?? null,
    indicators: form.indicators.map(label),
  });
  let last: { toml: string; form: StrategyForm } | null = null;
  const save = (id: string, form: StrategyForm | null, toml: string): StrategyDto => {
    const { strategies } = recording();
    const before = strategies.find((strategy) => strategy.id === id);
    const saved: StrategyDto = {
      ...(before ?? {
        ...(strategies[0] ?? fail("not_now", "Nothing was recorded.")),
        version: 0,
        active: false,
        archived: false,
        recent: [],
        next_run: null,
      }),
      id,
      toml,
      ...(form
        ? {
            name: form.name,
            description: form.description,
            symbols: form.symbols,
            autonomy: form.autonomy,
            schedule: form.schedule?.rule ?? null,
            indicators: form.indicators.map(label),
          }
        : {}),
    };
    saved.version += 1;
    if (form) forms.set(id, form);
    texts.set(id, [...(before ? versionsOf(before) : []), toml]);
    if (before) Object.assign(before, saved);
    else strategies.push(saved);
    emit("strategies");
    return saved;
  };
  const archive = (archived: boolean) => (request: { strategy_id: string }) => {
    const strategy = find(request.strategy_id);
    Object.assign(strategy, { archived, active: false, next_run: null });
    emit("strategies");
    return strategy;
  };
  return {
    strategy_form_get: ({ strategy_id: id }) => {
      const limits = LIMITS.map(([name, usual]) => ({ name, usual }));
      if (id === null) return { strategy_id: null, version: 0, form: EMPTY, limits };
      const strategy = find(id);
      return { strategy_id: id, version: strategy.version, form: formOf(strategy), limits };
    },
    strategy_form_check: ({ form }) => {
      const checked = check(form);
      last = { toml: checked.toml, form };
      return checked;
    },
    strategy_form_read: ({ toml }) =>
      toml === last?.toml
        ? { form: last.form, problems: problemsOf(last.form) }
        : {
            form: null,
            problems: [
              {
                field: "",
                message: "The recorded engine reads no text but the one that it wrote last.",
              },
            ],
          },
    strategy_versions: ({ strategy_id: id }) => {
      const strategy = find(id);
      return versionsOf(strategy)
        .map((toml, index) => ({
          version: index + 1,
          name: strategy.name,
          hash: `${index + 1}`.repeat(64).slice(0, 64),
          created_at: `2012-06-${String(10 + index).padStart(2, "0")}T14:00:00Z`,
          executions: recording().lineages.filter(
            ({ execution }) =>
              execution.strategy_id === id && execution.strategy_version === index + 1,
          ).length,
          lines: toml.trimEnd().split("\n").length,
        }))
        .toReversed();
    },
    strategy_diff: ({ strategy_id: id, from, to }) => {
      const versions = versionsOf(find(id));
      const lines = compareLines(versions[from - 1] ?? "", versions[to - 1] ?? "");
      const count = (kind: string) => lines.filter((line) => line.kind === kind).length;
      return {
        old: `version ${from}`,
        new: `version ${to}`,
        lines,
        added: count("added"),
        removed: count("removed"),
      };
    },
    strategy_duplicate: ({ strategy_id: id, new_id: newId, name }) => {
      if (recording().strategies.some((strategy) => strategy.id === newId))
        fail("not_now", `there is a strategy "${newId}" already`, "choose another id");
      const form = { ...formOf(find(id)), name };
      return save(newId, form, written(form));
    },
    strategy_archive: archive(true),
    strategy_unarchive: archive(false),
    strategy_export: ({ strategy_id: id }) => ({
      file_name: `${id}.toml`,
      toml: find(id).toml,
    }),
    strategy_save: ({ strategy_id: id, toml, based_on_version: base }) => {
      const there = recording().strategies.find((strategy) => strategy.id === id);
      if (base !== null && base !== (there?.version ?? 0))
        fail(
          "not_now",
          `version ${there?.version ?? 0} of ${id} was saved in the meantime`,
          "look at what changed, and make the change again on the newest version",
        );
      return save(id, last?.toml === toml ? last.form : null, toml);
    },
    strategy_validate: ({ toml }) => ({
      valid: toml.includes("name ="),
      error: toml.includes("name =")
        ? null
        : "the strategy could not be read: missing field `name`",
      field: null,
      name: null,
      symbols: [],
      schedule_words: null,
    }),
    readiness_get: ({ strategy_id: id }) => {
      const strategy = find(id);
      const newest = strategy.recent[0]?.id ?? null;
      const stage = (
        name: string,
        state: ReadinessStageDto["state"],
        sentence: string,
        place: ReadinessStageDto["place"],
        step: ReadinessStageDto["step"] = null,
      ): ReadinessStageDto => ({
        stage: name,
        state,
        sentence,
        place,
        execution_id: step === null ? null : newest,
        step,
      });
      const run = newest === null ? "not_yet" : "ready";
      const of = newest === null ? "The first run shows it." : "The newest run did it.";
      return {
        strategy_id: id,
        stages: [
          stage("connected", "ready", "The session with the broker stands.", "connection"),
          stage("symbol", "ready", `The broker knows ${strategy.symbols.join(", ")}.`, "symbols"),
          stage("indicators", "ready", "Their parameters are in range.", "indicators"),
          stage("prompt", "ready", "The built-in rule analyst needs no prompt.", "analyst"),
          stage("strategy", "ready", `Version ${strategy.version} is whole.`, "strategy"),
          strategy.active
            ? stage("schedule", "ready", strategy.schedule_words ?? "It is on.", "schedule")
            : stage("schedule", "missing", "Its schedule is switched off.", "schedule"),
          stage("chart", run, of, "lineage", "generate_charts"),
          stage("signal", run, of, "lineage", "parse_signal"),
          stage("order", run, of, "orders", "place_order"),
          stage("position", run, of, "portfolio", "update_position"),
          stage("tracking", run, of, "orders", "track_order"),
          stage("portfolio", run, of, "portfolio", "update_portfolio"),
          stage("lineage", run, of, "lineage", "complete"),
        ],
      };
    },
  };
}

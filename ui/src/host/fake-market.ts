import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  ChartBarDto,
  EventTopic,
  IndicatorCheckDto,
  IndicatorCheckRequest,
  IndicatorChoiceDto,
  IndicatorKindDto,
  IndicatorProblemDto,
  IndicatorSetDto,
  PreviewedIndicatorDto,
  SymbolDetailsDto,
  SymbolDto,
  ToldDto,
  WatchlistQuoteDto,
} from "@/gen/types";

/** What the engine answered about indicators and symbols. */
export interface MarketRecording {
  indicatorKinds: IndicatorKindDto[];
  indicatorSets: IndicatorSetDto[];
  /** Every listing that a search can find. */
  symbols: SymbolDto[];
  watchlists: { id: number; name: string; conids: number[] }[];
  quotes: WatchlistQuoteDto[];
  /** The bars of every contract. */
  previewBars: ChartBarDto[];
  /** What the engine computed on them, by kind and with the default parameters. */
  previewed: PreviewedIndicatorDto[];
  /** Why the broker does not answer, in a scene without a connection. */
  marketFailure: string | null;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type MarketCommand =
  | "indicator_kinds_list"
  | "indicator_check"
  | "indicator_preview"
  | "indicator_sets_list"
  | "indicator_set_save"
  | "indicator_set_delete"
  | "symbols_search"
  | "symbol_get"
  | "symbols_saved"
  | "symbol_save"
  | "watchlists_list"
  | "watchlist_save"
  | "watchlist_delete"
  | "watchlist_quotes";

/** When the recorded broker answered. */
const ANSWERED_AT = "2012-07-20T19:58:00Z";

/** What a label leaves out while it is the usual one. */
const isMinor = (name: string): boolean => ["source", "overbought", "oversold"].includes(name);

/** Ranges and rules as the recorded catalogue has them; the engine's own check knows more. */
function check(
  kinds: readonly IndicatorKindDto[],
  request: IndicatorCheckRequest,
): IndicatorCheckDto {
  const wrong = (problems: IndicatorProblemDto[]): IndicatorCheckDto => ({
    problems,
    id: null,
    label: null,
    warm_up_bars: null,
  });
  const kind = kinds.find((each) => each.kind === request.kind.toUpperCase());
  if (!kind)
    return wrong([{ parameter: null, message: `there is no indicator "${request.kind}"` }]);
  const value = (name: string) =>
    request.parameters[name] ??
    kind.parameters.find((parameter) => parameter.name === name)?.default ??
    "";
  const problems = kind.parameters.flatMap(({ name, value_type, minimum, maximum, choices }) => {
    const given = value(name);
    const number = Number(given);
    const isGood =
      value_type === "choice"
        ? choices.includes(given)
        : given.trim() !== "" &&
          number >= Number(minimum) &&
          number <= Number(maximum) &&
          (value_type === "decimal" || Number.isInteger(number));
    const wanted =
      value_type === "choice"
        ? `one of ${choices.join(", ")}`
        : `${value_type === "integer" ? "a whole number" : "a number"} from ${minimum ?? ""} to ${maximum ?? ""}`;
    return isGood
      ? []
      : [{ parameter: name, message: `${kind.kind}: ${name} is "${given}"; give ${wanted}` }];
  });
  for (const rule of kind.rules) {
    const [lower = "", upper = ""] = rule.split(" < ");
    if (problems.length === 0 && Number(value(lower)) >= Number(value(upper)))
      problems.push({
        parameter: lower,
        message: `${kind.kind}: ${lower} ${value(lower)} is not below ${upper} ${value(upper)}; move them apart`,
      });
  }
  if (problems.length > 0) return wrong(problems);
  const values = kind.parameters
    .filter(({ name, default: usual }) => !isMinor(name) || value(name) !== usual)
    .map(({ name }) => value(name));
  const [word = kind.kind] = kind.label.split("(");
  return {
    problems: [],
    id: [kind.kind.toLowerCase(), ...values].join("_"),
    label: values.length === 0 ? word : `${word}(${values.join(", ")})`,
    warm_up_bars: kind.warm_up_bars,
  };
}

export function marketAnswers(
  recording: () => MarketRecording,
  fail: Fail,
  tell: (topic: EventTopic) => void,
): { [K in MarketCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const told = (): ToldDto => {
    const failure = recording().marketFailure;
    return {
      as_of: ANSWERED_AT,
      age_seconds: failure === null ? 120 : 7200,
      source: "simulated exchange",
      stale: failure !== null,
      message: failure === null ? null : `${failure}; this is an earlier answer`,
    };
  };
  const contract = (conid: number): SymbolDto =>
    recording().symbols.find((symbol) => symbol.conid === conid) ??
    fail("not_found", `there are no contract details for conid ${conid}`);
  const saved = () => recording().symbols.filter((symbol) => symbol.saved);
  const lists = () =>
    recording().watchlists.map(({ id, name, conids }) => ({
      id,
      name,
      symbols: conids.map(contract),
    }));
  const checked = (choice: IndicatorChoiceDto): IndicatorCheckDto => {
    const answer = check(recording().indicatorKinds, choice);
    const [problem] = answer.problems;
    return problem ? fail("invalid_request", problem.message) : answer;
  };
  return {
    indicator_kinds_list: () => recording().indicatorKinds,
    indicator_check: (request) => check(recording().indicatorKinds, request),
    indicator_preview: ({ conid, timeframe, indicators }) => ({
      conid,
      timeframe,
      bars: recording().previewBars,
      indicators: indicators.map((choice) => {
        const { id, label } = checked(choice);
        const made = recording().previewed.find(({ kind }) => kind === choice.kind);
        return made
          ? { ...made, id: id ?? made.id, label: label ?? made.label }
          : fail("not_now", `The recorded engine did not compute ${choice.kind}.`);
      }),
      simulated: true,
      told: told(),
    }),
    indicator_sets_list: () => recording().indicatorSets,
    indicator_set_save: ({ set_id, name, description, indicators }) => {
      const { indicatorSets } = recording();
      const made: IndicatorSetDto = {
        id: set_id ?? `set-${indicatorSets.length}`,
        name,
        description,
        is_shipped: false,
        indicators,
        labels: indicators.map((choice) => checked(choice).label ?? choice.kind),
        warm_up_bars: Math.max(...indicators.map((each) => checked(each).warm_up_bars ?? 0)),
      };
      const at = indicatorSets.findIndex(({ id }) => id === made.id);
      if (at < 0) indicatorSets.push(made);
      else indicatorSets[at] = made;
      tell("indicators");
      return indicatorSets;
    },
    indicator_set_delete: ({ set_id }) => {
      recording().indicatorSets = recording().indicatorSets.filter(({ id }) => id !== set_id);
      tell("indicators");
      return recording().indicatorSets;
    },
    symbols_search: ({ query }) => {
      const wanted = query.trim().toUpperCase();
      if (!/^[A-Z0-9.]{1,12}$/.test(wanted))
        fail(
          "invalid_request",
          `IBKR lists no US stock with the symbol ${query}; check the spelling`,
          "a symbol has 1 to 12 letters, digits and dots, such as AAPL or BRK.B",
        );
      const rows = recording().symbols.filter(({ symbol }) => symbol === wanted);
      const { message, ...from } = told();
      if (rows.length === 0 && message !== null)
        fail("broker", recording().marketFailure ?? "", "look for it again later");
      return {
        rows,
        ...from,
        is_cached: true,
        message:
          message ??
          (rows.length === 0
            ? `simulated exchange lists no US stock with the symbol ${wanted}`
            : null),
      };
    },
    symbol_get: ({ conid }): SymbolDetailsDto => {
      const symbol = contract(conid);
      return {
        symbol,
        multiplier: null,
        expiry: null,
        trading_class: symbol.symbol,
        valid_exchanges: ["SMART", symbol.exchange],
        order_types: ["limit", "market", "stop", "stop_limit", "trailing_stop"],
        tick_size: "0.01",
        tick_bands: [],
        size_increment: "1",
        industry: null,
        told: told(),
      };
    },
    symbols_saved: saved,
    symbol_save: ({ conid, saved: isSaved }) => {
      contract(conid).saved = isSaved;
      tell("symbols");
      return saved();
    },
    watchlists_list: lists,
    watchlist_save: ({ watchlist_id, name, conids }) => {
      const { watchlists } = recording();
      if (watchlists.some((list) => list.id !== watchlist_id && list.name === name))
        fail("invalid_request", `there is a watch-list called ${name} already`);
      const list = watchlists.find(({ id }) => id === watchlist_id);
      if (list) Object.assign(list, { name, conids });
      else watchlists.push({ id: watchlists.length + 1, name, conids });
      tell("symbols");
      return lists();
    },
    watchlist_delete: ({ watchlist_id }) => {
      recording().watchlists = recording().watchlists.filter(({ id }) => id !== watchlist_id);
      tell("symbols");
      return lists();
    },
    watchlist_quotes: ({ watchlist_id }) => {
      const { watchlists, quotes, marketFailure } = recording();
      const conids =
        watchlist_id === null
          ? saved().map(({ conid }) => conid)
          : (watchlists.find(({ id }) => id === watchlist_id)?.conids ?? []);
      return {
        rows: conids.map((conid) => {
          const known = quotes.find((quote) => quote.conid === conid);
          return {
            conid,
            price: marketFailure === null ? (known?.price ?? null) : null,
            closes: known?.closes ?? [],
          };
        }),
        as_of: ANSWERED_AT,
        source: "simulated exchange",
        simulated: true,
        is_loading: false,
        message: marketFailure,
      };
    },
  };
}

import type { Rpc } from "@/gen/commands";
import type { ApiError, EventTopic, PlannedRunDto, ScheduleDto, StrategyDto } from "@/gen/types";

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type ScheduleCommand = "schedule_preview" | "schedules_list" | "schedules_set_active";

const DAY = 86_400_000;

/**
 * Planned times that were made up: each weekday at four in summer, the fourth of July and an early
 * close among them. Trading days are the engine's to know.
 */
function planned(from: string, count: number): PlannedRunDto[] {
  const runs: PlannedRunDto[] = [];
  const start = Date.parse(`${from.slice(0, 10)}T20:00:00Z`);
  for (let at = start; runs.length < count; at += DAY) {
    const date = new Date(at);
    if (at <= Date.parse(from) || [0, 6].includes(date.getUTCDay())) continue;
    const utc = date.toISOString().replace(".000Z", "Z");
    const day = utc.slice(0, 10);
    const isHoliday = day.endsWith("-07-04") || day.endsWith("-09-03");
    const exchange = `${day}T16:00:00-04:00`;
    runs.push({
      utc,
      local: exchange,
      exchange,
      runs: !isHoliday,
      cause: isHoliday ? "holiday" : null,
      sentence: isHoliday ? `${day} is a holiday at NYSE` : null,
      short_day: day.endsWith("-07-03") || day.endsWith("-08-03"),
      clock: runs.length === 9 ? ["clocks_changed"] : [],
    });
  }
  return runs;
}

/** Answers about schedules from recorded strategies. No calendar is here: times are made up. */
export function scheduleAnswers(
  recording: () => { strategies: StrategyDto[]; status: { now: string } },
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in ScheduleCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const list = (): Rpc["schedules_list"][1] => {
    const { strategies, status } = recording();
    const scheduled = strategies.filter(
      (strategy) => strategy.schedule !== null && !strategy.archived,
    );
    const schedules = scheduled.map((strategy): ScheduleDto => ({
      strategy_id: strategy.id,
      strategy_name: strategy.name,
      active: strategy.active,
      paused_since: strategy.active ? null : status.now,
      paused_because: strategy.active ? null : "a person paused it",
      rule: strategy.schedule ?? "",
      words: strategy.schedule_words ?? "",
      exchange: "NYSE",
      time_zone: strategy.time_zone,
      hours: "trading_day",
      missed: "run_once",
      grace_minutes: 15,
      overlap: "skip",
      retries: 0,
      pause_after_failures: null,
    }));
    return {
      schedules,
      disagreements: [],
      next: scheduled
        .filter(({ active }) => active)
        .flatMap((strategy) =>
          planned(status.now, 4).map((run) => ({
            strategy_id: strategy.id,
            symbols: strategy.symbols,
            planned: run,
          })),
        )
        .toSorted((a, b) => a.planned.utc.localeCompare(b.planned.utc))
        .slice(0, 20),
      last: [
        ...scheduled.flatMap((strategy) =>
          strategy.recent.slice(0, 2).map((execution) => ({
            strategy_id: strategy.id,
            symbol: execution.symbol,
            planned_at: execution.as_of,
            until: null,
            execution_id: execution.id,
            cause: null,
            sentence: null,
            attempt: 1,
          })),
        ),
        ...scheduled.slice(0, 1).map((strategy) => ({
          strategy_id: strategy.id,
          symbol: strategy.symbols[0] ?? "",
          planned_at: "2012-07-04T20:00:00Z",
          until: null,
          execution_id: null,
          cause: "holiday",
          sentence: "2012-07-04 is a holiday at NYSE: Independence Day",
          attempt: 1,
        })),
      ],
    };
  };
  return {
    schedule_preview: ({ rule, exchange, time_zone: zone, from, count }) => {
      if (!/^(\S+ ){4,5}\S+$|(open|close)$/.test(rule.trim()))
        fail(
          "invalid_request",
          `the cron expression "${rule}" has ${rule.split(" ").length} fields; write five`,
        );
      return {
        rule,
        words: rule === "0 16 * * MON-FRI" ? "At 16:00, Monday to Friday" : rule,
        exchange: exchange ?? "NYSE",
        exchange_title: "New York Stock Exchange",
        time_zone: zone ?? "America/New_York",
        exchange_time_zone: "America/New_York",
        runs: planned(from ?? recording().status.now, count),
        ends: null,
      };
    },
    schedules_list: list,
    schedules_set_active: ({ active }) => {
      for (const strategy of recording().strategies)
        if (strategy.schedule !== null && !strategy.archived) strategy.active = active;
      emit("strategies");
      return list();
    },
  };
}

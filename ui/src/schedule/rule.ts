/** How often a rule names a time, for those who do not speak cron. */
export type RuleKind = "daily" | "around" | "every" | "monthly" | "cron";

export const WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** On which day of the month: a number, the last, or a weekday of a week such as `MON#1`. */
export interface Plan {
  kind: RuleKind;
  /** `HH:MM`, each a run of each of the days. */
  times: readonly string[];
  weekdays: readonly Weekday[];
  /** Minutes before (negative) or after an end of the session. */
  minutes: number;
  edge: "open" | "close";
  /** Minutes from one run to the next, for `every`. */
  step: number;
  /** `1` to `31`, `L`, or such as `MON#1` and `FRI#L`. */
  day: string;
  /** The expression, for `cron`. */
  cron: string;
}

export const USUAL_PLAN: Plan = {
  kind: "daily",
  times: ["16:00"],
  weekdays: ["MON", "TUE", "WED", "THU", "FRI"],
  minutes: -15,
  edge: "close",
  step: 30,
  day: "1",
  cron: "0 16 * * MON-FRI",
};

/** Steps of `every`, in minutes: each divides the hour. */
export const STEPS = [1, 5, 10, 15, 20, 30, 60] as const;

const two = (number: number) => String(number).padStart(2, "0");
const time = (hour: number, minute: number) => `${two(hour)}:${two(minute)}`;

function timeOf(text: string): { hour: number; minute: number } | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])];
  return match && hour <= 23 && minute <= 59 ? { hour, minute } : null;
}

/** The days as cron writes them: a range where they follow on each other. */
function daysText(weekdays: readonly Weekday[]): string {
  const at = WEEKDAYS.flatMap((day, index) => (weekdays.includes(day) ? [index] : []));
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined || at.length === 7) return "*";
  // A week that goes over Sunday is a list, since a range would run backwards.
  const isRun = at.length > 2 && last - first === at.length - 1 && last < 6;
  return isRun
    ? `${WEEKDAYS[first]}-${WEEKDAYS[last]}`
    : at.map((index) => WEEKDAYS[index]).join(",");
}

function daysOf(text: string): readonly Weekday[] | null {
  if (text === "*" || text === "?") return WEEKDAYS;
  const number = (word: string): number => {
    const named = WEEKDAYS.indexOf(word as Weekday);
    if (named >= 0) return named;
    // In numbers the week begins with Sunday, which is 0 and 7.
    return /^[0-7]$/.test(word) ? (Number(word) + 6) % 7 : -1;
  };
  const found = new Set<number>();
  for (const item of text.toUpperCase().split(",")) {
    const [from, to] = item.split("-");
    const [first, last] = [number(from ?? ""), number(to ?? from ?? "")];
    if (first < 0 || last < 0 || item.includes("#") || item.includes("/") || last < first)
      return null;
    for (let day = first; day <= last; day += 1) found.add(day);
  }
  return WEEKDAYS.filter((_, index) => found.has(index));
}

/** What is wrong with a plan; nothing where a rule can be made of it. */
export function planFault(plan: Plan): string | null {
  switch (plan.kind) {
    case "daily": {
      const times = plan.times.map(timeOf);
      if (times.length === 0) return "Name at least one time of day.";
      if (times.some((each) => each === null)) return "Write each time as HH:MM, such as 09:45.";
      if (new Set(times.map((each) => each?.minute)).size > 1)
        return "Several times of day share their minutes, such as 10:30 and 15:30.";
      return plan.weekdays.length === 0 ? "Choose at least one day of the week." : null;
    }
    case "around":
      return Number.isInteger(plan.minutes) && Math.abs(plan.minutes) <= 720
        ? null
        : "Write whole minutes, at most 720.";
    case "every":
      return plan.weekdays.length === 0 ? "Choose at least one day of the week." : null;
    case "monthly":
      return timeOf(plan.times[0] ?? "") === null
        ? "Write the time as HH:MM, such as 09:45."
        : null;
    case "cron":
      return plan.cron.trim() === "" ? "Write a cron expression." : null;
  }
}

/** The rule of a plan, as a strategy keeps it. */
export function ruleOf(plan: Plan): string {
  const times = plan.times.flatMap((text) => timeOf(text) ?? []);
  const days = daysText(plan.weekdays);
  switch (plan.kind) {
    case "daily": {
      const hours = [...new Set(times.map(({ hour }) => hour))].toSorted((a, b) => a - b);
      return `${times[0]?.minute ?? 0} ${hours.join(",") || 0} * * ${days}`;
    }
    case "around": {
      if (plan.minutes === 0) return `at ${plan.edge}`;
      const count = Math.abs(plan.minutes);
      const unit = count === 1 ? "minute" : "minutes";
      return `${count} ${unit} ${plan.minutes < 0 ? "before" : "after"} ${plan.edge}`;
    }
    case "every":
      return plan.step === 60 ? `0 * * * ${days}` : `*/${plan.step} * * * ${days}`;
    case "monthly": {
      const at = `${times[0]?.minute ?? 0} ${times[0]?.hour ?? 0}`;
      return plan.day.includes("#") ? `${at} * * ${plan.day}` : `${at} ${plan.day} * *`;
    }
    case "cron":
      return plan.cron.trim();
  }
}

/** The plan that a rule stands for; as cron where it is none of the simpler ones. */
export function planOf(rule: string): Plan {
  const text = rule.trim().replace(/\s+/g, " ");
  const plain: Plan = { ...USUAL_PLAN, kind: "cron", cron: text };
  const around = /^(?:at|(\d+) minutes? (before|after)) (open|close)$/i.exec(text);
  if (around) {
    const minutes = Number(around[1] ?? 0);
    return {
      ...plain,
      kind: "around",
      cron: USUAL_PLAN.cron,
      minutes: around[2]?.toLowerCase() === "before" ? -minutes : minutes,
      edge: around[3]?.toLowerCase() === "open" ? "open" : "close",
    };
  }
  const fields = text.split(" ");
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5 || month !== "*") return plain;
  const isNumber = /^\d{1,2}$/.test(minute) && Number(minute) <= 59;
  const hours = /^\d{1,2}(,\d{1,2})*$/.test(hour) ? hour.split(",").map(Number) : null;
  if (isNumber && hours?.every((each) => each <= 23)) {
    const times = hours.map((each) => time(each, Number(minute)));
    if (day === "*") {
      if (/^[A-Z]{3}#[1-5L]$/i.test(weekday) && hours.length === 1)
        return { ...plain, kind: "monthly", times, day: weekday.toUpperCase() };
      const weekdays = daysOf(weekday);
      return weekdays ? { ...plain, kind: "daily", times, weekdays } : plain;
    }
    const isDay = day === "L" || (/^\d{1,2}$/.test(day) && Number(day) >= 1 && Number(day) <= 31);
    return isDay && weekday === "*" && hours.length === 1
      ? { ...plain, kind: "monthly", times, day }
      : plain;
  }
  const step = /^\*\/(\d{1,2})$/.exec(minute)?.[1] ?? (minute === "*" ? "1" : null);
  const weekdays = daysOf(weekday);
  const found = minute === "0" ? 60 : Number(step);
  if (hour === "*" && day === "*" && weekdays && STEPS.some((each) => each === found))
    return { ...plain, kind: "every", step: found, weekdays };
  return plain;
}

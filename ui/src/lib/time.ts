/** Instants are RFC 3339 texts of the engine; the wall clock of this machine is not asked. */

/** Where the exchange's clock hangs. */
export const EXCHANGE_ZONE = "America/New_York";

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: EXCHANGE_ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  weekday: "short",
});

interface Civil {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: string;
}

function civil(instant: number): Civil {
  const found = Object.fromEntries(parts.formatToParts(instant).map((p) => [p.type, p.value]));
  const number = (name: string) => Number(found[name] ?? "0");
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
    weekday: found["weekday"] ?? "",
  };
}

const two = (value: number) => String(value).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function instantOf(text: string | null | undefined): number | null {
  const instant = Date.parse(text ?? "");
  return Number.isNaN(instant) ? null : instant;
}

/** `2012-06-15 16:00:05` on the exchange's clock. */
export function exchangeDateTime(text: string | null | undefined, seconds = false): string {
  const instant = instantOf(text);
  if (instant === null) return "–";
  const c = civil(instant);
  const time = `${two(c.hour)}:${two(c.minute)}${seconds ? `:${two(c.second)}` : ""}`;
  return `${c.year}-${two(c.month)}-${two(c.day)} ${time}`;
}

/** `2012-06-15`, the day on the exchange's clock. */
export const exchangeDate = (text: string | null | undefined): string =>
  exchangeDateTime(text).slice(0, 10);

/** `15 Jun 16:00`, for narrow places. */
export function shortDateTime(text: string): string {
  const instant = instantOf(text);
  if (instant === null) return "–";
  const c = civil(instant);
  return `${c.day} ${MONTHS[c.month - 1] ?? ""} ${two(c.hour)}:${two(c.minute)}`;
}

/** The instant of a civil time on the exchange's clock. */
export function fromExchange(year: number, month: number, day: number, hour: number): number {
  const asUtc = Date.UTC(year, month - 1, day, hour);
  // The offset is looked up at the guess, and once more where the guess fell across a change.
  let instant = asUtc;
  for (let turn = 0; turn < 2; turn += 1) {
    const c = civil(instant);
    const shown = Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute, c.second);
    instant += asUtc - shown;
  }
  return instant;
}

/** The next 16:00 of a weekday on the exchange's clock, strictly after `now`. */
export function nextClose(now: string): string | null {
  const start = instantOf(now);
  if (start === null) return null;
  const today = civil(start);
  for (let days = 0; days < 8; days += 1) {
    const instant = fromExchange(today.year, today.month, today.day + days, 16);
    const { weekday } = civil(instant);
    if (instant > start && weekday !== "Sat" && weekday !== "Sun") {
      return new Date(instant).toISOString();
    }
  }
  return null;
}

/** The same time of day so many days or months later, on the exchange's clock. */
export function later(now: string, step: { days?: number; months?: number }): string | null {
  const start = instantOf(now);
  if (start === null) return null;
  const c = civil(start);
  const lastOfMonth = new Date(Date.UTC(c.year, c.month - 1 + (step.months ?? 0) + 1, 0));
  const day = step.months === undefined ? c.day : Math.min(c.day, lastOfMonth.getUTCDate());
  const instant =
    fromExchange(c.year, c.month + (step.months ?? 0), day + (step.days ?? 0), c.hour) +
    (c.minute * 60 + c.second) * 1000;
  return new Date(instant).toISOString();
}

/** 16:00 of a day written `YYYY-MM-DD`; nothing if there is no such day. */
export function closeOf(date: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim());
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const instant = fromExchange(year, month, day, 16);
  return exchangeDate(new Date(instant).toISOString()) === date.trim()
    ? new Date(instant).toISOString()
    : null;
}

/** The earlier of two instants, where the second is given. */
export function earlier(instant: string, limit: string | null): string {
  const [a, b] = [instantOf(instant), instantOf(limit)];
  return a !== null && b !== null && b < a ? new Date(b).toISOString() : instant;
}

/** `3 min`, `23 h`, `4 d`: the distance of two instants, coarse. */
export function distance(from: string, to: string): string | null {
  const [a, b] = [instantOf(from), instantOf(to)];
  return a === null || b === null ? null : formatSeconds(Math.abs(b - a) / 1000);
}

/** `42 s`, `3 min`, `23 h`, `4 d`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `2012-06-15 16:00` of the exchange's clock as an instant; nothing if there is no such minute. */
export function fromExchangeText(text: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const instant = new Date(fromExchange(year, month, day, hour) + minute * 60_000).toISOString();
  return exchangeDateTime(instant) === text.trim().replace("T", " ") ? instant : null;
}

/** Whole seconds from one instant to another; nothing if either is missing. */
export function secondsBetween(
  from: string | null | undefined,
  to: string | null | undefined,
): number | null {
  const [a, b] = [instantOf(from), instantOf(to)];
  return a === null || b === null ? null : Math.round((b - a) / 1000);
}

/** `4:05`, or `3:04:05` from an hour on, or `2 d 3 h`: what is left, to the second. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(left / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  const minutes = Math.floor((left % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
}

/** Where in the exchange's day an instant lies, 0 to 1. */
export function dayShare(text: string | null | undefined): number | null {
  const instant = instantOf(text);
  if (instant === null) return null;
  const c = civil(instant);
  return (c.hour * 3600 + c.minute * 60 + c.second) / 86_400;
}

/** Microseconds as `0.4 ms`, `48 ms` or `1.20 s`. */
export function formatDuration(microseconds: number): string {
  const ms = microseconds / 1000;
  if (ms < 0.1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** The day after one written `YYYY-MM-DD`. */
export const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** The instants at which whole days of the exchange begin and end, both days included. */
export const wholeDays = (
  from: string | undefined,
  until: string | undefined,
): { from: string | null; until: string | null } => ({
  from: from === undefined ? null : fromExchangeText(`${from} 00:00`),
  until: until === undefined ? null : fromExchangeText(`${dayAfter(until)} 00:00`),
});
